"""What the label models share: sums over answers without a loop over them, and expectation-maximisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["answer_table", "check_size", "expected_counts", "first_guess", "item_sums", "normalised", "run_em"]

MOST_CELLS = 20_000_000
"""Numbers in the confusion matrices of all workers together, 160 MB; a few copies of them are made."""

P = TypeVar("P")


def check_size(votes: Votes) -> None:
    """Refuse what would not fit into memory.

    Raises
    ------
    UsageError
        Workers x labels² is more than 20 million.
    """
    cells = len(votes.workers) * len(votes.labels) ** 2
    if cells > MOST_CELLS:
        said = f"{len(votes.workers):,} workers x {len(votes.labels):,} labels squared are {cells:,} numbers"
        raise UsageError(f"{said}, more than {MOST_CELLS:,}; ask about fewer labels at a time")


def first_guess(votes: Votes, known: Mapping[str, str] | None) -> FloatArray:
    """Shares of the votes, items x labels: where EM starts. Without a vote all labels are as likely as each other."""
    counts = votes.counts()
    total = counts.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, counts / np.maximum(total, 1), 1 / len(votes.labels))
    return _held(shares, votes, known)


def expected_counts(votes: Votes, posterior: FloatArray) -> FloatArray:
    """How often each worker is expected to have said a label of each true one: workers x truths x labels."""
    workers, width = len(votes.workers), len(votes.labels)
    cell = votes.worker * width + votes.label
    weights = posterior[votes.item]
    by_truth = [
        np.bincount(cell, weights=weights[:, truth], minlength=workers * width).reshape(workers, width)
        for truth in range(width)
    ]
    return np.stack(by_truth, axis=1)


def item_sums(votes: Votes, rows: FloatArray) -> FloatArray:
    """Sums of rows, one a vote, over the votes of each item."""
    columns = [np.bincount(votes.item, weights=column, minlength=len(votes.items)) for column in rows.T]
    return np.stack(columns, axis=1) if columns else np.zeros((len(votes.items), 0))


def answer_table(log_confusion: FloatArray) -> FloatArray:
    """Log-probabilities by answer: row ``worker * labels + label``, a column a truth."""
    workers, truths, labels = log_confusion.shape
    return np.ascontiguousarray(log_confusion.transpose(0, 2, 1)).reshape(workers * labels, truths)


def normalised(log_joint: FloatArray) -> tuple[FloatArray, float]:
    """Rows of log-probabilities as probabilities, and the sum of the logs of what the rows summed to."""
    highest = log_joint.max(axis=-1, keepdims=True)
    raised = np.exp(log_joint - highest)
    total = raised.sum(axis=-1, keepdims=True)
    return raised / total, float((highest + np.log(total)).sum())


def run_em(
    votes: Votes,
    known: Mapping[str, str] | None,
    *,
    maximise: Callable[[FloatArray], P],
    expect: Callable[[P], FloatArray],
    tolerance: float,
    rounds: int,
) -> tuple[P, FloatArray, float, int, bool]:
    """Maximise and expect in turn, from the shares of the votes, until no posterior moves.

    Parameters
    ----------
    maximise
        Posterior (items x labels) → parameters.
    expect
        Parameters → log of the joint probability of each item's votes and truth, items x labels.
    tolerance, rounds
        Stop when no probability of any item changed by more than this, or after so many rounds.

    Returns
    -------
    tuple
        Parameters; the posterior at exactly those; log-likelihood of all votes; rounds; whether it converged.
    """
    if rounds < 1 or not tolerance >= 0:
        raise UsageError(f"rounds={rounds}, tolerance={tolerance}: give at least one round and no negative tolerance")
    posterior = first_guess(votes, known)
    places, truths = votes.known(known)
    done, moved = 0, np.inf
    while done < rounds and moved > tolerance:
        done += 1
        parameters = maximise(posterior)
        log_joint = expect(parameters)
        if len(places):
            told = log_joint[places, truths]
            log_joint[places] = -np.inf
            log_joint[places, truths] = told
        last, (posterior, likelihood) = posterior, normalised(log_joint)
        moved = float(np.abs(posterior - last).max(initial=0.0))
    return parameters, posterior, likelihood, done, moved <= tolerance


def _held(posterior: FloatArray, votes: Votes, known: Mapping[str, str] | None) -> FloatArray:
    places, truths = votes.known(known)
    posterior[places] = 0
    posterior[places, truths] = 1
    return posterior
