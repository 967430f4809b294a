"""A crowd of simulated workers whose skill is known: careful, hasty, lazy and dishonest ones, asked real questions.

What they do is made up; what overpaint makes of it can then be held against what they are. Times are rough: about 25 s
for a box that is drawn (Su, Deng & Fei-Fei 2012 report a median of that order), a second or two to confirm one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review import Kind, Proposal, Question
from overpaint.review.trust import Record, small_side
from overpaint.review.trust._gold import pairs_of

Rng = np.random.Generator
Floats = npt.NDArray[np.float64]
START = 1_700_000_000.0


@dataclass(frozen=True)
class Skill:
    """How somebody works.

    Attributes
    ----------
    miss, miss_small
        Share of the things without a box that are not drawn; small ones apart (`small_side`).
    keep_false
        Share of wrong boxes of the question that are left standing.
    drop_true
        Share of right boxes of the question that are deleted.
    false
        Boxes drawn where nothing is, on average.
    jitter
        Standard deviation of each edge over the side it moves along.
    move
        All boxes are moved by this share of their width and height.
    wrong
        Share of wrong choices.
    pace
        Times the usual seconds.
    blind
        Boxes anywhere, choices by lot: the picture is not looked at.
    """

    miss: float = 0.04
    miss_small: float = 0.15
    keep_false: float = 0.08
    drop_true: float = 0.02
    false: float = 0.02
    jitter: float = 0.06
    move: tuple[float, float] = (0.0, 0.0)
    wrong: float = 0.08
    pace: float = 1.0
    blind: bool = False


CAREFUL = Skill(miss=0.01, miss_small=0.05, keep_false=0.02, drop_true=0.01, false=0.005, jitter=0.04, wrong=0.02)
USUAL = Skill()
HASTY = Skill(miss=0.1, miss_small=0.25, keep_false=0.25, jitter=0.09, wrong=0.18, pace=0.6)
LAZY = Skill(miss=0.05, miss_small=0.85, pace=0.7)
BLIND = Skill(blind=True, pace=0.15)
SHIFTED = Skill(move=(0.4, 0.0))


@dataclass
class Worker:
    """A simulated worker. Same name, same seed and same question: same answer."""

    name: str
    skill: Skill
    seed: int = 0

    def answer(self, question: Question, truth: Sequence[Box] | str) -> tuple[dict[str, Any], float]:
        """An answer as a browser sends it, and the seconds it took.

        Parameters
        ----------
        truth
            All boxes that are there, for ``boxes``, ``tight`` and ``missed``; the right choice for the others.
        """
        number = [ord(c) for c in self.name], int(question.name[:8], 16)
        rng = np.random.default_rng([self.seed, number[1], *number[0]])
        if question.kind is Kind.BOXES:
            assert not isinstance(truth, str)
            return self._boxes(question, truth, rng)
        right = truth if isinstance(truth, str) else _right(question, truth)
        wrong = rng.random() < (0.5 if self.skill.blind else self.skill.wrong)
        choice = {"yes": "no", "no": "yes"}[right] if wrong else right
        return {"choice": choice}, self._seconds(6.0, rng)

    def _boxes(self, question: Question, truth: Sequence[Box], rng: Rng) -> tuple[dict[str, Any], float]:
        skill = self.skill
        if skill.blind:
            boxes = [(box, None) for box in _anywhere(question, int(rng.integers(0, 4)), rng)]
            return _value(boxes), self._seconds(10.0 + 5 * len(boxes), rng)
        shown = [proposal.box for proposal in question.boxes]
        right = {column: row for row, column, _ in pairs_of(truth, shown)}
        seconds, kept = 4.0 + 0.3 * len(shown), list[tuple[Box, int | None]]()
        for column, proposal in enumerate(question.boxes):
            stays = rng.random() >= skill.drop_true if column in right else rng.random() < skill.keep_false
            seconds += 1.5 if stays == (column in right) else 1.0
            if stays and skill.move == (0.0, 0.0):
                kept.append((proposal.box, proposal.subject))
            elif stays:
                kept.append((self._drawn(proposal.box, question, rng), None))
        for row, box in enumerate(truth):
            if row in right.values():
                continue
            missed = skill.miss_small if min(box.width, box.height) < small_side(question) else skill.miss
            if rng.random() >= missed:
                kept.append((self._drawn(box, question, rng), None))
                seconds += 20.0
        extra = _anywhere(question, int(rng.poisson(skill.false)), rng)
        return _value([*kept, *((box, None) for box in extra)]), self._seconds(seconds + 15.0 * len(extra), rng)

    def _drawn(self, box: Box, question: Question, rng: Rng) -> Box:
        side = np.array([box.width, box.height] * 2)
        edges = np.array([box.x0, box.y0, box.x1, box.y1]) + side * (
            np.array(self.skill.move * 2) + self.skill.jitter * np.clip(rng.normal(size=4), -3, 3)
        )
        low, high = np.minimum(edges[:2], edges[2:]), np.maximum(edges[:2], edges[2:])
        frame = np.array([question.width, question.height], float)
        low = np.clip(low, 0, frame - 2)
        high = np.clip(high, low + 2, frame)
        x0, y0, x1, y1 = np.round([*low, *high], 1).tolist()
        return Box(x0, y0, x1, y1, box.page)

    def _seconds(self, usual: float, rng: Rng) -> float:
        return round(float(usual * self.skill.pace * np.exp(rng.normal(0, 0.4))), 2)


def crowd_of(count: int = 30, *, seed: int = 0, blind: int = 2, lazy: int = 2, shifted: int = 1) -> list[Worker]:
    """So many workers: a fifth careful, a fifth hasty, the rest between; and some of each other sort among them."""
    rng, workers = np.random.default_rng(seed), list[Worker]()
    sorts = [BLIND] * blind + [LAZY] * lazy + [SHIFTED] * shifted
    honest = max(0, count - len(sorts))
    for i in range(honest):
        base = CAREFUL if i < honest // 5 else HASTY if i < 2 * (honest // 5) else USUAL
        spread = float(np.exp(rng.normal(0, 0.25)))
        sorts.append(
            replace(
                base,
                miss=min(0.5, base.miss * spread),
                miss_small=min(0.6, base.miss_small * spread),
                jitter=base.jitter * spread,
                wrong=min(0.4, base.wrong * spread),
                pace=base.pace * float(np.exp(rng.normal(0, 0.2))),
            )
        )
    for i, skill in enumerate(sorts[:count]):
        workers.append(Worker(f"s-{i:03d}", skill, seed))
    return workers


@dataclass(frozen=True)
class Scene:
    """A question about boxes, and what is right."""

    question: Question
    truth: tuple[Box, ...]


def scenes(count: int, *, seed: int = 0, most: int = 6, thing: str = "face", proposed: float = 0.0) -> list[Scene]:
    """Pictures that nobody ever took: 1280 x 720, 0 to `most` things of 12 to 300 pixels that do not touch.

    `proposed` of the things have a box of the question already, and as many tenths of a wrong box there are.
    """
    rng, made = np.random.default_rng(seed), list[Scene]()
    for i in range(count):
        truth = list[Box]()
        for _ in range(int(rng.integers(0, most + 1))):
            side = float(np.exp(rng.uniform(np.log(12), np.log(300))))
            x, y = rng.uniform(0, 1280 - side), rng.uniform(0, 720 - min(719.0, 1.2 * side))
            box = Box(round(x, 1), round(y, 1), round(x + side, 1), round(min(720.0, y + 1.2 * side), 1))
            grown = Box(box.x0 - side, box.y0 - side, box.x1 + side, box.y1 + side)
            if not any(grown.intersection(other) for other in truth):
                truth.append(box)
        question = Question(Kind.BOXES, thing, f"scene-{seed}-{i:05d}", 1280, 720)
        shown = [box for box in truth if rng.random() < proposed]
        if rng.random() < proposed / 10:
            shown += _anywhere(question, 1, rng)
        proposals = tuple(Proposal(box, 0.9, subject) for subject, box in enumerate(shown))
        made.append(Scene(replace(question, boxes=proposals), tuple(truth)))
    return made


def work(
    workers: Sequence[Worker],
    asked: Sequence[Scene],
    *,
    redundancy: int = 5,
    seed: int = 0,
    skill_at: Callable[[Worker, int], Skill] | None = None,
) -> list[Record]:
    """Everybody answers some: each question by so many workers, by lot, in sittings of their own.

    `skill_at` gives a worker's skill at their n-th answer, for those who change.
    """
    rng = np.random.default_rng(seed)
    clock = {worker.name: START + 86_400 * rng.random() for worker in workers}
    done = dict.fromkeys(clock, 0)
    records = []
    for scene in asked:
        for place in rng.choice(len(workers), min(redundancy, len(workers)), replace=False):
            worker = workers[place]
            skill = skill_at(worker, done[worker.name]) if skill_at else worker.skill
            value, seconds = replace(worker, skill=skill).answer(scene.question, scene.truth)
            clock[worker.name] += seconds + 1
            done[worker.name] += 1
            records.append(record_of(scene.question, worker.name, value, clock[worker.name], seconds))
    return records


def record_of(question: Question, worker: str, value: dict[str, Any], at: float, seconds: float) -> Record:
    """An answer as the search for suspicious ones reads it."""
    shown = tuple(proposal.box for proposal in question.boxes)
    return Record(worker, question.name, question.sample, question.kind, at, seconds, value, shown, question.page)


def _right(question: Question, truth: Sequence[Box]) -> str:
    """``tight``: its one box is one of those that are there; ``missed``: one that is there has no box."""
    shown = [proposal.box for proposal in question.boxes]
    found = len(pairs_of(truth, shown))
    return "yes" if (found == 1 if question.kind is Kind.TIGHT else found < len(truth)) else "no"


def _value(boxes: Sequence[tuple[Box, int | None]]) -> dict[str, Any]:
    told = [{"box": [box.x0, box.y0, box.x1, box.y1], "from": came} for box, came in boxes]
    return {"boxes": told, "nothing": not told}


def _anywhere(question: Question, count: int, rng: Rng) -> list[Box]:
    boxes = []
    for _ in range(count):
        side = rng.uniform(0.03, 0.3, 2) * [question.width, question.height]
        x, y = rng.uniform(0, [question.width - side[0], question.height - side[1]])
        x0, y0, x1, y1 = np.round([x, y, x + side[0], y + side[1]], 1).tolist()
        boxes.append(Box(x0, y0, x1, y1))
    return boxes
