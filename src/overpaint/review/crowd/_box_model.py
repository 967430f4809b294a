"""The model of people who draw boxes, at given skills: which groups of boxes are objects, and where those are.

On an image there are objects, Poisson many of each size class. Each worker misses each with a probability of their own
and of its size class; and draws boxes where there is nothing, Poisson many. Each edge of a box is off by a normal error
in proportion to the root of the object's area; consensus boxes weigh workers by the inverse of its variance, with the
weights of a t distribution, so that a box drawn badly once counts little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd._box_skills import BoxSkills
from overpaint.review.crowd._boxing import Boxing, ordered
from overpaint.review.crowd._evidence import Evidence, Floats

__all__ = ["BoxConsensus", "ConsensusBox", "consensus_of", "judge_boxes", "located", "posterior", "rates_of"]

FREEDOM: Final = 4.0
"""Degrees of freedom of the t distribution of errors."""
_ROUNDS: Final = 4
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ConsensusBox:
    """A thing that somebody drew.

    Attributes
    ----------
    box
        Where it is, if it is.
    probability
        That it is an object.
    seen_by
        Who drew it, by name.
    given
        How many answered on the image.
    """

    box: Box
    probability: float
    seen_by: tuple[str, ...]
    given: int


@dataclass(frozen=True, slots=True)
class BoxConsensus:
    """What all answers on one image say together.

    Attributes
    ----------
    boxes
        Everything that anybody drew, with its probability; the most probable first.
    complete
        Probability that no object is missing from the accepted boxes (those of 0.5 or more).
    expected_missed
        How many are, on average.
    """

    boxes: tuple[ConsensusBox, ...]
    complete: float
    expected_missed: float

    def accepted(self, threshold: float = 0.5) -> tuple[ConsensusBox, ...]:
        """The boxes of at least this probability."""
        return tuple(box for box in self.boxes if box.probability >= threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Skills as arrays, one row a worker of the evidence; ``objects`` per image by size class."""

    miss: Floats
    false: Floats
    jitter: Floats
    objects: Floats
    sizes: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Of each group, that it is an object; of each image and size class, how many nobody drew."""

    objects: Floats
    unseen: Floats


def rates_of(skills: BoxSkills, workers: Sequence[str]) -> Rates:
    """The skills of these workers."""
    known = [skills[worker] for worker in workers]
    return Rates(
        np.array([skill.miss for skill in known]).reshape(-1, 3),
        np.array([skill.false_per_image for skill in known]),
        np.array([skill.jitter for skill in known]).reshape(-1, 2),
        np.array(skills.crowd.objects),
        np.array(skills.crowd.false_sizes),
    )


def posterior(evidence: Evidence, rates: Rates) -> Posterior:
    """Which groups are objects.

    A group of one box is an object that one drew and the others missed, or a false box of the one. Where two or more
    drew the same, chance alone does not do that.
    """
    count, size = len(evidence.group_image), evidence.group_size
    miss = np.clip(rates.miss, _LEAST, 1 - _LEAST)
    chance = np.where(
        evidence.pair_drew,
        np.log1p(-miss)[evidence.pair_worker, size[evidence.pair_group]],
        np.log(miss)[evidence.pair_worker, size[evidence.pair_group]],
    )
    real = np.log(rates.objects[size]) + np.bincount(evidence.pair_group, chance, count)
    drawn = np.bincount(evidence.box_group, minlength=count)
    false = np.log(np.maximum(rates.sizes[size], _LEAST))
    false += np.bincount(evidence.box_group, np.log(np.maximum(rates.false, _LEAST))[evidence.box_worker], count)
    objects = np.where(drawn == 1, 1 / (1 + np.exp(np.clip(false - real, -700, 700))), 1.0)
    unseen = np.zeros((len(evidence.images), 3))
    np.add.at(unseen, evidence.answer_image, np.log(miss)[evidence.answer_worker])
    return Posterior(objects, rates.objects * np.exp(unseen))


def located(evidence: Evidence, rates: Rates) -> tuple[Floats, Floats, Floats]:
    """Where each group's thing is: corners, the variance of each edge, and each box's robust weights."""
    count, group = len(evidence.group_image), evidence.box_group
    small = np.minimum(evidence.group_size, 1)
    variance = rates.jitter[evidence.box_worker, small[group]] ** 2
    trust = np.ones_like(evidence.corners)
    where, scale, precision = np.zeros((count, 4)), np.ones(count), np.ones((count, 4))
    for _ in range(_ROUNDS):
        weight = trust / variance[:, None]
        for edge in range(4):
            precision[:, edge] = np.bincount(group, weight[:, edge], count)
            where[:, edge] = np.bincount(group, weight[:, edge] * evidence.corners[:, edge], count) / precision[:, edge]
        scale = np.maximum(np.sqrt(np.maximum(np.prod(where[:, 2:] - where[:, :2], axis=1), 0.0)), 1.0)
        off = ((evidence.corners - where[group]) / scale[group, None]) ** 2 / variance[:, None]
        trust = (FREEDOM + 1) / (FREEDOM + off)
    return where, scale[:, None] ** 2 / precision, trust


def consensus_of(evidence: Evidence, skills: BoxSkills) -> dict[str, BoxConsensus]:
    """The E-step, told image by image."""
    rates = rates_of(skills, evidence.workers)
    found = posterior(evidence, rates)
    where = located(evidence, rates)[0]
    asked = np.bincount(evidence.answer_image, minlength=len(evidence.images))
    drew: list[list[str]] = [[] for _ in evidence.group_image]
    for group, worker in zip(evidence.box_group, evidence.box_worker, strict=True):
        drew[group].append(evidence.workers[worker])
    boxes: list[list[ConsensusBox]] = [[] for _ in evidence.images]
    for group, image in enumerate(evidence.group_image):
        x0, y0, x1, y1 = where[group].tolist()
        box = Box(x0, y0, x1, y1, int(evidence.group_page[group]))
        told = ConsensusBox(box, float(found.objects[group]), tuple(sorted(drew[group])), int(asked[image]))
        boxes[image].append(told)
    result = {}
    for name, here, unseen in zip(evidence.images, boxes, found.unseen.sum(axis=1), strict=True):
        left = [one.probability for one in here if one.probability < 0.5]
        complete = float(np.exp(-unseen) * np.prod([1 - p for p in left]))
        here.sort(key=lambda one: (-one.probability, one.box.page, one.box.x0, one.box.y0, one.box.x1, one.box.y1))
        result[name] = BoxConsensus(tuple(here), complete, float(unseen + sum(left)))
    return result


def judge_boxes(answers: Sequence[Boxing], skills: BoxSkills) -> BoxConsensus:
    """What the answers on one image say together, at these skills.

    Equal to what `fit_boxes` says of the image at the skills it found.

    Parameters
    ----------
    answers
        Of one image; none: nothing is known but the crowd's usual number of objects.

    Raises
    ------
    UsageError
        The answers are of several images, somebody answered twice, or a box is no rectangle.
    """
    given = ordered(answers)
    if not given:
        unseen = sum(skills.crowd.objects)
        return BoxConsensus((), float(np.exp(-unseen)), unseen)
    if given[0].image != given[-1].image:
        raise UsageError("answers: of several images; give those of one, or use fit_boxes")
    return consensus_of(Evidence.of(given), skills)[given[0].image]
