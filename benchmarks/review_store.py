"""Does a store of a million questions answer as fast as one of a thousand?

    python benchmarks/review_store.py [--sizes 1000,10000,100000,1000000] [--rounds 300] [--databases sqlite,postgresql]

Each store is filled to the next size and asked the same things at every size: by a worker who is new, by one who has
had tens of thousands that others have still to answer, and by many at once. Times are of single calls, in
milliseconds, on a machine that does other things too; what counts is how they go with the number of questions.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
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


def questions(start: int, stop: int) -> Iterator[Question]:
    rng = np.random.default_rng(start)
    for i in range(start, stop):
        box = Box(float(i % 97), 3.0, float(i % 97 + 40), 60.0)
        yield Question(
            KINDS[i % 3],
            f"thing{i % 5}",
            sample=f"train/n{i % 1000:08}/{i // 3:08}.jpg",
            width=500,
            height=375,
            boxes=(Proposal(box, 0.7, i),),
            sensitive=i % 11 == 0,
            harm=float(rng.random()),
        )


def timed(call: Callable[[], Any], into: list[float]) -> Any:
    start = time.perf_counter()
    result = call()
    into.append(time.perf_counter() - start)
    return result


def deepen(store: Store, worker: int) -> None:
    """Let a worker have answered the first of every queue, as if each still waited for others."""
    with store._database.engine.execution_options(overpaint_writes=True).begin() as connection:
        for kind in KINDS:
            had = sa.select(lease.c.question).where(lease.c.worker == worker, sa.text("lease.bars = 1"))
            first = (
                sa.select(question.c.id)
                .where(question.c.kind == kind.value, sa.text(AVAILABLE))
                .where(question.c.id.not_in(had))
                .order_by(question.c.rank, question.c.id)
                .limit(DEEP // 3)
            )
            ids = list(connection.execute(first).scalars())
            row = {"worker": worker, "state": "skipped", "bars": 1, "taken_at": 0.0, "expires": 1.0}
            if ids:
                connection.execute(sa.insert(lease), [{**row, "question": one} for one in ids])


def measure(store: Store, link: int, rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}

    def of(name: str) -> list[float]:
        return times.setdefault(name, [])

    now = time.time()
    fresh, deep = (store.worker_for(link, None, now=now).id for _ in range(2))
    deepen(store, deep)
    for name, who in (("new", fresh), ("deep", deep)):
        for turn in range(rounds + 20):
            into = {key: (of(f"{key} ({name})") if turn >= 20 else []) for key in ("take", "answer", "judge")}
            how: dict[str, Any] = {"sensitive": turn % 2 == 0}
            got = timed(partial(store.take, who, now=now, lease_seconds=900.0, **how), into["take"])
            if not got:
                break
            timed(partial(store.answer, got[0].token, {"choice": "yes"}, seconds=2.0, now=now), into["answer"])
            verdict: dict[str, Any] = {"state": "settled", "wanted": 1, "verdict": {"answer": "yes"}}
            timed(partial(store.judge, got[0].question.id, **verdict, now=now), into["judge"])
    for _ in range(50):
        timed(store.counts, of("counts"))
        timed(lambda: store.questions(after=0, limit=100), of("first page of 100"))
        timed(lambda: store.questions(state="open", after=900, limit=100), of("page of 100, open"))
        timed(lambda: store.leases(fresh, now=now), of("leases"))
        timed(lambda: store.expire(now=now), of("expire, nothing"))
    return times


def crowd(store: Store, link: int, threads: int, rounds: int) -> dict[str, list[float]]:
    """Many people at once, each answering as fast as they can."""
    takes: list[float] = []
    answers: list[float] = []
    now = time.time()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            me = store.worker_for(link, None, now=now).id
            for _ in range(rounds):
                got = timed(lambda: store.take(me, now=now, lease_seconds=900.0), takes)
                if got:
                    timed(partial(store.answer, got[0].token, {"choice": "no"}, seconds=1.0, now=now), answers)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    crew = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    if failures:
        raise failures[0]
    seconds = time.perf_counter() - start
    print(f"    {threads} threads: {len(answers) / seconds:.0f} questions a second", flush=True)
    return {f"take, {threads} at once": takes, f"answer, {threads} at once": answers}


def figures(times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    return {
        name: {
            "n": len(values),
            "p50": float(np.percentile(values, 50)) * 1e3,
            "p95": float(np.percentile(values, 95)) * 1e3,
        }
        for name, values in times.items()
        if values
    }


def told(name: str, results: dict[int, dict[str, dict[str, float]]]) -> None:
    sizes = sorted(results)
    print(f"\n## {name}: p50 / p95 in ms\n")
    print("| call | " + " | ".join(f"{size:,}" for size in sizes) + " | p50, largest to smallest |")
    print("|---|" + "--:|" * (len(sizes) + 1))
    for call in results[sizes[-1]]:
        cells = [results[size].get(call) for size in sizes]
        shown = ["–" if cell is None else f"{cell['p50']:.1f} / {cell['p95']:.1f}" for cell in cells]
        first = next(cell for cell in cells if cell is not None)
        last = cells[-1]
        assert last is not None
        print(f"| {call} | " + " | ".join(shown) + f" | {last['p50'] / first['p50']:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    every: dict[str, dict[int, dict[str, dict[str, float]]]] = {}
    for name in options.databases.split(","):
        results: dict[int, dict[str, dict[str, float]]] = {}
        with contextlib.ExitStack() as stack:
            if name == "sqlite":
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                url = f"sqlite:///{folder}/answers.sqlite"
            else:
                url = stack.enter_context(server()).database()
            store = stack.enter_context(Store.open(url, create=True))
            far = time.time() + 86400
            link = store.add_link(role="worker", token_hash=os.urandom(32), expires=far, settings={}, now=0.0).id
            had = 0
            for size in sizes:
                start = time.perf_counter()
                store.add(questions(had, size), wanted=3)
                seconds = time.perf_counter() - start
                load = os.getloadavg()[0]
                print(f"{name} {size:,}: {(size - had) / seconds:,.0f} added a second; load {load:.1f}", flush=True)
                had = size
                times = measure(store, link, options.rounds)
                times |= crowd(store, link, options.threads, max(5, options.rounds // 10))
                results[size] = figures(times)
            start = time.perf_counter()
            wrong = store.check()
            print(f"{name}: check of {had:,} in {time.perf_counter() - start:.1f} s: {wrong or 'adds up'}", flush=True)
        every[name] = results
        told(name, results)
    if options.json:
        options.json.write_text(json.dumps(every, indent=1))


if __name__ == "__main__":
    main()
