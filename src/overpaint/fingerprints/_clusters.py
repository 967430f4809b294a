"""Pairs → clusters, so that a chain of likenesses does not join what is not alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clusters", "clusters"]

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Who belongs together.

    Attributes
    ----------
    label
        For each thing the smallest number of its cluster's members; its own where it has no copies.
    apart
        Pairs that would have joined two clusters whose representatives are not alike: the guard against chains.
    """

    label: Longs
    apart: int

    def sizes(self) -> Longs:
        """The sizes of all clusters of more than one, largest first."""
        sizes = np.bincount(self.label, minlength=len(self.label))
        return np.sort(sizes[sizes > 1])[::-1]


def clusters(count: int, one: Longs, other: Longs, *, alike: Callable[[int, int], bool] | None = None) -> Clusters:
    """Join things along pairs, in the order of the pairs, which is best first.

    Each cluster has a representative: of the two that are joined, the one of the larger cluster stays it (of equal
    ones, the smaller number). Two clusters are joined only if their representatives are alike, so that everything in a
    cluster is like something that is like its representative, however long the chain of pairs.

    Parameters
    ----------
    count
        How many things there are, numbered from 0.
    one, other
        The pairs, best first.
    alike
        Whether two representatives may be in one cluster; asked only where one of the two clusters has more than one
        member. None: always, which is plain union-find.
    """
    root, size = list(range(count)), [1] * count

    def find(thing: int) -> int:
        while root[thing] != thing:
            root[thing] = root[root[thing]]
            thing = root[thing]
        return thing

    apart = 0
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        first, second = find(a), find(b)
        if first == second:
            continue
        if (-size[second], second) < (-size[first], first):
            first, second = second, first
        if alike is not None and size[first] > 1 and not alike(first, second):
            apart += 1
            continue
        root[second] = first
        size[first] += size[second]
    found = np.array([find(thing) for thing in range(count)], np.int64)
    smallest = np.full(count, count, np.int64)
    np.minimum.at(smallest, found, np.arange(count))
    return Clusters(smallest[found], apart)
