"""Does a store of a million questions answer as fast as one of a thousand?

    python benchmarks/review_store.py [--sizes 1000,10000,100000,1000000] [--rounds 200] [--databases sqlite,postgresql]

A store of each size is made, by SQL; then all are asked the same things in turn, one call here, one there, so that
whatever else the machine does weighs on all alike: by workers who are new, and by one who has had 20,000 questions that
others have still to answer (2/3 of a store that has fewer). Times are of single calls, in milliseconds; the last column
is the median over rounds of the largest store's time by the smallest's, with a 95 % bootstrap interval. Exits with 2
where the interval of a call that people wait for lies above 2.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from _postgres import server
from overpaint.records import Box
from overpaint.review import Kind, Proposal, Question
from overpaint.review.store import Store
from overpaint.review.store._schema import AVAILABLE, lease, question

KINDS = (Kind.BOXES, Kind.TIGHT, Kind.CATEGORY)
DEEP = 20_000
WAITED_FOR = ("take (new)", "take (deep)", "answer", "judge", "leases", "counts")
NOW = 1_000_000.0

FILL = """
INSERT INTO question (name, kind, thing, sample, sensitive, rank, gold, state, wanted, given, held, forgotten, ceiling,
    parent, wants, body)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)
SELECT {name}, CASE i % 3 WHEN 0 THEN 'boxes' WHEN 1 THEN 'tight' ELSE 'category' END, 'thing' || (i % 5),
    'train/n' || (i % 1000) || '/' || (i / 3) || '.jpg', CASE WHEN i % 11 = 0 THEN 1 ELSE 0 END, -{random}, 0, 'open',
    3, 0, 0, 0, 7, '', 'yes', '{{"size":[500,375,1,0],"basis":"run","boxes":[[10.5,3.0,60.0,60.0,0,0.7,' || i || ']]}}'
FROM n
"""
WORDS = {
    "sqlite": {"name": "lower(hex(randomblob(16)))", "random": "abs(random() % 1000003) / 1000003.0"},
    "postgresql": {"name": "md5(i || 'a')", "random": "random()"},
}
COUNT = "INSERT INTO tally SELECT kind, thing, state, 0, count(*) FROM question GROUP BY kind, thing, state"

Times = dict[str, list[float]]


class Bench:
    """One store of one size, the people who answer in it, and how long each call took."""

    def __init__(self, url: str, size: int) -> None:
        self.store = Store.open(url, create=True)
        self.size = size
        self.times: Times = {}
        engine = self.store._database.engine.execution_options(overpaint_writes=True)
        with engine.begin() as connection:
            words = WORDS[connection.dialect.name]
            connection.execute(sa.text(FILL.format(**words)), {"size": size})
            connection.execute(sa.text(COUNT))
        with engine.begin() as connection:
            connection.execute(sa.text("ANALYZE"))
        made = self.store.add_link(role="worker", token_hash=os.urandom(32), expires=NOW * 2, settings={}, now=NOW)
        self.link = made.id
        self.fresh, self.deep = (self.store.worker_for(self.link, None, now=NOW).id for _ in range(2))
        with engine.begin() as connection:
            self._deepen(connection)

    def _deepen(self, connection: sa.Connection) -> None:
        """Let one worker have had the first of every queue."""
        row = {"worker": self.deep, "state": "skipped", "bars": 1, "taken_at": 0.0, "expires": 1.0}
        for kind in KINDS:
            first = (
                sa.select(question.c.id)
                .where(question.c.kind == kind.value, sa.text(AVAILABLE))
                .order_by(question.c.rank, question.c.id)
                .limit(min(DEEP, self.size * 2 // 3) // 3)
            )
            ids = list(connection.execute(first).scalars())
            connection.execute(sa.insert(lease), [{**row, "question": one} for one in ids])

    def timed(self, name: str, call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = call()
        self.times.setdefault(name, []).append(time.perf_counter() - start)
        return result

    def round(self, turn: int) -> None:
        """One turn of everything."""
        if turn % 50 == 49:  # somebody new, who has had little
            self.fresh = self.store.worker_for(self.link, None, now=NOW).id
        for name, who in (("take (new)", self.fresh), ("take (deep)", self.deep)):
            how: dict[str, Any] = {"sensitive": turn % 2 == 0}
            got = self.timed(name, partial(self.store.take, who, now=NOW, lease_seconds=900.0, **how))
            told: dict[str, Any] = {"seconds": 2.0, "now": NOW}
            self.timed("answer", partial(self.store.answer, got[0].token, {"choice": "yes"}, **told))
            verdict: dict[str, Any] = {"state": "settled", "wanted": 1, "verdict": {"answer": "yes"}, "now": NOW}
            self.timed("judge", partial(self.store.judge, got[0].question.id, **verdict))
        self.timed("counts", self.store.counts)
        self.timed("leases", partial(self.store.leases, self.fresh, now=NOW))
        self.timed("page of 100", partial(self.store.questions, after=turn, limit=100))
        self.timed("page of 100, open", partial(self.store.questions, state="open", after=turn, limit=100))
        self.timed("expire, nothing", partial(self.store.expire, now=NOW))

    def crowd(self, threads: int, rounds: int) -> float:
        """Questions a second that many answer at once, as fast as they can."""
        failures: list[BaseException] = []

        def work() -> None:
            try:
                me = self.store.worker_for(self.link, None, now=NOW).id
                for _ in range(rounds):
                    for got in self.store.take(me, now=NOW, lease_seconds=900.0):
                        self.store.answer(got.token, {"choice": "no"}, seconds=1.0, now=NOW)
            except BaseException as error:  # noqa: BLE001 - raised below
                failures.append(error)

        crew = [threading.Thread(target=work) for _ in range(threads)]
        start = time.perf_counter()
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        if failures:
            raise failures[0]
        return threads * rounds / (time.perf_counter() - start)


def questions(start: int, stop: int) -> Iterator[Question]:
    for i in range(start, stop):
        box = Box(float(i % 97), 3.0, float(i % 97 + 40), 60.0)
        sample = f"more/{i:08}.jpg"
        yield Question(KINDS[i % 3], "thing0", sample=sample, width=500, height=375, boxes=(Proposal(box, 0.7, i),))


def ratio(bench: list[Bench], name: str) -> tuple[float, float, float]:
    """Median of the largest's time by the smallest's, round by round, with its interval."""
    first, last = (np.array(one.times[name]) for one in (bench[0], bench[-1]))
    by = last / first
    rng = np.random.default_rng(0)
    draws = [np.median(by[rng.integers(0, len(by), len(by))]) for _ in range(2000)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(np.median(by)), float(low), float(high)


def told(name: str, bench: list[Bench]) -> tuple[dict[str, Any], bool]:
    print(f"\n## {name}: p50 / p95 in ms\n")
    print("| call | " + " | ".join(f"{one.size:,}" for one in bench) + " | largest by smallest |")
    print("|---|" + "--:|" * (len(bench) + 1))
    figures: dict[str, Any] = {}
    slowed = False
    for call in bench[0].times:
        percentiles = [np.percentile(one.times[call], [50, 95]) * 1e3 for one in bench]
        by, low, high = ratio(bench, call)
        slowed |= call in WAITED_FOR and low > 2.0
        cells = " | ".join(f"{half:.1f} / {most:.1f}" for half, most in percentiles)
        print(f"| {call} | {cells} | {by:.2f} ({low:.2f} to {high:.2f}) |")
        figures[call] = {"ms": [list(map(float, both)) for both in percentiles], "ratio": [by, low, high]}
    return figures, slowed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    every: dict[str, Any] = {"sizes": sizes, "rounds": options.rounds}
    slowed = False
    for name in options.databases.split(","):
        with contextlib.ExitStack() as stack:
            if name == "sqlite":
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                urls = [f"sqlite:///{folder}/{size}.sqlite" for size in sizes]
            else:
                running = stack.enter_context(server())
                urls = [running.database() for _ in sizes]
            bench = []
            for url, size in zip(urls, sizes, strict=True):
                bench.append(Bench(url, size))
                stack.callback(bench[-1].store.close)
                print(f"{name}: {size:,} are in; load {os.getloadavg()[0]:.1f}", flush=True)
            for turn in range(options.rounds + 20):
                for one in bench:
                    one.round(turn)
                if turn == 19:  # connections, prepared statements and caches are warm
                    for one in bench:
                        one.times.clear()
            figures, here = told(name, bench)
            slowed |= here
            for one in (bench[0], bench[-1]):
                rate = one.crowd(options.threads, max(3, 400 // options.threads))
                start = time.perf_counter()
                one.store.add(questions(0, 5000), wanted=3)
                added = 5000 / (time.perf_counter() - start)
                wrong = one.store.check()
                words = f"{options.threads} threads answer {rate:.0f} a second; {added:,.0f} added a second"
                print(f"{name} of {one.size:,}: {words}; {wrong or 'adds up'}", flush=True)
            every[name] = figures
    if options.json:
        options.json.write_text(json.dumps(every, indent=1))
    return 2 if slowed else 0


if __name__ == "__main__":
    sys.exit(main())
