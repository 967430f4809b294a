"""Planted workers among the real ones who gave labels: bluebirds (2 labels) and imagenet_dogs (4)."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from _tables import table
from overpaint.review import Kind
from overpaint.review.trust import Record
from overpaint.review.trust._choices import (
    always_the_same,
    answering_blindly,
    copied_labels,
    scores_of,
    table_of,
)
from overpaint.review.trust._many import discovered
from overpaint.review.trust._timing import drifting, sittings

SETS = ("bluebirds_binary", "imagenet_dogs_4class")
ANSWERS = 100
START = 1_700_000_000.0
Labels = dict[str, dict[str, str]]


def read(folder: Path, name: str) -> tuple[Labels, dict[str, str]]:
    """Worker → item → label, and the truth."""
    workers: Labels = {}
    with (folder / f"{name}_labels.csv").open() as file:
        for row in csv.DictReader(file):
            workers.setdefault(row["worker"], {})[row["item"]] = row["label"]
    with (folder / f"{name}_gold.csv").open() as file:
        return workers, {row["item"]: row["gold"] for row in csv.DictReader(file)}


def planted(workers: Labels, rng: np.random.Generator) -> Labels:
    """By lot; by lot with the usual shares; always one; and a copy of somebody with 60 answers or more."""
    items = sorted({item for answers in workers.values() for item in answers})
    given = [label for worker in sorted(workers) for label in workers[worker].values()]
    labels = sorted(set(given))
    some = [rng.choice(items, min(ANSWERS, len(items)), replace=False).tolist() for _ in range(3)]
    one = str(rng.choice(labels))
    sources = [worker for worker in sorted(workers) if len(workers[worker]) >= 60]
    return {
        "by lot": {item: str(rng.choice(labels)) for item in some[0]},
        "by lot, usual shares": {item: str(rng.choice(given)) for item in some[1]},
        "always one": dict.fromkeys(some[2], one),
        "copier": dict(workers[sources[int(rng.integers(len(sources)))]]),
    }


def rows_of(workers: Labels, rng: np.random.Generator) -> list[tuple[str, str, str, float]]:
    """(item, worker, label, time); the copier comes last."""
    rows = []
    for worker in sorted(workers):
        at = START + 86_400 * rng.random() + (864_000 if worker == "copier" else 0)
        for item in rng.permutation(sorted(workers[worker])):
            at += 5.0
            rows.append((str(item), worker, workers[worker][str(item)], at))
    return rows


def labels_part(folder: Path, draws: int) -> dict[str, Any]:
    """As `overpaint.review.trust.suspicions` weighs them, but for labels that no kind of question has."""
    told = {}
    for name in SETS:
        workers, truth = read(folder, name)
        right = {
            worker: sum(truth.get(item) == label for item, label in answers.items()) / len(answers)
            for worker, answers in workers.items()
        }
        found, accused = Counter[str](), Counter[str]()
        for draw in range(draws):
            rng = np.random.default_rng(20_000 + draw)
            more = planted(workers, rng)
            rows = rows_of({**workers, **more}, rng)
            for worker in _suspected(rows):
                (found if worker in more else accused)[worker] += 1
        kinds = ("by lot", "by lot, usual shares", "always one", "copier")
        print(f"\n{name}: {len(workers)} real workers, {draws} draws")
        print(table(("planted", "suspected"), [[kind, f"{found[kind] / draws:.0%}"] for kind in kinds]))
        wrong = ", ".join(f"right {right[one]:.2f}: {count / draws:.2f}" for one, count in accused.most_common())
        print(f"real workers suspected, a draw: {sum(accused.values()) / draws:.2f} ({wrong or 'nobody'})")
        sys.stdout.flush()
        told[name] = {"found": dict(found), "real": {f"{right[one]:.3f}": count for one, count in accused.items()}}
    return told


def _suspected(rows: list[tuple[str, str, str, float]]) -> set[str]:
    answers = table_of(f"{Kind.CATEGORY}:", rows)
    records = [
        Record(worker, item, item, Kind.CATEGORY, at, 4.0, {"choice": label}) for item, worker, label, at in rows
    ]
    over_time: dict[str, list[tuple[float, float, float]]] = {}
    for worker, at, own, usual in scores_of(answers):
        over_time.setdefault(worker, []).append((at, own, own - usual))
    tests = copied_labels(answers, sittings(records)) + answering_blindly(answers) + always_the_same(answers)
    return {one.worker for one in discovered(tests + drifting(over_time), share=0.05)}
