"""The tables, as SQLAlchemy Core sees them. The migrations make them; a test holds the two equal.

Partial indexes speak of states in words, so the statements that use them must say the same words and not bind them
as parameters: SQLite's planner cannot prove anything of a parameter. `AVAILABLE`, `HELD` and the like are such words.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from overpaint.review.store._types import Document, Exact

__all__ = [
    "AVAILABLE",
    "answer",
    "event",
    "gold_key",
    "lease",
    "link",
    "metadata",
    "permit",
    "place",
    "question",
    "session",
    "setting",
    "skill",
    "tally",
    "token",
    "withdrawn",
    "worker",
]

AVAILABLE = "state = 'open' AND gold = 0 AND room > 0"
"""When a question may be handed out: the predicate of the index that `take` walks."""

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Time = sa.Double
_Small = sa.SmallInteger

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _where(words: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(words), "postgresql_where": sa.text(words)}


def _to(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column)


setting = sa.Table(
    "setting", metadata, sa.Column("name", Exact, primary_key=True), sa.Column("value", Document, nullable=False)
)

question = sa.Table(
    "question",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("name", Exact, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("thing", Exact, nullable=False),
    sa.Column("sample", Exact, nullable=False),
    sa.Column("sensitive", _Small, nullable=False),
    sa.Column("rank", sa.Double, nullable=False),  # minus the harm, so that both columns of the order ascend
    sa.Column("gold", _Small, nullable=False),  # 0 no, 1 hidden, 2 visible
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("given", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("room", sa.Integer, sa.Computed("wanted - given - held", persisted=True), nullable=False),
    sa.Column("forgotten", sa.Integer, nullable=False),  # of those given: whose rows `forget` removed
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("parent", Exact, nullable=False),
    sa.Column("wants", Exact, nullable=False),
    sa.Column("body", Document, nullable=False),
    sa.Column("verdict", Document),
    sa.Column("settled_at", _Time),
    sa.UniqueConstraint("name"),
    sa.Index("ix_question_available", "kind", "sensitive", "rank", "id", **_where(AVAILABLE)),
    sa.Index("ix_question_gold", "gold", "id", **_where("gold > 0")),
    sa.Index("ix_question_parent", "parent", "id", **_where("parent <> ''")),
    sa.Index("ix_question_sample", "sample", "id"),
    sa.Index("ix_question_state", "state", "id"),
    sa.Index("ix_question_thing", "kind", "thing", "id"),
    sqlite_autoincrement=True,  # a number is never given twice: readers go on after the last they saw
)

gold_key = sa.Table(
    "gold_key",
    metadata,
    sa.Column("question", _Id, _to("question.id"), primary_key=True, autoincrement=False),
    sa.Column("visible", _Small, nullable=False),
    sa.Column("key", Document, nullable=False),
)

withdrawn = sa.Table(
    "withdrawn",
    metadata,
    sa.Column("sample", Exact, primary_key=True),
    sa.Column("reason", Exact, nullable=False),
    sa.Column("at", _Time, nullable=False),
)

tally = sa.Table(
    "tally",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("thing", Exact, primary_key=True),
    sa.Column("state", sa.Text, primary_key=True),
    sa.Column("shard", _Small, primary_key=True, autoincrement=False),
    sa.Column("n", sa.BigInteger, nullable=False),
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False),
    sa.Column("expires", _Time, nullable=False),
    sa.Column("settings", Document, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("revoked_at", _Time),
    sa.UniqueConstraint("token_hash"),
    sqlite_autoincrement=True,
)

worker = sa.Table(
    "worker",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("pseudonym", sa.Text, nullable=False),
    sa.Column("link", _Id, _to("link.id"), nullable=False),
    sa.Column("outside", sa.LargeBinary),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revoked", _Small, nullable=False),  # its link is: kept here too, where taking locks it
    sa.Column("reason", Exact),
    sa.Column("consented_at", _Time),
    sa.Column("appeal", Exact),
    sa.Column("trust", Document),
    sa.Column("created_at", _Time, nullable=False),
    sa.UniqueConstraint("pseudonym"),
    sa.UniqueConstraint("link", "outside"),
    sqlite_autoincrement=True,
)

place = sa.Table(
    "place",  # how far down a queue a worker has been: `_queue`
    metadata,
    sa.Column("worker", _Id, _to("worker.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("sensitive", _Small, primary_key=True, autoincrement=False),
    sa.Column("rank", sa.Double, nullable=False),
    sa.Column("question", _Id, nullable=False),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("worker", _Id, _to("worker.id"), nullable=False),
    sa.Column("question", _Id, _to("question.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("bars", _Small, nullable=False),  # 1: held, answered or skipped; not offered to this worker again
    sa.Column("taken_at", _Time, nullable=False),
    sa.Column("expires", _Time, nullable=False),
    sa.Column("ended_at", _Time),
    sa.Column("reason", Exact),
    sa.Index("ix_lease_bars", "worker", "question", unique=True, **_where("bars = 1")),
    sa.Index("ix_lease_question", "question"),
    sa.Index("ix_lease_expires", "expires", **_where("state = 'held'")),
    sa.Index("ix_lease_held", "worker", "id", **_where("state = 'held'")),
    sqlite_autoincrement=True,
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("lease", _Id, _to("lease.id"), nullable=False, index=True),
)

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("question", _Id, _to("question.id"), nullable=False),
    sa.Column("worker", _Id, _to("worker.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", Document, nullable=False),
    sa.Column("seconds", sa.Double),
    sa.Column("at", _Time, nullable=False),
    sa.Column("used", _Small, nullable=False),
    sa.Column("current", _Small, nullable=False),  # 0: a later one of the same worker took its place
    sa.Index("ix_answer_current", "question", "worker", unique=True, **_where("current = 1")),
    sa.Index("ix_answer_question", "question", "id"),
    sa.Index("ix_answer_worker", "worker", "id"),
    sa.Index("ix_answer_kind", "kind", "id"),
    sa.Index("ix_answer_at", "at"),
    sqlite_autoincrement=True,
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("cookie_hash", sa.LargeBinary, primary_key=True),
    sa.Column("csrf_hash", sa.LargeBinary, nullable=False),
    sa.Column("worker", _Id, _to("worker.id"), nullable=False, index=True),
    sa.Column("expires", _Time, nullable=False, index=True),
)

permit = sa.Table(
    "permit",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("auditor", _Id, _to("worker.id"), nullable=False),
    sa.Column("sample", Exact, nullable=False),
    sa.Column("reason", Exact, nullable=False),
    sa.Column("by", _Id, _to("worker.id"), nullable=False),
    sa.Column("expires", _Time, nullable=False),
    sa.Column("at", _Time, nullable=False),
    sa.Index("ix_permit_auditor", "auditor", "id"),
    sqlite_autoincrement=True,
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("at", _Time, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("who", _Id),
    sa.Column("what", Document, nullable=False),
    sqlite_autoincrement=True,
)

skill = sa.Table(
    "skill", metadata, sa.Column("family", Exact, primary_key=True), sa.Column("value", Document, nullable=False)
)
