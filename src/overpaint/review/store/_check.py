"""Counting everything anew, to see whether what the store keeps adds up."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from overpaint.review.store._database import plan_freely
from overpaint.review.store._schema import answer, lease, question, token, worker
from overpaint.review.store._tally import GOLD, totals

__all__ = ["check"]

_SHOWN = 5


def check(connection: sa.Connection) -> list[str]:
    """One sentence for each thing that disagrees."""
    plan_freely(connection)
    return [*_counted(connection), *_rows(connection)]


def _counted(connection: sa.Connection) -> Iterator[str]:
    state = sa.case((question.c.gold > 0, GOLD), else_=question.c.state)
    counted = {
        (kind, thing, where): n
        for kind, thing, where, n in connection.execute(
            sa.select(question.c.kind, question.c.thing, state, sa.func.count()).group_by(
                question.c.kind, question.c.thing, state
            )
        )
    }
    kept = totals(connection)
    for key in sorted(counted.keys() | kept.keys()):
        if counted.get(key, 0) != kept.get(key, 0):
            yield f"{' '.join(key)}: {counted.get(key, 0)} questions, but counted as {kept.get(key, 0)}"


def _rows(connection: sa.Connection) -> Iterator[str]:
    for words, statement in _wrong().items():
        found = list(connection.execute(statement.limit(_SHOWN + 1)).scalars())
        if found:
            more = " and more" if len(found) > _SHOWN else ""
            yield f"{words}: {', '.join(str(one) for one in found[:_SHOWN])}{more}"


def _wrong() -> dict[str, sa.Select[tuple[int]]]:
    given = (
        sa.select(answer.c.question, sa.func.count().label("n"))
        .where(answer.c.used == 1)
        .group_by(answer.c.question)
        .subquery()
    )
    held = (
        sa.select(lease.c.question, sa.func.count().label("n"))
        .where(lease.c.state == "held")
        .group_by(lease.c.question)
        .subquery()
    )
    parent, kept = question.alias(), answer.alias()
    counted_given = sa.func.coalesce(given.c.n, 0) + question.c.forgotten
    return {
        "the answers given are not as many as counted, of questions": sa.select(question.c.id)
        .outerjoin(given, given.c.question == question.c.id)
        .where(question.c.given != counted_given),
        "the leases held are not as many as counted, of questions": sa.select(question.c.id)
        .outerjoin(held, held.c.question == question.c.id)
        .where(question.c.held != sa.func.coalesce(held.c.n, 0)),
        "held though nobody may answer, leases": sa.select(lease.c.id)
        .join(question, question.c.id == lease.c.question)
        .join(worker, worker.c.id == lease.c.worker)
        .where(
            lease.c.state == "held",
            sa.or_(
                question.c.state.in_(("waiting", "pruned", "withdrawn")),
                worker.c.state != "active",
                worker.c.revoked == 1,
            ),
        ),
        "answered without an answer, leases": sa.select(lease.c.id)
        .outerjoin(
            kept,
            sa.and_(kept.c.question == lease.c.question, kept.c.worker == lease.c.worker, kept.c.current == 1),
        )
        .where(lease.c.state == "answered", kept.c.id.is_(None)),
        "without a token, leases": sa.select(lease.c.id)
        .outerjoin(token, token.c.lease == lease.c.id)
        .where(lease.c.state == "held", token.c.lease.is_(None)),
        "counting though replaced, answers": sa.select(answer.c.id).where(answer.c.current == 0, answer.c.used == 1),
        "waiting though the parent is settled, questions": sa.select(question.c.id)
        .join(parent, parent.c.name == question.c.parent)
        .where(question.c.state == "waiting", question.c.gold == 0, parent.c.state.in_(("settled", "pruned"))),
        "settled without a time, questions": sa.select(question.c.id).where(
            question.c.state == "settled", question.c.settled_at.is_(None)
        ),
    }
