"""Who said what of what: the answers that every label model reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError

__all__ = ["MOST_LABELS", "FloatArray", "IntArray", "Votes"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_LABELS = 1_000
"""More labels than this to choose from are refused: a confusion matrix has their square in numbers, for each worker."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Votes:
    """Answers as three arrays of one length, and the names that they point to.

    `Votes.of` makes them from names. What it makes does not depend on the order in which the answers came (but for a
    worker's second vote on an item), so neither does anything that is fitted to them.

    Attributes
    ----------
    item, worker, label
        int64, one entry an answer: places in ``items``, ``workers`` and ``labels``. Nobody votes twice on one item.
    items, workers
        Names, without doubles. Some may have no answers.
    labels
        What could be answered, in the order of the question (for ratings: from low to high). Some may never be used.
    """

    item: IntArray
    worker: IntArray
    label: IntArray
    items: tuple[str, ...]
    workers: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.labels) <= MOST_LABELS:
            raise UsageError(f"labels: {len(self.labels)} given; 1 to {MOST_LABELS} can be told apart")
        for name in ("items", "workers", "labels"):
            names = getattr(self, name)
            if len(set(names)) != len(names):
                raise UsageError(f"{name}: a name stands there twice; give each once")
        for name, names in (("item", self.items), ("worker", self.workers), ("label", self.labels)):
            places = getattr(self, name)
            if places.dtype != np.int64 or places.shape != self.item.shape or places.ndim != 1:
                raise UsageError(f"{name}: give an int64 array of one dimension, as long as the others")
            if len(places) and not 0 <= places.min() <= places.max() < len(names):
                raise UsageError(f"{name}: a number is no place in the {len(names)} names")
        pairs = self.item * max(1, len(self.workers)) + self.worker
        if len(np.unique(pairs)) != len(pairs):
            raise UsageError("somebody votes twice on one item; Votes.of keeps the last vote")

    def __repr__(self) -> str:
        sizes = f"{len(self.workers)} workers on {len(self.items)} items"
        return f"<{len(self)} votes of {sizes}, {len(self.labels)} labels>"

    def __len__(self) -> int:
        return len(self.item)

    @classmethod
    def of(cls, triples: Iterable[tuple[str, str, str]], *, labels: Sequence[str]) -> Votes:
        """Answers by name.

        Parameters
        ----------
        triples
            ``(item, worker, label)``, as they came: of a worker's several votes on one item the last one counts.
        labels
            All that could be answered, whether anyone did or not.

        Raises
        ------
        UsageError
            A label that is not one of ``labels``, a label named twice, none at all or more than `MOST_LABELS`.
        """
        places = {name: place for place, name in enumerate(labels)}
        last: dict[tuple[str, str], int] = {}
        for item, worker, label in triples:
            if label not in places:
                raise UsageError(
                    f"label {label[:80]!r} is none of the {len(places)} that can be answered; name it in labels"
                )
            last[item, worker] = places[label]
        items = {name: place for place, name in enumerate(sorted({item for item, _ in last}))}
        workers = {name: place for place, name in enumerate(sorted({worker for _, worker in last}))}
        rows = np.array(
            sorted((items[item], workers[worker], label) for (item, worker), label in last.items()), np.int64
        ).reshape(-1, 3)
        item, worker, label = np.ascontiguousarray(rows.T)
        return cls(item, worker, label, tuple(items), tuple(workers), tuple(labels))

    def counts(self) -> FloatArray:
        """How often each item was given each label: items x labels."""
        width = len(self.labels)
        flat = np.bincount(self.item * width + self.label, minlength=len(self.items) * width)
        return flat.reshape(len(self.items), width).astype(np.float64)

    def known(self, truths: Mapping[str, str] | None) -> tuple[IntArray, IntArray]:
        """Places of the items whose label is known, and of those labels; items without votes are left out.

        Raises
        ------
        UsageError
            A known label is not one of ``labels``.
        """
        place = {name: at for at, name in enumerate(self.items)}
        labels = {name: at for at, name in enumerate(self.labels)}
        for label in (truths or {}).values():
            if label not in labels:
                raise UsageError(
                    f"known: label {label[:80]!r} is none of those that can be answered; name it in labels"
                )
        found = sorted((place[item], labels[label]) for item, label in (truths or {}).items() if item in place)
        rows = np.array(found, np.int64).reshape(-1, 2)
        return rows[:, 0], rows[:, 1]
