"""Both databases for the tests of the store: a SQLite file, and a PostgreSQL server started for the session."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _postgres import missing, server
from overpaint.review.store import Store
from overpaint.review.store._schema import metadata


@pytest.fixture(scope="session")
def postgres():
    """A server of our own, gone after the session."""
    if reason := missing():
        assert os.environ.get("CI") != "true", reason  # where nothing is skipped
        pytest.skip(reason)
    with server(durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url(postgres):
    """A database with our tables, which the tests share one after another."""
    url = postgres.database()
    Store.open(url, create=True).close()
    return url


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory):
    """A store's file with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("store") / "empty.sqlite"
    store = Store.open(f"sqlite:///{path}", create=True)
    with store._database.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The URL of an empty store."""
    if request.param == "sqlite":
        path = tmp_path / "answers.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_file"), path)
        return f"sqlite:///{path}"
    url = request.getfixturevalue("postgres_url")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
    engine.dispose()
    return url


@pytest.fixture
def store(store_url):
    """An empty store; whatever the test did, it must add up."""
    with Store.open(store_url) as opened:
        yield opened
        assert opened.check() == []
