"""Pairs of many directions (a network's features) with a small angle between them, without comparing all.

Few are compared with each other. Many are shared out first: each goes to the cells of the three representatives that
are nearest to it, and only what shares a cell is compared; two that are close nearly always share one of three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLOSE", "NearDirections", "near_directions", "quantised"]

CLOSE = 0.8
"""The cosine from which on two pictures are looked at again; docs/reference/duplicates.md has what that costs."""

_FEW = 4_096  # so many are compared with each other
_CELLS = 3
_MOST_CELLS = 2_048
_ROUNDS = 3
_DEPTH = 3
_BLOCK = 2_048
_MOST_NEAR = 64  # near ones that are kept for one of a block: the others are near those

Codes = NDArray[np.int8]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NearDirections:
    """Pairs of places ``one < other`` and their cosines, sorted by place."""

    one: Longs
    other: Longs
    cosine: Floats

    def __len__(self) -> int:
        return len(self.one)


def quantised(features: Floats) -> Codes:
    """A direction in 8 bits a number; its length is lost. The cosine of two changes by about 0.001."""
    largest = max(float(np.abs(features).max()), 1e-12)
    return np.asarray(np.rint(features * (127 / largest)), np.int8)


def near_directions(
    codes: Codes, *, cosine: float = CLOSE, beat: Callable[[int, int], None] | None = None
) -> NearDirections:
    """Pairs with at least that cosine; nearly all of them where there are more than 4,096, and all where not.

    Parameters
    ----------
    codes
        N x D of int8, as `quantised` makes them.
    beat
        Called with how many comparisons are done, and of how many.
    """
    found = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
    groups = list(_groups(codes, np.arange(len(codes)), _DEPTH))
    total, done = sum(len(group) for group in groups), 0
    for group in groups:
        found += _pairs(codes, group, cosine)
        done += len(group)
        if beat:
            beat(done, total)
    one, other, close = (np.concatenate([each[column] for each in found]) for column in range(3))
    smaller, larger = np.minimum(one, other), np.maximum(one, other)
    _, first = np.unique(smaller * np.int64(max(1, len(codes))) + larger, return_index=True)
    return NearDirections(smaller[first], larger[first], close[first])


def _rows(codes: Codes, places: NDArray[Any]) -> Floats:
    rows = codes[places].astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.maximum(lengths, 1e-6)[:, None])


def _groups(codes: Codes, places: Longs, depth: int) -> Iterator[Longs]:
    """Overlapping groups of at most `_FEW`, if sharing out can make them."""
    if len(places) <= _FEW:
        if len(places) > 1:
            yield places
        return
    if not depth:  # all alike: each is compared with those that stand near it in order
        for start in range(0, len(places), _FEW // 2):
            yield places[start : start + _FEW]
        return
    centres = _centres(codes, places)
    cells = np.concatenate(
        [
            np.argpartition(_rows(codes, places[start : start + _BLOCK]) @ centres.T, -_CELLS, axis=1)[:, -_CELLS:]
            for start in range(0, len(places), _BLOCK)
        ]
    ).ravel()
    order = np.argsort(cells, kind="stable")
    members = np.repeat(places, _CELLS)[order]
    for group in np.split(members, np.flatnonzero(np.diff(cells[order])) + 1):
        yield from _groups(codes, group, depth - 1 if len(group) < len(places) else 0)


def _centres(codes: Codes, places: Longs) -> Floats:
    """Representatives: some of the rows, moved to the means of what is nearest to them in a sample."""
    count = int(np.clip(len(places) // 512, 16, _MOST_CELLS))
    some = places[np.linspace(0, len(places) - 1, min(len(places), 16 * count)).astype(np.int64)]
    sample = _rows(codes, some)
    centres = sample[np.linspace(0, len(sample) - 1, count).astype(np.int64)]
    for _ in range(_ROUNDS):
        nearest = np.argmax(sample @ centres.T, axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, sample)
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-6), centres).astype(np.float32)
    return np.asarray(centres)


def _pairs(codes: Codes, group: Longs, cosine: float) -> list[tuple[Longs, Longs, Floats]]:
    rows = _rows(codes, group)
    found = []
    for start in range(0, len(group), _BLOCK):
        close = rows[start : start + _BLOCK] @ rows[start:].T
        one, other = np.nonzero(np.triu(close >= cosine, 1))
        if len(one):
            rank = np.arange(len(one)) - np.searchsorted(one, one)
            one, other = one[rank < _MOST_NEAR], other[rank < _MOST_NEAR]
            found.append((group[start + one], group[start + other], close[one, other]))
    return found
