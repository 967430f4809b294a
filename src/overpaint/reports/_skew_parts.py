"""Classes and subtrees, before and after: from rows of counts to `Part`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.labels import LabelPlan
from overpaint.reports._skew_count import Row
from overpaint.reports._skew_facts import Part, Tally
from overpaint.reports._skew_tree import Above, order, worth_telling
from overpaint.reports._words import FEWEST

__all__ = ["NO_LABEL", "Fates", "Names", "Sorted", "parts_of", "tally"]

NO_LABEL = ""
"""The class of samples without a label: no label is empty."""

_COUNTS = ("images", "looked", "people", "with_face", "with_person", "faces", "painted")
_FATES = ("kept", "redacted", "removed", "quarantined", "failed", "waiting")


@dataclass(frozen=True)
class Fates:
    """What becomes of images under the decisions in force and, where there is one, a label policy.

    ``in_force`` is what those decisions make of labels.
    """

    plan: LabelPlan | None = None
    in_force: LabelPlan | None = None

    def moved(self, label: str) -> str | None:
        """What images of a label bear in its stead, where that is another label."""
        plan = self.plan or self.in_force
        new = None if plan is None else plan.names.get(label)
        return None if new == label else new

    def of(self, row: Row) -> tuple[str, tuple[str, ...]]:
        """What becomes of a row's images, and the labels they bear afterwards where they are left."""
        if row.fate in {"removed", "quarantined", "failed"}:
            return row.fate, ()
        if self.plan is None or not row.borne:
            return row.fate, row.borne or (NO_LABEL,)
        fate = self.plan.fate(row.borne)
        if fate.treatment != "keep":
            return {"remove": "removed", "quarantine": "quarantined"}[fate.treatment], ()
        return row.fate, fate.labels or (NO_LABEL,)

    def stay(self, labels: tuple[str, ...]) -> bool:
        """Whether the label policy alone leaves images with these labels."""
        return self.plan is None or not labels or self.plan.fate(labels).treatment == "keep"

    def leaves(self, row: Row) -> bool:
        """Whether the images are left in the dataset."""
        return bool(self.of(row)[1])


@dataclass(frozen=True)
class Names:
    """What labels mean and how they are shown: ``shown`` takes a label and its identifier, ``of_id`` an identifier."""

    resolve: Callable[[str], str | None]
    shown: Callable[[str, str | None], tuple[str, str]]
    of_id: Callable[[str], str]


@dataclass(frozen=True)
class Sorted:
    """Everything by class and by subtree. ``summed`` small classes share the last one; ``small`` are their labels."""

    classes: tuple[Part, ...]
    subtrees: tuple[Part, ...]
    by_label: Mapping[str, Part]
    small: frozenset[str]
    members: Mapping[str, frozenset[str]]


def parts_of(rows: Sequence[Row], fates: Fates, names: Names, above: Above) -> Sorted:
    """Sort what was counted, without those in the lane, into classes and subtrees."""
    sums = _Sums()
    for row in rows:
        sums.add(row, fates, names, above)
    by_size = sorted(sums.classes.every(), key=lambda label: (-sums.classes.before(label).images, label))
    shown = {label: _class(label, sums, fates, names) for label in by_size}
    small = frozenset(
        label
        for label, part in shown.items()
        if part.id is None and label != NO_LABEL and max(part.before.images, part.after.images) < FEWEST
    )
    told = [part for label, part in shown.items() if label not in small]
    if small:
        told.append(_summed([shown[label] for label in sorted(small)]))
    members = {node: frozenset(labels) for node, labels in sums.members.items()}
    return Sorted(tuple(told), tuple(_subtrees(sums, names, above)), shown, small, members)


class _Sums:
    """Numbers by class (its label) and by node (its identifier) of one walk over the rows."""

    def __init__(self) -> None:
        self.classes, self.nodes = _Both(), _Both()
        self.members: defaultdict[str, set[str]] = defaultdict(set)
        self.members_after: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, row: Row, fates: Fates, names: Names, above: Above) -> None:
        fate, later = fates.of(row)
        one, left = _numbers(row, fate), row.images if later else 0
        before = row.labels or (NO_LABEL,)
        self.classes.add(before, one, later, left)
        self.nodes.add(
            _members(before, self.members, names, above), one, _members(later, self.members_after, names, above), left
        )


def _members(labels: Iterable[str], members: Mapping[str, set[str]], names: Names, above: Above) -> set[str]:
    """What is above the labels, each once, which are noted as its members."""
    nodes: set[str] = set()
    for label in labels:
        chain = above.of(names.resolve(label) if label else None)
        for node in chain:
            members[node].add(label)
        nodes.update(chain)
    return nodes


def tally(rows: Iterable[Row], fates: Fates) -> Tally:
    """Rows together."""
    return _tally(sum((_numbers(row, fates.of(row)[0]) for row in rows), _zeros()))


def _numbers(row: Row, fate: str) -> NDArray[np.int64]:
    return np.array([*(getattr(row, name) for name in _COUNTS), *(row.images * (fate == name) for name in _FATES)])


class _Both:
    """Sums before and after, and how many of the images before are left."""

    def __init__(self) -> None:
        self._before: defaultdict[str, NDArray[np.int64]] = defaultdict(_zeros)
        self._after: defaultdict[str, NDArray[np.int64]] = defaultdict(_zeros)
        self._left: Counter[str] = Counter()

    def add(self, keys: Iterable[str], one: NDArray[np.int64], later: Collection[str], left: int) -> None:
        for key in keys:
            self._before[key] += one
            self._left[key] += left
        for key in later:
            self._after[key] += one

    def every(self) -> set[str]:
        return {*self._before, *self._after}

    def before(self, key: str) -> Tally:
        return _tally(self._before.get(key))

    def after(self, key: str) -> Tally:
        return _tally(self._after.get(key))

    def left(self, key: str) -> int:
        return self._left[key]


def _zeros() -> NDArray[np.int64]:
    return np.zeros(len(_COUNTS) + len(_FATES), np.int64)


def _tally(sums: NDArray[np.int64] | None) -> Tally:
    return Tally() if sums is None else Tally(*sums.tolist())


def _class(label: str, sums: _Sums, fates: Fates, names: Names) -> Part:
    id = names.resolve(label) if label else None  # noqa: A001
    who, name = names.shown(label, id) if label else ("", "(no label)")
    before, after = sums.classes.before(label), sums.classes.after(label)
    new = fates.moved(label)
    to = None if new is None else " ".join(dict.fromkeys(names.shown(new, names.resolve(new))))
    return Part(
        who, name, id, before, sums.classes.left(label), after,
        classes=int(before.images > 0), classes_after=int(after.images > 0), moved_to=to,
    )  # fmt: skip


def _summed(parts: Sequence[Part]) -> Part:
    """Classes that mean nothing known and are small enough to be named after a person."""
    return Part(
        who="",
        name=f"{len(parts):,} labels of fewer than {FEWEST} images that are not in the taxonomy",
        id=None,
        before=sum((part.before for part in parts), Tally()),
        left=sum(part.left for part in parts),
        after=sum((part.after for part in parts), Tally()),
        classes=sum(part.classes for part in parts),
        classes_after=sum(part.classes_after for part in parts),
    )


def _subtrees(sums: _Sums, names: Names, above: Above) -> Iterator[Part]:
    every = {node: frozenset(sums.members[node] | sums.members_after[node]) for node in sums.nodes.every()}
    weight = {node: sums.nodes.before(node).images for node in every}
    for node, depth in order(worth_telling(every, above), above, weight):
        yield Part(
            who=node,
            name=names.of_id(node),
            id=node,
            before=sums.nodes.before(node),
            left=sums.nodes.left(node),
            after=sums.nodes.after(node),
            classes=len(sums.members[node]),
            classes_after=len(sums.members_after[node]),
            depth=depth,
        )
