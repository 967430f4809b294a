"""The connection to either database: one transaction a call, and again where another one was in the way."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from overpaint.errors import ReviewError

__all__ = ["Database", "complaint", "connect", "plan_freely"]

T = TypeVar("T")

_ATTEMPTS = 8
_BUSY_SECONDS = 30
_ENGINE: dict[str, Any] = {
    "pool_size": 16,
    "max_overflow": 16,
    "pool_timeout": _BUSY_SECONDS,
    "hide_parameters": True,  # an error's traceback names no sample and nobody
}
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an answer that was acknowledged outlives a power cut
    "foreign_keys=ON",
    "secure_delete=ON",  # what is forgotten or erased leaves the file
    "temp_store=MEMORY",
    "cache_size=-16000",
    "journal_size_limit=67108864",
)
_PLANS_OFF = ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
_AGAIN = {"40001", "40P01", "57P03"}  # serialization failure, deadlock, the server is starting
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_JITTER = random.SystemRandom()


class Database:
    """One database and its pool of connections.

    `read` and `write` run a function inside one transaction. Where the database gave way to another transaction
    (SQLite busy, a deadlock, a serialization failure, a row that somebody else added at that moment), or the
    connection broke before the commit, nothing was kept, and the function runs again, up to eight times.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.name = engine.url.render_as_string(hide_password=True)
        self.lite = engine.dialect.name == "sqlite"
        self._pid = os.getpid()
        # SQLite lets one write at a time and makes the others poll; threads of one process rather queue here
        self._gate: contextlib.AbstractContextManager[Any] = threading.Lock() if self.lite else contextlib.nullcontext()
        self._writing = engine.execution_options(overpaint_writes=True)

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What ``work`` reads."""
        return self._repeat(work, self.engine, contextlib.nullcontext())

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """What ``work`` did, all of it or nothing."""
        return self._repeat(work, self._writing, self._gate)

    def _repeat(
        self, work: Callable[[sa.Connection], T], engine: sa.Engine, gate: contextlib.AbstractContextManager[Any]
    ) -> T:
        if os.getpid() != self._pid:
            raise ReviewError("a store is not carried into a child process; open it there")
        for attempt in range(1, _ATTEMPTS + 1):
            finished = False
            try:
                with gate, _complaining(self.name), engine.begin() as connection:
                    result = work(connection)
                    finished = True
            except DBAPIError as error:
                # a connection that broke before the commit has kept nothing; one that broke in it may have
                lost = error.connection_invalidated and not finished
                if attempt == _ATTEMPTS or not (lost or _worth_again(error)):
                    raise ReviewError(complaint(self.name, error)) from error
            except StatementError as error:
                if isinstance(error.orig, ReviewError):  # a column's type refused the value
                    raise error.orig from None
                raise
            else:
                return result
            time.sleep(_JITTER.uniform(0.002, 0.01) * attempt * attempt)
        raise AssertionError  # the last attempt returned or raised

    def checkpoint(self) -> None:
        """Bring SQLite's log into its file, so that what was deleted is in neither; others do so themselves."""
        if self.lite:
            with self._gate, self.engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                assert raw is not None
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


@contextlib.contextmanager
def _complaining(name: str) -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise ReviewError(f"{name}: all connections stayed busy for {_BUSY_SECONDS} s; try again") from error


def _worth_again(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE_BUSY
    return getattr(error.orig, "sqlstate", None) in _AGAIN


def complaint(name: str, error: DBAPIError) -> str:
    """What a database's error says, on one line, and what to do where it is not to be reached."""
    lines = str(error.orig).strip().splitlines()
    line = lines[0] if lines else type(error.orig).__name__
    if isinstance(error, OperationalError) and line.startswith("connection "):
        return f"{name} is not to be reached: start the server, or correct the address ({line})"
    return f"{name}: {line}"


def connect(url: str, *, create: bool) -> Database:
    """The database at ``url``, not yet looked into. A SQLite file is made (mode 0600) if ``create`` says so."""
    try:
        told = sa.make_url(url)
    except ArgumentError as error:
        raise ReviewError(
            "the store's address is no URL: give sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
        ) from error
    if told.drivername in {"postgresql", "postgres"}:
        told = told.set(drivername="postgresql+psycopg")
    match told.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return Database(_sqlite(told, create=create))
        case "postgresql+psycopg":
            return Database(_postgresql(told))
    raise ReviewError(f"no review is kept in {told.drivername}: give sqlite:///FILE or postgresql+psycopg://…")


def _sqlite(url: sa.URL, *, create: bool) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ReviewError("a review is kept in a file: give sqlite:///FILE")
    path = Path(url.database)
    if not path.exists():
        if not create:
            raise ReviewError(f"{path}: there is no review; `overpaint review open` makes one")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            pass
        except OSError as error:
            raise ReviewError(f"{path}: the review's store cannot be made: {error.strerror}") from error
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **_ENGINE)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # no hidden BEGIN: ours below says whether it will write
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("overpaint_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def plan_freely(connection: sa.Connection) -> None:
    """For the rest of a transaction that reads whole tables: all of them at one moment, with whatever plan is best."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for name in _PLANS_OFF:
            connection.execute(sa.text(f"SET LOCAL {name} = on"))


def _postgresql(url: sa.URL) -> sa.Engine:
    try:
        engine = sa.create_engine(url, isolation_level="READ COMMITTED", **_ENGINE)
    except (ImportError, NoSuchModuleError) as error:
        raise ReviewError(f"PostgreSQL needs psycopg: pip install 'overpaint[postgres]' ({error})") from error

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        # Every statement here is written for an index. A planner without statistics (a review that was just opened)
        # takes whole tables for small, and reads them. With these off it does so only where no index serves.
        connection.autocommit = True
        for name in _PLANS_OFF:
            connection.execute(f"SET {name} = off")
        connection.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{4 * _BUSY_SECONDS}s'")
        connection.autocommit = False

    return engine
