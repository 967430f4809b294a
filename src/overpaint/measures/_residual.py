"""What is still there: totals with intervals from the answers to an audit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overpaint.measures._intervals import need_scipy
from overpaint.measures._residual_acceptance import at_most
from overpaint.measures._residual_effort import images_for
from overpaint.measures._residual_intervals import FEW, Sums, any_ends, ends, spread_of, sums_of
from overpaint.measures._residual_sample import Audit, Group, groups_of
from overpaint.measures._result import Estimate

__all__ = ["Residual", "estimate_residual"]

WITHIN = (10, 20, 40)


@dataclass(frozen=True, slots=True)
class Residual:
    """What an audit says of all images.

    Attributes
    ----------
    total
        How many are still there in all images (faces, plates, ...). Without ends where ``few``.
    per_1000
        The same for 1,000 images.
    images_with_any
        In how many images there is any.
    by_stratum
        ``total`` of each stratum, in the order of their names.
    fewer_than
        Acceptance: with this level's confidence no more than ``value`` of 1,000 images show any. Exact, one-sided.
    more
        Images to look at beyond those answered, until the interval is about as narrow as 10, 20, 40 % either way; empty
        where nothing was seen, of which no share can be taken.
    effective
        The images that a plain random sample would have needed for the same variance.
    population, audited, with_any, counted
        Images in all, images answered, those that showed any, and how many they showed together.
    unanswered
        Images drawn but not answered.
    few
    XX no interval of the total is told, since none would
        hold what it says. ``fewer_than`` and ``images_with_any`` are told all the same.
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
        """By name, as `Measured.figures` takes them; ``by_stratum`` holds the names of strata."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


def estimate_residual(audit: Audit, counts: Sequence[int | None], *, level: float = 0.95) -> Residual:
    """Estimate what is still there, from what people counted in the audited images.

    Parameters
    ----------
    audit
        From `draw_audit`.
    counts
        For each of ``audit.chosen``, how many are still visible; None where nobody answered: such images are taken as
        though they had not been drawn, which is right as long as nobody skips images for what is in them.
    level
        Of the intervals.

    Raises
    ------
    UsageError
        Not one count for each image, a negative count, or a stratum without an answer.
    """
    need_scipy()
    groups = groups_of(audit, counts)
    sums = sums_of([(group.size, group.counts) for group in groups])
    answered, population = int(sums.n.sum()), audit.population
    positive, counted = int(sums.positive.sum()), int(sums.powers[0].sum())
    census = answered == population
    total = _total(groups, level)
    with_any = float((sums.size * sums.positive / sums.n).sum())
    any_low, any_high = any_ends(sums, level=level)
    bound = at_most(
        [(group.size, len(group.counts), sum(c > 0 for c in group.counts)) for group in groups], level=level
    )
    one_sided = f"no more of 1,000 images show any: exact, one-sided, {'one stratum' if len(groups) == 1 else 'strata'}"
    return Residual(
        total=total,
        per_1000=_times(total, 1000 / population),
        images_with_any=Estimate(
            with_any,
            float(any_low),
            float(any_high),
            level,
            answered,
            "images",
            "census" if census else "beta, Jeffreys",
        ),
        by_stratum=_by_stratum(groups, level),
        fewer_than=Estimate(1000 * bound / population, None, None, level, answered, "images", one_sided),
        more=_more(sums, total),
        effective=_effective(sums),
        population=population,
        audited=answered,
        with_any=positive,
        counted=counted,
        unanswered=len(audit.chosen) - answered,
        few=_drawn_with_any(sums) < FEW and not census,
    )


def _total(groups: Sequence[Group], level: float) -> Estimate:
    sums = sums_of([(group.size, group.counts) for group in groups])
    spread = spread_of(sums)
    value, n, positive = float(spread.seen + spread.unseen), int(sums.n.sum()), _drawn_with_any(sums)
    if n == int(sums.size.sum()):
        return Estimate(value, value, value, level, n, "images", "census")
    if positive < FEW:
        method = f"no interval, since {positive} images drawn at random showed any, fewer than {FEW}"
        return Estimate(value, None, None, level, n, "images", method)
    low, high = ends(spread, level=level)
    return Estimate(value, float(low), float(high), level, n, "images", "stratified, gamma")


def _drawn_with_any(sums: Sums) -> int:
    """What the interval rests on: images of which there are others that nobody looked at."""
    return int(sums.positive[sums.n < sums.size].sum())


def _by_stratum(groups: Sequence[Group], level: float) -> dict[str, Estimate]:
    names = sorted({group.stratum for group in groups})
    return {name: _total([group for group in groups if group.stratum == name], level) for name in names}


def _times(estimate: Estimate, scale: float) -> Estimate:
    value, low, high = (None if x is None else scale * x for x in (estimate.value, estimate.low, estimate.high))
    return dataclasses.replace(estimate, value=value, low=low, high=high)


def _more(sums: Sums, total: Estimate) -> dict[str, int]:
    if not total.value:
        return {}
    unit = _unit_variance(sums)
    return {
        f"{share}%": images_for(sums.size, unit, share / 100 * total.value, already=sums.n, level=total.level)
        - int(sums.n.sum())
        for share in WITHIN
    }


def _unit_variance(sums: Sums) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The variance of one image's count in each stratum, with half an event spread over the strata.

    Where nothing was seen there may yet be something: no stratum is taken to have no spread.
    """
    mean, square = sums.powers[0] / sums.n, sums.powers[1] / sums.n
    own = np.maximum(square - mean**2, 0) * sums.n / np.maximum(sums.n - 1, 1)
    event = float(sums.powers[1].sum() / max(1.0, float(sums.positive.sum())))
    return np.asarray(own + 0.5 * event / float(sums.n.sum()), np.float64)


def _effective(sums: Sums) -> float:
    """The n at which a plain random sample of the same images has the same variance."""
    whole, n = float(sums.size.sum()), float(sums.n.sum())
    variance = float(spread_of(sums).variance)
    share, mean = sums.size / whole, sums.powers[0] / sums.n
    square = float((share * sums.powers[1] / sums.n).sum())
    unit = square - float((share * mean).sum()) ** 2
    if variance <= 0 or unit <= 0:
        return n
    return min(whole, 1 / (variance / (whole**2 * unit) + 1 / whole))
