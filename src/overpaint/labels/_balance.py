"""The largest subset whose shares of an attribute match a target: how many of each group stay.

Yang et al. (FAT* 2020, section 5) remove images so that perceived attributes are spread as asked within each synset.
Here that is solved exactly, in whole images: of one attribute, or of the two margins of two attributes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from overpaint.errors import LabelsError
from overpaint.labels._flow import Network

__all__ = ["Margin", "largest_subset", "largest_subset_of_two"]

_FINEST = 10**9  # of a share's denominator: a share times the largest number of images stays within 64 bits
_MOST_IMAGES = 10**9
_CHUNK = 4096
_CAPS = 1000  # steps in which losses are spread over the cells of two attributes


@dataclass(frozen=True, slots=True)
class Margin:
    """The shares that one attribute is to have: ``share[value]`` sums to 1.

    ``tolerance`` is how far a share may be off, 0 to 1. A group may always be one image off its share, for images
    are whole: of ``n`` images it has at least ``min(floor(t n), ceil((t - tolerance) n))`` and at most
    ``max(ceil(t n), floor((t + tolerance) n))``.
    """

    shares: Mapping[str, Fraction]
    tolerance: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not self.shares or sum(self.shares.values()) != 1 or min(self.shares.values()) < 0:
            raise LabelsError("the shares of a target must be at least 0 each and 1 together; correct the target")
        if not 0 <= self.tolerance <= 1:
            raise LabelsError(f"a tolerance of {float(self.tolerance):g} is no share; give one from 0 to 1")
        if self.unit > _FINEST:
            raise LabelsError("the shares of a target have too many digits; write them with six at most")

    @property
    def unit(self) -> int:
        """The common denominator of the shares and the tolerance."""
        return math.lcm(self.tolerance.denominator, *(share.denominator for share in self.shares.values()))

    def bounds(self, value: str, images: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The fewest and the most images of a group, for each number of ``images`` in all."""
        unit, share, off = self.unit, self._whole(self.shares[value]), self._whole(self.tolerance)
        low = np.minimum(share * images // unit, -(-(share - off) * images // unit))
        high = np.maximum(-(-share * images // unit), (share + off) * images // unit)
        return np.maximum(low, 0), np.minimum(high, images)

    def most(self, counts: Mapping[str, int]) -> int:
        """No subset has more images than this, as far as each group alone can tell."""
        unit, off, total = self.unit, self._whole(self.tolerance), sum(counts.values())
        for value, fraction in self.shares.items():
            share, have = self._whole(fraction), counts.get(value, 0)
            if share > off:  # floor(t n) <= have, or ceil((t - tolerance) n) <= have
                total = min(total, max(((have + 1) * unit - 1) // share, have * unit // (share - off)))
        return total

    def _whole(self, fraction: Fraction) -> int:
        return fraction.numerator * (self.unit // fraction.denominator)


def largest_subset(counts: Mapping[str, int], margin: Margin) -> dict[str, int]:
    """How many images of each group stay, so that as many as possible stay and their shares are the margin's.

    The number of images is the largest there is. Of the ways to reach it, the one whose groups are nearest to their
    shares is taken: the same counts give the same answer.

    Parameters
    ----------
    counts
        Images of each group; a value of the margin that is not in it has none.
    margin
        The shares, with a value for each group.

    Raises
    ------
    LabelsError
        A group has no share in the margin.
    """
    have = _counted(counts, margin)
    images = next(_feasible(have, margin), 0)
    ends = {value: margin.bounds(value, np.array([images])) for value in margin.shares}
    room = {value: min(have[value], int(ends[value][1][0])) for value in ends}
    exact = {value: margin.shares[value] * images for value in ends}

    def at(level: int) -> dict[str, int]:
        return {value: max(0, min(room[value], math.floor(exact[value]) + level)) for value in room}

    level = _last(images, lambda tried: sum(at(tried).values()) <= images)
    kept = at(level)
    left = images - sum(kept.values())
    nearest = sorted((v for v in kept if kept[v] < room[v]), key=lambda v: (kept[v] - exact[v], v))
    return kept | {value: kept[value] + 1 for value in nearest[:left]}


def largest_subset_of_two(
    counts: Mapping[tuple[str, str], int], first: Margin, second: Margin
) -> dict[tuple[str, str], int]:
    """As `largest_subset`, for the margins of two attributes: how many of each pair of values stay.

    For a given number of images this is a flow from the values of one attribute to those of the other, and a flow
    with whole bounds has a whole solution (L. R. Ford and D. R. Fulkerson, 1962): the number found is the largest there
    is. Of the ways to reach it, one is taken that spreads what goes: the share that stays of the pair that keeps most
    is as small as it can be, to a thousandth.
    """
    rows, columns = _sums(counts, 0), _sums(counts, 1)
    have = {pair: n for pair, n in counts.items() if n}
    _counted(rows, first)
    _counted(columns, second)
    top = min(first.most(rows), second.most(columns))
    # With bounds one image wider and shares of images allowed, whatever goes for n images goes for fewer too.
    most = _last(top, lambda images: _flow(have, first, second, images, wider=True) is not None)
    for images in range(most, 0, -1):
        if (found := _flow(have, first, second, images)) is not None:
            break
    else:
        return dict.fromkeys(counts, 0)

    def capped(step: int) -> dict[tuple[str, str], int] | None:
        some = {pair: -(-n * (_CAPS - step) // _CAPS) for pair, n in have.items()}
        return _flow(some, first, second, images)

    step = _last(_CAPS, lambda tried: capped(tried) is not None)
    return dict.fromkeys(counts, 0) | (capped(step) or found)


def _counted(counts: Mapping[str, int], margin: Margin) -> dict[str, int]:
    if unknown := sorted(set(counts) - set(margin.shares)):
        raise LabelsError(f"the target says nothing of {', '.join(map(repr, unknown))}; give each value a share, 0 too")
    if sum(counts.values()) > _MOST_IMAGES or any(n < 0 for n in counts.values()):
        raise LabelsError(f"a group cannot have fewer than 0 images, nor all together more than {_MOST_IMAGES:,}")
    return {value: counts.get(value, 0) for value in margin.shares}


def _feasible(have: Mapping[str, int], margin: Margin) -> Iterator[int]:
    """Numbers of images for which there is a subset, from the largest on."""
    top = margin.most(have)
    while top > 0:
        images = np.arange(top, max(0, top - _CHUNK), -1, dtype=np.int64)
        fits, reach = np.ones(len(images), np.bool_), np.zeros(len(images), np.int64)
        for value, count in have.items():
            low, high = margin.bounds(value, images)
            fits &= low <= count
            reach += np.minimum(high, count)
        yield from images[fits & (reach >= images)].tolist()
        top -= len(images)


def _sums(counts: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for pair, n in sorted(counts.items()):
        sums[pair[side]] = sums.get(pair[side], 0) + n
    return sums


def _flow(
    have: Mapping[tuple[str, str], int], first: Margin, second: Margin, images: int, *, wider: bool = False
) -> dict[tuple[str, str], int] | None:
    """A subset of that many images, in whole images; ``wider``: in shares of images, one off at each end."""
    unit = math.lcm(first.unit, second.unit) if wider else 1
    rows, columns = (
        [(value, *_ends(margin, value, images, unit, wider=wider)) for value in sorted(margin.shares)]
        for margin in (first, second)
    )
    return Network(rows, columns, {pair: n * unit for pair, n in have.items()}).carry(images * unit)


def _ends(margin: Margin, value: str, images: int, unit: int, *, wider: bool) -> tuple[int, int]:
    if not wider:
        low, high = margin.bounds(value, np.array([images]))
        return int(low[0]), int(high[0])
    share, off = margin.shares[value], margin.tolerance
    low_end, high_end = (share - off) * images - 1, (share + off) * images + 1
    return max(0, math.ceil(low_end * unit)), min(images * unit, math.floor(high_end * unit))


def _last(top: int, holds: Callable[[int], bool]) -> int:
    """The last of 0 to ``top`` that holds, where all before it do and none after it."""
    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
