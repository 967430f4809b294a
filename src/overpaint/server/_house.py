"""What every route needs, and who is calling: sessions, roles, tokens of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import HTTPException, Request

from overpaint.review import Desk, Question
from overpaint.review.store import Lease, Link
from overpaint.server._guard import cookie_of
from overpaint.server._limits import Buckets, Recent
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


_PEOPLE = 100_000
_HANDED = 5_000


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
    people, handed
        What does not change of people, and of leases that were handed out, so as not to ask the store again.
    """

    desk: Desk
    pictures: PictureRoom | None
    keys: Keys
    settings: ServerSettings
    attempts: Buckets
    own: dict[bytes, int] = field(default_factory=dict)
    people: dict[int, tuple[int, str, bool]] = field(default_factory=dict)
    handed: Recent[str, Lease] = field(default_factory=lambda: Recent(_HANDED))

    def now(self) -> float:
        """Seconds since the epoch, by the desk's clock."""
        return self.desk.clock()

    def person(self, number: int) -> tuple[int, str, bool] | None:
        """Link, role, and whether they agreed to what is recorded; remembered once they have."""
        known = self.people.get(number)
        if known is None:
            worker = self.desk.store.worker(number)
            if worker is None:
                return None
            known = worker.link, worker.role, worker.consented_at is not None
            if known[2]:
                if len(self.people) >= _PEOPLE:
                    self.people.clear()
                self.people[number] = known
        return known

    def lease(self, token: str, worker: int) -> Lease | None:
        """Somebody's lease as it was handed out: who has it and what is asked; its state may be another by now."""
        lease = self.handed.get(token) or self.desk.store.lease(token)
        return None if lease is None or lease.worker != worker else lease

    def link(self, number: int) -> Link | None:
        """A link by its number."""
        return next((link for link in self.desk.store.links() if link.id == number), None)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose browser it is; ``session`` is the hash of its cookie, ``csrf`` what its requests carry.

    Only what never changes again is here (``consented`` turns true once): the rest is asked of the store when it
    matters.
    """

    worker: int
    link: int
    role: str
    consented: bool
    session: bytes
    csrf: str

    @property
    def works(self) -> bool:
        """Whether they may see questions: crowd workers and reviewers after they agreed to what is recorded."""
        return self.consented or self.role not in {"worker", "reviewer"}


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
    who = house.person(session.worker)
    if who is None or allowed is None or who[1] not in allowed:
        raise HTTPException(403, "Your link does not allow that.")
    if request.method == "POST":
        given = request.headers.getlist("x-csrf")
        if len(given) != 1 or not same(digest(given[0]), session.csrf_hash):
            raise HTTPException(403, "This page is out of date; load it again.")
    link, role, consented = who
    return Caller(session.worker, link, role, consented, digest(cookie), house.keys.csrf(cookie))
