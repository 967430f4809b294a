"""Kinds that no file of real answers can show: times, change over time, two names. In simulated crowds of 30."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from _tables import table
from overpaint.review.trust import Record, suspicions
from simulated_crowd import BLIND, LAZY, SHIFTED, USUAL, Scene, Worker, crowd_of, record_of, scenes, work

PICTURES = 250
ANSWERS = 100
LATE = 1_710_000_000.0
KINDS = {
    "draws anywhere, in no time": ("random", "too-fast"),
    "leaves out small ones": ("misses-small",),
    "beside the thing": ("shifted",),
    "hardly looks, clock turned back": ("too-fast",),
    "careful, then not at all": ("drift",),
    "always “nothing here”": ("same-answer",),
    "sends back what is shown": ("same-answer", "misses-small"),
    "one person, two names": ("two-names",),
}


def simulated_part(draws: int) -> dict[str, Any]:
    """Recall of each, and honest ones accused, with and without boxes that the questions show."""
    told = {}
    for shown in (0.0, 0.6):
        found, false, honest = Counter[str](), 0, 0
        for draw in range(draws):
            asked = scenes(PICTURES, seed=30_000 + draw, proposed=shown)
            crowd = crowd_of(22, seed=30_000 + draw, blind=0, lazy=0, shifted=0)
            base = work(crowd, asked, redundancy=4, seed=draw)
            more = _planted(asked, base, draw)
            got = {(one.worker, one.kind) for one in suspicions(base + [one for each in more.values() for one in each])}
            for name, kinds in KINDS.items():
                names = {one.worker for one in more.get(name, ())} or {name}
                found[name] += any((worker, kind) in got for worker in names | _partners(name, base) for kind in kinds)
            twin = _partners("one person, two names", base)
            false += len({worker for worker, _ in got if worker.startswith("s-")} - twin)
            honest += len(crowd) - len(twin)
        print(f"\nsimulated, {shown:.0%} of the things have a box already: {draws} draws")
        rows = [[name, f"{found[name] / draws:.0%}"] for name in KINDS if shown or "shown" not in name]
        print(table(("planted", "suspected of it"), rows))
        print(f"honest ones suspected, a draw: {false / draws:.2f} (of {honest / draws:.0f})")
        sys.stdout.flush()
        told[f"shown {shown}"] = {"draws": draws, "found": dict(found), "false": false}
    return told


def _partners(name: str, base: Sequence[Record]) -> set[str]:
    """Of two names either may be told."""
    return {min(one.worker for one in base)} if name == "one person, two names" else set()


def _planted(asked: Sequence[Scene], base: Sequence[Record], draw: int) -> dict[str, list[Record]]:
    rng = np.random.default_rng(40_000 + draw)

    def some(name: str, worker: Worker) -> list[Record]:
        clock, records = LATE + 86_400 * rng.random(), []
        for place in rng.choice(len(asked), ANSWERS, replace=False):
            scene = asked[place]
            value, seconds = worker.answer(scene.question, scene.truth)
            clock += seconds + 1
            records.append(record_of(scene.question, name, value, clock, seconds))
        return records

    names = iter(KINDS)
    more = {}
    for skill in (BLIND, LAZY, SHIFTED):
        name = next(names)
        more[name] = some(name, Worker(name, skill, draw))
    name = next(names)
    hurried = some(name, Worker(name, replace(USUAL, miss=0.3, miss_small=0.3), draw))
    more[name] = [replace(one, seconds=40.0, at=LATE + 2.0 * n) for n, one in enumerate(hurried)]
    name = next(names)
    good, bad = (some(name, Worker(name, skill, draw)) for skill in (USUAL, BLIND))
    early = {one.question for one in good[:50]}
    more[name] = good[:50] + [replace(one, at=one.at + 9e5) for one in bad if one.question not in early][:50]
    name = next(names)
    more[name] = [replace(one, value={"boxes": [], "nothing": True}) for one in some(name, Worker(name, USUAL, draw))]
    name = next(names)
    stamped = [one for one in some(name, Worker(name, USUAL, draw)) if one.shown]
    more[name] = [
        replace(one, value={"boxes": [{"box": [b.x0, b.y0, b.x1, b.y1], "from": i} for i, b in enumerate(one.shown)]})
        for one in stamped
    ]
    name = next(names)
    twin = [one for one in base if one.worker == min(one.worker for one in base)]
    more[name] = [_again(one, name, i, rng) for i, one in enumerate(twin)]
    return more


def _again(record: Record, name: str, place: int, rng: np.random.Generator) -> Record:
    """The same person, on another day, before or after: nearly the same boxes."""
    boxes = [
        {"box": (np.array(box["box"]) + 0.5 * rng.normal(size=4)).tolist(), "from": box["from"]}
        for box in record.value["boxes"]
    ]
    day = 86_400.0 * (40 if place % 2 else -40)
    return replace(record, worker=name, value={"boxes": boxes, "nothing": not boxes}, at=record.at + day)
