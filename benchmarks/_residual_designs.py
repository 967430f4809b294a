"""Datasets with known misses, and samples drawn of them: what the intervals of `measure residual` are tried on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._residual_intervals import Spread, Sums, spread_of
from overpaint.measures._residual_sample import allocate
from overpaint.measures._residual_weighted import weighted_spread

__all__ = ["DESIGNS", "SIZES", "VALUES", "Design", "Drawn", "drawn_of", "pmf_of"]

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

MOST = 40
VALUES = np.arange(MOST + 1)
_STRATA = ((12_000, 0.01), (5_000, 0.05), (2_000, 0.2), (1_000, 0.6))


def _geometric() -> Floats:
    return np.concatenate(([0.0], 0.6 * 0.4 ** np.arange(MOST)))


def _crowded(share: float, power: float) -> Floats:
    """One in most images, 2 to 5 in a third, and 6 to 30 in `share` of them, with a tail like ``1 / size ** power``."""
    sizes = np.zeros(MOST + 1)
    sizes[1], sizes[2:6] = 0.65, (0.35 - share) * np.array([0.45, 0.27, 0.17, 0.11])
    tail = 1 / np.arange(6.0, 31) ** power
    sizes[6:31] = share * tail / tail.sum()
    return sizes


def _negative_binomial(shape: float, mean: float) -> Floats:
    """Counts of any kind, 0 among them: a gamma mixture of Poisson counts."""
    k = np.arange(MOST + 1)
    log = np.array([math.lgamma(shape + i) - math.lgamma(shape) - math.lgamma(i + 1.0) for i in k.tolist()])
    return np.asarray(np.exp(log + shape * math.log(shape / (shape + mean)) + k * math.log(mean / (shape + mean))))


SIZES: dict[str, Floats] = {
    "one": np.eye(MOST + 1)[1],
    "few": _geometric(),
    "crowds": _crowded(0.02, 2),
    "large crowds": _crowded(0.05, 1),
}
"""How many are in an image that shows any. Crowds: 1 in 50 holds 6 to 30; large crowds: 1 in 20 does, half over 12."""


@dataclass(frozen=True)
class Design:
    """One way to draw from one sort of dataset.

    Attributes
    ----------
    strata
        Images, and the share of them with any, by stratum.
    n
        Images drawn.
    sizes
        A name of `SIZES`, or the distribution of the count of any image where the share is 1.
    how
        ``even``: in proportion to the strata; ``guessed``: with the expected misses known to within a factor of two;
        ``fixed`` and ``poisson``: in proportion to a measure of size; with ``hajek`` scaled to the images.
    held
        Whether the bar is for it; if not, the table says what is lost there.
    """

    name: str
    n: int
    strata: tuple[tuple[int, float], ...]
    sizes: str | Floats
    how: str = "even"
    held: bool = True
    hajek: bool = False


def _plain(name: str, n: int, share: float, sizes: str, size: int = 20_000, *, held: bool = True) -> Design:
    return Design(f"plain {n}{name}, {100 * share:g}% with any, {sizes}", n, ((size, share),), sizes, held=held)


_ZEROS = ((6_000, 0.0), (6_000, 0.0), (4_000, 0.002), (3_000, 0.05), (1_000, 0.5))
_SHARES = (
    (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8),
    (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9),
)
_TEN = tuple(zip((400, 300, 300, 250, 200, 200, 150, 100, 60, 40), _SHARES[0], strict=True))
_TINY = tuple(zip((20, 18, 16, 14, 12, 12, 10, 8, 6, 4), _SHARES[1], strict=True))
DESIGNS = (
    _plain("", 60, 0.3, "few"),
    _plain("", 60, 0.3, "crowds"),
    _plain("", 60, 0.2, "one"),
    _plain(" of 200", 60, 0.4, "crowds", 200),
    _plain(" of 100", 60, 0.3, "few", 100),
    _plain("", 200, 0.05, "few"),
    _plain("", 200, 0.1, "crowds"),
    _plain("", 200, 0.5, "crowds"),
    _plain("", 1000, 0.02, "one"),
    _plain("", 1000, 0.02, "few"),
    _plain("", 1000, 0.02, "crowds"),
    _plain("", 1000, 0.1, "large crowds"),
    _plain("", 2000, 0.005, "few", 200_000),
    _plain("", 2000, 0.05, "large crowds", 200_000),
    Design("plain 200, clustered (negative binomial, shape .1)", 200, ((20_000, 1),), _negative_binomial(0.1, 0.3)),
    Design("plain 60, any count (negative binomial, shape 1)", 60, ((20_000, 1),), _negative_binomial(1, 2)),
    Design("4 strata, even 200, few", 200, _STRATA, "few"),
    Design("4 strata, even 200, crowds", 200, _STRATA, "crowds"),
    Design("4 strata, even 1000, crowds", 1000, _STRATA, "crowds"),
    Design("4 strata, guessed 60, few", 60, _STRATA, "few", "guessed"),
    Design("4 strata, guessed 200, one", 200, _STRATA, "one", "guessed"),
    Design("4 strata, guessed 200, few", 200, _STRATA, "few", "guessed"),
    Design("4 strata, guessed 400, crowds", 400, _STRATA, "crowds", "guessed"),
    Design("4 strata, guessed 1000, crowds", 1000, _STRATA, "crowds", "guessed"),
    Design("4 strata, guessed 1000, large crowds", 1000, _STRATA, "large crowds", "guessed"),
    Design("5 strata, three all but empty, guessed 200, few", 200, _ZEROS, "few", "guessed"),
    Design("5 strata, three all but empty, guessed 1000, crowds", 1000, _ZEROS, "crowds", "guessed"),
    Design("10 strata of 2000, even 60, few", 60, _TEN, "few"),
    Design("10 strata of 2000, guessed 60, few", 60, _TEN, "few", "guessed"),
    Design("10 strata of 2000, guessed 200, crowds", 200, _TEN, "crowds", "guessed"),
    Design("10 strata of 120, guessed 40, few", 40, _TINY, "few", "guessed"),
    Design("10 strata of 120, guessed 60, few", 60, _TINY, "few", "guessed"),
    Design("by size, fixed 60, few", 60, ((5_000, 0.3),), "few", "fixed"),
    Design("by size, fixed 200, crowds", 200, ((5_000, 0.1),), "crowds", "fixed"),
    Design("by size, fixed 200, few, Hajek", 200, ((5_000, 0.1),), "few", "fixed", hajek=True),
    Design("by size, Poisson 200, few", 200, ((5_000, 0.1),), "few", "poisson"),
    Design("by size, Poisson 200, few, Hajek", 200, ((5_000, 0.1),), "few", "poisson", hajek=True),
    Design("by size, Poisson 1000, crowds, Hajek", 1000, ((20_000, 0.05),), "crowds", "poisson", hajek=True),
    Design("all looked at", 500, ((300, 0.1), (200, 0.3)), "crowds"),
    _plain("", 1000, 0.01, "one", held=False),
    _plain("", 60, 0.05, "few", held=False),
    _plain("", 200, 0.01, "few", held=False),
    _plain("", 60, 0.3, "large crowds", held=False),
    _plain("", 200, 0.1, "large crowds", held=False),
    _plain("", 1000, 0.02, "large crowds", held=False),
    Design("4 strata, even 60, few", 60, _STRATA, "few", held=False),
    Design("4 strata, guessed 200, crowds", 200, _STRATA, "crowds", "guessed", held=False),
    Design("10 strata of 2000, guessed 60, crowds", 60, _TEN, "crowds", "guessed", held=False),
    Design("10 strata of 120, guessed 60, crowds", 60, _TINY, "crowds", "guessed", held=False),
    Design("4 strata, guessed 200, large crowds", 200, _STRATA, "large crowds", "guessed", held=False),
)


@dataclass(frozen=True)
class Drawn:
    """Samples of one dataset, and its truth."""

    total: float
    images: float
    deviation: float
    spread: Spread
    positive: Floats
    sums: Sums | None
    with_any: Longs


def drawn_of(design: Design, samples: int, seed: int) -> Drawn:
    """Make a dataset and draw from it."""
    random = np.random.default_rng([seed, 7])
    return (_by_size if design.how in {"fixed", "poisson"} else _by_strata)(design, samples, random)


def pmf_of(design: Design, share: float) -> Floats:
    """The distribution of the count of an image, in a stratum with this share of images with any."""
    sizes = SIZES[design.sizes] if isinstance(design.sizes, str) else design.sizes
    mixed = share * sizes / sizes.sum()
    mixed[0] += 1 - mixed.sum()
    return np.asarray(np.maximum(mixed, 0), np.float64)


def _by_strata(design: Design, samples: int, random: np.random.Generator) -> Drawn:
    counts = np.array([random.multinomial(size, pmf_of(design, share)) for size, share in design.strata])
    size = counts.sum(1)
    guess = None
    if design.how == "guessed":
        means = counts @ VALUES / size
        guess = {str(h): float(mean * 2 ** random.uniform(-1, 1)) for h, mean in enumerate(means)}
    shares = allocate({str(h): int(each) for h, each in enumerate(size)}, design.n, expected=guess)
    n = np.array([shares[str(h)] for h in range(len(size))])
    found = np.stack(
        [random.multivariate_hypergeometric(row, m, size=samples) for row, m in zip(counts, n, strict=True)], 1
    )
    powers = np.stack([(found @ VALUES.astype(np.float64) ** power) for power in (1, 2, 3, 4)])
    positive = found[..., 1:].sum(-1).astype(np.float64)
    sums = Sums(size.astype(float), n.astype(float), powers, positive, np.where(found > 0, VALUES, 0).max(-1) * 1.0)
    mean = counts @ VALUES / size
    unit = (counts * (VALUES - mean[:, None]) ** 2).sum(1) / (size - 1)
    deviation = math.sqrt(float((size**2 * (1 / n - 1 / size) * unit).sum()))
    with_any = counts[:, 1:].sum(1)
    whole = float((counts @ VALUES).sum())
    return Drawn(whole, float(with_any.sum()), deviation, spread_of(sums), positive.sum(-1), sums, with_any)


def _by_size(design: Design, samples: int, random: np.random.Generator) -> Drawn:
    """Images differ in a measure of size (detections, say), with which the odds of a miss grow, though less than it."""
    ((size, share),) = design.strata
    measure = random.lognormal(0, 0.8, size) + 0.2
    odds = np.minimum(1, share * np.sqrt(measure) / np.sqrt(measure).mean())
    crowd = random.choice(MOST + 1, size=size, p=pmf_of(design, 1))
    counts = (np.where(random.random(size) < odds, crowd, 0)).astype(np.float64)
    chance = np.minimum(1, design.n * measure / measure.sum())
    pick: Callable[[], Any] = lambda: np.nonzero(random.random(size) < chance)[0]  # noqa: E731
    if design.how == "fixed":  # systematic, in a random order
        pick = lambda: _systematic(chance, random)  # noqa: E731
    population = size if design.hajek else None
    fixed = design.how == "fixed"
    chosen = [pick() for _ in range(samples)]
    spreads = [weighted_spread(counts[at], 1 / chance[at], population, fixed=fixed) for at in chosen]

    def of(name: str) -> Floats:
        return np.array([getattr(each, name) for each in spreads])

    typical, largest = of("typical"), of("largest")
    spread = Spread(
        of("seen"),
        of("unseen"),
        of("variance"),
        of("excess"),
        (typical[:, 0], typical[:, 1]),
        (largest[:, 0], largest[:, 1]),
    )
    positive = np.array([float((counts[at] > 0).sum()) for at in chosen])
    deviation = float((spread.seen + spread.unseen).std())
    return Drawn(
        float(counts.sum()), float((counts > 0).sum()), deviation, spread, positive, None, np.zeros(1, np.int64)
    )


def _systematic(chance: Floats, random: np.random.Generator) -> Longs:
    order = random.permutation(chance.size)
    ends = np.cumsum(chance[order])
    marks = np.arange(random.random(), ends[-1], 1.0)
    return np.asarray(order[np.minimum(np.searchsorted(ends, marks), chance.size - 1)], np.int64)
