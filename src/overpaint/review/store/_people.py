"""Links, and the people who came by them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from overpaint.errors import ReviewError
from overpaint.review.store._database import Database
from overpaint.review.store._facts import ROLES, WORKER_STATES, Link, Worker
from overpaint.review.store._holding import HELD, active, release
from overpaint.review.store._schema import lease, link, session, worker
from overpaint.review.store._types import Line

__all__ = ["People"]

_MOST_TEXT = 4000

_LINKS = sa.select(link.c.id, link.c.role, link.c.expires, link.c.settings, link.c.created_at, link.c.revoked_at)
_WORKERS = sa.select(
    worker.c.id,
    worker.c.pseudonym,
    link.c.role,
    worker.c.link,
    worker.c.state,
    worker.c.reason,
    worker.c.consented_at,
    worker.c.appeal,
    worker.c.created_at,
    worker.c.trust,
).join(link, link.c.id == worker.c.link)
_HELD_BY = sa.select(lease.c.question).where(lease.c.worker == sa.bindparam("worker"), HELD)


class People:
    """The part of the store that is about people."""

    _database: Database

    def add_link(
        self, *, role: str, token_hash: bytes, expires: float, settings: Mapping[str, Any], now: float
    ) -> Link:
        """Make an invitation; only the hash of its token is kept."""
        if role not in ROLES:
            raise ReviewError(f"there is no role {role!r}; there are {', '.join(ROLES)}")
        row = {"role": role, "token_hash": token_hash, "expires": expires, "settings": settings, "created_at": now}

        def work(connection: sa.Connection) -> Link:
            made = connection.execute(sa.insert(link).returning(link.c.id), row).scalar_one()
            return Link(made, role, expires, dict(settings), now, None)

        return self._database.write(work)

    def links(self) -> list[Link]:
        """All invitations, oldest first."""
        statement = _LINKS.order_by(link.c.id)
        return self._database.read(lambda connection: [Link(*row) for row in connection.execute(statement)])

    def link_by_hash(self, token_hash: bytes) -> Link | None:
        """The invitation with that token; ask it whether it is `Link.live`."""
        statement = _LINKS.where(link.c.token_hash == token_hash)
        row = self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return None if row is None else Link(*row)

    def revoke_link(self, id: int, now: float) -> int:  # noqa: A002
        """End an invitation, the sessions of those who came by it, and what they have in hand; how many they are."""

        def work(connection: sa.Connection) -> int:
            change = sa.update(link).where(link.c.id == id, link.c.revoked_at.is_(None)).values(revoked_at=now)
            connection.execute(change)
            of_link = sa.select(worker.c.id).where(worker.c.link == id).order_by(worker.c.id)
            people = list(connection.execute(of_link.with_for_update(key_share=True)).scalars())
            connection.execute(sa.update(worker).where(worker.c.link == id).values(revoked=1))
            for one in people:
                connection.execute(sa.delete(session).where(session.c.worker == one))
                _empty_hands(connection, one, now)
            return len(people)

        return self._database.write(work)

    def worker_for(self, link: int, outside: bytes | None, *, now: float) -> Worker:
        """Who comes by a link: the same person for the same ``outside`` id (a keyed hash), a new one for None.

        Raises
        ------
        ReviewError
            The link is unknown, has run out or was revoked.
        """
        return self._database.write(lambda connection: _worker_for(connection, link, outside, now))

    def worker(self, id: int) -> Worker | None:  # noqa: A002
        """The worker of that number."""
        statement = _WORKERS.where(worker.c.id == id)
        row = self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return None if row is None else _worker(row)

    def workers(self, after: int = 0, limit: int = 1000) -> list[Worker]:
        """Up to ``limit`` workers whose number is above ``after``, by number."""
        statement = _WORKERS.where(worker.c.id > after).order_by(worker.c.id).limit(max(0, min(limit, 100_000)))
        return self._database.read(lambda connection: [_worker(row) for row in connection.execute(statement)])

    def set_worker(
        self,
        id: int,  # noqa: A002
        *,
        state: str | None = None,
        reason: str | None = None,
        consented_at: float | None = None,
        appeal: str | None = None,
        trust: Mapping[str, Any] | None = None,
        now: float | None = None,
    ) -> None:
        """Change what is given. Whoever is stopped or leaves has nothing in hand any more.

        Their answers stay as they are: `use_answers` says whether they count.
        """
        if state is not None and state not in WORKER_STATES:
            raise ReviewError(f"a worker is {', '.join(WORKER_STATES)}, not {state!r}")
        told = {"state": state, "reason": reason, "consented_at": consented_at, "appeal": appeal, "trust": trust}
        changes = {name: value for name, value in told.items() if value is not None}
        if len(appeal or "") > _MOST_TEXT or len(reason or "") > _MOST_TEXT:
            raise ReviewError(f"an appeal or a reason has at most {_MOST_TEXT:,} characters")

        def work(connection: sa.Connection) -> None:
            active(connection, id)
            if changes and not connection.execute(sa.update(worker).where(worker.c.id == id).values(changes)).rowcount:
                raise ReviewError(f"there is no worker {id}")
            if state in {"stopped", "left"}:
                _empty_hands(connection, id, now)

        self._database.write(work)


def _worker(row: Line) -> Worker:
    return Worker(*row)


def _empty_hands(connection: sa.Connection, who: int, now: float | None) -> None:
    held = list(connection.execute(_HELD_BY, {"worker": who}).scalars())
    release(connection, held, state="revoked", now=now, only=lease.c.worker == who)


def _worker_for(connection: sa.Connection, which: int, outside: bytes | None, now: float) -> Worker:
    found = connection.execute(_LINKS.where(link.c.id == which).with_for_update(read=True)).one_or_none()
    if found is None or not Link(*found).live(now):
        raise ReviewError("this link is not in force: ask for a new one")
    if outside is not None:
        known = _WORKERS.where(worker.c.link == which, worker.c.outside == outside)
        if (row := connection.execute(known).one_or_none()) is not None:
            return _worker(row)
    pseudonym = f"w-{secrets.token_hex(4)}"
    made = connection.execute(
        sa.insert(worker).returning(worker.c.id),
        {
            "pseudonym": pseudonym,
            "link": which,
            "outside": outside,
            "state": "active",
            "revoked": 0,
            "created_at": now,
        },
    ).scalar_one()
    return Worker(made, pseudonym, found.role, which, "active", None, None, None, now, None)
