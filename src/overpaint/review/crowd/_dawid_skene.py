"""Dawid & Skene's model: each worker has a way of mistaking each label for each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._label_em import check_size, expected_counts, item_sums, run_em
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._skills import pooled_confusion
from overpaint.review.crowd._votes import FloatArray, Votes

__all__ = ["SMOOTHING", "confusion_of", "fit_dawid_skene", "log_joint_of", "shares_of"]

SMOOTHING = 1e-3
"""Answers added to each cell, so that nothing that was never seen is impossible."""


def fit_dawid_skene(
    votes: Votes,
    *,
    known: Mapping[str, str] | None = None,
    smoothing: float = SMOOTHING,
    pooling: float = 0.0,
    tolerance: float = 1e-4,
    rounds: int = 500,
) -> LabelFit:
    """Who is right, from the answers alone: EM over truths, and each worker's confusion matrix.

    Starts from the shares of the votes. With the smoothing it finds a maximum of the posterior of the parameters
    (each row of a confusion matrix and the shares of labels have a Dirichlet prior of 1 + smoothing) rather than of the
    likelihood; a small one keeps every logarithm finite and changes little else.

    Parameters
    ----------
    known
        Item → label, where the truth is known (gold): it is held there, and tells of the workers.
    smoothing
        Above 0, answers in each cell of a confusion matrix and items in each share of a label.
    pooling
        How many answers of each truth the whole crowd's confusion weighs as in each worker's. 0: every worker is seen
        alone, as in the paper. With few answers a worker or an item, 1 makes fewer errors and far less overconfident
        ones; it is no longer exactly a maximum of anything, as the crowd's own matrix moves with the rest.
    tolerance, rounds
        Stops when no probability of any item moved by more than the tolerance, or after so many rounds.

    Raises
    ------
    UsageError
        An argument out of range, a known label that is no label, or more workers and labels than fit into memory.

    References
    ----------
    Dawid & Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm", Applied Statistics
    28(1), 1979.
    """
    if not 0 < smoothing < np.inf:
        raise UsageError(f"smoothing={smoothing}: give more than 0, such as {SMOOTHING}")
    if not 0 <= pooling < np.inf:
        raise UsageError(f"pooling={pooling}: give 0 or more, such as 1")
    check_size(votes)

    def maximise(posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        return shares_of(posterior, smoothing), confusion_of(votes, posterior, smoothing, pooling)

    (prior, confusion), posterior, likelihood, done, converged = run_em(
        votes,
        known,
        maximise=maximise,
        expect=lambda parameters: log_joint_of(votes, *parameters),
        tolerance=tolerance,
        rounds=rounds,
        hasten=True,
    )
    return LabelFit(
        votes=votes,
        posterior=posterior,
        prior=prior,
        confusion=confusion,
        iterations=done,
        converged=converged,
        log_likelihood=likelihood,
    )


def shares_of(posterior: FloatArray, smoothing: float) -> FloatArray:
    """The share of each label: p_j, the mean of T_ij."""
    raised = posterior.sum(axis=0) + smoothing
    return np.asarray(raised / raised.sum(), np.float64)


def confusion_of(votes: Votes, posterior: FloatArray, smoothing: float, pooling: float = 0.0) -> FloatArray:
    """Confusion matrices: π^k_jl, as Σ_i T_ij n^k_il, scaled to 1 over l."""
    counts = expected_counts(votes, posterior)
    if pooling:
        counts = counts + pooling * pooled_confusion(counts.sum(axis=0))
    counts = counts + smoothing
    return np.asarray(counts / counts.sum(axis=2, keepdims=True), np.float64)


def log_joint_of(votes: Votes, prior: FloatArray, confusion: FloatArray) -> FloatArray:
    """The logs of p_j Π_k Π_l (π^k_jl)^(n^k_il), as log p_j + Σ_k Σ_l n^k_il log π^k_jl: items x labels."""
    cell = votes.worker * len(votes.labels) + votes.label
    by_truth = np.log(confusion).transpose(1, 0, 2).reshape(len(votes.labels), -1)
    return np.log(prior) + item_sums(votes, (row[cell] for row in by_truth))
