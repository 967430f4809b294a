"""What a review wants: how sure, from how many, how gold is mixed in, and how its people are looked after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from overpaint.errors import UsageError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a review, kept in its store.

    Attributes
    ----------
    certainty, certainty_boxes
        A question is settled when its answer is this likely to be right; of boxes: that all of a picture are there,
        each in its place and none too many (docs/reference/crowd-boxes.md says what was measured at 0.975).
    least, most
        Answers that every question gets, and that it gets at most.
    cost
        What an answer costs, as the drop in the probability of an error that it must be expected to bring.
    budget
        Answers that may be asked for in all; 0: as many as wanted.
    gold, training
        Share of questions whose answer is known, hidden among the others; how many with feedback come first.
    bar
        Somebody whose trust lies below this for certain has their answers left out.
    lease_seconds, undo_seconds
        How long a question stays in somebody's hands, and how long an answer can be taken back.
    blurred
        Pictures are blurred until they are held. It is a choice, and no claim that it protects anybody.
    sensitive_cap, break_after, break_seconds
        Sensitive pictures somebody sees in a day; seconds of work until a break is offered; how long it is.
    retention_days
        After these days who gave an answer is forgotten; 0: never by itself.
    pay
        What an answer is paid, and ``currency``: the maintainer sees what that makes an hour.
    completion
        Answers after which somebody is done and gets the link's completion code; 0: when no question is left.
    """

    certainty: float = 0.95
    certainty_boxes: float = 0.975
    least: int = 1
    most: int = 7
    cost: float = 0.002
    budget: int = 0
    gold: float = 0.08
    training: int = 3
    bar: float = 0.6
    lease_seconds: float = 900.0
    undo_seconds: float = 300.0
    blurred: bool = False
    sensitive_cap: int = 60
    break_after: float = 2700.0
    break_seconds: float = 300.0
    retention_days: int = 365
    pay: float = 0.0
    currency: str = ""
    completion: int = 0

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Settings:
        """Settings as they were kept; unknown names and values that make no sense are a `UsageError`."""
        known = {field.name: field.default for field in fields(cls)}
        for name, one in value.items():
            if name not in known:
                raise UsageError(f"there is no setting {name!r}; there are {', '.join(known)}")
            usual = known[name]
            wanted = (int, float) if isinstance(usual, float) else (type(usual),)
            if not isinstance(one, wanted) or (isinstance(one, bool) and not isinstance(usual, bool)):
                raise UsageError(f"the setting {name} is a {type(usual).__name__}, such as {usual!r}")
        made = cls(**value)
        made._check()
        return made

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These with some others."""
        return self.of(asdict(self) | dict(changes))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def _check(self) -> None:
        bounds: tuple[tuple[str, float, float], ...] = (
            ("certainty", 0.5, 1),
            ("certainty_boxes", 0.5, 1),
            ("least", 1, 100),
            ("most", self.least, 1000),
            ("cost", 0, 1),
            ("budget", 0, 1e12),
            ("gold", 0, 0.5),
            ("training", 0, 100),
            ("bar", 0, 1),
            ("lease_seconds", 30, 86_400),
            ("undo_seconds", 0, 86_400),
            ("sensitive_cap", 0, 1e6),
            ("break_after", 60, 1e6),
            ("break_seconds", 0, 86_400),
            ("retention_days", 0, 36_500),
            ("pay", 0, 1e6),
            ("completion", 0, 1e9),
        )
        for name, low, high in bounds:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"the setting {name} is from {low:g} to {high:g}, not {value:g}")
        if len(self.currency) > 8 or not self.currency.isprintable():
            raise UsageError("the setting currency is a short word, such as EUR")
