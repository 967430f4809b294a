"""What is decided of questions: settled, asked again, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from overpaint.errors import ReviewError
from overpaint.review.store._database import Database
from overpaint.review.store._hierarchy import resolve_children, set_state
from overpaint.review.store._holding import release
from overpaint.review.store._questions import WITHDRAWING
from overpaint.review.store._rows import WHOLE, inserting
from overpaint.review.store._schema import question, withdrawn
from overpaint.review.store._tally import Tally

__all__ = ["Verdicts"]

_QUESTION = WHOLE.where(question.c.id == sa.bindparam("id")).with_for_update(key_share=True)
_OF_SAMPLE = (
    WHOLE.where(question.c.sample == sa.bindparam("sample"), sa.text("state <> 'withdrawn'"))
    .order_by(question.c.id)
    .with_for_update(key_share=True)
)


class Verdicts:
    """The part of the store that is about what was decided."""

    _database: Database

    def judge(
        self,
        question: int,
        *,
        state: str,
        wanted: int,
        verdict: Mapping[str, Any],
        now: float,
        given: int | None = None,
    ) -> bool:
        """Write what the answers so far say, and whether more are wanted; children open, wait or are pruned.

        Parameters
        ----------
        state
            ``settled`` or ``open``. A settled one's children with ``wants == verdict["answer"]`` open, others are
            pruned; one that is open again has its untouched children wait.
        wanted
            So many answers in all. More than are given or in hand, and open: it is handed out again.
        given
            From so many answers the verdict was made: if there are more or fewer by now, nothing is changed, and
            whoever judged looks again. None: whatever there are.

        Returns
        -------
        bool
            False: nothing was changed, for other answers came, or it is gold, waiting, pruned or withdrawn.
        """
        if state not in {"open", "settled"}:
            raise ReviewError(f"a question is judged open or settled, not {state}")
        if wanted < 0:
            raise ReviewError(f"wanted is {wanted}: it cannot be negative")
        values = {"state": state, "wanted": wanted, "verdict": verdict}
        return self._database.write(lambda connection: _judge(connection, question, values, now=now, given=given))

    def withdraw(self, sample: str, *, reason: str, now: float) -> int:
        """Take back all questions of a sample, at once, and out of people's hands; how many there were.

        Questions of it that are added later are withdrawn from the start. What depends on them is pruned.
        """
        if not sample:
            raise ReviewError("no sample was named: questions without a picture cannot be withdrawn together")

        def work(connection: sa.Connection) -> int:
            if connection.dialect.name != "sqlite":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WITHDRAWING)))
            put = inserting(connection, withdrawn).values(sample=sample, reason=reason, at=now)
            connection.execute(put.on_conflict_do_nothing(index_elements=[withdrawn.c.sample]))
            rows = connection.execute(_OF_SAMPLE, {"sample": sample}).all()
            tally = Tally()
            release(connection, [row.id for row in rows], state="revoked", now=now)
            for row in rows:
                set_state(connection, row, "withdrawn", tally)
            for row in rows:
                resolve_children(connection, row.name, tally)
            tally.flush(connection)
            return len(rows)

        return self._database.write(work)


def _judge(connection: sa.Connection, which: int, values: Mapping[str, Any], *, now: float, given: int | None) -> bool:
    row = connection.execute(_QUESTION, {"id": which}).one_or_none()
    if row is None:
        raise ReviewError(f"there is no question {which}")
    if row.gold or row.state not in {"open", "settled"} or given not in {None, row.given}:
        return False
    state = values["state"]
    settled_at = None if state == "open" else row.settled_at if row.state == "settled" else now
    connection.execute(sa.update(question).where(question.c.id == which).values(**values, settled_at=settled_at))
    tally = Tally()
    if state != row.state:
        tally.move(row.kind, row.thing, row.state, state)
    if "settled" in {state, row.state}:
        resolve_children(connection, row.name, tally)
    tally.flush(connection)
    return True
