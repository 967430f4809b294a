"""Another folder with classes, and what a linear probe of each network's features knows of it."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import formats, measures, pipeline
from overpaint.errors import SampleError, UsageError
from overpaint.jobs._labels_errors_read import Labelled
from overpaint.jobs._measure_utility_samples import Chosen, Usable, choose
from overpaint.jobs._measure_utility_train import Training
from overpaint.jobs._runs import Progress
from overpaint.jobs._verify_beside import scratch_run
from overpaint.measures import Input
from overpaint.records import stored_key
from overpaint.rundir import Run

__all__ = ["Folder", "need_folders", "read_folder", "transfers"]

MOST = 50_000
"""Pictures of one folder, which are held in memory at the size of a test."""

_LARGEST = 200_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """Pictures with classes, at the size that tests need."""

    chosen: Chosen
    pictures: Sequence[npt.NDArray[np.uint8]]
    digest: str
    left: Counter[str]

    def input(self, number: int) -> Input:
        """What tells it."""
        return Input(f"transfer {number}", self.digest, len(self.pictures))


def need_folders(run: Run, places: Sequence[str | PathLike[str]]) -> None:
    """Say before the long work what cannot be read; the run's own pictures are refused: its lane is not known there.

    Raises
    ------
    UsageError
        One is no dataset, or holds or is held by the run's source.
    """
    source = run.plan().source
    for place in [fspath(each) for each in places]:
        formats.open_source(place).close()
        if formats.is_url(place) or formats.is_url(source):
            overlap = place.rstrip("/") == source.rstrip("/")
        else:
            mine, theirs = Path(source).resolve(), Path(place).resolve()
            overlap = mine.is_relative_to(theirs) or theirs.is_relative_to(mine)
        if overlap:
            raise UsageError(
                f"--transfer {place}: these are pictures of {run.path} itself, and what is in its no-view lane may be "
                "among them; give another folder"
            )


def read_folder(place: str | PathLike[str], *, short: int, progress: Progress | None) -> Folder:
    """Every picture of a dataset that has a class and can be decoded.

    Raises
    ------
    UsageError
        There are too many, or no two classes.
    """
    seen: dict[str, npt.NDArray[np.uint8]] = {}
    rows: list[tuple[str, str, str | None]] = []
    left, digest = Counter[str](), hashlib.sha256()
    with contextlib.closing(formats.open_source(fspath(place))) as source, scratch_run() as run:
        source.write_listing(run.listing)
        refs = formats.read_shards(run.listing)
        total, done = sum(ref.rows for ref in refs), 0
        if total > MOST:
            raise UsageError(f"--transfer {place}: {total} images; {MOST} at most are taken, so give a part of it")
        for sample in (each for ref in refs for each in formats.read_shard(run.listing, ref)):
            done += 1
            if progress:
                progress("reading for transfer", done, total)
            if sample.label is None:
                left["no-label"] += 1
                continue
            try:
                data = source.read(sample)
                picture = _decoded(data, short)
            except SampleError as error:
                left[error.reason] += 1
                continue
            key = stored_key(sample.key)
            digest.update(f"{key} {hashlib.sha256(data).hexdigest()}\n".encode())
            rows.append((key, sample.label, sample.split))
            seen[key] = picture
    keys, labels, splits = zip(*rows, strict=True) if rows else ((), (), ())
    known = {key: Usable(0, 0, "", 0.0) for key in keys}
    chosen = choose(Labelled(keys, labels, splits, None, Counter()), known)
    return Folder(chosen, [seen[key] for key in chosen.keys], digest.hexdigest(), left + chosen.left)


def _decoded(data: bytes, short: int) -> npt.NDArray[np.uint8]:
    sniffed = formats.sniff(data)
    width, height = pipeline.check_editable(sniffed, max_pixels=_LARGEST)
    long_side = -(-short * max(width, height) // min(width, height))
    return measures.shrunk(pipeline.decode(data, sniffed, long_side=long_side), short)


def transfers(folder: Folder, done: Sequence[Training], *, progress: Progress | None) -> dict[str, Any]:
    """Top-1 of a probe by network and arm, as means over seeds, and minus that of *original* by the same seeds."""
    hits: dict[str, dict[str, dict[int, float]]] = {}
    known: dict[Any, float] = {}
    for number, training in enumerate(done):
        if training.place not in known:
            net = measures.load_network(training.weights)
            features = net.features(folder.pictures)
            known[training.place] = float(measures.probed(features, folder.chosen.labels, folder.chosen.test).mean())
        hits.setdefault(training.model, {}).setdefault(training.arm, {})[training.seed] = known[training.place]
        if progress:
            progress("probing", number + 1, len(done))
    found: dict[str, Any] = {}
    for model, arms in hits.items():
        rows = found.setdefault(model, {})
        for arm, by_seed in arms.items():
            rows[arm] = {"top1": measures.mean_over_seeds(list(by_seed.values()))}
            if arm != "original" and "original" in arms:
                pairs = [value - arms["original"][seed] for seed, value in by_seed.items()]
                rows[arm]["minus_original"] = measures.mean_over_seeds(pairs)
    return found
