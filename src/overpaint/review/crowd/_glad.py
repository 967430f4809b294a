"""GLAD: how able each worker is, and how difficult each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._label_em import check_size, item_sums, run_em
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._one_coin import one_coin_confusion
from overpaint.review.crowd._votes import FloatArray, Votes

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
        rows = np.repeat(-np.logaddexp(0, logit) - np.log(width - 1), width).reshape(-1, width)
        rows[np.arange(len(votes)), votes.label] = -np.logaddexp(0, -logit)
        return np.asarray(item_sums(votes, rows) - np.log(width), np.float64)

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
    count, weight = len(able), np.exp(easy)[votes.item]

    def value(at: FloatArray) -> FloatArray:
        terms = _expected_log(right, at[votes.worker] * weight)
        return np.bincount(votes.worker, weights=terms, minlength=count) - (at - mean) ** 2 / 2

    chance = _sigmoid(able[votes.worker] * weight)
    slope = np.bincount(votes.worker, weights=weight * (right - chance), minlength=count) - (able - mean)
    bend = np.bincount(votes.worker, weights=weight**2 * chance * (1 - chance), minlength=count) + 1
    return _climb(value, able, slope / bend)


def _better_ease(votes: Votes, right: FloatArray, able: FloatArray, easy: FloatArray, *, mean: float) -> FloatArray:
    count, weight = len(easy), able[votes.worker]

    def value(at: FloatArray) -> FloatArray:
        terms = _expected_log(right, weight * np.exp(at)[votes.item])
        return np.bincount(votes.item, weights=terms, minlength=count) - (at - mean) ** 2 / 2

    logit = weight * np.exp(easy)[votes.item]
    chance = _sigmoid(logit)
    slope = np.bincount(votes.item, weights=logit * (right - chance), minlength=count) - (easy - mean)
    # the part of the curvature that is never negative (Fisher's), so that the step always points upwards
    bend = np.bincount(votes.item, weights=logit**2 * chance * (1 - chance), minlength=count) + 1
    return _climb(value, easy, slope / bend)


def _climb(value: Callable[[FloatArray], FloatArray], start: FloatArray, step: FloatArray) -> FloatArray:
    """Each coordinate by its own step, halved until its value does not fall; or where it was."""
    step = np.clip(step, -LONGEST, LONGEST)
    before = value(start)
    for _ in range(HALVINGS):
        fell = value(start + step) < before
        if not fell.any():
            return start + step
        step = np.where(fell, step / 2, step)
    return np.where(value(start + step) < before, start, start + step)


def _expected_log(right: FloatArray, logit: FloatArray) -> FloatArray:
    return np.asarray(-right * np.logaddexp(0, -logit) - (1 - right) * np.logaddexp(0, logit), np.float64)


def _sigmoid(x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-np.logaddexp(0, -x)), np.float64)
