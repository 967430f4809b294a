"""What the desk remembers of one person: what gold says of them, what they were served, and when they need a break."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from overpaint.review._settings import Settings
from overpaint.review.trust import Evidence, GoldScore, History, Standing, Trust, standing_of, trust_of

__all__ = ["Person"]

_DAY = 86_400.0
_IDLE = 600.0  # no answer for so long is a break by itself
_LAST = 200  # times of answers that are kept, for their median


@dataclass(frozen=True, slots=True)
class Person:
    """One worker's record, kept as JSON beside them in the store.

    Attributes
    ----------
    evidence
        By family of questions.
    answered, training, hidden, since_hidden
        What they were served (`overpaint.review.trust.History`).
    day, sensitive, last_sensitive
        The day (since the epoch) and the sensitive pictures seen on it; whether the last one was.
    since, last
        When they began to work without a break, and when they last answered.
    until
        No question before this time: a break.
    seconds
        How long the last answers took.
    warned, hint
        Which hints they were given, and the one that they are to be given next.
    vouched
        A maintainer has looked and took them back: nothing but a maintainer stops them again.
    """

    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    answered: int = 0
    training: int = 0
    hidden: int = 0
    since_hidden: int = 0
    day: int = 0
    sensitive: int = 0
    last_sensitive: bool = False
    since: float = 0.0
    last: float = 0.0
    until: float = 0.0
    seconds: tuple[float, ...] = ()
    warned: tuple[str, ...] = ()
    hint: str = ""
    vouched: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Self:
        """From the store; nothing kept is a newcomer."""
        if not kept:
            return cls()
        value = {name: kept[name] for name in cls.__slots__ if name in kept}
        value["evidence"] = {family: Evidence(**one) for family, one in kept.get("evidence", {}).items()}
        for name in ("seconds", "warned"):
            value[name] = tuple(kept.get(name, ()))
        return cls(**value)

    def to_dict(self) -> dict[str, Any]:
        """For the store."""
        return asdict(self)

    # ------------------------------------------------------------------ whom to believe

    @property
    def history(self) -> History:
        return History(self.answered, self.training, self.hidden, self.since_hidden)

    @property
    def whole(self) -> Evidence:
        """The evidence of all families together."""
        total = Evidence()
        for one in self.evidence.values():
            total = Evidence(**{name: getattr(total, name) + getattr(one, name) for name in Evidence.__slots__})
        return total

    @property
    def trust(self) -> Trust:
        return trust_of(self.whole)

    def standing(self, settings: Settings) -> Standing:
        """Whether they go on; small boxes have half of the bar."""
        return standing_of(self.trust, bar=settings.bar, small_bar=settings.bar / 2)

    def with_gold(self, family: str, score: GoldScore, *, visible: bool) -> Self:
        """And one gold question answered; training counts for nothing."""
        if visible:
            return replace(self, training=self.training + 1)
        evidence = self.evidence.get(family, Evidence()).with_gold(score)
        return replace(self, evidence=dict(self.evidence) | {family: evidence}, hidden=self.hidden + 1, since_hidden=0)

    def with_agreement(self, family: str, agreed: Evidence) -> Self:
        """With how far their ordinary answers agree with what all say together: gold stays, agreement is set anew."""
        was = self.evidence.get(family, Evidence())
        names = ("agreed", "disagreed", "small_agreed", "small_disagreed")
        now = replace(was, answers=agreed.answers + was.gold, **{name: getattr(agreed, name) for name in names})
        return replace(self, evidence=dict(self.evidence) | {family: now})

    # ------------------------------------------------------------------ care

    def seeing(self, now: float, *, sensitive: bool) -> Self:
        """And one picture more, whether they answered or gave it back."""
        rested = now - self.last > _IDLE
        today = int(now // _DAY)
        return replace(
            self,
            day=today,
            sensitive=(self.sensitive if today == self.day else 0) + sensitive,
            last_sensitive=sensitive,
            since=now if rested or not self.since else self.since,
            last=now,
        )

    def answering(self, now: float, seconds: float, *, sensitive: bool) -> Self:
        """And one answer more."""
        return replace(
            self.seeing(now, sensitive=sensitive),
            answered=self.answered + 1,
            since_hidden=self.since_hidden + 1,
            seconds=(*self.seconds, round(min(seconds, 3600.0), 2))[-_LAST:],
        )

    def may_see_sensitive(self, now: float, settings: Settings) -> bool:
        """Not twice in a row, and not more than so many a day."""
        return not self.last_sensitive and self.sensitive_on(now) < settings.sensitive_cap

    def sensitive_on(self, now: float) -> int:
        """Sensitive pictures seen on the day of ``now``."""
        return self.sensitive if int(now // _DAY) == self.day else 0

    def capped(self, now: float, settings: Settings) -> bool:
        """Whether they saw as many sensitive pictures today as anybody should."""
        return int(now // _DAY) == self.day and self.sensitive >= settings.sensitive_cap

    def breaking(self, now: float, settings: Settings) -> Self:
        """With a break that begins now, if they worked long enough for one."""
        if self.since and now - self.last <= _IDLE and now - self.since >= settings.break_after:
            return replace(self, until=now + settings.break_seconds, since=0.0)
        return self

    def median_seconds(self) -> float | None:
        """Of their last answers."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
