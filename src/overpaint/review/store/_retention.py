"""Forgetting: what people said long ago stays as what was decided, not as who said it and how."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from overpaint.review.store._database import Database, plan_freely
from overpaint.review.store._facts import Forgotten
from overpaint.review.store._holding import lock_questions
from overpaint.review.store._schema import answer, lease, question, session, token, worker

__all__ = ["Retention"]

_BATCH = 500
_DONE = ("settled", "pruned", "withdrawn")

_OLD = (
    sa.select(answer.c.question)
    .join(question, question.c.id == answer.c.question)
    .where(answer.c.at < sa.bindparam("before"), sa.or_(question.c.state.in_(_DONE), question.c.gold > 0))
    .distinct()
    .limit(_BATCH)
)


class Retention:
    """The part of the store that forgets."""

    _database: Database

    def forget(self, *, before: float) -> Forgotten:
        """Remove what was answered before a time from all questions that are done (settled, pruned, gold …).

        Of a settled question the verdict stays, and how many had answered. An open question's answers stay until it
        is settled, without the seconds. A workforce's id of a person goes once the person has no answer left and
        came before that time. Sessions that ended before it go.
        """
        answers = leases = 0
        while True:
            gone, ended = self._database.write(lambda connection: _forget_some(connection, before))
            answers, leases = answers + gone, leases + ended
            if not gone:
                break
        rest = self._database.write(lambda connection: _forget_rest(connection, before))
        return Forgotten(answers, leases, *rest)


def _forget_some(connection: sa.Connection, before: float) -> tuple[int, int]:
    found = list(connection.execute(_OLD, {"before": before}).scalars())
    if not found:
        return 0, 0
    ids = lock_questions(connection, found)
    done = sa.select(question.c.id).where(
        question.c.id.in_(ids), sa.or_(question.c.state.in_(_DONE), question.c.gold > 0)
    )
    old = answer.c.question.in_(done), answer.c.at < before
    gone = connection.execute(
        sa.delete(answer).where(*old).returning(answer.c.question, answer.c.worker, answer.c.used)
    ).all()
    counts = Counter(row.question for row in gone if row.used)
    if counts:
        change = sa.update(question).where(question.c.id == sa.bindparam("one"))
        connection.execute(
            change.values(forgotten=question.c.forgotten + sa.bindparam("n")),
            [{"one": one, "n": n} for one, n in sorted(counts.items())],
        )
    return len(gone), _forget_leases(connection, ids, before)


def _forget_leases(connection: sa.Connection, ids: list[int], before: float) -> int:
    """The ended leases of these questions: they say who had what, and when."""
    kept = sa.select(answer.c.id).where(
        answer.c.question == lease.c.question, answer.c.worker == lease.c.worker, answer.c.current == 1
    )
    over = sa.select(lease.c.id).where(
        lease.c.question.in_(ids), lease.c.state != "held", lease.c.taken_at < before, ~kept.exists()
    )
    leases = list(connection.execute(over).scalars())
    for start in range(0, len(leases), _BATCH):
        some = leases[start : start + _BATCH]
        connection.execute(sa.delete(token).where(token.c.lease.in_(some)))
        connection.execute(sa.delete(lease).where(lease.c.id.in_(some)))
    return len(leases)


def _forget_rest(connection: sa.Connection, before: float) -> tuple[int, int, int]:
    plan_freely(connection)
    sessions = connection.execute(sa.delete(session).where(session.c.expires < before)).rowcount
    has_answers = sa.select(answer.c.id).where(answer.c.worker == worker.c.id)
    has_session = sa.select(session.c.worker).where(session.c.worker == worker.c.id)
    idle = worker.c.outside.is_not(None), worker.c.created_at < before, ~has_answers.exists(), ~has_session.exists()
    outside = connection.execute(sa.update(worker).where(*idle).values(outside=None)).rowcount
    seconds = connection.execute(
        sa.update(answer).where(answer.c.at < before, answer.c.seconds.is_not(None)).values(seconds=None)
    ).rowcount
    return sessions, outside, seconds
