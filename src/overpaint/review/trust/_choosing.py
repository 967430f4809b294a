"""Which questions become gold, who is served which of them, and when."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from overpaint.errors import UsageError
from overpaint.review.trust._beta import chernoff_at_least
from overpaint.review.trust._trust import Trust

__all__ = ["Candidate", "DoubtfulGold", "History", "choose_gold", "doubtful_gold", "next_is_gold", "pick_gold"]

_CERTAIN = 0.98
_NEW = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could become gold.

    Attributes
    ----------
    name
        Of the question.
    kind, group
        Its kind, and its class, label or source: gold is spread over these.
    answer
        What is right, in a word: ``yes``, ``no``, a safety word; for boxes how many there are, as ``0``, ``1``, ``2``…
    size
        Size of the smallest box: ``small``, ``medium``, ``large``; empty without boxes.
    certainty
        How certain the answer is: of boxes, that all are there and none is missing.
    by_maintainer
        A maintainer made or checked the key: that is certain.
    """

    name: str
    kind: str
    group: str
    answer: str
    size: str = ""
    certainty: float = 1.0
    by_maintainer: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What one worker was served of a family: answers, visible and hidden gold, answers since the last hidden."""

    answered: int
    training: int
    hidden: int
    since_hidden: int


@dataclass(frozen=True, slots=True)
class DoubtfulGold:
    """A gold question that good workers fail: its key may be wrong.

    Attributes
    ----------
    failed, served
        How many failed it, of how many.
    expected
        How many would have, going by what else they failed.
    p
        At most this is the probability of so many by chance.
    """

    question: str
    failed: int
    served: int
    expected: float
    p: float


def choose_gold(
    candidates: Iterable[Candidate], *, count: int, rng: random.Random, certain: float = _CERTAIN
) -> list[Candidate]:
    """Gold from what is settled: as varied as can be, so that no rule of thumb passes it.

    Candidates whose answer is less certain than `certain` are left out unless a maintainer vouches for them. The others
    are dealt out over kind, size, answer (how many boxes: 0, 1, 2-3, 4 and more) and class: rare combinations are
    served as often as common ones, small and crowded ones among them; a maintainer's come first in each.
    """
    if count < 0 or not 0 <= certain <= 1:
        raise UsageError("count is not negative, and certain is a probability")
    strata: dict[tuple[str, str, str, str], list[Candidate]] = defaultdict(list)
    for one in candidates:
        if one.by_maintainer or one.certainty >= certain:
            strata[one.kind, one.size, _bracket(one.answer), one.group].append(one)
    heaps = [sorted(strata[key], key=lambda one: one.name) for key in sorted(strata)]
    for heap in heaps:
        rng.shuffle(heap)
        heap.sort(key=lambda one: one.by_maintainer)  # popped from the end
    rng.shuffle(heaps)
    chosen: list[Candidate] = []
    while heaps and len(chosen) < count:
        chosen.extend(heap.pop() for heap in heaps[: count - len(chosen)])
        heaps = [heap for heap in heaps if heap]
    return chosen


def next_is_gold(
    history: History, *, rng: random.Random, share: float = 0.08, training: int = 3, trust: Trust | None = None
) -> Literal["training", "hidden"] | None:
    """Whether the next question is gold, and which sort.

    The first `training` questions are visible gold. After them each question is hidden gold with a probability that
    does not depend on when the last one was, so that nobody can count them out, but for two things: never two in a
    row, and at the latest after four times the usual distance. Newcomers (their first 50) are served twice the share;
    those whose interval lies above 0.8, half of it.
    """
    if not 0 <= share <= 0.5 or training < 0:
        raise UsageError("share is between 0 and 0.5, and training is not negative")
    if history.training < training:
        return "training"
    if share == 0 or (history.since_hidden < 1 and history.hidden):
        return None
    chance = share
    if history.answered < _NEW:
        chance = min(0.5, 2 * share)
    elif trust is not None and trust.low > 0.8:
        chance = share / 2
    overdue = history.since_hidden >= math.ceil(4 / chance)
    return "hidden" if overdue or rng.random() < chance else None


def pick_gold(
    served: Mapping[str, int], had: Collection[str], *, rng: random.Random, most: int = 60, of: int = 5
) -> str | None:
    """Which gold question somebody is served: one of the `of` that were served least, by lot.

    Parameters
    ----------
    served
        For each gold question, to how many people it was served.
    had
        What this worker was served, answered or skipped: never again.
    most
        Gold that so many people have seen is retired: by then somebody tells.

    Returns
    -------
    str or None
        None: there is none left for this worker. Choose more.
    """
    there = sorted((count, rng.random(), name) for name, count in sorted(served.items()) if name not in had)
    fresh = [name for count, _, name in there if count < most][:of]
    return rng.choice(fresh) if fresh else None


def doubtful_gold(
    results: Sequence[tuple[str, str, bool]], *, least: int = 4, level: float = 0.01
) -> list[DoubtfulGold]:
    """Gold that is failed by people who pass the rest: look at the key before believing it of anyone.

    Parameters
    ----------
    results
        (question, worker, passed) of hidden gold.
    least
        Questions served to fewer people are not judged.
    level
        Of a question, after Bonferroni over all of them.

    Returns
    -------
    list
        The most doubtful first.
    """
    tally: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_question: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for question, worker, passed in results:
        tally[worker][0] += not passed
        tally[worker][1] += 1
        by_question[question].append((worker, passed))
    found = []
    for question, answers in by_question.items():
        # What each of them fails apart from this question; half a failure and half a pass for those with little else.
        chances = [(tally[w][0] - (not ok) + 0.5) / (tally[w][1] - 1 + 1) for w, ok in answers]
        failed = sum(not ok for _, ok in answers)
        p = chernoff_at_least(failed, chances)
        if len(answers) >= least and p * len(by_question) < level:
            found.append(DoubtfulGold(question, failed, len(answers), math.fsum(chances), p))
    return sorted(found, key=lambda one: (one.p, one.question))


def _bracket(answer: str) -> str:
    if not answer.isdecimal():
        return answer
    number = int(answer[:9])
    return answer if number < 2 else "2-3" if number < 4 else "4+"
