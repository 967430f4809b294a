"""What is left in the store of a picture that went into the no-view lane: counts, and nothing that names it."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._schema import answer, gold_key, permit, question, withdrawn

__all__ = ["Erasing"]

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
            ids = list(
                connection.execute(
                    sa.select(question.c.id).where(question.c.sample == sample, sa.text("state = 'withdrawn'"))
                ).scalars()
            )
            for number in ids:
                gone = {"sample": "", "name": f"erased-{secrets.token_hex(12)}", "body": _NOTHING, "verdict": None}
                connection.execute(sa.update(question).where(question.c.id == number).values(**gone))
                connection.execute(sa.delete(answer).where(answer.c.question == number))
                connection.execute(sa.delete(gold_key).where(gold_key.c.question == number))
                connection.execute(
                    sa.update(question).where(question.c.id == number).values(given=0, forgotten=0, gold=0)
                )
            connection.execute(sa.delete(permit).where(permit.c.sample == sample))
            if connection.execute(sa.select(withdrawn.c.at).where(withdrawn.c.sample == known_as)).first() is None:
                change = sa.update(withdrawn).where(withdrawn.c.sample == sample)
                connection.execute(change.values(sample=known_as, reason="erased"))
            else:
                connection.execute(sa.delete(withdrawn).where(withdrawn.c.sample == sample))
            return len(ids)

        done = self._database.write(work)
        self._database.checkpoint()
        return done
