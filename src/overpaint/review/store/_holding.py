"""Leases as rows: made, given back, counted. A question's row is the lock of all that belongs to it.

Every transaction locks in one order: the worker, then questions by number, then the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from overpaint.review.store._facts import Lease
from overpaint.review.store._rows import digest, new_token, stored
from overpaint.review.store._schema import lease, question, token, worker
from overpaint.review.store._types import Line

__all__ = ["HELD", "active", "give_back", "hold", "lock_questions", "release"]

HELD = sa.text("lease.state = 'held'")
_CHUNK = 500

_WORKER = (
    sa.select(worker.c.state, worker.c.revoked)
    .where(worker.c.id == sa.bindparam("worker"))
    .with_for_update(key_share=True)
)
_LOCK = sa.select(question.c.id).where(question.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(question.c.id)
_END = (
    sa.update(lease)
    .where(lease.c.question.in_(sa.bindparam("ids", expanding=True)), HELD)
    .values(state=sa.bindparam("to"), bars=0, ended_at=sa.bindparam("now"))
    .returning(lease.c.question)
)
_GIVE_BACK = (
    sa.update(question).where(question.c.id == sa.bindparam("one")).values(held=question.c.held - sa.bindparam("n"))
)
_TAKEN = sa.update(question).where(question.c.id == sa.bindparam("one")).values(held=question.c.held + 1)


def active(connection: sa.Connection, who: int) -> bool:
    """Lock a worker's row; whether they may take and answer: active, and their link not revoked."""
    row = connection.execute(_WORKER, {"worker": who}).one_or_none()
    return row is not None and row.state == "active" and not row.revoked


def lock_questions(connection: sa.Connection, ids: Sequence[int], *, busy: bool = True) -> list[int]:
    """Lock questions by number; those that another transaction has are waited for, or left out (``busy=False``)."""
    statement = _LOCK.with_for_update(key_share=True, skip_locked=not busy)
    return list(connection.execute(statement, {"ids": sorted(set(ids))}).scalars())


def give_back(connection: sa.Connection, questions: Counter[int]) -> None:
    """Take places of locked questions back."""
    rows = [{"one": one, "n": n} for one, n in sorted(questions.items())]
    if rows:
        connection.execute(_GIVE_BACK, rows)


def release(
    connection: sa.Connection,
    questions: Sequence[int],
    *,
    state: str,
    now: float | None = None,
    only: sa.ColumnElement[bool] | None = None,
    busy: bool = True,
) -> int:
    """End held leases of questions (``only`` some of them) and give their places back; how many there were.

    ``busy=False`` leaves out questions that another transaction has locked.
    """
    ended = 0
    questions = sorted(set(questions))
    for start in range(0, len(questions), _CHUNK):
        ids = lock_questions(connection, questions[start : start + _CHUNK], busy=busy)
        if not ids:
            continue
        statement = _END if only is None else _END.where(only)
        gone = Counter(connection.execute(statement, {"ids": ids, "to": state, "now": now}).scalars())
        give_back(connection, gone)
        ended += gone.total()
    return ended


def hold(connection: sa.Connection, row: Line, who: int, *, now: float, until: float) -> Lease:
    """Put a locked question into somebody's hands."""
    made = connection.execute(
        sa.insert(lease).returning(lease.c.id),
        {"worker": who, "question": row.id, "state": "held", "bars": 1, "taken_at": now, "expires": until},
    ).scalar_one()
    text = new_token()
    connection.execute(sa.insert(token), {"hash": digest(text), "lease": made})
    connection.execute(_TAKEN, {"one": row.id})
    told = stored(row)
    return Lease(text, replace(told, out=told.out + 1), who, now, until)
