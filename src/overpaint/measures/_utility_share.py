"""Do images lose more, the more of them was erased? Image by image, and class by class."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._result import Estimate
from overpaint.measures._utility_cells import Cells, Contrast
from overpaint.measures._utility_classes import Precisions
from overpaint.measures._utility_paired import Differences, Paired, paired
from overpaint.measures._utility_scores import Scored

__all__ = ["Bin", "Relation", "rank_correlation", "relation", "slope", "spearman"]

Floats = npt.NDArray[np.float64]

ROUNDS = 500
_NUMBERS = 1 << 22
EDGES = (0.0, 0.01, 0.05, 0.2, 1.0)
"""Of the shares that images are put together by; those with nothing erased are apart."""

FEWEST = 8
"""Images or classes of which a rank correlation says anything."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Images of which more than `above` and up to `up_to` of the area was erased; nothing, where both are 0.

    The changes are None where there are fewer than eight images.
    """

    above: float
    up_to: float
    images: int
    top1: Paired | None
    sure: Paired | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "above": self.above,
            "up_to": self.up_to,
            "images": self.images,
            "top1": None if self.top1 is None else self.top1.to_dict(),
            "log_probability": None if self.sure is None else self.sure.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Relation:
    """What the share of the area that was erased has to do with the change, in one contrast.

    Attributes
    ----------
    erased, images
        Images with something erased, and all whose share is known.
    sure, right
        Spearman's rank correlation, over images with something erased, of the share with the change of the logarithm
        of the true class's probability, and with the change of being right. Of each seed, averaged: a mean of seeds
        would be the more correlated, the more seeds there are.
    slope
        What a tenth of the area costs, in top-1: least squares over all images.
    by_class
        Spearman's, over classes, of the mean share with the change of average precision.
    bins
        The mean changes, by share.
    """

    erased: int
    images: int
    sure: Estimate
    right: Estimate
    slope: Paired | None
    by_class: Estimate
    bins: tuple[Bin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates; no image and no class is named."""
        return {
            "images_with_something_erased": self.erased,
            "images": self.images,
            "rank_correlation_log_probability": self.sure,
            "rank_correlation_right": self.right,
            "top1_for_a_tenth_of_the_area": None if self.slope is None else self.slope.to_dict(),
            "rank_correlation_of_classes": self.by_class,
            "by_share": [each.to_dict() for each in self.bins],
        }


def relation(
    cells: Cells,
    score: Mapping[tuple[str, int], Scored],
    of: Precisions,
    contrast: Contrast,
    shares: Mapping[str, float],
    *,
    seed: int,
    level: float,
) -> Relation | None:
    """Relate shares to changes; None where no share of a test image is known."""
    given = np.array([shares.get(key, math.nan) for key in cells.keys], np.float64)
    known = np.isfinite(given)
    if not known.any():
        return None
    seeds = cells.paired(contrast.of, contrast.against)
    pairs = [(score[contrast.of[0], s], score[contrast.against[0], s]) for s in seeds]
    sure = np.array([one.sure - other.sure for one, other in pairs])
    right = np.array([one.top1 - other.top1 for one, other in pairs])
    erased = known & (given > 0)
    classes = np.bincount(cells.labels[known], minlength=len(cells.classes)).astype(np.float64)
    sums = np.bincount(cells.labels[known], weights=given[known], minlength=len(cells.classes))
    change = np.array([of.of[contrast.of[0], s] - of.of[contrast.against[0], s] for s in seeds])
    there = classes > 0
    means = sums[there] / classes[there]
    return Relation(
        erased=int(erased.sum()),
        images=int(known.sum()),
        sure=rank_correlation(given[erased], sure[:, erased], seed=seed, level=level, unit="images"),
        right=rank_correlation(given[erased], right[:, erased], seed=seed, level=level, unit="images"),
        slope=slope(10 * given[known], right[:, known], level=level),
        by_class=rank_correlation(means, change[:, there], seed=seed, level=level, unit="classes"),
        bins=_bins(given, right, sure, level=level),
    )


def _bins(given: Floats, right: Floats, sure: Floats, *, level: float) -> tuple[Bin, ...]:
    ranges = [(0.0, 0.0), *itertools.pairwise(EDGES)]
    found = []
    for above, up_to in ranges:
        chosen = given == 0 if up_to == 0 else (given > above) & (given <= up_to)
        count = int(chosen.sum())
        if count >= FEWEST:
            top1, log = (paired(Differences.of_mean(rows[:, chosen]), level=level) for rows in (right, sure))
            found.append(Bin(above, up_to, count, top1, log))
        elif count:
            found.append(Bin(above, up_to, count, None, None))
    return tuple(found)


def slope(share: Floats, rows: Floats, *, level: float = 0.95) -> Paired | None:
    """The least-squares slope of each seed's changes, [seeds, images], by share, [images]; None where that is constant.

    The influence of an image is its leverage times its residual (White 1980): no equal variances are assumed.
    """
    if np.ptp(share) == 0:  # a sum of squares may be a rounding's
        return None
    centred = share - share.mean()
    spread = float((centred**2).sum())
    values = rows @ centred / spread
    residuals = rows - rows.mean(axis=1)[:, None] - values[:, None] * centred
    return paired(Differences.of(values, residuals * centred / spread), level=level)


def rank_correlation(share: Floats, rows: Floats, *, seed: int, level: float, unit: str) -> Estimate:
    """Spearman's rank correlation of `share`, [n], with each seed's changes, [seeds, n], and their mean's interval.

    Images (or classes) are drawn with replacement and ranked anew, the same for all seeds; seeds add their variance.
    """
    n = len(share)
    if n < FEWEST:
        return Estimate(None, None, None, level, n, unit, f"fewer than {FEWEST} {unit}")
    values = spearman(share, rows, np.ones((1, n)))[0]
    if not np.isfinite(values).all():
        return Estimate(None, None, None, level, n, unit, "all alike")
    draw = np.random.default_rng(seed)
    some, parts = max(1, min(ROUNDS, _NUMBERS // n)), []
    for start in range(0, ROUNDS, some):
        count = min(some, ROUNDS - start)
        at = draw.integers(0, n, (count, n)) + n * np.arange(count)[:, None]
        weights = np.bincount(at.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)
        parts.append(spearman(share, rows, weights))
    drawn = np.concatenate(parts)
    told = drawn[np.isfinite(drawn).all(axis=1)]
    if len(told) < ROUNDS // 2:
        return Estimate(float(values.mean()), None, None, level, n, unit, "too many alike for an interval")
    few = (n - 1) / n  # of the bootstrap's variance, which the correction of few takes away again
    whole, single = few * float(told.mean(axis=1).var(ddof=1)), few * float(told.var(axis=0, ddof=1).mean())
    both = paired(Differences(values, whole, single, n), level=level).both
    low, high = (None if end is None else min(1.0, max(-1.0, end)) for end in (both.low, both.high))
    method = f"Spearman's of each seed, bootstrap by {unit}, {ROUNDS} rounds, seeds crossed"
    return replace(both, low=low, high=high, unit=both.unit.replace("images", unit), method=method)


def spearman(share: Floats, rows: Floats, weights: Floats) -> Floats:
    """Spearman's correlation of `share`, [n], with each of `rows`, [seeds, n], where each is there `weights` times.

    Parameters
    ----------
    weights
        [rounds, n]: how often each was drawn. What is equal has the mean of its ranks.

    Returns
    -------
    [rounds, seeds]; NaN where all that was drawn is alike.
    """
    total = weights.sum(axis=1, keepdims=True)
    middle = (total + 1) / 2  # the mean of ranks
    mine = _ranks(share, weights) - middle
    found = np.empty((len(weights), len(rows)))
    for place, row in enumerate(rows):
        theirs = _ranks(row, weights) - middle
        products = [
            (weights * one * other).sum(axis=1) for one, other in ((mine, mine), (theirs, theirs), (mine, theirs))
        ]
        with np.errstate(invalid="ignore", divide="ignore"):
            found[:, place] = products[2] / np.sqrt(products[0] * products[1])
    return found


def _ranks(values: Floats, weights: Floats) -> Floats:
    """The ranks among what was drawn, [rounds, n], of one sorting: so many are below, and the middle of the equals."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    first = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    groups = np.add.reduceat(weights[:, order], first, axis=1)
    middles = np.cumsum(groups, axis=1) - groups + (groups + 1) / 2
    ranks = np.empty_like(weights)
    ranks[:, order] = np.repeat(middles, np.diff(first, append=len(values)), axis=1)
    return ranks
