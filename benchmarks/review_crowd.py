"""A scripted crowd of 30 simulated workers of known skill takes pictures from detectors' boxes to consensus.

    python benchmarks/review_crowd.py --data ../shared/data/faces_wider [--count 40] [--seeds 3]

The pictures and the detectors' boxes are real (WIDER val, profile `balanced`), the true faces WIDER's; the people are
made (`simulated_crowd.py`: careful, usual and hasty ones, two who look at nothing, two who leave out small faces, one
whose boxes are shifted). They go through the real desk and store: hidden gold, trust, stopping. Told are recall and
precision at IoU 0.5 and the hours it took: of the detectors alone, of one careful reviewer, of one usual reviewer, and
of the crowd's consensus; and who was stopped.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import overpaint
from _tables import table
from overpaint import review
from overpaint.measures._truth_text import read_wider_truth
from overpaint.records import Box
from overpaint.review import Desk, Kind, Pause, Question, Stopped, boxes_of, tend
from overpaint.review._of_run import Wish, of_run
from overpaint.review._tending import verdicts
from overpaint.review.store import Store
from overpaint.review.trust._gold import pairs_of
from overpaint.rundir import Run
from simulated_crowd import CAREFUL, USUAL, Worker, crowd_of

LEAST, MOST = 20.0, 40  # pixels high, to count; faces on a picture
GOLD = 8
START = 1_800_000_000.0


@dataclass
class Truth:
    """The faces of a picture that count, and those that count neither way."""

    counted: tuple[Box, ...]
    ignored: tuple[Box, ...]


@dataclass
class Score:
    """Faces found, of how many, and boxes that are no face."""

    found: int = 0
    of: int = 0
    false: int = 0

    def add(self, boxes: Sequence[Box], truth: Truth) -> None:
        pairs = pairs_of(truth.counted, boxes)
        left = [box for at, box in enumerate(boxes) if at not in {column for _, column, _ in pairs}]
        self.found += len(pairs)
        self.of += len(truth.counted)
        self.false += sum(not any(box.iou(other) >= 0.3 for other in truth.ignored) for box in left)

    def row(self, name: str, hours: float, answers: int) -> list[str]:
        precision = self.found / max(1, self.found + self.false)
        return [name, f"{self.found / self.of:.3f}", f"{precision:.3f}", f"{answers}", f"{hours:.2f}"]


def truths(data: Path) -> dict[str, Truth]:
    """By file name below val/."""
    told = {}
    for name, faces in read_wider_truth(data / "val_bbx_gt.txt").items():
        boxes = [(f.box, not f.ignored and f.box.height >= LEAST) for f in faces if f.box.area]
        told[name] = Truth(tuple(b for b, counts in boxes if counts), tuple(b for b, counts in boxes if not counts))
    return told


def accepted(boxes: Sequence[Mapping[str, object]], *, threshold: float = 0.5) -> list[Box]:
    return [Box(*one["box"]) for one in boxes if float(one["probability"]) >= threshold]  # type: ignore[misc, arg-type]


def crowd(questions: list[Question], gold: list[Question], told: Mapping[str, Truth], seed: int) -> list[list[str]]:
    """One crowd over all questions, through the desk."""
    with tempfile.TemporaryDirectory() as place, Store.open(f"sqlite:///{place}/answers.sqlite", create=True) as store:
        clock = [START]
        desk = Desk(store, clock=lambda: clock[0], rng=random.Random(seed))
        desk.bench.set_settings({"gold": 0.15, "training": 2, "most": 5, "break_after": 1e6})
        store.add(questions)
        for number, question in enumerate(gold):
            store.add([question])
            store.add_gold(question.name, {"boxes": [_corners(b) for b in told[question.sample].counted],
                                           "ignore": [_corners(b) for b in told[question.sample].ignored]},
                           visible=number % 4 == 0)  # fmt: skip
        link = store.add_link(role="worker", token_hash=b"w" * 32, expires=9e9, settings={}, now=START)
        people = {store.worker_for(link.id, None, now=START).id: worker for worker in crowd_of(30, seed=seed)}
        free = dict.fromkeys(people, START)
        seconds, answers, stopped = 0.0, 0, []
        while free:
            who = min(free, key=lambda one: (free[one], one))
            clock[0] = max(clock[0], free[who])
            got = desk.next(who)
            if isinstance(got, Pause):
                free[who] = clock[0] + got.seconds
                continue
            if not isinstance(got, list):
                if isinstance(got, Stopped):
                    stopped.append(people[who])
                del free[who]
                continue
            question = got[0].question.question
            value, took = people[who].answer(question, told[question.sample].counted)
            clock[0] += 0.0
            free[who] = clock[0] + took
            desk.submit(who, got[0].token, value, seconds=took)
            seconds, answers = seconds + took, answers + 1
            if answers % 50 == 0:
                tend(desk.bench)
        tend(desk.bench, everything=True)
        score = Score()
        for stored, verdict in verdicts(desk.bench):
            score.add(accepted(verdict["boxes"]), told[stored.question.sample])
        bad = sum(not _honest(worker) for worker in stopped)
        rows = [score.row(f"crowd of 30, seed {seed}", seconds / 3600, answers)]
        print(f"  seed {seed}: stopped {len(stopped)}, of them {bad} of the 5 careless ones; {store.counts()}")
        return rows


def _honest(worker: Worker) -> bool:
    return not worker.skill.blind and worker.skill.move == (0.0, 0.0) and worker.skill.miss_small < 0.7


def _corners(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


def alone(name: str, worker: Worker, questions: Sequence[Question], told: Mapping[str, Truth]) -> list[str]:
    """One person, everything once."""
    score, seconds = Score(), 0.0
    for question in questions:
        value, took = worker.answer(question, told[question.sample].counted)
        score.add(boxes_of(value), told[question.sample])
        seconds += took
    return score.row(name, seconds / 3600, len(questions))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    told = truths(asked.data)
    with tempfile.TemporaryDirectory() as place:
        run = Path(place) / "wider.run"
        overpaint.scan(asked.data / "val", run=run, profile="balanced")
        overpaint.decide(run)
        questions = [q for q in of_run(Run.open(run), Wish((Kind.BOXES,), ("face",), 0.0)) if q.sample in told]
        summary = review.open(run, question=["boxes"], thing=["face"], harm=0.0)
        print(summary.lines()[0])
    questions = [q for q in questions if 0 < len(told[q.sample].counted) <= MOST]
    random.Random(0).shuffle(questions)
    gold, questions = [replace(q, basis="gold") for q in questions[:GOLD]], questions[GOLD : GOLD + asked.count]
    print(f"{len(questions)} pictures, {sum(len(told[q.sample].counted) for q in questions)} faces, {len(gold)} gold")
    detectors = Score()
    for question in questions:
        detectors.add([p.box for p in question.boxes if p.score >= 0.5], told[question.sample])
    rows = [detectors.row("detectors alone (confidence .5)", 0.0, 0)]
    rows.append(alone("one careful reviewer", Worker("careful", CAREFUL), questions, told))
    rows.append(alone("one usual reviewer", Worker("usual", USUAL), questions, told))
    for seed in range(asked.seeds):
        rows += crowd(questions, gold, told, seed)
    print(table(["who", "recall", "precision", "answers", "hours"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
