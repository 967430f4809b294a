"""Acceptance: with 95 % confidence, no more than so many images show any. Exact, whatever the counts look like."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._intervals import need_scipy

__all__ = ["acceptance_size", "at_most", "chance_at_most"]

_STEPS, _WORK = 32, 500_000
"""Scores of strata are whole numbers up to the first, fewer where a table would take more multiplications.

The test stays exact, whatever its scores; finer ones make it sharper.
"""
_MANY, _STARTS, _LAST = 4, 4, 4
"""Strata, up to which every order and every move are tried; starts from which the search goes on; its last steps."""


def at_most(strata: Sequence[tuple[int, int, int]], *, level: float = 0.95) -> int:
    """The largest number of images with any that the sample does not speak against.

    One stratum: the hypergeometric distribution's one-sided bound. Several: the images with any could lie in any of
    them, so a number is ruled out only if what was seen, or less, is improbable however they are spread (Wendell and
    Schmee, "Exact inference for proportions from a stratified finite population", JASA 91, 1996). "Less" is by a score
    for each image, about as large as what it stands for.

    Parameters
    ----------
    strata
        For each: images in all, images looked at, images that showed any.
    level
        How sure to be.

    Raises
    ------
    UsageError
        A stratum's numbers cannot be.
    """
    need_scipy()
    for size, n, found in strata:
        if not 0 <= found <= n <= size:
            raise UsageError(f"a stratum of {size} images, {n} looked at, {found} with any: that cannot be")
    # a chance of exactly the level does not rule out: then rounding cannot decide
    return _at_most(tuple(sorted(each for each in strata if each[0])), (1 - level) * (1 - 1e-9))


@lru_cache(maxsize=4096)
def _at_most(strata: tuple[tuple[int, int, int], ...], doubt: float) -> int:
    fewest = sum(found for _, _, found in strata)
    most = sum(size - n + found for size, n, found in strata)
    open_ = [(size, n, found) for size, n, found in strata if n < size]
    known = fewest - sum(found for _, _, found in open_)
    low, high = fewest - known, most - known  # what is not ruled out; what may be
    while low < high:
        middle = (low + high + 1) // 2
        if chance_at_most(open_, middle, enough=doubt) > doubt:
            low = middle
        else:
            high = middle - 1
    return low + known


def chance_at_most(strata: Sequence[tuple[int, int, int]], total: int, *, enough: float = 1.0) -> float:
    """How probable it is to see what was seen or less, if ``total`` images show any, spread in the worst way.

    The worst way is searched for from several starts, by moving images from one stratum to another while that makes it
    more probable; the search ends early once it is more than ``enough``.
    """
    table = _Table(strata)
    best = 0.0
    for start in table.starts(total):
        best = max(best, table.climb(start, enough))
        if best > enough:
            break
    return best


class _Table:
    """The distribution of the score of a sample, for any spread of the images with any."""

    def __init__(self, strata: Sequence[tuple[int, int, int]]) -> None:
        self.size = [size for size, _, _ in strata]
        self.n = [n for _, n, _ in strata]
        weights = [size / n if n else 0.0 for size, n, _ in strata]
        self.found = [found for _, _, found in strata]
        for steps in (_STEPS, 24, 16, 12, 8, 6, 4, 2):
            self.score = _scores(weights, steps)
            self.seen = sum(score * each for score, each in zip(self.score, self.found, strict=True))
            if len(strata) * self.seen**2 <= _WORK:
                break
        self._kept: dict[tuple[int, int], npt.NDArray[np.float64]] = {}

    def starts(self, total: int) -> list[list[int]]:
        """All by their size; by what was seen; and strata filled one after the other: the most probable of these."""
        strata = range(len(self.size))
        order = sorted(strata, key=lambda h: self.n[h] / self.size[h])
        rows = zip(self.size, self.n, self.found, strict=True)
        parts = [[float(size) for size in self.size], [size * (found + 0.5) / max(1, n) for size, n, found in rows]]
        spread = [self._shared(part, total, order) for part in parts]
        orders = itertools.permutations(strata) if len(order) <= _MANY else [order, order[::-1]]
        filled = [self._shared([0.0] * len(order), total, each) for each in orders]
        distinct = {tuple(held): held for held in spread + filled}.values()
        return sorted(distinct, key=lambda held: -self.chance(held))[:_STARTS]

    def _shared(self, parts: Sequence[float], total: int, order: Sequence[int]) -> list[int]:
        """So many images in proportion, no stratum above its size; the rest to those that come first."""
        whole = sum(parts) or 1.0
        held = [min(size, int(total * part / whole)) for size, part in zip(self.size, parts, strict=True)]
        for h in order:
            held[h] += min(self.size[h] - held[h], total - sum(held))
        return held

    def climb(self, held: list[int], enough: float) -> float:
        """Move images from where that helps most to where it hurts least, in steps that halve, while it helps."""
        best = self.chance(held)
        step = max(1, sum(held) // 4)
        while best <= enough:
            # a score comes in whole numbers, so that moving one may not help where moving two or three does
            steps = range(1, _LAST + 1) if step == 1 and len(held) <= _MANY else (step,)
            chance, tried = max(((self.chance(each), each) for each in self._moved(held, steps)), default=(0.0, held))
            if chance > best * (1 + 1e-12):
                best, held = chance, tried
            elif step == 1:
                break
            else:
                step //= 2
        return best

    def _moved(self, held: list[int], steps: Iterable[int]) -> Iterator[list[int]]:
        """The most promising spreads that differ by one move."""
        sources, targets = self._promising(held, max(steps))
        for source, target, step in itertools.product(sources, targets, steps):
            by = min(step, held[source], self.size[target] - held[target])
            if source != target and by:
                moved = list(held)
                moved[source] -= by
                moved[target] += by
                yield moved

    def _promising(self, held: list[int], step: int) -> tuple[list[int], list[int]]:
        """Strata from which, and to which, an image is best moved, by what each move does alone."""
        strata = list(range(len(held)))
        if len(strata) <= _MANY:
            return strata, strata
        without = self._without(held)
        fewer = [self._one(without, h, held[h] - min(step, held[h])) for h in strata]
        more = [self._one(without, h, held[h] + min(step, self.size[h] - held[h])) for h in strata]
        return sorted(strata, key=lambda h: -fewer[h])[:2], sorted(strata, key=lambda h: -more[h])[:3]

    def chance(self, held: Sequence[int]) -> float:
        """That the score is no more than what was seen: strata are independent, their scores are convolved."""
        whole = np.ones(1)
        for h, count in enumerate(held):
            whole = np.convolve(whole, self._spread(h, count))[: self.seen + 1]
        return float(whole.sum())

    def _one(self, without: Sequence[npt.NDArray[np.float64]], h: int, count: int) -> float:
        """The chance where one stratum holds another number."""
        mine = self._spread(h, count)
        return float((mine * without[h][::-1][: mine.size]).sum())

    def _without(self, held: Sequence[int]) -> list[npt.NDArray[np.float64]]:
        """For each stratum, the chance that the others together score no more than 0, 1, ... what was seen."""
        spreads = [self._spread(h, count) for h, count in enumerate(held)]
        before, after = [np.ones(1)], [np.ones(1)]
        for spread in spreads[:-1]:
            before.append(np.convolve(before[-1], spread)[: self.seen + 1])
        for spread in spreads[:0:-1]:
            after.append(np.convolve(after[-1], spread)[: self.seen + 1])
        found = []
        for left, right in zip(before, after[::-1], strict=True):
            both = np.zeros(self.seen + 1)
            product = np.convolve(left, right)[: self.seen + 1]
            both[: product.size] = product
            found.append(np.cumsum(both))
        return found

    def _spread(self, h: int, count: int) -> npt.NDArray[np.float64]:
        """The score of one stratum, up to what was seen."""
        from scipy.special import gammaln

        if (h, count) not in self._kept:
            size, n, score = self.size[h], self.n[h], self.score[h]
            spread = np.zeros(self.seen + 1 if score else 1)
            most = min(n, count, self.seen // score) if score else 0
            x = np.arange(max(0, n + count - size), most + 1) if score else np.zeros(1)
            if x.size:
                parts = ((count, x), (size - count, n - x))
                log = sum(gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1) for a, b in parts)
                log -= gammaln(size + 1) - gammaln(n + 1) - gammaln(size - n + 1)
                spread[(score * x).astype(np.int64)] = np.exp(log)
            if len(self._kept) > 20_000:
                self._kept.clear()
            self._kept[h, count] = spread
        return self._kept[h, count]


def _scores(weights: Sequence[float], steps: int) -> list[int]:
    """Whole numbers about in proportion; all 1 where the weights are about the same."""
    top = max(weights, default=0.0)
    held = [max(1, round(steps * each / top)) if each else 0 for each in weights]
    common = math.gcd(*held) or 1
    return [each // common for each in held]


def acceptance_size(population: int, fewer_than: float, *, found: int = 0, level: float = 0.95) -> int | None:
    """How many images to look at, so that ``found`` with any among them still say "fewer than so many in 1,000".

    Parameters
    ----------
    population
        Images in all; a plain random sample of them is drawn.
    fewer_than
        In 1,000 images.
    found
        How many with any may turn up.

    Returns
    -------
    int or None
        None where even looking at all of them would not say it.
    """
    most = math.ceil(fewer_than * population / 1000) - 1
    if most < found:
        return None
    low, high = found, population
    while low < high:
        middle = (low + high) // 2
        if at_most([(population, middle, found)], level=level) <= most:
            high = middle
        else:
            low = middle + 1
    return low
