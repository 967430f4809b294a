"""Totals from samples that somebody else drew, each image with a weight of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy
from overpaint.measures._result import Estimate

__all__ = ["estimate_weighted"]


def estimate_weighted(
    counts: Sequence[int],
    weights: Sequence[float],
    population: int | None = None,
    *,
    level: float = 0.95,
) -> Estimate:
    """The total in all images, from counts in a sample with unequal odds.

    Parameters
    ----------
    counts
        How many are still visible in each looked-at image.
    weights
        How many images each of them stands for: one over its chance of being drawn.
    population
        How many images there are. With it the weights are scaled to sum to that (Hájek 1971); without, they are taken
        as they are (Horvitz and Thompson 1952).
    """
    need_scipy()
    from scipy.stats import t as student

    y, w = np.asarray(counts, np.float64), np.asarray(weights, np.float64)
    if y.shape != w.shape or not y.size:
        raise UsageError(f"{y.size} counts and {w.size} weights: give one weight for each count, at least one")
    if population is not None:
        w = w * population / w.sum()
    total = float((w * y).sum())
    residual = y - total / population if population else y
    variance = float((w * (w - 1) * residual**2).sum())
    half = float(student.ppf((1 + level) / 2, max(1, y.size - 1))) * math.sqrt(max(0.0, variance))
    return Estimate(total, max(float(y.sum()), total - half), total + half, level, y.size, "images", "Hájek")
