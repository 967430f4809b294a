"""Keeping answers: each person's once, however often it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._facts import Answer, Receipt
from overpaint.review.store._holding import active, give_back, lock_questions
from overpaint.review.store._leases import leased
from overpaint.review.store._rows import WHOLE
from overpaint.review.store._schema import answer, lease, question
from overpaint.review.store._types import Line

__all__ = ["Answers"]

_MOST_TIME = 7 * 86400.0
_ORDERING = 0x6F76_616E
"""PostgreSQL's advisory lock between writing answers (shared) and reading on from a number (alone)."""

_QUESTION = WHOLE.where(question.c.id == sa.bindparam("id"))
_CURRENT = sa.select(answer.c.id, answer.c.value, answer.c.at, answer.c.used).where(
    answer.c.question == sa.bindparam("question"),
    answer.c.worker == sa.bindparam("worker"),
    sa.text("answer.current = 1"),
)
_PUT = sa.insert(answer).returning(answer.c.id)
_END = (
    sa.update(lease)
    .where(lease.c.id == sa.bindparam("one"))
    .values(state=sa.bindparam("to"), bars=sa.bindparam("barred"), ended_at=sa.bindparam("now"))
)
_GIVEN = sa.update(question).where(question.c.id == sa.bindparam("one"))
_KEEP_HELD = _GIVEN.values(given=question.c.given + 1, held=question.c.held - 1)
_KEEP_LATE = _GIVEN.values(given=question.c.given + 1)
_OTHER = sa.select(lease.c.id, lease.c.state).where(
    lease.c.worker == sa.bindparam("worker"),
    lease.c.question == sa.bindparam("question"),
    sa.text("lease.bars = 1"),
)
_OF_WORKER = sa.select(answer.c.id, answer.c.question).where(
    answer.c.worker == sa.bindparam("worker"), sa.text("answer.current = 1"), answer.c.used == sa.bindparam("was")
)
_ANSWER_COLUMNS = sa.select(
    answer.c.id,
    answer.c.question,
    answer.c.worker,
    answer.c.value,
    answer.c.seconds,
    answer.c.at,
    answer.c.used,
)


@dataclass(frozen=True, slots=True)
class _Sent:
    value: Mapping[str, Any]
    seconds: float
    now: float

    def row(self, found: Line, who: int) -> dict[str, Any]:
        return {
            "question": found.id,
            "worker": who,
            "kind": found.kind,
            "value": self.value,
            "seconds": min(max(self.seconds, 0.0), _MOST_TIME),
            "at": self.now,
            "used": 1,
            "current": 1,
        }


class Answers:
    """The part of the store that keeps answers."""

    _database: Database

    def answer(self, token: str, value: Mapping[str, Any], *, seconds: float, now: float) -> Receipt:
        """Keep an answer, once: sending it again changes nothing and is told ``already``.

        Parameters
        ----------
        value
            What `overpaint.review.checked` made of what was sent.
        seconds
            How long the person took.
        """
        sent = _Sent(value, seconds, now)
        return self._database.write(lambda connection: _answer(connection, token, sent))

    def amend(self, token: str, value: Mapping[str, Any], *, seconds: float, now: float, within: float) -> Receipt:
        """Put another answer in place of the worker's own, given less than ``within`` seconds ago.

        The old one stays, unused. Refused once others' answers settled the question, and for visible gold, whose
        answer the worker has been told.
        """
        sent = _Sent(value, seconds, now)
        return self._database.write(lambda connection: _amend(connection, token, sent, within))

    def answers(self, question: int, *, used_only: bool = True) -> list[Answer]:
        """The answers to a question, oldest first; ``used_only=False`` also those that do not count."""
        statement = _ANSWER_COLUMNS.where(answer.c.question == question).order_by(answer.c.id)
        if used_only:
            statement = statement.where(answer.c.current == 1, answer.c.used == 1)
        return self._database.read(lambda connection: [_told(row) for row in connection.execute(statement)])

    def answers_since(self, after: int, limit: int = 1000, *, kind: str | None = None) -> list[Answer]:
        """Up to ``limit`` answers whose number is above ``after``, used or not, by number.

        Whoever goes on after the last number they saw misses none: while this reads, no answer is half written.
        """
        statement = _ANSWER_COLUMNS.where(answer.c.id > after).order_by(answer.c.id).limit(max(0, min(limit, 100_000)))
        if kind is not None:
            statement = statement.where(answer.c.kind == str(kind))

        def work(connection: sa.Connection) -> list[Answer]:
            _order(connection, alone=True)
            return [_told(row) for row in connection.execute(statement)]

        return self._database.read(work)

    def use_answers(self, worker: int, used: bool) -> list[int]:  # noqa: FBT001 - the lead's interface
        """Let a worker's answers count, or not; the questions that this touched.

        A question that lost an answer and is open is asked again at once; a settled one when `judge` says so.
        """

        def work(connection: sa.Connection) -> list[int]:
            active(connection, worker)
            found = connection.execute(_OF_WORKER, {"worker": worker, "was": int(not used)}).all()
            touched = lock_questions(connection, [row.question for row in found])
            change = sa.update(answer).where(answer.c.id == sa.bindparam("one")).values(used=int(used))
            count = _GIVEN.values(given=question.c.given + (1 if used else -1))
            if found:
                connection.execute(change, [{"one": row.id} for row in found])
                connection.execute(count, [{"one": one} for one in touched])
            return touched

        return self._database.write(work)


def _order(connection: sa.Connection, *, alone: bool = False) -> None:
    if connection.dialect.name != "sqlite":
        lock = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        connection.execute(sa.select(lock(_ORDERING)))


def _answer(connection: sa.Connection, token: str, sent: _Sent) -> Receipt:
    own = leased(connection, token)
    if own is None:
        return Receipt("refused", None, 0)
    allowed = active(connection, own.worker)
    found = connection.execute(_QUESTION.with_for_update(key_share=True), {"id": own.question}).one()
    own = leased(connection, token)  # as it is now that nobody else can change it
    assert own is not None
    mine = {"question": found.id, "worker": own.worker}
    if (kept := connection.execute(_CURRENT, mine).one_or_none()) is not None:
        return Receipt("already", kept.id, found.id)
    if own.state == "held":
        wanted = found.state in {"open", "settled"} and not (found.state == "settled" and found.given >= found.wanted)
        if not allowed or not (wanted or found.gold):
            give_back(connection, Counter([found.id]))
            connection.execute(_END, {"one": own.id, "to": "revoked", "barred": 0, "now": sent.now})
            return Receipt("refused", None, found.id)
        return _keep(connection, own, found, sent, state="late" if sent.now > own.expires else "kept")
    if own.state != "expired" or not allowed:
        return Receipt("refused", None, found.id)
    return _late(connection, own, found, sent)


def _late(connection: sa.Connection, own: Line, found: Line, sent: _Sent) -> Receipt:
    """An answer whose place was given back: kept if there is a place still, or if this worker has it again."""
    other = connection.execute(_OTHER, {"question": found.id, "worker": own.worker}).one_or_none()
    if other is not None and other.state == "held":
        connection.execute(_END, {"one": other.id, "to": "expired", "barred": 0, "now": sent.now})
        return _keep(connection, own, found, sent, state="late")
    room = found.state in {"open", "settled"} and (found.gold or found.given + found.held < found.wanted)
    if other is not None or not room:
        return Receipt("refused", None, found.id)
    return _keep(connection, own, found, sent, state="late", place=False)


def _keep(connection: sa.Connection, own: Line, found: Line, sent: _Sent, *, state: str, place: bool = True) -> Receipt:
    _order(connection)
    kept = connection.execute(_PUT, sent.row(found, own.worker)).scalar_one()
    connection.execute(_END, {"one": own.id, "to": "answered", "barred": 1, "now": sent.now})
    connection.execute(_KEEP_HELD if place else _KEEP_LATE, {"one": found.id})
    return Receipt(state, kept, found.id)


def _amend(connection: sa.Connection, token: str, sent: _Sent, within: float) -> Receipt:
    own = leased(connection, token)
    if own is None:
        return Receipt("refused", None, 0)
    allowed = active(connection, own.worker)
    found = connection.execute(_QUESTION.with_for_update(key_share=True), {"id": own.question}).one()
    kept = connection.execute(_CURRENT, {"question": found.id, "worker": own.worker}).one_or_none()
    refused = Receipt("refused", None if kept is None else kept.id, found.id)
    if kept is None or not allowed or found.gold == 2 or found.state not in {"open", "settled"}:
        return refused
    if kept.value == dict(sent.value):
        return Receipt("already", kept.id, found.id)
    if sent.now - kept.at >= within or (found.state == "settled" and found.given > kept.used):
        return refused
    _order(connection)
    old = sa.update(answer).where(answer.c.id == kept.id).values(current=0, used=0)
    connection.execute(old)
    new = {**sent.row(found, own.worker), "used": kept.used}
    return Receipt("kept", connection.execute(_PUT, new).scalar_one(), found.id)


def _told(row: Line) -> Answer:
    return Answer(row.id, row.question, row.worker, row.value, row.seconds, row.at, bool(row.used))
