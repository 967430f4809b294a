"""Differences between arms, paired: by seed alone, and by seeds and images together.

Two questions have two intervals. *Other seeds, these images*: Student's, of the differences of the seeds. *Other seeds
and other images of the kind*: seeds and images are crossed (each network is asked about each image), and the variance
of a mean of crossed draws is the sum of what seeds, images and their noise add. Resampling both (the pigeonhole
bootstrap, Owen 2007) counts the noise three times; here it is counted once, and seeds have Student's few degrees of
freedom (Satterthwaite 1946), since five of them cannot be resampled well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._intervals import mean_over_seeds, need_scipy
from overpaint.measures._result import Estimate

__all__ = ["Paired", "paired", "two_sided"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Paired:
    """One difference and its two intervals.

    Attributes
    ----------
    seeds
        Over other seeds with these very test images.
    both
        Over other seeds and other images of the kind; with one seed over images alone.
    p
        Of no difference, two-sided, by `both`.
    error, freedom
        The standard error and the degrees of freedom behind `both`.
    """

    seeds: Estimate
    both: Estimate
    p: float
    error: float
    freedom: float

    @property
    def value(self) -> float:
        """The difference."""
        assert self.both.value is not None
        return self.both.value

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {"over_seeds": self.seeds, "over_seeds_and_images": self.both, "p": self.p}


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """All that an interval needs to know of paired differences.

    Attributes
    ----------
    values
        float64 [seeds]: each seed's difference.
    whole, single
        Sums over images of the squared influences: of the mean of the seeds, and of one seed (the mean of those).
    units
        How many images there are, for the correction of few.
    """

    values: Floats
    whole: float
    single: float
    units: int

    @classmethod
    def of(cls, values: Floats, influence: Floats, *, units: int | None = None) -> Differences:
        """From float64 [seeds, images]: how fast each difference changes with each image's weight; rows sum to 0."""
        whole, single = float((influence.mean(axis=0) ** 2).sum()), float((influence**2).sum() / len(influence))
        return cls(values, whole, single, influence.shape[1] if units is None else units)

    @classmethod
    def of_mean(cls, rows: Floats) -> Differences:
        """Of a mean over images, from float64 [seeds, images]."""
        values = rows.mean(axis=1)
        return cls.of(values, (rows - values[:, None]) / rows.shape[1])

    @property
    def between_seeds(self) -> float:
        """The variance of the differences; NaN of a single one."""
        return float(self.values.var(ddof=1)) if len(self.values) > 1 else math.nan

    @property
    def between_images(self) -> float:
        """The part of the mean's variance that images alone add.

        With noise ``e`` of seed and image, a single seed's figure varies over images as ``(b + e) / n``, the mean of S
        seeds as ``(b + e / S) / n``; the two say what ``e`` is, which the seeds' own variance holds already.
        """
        few = self.units / (self.units - 1) if self.units > 1 else 1.0
        if len(self.values) < 2:
            return few * self.whole
        noise = max(0.0, (self.single - self.whole) / (len(self.values) - 1))
        return few * max(0.0, self.whole - noise)


def paired(of: Differences, *, level: float = 0.95, shared: tuple[float, float] | None = None) -> Paired:
    """The mean of differences over seeds, with both intervals.

    Parameters
    ----------
    shared
        The variance of a difference between seeds, and its degrees of freedom, where it is known better than from
        these few seeds (`moderated` learns it from all classes).
    """
    need_scipy()
    count, images = len(of.values), of.between_images
    variance, freedom_seeds = (of.between_seeds, float(count - 1)) if shared is None else shared
    seeds = variance / count if count > 1 else 0.0
    below = seeds**2 / freedom_seeds if seeds else 0.0
    below += images**2 / (of.units - 1) if images and of.units > 1 else 0.0
    ways = [(math.sqrt(seeds + images), (seeds + images) ** 2 / below if below else math.inf)]
    if seeds:  # more is covered than by seeds alone, so the interval is no narrower, whatever freedom is gained
        ways.append((math.sqrt(seeds), freedom_seeds))
    half, error, freedom = max((_quantile((1 + level) / 2, free) * error, error, free) for error, free in ways)
    mean = float(of.values.mean())
    unit = f"images x {count} seeds" if count > 1 else "images, one seed"
    method = "Student's t, seeds and images crossed" if count > 1 else "images alone: one seed says nothing of others"
    both = Estimate(mean, mean - half, mean + half, level, of.units, unit, method)
    over_seeds = mean_over_seeds(of.values.tolist(), level=level)
    return Paired(over_seeds, both, _p(mean, error, freedom, of.units), error, freedom)


def _p(mean: float, error: float, freedom: float, units: int) -> float:
    if error:
        return two_sided(mean / error, freedom)
    # every image changed alike in every seed: what a coin for each image would do as often
    return 1.0 if mean == 0 else min(1.0, 2.0 ** (1 - units))


def two_sided(statistic: float, freedom: float) -> float:
    """How often Student's t is as far from 0."""
    from scipy.special import ndtr, stdtr

    below = ndtr(-abs(statistic)) if math.isinf(freedom) else stdtr(freedom, -abs(statistic))
    return float(min(1.0, 2 * below))


def _quantile(share: float, freedom: float) -> float:
    """Of Student's t; of the normal with endless degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(share) if math.isinf(freedom) else stdtrit(freedom, share))
