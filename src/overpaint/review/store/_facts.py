"""What the store tells, as frozen dataclasses. All times are seconds since the epoch, as the caller gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from overpaint.review._questions import Question

__all__ = [
    "LEASE_STATES",
    "ROLES",
    "STATES",
    "WORKER_STATES",
    "Added",
    "Answer",
    "Event",
    "Forgotten",
    "Gold",
    "Grant",
    "Lease",
    "Link",
    "Receipt",
    "Session",
    "Stored",
    "Worker",
]

STATES = ("waiting", "open", "settled", "pruned", "withdrawn")
"""Of a question: its parent is not settled; to be asked; decided; needless after its parent's answer; taken back."""

LEASE_STATES = ("held", "answered", "skipped", "expired", "revoked")
"""Of a lease. ``expired``: it ran out and its place was given back; its answer may still come late."""

WORKER_STATES = ("active", "stopped", "left")
"""Of a worker. ``stopped``: their answers are not used."""

ROLES = ("maintainer", "reviewer", "worker", "auditor")
"""What a link lets somebody do."""


@dataclass(frozen=True, slots=True)
class Added:
    """How many questions were new, and how many were there already."""

    new: int
    known: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A question as the store has it.

    Attributes
    ----------
    id, name, question
        Its number here, its name (`Question.name` when it was added), and what is asked.
    state
        One of `STATES`.
    wanted, given, out
        How many answers are wanted, how many were given and count, and how many people have it in hand now.
    gold
        Its answer is known already. Never told to a browser.
    verdict, settled_at
        What `Store.judge` was given last, and since when it is settled.
    """

    id: int
    name: str
    question: Question
    state: str
    wanted: int
    given: int
    out: int
    gold: bool
    verdict: dict[str, Any] | None
    settled_at: float | None


@dataclass(frozen=True, slots=True)
class Gold:
    """The answer key of a gold question, and whether people are told how they did (training)."""

    key: dict[str, Any]
    visible: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """One question in one person's hands until ``expires``.

    ``token`` is 256 random bits; the store keeps only its SHA-256. ``state`` is one of `LEASE_STATES`: look at it
    before a picture is shown on the strength of a token.
    """

    token: str
    question: Stored
    worker: int
    taken_at: float
    expires: float
    state: str = "held"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an answer.

    ``kept``; ``already``: this person's answer was there before and stays; ``late``: kept, though the lease had run
    out; ``refused``: not kept. ``answer`` is the number of the answer that is kept; ``question`` is 0 where no lease
    has the token.
    """

    state: str
    answer: int | None
    question: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; ``used`` is false when its worker's answers do not count, or a later one took its place.

    ``seconds`` is None after `Store.forget`.
    """

    id: int
    question: int
    worker: int
    value: dict[str, Any]
    seconds: float | None
    at: float
    used: bool


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation: what it lets people do, until when, and the settings that go with it."""

    id: int
    role: str
    expires: float
    settings: dict[str, Any]
    created_at: float
    revoked_at: float | None

    def live(self, now: float) -> bool:
        """Whether somebody may still enter by it."""
        return self.revoked_at is None and now < self.expires


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who answers, by a pseudonym. ``appeal`` is what they wrote after being stopped."""

    id: int
    pseudonym: str
    role: str
    link: int
    state: str
    reason: str | None
    consented_at: float | None
    appeal: str | None
    created_at: float
    trust: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has entered; ``csrf_hash`` is of the token that its requests must carry."""

    worker: int
    csrf_hash: bytes
    expires: float


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for an auditor to see the picture of one sample, given by a maintainer with a reason."""

    id: int
    auditor: int
    sample: str
    reason: str
    by: int
    expires: float
    at: float


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log, which is only ever added to."""

    id: int
    at: float
    event: str
    who: int | None
    what: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `Store.forget` removed: answers, leases, sessions, and ids that a workforce had given its
    people; and of how many answers that are still needed the seconds went.
    """

    answers: int
    leases: int
    sessions: int
    outside: int
    seconds: int
