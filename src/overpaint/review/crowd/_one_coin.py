"""One number a worker: how often right. Wrong answers fall on the other labels alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._dawid_skene import SMOOTHING, shares_of
from overpaint.review.crowd._label_em import check_size, run_em
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["fit_one_coin", "one_coin_confusion", "right_or_wrong"]


def fit_one_coin(
    votes: Votes,
    *,
    known: Mapping[str, str] | None = None,
    smoothing: float = SMOOTHING,
    tolerance: float = 1e-4,
    rounds: int = 500,
) -> LabelFit:
    """Dawid & Skene's model with one number a worker: right with probability a, else any other label alike.

    For few answers a worker, where whole confusion matrices would be guesses.

    Parameters
    ----------
    smoothing
        Above 0: right and wrong answers added to each worker's, and items to each share of a label.
    known, tolerance, rounds
        As in `fit_dawid_skene`.
    """
    if not 0 < smoothing < np.inf:
        raise UsageError(f"smoothing={smoothing}: give more than 0, such as {SMOOTHING}")
    check_size(votes)
    workers, width = len(votes.workers), len(votes.labels)
    given = np.bincount(votes.worker, minlength=workers)

    def maximise(posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        right = np.bincount(votes.worker, weights=posterior[votes.item, votes.label], minlength=workers)
        # wrong ones are counted, not taken as the rest of 1, so that the smallest smoothing is not lost by rounding
        both = np.stack([right, np.maximum(given - right, 0)], axis=1) + smoothing
        return shares_of(posterior, smoothing), both / both.sum(axis=1, keepdims=True)

    def expect(parameters: tuple[FloatArray, FloatArray]) -> FloatArray:
        prior, coin = parameters
        if width == 1:
            return np.zeros((len(votes.items), 1))
        log_right, log_wrong = np.log(coin).T
        log_wrong = log_wrong - np.log(width - 1)
        return np.log(prior) + right_or_wrong(votes, log_right[votes.worker], log_wrong[votes.worker])

    (prior, coin), posterior, likelihood, done, converged = run_em(
        votes, known, maximise=maximise, expect=expect, tolerance=tolerance, rounds=rounds, hasten=True
    )
    return LabelFit(
        votes=votes,
        posterior=posterior,
        prior=prior,
        confusion=one_coin_confusion(coin[:, 0], width),
        iterations=done,
        converged=converged,
        log_likelihood=likelihood,
    )


def right_or_wrong(votes: Votes, log_right: FloatArray, log_wrong: FloatArray) -> FloatArray:
    """Sums over each item's votes, items x labels: of the one number where the label was said, else of the other."""
    width = len(votes.labels)
    flat = np.bincount(votes.item * width + votes.label, log_right - log_wrong, minlength=len(votes.items) * width)
    wrong = np.bincount(votes.item, log_wrong, minlength=len(votes.items))
    return np.asarray(flat.reshape(-1, width) + wrong[:, None], np.float64)


def one_coin_confusion(right: FloatArray, width: int) -> FloatArray:
    """Workers' shares of right answers as confusion matrices, workers x truths x labels."""
    wrong = (1 - right) / max(1, width - 1)
    confusion = np.repeat(wrong, width * width).reshape(len(right), width, width)
    confusion[:, np.arange(width), np.arange(width)] = right[:, None] if width > 1 else 1.0
    return confusion
