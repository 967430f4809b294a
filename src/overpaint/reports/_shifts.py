"""Whether one group loses more than the others: ratios of shares with intervals, tests, and many tests at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.reports._facts import wilson

__all__ = ["Ratio", "adjusted", "by_classes", "chi_square", "fisher", "ratio"]

_Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
Counts = Sequence[int] | npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]
_FEWEST_CLASSES = 10  # below it the classes say too little of how much classes differ


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the share of others a group's share is, with a 95 % interval, and how likely by chance.

    ``value`` is None where neither lost anything; ``how`` is ``exact``, ``chi-square`` or ``classes``.
    """

    value: float | None
    low: float
    high: float
    p: float
    how: str


def ratio(lost: int, of: int, others_lost: int, others: int) -> Ratio:
    """The ratio of two shares of independent images.

    Interval: recovered from Wilson's intervals of both shares (A. Donner and G. Y. Zou, Statistical Methods in Medical
    Research 21, 2012), so that it says something where all or none are lost, too. Test: Fisher's, or Pearson's
    chi-square where five are expected in each cell.
    """
    if not of or not others or not lost + others_lost:
        return Ratio(None, 0.0, math.inf, 1.0, "exact")
    exact = min(lost + others_lost, of + others - lost - others_lost) * min(of, others) < 5 * (of + others)
    test = fisher if exact else chi_square
    value = math.inf if not others_lost else (lost / of) / (others_lost / others)
    low = _end(lost / of, wilson(lost, of)[0], others_lost / others, wilson(others_lost, others)[1], -1)
    high = _end(lost / of, wilson(lost, of)[1], others_lost / others, wilson(others_lost, others)[0], 1)
    p = test(lost, of, others_lost, others)
    return Ratio(value, min(low, value), max(high, value), p, "exact" if exact else "chi-square")


def _end(one: float, near: float, other: float, far: float, side: int) -> float:
    """An end of the interval of ``one / other``, from the ends of theirs that lead there."""
    below = far * (2 * other - far)
    if not far:
        return math.inf
    inside = max(0.0, (one * other) ** 2 - near * (2 * one - near) * below)
    if not below:  # the two square roots cancel: its limit
        return near * (2 * one - near) / (2 * one * other) if one * other else math.inf
    return (one * other + side * math.sqrt(inside)) / below


def by_classes(lost: Counts, of: Counts, others_lost: Counts, others: Counts) -> Ratio:
    """As `ratio`, from counts by class, where images of one class tend to go together.

    A filter of labels takes whole classes: a thousand images of one class are one draw, not a thousand. The variance
    of the log ratio is the linearised one of a ratio of sums over classes (W. G. Cochran, Sampling Techniques, 1977,
    chapter 6; Kish and Frankel, JRSS B 36, 1974). Where that says nothing, because fewer than ten classes hold the
    group or all or none of it goes, and every class goes as a whole or stays, classes are counted instead of images.
    Else images count as independent.
    """
    a, n, b, m = (np.asarray(values, dtype=np.float64) for values in (lost, of, others_lost, others))
    plain = ratio(int(a.sum()), int(n.sum()), int(b.sum()), int(m.sum()))
    if plain.value is None:
        return plain
    classes = np.count_nonzero(n + m)
    if not plain.value or math.isinf(plain.value) or np.count_nonzero(n) < _FEWEST_CLASSES:
        whole = ((a == 0) | (a == n)).all() and ((b == 0) | (b == m)).all()
        return _of_classes(plain, a, n, b, m) if whole else plain
    pull = (a / a.sum() - n / n.sum()) - (b / b.sum() - m / m.sum())
    error = math.sqrt(classes / (classes - 1) * float(pull @ pull))
    middle = math.log(plain.value)
    p = math.erfc(abs(middle) / error / math.sqrt(2)) if error else plain.p
    return Ratio(plain.value, math.exp(middle - _Z * error), math.exp(middle + _Z * error), p, "classes")


def _of_classes(plain: Ratio, a: Floats, n: Floats, b: Floats, m: Floats) -> Ratio:
    """The interval and the test of how many classes go."""
    counts = (int(np.count_nonzero(values)) for values in (a, n, b, m))
    found = ratio(*counts)
    assert plain.value is not None
    return Ratio(plain.value, min(found.low, plain.value), max(found.high, plain.value), found.p, "classes")


def fisher(lost: int, of: int, others_lost: int, others: int) -> float:
    """Fisher's exact test of a two by two table, two-sided: the sum of all tables that are no more likely."""
    gone, images = lost + others_lost, of + others
    low, high = max(0, gone - others), min(of, gone)
    k = np.arange(low, high, dtype=np.float64)
    # log of P(k + 1) / P(k) of the hypergeometric distribution; all on the scale of the likeliest
    steps = np.log(of - k) + np.log(gone - k) - np.log(k + 1) - np.log(images - of - gone + k + 1)
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    chances = np.exp(logs - logs.max())
    return float(min(1.0, chances[chances <= chances[lost - low] * (1 + 1e-7)].sum() / chances.sum()))


def chi_square(lost: int, of: int, others_lost: int, others: int) -> float:
    """Pearson's chi-square test of a two by two table, one degree of freedom, without a correction."""
    gone, images = lost + others_lost, of + others
    below = gone * (images - gone) * of * others
    if not below:
        return 1.0
    square = images * (lost * (others - others_lost) - others_lost * (of - lost)) ** 2 / below
    return math.erfc(math.sqrt(square / 2))


def adjusted(chances: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's q for each p (JRSS B 57, 1995): the false discovery rate at which it is still found."""
    p: npt.NDArray[np.float64] = np.asarray(chances, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return [float(value) for value in q]
