"""How one order of classes turns into another: the cheapest account of it by whole stretches that moved together.

Names are numbers here (the same number: the same name). A *stretch* is a range of positions whose names all stand the
same number of places off. The account that is looked for pays one for each change of that number and one for each name
that no stretch explains, so that a name lost at 444 costs as much as it did to the person who lost it: one, not 556.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Alignment", "Ints", "align"]

Ints = NDArray[np.int64]

_UNIT = 1 << 32  # one unit of cost; what is below it only settles ties, in favour of explaining more names
_CROWD = 64  # given times true places of one name; above it only a few of the pairs are tried


@dataclass(frozen=True)
class Alignment:
    """What stretches explain.

    Attributes
    ----------
    home
        For each given position the true one that its name is taken from; -1 where no stretch explains it.
    offset
        For each given position how far the names around it are off; of no meaning where nothing is expected of it.
    expected
        For each given position the true one whose name should have stood there, by what stands around it; -1 where
        something was put in between.
    left
        True positions, sorted, that no given position is home to.
    """

    home: Ints
    offset: Ints
    expected: Ints
    left: Ints


def align(given: Ints, true: Ints) -> Alignment:
    """Explain ``given`` by stretches of ``true``; -1 is a name that is not there. Takes O(n log n).

    Parameters
    ----------
    given, true
        Names as numbers, of m and n positions; those of ``true`` are not negative.
    """
    m, n = len(given), len(true)
    head = _same(given, true)
    tail = _same(given[head:][::-1], true[head:][::-1])
    home = np.full(m, -1, np.int64)
    home[:head] = np.arange(head)
    home[m - tail :] = np.arange(n - tail, n)
    pieces = _pieces(given[head : m - tail], true[head : n - tail])
    for g, t, length in _chain(pieces, n - head - tail, n - m):
        home[head + g : head + g + length] = np.arange(head + t, head + t + length)
    return _read(home, m, n)


def _same(a: Ints, b: Ints) -> int:
    """How many names two orders have in common from the beginning."""
    size = min(len(a), len(b))
    different = a[:size] != b[:size]
    return int(different.argmax()) if different.any() else size


def _pairs(given: Ints, true: Ints) -> tuple[Ints, Ints]:
    """Places of the same name, given and true; of a name that is crowded only the likely ones."""
    size = int(max(given.max(initial=-1), true.max(initial=-1))) + 1
    often = np.bincount(true, minlength=size)
    place = np.full(size, -1, np.int64)
    place[true] = np.arange(len(true))
    known = np.flatnonzero(given >= 0)
    known = known[often[given[known]] > 0]
    alone = known[often[given[known]] == 1]
    g, t = [alone], [place[given[alone]]]
    crowd = known[often[given[known]] > 1]
    if len(crowd):
        of_given, of_true = defaultdict(list), defaultdict(list)
        for p in crowd.tolist():
            of_given[int(given[p])].append(p)
        for q in np.flatnonzero(np.isin(true, given[crowd])).tolist():
            of_true[int(true[q])].append(q)
        for name, there in of_given.items():
            here = of_true[name]
            found = {(p, q) for p in there for q in here} if len(there) * len(here) <= _CROWD else _likely(there, here)
            pairs = np.array(sorted(found), np.int64).reshape(-1, 2)
            g.append(pairs[:, 0])
            t.append(pairs[:, 1])
    return np.concatenate(g), np.concatenate(t)


def _likely(there: list[int], here: list[int]) -> set[tuple[int, int]]:
    """In place, or in the order of their coming from either end."""
    both = set(there) & set(here)
    return (
        {(p, p) for p in both}
        | set(zip(there, here, strict=False))
        | set(zip(reversed(there), reversed(here), strict=False))
    )


def _pieces(given: Ints, true: Ints) -> list[tuple[int, int, int]]:
    """Stretches (given, true, length) that fit or do not fit together as wholes, by their given place."""
    if not len(given) or not len(true):
        return []
    g, t = _pairs(given, true)
    crowded = (np.bincount(g, minlength=len(given))[g] > 1) | (np.bincount(t, minlength=len(true))[t] > 1)
    order = np.lexsort((g, t - g))
    g, t, crowded = g[order], t[order], crowded[order]
    starts = np.ones(len(g), bool)
    starts[1:] = (np.diff(g) != 1) | (np.diff(t - g) != 0) | crowded[1:] | crowded[:-1]
    at = np.flatnonzero(starts)
    length = np.diff(np.append(at, len(g)))
    order = np.lexsort((t[at], g[at]))
    return list(zip(g[at][order].tolist(), t[at][order].tolist(), length[order].tolist(), strict=True))


def _chain(pieces: list[tuple[int, int, int]], n: int, last: int) -> list[tuple[int, int, int]]:
    """The best pieces that come one after the other on both sides.

    Dynamic programming with a prefix maximum over the true places (a Fenwick tree); ``last`` is the offset at the end.
    """
    tree: list[tuple[int, int]] = [(-_UNIT, -1)] * (n + 1)
    tree[0] = (0, -1)
    diagonal: dict[int, tuple[int, int]] = {0: (0, -1)}
    before: list[int] = []
    best = (-_UNIT if last else 0, -1)
    waiting: list[tuple[int, int, tuple[int, int]]] = []
    now = -1
    for index, (g, t, length) in enumerate(pieces):
        if g != now:  # what begins at the same place excludes each other
            _enter(tree, diagonal, waiting)
            now = g
        value, back = max(_highest(tree, t), (0, -1))
        value -= _UNIT
        if (straight := diagonal.get(t - g)) is not None and straight[0] >= value:
            value, back = straight
        value += length * (_UNIT + 1)
        before.append(back)
        waiting.append((t + length, t - g, (value, index)))
        if (end := value - (_UNIT if t - g != last else 0)) > best[0]:
            best = (end, index)
    chain = []
    at = best[1]
    while at >= 0:
        chain.append(pieces[at])
        at = before[at]
    return chain[::-1]


def _enter(
    tree: list[tuple[int, int]],
    diagonal: dict[int, tuple[int, int]],
    waiting: list[tuple[int, int, tuple[int, int]]],
) -> None:
    for end, offset, value in waiting:
        diagonal[offset] = max(value, diagonal.get(offset, value))
        at = end
        while at < len(tree):
            tree[at] = max(tree[at], value)
            at += at & -at
    waiting.clear()


def _highest(tree: list[tuple[int, int]], end: int) -> tuple[int, int]:
    found = (-_UNIT, -1)
    while end > 0:
        found = max(found, tree[end])
        end -= end & -end
    return found


def _read(home: Ints, m: int, n: int) -> Alignment:
    """What is expected where, and what is left over."""
    placed = np.flatnonzero(home >= 0)
    there = home[placed]
    offsets = np.concatenate(([0], there - placed, [n - m]))
    g = np.concatenate(([-1], placed, [m]))
    t = np.concatenate(([-1], there, [n]))
    offset, expected = home - np.arange(m), home.copy()
    for at in np.flatnonzero(np.diff(g) > 1).tolist():  # gaps between what is explained
        here = np.arange(g[at] + 1, g[at + 1])
        offset[here] = offsets[at]
        if g[at + 1] - g[at] == t[at + 1] - t[at]:
            expected[here] = here + offsets[at]
    free = np.ones(n, bool)
    free[there] = False
    return Alignment(home, offset, expected, np.flatnonzero(free))
