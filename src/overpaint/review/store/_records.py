"""Settings, sessions, grants, the log, and what the models know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._facts import Event, Grant, Session
from overpaint.review.store._rows import inserting
from overpaint.review.store._schema import event, permit, session, setting, skill, worker

__all__ = ["Records"]

_SESSION = (
    sa.select(session.c.worker, session.c.csrf_hash, session.c.expires)
    .join(worker, worker.c.id == session.c.worker)
    .where(
        session.c.cookie_hash == sa.bindparam("hash"), session.c.expires > sa.bindparam("now"), worker.c.revoked == 0
    )
)
_GRANTS = (
    sa.select(
        permit.c.id, permit.c.auditor, permit.c.sample, permit.c.reason, permit.c.by, permit.c.expires, permit.c.at
    )
    .where(permit.c.auditor == sa.bindparam("auditor"), permit.c.expires > sa.bindparam("now"))
    .order_by(permit.c.id)
)
_EVENTS = sa.select(event.c.id, event.c.at, event.c.event, event.c.who, event.c.what).order_by(event.c.id)


class Records:
    """The part of the store that keeps books."""

    _database: Database

    def settings(self) -> dict[str, Any]:
        """The review's settings, by name."""
        rows = self._database.read(lambda connection: connection.execute(sa.select(setting)).all())
        return {row.name: row.value["is"] for row in rows}

    def set_settings(self, changes: Mapping[str, Any]) -> None:
        """Change those that are named; the rest stay. None removes one."""

        def work(connection: sa.Connection) -> None:
            for name, value in sorted(changes.items()):
                if value is None:
                    connection.execute(sa.delete(setting).where(setting.c.name == name))
                else:
                    _put(connection, setting, {"name": name}, {"value": {"is": value}})

        self._database.write(work)

    def skills(self, family: str) -> dict[str, Any]:
        """What a family of models has learnt; empty at first."""
        statement = sa.select(skill.c.value).where(skill.c.family == family)
        found = self._database.read(lambda connection: connection.execute(statement).scalar_one_or_none())
        return found or {}

    def set_skills(self, family: str, value: Mapping[str, Any]) -> None:
        """Keep what a family of models has learnt, in place of what was kept."""
        self._database.write(lambda connection: _put(connection, skill, {"family": family}, {"value": value}))

    def open_session(self, worker: int, *, cookie_hash: bytes, csrf_hash: bytes, expires: float, now: float) -> None:
        """Remember a browser by the hashes of its cookie and its CSRF token; sessions that ran out are removed."""
        row = {"cookie_hash": cookie_hash, "csrf_hash": csrf_hash, "worker": worker, "expires": expires}

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(session).where(session.c.expires <= now))
            connection.execute(sa.insert(session), row)

        self._database.write(work)

    def session(self, cookie_hash: bytes, now: float) -> Session | None:
        """The session of a cookie; None when it is over, or its link was revoked."""
        values = {"hash": cookie_hash, "now": now}
        row = self._database.read(lambda connection: connection.execute(_SESSION, values).one_or_none())
        return None if row is None else Session(*row)

    def close_session(self, cookie_hash: bytes) -> None:
        """End a session."""
        statement = sa.delete(session).where(session.c.cookie_hash == cookie_hash)
        self._database.write(lambda connection: connection.execute(statement))

    def grant(self, *, auditor: int, sample: str, reason: str, by: int, expires: float, now: float) -> int:
        """Let an auditor see one sample's picture until ``expires``; it is logged with the grant."""
        row = {"auditor": auditor, "sample": sample, "reason": reason, "by": by, "expires": expires, "at": now}

        def work(connection: sa.Connection) -> int:
            made = int(connection.execute(sa.insert(permit).returning(permit.c.id), row).scalar_one())
            _log(connection, "grant", by, {"grant": made, "auditor": auditor, "reason": reason}, now)
            return made

        return self._database.write(work)

    def grants(self, auditor: int, now: float) -> list[Grant]:
        """What an auditor may see now."""
        values = {"auditor": auditor, "now": now}
        return self._database.read(lambda connection: [Grant(*row) for row in connection.execute(_GRANTS, values)])

    def log(self, event: str, *, who: int | None, what: Mapping[str, Any], now: float) -> None:
        """Add a line to the log. None is taken out; `erase` alone changes one, to leave a sample unnamed."""
        self._database.write(lambda connection: _log(connection, event, who, what, now))

    def events(self, after: int = 0, limit: int = 1000) -> list[Event]:
        """Up to ``limit`` lines of the log whose number is above ``after``."""
        statement = _EVENTS.where(event.c.id > after).limit(max(0, min(limit, 100_000)))
        return self._database.read(lambda connection: [Event(*row) for row in connection.execute(statement)])


def _log(connection: sa.Connection, name: str, who: int | None, what: Mapping[str, Any], now: float) -> None:
    connection.execute(sa.insert(event), {"event": name, "who": who, "what": what, "at": now})


def _put(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], value: Mapping[str, Any]) -> None:
    statement = inserting(connection, table).values(**key, **value)
    changed = {name: statement.excluded[name] for name in value}
    connection.execute(statement.on_conflict_do_update(index_elements=[table.c[name] for name in key], set_=changed))
