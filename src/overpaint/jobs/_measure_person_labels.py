"""``measure person-labels``: what a classifier calls the people in a dataset's pictures, in aggregate."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from overpaint import engines, formats, labels, measures, reports
from overpaint.errors import LabelsError, RunError, UsageError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._measure_person_labels_shard import CallConfig, ShardCalled
from overpaint.jobs._measure_person_labels_told import PersonLabels, plots_of
from overpaint.jobs._measured import keep_measure, place_of
from overpaint.jobs._runs import Progress
from overpaint.jobs._scan import scan
from overpaint.records import stored_key
from overpaint.rundir import Run

__all__ = ["measure_person_labels"]

_VERSION = 1
_SEARCHES = "faces,people"
_OFTEN = 20
_DOES_NOT_SAY = (
    "Ratings are judgements of a few people in one year; a label without a rating is not one that nobody minds.",
    "People and faces are what detectors found; who they missed was not asked about.",
    "Groups are what was supplied with the pictures; a gap says that groups are named differently, not why.",
    "A rate of zero over a list without labels that are rated unsafe says nothing of the model.",
)


def measure_person_labels(
    model: str,
    dataset: str | PathLike[str],
    *,
    labels: str | PathLike[str],
    weights: str | PathLike[str] | None = None,
    groups: str | PathLike[str] | None = None,
    ratings: Sequence[str | PathLike[str]] = (),
    confidence: float = 0.6,
    show_terms: bool = False,
    workers: int | None = None,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> PersonLabels:
    """Ask a classifier about whole images, people and faces; tell how often it gives labels that are rated unsafe.

    Parameters
    ----------
    model
        ``efficientnet-lite0``, an ONNX file, a description of one (``.toml``), or ``timm:NAME``.
    dataset
        A run that looked for faces and people, whose findings are taken and which the result is written into; or a
        dataset as in `scan`, which is then looked at, and of which nothing is kept. Pictures are those of the source.
    labels
        What the model's numbers mean: a class list by name (``ilsvrc``, ``21k`` ...) or a file of names.
    weights
        Of a model of timm's. Nothing is fetched.
    groups
        Groups of images that you supply, by key: CSV or Parquet. None is inferred from a picture.
    ratings
        Ratings before the installed ones.
    confidence
        Of people and faces, from which on they are cut out.
    show_terms
        Print words that are withheld otherwise.
    workers
        Processes; one a core unless given.
    to
        A directory for the result; the run unless given, and for a dataset it is printed only.
    seed
        Of the intervals' draws.
    plots
        Write plots beside the result.
    progress
        Called with what is going on, how many images are done, and of how many.

    Raises
    ------
    LabelsError
        The list does not fit the model, or there are no ratings.
    UsageError
        The model is none, the run looked for neither faces nor people, or the confidence is no number from 0 to 1.
    ModelError
        Weights are missing or damaged.
    """
    if not 0 <= confidence <= 1:
        raise UsageError(f"--confidence {confidence:g} must lie from 0 to 1")
    asked = place_of(None, to)
    means = _Means(labels, ratings)
    caller = measures.open_caller(model, weights=None if weights is None else Path(weights), threads=1)
    means.check(caller, model)
    with _looked_at(fspath(dataset), workers, progress) as (run, own):
        plan = run.plan()
        if not {"face", "person"}.intersection(plan.kinds):
            raise UsageError(f"{run.path} looked for neither faces nor people; scan with --detectors {_SEARCHES}")
        refs = formats.read_shards(run.listing)
        unsafe = tuple(int(i) for i in np.flatnonzero(means.rated.unsafe))
        where = None if weights is None else Path(weights)
        config = CallConfig(run.path, plan.source, plan.container, model, where, unsafe, confidence)
        given = {} if groups is None else _groups(Path(groups), refs, run)  # what is wrong with it is told at once
        shards = _asked(config, refs, workers, progress)
        called, keys, without = _joined(shards)
        listing = _listing_hash(refs)
        values = {column: [own.get(key) for key in keys] for column, own in given.items()}
        figures = _figures(called, means, values, seed) | {"without": dict(sorted(without.items()))}
        measured = measures.Measured(
            "person-labels",
            _VERSION,
            {"model": caller.name, "confidence": confidence, "groups": sorted(values), "seed": seed},
            (
                measures.Input("model", caller.weights, caller.classes),
                measures.Input("labels", means.listed.digest, len(means.listed)),
                measures.Input("ratings", means.ratings.digest, len(means.ratings)),
                measures.Input("images", listing, len(keys)),
            ),
            seed,
            figures | {"trained_on": caller.trained_on, "assumed": list(caller.assumed)},
            _DOES_NOT_SAY,
        )
        place = asked if asked is not None else (run if own else None)
        kept = None if place is None else keep_measure(measured, place, plots_of(figures) if plots else None)
    often = [(means.shown(number, show_terms=show_terms), count) for number, count in _often(called, means)]
    return PersonLabels(measured, kept, tuple(often))


class _Means:
    """What the model's numbers mean, and how they are rated."""

    def __init__(self, listed: str | PathLike[str], files: Sequence[str | PathLike[str]]) -> None:
        self.listed = labels.class_list(fspath(listed))
        self.ratings = labels.ratings([Path(file) for file in files])
        if not self.ratings.sources:
            raise LabelsError(f"there are no ratings, so that no label is rated: {labels.HOW_TO_GET_RATINGS}")
        tree = self.listed.taxonomy
        safety = [self._rating(key, name) for key, name in zip(self.listed.ids, self.listed.names, strict=True)]
        person = [key is not None and key in tree and tree.under(key, labels.PERSON) for key in self.listed.ids]
        offensive, sensitive, safe = (
            np.array([one == word for one in safety], np.bool_) for word in ("offensive", "sensitive", "safe")
        )
        self.rated = measures.Rated(offensive, sensitive, safe, np.array(person, np.bool_))

    def _rating(self, key: str | None, name: str) -> str | None:
        rating = self.ratings.get(key or name)
        return None if rating is None else rating.safety

    def check(self, caller: measures.Caller, model: str) -> None:
        if caller.classes != len(self.listed):
            raise LabelsError(
                f"--labels {self.listed.name}: it has {len(self.listed)} labels and {model} gives {caller.classes}; "
                "give the list it was trained with (one more may be a class for the background, first or last)"
            )

    def shown(self, number: int, *, show_terms: bool) -> str:
        key, name = self.listed.at(number)
        terms = labels.Terms(self.ratings, self.listed.taxonomy, show=show_terms)
        return f"{key or number} {terms.of(key or name)}"


@contextmanager
def _looked_at(dataset: str, workers: int | None, progress: Progress | None) -> Iterator[tuple[Run, bool]]:
    """A scanned run, and whether it is the user's own; one of ours is gone afterwards."""
    if not formats.is_url(dataset) and Run(Path(dataset)).plan_file.is_file():
        run = Run.open(Path(dataset))
        if not run.listed or any(not run.marker(ref.id).get("scanned") for ref in formats.read_shards(run.listing)):
            raise RunError(f"{run.path} is not scanned to the end; run the scan again to finish it")
        lane_first(run)
        with run.lock():
            yield run, True
        return
    with tempfile.TemporaryDirectory(prefix="overpaint-") as scratch:
        place = Path(scratch) / "looked.run"
        scan(dataset, run=place, detectors=_SEARCHES, workers=workers, progress=progress)
        yield Run.open(place), False


def _asked(
    config: CallConfig, refs: Sequence[formats.ShardRef], workers: int | None, progress: Progress | None
) -> list[ShardCalled]:
    results: dict[int, ShardCalled] = {}
    total, done = sum(ref.rows for ref in refs), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("asking the classifier", done, total)

    shard = "overpaint.jobs._measure_person_labels_shard"
    job = engines.Job(f"{shard}:open_room", config, f"{shard}:call_shard")
    engines.run_local(
        job, refs, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=results.__setitem__
    )
    return [results[index] for index in sorted(results)]


def _joined(shards: Sequence[ShardCalled]) -> tuple[measures.Called, list[str], Counter[str]]:
    keys: list[str] = []
    parts: list[measures.Called] = []
    for shard in shards:
        one = shard.called
        parts.append(measures.Called(one.image + len(keys), one.view, one.first, one.sure, one.mass))
        keys += shard.keys
    if not keys:
        raise UsageError("no image could be shown to the classifier; `overpaint report` says why")
    names = ("image", "view", "first", "sure", "mass")
    joined = measures.Called(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    return joined, keys, sum((shard.without for shard in shards), Counter[str]())


def _figures(
    called: measures.Called, means: _Means, values: Mapping[str, Sequence[str | None]], seed: int
) -> dict[str, Any]:
    figures: dict[str, Any] = {"labels_of_the_list": means.rated.counts()}
    for view in measures.VIEWS:
        own = called.of_view(view)
        if len(own.image):
            figures[view] = measures.called_figures(own, means.rated, seed=seed)
            figures[view]["by_group"] = measures.group_gaps(own, means.rated, values, seed=seed)
        else:
            figures[view] = None
    figures["often"] = [
        {"number": number, "id": means.listed.at(number)[0], "crops": count} for number, count in _often(called, means)
    ]
    return figures


def _often(called: measures.Called, means: _Means) -> list[tuple[int, int]]:
    """The unsafe labels that people and faces are given most, with how often."""
    first = called.first[called.view > 0, 0]
    counts = Counter(int(i) for i in first[means.rated.unsafe[first]])
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_OFTEN]


def _groups(path: Path, refs: Sequence[formats.ShardRef], run: Run) -> dict[str, dict[str, str]]:
    """By column, the value of each key; of several values the first by name."""
    with tempfile.TemporaryDirectory(prefix="overpaint-") as scratch, duckdb.connect(":memory:") as connection:
        reports.load_attributes(connection, path, Path(scratch))
        rows = connection.execute("SELECT attribute, key, min(value) FROM attributes GROUP BY ALL").fetchall()
    by_column: dict[str, dict[str, str]] = {}
    for column, key, value in rows:
        by_column.setdefault(column, {})[stored_key(key)] = value
    named = set().union(*by_column.values()) if by_column else set()
    if not any(stored_key(sample.key) in named for ref in refs for sample in formats.read_shard(run.listing, ref)):
        images = sum(ref.rows for ref in refs)
        raise LabelsError(f"--groups {path}: it names none of the {images} images; keys are as the run has them")
    return by_column


def _listing_hash(refs: Sequence[formats.ShardRef]) -> str:
    """Of the rows of the listing: keys, sizes and times, which shards are called by."""
    return hashlib.sha256("\n".join(ref.id for ref in refs).encode()).hexdigest()
