"""Bringing a database to the tables of this version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from overpaint.errors import ReviewError
from overpaint.review.store._database import Database

__all__ = ["HEAD", "upgrade"]

HEAD = "v0001"
"""The newest revision under ``migrations/versions``; a test says so."""

_LOCK = 0x6F76_7061  # of PostgreSQL's advisory locks, "ovpa": who migrates is alone


def upgrade(database: Database, *, create: bool) -> None:
    """Migrate to `HEAD`; only ``create`` turns an empty database into a store.

    Raises
    ------
    ReviewError
        The database is not to be reached, is none, is empty, or was made by a newer overpaint.
    """
    if database.read(_revision) == HEAD:
        return

    def work(connection: sa.Connection) -> None:
        if not database.lite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found = _revision(connection)
        if found is None and not create:
            raise ReviewError(f"{database.name}: there is no review in it; `overpaint review open` makes one")
        if found != HEAD:
            _run(connection, database.name, found)

    database.write(work)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _run(connection: sa.Connection, name: str, found: str | None) -> None:
    from alembic import command  # late: it is slow to import, and a store of today's tables has no need of it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise ReviewError(f"{name}: the review was made by a newer overpaint (tables {found}); update overpaint")
    command.upgrade(config, "head")
