"""GLAD: how able each worker is, and how difficult each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._label_em import check_size, run_em
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._one_coin import one_coin_confusion, right_or_wrong
from overpaint.review.crowd._votes import FloatArray, IntArray, Votes

__all__ = ["fit_glad"]

HALVINGS = 12
LONGEST = 1.0


def fit_glad(
    votes: Votes,
    *,
    known: Mapping[str, str] | None = None,
    ability: float = 1.0,
    ease: float = 1.0,
    tolerance: float = 1e-4,
    rounds: int = 300,
) -> LabelFit:
    """Right with probability 1 / (1 + exp(−α β)), α a worker's ability, β an item's ease; else any other label alike.

    Labels are as likely as each other beforehand. α and the logarithm of β have normal priors of deviation 1, which
    keep them finite and β above 0. Each round takes one Newton step in all α at once and one in all β, none of them
    longer than what raises the posterior (generalised EM). A worker's confusion matrix in the result is that of the
    items which that worker answered: the mean of the probabilities of being right.

    Parameters
    ----------
    ability, ease
        Means of the priors of α and of log β.
    known, tolerance, rounds
        As in `fit_dawid_skene`.

    References
    ----------
    Whitehill et al., "Whose Vote Should Count More: Optimal Integration of Labels from Labelers of Unknown Expertise",
    NeurIPS 2009.
    """
    if not (np.isfinite(ability) and abs(ease) <= 10):
        raise UsageError(f"ability={ability}, ease={ease}: give a finite ability and an ease of -10 to 10")
    check_size(votes)
    workers, items, width = len(votes.workers), len(votes.items), len(votes.labels)
    state = np.full(workers, float(ability)), np.full(items, float(ease))

    def maximise(posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
        nonlocal state
        right = posterior[votes.item, votes.label]
        able = _better_ability(votes, right, *state, mean=ability)
        state = able, _better_ease(votes, right, able, state[1], mean=ease)
        return state

    def expect(parameters: tuple[FloatArray, FloatArray]) -> FloatArray:
        if width == 1:
            return np.zeros((items, 1))
        able, easy = parameters
        logit = able[votes.worker] * np.exp(easy)[votes.item]
        log_wrong = -_softplus(logit)
        # log σ(x) is x + log σ(−x)
        sums = right_or_wrong(votes, logit + log_wrong, log_wrong - np.log(width - 1))
        return np.asarray(sums - np.log(width), np.float64)

    (able, easy), posterior, likelihood, done, converged = run_em(
        votes, known, maximise=maximise, expect=expect, tolerance=tolerance, rounds=rounds
    )
    right = _sigmoid(able[votes.worker] * np.exp(easy)[votes.item])
    given = np.bincount(votes.worker, minlength=workers)
    mean = np.bincount(votes.worker, weights=right, minlength=workers) / np.maximum(given, 1)
    return LabelFit(
        votes=votes,
        posterior=posterior,
        prior=np.full(width, 1 / width),
        confusion=one_coin_confusion(np.where(given > 0, mean, _sigmoid(able * np.exp(ease))), width),
        difficulty=np.exp(-easy),
        iterations=done,
        converged=converged,
        log_likelihood=likelihood,
    )


def _better_ability(votes: Votes, right: FloatArray, able: FloatArray, easy: FloatArray, *, mean: float) -> FloatArray:
    weight = np.exp(easy)[votes.item]
    chance = _sigmoid(able[votes.worker] * weight)
    slope = np.bincount(votes.worker, weight * (right - chance), minlength=len(able)) - (able - mean)
    bend = np.bincount(votes.worker, weight**2 * chance * (1 - chance), minlength=len(able)) + 1
    return _climb(votes.worker, lambda at, some: (right[some], at * weight[some]), able, slope / bend, mean=mean)


def _better_ease(votes: Votes, right: FloatArray, able: FloatArray, easy: FloatArray, *, mean: float) -> FloatArray:
    weight = able[votes.worker]
    logit = weight * np.exp(easy)[votes.item]
    chance = _sigmoid(logit)
    slope = np.bincount(votes.item, logit * (right - chance), minlength=len(easy)) - (easy - mean)
    # the part of the curvature that is never negative (Fisher's), so that the step always points upwards
    bend = np.bincount(votes.item, logit**2 * chance * (1 - chance), minlength=len(easy)) + 1
    return _climb(votes.item, lambda at, some: (right[some], np.exp(at) * weight[some]), easy, slope / bend, mean=mean)


def _climb(
    whose: IntArray,
    logits: Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]],
    start: FloatArray,
    step: FloatArray,
    *,
    mean: float,
) -> FloatArray:
    """Each coordinate by its own step, halved until its value does not fall; or where it was.

    ``whose`` is the coordinate of each vote. ``logits`` takes the coordinate's value at some votes, and which votes;
    it tells how likely these are right, and their logits.
    """
    end = start + np.clip(step, -LONGEST, LONGEST)
    votes = np.arange(len(whose))

    def value(at: FloatArray) -> FloatArray:
        right, logit = logits(at[whose[votes]], votes)
        terms = right * logit - _softplus(logit)  # r log σ(x) + (1 − r) log σ(−x)
        return np.bincount(whose[votes], terms, minlength=len(at)) - (at - mean) ** 2 / 2

    falling = value(end) < value(start)
    for _ in range(HALVINGS):
        if not falling.any():
            return end
        votes = np.flatnonzero(falling[whose])  # only they are looked at again
        end = np.where(falling, (start + end) / 2, end)
        falling &= value(end) < value(start)
    return np.where(falling, start, end)


def _softplus(x: FloatArray) -> FloatArray:
    """The logarithm of 1 + exp(x), which does not overflow; quicker than np.logaddexp."""
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), np.float64)


def _sigmoid(x: FloatArray) -> FloatArray:
    raised = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, raised) / (1 + raised), np.float64)
