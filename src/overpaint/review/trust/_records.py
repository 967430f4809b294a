"""What the search for careless and dishonest answering reads, and what it says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review._words import Kind

__all__ = ["KINDS_OF_SUSPICION", "Record", "Suspicion", "SuspicionKind", "ordered_records"]

SuspicionKind = Literal["too-fast", "copied", "two-names", "shifted", "misses-small", "random", "drift", "same-answer"]
KINDS_OF_SUSPICION: tuple[SuspicionKind, ...] = (
    "copied",
    "two-names",
    "random",
    "shifted",
    "misses-small",
    "same-answer",
    "too-fast",
    "drift",
)

_MOST = 5_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One answer, and what is known of it.

    Attributes
    ----------
    worker
        A pseudonym. Nothing from outside the answers (address, browser, name) is read here, and nothing should be.
    question, sample
        Their names; two answers to one question may be copied from each other.
    kind
        Of the question.
    at, seconds
        When it was answered, in seconds since the epoch, and how long it took; None: not known any more.
    value
        As `overpaint.review.checked` keeps it.
    shown
        Boxes that the question showed: whoever leaves them as they are has copied nobody.
    page
        Of a file of several pages.
    """

    worker: str
    question: str
    sample: str
    kind: Kind
    at: float
    seconds: float | None
    value: Mapping[str, Any]
    shown: tuple[Box, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that honest and careful answering does not explain: for a person to look at, never a verdict.

    Attributes
    ----------
    worker
        Whose answers.
    other
        Whose they resemble (``copied``: they came first; ``two-names``: the same person, it seems); else None.
    kind
        See `overpaint.review.trust.suspicions`.
    evidence
        The numbers it rests on, by name.
    strength
        -log10 of the probability of as much or more in an honest worker: 3 is one in a thousand.
    """

    worker: str
    other: str | None
    kind: SuspicionKind
    evidence: Mapping[str, float] = field(default_factory=dict)
    strength: float = 0.0


def ordered_records(records: Sequence[Record]) -> list[Record]:
    """By question, then time: the search's results do not depend on the order in which it is told.

    Raises
    ------
    UsageError
        A worker answered a question twice, a time is no number, or there are more than 5 million.
    """
    if len(records) > _MOST:
        raise UsageError(f"records: {len(records):,}; give at most {_MOST:,}, such as those of the last months")
    for one in records:
        if not (math.isfinite(one.at) and math.isfinite(one.seconds or 0.0) and (one.seconds or 0.0) >= 0):
            raise UsageError(f"records: an answer to question {one.question!r} has no time; give finite seconds")
    twice = [key for key, count in Counter((one.question, one.worker) for one in records).items() if count > 1]
    if twice:
        raise UsageError(f"records: one worker has two answers to question {twice[0][0]!r}; give the last one")
    return sorted(records, key=lambda one: (one.question, one.at, one.worker))
