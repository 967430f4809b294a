"""Whose label is asked about: the samples of a run that have one, which of them are copies, and what a network saw."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from overpaint import engines, formats, measures, models, pipeline
from overpaint.errors import LabelsError
from overpaint.jobs._duplicates_shard import Dataset, MarksConfig, MarkTask, is_marked, marks_file
from overpaint.jobs._runs import Progress
from overpaint.records import Outcome, Sample, stored_key
from overpaint.rundir import Run, disk_errors, read_table

__all__ = ["Labelled", "features_of", "labelled", "pixels_of", "with_groups"]

MOST_SEEN = 150_000
"""Samples whose features are held at once: 1,280 numbers of four bytes each, and as much again while learning."""

_SHARD = "overpaint.jobs._duplicates_shard"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Samples with a label, in the order of the listing; none of the no-view lane.

    Attributes
    ----------
    keys
        As they are stored.
    groups
        Samples with the same number are copies of each other; None where nobody looked for copies.
    without
        How many samples were left out, by reason.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str | None, ...]
    groups: NDArray[np.int64] | None
    without: Counter[str]

    def __len__(self) -> int:
        return len(self.keys)

    def only(self, kept: NDArray[np.bool_], reason: str) -> Labelled:
        """Those that are kept; the others are left out for a reason."""
        if kept.all():
            return self
        places = np.flatnonzero(kept).tolist()
        return Labelled(
            tuple(self.keys[at] for at in places),
            tuple(self.labels[at] for at in places),
            tuple(self.splits[at] for at in places),
            None if self.groups is None else self.groups[kept],
            self.without + Counter({reason: int((~kept).sum())}),
        )

    def classes(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The labels, sorted, and the number of each sample's."""
        names = tuple(sorted(set(self.labels)))
        places = {name: at for at, name in enumerate(names)}
        return names, np.array([places[label] for label in self.labels], np.int64)

    def apart(self) -> NDArray[np.int64]:
        """A number for each sample that copies of it share."""
        return np.arange(len(self)) if self.groups is None else self.groups


def labelled(run: Run, refs: Sequence[formats.ShardRef]) -> Labelled:
    """The samples of a scanned run that have one label: as its folder says, or a member or column of its dataset."""
    found: list[tuple[str, str | None, str]] = []
    without = Counter[str]()
    with contextlib.closing(_Labels(run, refs)) as labels:
        for ref in refs:
            table = read_table(run.shard_file("samples", ref.id), columns=["key", "label", "split", "outcome", "lane"])
            held = pipeline.InLane(run, ref)
            samples = formats.read_shard(run.listing, ref)
            rows = zip(samples, table.to_pylist(), strict=True)
            seen = {at for at, (s, row) in enumerate(rows) if not row["lane"] and held.reason(s) is None}
            splits, outcomes = table.column("split").to_pylist(), table.column("outcome").to_pylist()
            for at, said in labels.of(ref, table, samples, seen):
                if outcomes[at] == Outcome.FAILED:
                    without["failed"] += 1
                elif len(said) != 1 or not said[0]:
                    without["several-labels" if len(said) > 1 else "no-label"] += 1
                else:
                    found.append((stored_key(samples[at].key), splits[at], stored_key(said[0])))
    keys, splits, names = zip(*found, strict=True) if found else ((), (), ())
    return Labelled(keys, names, splits, None, without)


class _Labels:
    """Where the labels of a run's samples are: as `overpaint decide --labels` kept them, else where they are found."""

    def __init__(self, run: Run, refs: Sequence[formats.ShardRef]) -> None:
        self._run = run
        self._source: formats.Source | None = None
        self._places: tuple[formats.LabelPlace, ...] = ()
        if any(self._by_path(ref) for ref in refs):
            return
        plan = run.plan()
        self._source = formats.open_source(plan.source, kind=plan.container)
        self._places = formats.find_label_places(self._source, run.listing)

    def _by_path(self, ref: formats.ShardRef) -> bool:
        column = read_table(self._run.shard_file("samples", ref.id), columns=["label"]).column("label")
        return self._run.shard_file("labels", ref.id).exists() or column.null_count < len(column)

    def of(
        self, ref: formats.ShardRef, table: pa.Table, samples: Sequence[Sample], seen: Collection[int]
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Place and labels of those samples of a shard that may be looked at."""
        places = sorted(seen)
        if self._source is None or not self._places:
            said = pipeline.labels_of(self._run, ref, table)
            yield from ((at, said[at]) for at in places)
            return
        some = [samples[at] for at in places]
        yield from zip(places, formats.read_labels(self._source, some, self._places), strict=True)

    def close(self) -> None:
        if self._source is not None:
            self._source.close()


def with_groups(run: Run, samples: Labelled) -> tuple[Labelled, pa.Table | None]:
    """Say which samples are copies of each other, where `overpaint duplicates` looked; and its clusters.

    Clusters are of whatever was compared then: a sample that came since is a copy of nothing.
    """
    path = run.private / "duplicates" / "clusters.parquet"
    if not path.exists():
        return samples, None
    clusters = read_table(path)
    mine = clusters.filter(pc.equal(clusters.column("dataset"), 0))
    known = dict(zip(mine.column("key").to_pylist(), mine.column("cluster").to_pylist(), strict=True))
    alone = len(samples)  # numbers of clusters, then one for each that has no copy
    shared = {cluster: at for at, cluster in enumerate(sorted(set(known.values())))}
    numbers = [shared[known[key]] if key in known else len(shared) + at for at, key in enumerate(samples.keys)]
    groups = np.unique(np.array(numbers, np.int64), return_inverse=True)[1] if alone else np.empty(0, np.int64)
    return replace(samples, groups=np.asarray(groups, np.int64)), clusters


def features_of(
    run: Run,
    refs: Sequence[formats.ShardRef],
    samples: Labelled,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Labelled, NDArray[np.float32]]:
    """What a network sees in each sample: N x 1,280, each of length 1; the marks that `overpaint duplicates` keeps.

    They are made where they are not there yet. Samples in the no-view lane have none, and are not read.
    """
    if len(samples) > MOST_SEEN:
        raise LabelsError(
            f"{len(samples)} samples have labels, and features of {MOST_SEEN} at most are looked at here; give "
            "--predictions of your own model"
        )
    models.read(measures.CLASSIFIER)  # say now that it is missing
    config, tasks = _marks(run, refs)
    with disk_errors(config.home):
        config.home.mkdir(parents=True, exist_ok=True)
    _send(config, tasks, workers, progress)
    places = {key: at for at, key in enumerate(samples.keys)}
    found = np.zeros((len(samples), measures.FEATURES), np.float32)
    for task in tasks:
        table = read_table(marks_file(config, task), columns=["key", "features"])
        for key, codes in zip(table.column("key").to_pylist(), table.column("features").to_pylist(), strict=True):
            if codes is not None and key in places:
                found[places[key]] = np.frombuffer(codes, np.int8)
    lengths = np.linalg.norm(found, axis=1)
    there = lengths > 0
    return samples.only(there, "not-seen"), found[there] / lengths[there, None]


def pixels_of(run: Run, refs: Sequence[formats.ShardRef]) -> dict[str, bytes]:
    """What the pictures that `overpaint duplicates` read are told by, pixel by pixel, by key."""
    config, tasks = _marks(run, refs)
    found: dict[str, bytes] = {}
    for task in tasks:
        path = marks_file(config, task)
        if path.exists():
            table = read_table(path, columns=["key", "pixels"])
            rows = zip(table.column("key").to_pylist(), table.column("pixels").to_pylist(), strict=True)
            found.update((key, pixels) for key, pixels in rows if pixels is not None)
    return found


def _marks(run: Run, refs: Sequence[formats.ShardRef]) -> tuple[MarksConfig, list[MarkTask]]:
    plan = run.plan()
    dataset = Dataset(run.path, plan.source, plan.container, plan.max_pixels)
    config = MarksConfig(run.private / "duplicates" / "marks", (dataset,), features=True)
    return config, [MarkTask(0, ref) for ref in refs]


def _send(config: MarksConfig, tasks: Sequence[MarkTask], workers: int | None, progress: Progress | None) -> None:
    tasks = [task for task in tasks if not is_marked(config, task)]
    if not tasks:
        return
    total, done = sum(task.ref.rows for task in tasks), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("looking", done, total)

    job = engines.Job(f"{_SHARD}:open_room", config, f"{_SHARD}:mark_shard")
    ignored: dict[int, Any] = {}
    engines.run_local(
        job, tasks, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=ignored.__setitem__
    )
