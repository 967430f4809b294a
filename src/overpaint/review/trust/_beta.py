"""The Beta distribution by itself: its distribution function, quantiles, and the tails of tests that rest on it.

The incomplete beta integral is computed by its continued fraction (DLMF 8.17.22) with Lentz's way of evaluating one
(Thompson & Barnett 1986); quantiles by halving, which cannot fail to end. SciPy is no dependency of overpaint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from overpaint.errors import UsageError

__all__ = [
    "below",
    "binomial_at_least",
    "binomial_at_most",
    "chernoff_at_least",
    "interval",
    "quantile",
    "student_below",
]

_TERMS = 20_000
_TINY = 1e-300


def below(x: float, a: float, b: float) -> float:
    """P(X <= x) for X ~ Beta(a, b): the regularised incomplete beta function I_x(a, b)."""
    if not (a > 0 and b > 0 and math.isfinite(a + b)):
        raise UsageError(f"a Beta distribution has positive parameters, not {a:g} and {b:g}")
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    # The fraction converges fast on one side of the mean; the other side is its mirror.
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _fraction(x, a, b) / a)
    return max(0.0, 1.0 - front * _fraction(1 - x, b, a) / b)


def quantile(p: float, a: float, b: float) -> float:
    """The x with P(X <= x) = p for X ~ Beta(a, b), to 1e-12."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if below(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def interval(a: float, b: float, *, level: float = 0.95) -> tuple[float, float]:
    """The middle `level` of Beta(a, b): as much lies below it as above."""
    tail = (1 - level) / 2
    return quantile(tail, a, b), quantile(1 - tail, a, b)


def binomial_at_least(hits: float, trials: float, chance: float) -> float:
    """P(at least that many of `trials` with that chance each); not only for whole numbers (DLMF 8.17.5)."""
    if hits <= 0:
        return 1.0
    return below(chance, hits, trials - hits + 1)


def binomial_at_most(hits: float, trials: float, chance: float) -> float:
    """P(at most that many of `trials` with that chance each); not only for whole numbers."""
    if hits >= trials:
        return 1.0
    return below(1 - chance, trials - hits, hits + 1)


def chernoff_at_least(hits: float, chances: Sequence[float]) -> float:
    """At most this is P(at least that many happen), of independent events with chances of their own.

    The mean chance may stand for all of them: the moment generating function of their sum is a product, and a product
    of numbers is at most the power of their mean. So the binomial's Chernoff bound holds.
    """
    trials, expected = len(chances), math.fsum(chances)
    if trials == 0 or hits <= expected:
        return 1.0
    if expected <= 0:
        return 0.0
    p, q = expected / trials, min(1.0, hits / trials)
    gain = q * math.log(q / p) + (0.0 if q == 1 else (1 - q) * math.log((1 - q) / (1 - p)))
    return math.exp(-trials * gain)


def student_below(t: float, freedom: float) -> float:
    """P(T <= t) for Student's t, by the incomplete beta function (DLMF 8.17.5 and the usual change of variable)."""
    tail = below(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    return tail if t < 0 else 1 - tail


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = result
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + term / c
            c = c if abs(c) > _TINY else _TINY
            result *= d * c
        if abs(result - before) <= 1e-14 * abs(result):
            break
    return result
