"""What the label models share: sums over answers without a loop over them, and expectation-maximisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["check_size", "expected_counts", "first_guess", "item_sums", "normalised", "run_em"]

MOST_CELLS = 20_000_000
"""Numbers in the confusion matrices of all workers together, 160 MB; a few copies of them are made."""

PATIENCE = 40

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
    counts = np.empty((workers, width, width))
    for truth, column in enumerate(np.ascontiguousarray(posterior.T)):
        flat = np.bincount(cell, weights=column[votes.item], minlength=workers * width)
        counts[:, truth, :] = flat.reshape(workers, width)
    return counts


def item_sums(votes: Votes, columns: Iterable[FloatArray]) -> FloatArray:
    """Sums over the votes of each item, items x columns; a column has one number a vote."""
    sums = [np.bincount(votes.item, weights=column, minlength=len(votes.items)) for column in columns]
    return np.stack(sums, axis=1)


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
    hasten: bool = False,
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
    hasten
        After 40 rounds, which settle where it goes, look ahead along the way it creeps (SQUAREM: Varadhan & Roland,
        "Simple and Globally Convergent Methods for Accelerating the Convergence of Any EM Algorithm", 2008). What makes
        the votes less likely is not taken. Only where ``maximise`` depends on nothing but the posterior.

    Returns
    -------
    tuple
        Parameters; the posterior at exactly those; log-likelihood of all votes; rounds; whether it converged.
    """
    if rounds < 1 or not tolerance >= 0:
        raise UsageError(f"rounds={rounds}, tolerance={tolerance}: give at least one round and no negative tolerance")
    places, truths = votes.known(known)

    def step(posterior: FloatArray) -> tuple[P, FloatArray, float]:
        parameters = maximise(posterior)
        log_joint = expect(parameters)
        if len(places):
            told = log_joint[places, truths]
            log_joint[places] = -np.inf
            log_joint[places, truths] = told
        return parameters, *normalised(log_joint)

    before = first_guess(votes, known)
    parameters, posterior, likelihood = step(before)
    done, moved = 1, _moved(before, posterior)
    while done < rounds and moved > tolerance:
        last, before = before, posterior
        parameters, posterior, likelihood = step(before)
        done, moved = done + 1, _moved(before, posterior)
        if hasten and done >= PATIENCE and done % 3 == 0 and done < rounds and moved > tolerance:
            further = step(_ahead(last, before, posterior))
            done += 1
            if further[2] >= likelihood:
                parameters, posterior, likelihood = further
    return parameters, posterior, likelihood, done, moved <= tolerance


def _moved(before: FloatArray, after: FloatArray) -> float:
    return float(np.abs(after - before).max(initial=0.0))


def _ahead(first: FloatArray, second: FloatArray, third: FloatArray) -> FloatArray:
    """Where three posteriors, one round from each to the next, lead to."""
    stride, bend = second - first, third - 2 * second + first
    length = min(-1.0, -float(np.linalg.norm(stride) / max(np.linalg.norm(bend), np.finfo(np.float64).tiny)))
    guess = np.maximum(first - 2 * length * stride + length**2 * bend, 0.0)
    total = guess.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, guess / np.where(total > 0, total, 1), third), np.float64)


def _held(posterior: FloatArray, votes: Votes, known: Mapping[str, str] | None) -> FloatArray:
    places, truths = votes.known(known)
    posterior[places] = 0
    posterior[places, truths] = 1
    return posterior
