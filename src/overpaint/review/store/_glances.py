"""Two quick looks at the whole: how much was answered, and whether anything may yet come to somebody."""

from __future__ import annotations

import sqlalchemy as sa

from overpaint.review.store._database import Database
from overpaint.review.store._queue import not_had
from overpaint.review.store._schema import answer, question

__all__ = ["Glances"]

_ANSWERED = sa.select(sa.func.count()).select_from(answer).where(sa.text("answer.current = 1"))
_LEFT = (
    sa.select(question.c.id)
    .where(
        sa.text("question.state = 'open'"),
        sa.text("question.gold = 0"),
        question.c.sensitive <= sa.bindparam("sensitive"),
        not_had(),
    )
    .limit(sa.literal_column("1"))
)


class Glances:
    """The part of the store that looks at the whole."""

    _database: Database

    def answered(self) -> int:
        """How many answers there are, gold ones and unused ones too; of one that was taken back only the last."""
        return int(self._database.read(lambda connection: connection.execute(_ANSWERED).scalar_one()))

    def outstanding(self, worker: int, *, sensitive: bool = True) -> bool:
        """Whether a question is open that this person has not had, be it in somebody else's hands now."""
        bound = {"worker": worker, "sensitive": int(sensitive)}
        return self._database.read(lambda connection: connection.execute(_LEFT, bound).first() is not None)
