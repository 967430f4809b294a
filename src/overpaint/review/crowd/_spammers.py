"""How much a worker's answers say about the truth, whatever the labels' shares are."""

from __future__ import annotations

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._skills import LabelSkills
from overpaint.review.crowd._votes import FloatArray

__all__ = ["spammer_interval", "spammer_scores"]

MOST_DRAWS = 100_000
SEEN = 0.5
"""A label that fewer items than this are expected to have is left out: its rows tell nothing of anyone."""


def spammer_scores(confusion: FloatArray, truths: FloatArray) -> FloatArray:
    """Chance-adjusted scores: 0 where answers say nothing of the truth, 1 where they give it away.

    Somebody who answers blindly, at random or always the same, has the same row of probabilities whatever the truth is.
    The score is the mean squared distance between pairs of rows, scaled to 1 for a perfect worker; with two labels it
    is (sensitivity + specificity − 1)². Somebody who always says the opposite scores 1 as well: the answers tell the
    truth, to those who turn them round.

    Parameters
    ----------
    confusion
        Workers x truths x labels; rows sum to 1.
    truths
        How many items are expected to have each label. Labels of less than half an item do not count; where fewer than
        two are left nothing can be told apart, and all scores are 0.

    References
    ----------
    Raykar & Yu, "Eliminating Spammers and Ranking Annotators for Crowdsourced Labeling Tasks", JMLR 13, 2012.
    """
    rows = confusion[:, truths >= SEEN, :]
    count = rows.shape[1]
    if count < 2:
        return np.zeros(len(confusion))
    # the sum over all pairs of |a - b|² is count * (sum of |a|²) - |sum of a|², which needs no pairs
    squares = (rows**2).sum(axis=(1, 2))
    spread = count * squares - (rows.sum(axis=1) ** 2).sum(axis=1)
    return np.asarray(np.clip(spread / (count * (count - 1)), 0.0, 1.0), np.float64)


def spammer_interval(
    skills: LabelSkills, worker: str, *, draws: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float, float]:
    """The score of a worker as a posterior: its median, and the ends of a credible interval.

    Confusion matrices are drawn from the Dirichlet posterior of the worker's counts, with the crowd's confusion as the
    prior: of somebody who has hardly answered, the interval is that of anyone. A score cannot be below 0, so that few
    answers widen it upwards: judge a spammer by the upper end.

    Parameters
    ----------
    draws
        Matrices drawn, 1 to 100,000.
    level
        Share of the draws between the ends.

    Returns
    -------
    tuple
        Median, low and high end, 0 to 1 each.
    """
    if not (1 <= draws <= MOST_DRAWS and 0 < level < 1):
        raise UsageError(f"draws={draws}, level={level}: give 1 to {MOST_DRAWS:,} draws and a level between 0 and 1")
    raised = skills.counts.get(worker, np.zeros_like(skills.crowd)) + skills.strength * skills.pooled()
    gammas = np.random.default_rng(seed).gamma(raised, size=(draws, *raised.shape))
    gammas = np.maximum(gammas, np.finfo(np.float64).tiny)  # a tiny shape gives plain zeros
    scores = spammer_scores(gammas / gammas.sum(axis=2, keepdims=True), skills.truths)
    low, median, high = np.quantile(scores, ((1 - level) / 2, 0.5, (1 + level) / 2))
    return float(median), float(low), float(high)
