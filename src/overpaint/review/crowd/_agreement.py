"""How far people agree beyond chance: Krippendorff's alpha."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["Agreement", "agreement"]

Scale = Literal["nominal", "ordinal"]

MOST_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha: 1 where all agree, 0 where they agree as by chance, below 0 where they agree less.

    Attributes
    ----------
    alpha
        None where it cannot be told: no item with two answers, or one and the same label everywhere.
    low, high
        95 % bootstrap interval over items. None where alpha is, or where hardly any draw gives one.
    items, answers
        What it rests on: items with two answers or more, and the answers to these.
    """

    alpha: float | None
    low: float | None
    high: float | None
    items: int
    answers: int


def agreement(votes: Votes, *, scale: Scale = "nominal", draws: int = 1000, seed: int = 0) -> Agreement:
    """Krippendorff's alpha of all answers, whoever gave them; items may have any number of answers.

    Parameters
    ----------
    scale
        ``"ordinal"`` where ``votes.labels`` stand in order (ratings): to be far apart is then worse than to be near.
    draws, seed
        Of the bootstrap.

    References
    ----------
    Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011.
    """
    if scale not in ("nominal", "ordinal"):
        raise UsageError(f"scale={scale!r}: give 'nominal' or 'ordinal'")
    if not 0 <= draws <= MOST_DRAWS:
        raise UsageError(f"draws={draws}: give 0 to {MOST_DRAWS:,}")
    counts = votes.counts()
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts):
        return Agreement(None, None, None, 0, 0)
    # items with the same answers are drawn together: a multinomial over the kinds is the same bootstrap, and quicker
    kinds, often = np.unique(counts, axis=0, return_counts=True)
    alpha = _alpha(kinds, often.astype(np.float64), scale)
    low = high = None
    if alpha is not None and draws:
        rng = np.random.default_rng(seed)
        found = [
            _alpha(kinds, rng.multinomial(len(counts), often / len(counts)).astype(np.float64), scale)
            for _ in range(draws)
        ]
        told = [one for one in found if one is not None]
        if len(told) >= draws / 2:
            low, high = (float(edge) for edge in np.quantile(told, (0.025, 0.975)))
    return Agreement(alpha, low, high, len(counts), int(counts.sum()))


def _alpha(kinds: FloatArray, often: FloatArray, scale: Scale) -> float | None:
    """1 − observed / expected disagreement; ``often`` is how many items have each row of counts."""
    weights = often / (kinds.sum(axis=1) - 1)
    pairs = (kinds * weights[:, None]).T @ kinds  # n_uc n_uk / (m_u - 1)
    np.fill_diagonal(pairs, ((kinds * (kinds - 1)) * weights[:, None]).sum(axis=0))
    totals = pairs.sum(axis=0)
    apart = _distances(totals, scale)
    observed = (pairs * apart).sum()
    expected = (np.outer(totals, totals) * apart).sum() / max(1.0, totals.sum() - 1)
    return float(1 - observed / expected) if expected > 0 else None


def _distances(totals: FloatArray, scale: Scale) -> FloatArray:
    width = len(totals)
    if scale == "nominal":
        return 1 - np.eye(width)
    middle = np.cumsum(totals) - totals / 2  # from the middle of one label's answers to the middle of another's
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, np.float64)
