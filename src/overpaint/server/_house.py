"""What every route needs, and who is calling: sessions, roles, tokens of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import HTTPException, Request

from overpaint.review import Question
from overpaint.review._desk import Desk
from overpaint.review.store import Link, Worker
from overpaint.server._guard import cookie_of
from overpaint.server._limits import Buckets
from overpaint.server._settings import ServerSettings
from overpaint.server._tokens import Keys, digest, same

__all__ = ["AUDITOR", "MAINTAINER", "ROLES", "WORKING", "Caller", "House", "caller", "house_of"]

WORKING = frozenset({"maintainer", "reviewer", "worker"})
MAINTAINER = frozenset({"maintainer"})
AUDITOR = frozenset({"auditor"})
_EVERYONE = WORKING | AUDITOR

ROLES: Mapping[tuple[str, str], frozenset[str] | None] = {
    ("POST", "/api/enter"): None,  # who has a link needs no session
    ("GET", "/api/me"): _EVERYONE,
    ("POST", "/api/leave"): _EVERYONE,
    ("POST", "/api/consent"): WORKING,
    ("GET", "/api/help/{kind}"): WORKING,
    ("POST", "/api/next"): WORKING,
    ("POST", "/api/answer"): WORKING,
    ("POST", "/api/skip"): WORKING,
    ("POST", "/api/undo"): WORKING,
    ("POST", "/api/renew"): WORKING,
    ("POST", "/api/appeal"): WORKING,
    ("GET", "/img/{token}"): _EVERYONE,
    ("GET", "/api/maintain/summary"): MAINTAINER,
    ("GET", "/api/maintain/workers"): MAINTAINER,
    ("GET", "/api/maintain/links"): MAINTAINER,
    ("GET", "/api/maintain/events"): MAINTAINER,
    ("GET", "/api/maintain/settings"): MAINTAINER,
    ("POST", "/api/maintain/link"): MAINTAINER,
    ("POST", "/api/maintain/revoke"): MAINTAINER,
    ("POST", "/api/maintain/worker"): MAINTAINER,
    ("POST", "/api/maintain/appeal"): MAINTAINER,
    ("POST", "/api/maintain/settings"): MAINTAINER,
    ("POST", "/api/maintain/grant"): MAINTAINER,
    ("GET", "/api/audit/summary"): AUDITOR,
    ("POST", "/api/audit/request"): AUDITOR,
    ("GET", "/api/audit/grants"): AUDITOR,
}
"""Who may call what. A route that is not here is refused to everybody."""


class Shown(Protocol):
    """An encoded picture."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class PictureRoom(Protocol):
    """`overpaint.review.Pictures`."""

    max_side: int

    def held(self, sample: str) -> bool: ...
    def forget(self, sample: str) -> None: ...
    def picture(self, question: Question) -> Shown: ...


@dataclass(frozen=True, slots=True)
class House:
    """What every route needs.

    Attributes
    ----------
    own
        SHA-256 of the token by which who started the server enters, and the link that it stands for. It lives in
        memory only, as long as the server.
    """

    desk: Desk
    pictures: PictureRoom | None
    keys: Keys
    settings: ServerSettings
    attempts: Buckets
    own: dict[bytes, int] = field(default_factory=dict)

    def now(self) -> float:
        """Seconds since the epoch, by the desk's clock."""
        return self.desk.clock()

    def link(self, number: int) -> Link | None:
        """A link by its number."""
        return next((link for link in self.desk.store.links() if link.id == number), None)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose browser it is; ``session`` is the hash of its cookie, ``csrf`` what its requests carry."""

    worker: Worker
    session: bytes
    csrf: str


def house_of(request: Request) -> House:
    """The house of an application."""
    house: House = request.app.state.house
    return house


def caller(request: Request) -> Caller:
    """Who calls, if they may call this.

    A dependency of every route but ``/api/enter``: 401 without a session, 403 for a role that the table does not name
    or, of a POST, without the session's own CSRF token.
    """
    house = house_of(request)
    allowed = ROLES.get((request.method, request.scope["route"].path))
    cookie = cookie_of(request.scope, house.settings.cookie)
    session = None if cookie is None else house.desk.store.session(digest(cookie), house.now())
    if cookie is None or session is None:
        raise HTTPException(401, "Open your link again: this browser has no session, or it has ended.")
    worker = house.desk.store.worker(session.worker)
    if worker is None or allowed is None or worker.role not in allowed:
        raise HTTPException(403, "Your link does not allow that.")
    if request.method == "POST":
        given = request.headers.getlist("x-csrf")
        if len(given) != 1 or not same(digest(given[0]), session.csrf_hash):
            raise HTTPException(403, "This page is out of date; load it again.")
    return Caller(worker, digest(cookie), house.keys.csrf(cookie))
