"""Which samples of a run an experiment takes, and which of them are for tests."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import formats, measures
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.jobs._labels_errors_read import Labelled
from overpaint.records import Box, Outcome, Treatment
from overpaint.rundir import Run, read_table

__all__ = ["Chosen", "Usable", "choose", "split_by_hash", "usable"]

TEST_SHARE = 0.25
_TESTS = ("val", "valid", "validation", "dev", "test")
_PUBLISHED = {Outcome.IDENTICAL, Outcome.METADATA_ONLY, Outcome.REDACTED, Outcome.RE_ENCODED}


@dataclass(frozen=True, slots=True)
class Usable:
    """A sample that is published: its place in its shard, what its arms depend on, and what of it is painted.

    `boxes` are in pixels of the stored frame; `share` is that of the picture's area which painting touches.
    """

    shard: int
    row: int
    digest: str
    share: float
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The samples of an experiment, sorted by key.

    Attributes
    ----------
    labels
        int64 [n], places in `classes`.
    test
        Which are for tests.
    split
        Whose split it is: ``the dataset's`` or ``by hash``.
    left
        How many samples were left out, by reason.
    copies_known
        Whether somebody looked for copies, which are then never on both sides.
    """

    keys: tuple[str, ...]
    labels: npt.NDArray[np.int64]
    test: npt.NDArray[np.bool_]
    classes: tuple[str, ...]
    split: str
    left: Counter[str]
    copies_known: bool = False

    def half(self, *, test: bool) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
        """Keys and labels of those for tests, or for training."""
        places = np.flatnonzero(self.test == test)
        return tuple(self.keys[at] for at in places.tolist()), self.labels[places]

    def without(self, gone: set[str], reason: str) -> Chosen:
        """Without some samples, which could not be used."""
        if not gone:
            return self
        kept = np.array([key not in gone for key in self.keys], np.bool_)
        keys = tuple(key for key in self.keys if key not in gone)
        left = self.left + Counter({reason: len(gone)})
        return _common(replace(self, keys=keys, labels=self.labels[kept], test=self.test[kept], left=left))


def usable(run: Run, refs: Sequence[formats.ShardRef], generation: str, *, written: bool) -> dict[str, Usable]:
    """The samples that are published under the decisions in force, by key.

    Parameters
    ----------
    written
        Whether they have to be in the output already.

    Raises
    ------
    RunError
        None is, or the output is of other decisions.
    """
    policy = policies.with_paint(policies.of_run(run, generation), look="blur")
    digests = policies.of_run(run, generation)
    found: dict[str, Usable] = {}
    stale = 0
    for number, ref in enumerate(refs):
        table = read_table(run.shard_file("samples", ref.id))
        decided = read_table(run.decisions_dir(generation) / f"{ref.id}.parquet")
        effects = policies.effective(table, decided, policy)
        wanted = [each.digest for each in policies.effective(table, decided, digests)]
        for at, (row, effect, digest) in enumerate(zip(table.to_pylist(), effects, wanted, strict=True)):
            if row["lane"] or not row["looked"] or effect.treatment not in {Treatment.KEEP, Treatment.REDACT}:
                continue
            if written and row["outcome"] == Outcome.FAILED:
                continue
            if written and (row["outcome"] not in _PUBLISHED or row["decision"] != digest):
                stale += 1
                continue
            boxes = effect.boxes if effect.treatment is Treatment.REDACT else ()
            found[row["key"]] = Usable(number, at, _digest(row, digest), _share(row, boxes, policy.cells), tuple(boxes))
    if stale:
        raise RunError(
            f"the output of {run.path} is not that of the decisions in force ({stale} samples); run "
            f"`overpaint act {run.path}` first"
        )
    return found


def _digest(row: Mapping[str, Any], decision: str) -> str:
    return f"{row['sha256']} {row['output_sha256']} {decision}"


def _share(row: Mapping[str, Any], boxes: Sequence[Any], cells: int) -> float:
    if not boxes or not row["width"] or not row["height"]:
        return 0.0
    size = {"width": row["width"], "height": row["height"], "orientation": row["orientation"] or 1}
    return measures.share_painted(boxes, **size, cells=cells)


def choose(samples: Labelled, published: Mapping[str, Usable]) -> Chosen:
    """Samples with a label that are published, and which of them are for tests.

    The dataset's own split is taken where it has one, else a quarter of each class by the hash of the keys; copies of
    each other, where somebody looked for them, are never on both sides.

    Raises
    ------
    UsageError
        There are no two classes with two samples to learn from and one to be tested on.
    """
    left = Counter(samples.without)
    rows = [at for at, key in enumerate(samples.keys) if key in published]
    left["not-published"] += len(samples.keys) - len(rows)
    rows.sort(key=lambda at: samples.keys[at])
    keys = [samples.keys[at] for at in rows]
    classes = tuple(sorted({samples.labels[at] for at in rows}))
    places = {name: at for at, name in enumerate(classes)}
    labels = np.array([places[samples.labels[at]] for at in rows], np.int64)
    groups = samples.apart()[rows]
    halves = [(samples.splits[at] or "").lower() for at in rows]
    tests = next((word for word in _TESTS if word in halves), None)
    if "train" in halves and tests is not None:
        test = np.array([half == tests for half in halves], np.bool_)
        train = np.array([half == "train" for half in halves], np.bool_)
        copies = test & np.isin(groups, groups[train])
        kept = (train | test) & ~copies
        left += Counter({"copy-of-one-to-learn-from": int(copies.sum()), "other-split": int((~(train | test)).sum())})
        keys, labels, test = [key for key, keep in zip(keys, kept, strict=True) if keep], labels[kept], test[kept]
        split = "the dataset's"
    else:
        test, split = split_by_hash(keys, labels, groups), "by hash"
    return _common(Chosen(tuple(keys), labels, test, classes, split, left, samples.groups is not None))


def _common(chosen: Chosen) -> Chosen:
    """Only classes with enough samples on both sides."""
    n = len(chosen.classes)
    learned = np.bincount(chosen.labels[~chosen.test], minlength=n)
    tested = np.bincount(chosen.labels[chosen.test], minlength=n)
    enough = (learned >= 2) & (tested >= 1)
    if enough.sum() < 2:
        raise UsageError(
            "there are no two classes with two images to learn from and one to be tested on; utility needs a dataset "
            "with classes as folders or columns"
        )
    if enough.all():
        return chosen
    kept = enough[chosen.labels]
    keys = tuple(key for key, keep in zip(chosen.keys, kept, strict=True) if keep)
    classes = tuple(name for name, keep in zip(chosen.classes, enough, strict=True) if keep)
    labels = (np.cumsum(enough) - 1)[chosen.labels[kept]]
    left = chosen.left + Counter({"class-too-small": int((~kept).sum())})
    return replace(
        chosen, keys=keys, labels=labels.astype(np.int64), test=chosen.test[kept], classes=classes, left=left
    )


def split_by_hash(
    keys: Sequence[str], labels: npt.NDArray[np.int64], groups: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """A quarter of each class for tests, the same on every machine; samples of one group are never on both sides."""
    first: dict[int, str] = {}
    for key, group in zip(keys, groups.tolist(), strict=True):
        first[group] = min(key, first.get(group, key))
    order = {group: hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest() for group, key in first.items()}
    side: dict[int, bool] = {}
    for label in np.unique(labels).tolist():
        mine = Counter(groups[labels == label].tolist())
        tested = sum(count for group, count in mine.items() if side.get(group))
        for group in sorted(mine, key=order.__getitem__):
            if group not in side:
                side[group] = tested + mine[group] <= round(TEST_SHARE * mine.total())
                tested += mine[group] * side[group]
    return np.array([side[group] for group in groups.tolist()], np.bool_)
