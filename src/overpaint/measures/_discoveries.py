"""Many tests at once: which of them to believe, and what few seeds can borrow from the others' variances."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from overpaint.measures._intervals import need_scipy

__all__ = ["benjamini_hochberg", "moderated"]

Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Variances from which a common one is learned; fewer say too little of how much they differ."""

_FLOOR = 1e-4
"""Of the median: what a variance is taken to be at least, since logarithms are compared."""


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Benjamini and Hochberg's (1995) adjusted p-values: q <= .05 keeps the expected share of false ones below .05.

    Parameters
    ----------
    p
        [tests]; NaN where there was nothing to test, which stays NaN and counts as no test.
    """
    given = np.asarray(p, np.float64)
    q = np.full(given.shape, np.nan)
    known = np.flatnonzero(np.isfinite(given))
    order = known[np.argsort(-given[known], kind="stable")]
    ranks = np.arange(len(known), 0, -1)
    q[order] = np.minimum(1.0, np.minimum.accumulate(given[order] * len(known) / ranks))
    return q


def moderated(variances: Floats, freedom: int) -> tuple[Floats, float]:
    """Variances drawn towards what they have in common (Smyth 2004), and the degrees of freedom they then have.

    With five seeds a variance has four degrees of freedom, and Student's t needs 2.8 standard errors. Many classes tell
    how variances are spread; each is then a weighted mean of its own and the common one, and t needs fewer.

    Parameters
    ----------
    variances
        [tests], unbiased, each of `freedom` degrees. Zeros (classes that nothing ever moves) are not learned from.
    freedom
        Of each.

    Returns
    -------
    The variances, and their degrees of freedom; as they were where fewer than ten are above 0.
    """
    need_scipy()
    from scipy.special import digamma, polygamma

    above = variances > 0
    if int(above.sum()) < FEWEST or freedom < 1:
        return variances, float(freedom)
    floor = _FLOOR * float(np.median(variances[above]))
    logs = np.log(np.maximum(variances[above], floor)) - digamma(freedom / 2) + math.log(freedom / 2)
    extra = float(logs.var(ddof=1)) - float(polygamma(1, freedom / 2))
    if extra <= 0:  # no more different than chance makes them
        return np.full(variances.shape, math.exp(float(logs.mean()))), math.inf
    prior = 2 * _inverse_trigamma(extra)
    common = math.exp(float(logs.mean()) + float(digamma(prior / 2)) - math.log(prior / 2))
    return (prior * common + freedom * variances) / (prior + freedom), prior + freedom


def _inverse_trigamma(value: float) -> float:
    """The number whose trigamma is `value`, which falls from infinity to 0."""
    from scipy.optimize import brentq
    from scipy.special import polygamma

    return math.exp(float(brentq(lambda log: float(polygamma(1, math.exp(log))) - value, -40.0, 40.0)))
