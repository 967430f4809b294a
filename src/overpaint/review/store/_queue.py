"""Which question somebody gets next: the one of highest rank that they have not had.

There is a queue for each kind, sensitive or not; the index ``ix_question_available`` keeps each in order and holds
only what may be handed out. What a worker has had already is passed over one by one, so a worker who has answered
thousands of questions that others have still to answer would pass over all of them each time. Therefore ``place``
remembers how far down the worker has come, and a search looks

1. among the first `WINDOW` of the queue, where what comes back is most often found,
2. below the worker's place,
3. between the two, so that nothing that came back is missed when the end is reached.

PostgreSQL skips what other transactions have locked; of SQLite there is only one writer at a time.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from overpaint.review.store._rows import WHOLE, inserting
from overpaint.review.store._schema import AVAILABLE, lease, place, question
from overpaint.review.store._types import Line, Lines

__all__ = ["WINDOW", "Wish", "find_gold", "find_open", "not_had"]

WINDOW = 64
"""So many of the queue's first are looked at before the worker's place."""

_PICK = random.SystemRandom()
_ONE: sa.ColumnClause[int] = sa.literal_column("1")
_FREE = sa.text(AVAILABLE)


def not_had() -> sa.ColumnElement[bool]:
    """That the worker (a parameter) neither has, answered nor skipped a question.

    A subquery with a LIMIT is looked up row by row. PostgreSQL would turn NOT EXISTS into a join, and while it has no
    statistics read all that the worker ever had for it.
    """
    return (
        sa.select(lease.c.id)
        .where(lease.c.worker == sa.bindparam("worker"), lease.c.question == question.c.id, sa.text("lease.bars = 1"))
        .limit(_ONE)
        .scalar_subquery()
        .is_(None)
    )


_QUEUE = sa.and_(question.c.kind == sa.bindparam("kind"), question.c.sensitive == sa.bindparam("sensitive"), _FREE)
_RANK = sa.tuple_(question.c.rank, question.c.id)
_ALLOWED = question.c.sample.not_in(sa.bindparam("excluded", expanding=True))
_WINDOW_END = (
    sa.select(question.c.rank, question.c.id)
    .where(_QUEUE)
    .order_by(question.c.rank, question.c.id)
    .offset(sa.literal_column(str(WINDOW - 1)))
    .limit(_ONE)
)
_PLACE = sa.select(place.c.rank, place.c.question).where(
    place.c.worker == sa.bindparam("worker"),
    place.c.kind == sa.bindparam("kind"),
    place.c.sensitive == sa.bindparam("sensitive"),
)
_GOLD = (
    WHOLE.where(
        question.c.gold == sa.bindparam("visible"),
        sa.text("gold > 0"),
        sa.text("state = 'open'"),
        question.c.kind.in_(sa.bindparam("kinds", expanding=True)),
        question.c.sensitive <= sa.bindparam("sensitive"),
        not_had(),
        _ALLOWED,
    )
    .limit(_ONE)
    .with_for_update(key_share=True, of=question)
)
_GOLD_UP = _GOLD.where(question.c.id >= sa.bindparam("start")).order_by(question.c.id)
_GOLD_DOWN = _GOLD.where(question.c.id < sa.bindparam("start")).order_by(question.c.id.desc())
_GOLD_ENDS = sa.select(sa.func.min(question.c.id), sa.func.max(question.c.id)).where(
    question.c.gold == sa.bindparam("visible"), sa.text("gold > 0")
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks, and for what."""

    worker: int
    kinds: tuple[str, ...]
    sensitive: bool
    excluded: tuple[str, ...]


def _search(*, after: bool, until: bool) -> Lines:
    statement = WHOLE.where(_QUEUE, not_had(), _ALLOWED)
    if after:
        statement = statement.where(sa.tuple_(sa.bindparam("r0"), sa.bindparam("i0")) < _RANK)
    if until:
        statement = statement.where(sa.tuple_(sa.bindparam("r1"), sa.bindparam("i1")) >= _RANK)
    ordered = statement.order_by(question.c.rank, question.c.id).limit(_ONE)
    return ordered.with_for_update(key_share=True, of=question, skip_locked=True)


_SEARCHES = {(after, until): _search(after=after, until=until) for after in (False, True) for until in (False, True)}


@functools.lru_cache(maxsize=256)
def _heads(kinds: tuple[str, ...], sensitive: tuple[int, ...]) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """The first of each queue, whoever had it: in which order to search the queues."""
    arms: list[Lines] = []
    for kind in kinds:
        for how in sensitive:
            head = (
                sa.select(question.c.kind, question.c.sensitive, question.c.rank, question.c.id)
                .where(question.c.kind == kind, question.c.sensitive == how, _FREE)
                .order_by(question.c.rank, question.c.id)
                .limit(_ONE)
                .subquery()
            )
            arms.append(sa.select(head))
    return sa.union_all(*arms)


def find_open(connection: sa.Connection, wish: Wish) -> Line | None:
    """The question of highest rank that the worker may have now, locked; None: there is none."""
    heads = connection.execute(_heads(wish.kinds, (0, 1) if wish.sensitive else (0,))).all()
    best: Line | None = None
    for kind, sensitive, rank, number in sorted(heads, key=lambda head: (head.rank, head.id)):
        if best is not None and (best.rank, best.id) < (rank, number):
            break
        found = _in_queue(connection, wish, kind, sensitive, better_than=_pair(best and (best.rank, best.id)))
        if found is not None and (best is None or (found.rank, found.id) < (best.rank, best.id)):
            best = found
    return best


def _in_queue(
    connection: sa.Connection, wish: Wish, kind: str, sensitive: int, *, better_than: tuple[float, int] | None
) -> Line | None:
    here = {"kind": kind, "sensitive": sensitive}
    mine = {**here, "worker": wish.worker}
    asked = {**mine, "excluded": wish.excluded}

    def search(after: tuple[float, int] | None, until: tuple[float, int] | None) -> Line | None:
        bounds = {} if after is None else {"r0": after[0], "i0": after[1]}
        bounds |= {} if until is None else {"r1": until[0], "i1": until[1]}
        statement = _SEARCHES[after is not None, until is not None]
        return connection.execute(statement, {**asked, **bounds}).one_or_none()

    end = _pair(connection.execute(_WINDOW_END, here).one_or_none())
    if (found := search(None, end)) is not None or end is None:
        return found
    reached = _pair(connection.execute(_PLACE, mine).one_or_none())
    start = end if reached is None else max(end, reached)
    if better_than is not None and better_than < start:
        return None
    found = search(start, None)
    if found is None and start > end:
        found = search(end, start)
    if found is not None:
        put = inserting(connection, place).values(**mine, rank=found.rank, question=found.id)
        keys = [place.c.worker, place.c.kind, place.c.sensitive]
        changed = {"rank": put.excluded.rank, "question": put.excluded.question}
        connection.execute(put.on_conflict_do_update(index_elements=keys, set_=changed))
    return found


def _pair(row: Sequence[Any] | None) -> tuple[float, int] | None:
    return None if row is None else (row[0], row[1])


def find_gold(connection: sa.Connection, wish: Wish, *, visible: bool) -> Line | None:
    """A gold question that the worker has not had, locked. Where the search starts is random: no order to learn."""
    kept = 2 if visible else 1
    low, high = connection.execute(_GOLD_ENDS, {"visible": kept}).one()
    if low is None:
        return None
    values = {
        "visible": kept,
        "worker": wish.worker,
        "kinds": wish.kinds,
        "sensitive": int(wish.sensitive),
        "excluded": wish.excluded,
        "start": _PICK.randint(low, high),
    }
    found = connection.execute(_GOLD_UP, values).one_or_none()
    return connection.execute(_GOLD_DOWN, values).one_or_none() if found is None else found
