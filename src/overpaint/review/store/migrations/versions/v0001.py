"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("who", _ID, nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_link")),
        sa.UniqueConstraint("token_hash", name=("uq_link_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "question",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("gold", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), sa.Computed("wanted - given - held", persisted=True), nullable=False),
        sa.Column("forgotten", sa.Integer(), nullable=False),
        sa.Column("ceiling", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_question")),
        sa.UniqueConstraint("name", name=("uq_question_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_question_available",
        "question",
        ["kind", "sensitive", "rank", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open' AND gold = 0 AND room > 0"),
        postgresql_where=sa.text("state = 'open' AND gold = 0 AND room > 0"),
    )
    op.create_index(
        "ix_question_gold",
        "question",
        ["gold", "id"],
        unique=False,
        sqlite_where=sa.text("gold > 0"),
        postgresql_where=sa.text("gold > 0"),
    )
    op.create_index(
        "ix_question_parent",
        "question",
        ["parent", "id"],
        unique=False,
        sqlite_where=sa.text("parent <> ''"),
        postgresql_where=sa.text("parent <> ''"),
    )
    op.create_index("ix_question_sample", "question", ["sample", "id"], unique=False)
    op.create_index("ix_question_state", "question", ["state", "id"], unique=False)
    op.create_index("ix_question_thing", "question", ["kind", "thing", "id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=("pk_setting")),
    )
    op.create_table(
        "skill",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("family", name=("pk_skill")),
    )
    op.create_table(
        "tally",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "thing", "state", "shard", name=("pk_tally")),
    )
    op.create_table(
        "withdrawn",
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sample", name=("pk_withdrawn")),
    )
    op.create_table(
        "gold_key",
        sa.Column("question", _ID, autoincrement=False, nullable=False),
        sa.Column("visible", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["question"], ["question.id"], name=("fk_gold_key_question")),
        sa.PrimaryKeyConstraint("question", name=("pk_gold_key")),
    )
    op.create_table(
        "worker",
        sa.Column("id", _ID, nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("link", _ID, nullable=False),
        sa.Column("outside", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revoked", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("consented_at", sa.Double(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("trust", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["link.id"], name=("fk_worker_link")),
        sa.PrimaryKeyConstraint("id", name=("pk_worker")),
        sa.UniqueConstraint("link", "outside", name=("uq_worker_link_outside")),
        sa.UniqueConstraint("pseudonym", name=("uq_worker_pseudonym")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "answer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("question", _ID, nullable=False),
        sa.Column("worker", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("used", sa.SmallInteger(), nullable=False),
        sa.Column("current", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["question"], ["question.id"], name=("fk_answer_question")),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=("fk_answer_worker")),
        sa.PrimaryKeyConstraint("id", name=("pk_answer")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answer_at", "answer", ["at"], unique=False)
    op.create_index(
        "ix_answer_current",
        "answer",
        ["question", "worker"],
        unique=True,
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current = 1"),
    )
    op.create_index("ix_answer_kind", "answer", ["kind", "id"], unique=False)
    op.create_index("ix_answer_question", "answer", ["question", "id"], unique=False)
    op.create_index("ix_answer_worker", "answer", ["worker", "id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("id", _ID, nullable=False),
        sa.Column("worker", _ID, nullable=False),
        sa.Column("question", _ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bars", sa.SmallInteger(), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["question"], ["question.id"], name=("fk_lease_question")),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=("fk_lease_worker")),
        sa.PrimaryKeyConstraint("id", name=("pk_lease")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_lease_bars",
        "lease",
        ["worker", "question"],
        unique=True,
        sqlite_where=sa.text("bars = 1"),
        postgresql_where=sa.text("bars = 1"),
    )
    op.create_index(
        "ix_lease_expires",
        "lease",
        ["expires"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_lease_held",
        "lease",
        ["worker", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_lease_question", "lease", ["question"], unique=False)
    op.create_table(
        "permit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("auditor", _ID, nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["auditor"], ["worker.id"], name=("fk_permit_auditor")),
        sa.ForeignKeyConstraint(["by"], ["worker.id"], name=("fk_permit_by")),
        sa.PrimaryKeyConstraint("id", name=("pk_permit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_permit_auditor", "permit", ["auditor", "id"], unique=False)
    op.create_table(
        "place",
        sa.Column("worker", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("question", _ID, nullable=False),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=("fk_place_worker")),
        sa.PrimaryKeyConstraint("worker", "kind", "sensitive", name=("pk_place")),
    )
    op.create_table(
        "session",
        sa.Column("cookie_hash", sa.LargeBinary(), nullable=False),
        sa.Column("csrf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("worker", _ID, nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["worker"], ["worker.id"], name=("fk_session_worker")),
        sa.PrimaryKeyConstraint("cookie_hash", name=("pk_session")),
    )
    op.create_index(("ix_session_expires"), "session", ["expires"], unique=False)
    op.create_index(("ix_session_worker"), "session", ["worker"], unique=False)
    op.create_table(
        "token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("lease", _ID, nullable=False),
        sa.ForeignKeyConstraint(["lease"], ["lease.id"], name=("fk_token_lease")),
        sa.PrimaryKeyConstraint("hash", name=("pk_token")),
    )
    op.create_index(("ix_token_lease"), "token", ["lease"], unique=False)
