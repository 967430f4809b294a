"""What requests may hold: strict, nothing unknown, everything bounded."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "Answered",
    "AppealRuling",
    "Appealed",
    "AuditRequest",
    "Entering",
    "Granting",
    "LeaseOnly",
    "LinkWanted",
    "Next",
    "Nothing",
    "Revoked",
    "Skipped",
    "WorkerChange",
]

Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(max_length=200)]
Value = Annotated[str, StringConstraints(max_length=300)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
Id = Annotated[int, Field(ge=1, le=2**62)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Nothing(_Body):
    """``{}``."""


class Entering(_Body):
    """The token of a link, and whatever else stood in its address."""

    token: Token
    fields: Annotated[dict[str, Value], Field(max_length=32)] = {}


class Next(_Body):
    """How many questions to have in hand, and the leases that are there already."""

    count: Annotated[int, Field(ge=1, le=2)] = 1
    have: Annotated[list[Token], Field(max_length=64)] = []
    sensitive: bool = True


class LeaseOnly(_Body):
    """A question in hand."""

    lease: Token


class Skipped(_Body):
    """A question given back."""

    lease: Token
    reason: Line = ""


class Answered(_Body):
    """An answer; what ``value`` may be is said by `overpaint.review.checked`."""

    lease: Token
    value: Any
    seconds: Annotated[float, Field(ge=0, le=86_400)]


class Appealed(_Body):
    """Why somebody's answers should count after all."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class LinkWanted(_Body):
    """A link to be made.

    ``worker_field`` is what the address calls the workforce's id of a person (``PROLIFIC_PID``); empty: there is none,
    and every browser is somebody new. What else stands there (``STUDY_ID``, ``SESSION_ID``) is not kept.
    ``completion_code`` and ``completion_url`` are given to those who have done their share.
    """

    role: Literal["maintainer", "reviewer", "worker", "auditor"]
    days: Annotated[float, Field(gt=0, le=366)] = 14.0
    label: Annotated[str, StringConstraints(max_length=100)] = ""
    worker_field: Annotated[str, StringConstraints(max_length=64)] = ""
    completion_code: Annotated[str, StringConstraints(max_length=200)] = ""
    completion_url: Annotated[str, StringConstraints(max_length=500, pattern=r"^(https://[^\s]+)?$")] = ""


class Revoked(_Body):
    """A link that shall work no longer."""

    link: Id


class WorkerChange(_Body):
    """Stop somebody kindly, with words for them, or take them on again."""

    id: Id
    state: Literal["active", "stopped"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class AppealRuling(_Body):
    """What came of an appeal."""

    id: Id
    accept: bool


class Granting(_Body):
    """Leave for an auditor to see one picture."""

    auditor: Id
    sample: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    hours: Annotated[float, Field(gt=0, le=24 * 31)] = 24.0
    reason: Reason


class AuditRequest(_Body):
    """Which picture an auditor wants to see, and why."""

    sample_id: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    reason: Reason
