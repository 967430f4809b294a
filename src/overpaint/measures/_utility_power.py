"""What an experiment could have seen, and what another seed alone moves."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overpaint.measures._intervals import need_scipy
from overpaint.measures._result import Estimate
from overpaint.measures._utility_cells import Cells, Contrast
from overpaint.measures._utility_paired import Differences, Paired
from overpaint.measures._utility_scores import Scored

__all__ = ["Noise", "Power", "noise_of", "power_of", "times"]

POWER, ALPHA = 0.8, 0.05
_QUANTILES = 4000
PLANS = (3, 5, 10, 20)
"""Seeds that a further experiment may have."""


@dataclass(frozen=True, slots=True)
class Power:
    """The smallest difference that the experiment would have called significant four times in five.

    Attributes
    ----------
    seeds
        On these test images, by Student's t over the seeds. Its interval is that of the variance (chi-squared), which
        few seeds know badly.
    both
        On other images of the kind as well.
    planned
        By number of seeds, with the variance measured here: on these test images.
    """

    seeds: Estimate
    both: Estimate
    planned: Mapping[int, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "power": POWER,
            "two_sided": ALPHA,
            "over_seeds": self.seeds,
            "over_seeds_and_images": self.both,
            "with_so_many_seeds": {str(seeds): drop for seeds, drop in self.planned.items()},
        }


@dataclass(frozen=True, slots=True)
class Noise:
    """What another seed alone moves, nothing else being changed.

    Attributes
    ----------
    deviation
        The standard deviation of top-1 between seeds, all arms together.
    apart
        How far apart two seeds' top-1 are within an arm, on the mean.
    churn
        The share of images answered otherwise by another seed of the same arm.
    changed
        By contrast: the share of images answered otherwise by the other arm with the same seed.
    """

    deviation: Estimate
    apart: Estimate
    churn: Estimate
    changed: Mapping[str, Estimate]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {
            "top1_standard_deviation_between_seeds": self.deviation,
            "top1_of_two_seeds_apart": self.apart,
            "answered_otherwise_by_another_seed": self.churn,
            "answered_otherwise_by_the_other_arm": dict(self.changed),
        }


@functools.cache
def times(freedom: float) -> float:
    """How many standard errors an effect must have to be seen, with power .8 at two-sided .05.

    The noncentrality at which a t of that many degrees of freedom lies beyond its critical values so often; 2.80 where
    the error is known.
    """
    need_scipy()
    from scipy.optimize import brentq
    from scipy.stats import chi2, norm, t

    if math.isinf(freedom) or freedom > 1e5:
        return float(norm.ppf(1 - ALPHA / 2) + norm.ppf(POWER))
    beyond = float(t.ppf(1 - ALPHA / 2, freedom))
    # the noncentral t, over the quantiles of the estimated error (SciPy's own gives NaN for large effects)
    errors = np.sqrt(chi2.ppf((np.arange(_QUANTILES) + 0.5) / _QUANTILES, freedom) / freedom)

    def short(effect: float) -> float:
        seen = norm.cdf(effect - beyond * errors) + norm.cdf(-effect - beyond * errors)
        return float(seen.mean()) - POWER

    return float(brentq(short, 0.1, 20 + 3 * beyond))


def power_of(differences: Differences, change: Paired, *, level: float = 0.95) -> Power:
    """The power of a paired comparison of shares, from its measured variance; nothing can be said of one seed.

    No drop is larger than all: figures end at 1.
    """
    count = len(differences.values)
    if count < 2:
        nothing = Estimate(None, None, None, level, count, "seeds", "one seed does not tell how seeds differ")
        return Power(nothing, nothing, {})
    from scipy.stats import chi2

    deviation = math.sqrt(differences.between_seeds)
    least = deviation / math.sqrt(count) * times(count - 1)
    tails = (1 + level) / 2, (1 - level) / 2
    low, high = (min(1.0, least * math.sqrt((count - 1) / float(chi2.ppf(tail, count - 1)))) for tail in tails)
    method = "paired Student's t, power .8, two-sided .05; interval of the variance"
    seeds = Estimate(min(1.0, least), low, high, level, count, "seeds", method)
    both = Estimate(
        min(1.0, change.error * times(change.freedom)),
        level=level,
        n=change.both.n,
        unit=change.both.unit,
        method="Student's t, seeds and images crossed, power .8, two-sided .05",
    )
    planned = {plan: min(1.0, deviation / math.sqrt(plan) * times(plan - 1)) for plan in PLANS}
    return Power(seeds, both, planned)


def noise_of(
    cells: Cells, score: Mapping[tuple[str, int], Scored], contrasts: Sequence[Contrast], *, level: float = 0.95
) -> Noise:
    """How much seeds alone move, from the arms that were tested on themselves."""
    need_scipy()
    from scipy.stats import chi2

    top1 = {arm: {s: score[arm, s] for s in sorted(cells.held[arm, arm])} for arm in cells.own}
    several = {arm: list(seeds.values()) for arm, seeds in top1.items() if len(seeds) > 1}
    count = max((len(seeds) for seeds in several.values()), default=0)
    if not several:
        nothing = Estimate(None, None, None, level, 1, "seeds", "one seed does not tell how seeds differ")
        return Noise(nothing, nothing, nothing, _changed(cells, score, contrasts, level=level))
    variances = [float(np.var([each.top1.mean() for each in seeds], ddof=1)) for seeds in several.values()]
    deviation = math.sqrt(float(np.mean(variances)))
    # arms share seeds, so that together they know the variance hardly better than one does
    tails = (1 + level) / 2, (1 - level) / 2
    low, high = (deviation * math.sqrt((count - 1) / float(chi2.ppf(tail, count - 1))) for tail in tails)
    apart, churn = [], []
    for seeds in several.values():
        for one, other in itertools.combinations(seeds, 2):
            apart.append(abs(float(one.top1.mean() - other.top1.mean())))
            churn.append(float((one.said != other.said).mean()))
    pairs = f"pairs of seeds in {len(several)} arms"
    return Noise(
        Estimate(deviation, low, high, level, count, "seeds", "chi-squared, as if arms knew no more than one"),
        Estimate(float(np.mean(apart)), level=level, n=len(apart), unit=pairs, method="mean"),
        Estimate(float(np.mean(churn)), level=level, n=len(churn), unit=pairs, method="mean"),
        _changed(cells, score, contrasts, level=level),
    )


def _changed(
    cells: Cells, score: Mapping[tuple[str, int], Scored], contrasts: Sequence[Contrast], *, level: float
) -> dict[str, Estimate]:
    found = {}
    for each in contrasts:
        seeds = cells.paired(each.of, each.against)
        shares = [float((score[each.of[0], s].said != score[each.against[0], s].said).mean()) for s in seeds]
        found[each.name] = Estimate(float(np.mean(shares)), level=level, n=len(seeds), unit="seeds", method="mean")
    return found
