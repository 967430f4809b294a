"""The interval of a total of rare, crowded counts: gamma, with what the sample may not have met.

Counts of what is still visible are mostly 0, a few 1 to 5, seldom 30. Their total is about a compound Poisson sum, and
its interval leans to the right: the gamma interval of a weighted sum of Poisson counts (Fay and Feuer, "Confidence
intervals for directly standardized rates", Statistics in Medicine 16, 1997) is taken, here for what was not looked at
(the total less what was counted, so that a census has no interval and no interval excludes what was seen), with the
variance of the design. docs/reference/residual-statistics.md has every formula, and what was tried beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FEW", "Spread", "Sums", "any_ends", "ends", "spread_of", "sums_of", "sums_of_any"]

Floats = npt.NDArray[np.float64]

FEW = 5
"""Images with any, below which no interval of a total is told: no method holds what it says there."""

_TYPICAL, _LARGEST = 0.5, 0.75
"""How much of one more image is added to both ends, of a typical size; and to the upper end, of the largest size seen.

The first makes Poisson's interval that of Jeffreys, right on average. The second stands for sizes that the sample did
not meet; 1 is Fay and Feuer's, 0.5 that of the mid-P (Fay and Kim 2017); 0.75 was chosen by simulation.
"""

_EVENLY = 0.45
"""How much of one more image lies anywhere, whatever was seen there."""
_BORROWED, _FREEDOM = 2.0, 8.0
"""Images that all strata together count for in the skewness of one; and the fewest degrees of freedom that are taken.

Fewer than these come of a few strata of two images, and would tell of nothing but those.
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What is needed of a sample: arrays of [..., strata], so that many simulated samples are one call.

    Attributes
    ----------
    size, n
        Images of each stratum in all, and looked at.
    powers
        [4, ..., strata]: sums of the counts' first to fourth powers.
    positive
        Images with any.
    most
        The largest count.
    """

    size: Floats
    n: Floats
    powers: Floats
    positive: Floats
    most: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """A total and its error, arrays of [...].

    Attributes
    ----------
    seen
        What was counted: no interval goes below it.
    unseen
        The estimated total less ``seen``.
    variance
        Of the estimated total.
    excess
        The relative variance of ``variance``, less the part that follows the total itself; 0 for counts of 0 and 1.
    typical, largest
        Mean and variance that one more image of a typical and of the largest size would add.
    """

    seen: Floats
    unseen: Floats
    variance: Floats
    excess: Floats
    typical: tuple[Floats, Floats]
    largest: tuple[Floats, Floats]


def sums_of(groups: Sequence[tuple[int, Sequence[int]]]) -> Sums:
    """The sums of one sample, from each stratum's size and counts."""
    counts = [np.asarray(each, np.float64) for _, each in groups]
    return Sums(
        np.array([size for size, _ in groups], np.float64),
        np.array([each.size for each in counts], np.float64),
        np.array([[(each**power).sum() for each in counts] for power in (1, 2, 3, 4)]),
        np.array([(each > 0).sum() for each in counts], np.float64),
        np.array([each.max() for each in counts]),
    )


def sums_of_any(sums: Sums) -> Sums:
    """Of whether an image shows any: 1 or 0 in the place of its count."""
    return Sums(sums.size, sums.n, np.stack([sums.positive] * 4), sums.positive, np.minimum(sums.most, 1.0))


def spread_of(sums: Sums, *, event: tuple[float, float] | None = None) -> Spread:
    """The stratified estimate of a total (Cochran 1977, chapter 5), with the finite-population correction.

    A stratum of which one image was looked at has no spread of its own and takes that of all counts together.

    Parameters
    ----------
    event
        First and second moment of the count of an image that shows any; as in the sample where it is not given.
    """
    size, n = sums.size, sums.n
    s1, s2, s3, s4 = sums.powers
    weight, left = size / n, 1 - n / size
    mean = s1 / n
    m2 = np.maximum(s2 / n - mean**2, 0)
    m3 = s3 / n - 3 * mean * s2 / n + 2 * mean**3
    m4 = s4 / n - 4 * mean * s3 / n + 6 * mean**2 * s2 / n - 3 * mean**4
    pooled = np.maximum(s2.sum(-1) - s1.sum(-1) ** 2 / n.sum(), 0) / max(1.0, float(n.sum()) - 1)
    unit = np.where(n > 1, m2 * n / np.maximum(n - 1, 1), pooled[..., None])
    variance = (size**2 * left / n * unit).sum(-1)
    typical = _one_more(sums, mean, event)
    far = np.maximum(sums.most - mean, 0)
    largest = (weight * left * far).max(-1), (weight**2 * left * far**2).max(-1)
    excess = _excess(sums, unit, np.stack([m2, m3, m4]), variance)
    return Spread(s1.sum(-1), ((weight - 1) * s1).sum(-1), variance, excess, typical, largest)


def _excess(sums: Sums, unit: Floats, moments: Floats, variance: Floats) -> Floats:
    """How uncertain the variance is, beyond what the total explains of it.

    Two images tell nothing of a third or fourth moment, so that those of all strata, in proportion to the second, count
    as much as two images of each stratum's own.
    """
    size, n = sums.size, sums.n
    left = 1 - n / size
    m2, m3, m4 = moments
    whole = (n * m2).sum(-1)[..., None]
    whole = np.where(whole > 0, whole, 1.0)
    own = n / (n + _BORROWED)
    third = own * m3 + (1 - own) * (n * m3).sum(-1)[..., None] / whole * unit
    fourth = own * m4 + (1 - own) * (n * m4).sum(-1)[..., None] / whole * unit
    each = size**2 * left / n  # variance of the total by that of one image
    # of the variance of one image in n: (fourth moment - second² (n - 3) / (n - 1)) / n
    of_unit = np.maximum(fourth - unit**2 * (n - 3) / np.maximum(n - 1, 1), 0) / n
    with_total = (each * size * left * third / n).sum(-1)
    some = np.where(variance > 0, variance, 1.0)
    alone = (each**2 * left * of_unit).sum(-1) - with_total**2 / some
    return np.where(variance > 0, np.maximum(alone, 0) / some**2, 0.0)


def _one_more(sums: Sums, mean: Floats, event: tuple[float, float] | None) -> tuple[Floats, Floats]:
    """What one more image with any, of a typical size, adds to a total and its variance, wherever it may lie.

    About half of it lies where images were drawn, half where any were seen among those: where more was seen there is
    more that was not, but nothing seen among few is not nothing there. What was looked at for certain says nothing of
    the others.
    """
    size, n = sums.size, sums.n
    drawn = (n < size).astype(np.float64)
    found = sums.positive * drawn
    some = found.sum(-1)[..., None] > 0
    counted = np.where(some, drawn, 1.0)
    positive = np.maximum((sums.positive * counted).sum(-1), 1)[..., None]
    first = (sums.powers[0] * counted).sum(-1)[..., None] / positive
    second = (sums.powers[1] * counted).sum(-1)[..., None] / positive
    if event is not None:
        first, second = np.full_like(first, event[0]), np.full_like(second, event[1])
    even = n * drawn / max(1.0, float((n * drawn).sum()))
    share = np.where(some, _EVENLY * even + (1 - _EVENLY) * found / positive, even)
    off = np.maximum(first - mean, 0), np.maximum(second - 2 * first * mean + mean**2, 0)
    weight, left = size / n, 1 - n / size
    return (share * weight * left * off[0]).sum(-1), (share * weight**2 * left * off[1]).sum(-1)


def ends(spread: Spread, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """The interval's ends, arrays of [...]: never below what was seen, and the point itself after a census."""
    from scipy.stats import norm, t

    freedom = np.maximum(2 / np.maximum(spread.excess, 1e-9), _FREEDOM)  # Satterthwaite 1946
    tail = norm.cdf(t.ppf((1 - level) / 2, freedom))
    low = _quantile(tail, spread, spread.typical, _TYPICAL)
    high = _quantile(1 - tail, spread, spread.typical, _TYPICAL)
    return low, np.maximum(high, _quantile(1 - tail, spread, spread.largest, _LARGEST))


def any_ends(sums: Sums, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """The interval's ends for the images that show any: Beta, with the mean and variance that gamma takes above.

    In a plain random sample that is the interval of Jeffreys (Brown, Cai and DasGupta 2001), here for the images that
    were not looked at. Where most images show any, those that show none are counted instead.
    """
    with_any = sums_of_any(sums)
    without = with_any.n - with_any.positive
    other = Sums(sums.size, sums.n, np.stack([without] * 4), without, np.minimum(without, 1.0))
    total = sums.size.sum()
    low, high = _beta_ends(with_any, level)
    low_other, high_other = _beta_ends(other, level)
    most = (sums.size * sums.positive / sums.n).sum(-1) > total / 2
    return np.where(most, total - high_other, low), np.where(most, total - low_other, high)


def _beta_ends(sums: Sums, level: float) -> tuple[Floats, Floats]:
    from scipy.stats import beta

    spread = spread_of(sums, event=(1.0, 1.0))
    room = float((sums.size - sums.n).sum())
    if room <= 0:
        return spread.seen, spread.seen
    mean = (spread.unseen + _TYPICAL * spread.typical[0]) / room
    variance = (spread.variance + _TYPICAL * spread.typical[1]) / room**2
    mean = np.minimum(mean, 1 - 0.5 / room)  # more than half are counted the other way round
    variance = np.maximum(variance, 1e-12)  # none where all show any: then the other count is the one that is told
    worth = np.maximum(mean * (1 - mean) / variance - 1, 1e-3)
    tail = (1 - level) / 2
    found = [spread.seen + room * beta.ppf(at, worth * mean, worth * (1 - mean)) for at in (tail, 1 - tail)]
    # nothing seen, or all seen: the one end that is certain
    return np.where(sums.positive.sum(-1) == 0, spread.seen, found[0]), found[1]


def _quantile(at: Any, spread: Spread, more: tuple[Floats, Floats], times: float) -> Floats:
    from scipy.stats import gamma

    mean, variance = spread.unseen + times * more[0], spread.variance + times * more[1]
    some = (mean > 0) & (variance > 0)
    mean, variance = np.where(some, mean, 1.0), np.where(some, variance, 1.0)
    above = gamma.ppf(at, mean**2 / variance) * variance / mean
    return np.asarray(spread.seen + np.where(some, above, spread.unseen), np.float64)
