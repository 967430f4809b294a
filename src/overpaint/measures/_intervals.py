"""Intervals that several measures share: of shares, of means over seeds, and by drawing units with replacement."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._result import Estimate

__all__ = ["bootstrap", "mean_over_seeds", "need_scipy", "share"]

Ints = npt.NDArray[np.int64]


def need_scipy() -> None:
    """Raise `UsageError` where SciPy is not installed, which intervals take their quantiles from."""
    try:
        import scipy.stats  # noqa: F401  # whether it is there
    except ImportError as error:
        raise UsageError("measures need SciPy: pip install 'overpaint[measure]'") from error


def share(hits: int, of: int, *, level: float = 0.95, unit: str = "images") -> Estimate:
    """A share with the interval of Clopper and Pearson (1934), which holds at least as often as it says."""
    need_scipy()
    from scipy.stats import beta

    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if not of:
        return Estimate(None, None, None, level, 0, unit, "nothing to count")
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, of - hits + 1))
    high = 1.0 if hits == of else float(beta.ppf(1 - tail, hits + 1, of - hits))
    return Estimate(hits / of, low, high, level, of, unit, "Clopper-Pearson")


def mean_over_seeds(values: Sequence[float], *, level: float = 0.95, unit: str = "seeds") -> Estimate:
    """A mean with Student's interval; of paired differences when those are given. One value has no interval."""
    need_scipy()
    from scipy.stats import t

    given = np.asarray(values, np.float64)
    if not given.size:
        return Estimate(None, None, None, level, 0, unit, "nothing to count")
    mean = float(given.mean())
    if given.size == 1:
        return Estimate(mean, None, None, level, 1, unit, "one value has no interval")
    half = float(t.ppf((1 + level) / 2, given.size - 1) * given.std(ddof=1) / math.sqrt(given.size))
    return Estimate(mean, mean - half, mean + half, level, int(given.size), unit, "Student's t")


def bootstrap(
    statistic: Callable[[Ints], float],
    units: int,
    *,
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    unit: str = "images",
) -> Estimate:
    """A figure with its percentile interval, units (images, people) drawn with replacement (Efron 1979).

    Parameters
    ----------
    statistic
        Called with indices of units, an int64 array in which a unit may stand more than once; NaN where there is no
        value.
    units
        How many there are.
    """
    if not units:
        return Estimate(None, None, None, level, 0, unit, "nothing to count")
    value = statistic(np.arange(units))
    draw = np.random.default_rng(seed)
    spread = np.array([statistic(draw.integers(0, units, units)) for _ in range(rounds)])
    known = spread[np.isfinite(spread)]
    method = f"bootstrap by {unit}, {rounds} rounds"
    if not known.size or not math.isfinite(value):
        return Estimate(value if math.isfinite(value) else None, None, None, level, units, unit, method)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(known, [tail, 100 - tail])
    return Estimate(value, float(low), float(high), level, units, unit, method)
