"""What happened to a list of classes: an alignment read as the few mishaps that explain it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from overpaint.labels._guard_align import Alignment, Ints

__all__ = ["Cause", "causes", "in_place"]

_RUN = 3  # names that moved together, from which on they are a stretch and not so many swaps


@dataclass(frozen=True, slots=True)
class Cause:
    """One mishap.

    Attributes
    ----------
    kind
        ``shifted``, ``moved``, ``swapped``, ``duplicated``, ``missing``, ``extra`` or ``unknown``.
    at
        Given positions: the first and the last of a stretch; all of them otherwise; of something missing the one where
        it should stand.
    classes
        True positions: whose names stand at ``at`` (of a stretch the first and the last), or what is missing.
    lost
        The classes in whose places duplicates stand, or that unknown names probably mean.
    """

    kind: str
    at: tuple[int, ...]
    classes: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()

    @property
    def cost(self) -> int:
        """How many things must have happened."""
        return {"swapped": len(self.at) - 1, "unknown": 0}.get(self.kind, 1)

    def through(self, order: Ints) -> Cause:
        """The same with true positions told through a reordering of them."""
        classes, lost = (tuple(order[list(each)].tolist()) for each in (self.classes, self.lost))
        return replace(self, classes=classes, lost=lost)


def in_place(given: Ints, true: Ints) -> Alignment:
    """Every name where it stands: nothing has moved together."""
    m, n = len(given), len(true)
    size = min(m, n)
    home = np.full(m, -1, np.int64)
    same = np.flatnonzero(given[:size] == true[:size])
    home[same] = same
    expected = np.arange(m)
    expected[n:] = -1
    free = np.ones(n, bool)
    free[same] = False
    return Alignment(home, np.zeros(m, np.int64), expected, np.flatnonzero(free))


def causes(given: Ints, true: Ints, found: Alignment) -> list[Cause]:
    """The mishaps, those of stretches first."""
    loose = np.flatnonzero(found.home < 0).tolist()
    left = set(found.left.tolist())
    moves, double, strange = _sorted_out(given, true, loose, left)
    told = [*_stretches(found)]
    left -= set(moves.values())
    told += _moved(moves, found)
    for p, classes in double:
        lost = int(found.expected[p])
        told.append(Cause("duplicated", (p,), classes, (lost,) if lost in left else ()))
        left.discard(lost)
    told += _strange(strange, found, left)
    before = np.flatnonzero(found.home >= 0)
    for t in sorted(left):
        at = int(np.searchsorted(found.home[before], t))  # stretches rise on both sides
        told.append(Cause("missing", (int(before[at - 1]) + 1 if at else 0,), (t,)))
    return told


def _sorted_out(
    given: Ints, true: Ints, loose: Sequence[int], left: set[int]
) -> tuple[dict[int, int], list[tuple[int, tuple[int, ...]]], list[int]]:
    """Of the names that no stretch explains: those that moved, those that are there twice, and those unknown."""
    waiting = defaultdict(list)
    for t in sorted(left, reverse=True):
        waiting[int(true[t])].append(t)
    moves: dict[int, int] = {}
    double: list[tuple[int, tuple[int, ...]]] = []
    strange = []
    for p in loose:
        name = int(given[p])
        if name < 0:
            strange.append(p)
        elif waiting.get(name):
            moves[p] = waiting[name].pop()
        else:
            double.append((p, ()))
    if double:
        where = defaultdict(list)
        wanted = {int(given[p]) for p, _ in double}
        for t in np.flatnonzero(np.isin(true, list(wanted))).tolist():
            where[int(true[t])].append(t)
        double = [(p, tuple(where[int(given[p])])) for p, _ in double]
    return moves, double, strange


def _stretches(found: Alignment) -> Iterator[Cause]:
    """Ranges whose names are all the same number of places off."""
    placed = np.flatnonzero(found.home >= 0)
    offset = found.home[placed] - placed
    for part in np.split(np.arange(len(placed)), np.flatnonzero(np.diff(offset)) + 1):
        if len(part) and offset[part[0]]:
            first, last = int(placed[part[0]]), int(placed[part[-1]])
            yield Cause("shifted", (first, last), (int(found.home[first]), int(found.home[last])))


def _moved(moves: dict[int, int], found: Alignment) -> list[Cause]:
    """Names that stand where others belong: stretches, exchanges, and single ones."""
    told = []
    rest = dict(moves)
    for _, part in groupby(enumerate(moves), lambda each: (each[1] - each[0], moves[each[1]] - each[1])):
        run = [p for _, p in part]
        if len(run) >= _RUN:
            told.append(Cause("shifted", (run[0], run[-1]), (moves[run[0]], moves[run[-1]])))
            for p in run:
                del rest[p]
    alone = set(rest)
    holder = {int(found.expected[p]): p for p in rest if found.expected[p] >= 0}
    seen: set[int] = set()
    for start, there in rest.items():
        if start in seen:
            continue
        path, at = [start], holder.get(there)
        while at is not None and at != start and at not in seen:
            path.append(at)
            at = holder.get(rest[at])
        seen.update(path)
        if at == start and len(path) > 1:
            told.append(Cause("swapped", tuple(path), tuple(rest[p] for p in path)))
            for p in path:
                alone.discard(p)
    for p in sorted(alone):  # one name that is one off is a short shift
        off = abs(rest[p] - p) == 1
        told.append(Cause("shifted", (p, p), (rest[p], rest[p])) if off else Cause("moved", (p,), (rest[p],)))
    return told


def _strange(strange: Sequence[int], found: Alignment, left: set[int]) -> Iterator[Cause]:
    """Unknown names stand for what should be there; more of them than are wanted are extra."""
    wanted = sorted(left)
    home = found.home
    below = np.maximum.accumulate(home)
    above = np.minimum.accumulate(np.where(home < 0, np.iinfo(np.int64).max, home)[::-1])[::-1]
    at = 0
    for p in strange:
        lost = int(found.expected[p])
        if lost < 0:  # among others between two stretches
            at = max(at, int(np.searchsorted(wanted, below[p])))
            while at < len(wanted) and wanted[at] not in left:
                at += 1
            lost = wanted[at] if at < len(wanted) and wanted[at] < above[p] else -1
        if lost in left:
            left.discard(lost)
            yield Cause("unknown", (p,), (), (lost,))
        else:
            yield Cause("extra", (p,))
