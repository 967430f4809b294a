"""Which of many 256-bit hashes lie within a Hamming distance of one: exact, by parts.

Two hashes that differ in at most 31 of 256 bits differ in at most one bit of at least one of their 16 parts of 16 bits
(31 < 2 x 16). So only hashes are looked at that share a part with the one asked for, up to one bit: M. Norouzi, A.
Punjani and D. J. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing" (CVPR 2012).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PARTS", "WIDTH", "HammingIndex", "as_words", "differing", "part_flips"]

PARTS, WIDTH = 16, 16
_FEW = 20_000  # of so many hashes it is quicker to look at all

Words = NDArray[np.uint64]
Longs = NDArray[np.int64]


def as_words(hashes: NDArray[np.uint8]) -> Words:
    """Hashes of N x 32 bytes as N x 4 words; which byte is where in a word does not matter to distances."""
    return np.ascontiguousarray(hashes, np.uint8).reshape(-1, 32).view(np.uint64)


def differing(one: Words, other: Words) -> NDArray[np.intp]:
    """Hamming distances of rows of words, which are broadcast."""
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.intp))


def part_flips(radius: int) -> NDArray[np.uint16]:
    """What a part may differ by: nothing, and from a radius of 16 on any one bit."""
    one = [1 << bit for bit in range(WIDTH)] if radius >= PARTS else []
    return np.array([0, *one], np.uint16)


class HammingIndex:
    """An index over N hashes, of about 96 bytes each; equal to looking at all of them.

    Parameters
    ----------
    hashes
        N x 32 of uint8.
    """

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        self._words = as_words(hashes)
        self._order: list[NDArray[np.uint32]] = []
        self._starts: list[Longs] = []
        if len(self) <= _FEW:
            return
        parts = self._words.view(np.uint16)
        for part in range(PARTS):
            values = np.ascontiguousarray(parts[:, part])
            self._order.append(np.argsort(values, kind="stable").astype(np.uint32))
            counts = np.bincount(values, minlength=1 << WIDTH)
            self._starts.append(np.concatenate([[0], np.cumsum(counts)]))

    def __len__(self) -> int:
        return len(self._words)

    def within(self, bits: bytes, *, radius: int) -> tuple[Longs, Longs]:
        """Places and distances of all hashes at most so far from one, by place.

        Raises
        ------
        ValueError
            A radius outside 0 to 31 or a hash that has not 32 bytes: a mistake of the program's.
        """
        if not 0 <= radius < 2 * PARTS or len(bits) != 32:
            raise ValueError(f"a radius of 0 to {2 * PARTS - 1} and a hash of 32 bytes are needed")
        asked = as_words(np.frombuffer(bits, np.uint8))[0]
        places = self._candidates(asked, radius) if self._order else np.arange(len(self))
        distances = differing(self._words[places], asked)
        near = np.flatnonzero(distances <= radius)
        found, first = np.unique(places[near], return_index=True)  # one may share several parts
        return found.astype(np.int64), distances[near[first]].astype(np.int64)

    def nearest(self, bits: bytes, *, radius: int) -> int | None:
        """The smallest distance to any hash, or None where none is within the radius."""
        distances = self.within(bits, radius=radius)[1]
        return int(distances.min()) if distances.size else None

    def _candidates(self, asked: Words, radius: int) -> NDArray[np.intp]:
        flips = part_flips(radius)
        found: list[NDArray[Any]] = []
        for value, order, starts in zip(asked.view(np.uint16), self._order, self._starts, strict=True):
            values = (flips ^ value).astype(np.intp)
            found += [order[starts[each] : starts[each + 1]] for each in values]
        return np.concatenate(found).astype(np.intp)
