"""Opening a store: what is made, what is migrated, and what is said when it cannot be."""

import os
import re
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from store_world import ask

import overpaint.review.store as room
from overpaint.errors import ReviewError
from overpaint.review.store import HEAD, LEASE_STATES, STATES, Store
from overpaint.review.store._schema import metadata

MIGRATIONS = str(Path(room.__file__).parent / "migrations")


def test_head_is_the_newest_revision_and_there_is_one_line_of_them():
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert len(scripts.get_bases()) == 1


def test_every_module_of_the_migrations_ships_with_the_package():
    for folder, _, files in os.walk(MIGRATIONS):
        if not folder.endswith("__pycache__"):
            assert "__init__.py" in files
            assert all(name.endswith(".py") for name in files)


def made(url):
    """The SQL of a SQLite file's tables and indexes, or PostgreSQL's of its indexes and columns."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            words = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
        else:
            words = (
                "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename <> 'alembic_version'"
                " AND schemaname = 'public' UNION ALL SELECT table_name, column_name,"
                " data_type || is_nullable || coalesce(column_default, '') || coalesce(generation_expression, '')"
                " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
            )
        told = {
            (one, two): sorted(" ".join((three or "").split()).removesuffix(" )").split(", "))
            for one, two, three in connection.execute(sa.text(words))
        }
    engine.dispose()
    return told


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_what_the_metadata_says(kind, tmp_path, request):
    if kind == "sqlite":
        migrated, created = (f"sqlite:///{tmp_path}/{name}.sqlite" for name in ("migrated", "created"))
    else:
        server = request.getfixturevalue("postgres")
        migrated, created = server.database(), server.database()
    Store.open(migrated, create=True).close()
    engine = sa.create_engine(created)
    metadata.create_all(engine)
    engine.dispose()
    assert made(migrated) == made(created)
    engine = sa.create_engine(migrated)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_new_file_is_nobody_elses_business(tmp_path):
    path = tmp_path / "answers.sqlite"
    with Store.open(f"sqlite:///{path}", create=True) as store:
        store.add([ask("a")])
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Store.open(f"sqlite:///{path}") as store:
        assert store.counts() == {("category", "dog", "open"): 1}
    with Store.open(f"sqlite:///{path}", create=True) as store:
        assert store.counts() == {("category", "dog", "open"): 1}


def test_what_cannot_be_opened_says_why(tmp_path):
    with pytest.raises(ReviewError, match=r"missing\.sqlite: there is no review; `overpaint review open` makes one"):
        Store.open(f"sqlite:///{tmp_path}/missing.sqlite")
    with pytest.raises(ReviewError, match="cannot be made: No such file"):
        Store.open(f"sqlite:///{tmp_path}/no/such/folder", create=True)
    with pytest.raises(ReviewError, match="kept in a file"):
        Store.open("sqlite://", create=True)
    with pytest.raises(ReviewError, match="no URL"):
        Store.open("answers.sqlite")
    with pytest.raises(ReviewError, match="no review is kept in mysql"):
        Store.open("mysql://host/db")
    (tmp_path / "text").write_text("this is no database, however long it may be" * 100)
    with pytest.raises(ReviewError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path}/text")
    with pytest.raises(ReviewError, match="is not to be reached: start the server"):
        Store.open("postgresql://somebody:secret@127.0.0.1:1/none")


def test_a_password_is_not_in_what_is_said():
    with pytest.raises(ReviewError) as caught:
        Store.open("postgresql://somebody:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_an_empty_database_is_no_store_until_it_is_made_one(tmp_path, postgres):
    other = tmp_path / "other.sqlite"
    sqlite3.connect(other).close()
    other.touch()
    for url in (f"sqlite:///{other}", postgres.database()):
        with pytest.raises(ReviewError, match="there is no review in it"):
            Store.open(url)
        with Store.open(url, create=True) as store:
            assert store.counts() == {}
        Store.open(url).close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_may_open_a_new_store_at_the_same_time(kind, tmp_path, request):
    url = f"sqlite:///{tmp_path}/a.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres").database()
    with ThreadPoolExecutor(6) as pool:
        for store in pool.map(lambda _: Store.open(url, create=True), range(6)):
            assert store.counts() == {}
            store.close()


def test_a_store_of_a_newer_version_is_left_alone(store_url):
    engine = sa.create_engine(store_url)

    def say(revision):
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})

    say("v9999")
    try:
        with pytest.raises(ReviewError, match="newer overpaint"):
            Store.open(store_url)
    finally:
        say(HEAD)
        engine.dispose()


def test_a_store_does_not_cross_into_a_child_process(store, monkeypatch):
    monkeypatch.setattr(store._database, "_pid", 1)
    with pytest.raises(ReviewError, match="open it there"):
        store.counts()
    monkeypatch.undo()


def test_an_error_shows_no_sample_and_nobody(store):
    wrong = sa.text("SELECT nothing FROM nowhere WHERE sample = :sample")
    with pytest.raises(ReviewError) as caught:
        store._database.read(lambda connection: connection.execute(wrong, {"sample": "sample-key"}))
    assert "sample-key" not in str(caught.value) + str(caught.value.__cause__)


def test_the_example_of_the_page_runs(tmp_path, monkeypatch, capsys):
    page = Path(__file__).parents[2].joinpath("docs/reference/review-store.md").read_text("utf-8")
    code, told = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, re.DOTALL).groups()
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "review-store.md", "exec"), {})
    assert capsys.readouterr().out == told


def test_the_page_names_every_table_and_state():
    page = Path(__file__).parents[2].joinpath("docs/reference/review-store.md").read_text("utf-8")
    words = {table.name for table in metadata.sorted_tables} | {*STATES, *LEASE_STATES}
    assert {word for word in words if f"`{word}`" not in page} == set()
