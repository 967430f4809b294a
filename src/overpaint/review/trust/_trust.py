"""How much a worker's answers to one family of questions can be believed, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from overpaint.errors import UsageError
from overpaint.review.crowd import BoxTally
from overpaint.review.trust._beta import interval
from overpaint.review.trust._gold import GoldScore

__all__ = ["Evidence", "Range", "Standing", "Trust", "standing_of", "trust_of"]

State = Literal["active", "warned", "stopped"]

_WEIGHT = 0.5
_MOST_AGREEMENT = 20.0

_WORDS = {
    ("warned", "gold"): (
        "Some of your answers differ from what we know to be there. Please read the instructions again; "
        "you can go on answering."
    ),
    ("warned", "small"): (
        "Small ones are being missed. Please zoom in, and look in the background and at the edges; "
        "you can go on answering."
    ),
    ("warned", "agreement"): (
        "Many of your answers differ from those of others. Please read the instructions again; you can go on answering."
    ),
    ("stopped", ""): (
        "We are not using your answers for this task. This may be our mistake: if you think so, say so on this page, "
        "and a person will look at your answers again."
    ),
}


@dataclass(frozen=True, slots=True)
class Range:
    """A share that is not known exactly: its posterior mean, and what it lies between with 95 %."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one worker in one family of questions; counts, some of them expected ones.

    Attributes
    ----------
    answers
        Given in all, gold or not.
    passed, failed
        Gold answers (hidden ones; training does not count).
    small_found, small_missed
        Small boxes of gold keys.
    agreed, disagreed
        Answers that agree with what the others say together, as expected numbers.
    small_agreed, small_disagreed
        Small boxes of the consensus, drawn and not drawn.
    """

    answers: int = 0
    passed: float = 0.0
    failed: float = 0.0
    small_found: float = 0.0
    small_missed: float = 0.0
    agreed: float = 0.0
    disagreed: float = 0.0
    small_agreed: float = 0.0
    small_disagreed: float = 0.0

    @property
    def gold(self) -> int:
        """How many gold answers there are."""
        return round(self.passed + self.failed)

    def with_gold(self, score: GoldScore) -> Evidence:
        """And one answer more to a hidden gold question."""
        return replace(
            self,
            answers=self.answers + 1,
            passed=self.passed + score.passed,
            failed=self.failed + (not score.passed),
            small_found=self.small_found + score.small_found,
            small_missed=self.small_missed + score.small_of - score.small_found,
        )

    def with_choice(self, agreement: float) -> Evidence:
        """And one choice more, that is the right one with this probability (the label model's posterior of it)."""
        if not 0 <= agreement <= 1:
            raise UsageError(f"agreement={agreement!r}: a probability is between 0 and 1")
        return replace(
            self,
            answers=self.answers + 1,
            agreed=self.agreed + agreement,
            disagreed=self.disagreed + 1 - agreement,
        )

    def with_boxes(self, tally: BoxTally) -> Evidence:
        """And what the box model counts of a worker (`overpaint.review.crowd.BoxSkills.tallies`).

        A picture is one trial, however many boxes it has: whoever tires on it misses several. Its share of success is
        that of the objects drawn among the objects and false boxes.
        """
        drew, missed = sum(tally.drew), sum(tally.missed)
        whole = drew + missed + tally.false
        share = drew / whole if whole > 0 else 0.0
        trials = min(float(tally.answers), whole)
        return replace(
            self,
            answers=self.answers + tally.answers,
            agreed=self.agreed + share * trials,
            disagreed=self.disagreed + (1 - share) * trials,
            small_agreed=self.small_agreed + tally.drew[0],
            small_disagreed=self.small_disagreed + tally.missed[0],
        )


@dataclass(frozen=True, slots=True)
class Trust:
    """That an answer is good enough: the posterior of its probability.

    Attributes
    ----------
    mean, low, high
        Posterior mean, and the middle 95 %.
    answers, gold
        How many it rests on, and how many of them are gold.
    small
        That a small box is found; None where no small one was ever there.
    """

    mean: float
    low: float
    high: float
    answers: int
    gold: int
    small: Range | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows: ``active``; ``warned`` (a hint is shown once); ``stopped`` (answers are not used).

    Attributes
    ----------
    reason
        ``gold``, ``small`` or ``agreement``: what it rests on; empty when active. For the maintainer.
    words
        For the worker. They accuse nobody, and say how to appeal.
    """

    state: State
    reason: str
    words: str


def trust_of(
    evidence: Evidence,
    *,
    prior: tuple[float, float] = (1.0, 1.0),
    weight: float = _WEIGHT,
    most: float = _MOST_AGREEMENT,
) -> Trust:
    """The posterior: Beta(prior + gold + weighted agreement).

    Parameters
    ----------
    prior
        Successes and failures believed before anything is known; (1, 1) is the uniform distribution.
    weight
        What an answer that agrees with others is worth beside a gold answer. Others are wrong together at times.
    most
        Agreement is worth at most so many gold answers in all, so that gold can always overrule it: a crowd of which
        most are careless agrees with itself.
    """
    if min(*prior, weight, most) < 0 or min(prior) == 0:
        raise UsageError("prior is above 0; weight and most are not negative")
    whole = _range(
        (evidence.passed, evidence.failed), (evidence.agreed, evidence.disagreed), prior=prior, weight=weight, most=most
    )
    gold_small = (evidence.small_found, evidence.small_missed)
    other_small = (evidence.small_agreed, evidence.small_disagreed)
    small = None
    if sum(gold_small) + sum(other_small) > 0:
        small = _range(gold_small, other_small, prior=prior, weight=weight, most=most)
    return Trust(whole.mean, whole.low, whole.high, evidence.answers, evidence.gold, small)


def standing_of(trust: Trust, *, bar: float = 0.5, small_bar: float = 0.3, least: int = 10) -> Standing:
    """Whether somebody goes on, is given a hint, or is stopped.

    Stopped only when the whole interval lies below the bar and at least `least` answers were given; with a mean below
    the bar there is a hint. Small boxes have a bar of their own. Nothing else stops anybody by itself: a suspicion
    (`overpaint.review.trust.suspicions`) is for a person to look at.
    """
    if trust.answers < least:
        return Standing("active", "", "")
    reason = "gold" if trust.gold else "agreement"
    small = trust.small
    if trust.high < bar:
        return Standing("stopped", reason, _WORDS["stopped", ""])
    if small is not None and small.high < small_bar:
        return Standing("stopped", "small", _WORDS["stopped", ""])
    if trust.mean < bar:
        return Standing("warned", reason, _WORDS["warned", reason])
    if small is not None and small.mean < small_bar:
        return Standing("warned", "small", _WORDS["warned", "small"])
    return Standing("active", "", "")


def _range(
    gold: tuple[float, float],
    agreement: tuple[float, float],
    *,
    prior: tuple[float, float],
    weight: float,
    most: float,
) -> Range:
    total = weight * sum(agreement)
    scale = weight * (min(1.0, most / total) if total > 0 else 0.0)
    a, b = (before + known + scale * soft for before, known, soft in zip(prior, gold, agreement, strict=True))
    low, high = interval(a, b)
    return Range(a / (a + b), low, high)
