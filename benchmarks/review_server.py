"""Two hundred people at once, who vanish, and a server that is killed amidst: how fast is it, and is anything lost?

    python benchmarks/review_server.py [--questions 1000000] [--people 200] [--seconds 150] [--database postgresql]

A real server process over PostgreSQL on this machine, with the questions put in before; people ask and answer over
HTTP at the pace of people (an answer every 5 to 10 seconds), and load their pictures. In the middle of it the server is
killed (SIGKILL) and started again on the same port. Afterwards the store is held against what every browser was told.
Last, without any pause between answers: how many a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from _postgres import server as postgres
from _review_clients import Book, Crowd, Pace, doubts, picked
from overpaint.records import Box
from overpaint.review import Desk, Kind, Pictures, Proposal, Question, tend
from overpaint.review.store import Store
from overpaint.server import Served, ServerSettings, serve
from overpaint.server._limits import Rate
from overpaint.server._tokens import digest

SECRET = bytes(range(32))
TOKEN = "a link of the benchmark"
PICTURES = 200
GOLD = 500


class Reader:
    """A few made pictures that stand for those of a million samples."""

    max_pixels = 10_000_000

    def __init__(self, folder: Path) -> None:
        self._files = [file.read_bytes() for file in sorted(folder.glob("*.jpg"))]

    def held(self, sample: str) -> bool:
        """Nothing is in the lane."""
        return not sample

    def version(self, question: Question) -> str:
        """They never change."""
        return str(question.output)

    def read(self, question: Question) -> bytes:
        """One of them."""
        return self._files[picked(question.sample, len(self._files))]


def questions(count: int) -> Iterator[Question]:
    """Half of them boxes, a quarter verification, a quarter categories; of a picture of 500 x 375 each."""
    chance = np.random.default_rng(0)
    for number in range(count):
        sample = f"train/n{number % 1000:08}/{number:08}.jpg"
        x, y = (float(side) for side in chance.integers(0, 300, 2))
        shown = (Proposal(Box(x, y, x + 60, y + 70), 0.7, number),)
        harm = float(chance.random())
        if number % 4 < 2:
            yield Question(Kind.BOXES, "face", sample, 500, 375, boxes=shown, harm=harm, sensitive=number % 50 == 0)
        elif number % 4 == 2:
            yield Question(Kind.TIGHT, "face", sample, 500, 375, boxes=shown, harm=harm)
        else:
            yield Question(Kind.CATEGORY, f"n{number % 20:08}", sample, 500, 375, title="a thing", harm=harm)


def pictures(folder: Path, count: int = PICTURES) -> None:
    """Noise and blocks: files of about 60 kB, as photographs of that size have."""
    chance = np.random.default_rng(1)
    folder.mkdir()
    for number in range(count):
        coarse = chance.integers(0, 255, (12, 16, 3), np.uint8)
        picture = np.asarray(Image.fromarray(coarse).resize((500, 375), Image.Resampling.BICUBIC)).astype(np.int16)
        picture = picture + chance.integers(-18, 18, picture.shape)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{number:03}.jpg", quality=88)


def fill(url: str, count: int) -> float:
    """Put the questions, some gold and a link into a new store; how many seconds it took."""
    begun = time.perf_counter()
    store = Store.open(url, create=True)
    store.add(questions(count), wanted=2)
    for number, question in enumerate(questions(min(GOLD, count // 10))):
        if number % 4 >= 2:
            store.add_gold(question.name, {"choice": "yes"}, visible=False)
    store.add_link(role="worker", token_hash=digest(TOKEN), expires=time.time() + 86_400, settings={}, now=time.time())
    store.close()
    return time.perf_counter() - begun


def child(url: str, port: int, folder: Path) -> None:
    """The server process: as `overpaint review serve`, with pictures of ours."""
    store = Store.open(url)
    desk = Desk(store, Pictures(Reader(folder)))
    if not store.settings().get("review"):
        desk.bench.set_settings({"training": 0, "least": 2, "most": 5, "bar": 0.0, "break_after": 900_000.0})
    over = threading.Event()

    def tending() -> None:
        while not over.wait(5.0):
            tend(desk.bench)

    def ready(served: Served) -> None:
        print(json.dumps({"origin": served.origin}), flush=True)

    threading.Thread(target=tending, daemon=True).start()
    generous = Rate(1e6, 1e6)
    settings = replace(ServerSettings.local(port), per_session=generous, per_address=generous)
    serve(desk, secret=SECRET, pictures=desk.pictures, port=port, settings=settings, announce=ready)  # type: ignore[arg-type]


class Process:
    """A server process that can be killed and started again on its port."""

    def __init__(self, url: str, folder: Path) -> None:
        self._arguments = [sys.executable, __file__, "--serve", url, "--pictures", str(folder)]
        self._port = 0
        self.origin = ""
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        told = [*self._arguments, "--port", str(self._port)]
        self._process = subprocess.Popen(told, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start")
        self.origin = str(json.loads(line)["origin"])
        self._port = int(self.origin.rpartition(":")[2])

    def cpu(self) -> float:
        """Seconds of processor time that it has used so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """As a crash would."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def rows(times: list[float]) -> str:
    """Quantiles in milliseconds."""
    if not times:
        return "none"
    marks = np.quantile(times, [0.5, 0.95, 0.99, 1.0]) * 1000
    return f"n={len(times)} median {marks[0]:.0f} p95 {marks[1]:.0f} p99 {marks[2]:.0f} max {marks[3]:.0f} ms"


async def humane(process: Process, people: int, seconds: float, kills: int, pace: tuple[float, float]) -> Book:
    """The crowd at its pace; the server is killed and started again now and then."""
    crowd = Crowd(process.origin, TOKEN, pace=Pace(*pace, vanish=0.01), until=time.monotonic() + seconds)

    async def killer() -> None:
        for _ in range(kills):
            await asyncio.sleep(seconds / (kills + 1))
            await asyncio.to_thread(process.kill)
            await asyncio.to_thread(process.start)

    work, _ = await asyncio.gather(crowd.work(people), killer())
    return work


def report(title: str, book: Book) -> None:
    """What was measured of one phase."""
    print(f"\n{title}")
    print(f"  answer sent -> next question there: {rows(book.next_after)}")
    print(f"  answer alone: {rows(book.answer)}")
    print(f"  picture: {rows(book.picture)}")
    print(
        f"  kept {len(book.kept)} (sent twice {book.again}), refused {book.refused}, vanished {book.vanished}, ", end=""
    )
    print(f"sent again {book.retries}, faults {book.faults}")


def measure(url: str, folder: Path, told: argparse.Namespace) -> dict[str, Any]:
    """All phases over one store."""
    whole = Book()
    process = Process(url, folder)
    try:
        for title, seconds, kills in (
            ("at the pace of people", told.seconds, 0),
            (f"the same, with the server killed {told.kills} times", told.seconds, told.kills),
        ):
            begun = process.cpu(), time.process_time()
            book = asyncio.run(humane(process, told.people, seconds, kills, tuple(told.pace)))
            report(f"{told.people} people, {title} ({seconds:.0f} s)", book)
            if not kills and book.kept:
                used = [
                    1000 * (now - then) / len(book.kept)
                    for now, then in zip((process.cpu(), time.process_time()), begun, strict=True)
                ]
                print(f"  processor time an answer: server {used[0]:.1f} ms, the browsers {used[1]:.1f} ms; ", end="")
                print(f"{len(book.kept) / seconds:.1f} answers a second; load of the machine {os.getloadavg()[0]:.1f}")
            _add(whole, book)
        flat = Crowd(process.origin, TOKEN, pace=Pace(0, 0), until=time.monotonic() + told.flat, seed=9)
        book = asyncio.run(flat.work(24))
        report(
            f"24 people without a pause ({told.flat:.0f} s): {len(book.kept) / told.flat:.1f} answers a second", book
        )
        _add(whole, book)
    finally:
        process.kill()
    with contextlib.closing(Store.open(url)) as store:
        return doubts(store, whole)


def _add(whole: Book, book: Book) -> None:
    whole.kept |= book.kept
    whole.unsure |= book.unsure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--flat", type=float, default=20.0)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--pace", type=float, nargs=2, default=(5.0, 10.0), help="seconds for an answer, from and to")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--pictures", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.serve:
        child(told.serve, told.port, told.pictures)
        return
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch) / "pictures"
        pictures(folder)
        url = f"sqlite:///{scratch}/answers.sqlite"
        if told.database == "postgresql":
            url = stack.enter_context(postgres()).database()
        print(f"{told.questions} questions put in, in {fill(url, told.questions):.0f} s; load {os.getloadavg()[0]:.1f}")
        found = measure(url, folder, told)
    print("\nthe store held against what people were told:")
    for name, count in found.items():
        print(f"  {name}: {count}")
    wrong = [name for name in ("lost", "doubled", "unexplained", "unequal", "given beyond wanted") if found[name]]
    sys.exit(2 if wrong else 0)


if __name__ == "__main__":
    main()
