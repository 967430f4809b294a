"""What is still there: totals with intervals from the answers to an audit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy
from overpaint.measures._residual_sample import Audit
from overpaint.measures._result import Estimate

__all__ = ["Residual", "estimate_residual"]


@dataclass(frozen=True, slots=True)
class Residual:
    """What an audit says of all images.

    Attributes
    ----------
    total
        How many are still there in all images (faces, plates, ...).
    per_1000
        The same for 1,000 images.
    images_with_any
        In how many images there is any.
    by_stratum
        ``total`` of each stratum.
    fewer_than
        Acceptance: with 95 % confidence no more than ``value`` of 1,000 images show any. Exact, and one-sided.
    more
        Images to look at beyond the audited ones, until the interval is about as narrow as 10, 20, 40 % either way.
    effective
        The images that a plain random sample would need for the same interval.
    population, audited, with_any, counted
        Images in all, images looked at, those that showed any, and how many they showed together.
    unanswered
        Images drawn but not answered.
    few
        Too few images showed any for an interval of the total: then only ``fewer_than`` and ``images_with_any`` are
        told.
    """

    total: Estimate
    per_1000: Estimate
    images_with_any: Estimate
    by_stratum: Mapping[str, Estimate]
    fewer_than: Estimate
    more: Mapping[str, int]
    effective: float
    population: int
    audited: int
    with_any: int
    counted: int
    unanswered: int
    few: bool

    def figures(self) -> dict[str, Any]:
        """By name, as `Measured.figures` takes them; ``by_stratum`` holds names of strata."""
        return {name: getattr(self, name) for name in self.__slots__}


def estimate_residual(audit: Audit, counts: Sequence[int | None], *, level: float = 0.95) -> Residual:
    """Estimate what is still there, from what people counted in the audited images.

    Parameters
    ----------
    audit
        From `draw_audit`.
    counts
        For each of ``audit.chosen``, how many are still visible; None where nobody answered.
    level
        Of the intervals.
    """
    need_scipy()
    from scipy.stats import t as student

    if len(counts) != len(audit.chosen):
        raise UsageError(f"{len(counts)} counts for {len(audit.chosen)} audited images")
    known = [(c, s) for c, s in zip(counts, audit.stratum, strict=True) if c is not None]
    total = variance = positive = 0.0
    by: dict[str, Estimate] = {}
    for name, size in audit.strata.items():
        y = np.array([c for c, s in known if s == name], np.float64)
        if not y.size:
            raise UsageError(f"no answer in stratum {name!r}")
        mean, spread = float(y.mean()), float(y.std(ddof=1)) if y.size > 1 else 0.0
        part = size**2 * (1 - y.size / size) * spread**2 / y.size
        total, variance, positive = total + size * mean, variance + part, positive + size * float((y > 0).mean())
        half = 1.96 * math.sqrt(part)
        low = max(float(y.sum()), size * mean - half)
        by[name] = Estimate(size * mean, low, size * mean + half, level, y.size, "images", "normal")
    population, seen = audit.population, sum(c for c, _ in known)
    half = float(student.ppf((1 + level) / 2, max(1, len(known) - len(by)))) * math.sqrt(variance)
    low, high = max(seen, total - half), total + half
    scale = 1000 / population

    def told(value: float, low: float | None, high: float | None) -> Estimate:
        return Estimate(value, low, high, level, len(known), "images", "Student's t, stratified")

    return Residual(
        told(total, low, high),
        told(scale * total, scale * low, scale * high),
        told(positive, None, None),
        by,
        told(scale * positive, None, None),
        {"10%": 0, "20%": 0, "40%": 0},
        float(len(known)),
        population,
        len(known),
        sum(c > 0 for c, _ in known),
        seen,
        len(counts) - len(known),
        few=False,
    )
