"""A small crowd over a real server process that is killed amidst: nothing is lost, nothing is doubled."""

import asyncio
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _postgres import missing, server
from _review_clients import Book, Crowd, Pace, doubts
from overpaint.review.store import Store
from review_server import TOKEN, Process, fill, pictures


@pytest.fixture
def url(tmp_path):
    """PostgreSQL where it is installed, as a large review has it; else a file."""
    with ExitStack() as stack:
        if missing() is None:
            yield stack.enter_context(server(durable=True)).database()
        else:
            yield f"sqlite:///{tmp_path}/answers.sqlite"


def test_people_vanish_and_the_server_is_killed(url, tmp_path):
    fill(url, 300)
    pictures(tmp_path / "pictures", 8)
    process = Process(url, tmp_path / "pictures")
    pace = Pace(0.05, 0.2, vanish=0.1)

    async def crowd(seed: int, answers: int) -> Book:
        people = Crowd(process.origin, TOKEN, pace=pace, until=time.monotonic() + 60, seed=seed, most=answers)
        return await people.work(5)

    async def killed() -> Book:
        working = asyncio.create_task(crowd(1, 5))
        await asyncio.sleep(1.0)
        await asyncio.to_thread(process.kill)
        await asyncio.to_thread(process.start)
        return await working

    try:
        book = asyncio.run(killed())
    finally:
        process.kill()
    assert len(book.kept) >= 12 and book.retries > 0 and not book.faults
    with closing(Store.open(url)) as store:
        found = doubts(store, book)
        told = {name: found[name] for name in ("lost", "doubled", "unexplained", "unequal", "given beyond wanted")}
        assert not any(told.values()), found
        assert found["answers"] >= found["told kept"] == len(book.kept)
        book.kept["never-handed-out"] = {"choice": "yes"}  # the book is not read in vain
        assert doubts(store, book)["lost"] == 1
        del book.kept["never-handed-out"]
        first = next(token for token in book.kept if store.lease(token).state == "answered")
        del book.kept[first]
        assert doubts(store, book)["unexplained"] == 1
