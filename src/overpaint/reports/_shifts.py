"""Whether one group loses more than the others: ratios of shares with intervals, tests, and many tests at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Ratio", "adjusted", "by_classes", "chi_square", "fisher", "ratio"]

_Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
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

    Interval: on the log scale (D. Katz and others, Biometrics 34, 1978), with half an image added to each cell where
    one is empty. Test: Fisher's, or Pearson's chi-square where five are expected in each cell.
    """
    if not of or not others or not lost + others_lost:
        return Ratio(None, 0.0, math.inf, 1.0, "exact")
    exact = min(lost + others_lost, of + others - lost - others_lost) * min(of, others) < 5 * (of + others)
    test = fisher if exact else chi_square
    p = test(lost, of, others_lost, others)
    a, n, b, m = float(lost), float(of), float(others_lost), float(others)
    if not lost or not others_lost:
        a, n, b, m = a + 0.5, n + 1, b + 0.5, m + 1
    middle, half = math.log(a / n) - math.log(b / m), _Z * math.sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    value = math.inf if not others_lost else (lost / of) / (others_lost / others)
    low, high = math.exp(middle - half), math.exp(middle + half)
    return Ratio(value, low if lost else 0.0, high if others_lost else math.inf, p, "exact" if exact else "chi-square")


def by_classes(lost: Sequence[int], of: Sequence[int], others_lost: Sequence[int], others: Sequence[int]) -> Ratio:
    """As `ratio`, from counts by class, where images of one class tend to go together.

    A filter of labels takes whole classes: a thousand images of one class are one draw, not a thousand. The variance
    of the log ratio is the linearised one of a ratio of sums over classes (W. G. Cochran, Sampling Techniques, 1977,
    chapter 6; Kish and Frankel, JRSS B 36, 1974). With fewer than ten classes that hold any of the group, images count
    as independent.
    """
    a, n, b, m = (np.asarray(values, dtype=np.float64) for values in (lost, of, others_lost, others))
    plain = ratio(int(a.sum()), int(n.sum()), int(b.sum()), int(m.sum()))
    classes = np.count_nonzero(n + m)
    if plain.value is None or not plain.value or math.isinf(plain.value) or np.count_nonzero(n) < _FEWEST_CLASSES:
        return plain
    share, others_share = a.sum() / n.sum(), b.sum() / m.sum()
    pull = (a - share * n) / a.sum() - (b - others_share * m) / b.sum()
    half = math.sqrt(classes / (classes - 1) * float(pull @ pull))
    middle = math.log(plain.value)
    if not half:
        return plain
    p = math.erfc(abs(middle) / half / math.sqrt(2))
    return Ratio(plain.value, math.exp(middle - _Z * half), math.exp(middle + _Z * half), p, "classes")


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
