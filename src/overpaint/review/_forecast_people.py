"""People who are made up, to see how many a question needs: answers drawn from what is believed of a crowd.

What is believed is wide where nobody has answered yet: each world has a crowd of its own, and each person their own
skill. Of people who are known, the skill is near what they showed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from overpaint.records import Box
from overpaint.review._judge import Judge, family_of
from overpaint.review._questions import Question
from overpaint.review._words import ASPECTS, FLAGS, Kind

__all__ = ["World", "world_of"]

CROWD_WEIGHT = 8.0
"""How many answers of each truth the belief in a crowd that nobody has seen weighs as."""

APART = 1.0
DIFFICULTY = 1.5
"""Standard deviations of people and of objects, in logits of missing an object: as `crowd` models boxes."""

LOOK_ALIKES, TAKEN = 0.3, 0.25
"""Things taken for objects by some, for each object; and by how many: as that model has them."""

_OF_MIDDLING = math.sqrt(
    1 + math.pi * DIFFICULTY**2 / 8
)  # from the mean over difficulties to the middle one, in logits
_ROOTS = (24.0, 56.0, 150.0)
_SHIFT = {
    "miss": 0.5,
    "false": 0.7,
    "objects": 0.5,
    "jitter": 0.25,
}  # of a crowd that nobody has seen; logits, and logs
_MOST_OBJECTS = 60


class World(Protocol):
    """A crowd, and questions with answers that are known."""

    people: tuple[str, ...]

    def truth(self) -> Any:
        """What is right for the next question."""

    def answer(self, person: int, truth: Any) -> dict[str, Any]:
        """What one of the people says of it."""

    def right(self, truth: Any, verdict: Mapping[str, Any]) -> bool:
        """Whether the verdict is what is right."""


def world_of(question: Question, judge: Judge, rng: np.random.Generator, people: int) -> World:
    """A crowd as the judge's skills let it be expected."""
    return (_Boxes if question.kind is Kind.BOXES else _Labels)(question, judge, rng, people)


def _names(known: Sequence[str], people: int) -> tuple[str, ...]:
    """Those who are known, the most diligent first, and as many new ones as it takes."""
    return (*known[:people], *(f"new-{number}" for number in range(people - len(known))))


class _Labels:
    def __init__(self, question: Question, judge: Judge, rng: np.random.Generator, people: int) -> None:
        self._kind, self._rng = question.kind, rng
        self._labels = ASPECTS[question.kind]
        family = family_of(question)
        skills = {aspect: judge.label_skills(family, question.kind, aspect) for aspect in self._labels}
        first = next(iter(skills.values()))
        known = sorted(first.counts, key=lambda worker: (-first.counts[worker].sum(), worker))
        self.people = _names(known, people)
        self._prior, self._says = {}, {}
        for aspect, one in skills.items():
            self._prior[aspect] = rng.dirichlet(one.truths + 1)
            crowd = _rows(rng, one.pooled() * (CROWD_WEIGHT + one.crowd.sum(axis=1, keepdims=True)))
            for number, name in enumerate(self.people):
                counts = one.counts.get(name, 0.0)
                self._says[aspect, number] = _rows(rng, crowd * one.strength + counts)

    def truth(self) -> dict[str, int]:
        return {aspect: int(self._rng.choice(len(prior), p=prior)) for aspect, prior in self._prior.items()}

    def answer(self, person: int, truth: dict[str, int]) -> dict[str, Any]:
        said = {}
        for aspect, true in truth.items():
            row = self._says[aspect, person][true]
            said[aspect] = self._labels[aspect][int(self._rng.choice(len(row), p=row))]
        if self._kind is Kind.FLAGS:
            flags = [flag for flag in FLAGS if said[flag] == "yes"]
            return {"flags": flags, "nothing": not flags}
        if self._kind is Kind.RATE_LABEL:
            return {"safety": said["safety"], "imageability": int(said["imageability"])}
        return {"choice": said[""]}

    def right(self, truth: dict[str, int], verdict: Mapping[str, Any]) -> bool:
        told = verdict["aspects"]
        return all(max(told[a], key=told[a].__getitem__) == self._labels[a][true] for a, true in truth.items())


def _rows(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """A Dirichlet draw for each row."""
    return np.stack([rng.dirichlet(np.maximum(row, 1e-3)) for row in weights])


class _Boxes:
    def __init__(self, question: Question, judge: Judge, rng: np.random.Generator, people: int) -> None:
        self._rng = rng
        self._width, self._height = question.width, question.height
        skills = judge.box_skills(family_of(question))
        crowd = skills.crowd
        known = sorted(skills.tallies, key=lambda worker: (-skills.tallies[worker].answers, worker))
        self.people = _names(known, people)
        seen = sum(tally.answers for tally in skills.tallies.values())
        unsure = 1 / math.sqrt(1 + seen / 25)
        shift = {name: float(rng.normal(0, width * unsure)) for name, width in _SHIFT.items()}
        self._objects = np.array(crowd.objects) * math.exp(shift["objects"])
        self._evenness = crowd.evenness
        self._floor, self._jitter = crowd.floor, crowd.jitter * math.exp(shift["jitter"])
        self._miss, self._false = [], []
        for name in self.people:
            if skills.tallies.get(name) is None:
                self._miss.append(np.array(crowd.miss) + shift["miss"] + rng.normal(0, APART))
                self._false.append(sum(crowd.false) * math.exp(shift["false"] + rng.normal(0, _SHIFT["false"])))
            else:
                skill = skills.of(name)
                mean = np.clip(skill.miss, 1e-3, 1 - 1e-3)
                self._miss.append(_OF_MIDDLING * np.log(mean / (1 - mean)))
                self._false.append(skill.false_per_image)

    def truth(self) -> list[tuple[Box, int, float]]:
        """Objects with their size class and difficulty, and look-alikes with the class -1."""
        busy = self._rng.gamma(self._evenness, 1 / self._evenness)
        found: list[tuple[Box, int, float]] = []
        for size, mean in enumerate(self._objects):
            number = min(_MOST_OBJECTS, int(self._rng.poisson(mean * busy)))
            found += [(self._place(size), size, float(self._rng.normal(0, DIFFICULTY))) for _ in range(number)]
        alike = min(_MOST_OBJECTS, int(self._rng.poisson(LOOK_ALIKES * len(found))))
        return found + [(self._place(int(self._rng.integers(3))), -1, 0.0) for _ in range(alike)]

    def answer(self, person: int, truth: list[tuple[Box, int, float]]) -> dict[str, Any]:
        drawn = []
        for box, size, difficulty in truth:
            missed = 1 - TAKEN if size < 0 else 1 / (1 + math.exp(-(self._miss[person][size] + difficulty)))
            if self._rng.random() >= missed:
                drawn.append(self._drawn(box))
        drawn += [self._place(int(self._rng.integers(3))) for _ in range(int(self._rng.poisson(self._false[person])))]
        boxes = [{"box": [box.x0, box.y0, box.x1, box.y1], "from": None} for box in drawn]
        return {"boxes": boxes, "nothing": not boxes}

    def right(self, truth: list[tuple[Box, int, float]], verdict: Mapping[str, Any]) -> bool:
        """Each object has an accepted box that overlaps it by half, and there is no other accepted box."""
        accepted = [Box(*one["box"]) for one in verdict["boxes"] if one["probability"] >= 0.5]
        objects = [box for box, size, _ in truth if size >= 0]
        met = [any(box.iou(one) >= 0.5 for one in accepted) for box in objects]
        return all(met) and all(any(box.iou(one) >= 0.5 for box in objects) for one in accepted)

    def _place(self, size: int) -> Box:
        root = min(_ROOTS[size], 0.8 * min(self._width, self._height))
        tall = min(root * math.sqrt(1.3), self._height)
        wide = root**2 / tall
        x0, y0 = self._rng.uniform(0, self._width - wide), self._rng.uniform(0, self._height - tall)
        return Box(x0, y0, x0 + wide, y0 + tall)

    def _drawn(self, box: Box) -> Box:
        off = self._rng.normal(0, self._jitter * math.sqrt(box.area + self._floor**2), 4)
        x0, x1 = sorted((box.x0 + off[0], box.x1 + off[2]))
        y0, y1 = sorted((box.y0 + off[1], box.y1 + off[3]))
        clipped = Box(x0, y0, x1, y1).clipped(self._width, self._height)
        return clipped if min(clipped.width, clipped.height) >= 1 else box
