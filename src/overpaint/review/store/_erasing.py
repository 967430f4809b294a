"""What is left in the store of a picture that went into the no-view lane: counts, and nothing that names it."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._schema import answer, event, gold_key, lease, permit, question, token, withdrawn
from overpaint.review.store._tally import GOLD, Tally

__all__ = ["Erasing"]

_WITHDRAWN = (
    sa.select(question.c.id, question.c.name, question.c.kind, question.c.thing, question.c.gold)
    .where(question.c.sample == sa.bindparam("sample"), sa.text("state = 'withdrawn'"))
    .order_by(question.c.id)
    .with_for_update(key_share=True)
)
_NOTHING = {"size": [0, 0, 1, 0], "basis": "erased"}


class Erasing:
    """The part of the store that forgets pictures."""

    _database: Database

    def withdrawn(self, *, reason: str) -> list[str]:
        """Samples that were withdrawn for a reason and are not erased yet."""
        found = sa.select(withdrawn.c.sample).where(withdrawn.c.reason == reason).order_by(withdrawn.c.at)
        return list(self._database.read(lambda connection: connection.execute(found).scalars().all()))

    def erase(self, sample: str, *, known_as: str) -> int:
        """Forget which picture a withdrawn sample was, and what was said of it; how many questions it had.

        Parameters
        ----------
        known_as
            A keyed hash of the sample, by which it is withdrawn from now on. Questions about the sample itself can be
            added again: whoever adds them knows better than to ask about what is in the lane.
        """

        def work(connection: sa.Connection) -> int:
            rows = connection.execute(_WITHDRAWN, {"sample": sample}).all()
            tally = Tally()
            for row in rows:
                _erase(connection, row.id, row.name)
                if row.gold:
                    tally.move(row.kind, row.thing, GOLD, "withdrawn")
            tally.flush(connection)
            connection.execute(sa.delete(permit).where(permit.c.sample == sample))
            _unname(connection, sample)
            if connection.execute(sa.select(withdrawn.c.at).where(withdrawn.c.sample == known_as)).first() is None:
                change = sa.update(withdrawn).where(withdrawn.c.sample == sample)
                connection.execute(change.values(sample=known_as, reason="erased"))
            else:
                connection.execute(sa.delete(withdrawn).where(withdrawn.c.sample == sample))
            return len(rows)

        done = self._database.write(work)
        self._database.checkpoint()
        return done


def _unname(connection: sa.Connection, sample: str) -> None:
    """The log's one exception: that an auditor asked for a picture stays, which one it was does not."""
    asked = sa.select(event.c.id, event.c.what).where(event.c.event == "audit-request")
    for row in connection.execute(asked).all():
        if row.what.get("sample") == sample:
            change = sa.update(event).where(event.c.id == row.id)
            connection.execute(change.values(what={**row.what, "sample": ""}))


def _erase(connection: sa.Connection, number: int, name: str) -> None:
    """Of one question: what it was about, its answers, its key, and who had it when. It stays as a number."""
    leases = sa.select(lease.c.id).where(lease.c.question == number)
    connection.execute(sa.delete(token).where(token.c.lease.in_(leases)))
    for table in (lease, answer, gold_key):
        connection.execute(sa.delete(table).where(table.c.question == number))
    unnamed = f"erased-{secrets.token_hex(12)}"  # a question's name is a hash of its sample
    children = sa.update(question).where(question.c.parent == name, sa.text("parent <> ''"))
    connection.execute(children.values(parent=unnamed))
    gone = {
        "name": unnamed,
        "sample": "",
        "parent": "",
        "body": _NOTHING,
        "verdict": None,
        "given": 0,
        "held": 0,
        "forgotten": 0,
        "gold": 0,
    }
    connection.execute(sa.update(question).where(question.c.id == number).values(gone))
