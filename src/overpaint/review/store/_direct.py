"""Putting a named question into somebody's hands, for answers that were given elsewhere."""

from __future__ import annotations

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._facts import Lease
from overpaint.review.store._holding import active, hold, lock_questions
from overpaint.review.store._rows import WHOLE
from overpaint.review.store._schema import lease
from overpaint.review.store._schema import question as table

__all__ = ["Direct"]

_ONE = WHOLE.where(table.c.id == sa.bindparam("id"))
_HAD = sa.select(lease.c.id).where(
    lease.c.worker == sa.bindparam("worker"), lease.c.question == sa.bindparam("id"), sa.text("lease.bars = 1")
)
_ASKED = frozenset({"open", "settled"})


class Direct:
    """The part of the store that hands out a question by its number."""

    _database: Database

    def hand(self, worker: int, question: int, *, now: float, lease_seconds: float) -> Lease | None:
        """Hand out one question, whether or not an answer is wanted: somebody has answered it already, elsewhere.

        None where this person had it before, may not answer, or the question is not asked (waiting, pruned, withdrawn)
        or is a gold one.
        """

        def work(connection: sa.Connection) -> Lease | None:
            if not active(connection, worker) or not lock_questions(connection, [question]):
                return None
            row = connection.execute(_ONE, {"id": question}).one()
            had = connection.execute(_HAD, {"worker": worker, "id": question}).first()
            if had is not None or row.state not in _ASKED or row.gold:
                return None
            if row.state == "settled":  # else an answer that nobody waits for is refused
                room = sa.update(table).where(table.c.id == question, table.c.wanted <= table.c.given + table.c.held)
                connection.execute(room.values(wanted=table.c.given + table.c.held + 1))
            return hold(connection, row, worker, now=now, until=now + lease_seconds)

        return self._database.write(work)

    def bar(self, worker: int, question: int, *, now: float, reason: str) -> None:
        """Never offer a question to somebody, as if they had skipped it; whether or not they are there just now."""
        row = {"worker": worker, "question": question, "state": "skipped", "bars": 1, "taken_at": now, "expires": now}

        def work(connection: sa.Connection) -> None:
            active(connection, worker)  # locks them first, as all do
            lock_questions(connection, [question])
            if connection.execute(_HAD, {"worker": worker, "id": question}).first() is None:
                connection.execute(sa.insert(lease), row | {"ended_at": now, "reason": reason[:200]})

        self._database.write(work)
