"""How much a worker's answers say about the truth, whatever the labels' shares are."""

from __future__ import annotations

import numpy as np

from overpaint.review.crowd._votes import FloatArray

__all__ = ["spammer_scores"]

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
