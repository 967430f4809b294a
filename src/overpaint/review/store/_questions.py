"""Putting questions in and looking them up."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from overpaint.errors import ReviewError
from overpaint.review._questions import Question
from overpaint.review.store._database import Database
from overpaint.review.store._facts import Added, Gold, Stored
from overpaint.review.store._hierarchy import resolve_children, resolved
from overpaint.review.store._rows import WHOLE, inserting, lines, question_row
from overpaint.review.store._schema import gold_key, question, withdrawn
from overpaint.review.store._tally import GOLD, Tally, totals
from overpaint.review.store._types import Line

__all__ = ["Questions"]

_BATCH = 1000
_ANALYZE = 10_000  # so many new rows make PostgreSQL's statistics worthless

_BY_ID = WHOLE.where(question.c.id == sa.bindparam("id"))
_BY_NAME = WHOLE.where(question.c.name == sa.bindparam("name"))
_PARENTS = (
    sa.select(
        question.c.name,
        question.c.state,
        question.c.gold,
        question.c.verdict,
    )
    .where(question.c.name.in_(sa.bindparam("names", expanding=True)))
    .order_by(question.c.id)
    .with_for_update(read=True)  # nobody judges them until their children are in
)
_GONE = sa.select(withdrawn.c.sample).where(withdrawn.c.sample.in_(sa.bindparam("samples", expanding=True)))
_GOLD_KEY = sa.select(gold_key.c.key, gold_key.c.visible).where(gold_key.c.question == sa.bindparam("id"))


class Questions:
    """The part of the store that is about questions."""

    _database: Database

    def add(self, questions: Iterable[Question], *, wanted: int = 1) -> Added:
        """Put questions in, thousands in a transaction; one whose name is there already is left as it is.

        A question whose parent is not settled waits; one whose sample was withdrawn is withdrawn.

        Parameters
        ----------
        wanted
            So many people shall answer each (but no more than the question's ``limit``).
        """
        if wanted < 1:
            raise ReviewError(f"wanted is {wanted}: a question needs an answer of at least one person")
        seen = new = 0
        rest = iter(questions)
        while batch := list(itertools.islice(rest, _BATCH)):
            new += self._database.write(functools.partial(_insert, batch=batch, wanted=wanted))
            seen += len(batch)
        if new >= _ANALYZE:
            self._database.write(lambda connection: connection.execute(sa.text("ANALYZE question")))
        return Added(new, seen - new)

    def add_gold(self, name: str, key: Mapping[str, Any], *, visible: bool) -> None:
        """Make a question gold: its answer is known, it is handed out only as gold, and no answers settle it.

        Its children open, for nobody will settle it. Called again, it changes the key.

        Raises
        ------
        ReviewError
            No question has that name, or it was withdrawn.
        """

        def work(connection: sa.Connection) -> None:
            row = connection.execute(_BY_NAME.with_for_update(key_share=True), {"name": name}).one_or_none()
            if row is None or row.state == "withdrawn":
                raise ReviewError(f"no question {name} that could be gold: add it first")
            put = inserting(connection, gold_key).values(question=row.id, key=key, visible=int(visible))
            connection.execute(
                put.on_conflict_do_update(
                    index_elements=[gold_key.c.question],
                    set_={"key": put.excluded.key, "visible": put.excluded.visible},
                )
            )
            tally = Tally()
            if not row.gold:
                tally.move(row.kind, row.thing, row.state, GOLD)
            connection.execute(
                sa.update(question)
                .where(question.c.id == row.id)
                .values(gold=2 if visible else 1, state="open", verdict=None, settled_at=None)
            )
            resolve_children(connection, row.name, tally)
            tally.flush(connection)

        self._database.write(work)

    def gold_key(self, question: int) -> Gold | None:
        """The answer of a gold question. Nothing else that the store tells holds it."""
        row = self._database.read(lambda connection: connection.execute(_GOLD_KEY, {"id": question}).one_or_none())
        return None if row is None else Gold(row.key, bool(row.visible))

    def question(self, id: int) -> Stored | None:  # noqa: A002 - what the store calls its numbers
        """The question of that number."""
        return next(iter(self._database.read(lambda connection: lines(connection, _BY_ID, id=id))), None)

    def find(self, name: str) -> Stored | None:
        """The question of that name."""
        return next(iter(self._database.read(lambda connection: lines(connection, _BY_NAME, name=name))), None)

    def questions(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        thing: str | None = None,
        sample: str | None = None,
        gold: bool | None = False,
        after: int = 0,
        limit: int = 1000,
    ) -> list[Stored]:
        """Up to ``limit`` questions whose number is above ``after``, by number; None lets all pass."""
        statement = WHOLE.where(question.c.id > after).order_by(question.c.id).limit(max(0, min(limit, 100_000)))
        for name, value in {"state": state, "kind": kind, "thing": thing, "sample": sample}.items():
            if value is not None:
                statement = statement.where(question.c[name] == str(value))
        if gold is not None:
            statement = statement.where(sa.text("gold > 0" if gold else "gold = 0"))
        return self._database.read(lambda connection: lines(connection, statement))

    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many questions there are by (kind, thing, state); gold ones count as state ``gold``. Sums to all."""
        return self._database.read(totals)


def _insert(connection: sa.Connection, *, batch: Iterable[Question], wanted: int) -> int:
    named = {one.name: one for one in batch}
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(WITHDRAWING)))
    parents = sorted({one.parent for one in named.values() if one.parent})
    states: dict[str, Line] = {}
    if parents:
        states = {row.name: row for row in connection.execute(_PARENTS, {"names": parents})}
    samples = sorted({one.sample for one in named.values() if one.sample})
    gone = set(connection.execute(_GONE, {"samples": samples}).scalars()) if samples else set()
    rows = [
        question_row(one, wanted=wanted, state=_first_state(one, states.get(one.parent), gone))
        for one in named.values()
    ]
    tally = Tally()
    kept = 0
    for kind, thing, state in _put_new(connection, rows):
        tally.add(kind, thing, state)
        kept += 1
    tally.flush(connection)
    return kept


def _put_new(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> Iterable[Line]:
    """Insert those whose name is new, and tell which."""
    told = question.c.kind, question.c.thing, question.c.state
    if connection.dialect.name == "sqlite":
        put = inserting(connection, question).on_conflict_do_nothing(index_elements=[question.c.name])
        return connection.execute(put.returning(*told), rows).all()
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    statement = _from_arrays(tuple(columns)).on_conflict_do_nothing(index_elements=[question.c.name])
    return connection.execute(statement.returning(*told), columns).all()


@functools.cache
def _from_arrays(names: tuple[str, ...]) -> postgresql.Insert:
    """One array a column: psycopg takes most of a second to read a statement with a parameter for every cell."""
    arrays = [sa.bindparam(name, type_=postgresql.ARRAY(question.c[name].type)) for name in names]
    cells = (
        sa.func.unnest(*arrays).table_valued(*(sa.column(one, question.c[one].type) for one in names)).render_derived()
    )
    return postgresql.insert(question).from_select(list(names), sa.select(*(cells.c[name] for name in names)))


def _first_state(one: Question, parent: Line | None, gone: set[str]) -> str:
    if one.sample in gone:
        return "withdrawn"
    if not one.parent:
        return "open"
    if parent is None:
        return "waiting"
    answer = resolved(parent.state, gold=bool(parent.gold), verdict=parent.verdict)
    if answer is None:
        return "waiting"
    return "open" if answer.opens(one.wants) else "pruned"


WITHDRAWING = 0x6F76_7764
"""PostgreSQL's advisory lock between adding questions (shared) and withdrawing a sample (alone)."""
