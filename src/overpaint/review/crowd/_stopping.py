"""Whether one more person should be asked, and of many questions which first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from overpaint.errors import UsageError
from overpaint.review.crowd._skills import LabelSkills, design_effect
from overpaint.review.crowd._votes import FloatArray

__all__ = ["Reason", "Step", "allocate", "expected_gain", "next_step"]

Reason = Literal["sure", "unsure", "budget", "limit", "not-worth-it"]

AHEAD = 5
"""How many answers are thought ahead."""

MOST_OUTCOMES = 2_000
"""Of thinking ahead: with many labels, fewer answers."""

CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """Ask one more, or not, and why.

    Attributes
    ----------
    ask
        Whether to ask one more person.
    reason
        ``"unsure"`` where ``ask``; else ``"sure"`` (the target is reached), ``"limit"`` (as many were asked as may
        be), ``"budget"`` (nothing is left) or ``"not-worth-it"`` (an answer costs more than it is expected to gain).
    expected_gain
        By how much one more answer is expected to lower the probability that the most likely label is wrong.
    """

    ask: bool
    reason: Reason
    expected_gain: float


def next_step(
    posterior: FloatArray,
    skills: LabelSkills,
    *,
    target: float,
    cost: float,
    given: int,
    limit: int,
    budget: float | None = None,
    workers: Sequence[str] = (),
) -> Step:
    """Ask one more person about a question, or stop.

    The gain is what the next answer is expected to take off the probability that the most likely label is wrong, over
    who may come next and what they may say. Where nobody who may come could change anything alone, several answers can:
    up to five of the average worker are thought ahead, and their gain per answer counts if it is larger.

    Parameters
    ----------
    posterior
        Of the question's labels; sums to 1.
    skills
        Whose crowd the next answer comes from.
    target
        Sure enough: the probability of the most likely label, above 0 to 1.
    cost
        What an answer costs, in the currency of the gain: 0.02 asks on while an answer is expected to lower the
        probability of an error by 0.02. With 0 it is asked until the target or the limit.
    given, limit
        How many answers there are, and how many there may be.
    budget
        How many answers may still be asked for, over all questions. None: as many as wanted.
    workers
        Who is at work now; by default the crowd as it was.
    """
    _check(target=target, cost=cost, given=given, limit=limit)
    shares = _checked(np.asarray(posterior, np.float64)[None, :], skills)
    if shares.max() >= target:
        return Step(ask=False, reason="sure", expected_gain=0.0)
    if given >= limit:
        return Step(ask=False, reason="limit", expected_gain=0.0)
    ahead = min(AHEAD, limit - given)
    gain = float(_per_answer(shares, skills.crew(workers), skills.correlation, given=given, ahead=ahead)[0])
    if budget is not None and budget < 1:
        return Step(ask=False, reason="budget", expected_gain=gain)
    if gain < cost:
        return Step(ask=False, reason="not-worth-it", expected_gain=gain)
    return Step(ask=True, reason="unsure", expected_gain=gain)


def allocate(
    questions: Mapping[str, tuple[FloatArray, int]],
    skills: LabelSkills,
    *,
    target: float,
    cost: float,
    limit: int,
    budget: int,
    workers: Sequence[str] = (),
) -> tuple[str, ...]:
    """Which questions get the next answers, one each: those where an answer is expected to gain most, first.

    An answer may settle a question, so no question gets two at once: call it again when answers have arrived.
    Questions that are sure, at their limit or not worth an answer get none.

    Parameters
    ----------
    questions
        Name → posterior of its labels, and how many answers were given.
    budget
        How many answers there are to give out.
    target, cost, limit, workers
        As in `next_step`.

    Returns
    -------
    tuple
        Names, best first, at most ``budget``; of equally good ones, first come, first served.
    """
    _check(target=target, cost=cost, given=0, limit=limit)
    names = list(questions)
    if not names or budget < 1:
        return ()
    shares = _checked(np.stack([np.asarray(questions[name][0], np.float64) for name in names]), skills)
    given = np.array([questions[name][1] for name in names], np.int64)
    gain, crew = np.full(len(names), -1.0), skills.crew(workers)
    for count in np.unique(given[given < limit]).tolist():
        those = (given == count) & (shares.max(axis=1) < target)
        ahead = min(AHEAD, limit - count)
        gain[those] = _per_answer(shares[those], crew, skills.correlation, given=count, ahead=ahead)
    order = np.argsort(-gain, kind="stable")
    return tuple(names[at] for at in order[gain[order] >= cost][:budget].tolist())


def expected_gain(shares: FloatArray, confusion: FloatArray, *, answers: int) -> FloatArray:
    """By how much so many more answers are expected to lower the probability that the most likely label is wrong.

    Over all ways in which that many people can answer: the sum of the largest joint probability of truth and answers,
    less the largest posterior now.

    Parameters
    ----------
    shares
        Posteriors, questions x labels.
    confusion
        Of whoever answers next, truths x labels, above 0.
    answers
        How many, 1 or more. The ways are as many as counts of labels that sum to it.

    Returns
    -------
    ndarray
        One gain a question, 0 or more.
    """
    ways, log_ways = _outcomes(answers, shares.shape[1])
    chance = np.exp(ways @ np.log(confusion).T + log_ways[:, None])
    rows = max(1, CHUNK // chance.size)
    gains = np.zeros(len(shares))
    for at in range(0, len(shares), rows):
        part = shares[at : at + rows]
        gains[at : at + rows] = (part[:, None, :] * chance).max(axis=2).sum(axis=1) - part.max(axis=1)
    return np.maximum(gains, 0.0)


@lru_cache(maxsize=32)
def _outcomes(answers: int, width: int) -> tuple[FloatArray, FloatArray]:
    """All counts of labels that so many answers can have, and the logs of in how many orders each can come."""
    rows = []
    for bars in itertools.combinations(range(answers + width - 1), width - 1):
        edges = (-1, *bars, answers + width - 1)
        rows.append([right - left - 1 for left, right in itertools.pairwise(edges)])
    ways = np.array(rows, np.float64)
    logs = [math.lgamma(answers + 1) - sum(math.lgamma(n + 1) for n in row) for row in rows]
    return ways, np.array(logs)


def _per_answer(
    shares: FloatArray, crew: tuple[FloatArray, FloatArray], correlation: float, *, given: int, ahead: int
) -> FloatArray:
    """The gain of the next answer, or per answer of the best number up to ``ahead`` after those that were given."""
    confusions, weights = crew
    one = _blunted(confusions, given + 1, correlation)
    best = np.zeros(len(shares))
    rows = max(1, CHUNK // one.size)
    for at in range(0, len(shares), rows):
        part = shares[at : at + rows]
        # questions x people x truths x labels: the largest joint probability of each answer, summed over the answers
        right = (part[:, None, :, None] * one).max(axis=2).sum(axis=2) - part.max(axis=1, keepdims=True)
        best[at : at + rows] = np.maximum(right, 0.0) @ weights
    average = np.einsum("w,wtl->tl", weights, confusions)
    for answers in range(2, ahead + 1):
        if math.comb(answers + len(average) - 1, answers) > MOST_OUTCOMES:
            break
        several = expected_gain(shares, _blunted(average, given + answers, correlation), answers=answers)
        best = np.maximum(best, several / answers)
    return np.asarray(best, np.float64)


def _blunted(confusion: FloatArray, answers: int, correlation: float) -> FloatArray:
    """Confusion matrices of people whose answers tell as little as one of so many correlated ones does."""
    raised = confusion ** (1 / design_effect(answers, correlation))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float64)


def _checked(shares: FloatArray, skills: LabelSkills) -> FloatArray:
    if shares.shape[1:] != (len(skills.labels),) or not (shares >= 0).all() or not np.allclose(shares.sum(axis=1), 1):
        raise UsageError(f"posterior: give the probabilities of the {len(skills.labels)} labels, which sum to 1")
    return shares


def _check(*, target: float, cost: float, given: int, limit: int) -> None:
    if not 0 < target <= 1:
        raise UsageError(f"target={target}: give a probability above 0, such as 0.95")
    if not 0 <= cost < np.inf:
        raise UsageError(f"cost={cost}: give what an answer costs, 0 or more, such as 0.01")
    if given < 0 or limit < 0:
        raise UsageError(f"given={given}, limit={limit}: numbers of answers are not negative")
