"""Boxes of several people on one picture → objects, of which each person drew at most one box."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.review.crowd._boxing import Boxing

__all__ = ["JOIN", "LOOSE", "Group", "grouped"]

JOIN: Final = 0.4
"""Two groups become one while the mean overlap (intersection over union) between them is at least this."""
LOOSE: Final = 0.2
"""A box left alone joins a group that its worker is not in from this mean overlap on: drawn badly, or drawn small."""
_NEAREST: Final = 3  # of each other worker's boxes; more cannot matter where a group has one of each
_MOST_AN_IMAGE: Final = 20_000
_BLOCK: Final = 256

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that are taken for one thing.

    Attributes
    ----------
    workers
        Positions in the answers, rising; each once.
    corners
        Their boxes, shape ``(len(workers), 4)``.
    page
        Of all of them.
    """

    workers: tuple[int, ...]
    corners: Floats
    page: int


def grouped(answers: Sequence[Boxing], *, join: float = JOIN, loose: float = LOOSE) -> list[Group]:
    """The groups of one image's boxes, by average linkage: first the pairs that overlap most.

    Parameters
    ----------
    answers
        Of one image, in the order of `ordered`.
    join, loose
        See `JOIN` and `LOOSE`; equal: leftovers join nothing.

    Raises
    ------
    UsageError
        There are more than 20,000 boxes.
    """
    rows = sorted(
        (worker, box.page, box.x0, box.y0, box.x1, box.y1)
        for worker, answer in enumerate(answers)
        for box in answer.boxes
    )
    if len(rows) > _MOST_AN_IMAGE:
        raise UsageError(f"answers: {len(rows)} boxes on image {answers[0].image!r}; at most {_MOST_AN_IMAGE} can be")
    if not rows:
        return []
    table = np.array(rows, np.float64)
    owner, page, corners = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:]
    members = _linked(len(rows), owner, _pairs(owner, page, corners), join=join, loose=loose)
    return [
        Group(tuple(int(owner[i]) for i in group), corners[group], int(page[group[0]])) for group in sorted(members)
    ]


def overlaps(one: Floats, other: Floats) -> Floats:
    """Intersection over union of every box of one with every box of the other; 0 for empty boxes."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (one, other)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    found: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return found


def _pairs(owner: Longs, page: Longs, corners: Floats) -> list[tuple[float, int, int]]:
    """Pairs of boxes of different workers that overlap, each box with the nearest few of each other worker."""
    kept: dict[tuple[int, int], float] = {}
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    crowded = bool(np.max(np.diff(starts, append=len(owner))) > _NEAREST)
    for at in range(0, len(owner), _BLOCK):
        rows = slice(at, at + _BLOCK)
        shared = overlaps(corners[rows], corners)
        shared[(owner[rows, None] == owner[None, :]) | (page[rows, None] != page[None, :])] = 0.0
        if crowded:
            for first, end in zip(starts, [*starts[1:], len(owner)], strict=True):
                if end - first > _NEAREST:
                    part = shared[:, first:end]
                    # the nearest by overlap, then by place, so that equal ones are kept in a fixed order
                    order = np.argsort(-part, axis=1, kind="stable")[:, _NEAREST:]
                    np.put_along_axis(part, order, 0.0, axis=1)
        for i, j in np.argwhere(shared > 0):
            a, b = int(i) + at, int(j)
            kept[min(a, b), max(a, b)] = float(shared[i, j])
    return [(value, a, b) for (a, b), value in kept.items()]


def _linked(
    count: int, owner: Longs, pairs: Sequence[tuple[float, int, int]], *, join: float, loose: float
) -> list[list[int]]:
    """Average linkage with at most one box of each worker in a group."""
    members = {i: [i] for i in range(count)}
    owners = {i: {int(owner[i])} for i in range(count)}
    sums: dict[int, dict[int, float]] = defaultdict(dict)
    for value, a, b in pairs:
        sums[a][b] = sums[b][a] = value
    for least in (join, loose):
        heap = [
            (-total / (len(members[a]) * len(members[b])), a, b) for a in sums for b, total in sums[a].items() if a < b
        ]
        heapq.heapify(heap)
        while heap and -heap[0][0] >= least:
            value, a, b = heapq.heappop(heap)
            current = sums[a].get(b) if a in members and b in members else None
            if current is None or -value != current / (len(members[a]) * len(members[b])) or owners[a] & owners[b]:
                continue
            members[a] = sorted(members[a] + members.pop(b))
            owners[a] |= owners.pop(b)
            for c, total in sums.pop(b).items():
                sums[c].pop(b)
                if c != a:
                    sums[a][c] = sums[c][a] = sums[a].get(c, 0.0) + total
            for c, total in sums[a].items():
                heapq.heappush(heap, (-total / (len(members[a]) * len(members[c])), min(a, c), max(a, c)))
    return list(members.values())
