"""What the desk says: why there is no question now, and what became of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Done", "Feedback", "Outcome", "Pause", "Progress", "Stopped"]


@dataclass(frozen=True, slots=True)
class Pause:
    """No question for so many seconds, and why."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left for this person; the code of their link, if they have done their share and it has one."""

    completion_code: str | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Their answers are not used; the words for them, which say how to appeal."""

    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is; ``left``: answers until they are done, where that is known."""

    answered: int
    median_seconds: float | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """How a training question was answered, and its key."""

    right: bool
    words: str
    key: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer: ``kept``, ``already``, ``late`` or ``refused``; a hint, once; whether they go on."""

    state: str
    feedback: Feedback | None = None
    hint: str = ""
    stopped: bool = False
    progress: Progress | None = None
