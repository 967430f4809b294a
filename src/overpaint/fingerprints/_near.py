"""All pairs of many 256-bit hashes that lie near each other: exact, as `HammingIndex`, but all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.fingerprints._hamming import PARTS, WIDTH, as_words, differing, part_flips

__all__ = ["NearPairs", "near_pairs"]

_BLOCK = 1 << 17  # candidates at a time: what they need stays in the processor's cache
_MOST_SHARING = 2_048  # hashes of one part that one hash is compared with
_MOST_NEAR = 64  # near ones of one part that are kept for one hash: the others are near those

Words = NDArray[np.uint64]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Pairs of places ``one < other`` and their distances, sorted.

    ``cut`` counts comparisons that were left out because too many hashes share a part: 0 unless somebody made them so.
    """

    one: Longs
    other: Longs
    distance: NDArray[np.uint8]
    cut: int = 0

    def __len__(self) -> int:
        return len(self.one)


@dataclass(frozen=True, slots=True)
class _Side:
    """Hashes in the order of one part: two words to look at first, where each comes from, where each value starts."""

    order: NDArray[np.int64]
    values: NDArray[np.uint16]
    first: Words
    second: Words
    starts: Longs


def near_pairs(
    hashes: NDArray[np.uint8],
    *,
    radius: int = 31,
    mirrored: NDArray[np.uint8] | None = None,
    threads: int = 1,
    beat: Callable[[int, int], None] | None = None,
) -> NearPairs:
    """Every two hashes that differ in at most so many bits; equal ones are paired each with the first of them.

    Parameters
    ----------
    hashes
        N x 32 of uint8.
    radius
        0 to 31.
    mirrored
        The hashes of the same pictures mirrored, N x 32: pairs of a hash and a mirrored one are looked for instead.
    threads
        Threads; what is found does not depend on them.
    beat
        Called with how many of the 16 parts are done.
    """
    if not 0 <= radius < 2 * PARTS:
        raise ValueError(f"a radius of 0 to {2 * PARTS - 1} is needed")
    words = as_words(hashes)
    if mirrored is not None:
        return _join(words, as_words(mirrored), radius, threads, beat)
    first, equal = _distinct(words)
    found = _join(words[first], None, radius, threads, beat)
    same = np.flatnonzero(equal != np.arange(len(words)))
    one = np.concatenate([first[found.one], equal[same]])
    other = np.concatenate([first[found.other], same])
    distance = np.concatenate([found.distance, np.zeros(len(same), np.uint8)])
    return _sorted(np.minimum(one, other), np.maximum(one, other), distance, found.cut, len(words))


def _distinct(words: Words) -> tuple[Longs, Longs]:
    """The first place of each different hash, and for every hash the first place of those that equal it."""
    order = np.lexsort(words.T)  # stable: equal ones in the order of their places
    fresh = np.ones(len(words), bool)
    fresh[1:] = (words[order[1:]] != words[order[:-1]]).any(axis=1)
    first = order[fresh]
    equal = np.empty(len(words), np.int64)
    equal[order] = first[np.cumsum(fresh) - 1]
    return np.sort(first), equal


def _join(
    left: Words, right: Words | None, radius: int, threads: int, beat: Callable[[int, int], None] | None
) -> NearPairs:
    """Pairs of two lists, or of one with itself."""

    def of_part(part: int) -> tuple[NDArray[Any], int]:
        return _of_part(left, right, part, radius)

    found, cut = [np.empty((0, 2), np.int64)], 0
    with ThreadPoolExecutor(threads) as pool:
        for done, (pairs, left_out) in enumerate(pool.map(of_part, range(PARTS)), 1):
            found.append(pairs)
            cut += left_out
            if beat:
                beat(done, PARTS)
    pairs = np.concatenate(found)
    distance = differing(left[pairs[:, 0]], (left if right is None else right)[pairs[:, 1]])
    one, other = pairs.min(axis=1), pairs.max(axis=1)
    return _sorted(one, other, distance.astype(np.uint8), cut, len(left))


def _sorted(one: Longs, other: Longs, distance: NDArray[np.uint8], cut: int, count: int) -> NearPairs:
    """Each pair once, with its smallest distance; none of a hash with itself."""
    apart = np.flatnonzero(one != other)
    apart = apart[np.lexsort((distance[apart], other[apart], one[apart]))]
    codes = one[apart] * np.int64(count) + other[apart]
    fresh = apart[np.concatenate([[True], codes[1:] != codes[:-1]])] if len(apart) else apart
    return NearPairs(one[fresh].astype(np.int64), other[fresh].astype(np.int64), distance[fresh], cut)


def _side(words: Words, part: int) -> _Side:
    values = np.ascontiguousarray(words.view(np.uint16)[:, part])
    order = np.argsort(values, kind="stable")
    # the words that the part is not in: their bits say most of those that are not known to be alike
    at = (part // 4 + 1) % 4, (part // 4 + 2) % 4
    starts = np.concatenate([[0], np.cumsum(np.bincount(values, minlength=1 << WIDTH))])
    return _Side(order, values[order], words[order, at[0]], words[order, at[1]], starts)


def _of_part(left: Words, right: Words | None, part: int, radius: int) -> tuple[NDArray[Any], int]:
    """Near pairs of which one part is alike, or differs in one bit; how many comparisons were left out."""
    one = _side(left, part)
    other = one if right is None else _side(right, part)
    found, cut = [np.empty((0, 2), np.int64)], 0
    for flip in part_flips(radius):
        rows = np.arange(len(one.values))
        if right is None and flip:  # once for each two: the value with that bit unset asks for the one with it set
            rows = np.flatnonzero((one.values & flip) == 0)
        values = (one.values[rows] ^ flip).astype(np.intp)
        starts, ends = other.starts[values], other.starts[values + 1]
        if right is None and not flip:
            starts = rows + 1  # each with those after it
        counts = np.minimum(ends - starts, _MOST_SHARING)
        cut += int((ends - starts - counts).sum())
        for some in _blocks(counts):
            near = _compare(one, other, rows[some], starts[some], counts[some], radius)
            if len(near):
                found.append(np.stack([one.order[near[:, 0]], other.order[near[:, 1]]], axis=1))
    pairs = np.concatenate(found)
    close = differing(left[pairs[:, 0]], (left if right is None else right)[pairs[:, 1]]) <= radius
    return pairs[close], cut


def _blocks(counts: Longs) -> Iterator[slice]:
    """Cut rows so that each cut has about `_BLOCK` candidates."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + _BLOCK)))
        if ends[end - 1] > before:
            yield slice(start, end)
        start = end


def _compare(one: _Side, other: _Side, rows: Longs, starts: Longs, counts: Longs, radius: int) -> NDArray[Any]:
    """Which of the candidates are near by half of their bits: N x 2 of places in the two orders."""
    ends = np.cumsum(counts)
    places = np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts)
    bits = np.bitwise_count(other.first[places] ^ np.repeat(one.first[rows], counts))
    bits += np.bitwise_count(other.second[places] ^ np.repeat(one.second[rows], counts))
    hits = np.flatnonzero(bits <= radius)
    if not len(hits):
        return np.empty((0, 2), np.int64)
    asking = np.searchsorted(ends, hits, side="right")
    rank = np.arange(len(hits)) - np.searchsorted(asking, asking)
    some = rank < _MOST_NEAR
    return np.stack([rows[asking[some]], places[hits[some]]], axis=1)
