"""Other intervals of the same totals, from the same samples: what was tried before one was taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma, norm, t

from _residual_designs import DESIGNS, VALUES, Design, pmf_of
from _tables import table
from overpaint.measures._residual_intervals import FEW, Sums, ends, spread_of
from overpaint.measures._residual_sample import allocate

__all__ = ["rivals"]

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]

SAMPLES, ROUNDS = 400, 400
_POWERS = VALUES.astype(np.float64)


def rivals() -> dict[str, Any]:
    """Print and give coverage and width of each method, where an interval is told."""
    told: dict[str, Any] = {}
    for design in (each for each in DESIGNS if each.how in {"even", "guessed"} and each.n <= 200):
        told[design.name] = _compared(design)
    methods = sorted({name for row in told.values() for name in row})
    cells = [
        [name, *(f"{100 * row[m][0]:.1f} / {row[m][1]:.2f}" if m in row else "" for m in methods)]
        for name, row in told.items()
    ]
    print(f"\nOther methods: coverage % / width, {SAMPLES} samples of one dataset, {ROUNDS} rounds")
    print(table(["design", *methods], cells))
    return told


def _sums(counts: npt.NDArray[np.int64], size: Floats, n: Floats) -> Sums:
    powers = np.stack([counts @ _POWERS**power for power in (1, 2, 3, 4)])
    most = np.where(counts > 0, VALUES, 0).max(-1).astype(np.float64)
    return Sums(size, n, powers, counts[..., 1:].sum(-1).astype(np.float64), most)


def _compared(design: Design) -> dict[str, tuple[float, float]]:
    random = np.random.default_rng(11)
    whole = np.array([random.multinomial(size, pmf_of(design, share)) for size, share in design.strata])
    size = whole.sum(1)
    means = whole @ VALUES / size
    guess = {str(h): float(each) for h, each in enumerate(means)} if design.how == "guessed" else None
    shares = allocate({str(h): int(each) for h, each in enumerate(size)}, design.n, expected=guess)
    n = np.array([shares[str(h)] for h in range(len(size))])
    counts = np.stack(
        [random.multivariate_hypergeometric(row, m, size=SAMPLES) for row, m in zip(whole, n, strict=True)], 1
    )
    sums = _sums(counts, size.astype(float), n.astype(float))
    spread = spread_of(sums)
    truth = float((whole @ VALUES).sum())
    unit = (whole * (VALUES - means[:, None]) ** 2).sum(1) / (size - 1)
    deviation = float(np.sqrt((size**2 * (1 / n - 1 / size) * unit).sum()))
    known = sums.positive.sum(-1) >= FEW
    with np.errstate(all="ignore"):
        found = {"overpaint": ends(spread)} | _formulas(sums) | _resampled(counts, sums, random)
        return {
            name: (
                float(((low <= truth) & (truth <= high))[known].mean()),
                float(np.nanmean((high - low)[known]) / (2 * 1.96 * deviation)),
            )
            for name, (low, high) in found.items()
        }


def _formulas(sums: Sums) -> dict[str, Ends]:
    """Student's t: as it is, of the logarithm, of the root, corrected for skewness; gamma without anything added."""
    spread = spread_of(sums)
    total, error = spread.seen + spread.unseen, np.sqrt(spread.variance)
    q = float(t.ppf(0.975, sums.n.sum() - len(sums.n)))
    root = q * error / (2 * np.sqrt(total))
    scale = spread.variance / spread.unseen

    def bare(at: float) -> Floats:
        return np.asarray(spread.seen + gamma.ppf(at, spread.unseen / scale) * scale)

    mean = sums.powers[0] / sums.n
    third = sums.powers[2] / sums.n - 3 * mean * sums.powers[1] / sums.n + 2 * mean**3
    skew = (sums.size**3 * third / sums.n**2).sum(-1) / error**3
    shift = skew * (1 + 2 * q**2) / 6  # Johnson 1978
    return {
        "Student's t": (total - q * error, total + q * error),
        "log t": (total * np.exp(-q * error / total), total * np.exp(q * error / total)),
        "root t": (np.maximum(np.sqrt(total) - root, 0) ** 2, (np.sqrt(total) + root) ** 2),
        "gamma": (bare(0.025), bare(0.975)),
        "Johnson's t": (total + error * (shift - q), total + error * (shift + q)),
    }


def _resampled(counts: npt.NDArray[np.int64], sums: Sums, random: np.random.Generator) -> dict[str, Ends]:
    """Rao and Wu's bootstrap by percentiles and BCa, bootstrap-t, and the Bayesian one with a prior over sizes."""
    samples = counts.shape[0]
    names = ("Rao-Wu", "BCa", "bootstrap t", "Bayesian")
    found = {name: (np.full(samples, np.nan), np.full(samples, np.nan)) for name in names}
    size, n = sums.size, sums.n
    spread = spread_of(sums)
    for s in range(samples):
        if sums.positive[s].sum() < FEW:
            continue
        total, error = float((spread.seen + spread.unseen)[s]), float(np.sqrt(spread.variance[s]))
        rows = list(zip(counts[s], n, strict=True))

        def draw(fewer: int, rows: list[tuple[Any, Any]] = rows) -> npt.NDArray[np.int64]:
            return np.stack([random.multinomial(int(m) - fewer, row / m, size=ROUNDS) for row, m in rows], 1)

        # Rao and Wu 1988: n - 1 images with replacement, and the correction for a finite number of them
        mean = sums.powers[0][s] / n
        totals = (size * (mean + np.sqrt(1 - n / size) * (draw(1) @ _POWERS / (n - 1) - mean))).sum(-1)
        other = spread_of(_sums(draw(0), size, n))
        deviation = np.sqrt(np.where(other.variance > 0, other.variance, np.nan))
        studentised = (other.seen + other.unseen - total) / deviation
        posterior = np.stack([random.dirichlet(row + 1e-9 + _prior(counts[s], m), ROUNDS) for row, m in rows], 1)
        bayes = (size * (posterior @ _POWERS)).sum(-1)
        pairs = {
            "Rao-Wu": np.quantile(totals, [0.025, 0.975]),
            "BCa": np.quantile(totals, _bca(totals, total, sums, s)),
            "bootstrap t": total - error * np.nanquantile(studentised, [0.975, 0.025]),
            "Bayesian": np.quantile(bayes, [0.025, 0.975]),
        }
        for name, (low, high) in pairs.items():
            found[name][0][s], found[name][1][s] = low, high
    return found


def _prior(counts: npt.NDArray[np.int64], n: float) -> Floats:
    """Half an image, of the sizes that were seen anywhere."""
    sizes = counts.sum(0).astype(np.float64)
    sizes[0] = 0
    return np.asarray(0.5 * n / counts.sum() * sizes / max(1.0, sizes.sum()))


def _bca(totals: Floats, total: float, sums: Sums, s: int) -> Floats:
    """Efron 1987: the levels, from the bias and the skewness of the sample."""
    bias = float(norm.ppf(np.clip((totals < total).mean(), 1e-3, 1 - 1e-3)))
    mean = sums.powers[0][s] / sums.n
    second = sums.powers[1][s] / sums.n - mean**2
    third = sums.powers[2][s] / sums.n - 3 * mean * sums.powers[1][s] / sums.n + 2 * mean**3
    lean = float((sums.size**3 * third / sums.n**2).sum() / (6 * (sums.size**2 * second / sums.n).sum() ** 1.5))
    at = bias + norm.ppf([0.025, 0.975])
    return np.asarray(norm.cdf(bias + at / (1 - lean * at)))
