"""Totals from samples that somebody else drew, each image with odds of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy
from overpaint.measures._residual_intervals import FEW, Floats, Spread, ends
from overpaint.measures._result import Estimate

__all__ = ["estimate_weighted", "weighted_spread"]


def estimate_weighted(
    counts: Sequence[int],
    weights: Sequence[float],
    population: int | None = None,
    *,
    draw: Literal["fixed", "poisson"] = "fixed",
    level: float = 0.95,
) -> Estimate:
    """The total in all images, from counts in a sample with unequal odds.

    Parameters
    ----------
    counts
        How many are still visible in each image that was looked at.
    weights
        How many images each of them stands for: one over its chance of being drawn, so never below 1.
    population
        How many images there are. With it the weights are scaled to sum to that (Hájek 1971), which is better where the
        odds have little to do with the counts; without it they are taken as they are (Horvitz and Thompson 1952),
        which is better where images were drawn in proportion to what was expected in them.
    draw
        ``"fixed"``: so many images were drawn, however the odds fell; ``"poisson"``: a coin was thrown for each image.
    level
        Of the interval.

    Raises
    ------
    UsageError
        Not one weight for each count, a weight below 1, a negative count, or fewer than two images.
    """
    need_scipy()
    y, w = np.asarray(counts, np.float64), np.asarray(weights, np.float64)
    if y.shape != w.shape or y.ndim != 1 or y.size < 2:
        raise UsageError(f"counts: {y.size} with {w.size} weights; give one weight for each of two or more counts")
    if not (np.isfinite(w).all() and (w >= 1).all()):
        raise UsageError("weights: one is below 1; a weight is one over the chance of being drawn")
    if not (np.isfinite(y).all() and (y >= 0).all()):
        raise UsageError("counts: one is negative")
    if draw not in {"fixed", "poisson"}:
        raise UsageError(f"draw: {draw!r}; give 'fixed' or 'poisson'")
    if population is not None and population < y.size:
        raise UsageError(f"population: {population} images, and {y.size} were looked at")
    spread = weighted_spread(y, w, population, fixed=draw == "fixed")
    value, positive = float(spread.seen + spread.unseen), int(((y > 0) & (w > 1)).sum())
    estimator = "Horvitz-Thompson" if population is None else "Hájek"
    if positive < FEW and (w > 1).any():
        method = f"{estimator}; no interval, since {positive} images drawn by chance showed any, fewer than {FEW}"
        return Estimate(value, None, None, level, y.size, "images", method)
    low, high = ends(spread, level=level)
    return Estimate(value, float(low), float(high), level, y.size, "images", f"{estimator}, gamma")


def weighted_spread(counts: Floats, weights: Floats, population: int | None, *, fixed: bool) -> Spread:
    """A weighted total and its error.

    The variance is that of a Poisson sample, ``sum (1 - p) (w e)²``, or for a fixed number of images the approximation
    of Hájek, ``n / (n - 1) sum (1 - p) (w e - B)²`` with ``B`` the mean of ``w e`` weighted by ``1 - p`` (Hájek 1964;
    Berger 2004 on when it holds); ``e`` is the count, or for Hájek's total its distance from the mean.
    """
    n, left = counts.size, 1 - 1 / weights
    w = weights if population is None else weights * population / weights.sum()
    seen, total = float(counts.sum()), float((w * counts).sum())
    mean = 0.0 if population is None else total / population
    parts = w * (counts - mean)
    some = float(left.sum())
    if fixed and some > 0:
        parts -= float((left * parts).sum()) / some
    scale = n / (n - 1) if fixed else 1.0
    variance = scale * float((left * parts**2).sum())
    own = float((left**3 * parts**4).sum()) - (float((left**1.5 * parts**2).sum()) ** 2 / n if fixed else 0.0)
    with_total = float((left**2 * parts**3).sum())
    excess = max(0.0, own - with_total**2 / variance) / variance**2 if variance > 0 else 0.0
    drawn = weights > 1  # what was looked at for certain says nothing of the sizes of the others
    positive = counts[(counts > 0) & drawn]
    first, second = (float(positive.mean()), float((positive**2).mean())) if positive.size else (0.0, 0.0)
    off = max(0.0, first - mean), max(0.0, second - 2 * first * mean + mean**2)
    each = max(1, int(drawn.sum()))
    far = np.maximum(parts, 0) * left
    return Spread(
        np.array(seen),
        np.array(max(0.0, total - seen)),
        np.array(variance),
        np.array(excess),
        (np.array(off[0] * (w * left).sum() / each), np.array(off[1] * (w**2 * left).sum() / each)),
        (np.array(far.max()), np.array((far * np.maximum(parts, 0)).max())),
    )
