"""What all answers on one image say together, as facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd._box_model import located, placed, posterior
from overpaint.review.crowd._box_skills import BoxSkills, rates_of
from overpaint.review.crowd._boxing import Boxing, ordered
from overpaint.review.crowd._evidence import Evidence, Proposals

__all__ = ["BoxConsensus", "ConsensusBox", "consensus_of", "judge_boxes"]


@dataclass(frozen=True, slots=True)
class ConsensusBox:
    """A thing that somebody drew, or that was proposed.

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
    placed, spread
        If it is an object, the probability that the box overlaps it by half (intersection over union), as far as
        workers err independently; and the standard deviation of an edge, in pixels.
    """

    box: Box
    probability: float
    seen_by: tuple[str, ...]
    given: int
    placed: float = 1.0
    spread: float = 0.0


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
    beyond
        Of these, those that nobody of the crowd would draw, however many were asked.
    """

    boxes: tuple[ConsensusBox, ...]
    complete: float
    expected_missed: float
    beyond: float = 0.0

    def accepted(self, threshold: float = 0.5) -> tuple[ConsensusBox, ...]:
        """The boxes of at least this probability."""
        return tuple(box for box in self.boxes if box.probability >= threshold)


def consensus_of(evidence: Evidence, skills: BoxSkills) -> dict[str, BoxConsensus]:
    """The E-step at these skills, told image by image."""
    rates = rates_of(skills, evidence.workers)
    found, where = posterior(evidence, rates, skills.crowd), located(evidence, rates, skills.crowd)
    well = placed(where.corners, where.spread)
    asked = np.bincount(evidence.answer_image, minlength=len(evidence.images))
    drew: list[list[str]] = [[] for _ in evidence.group_image]
    for group, worker in zip(evidence.box_group, evidence.box_worker, strict=True):
        drew[group].append(evidence.workers[worker])
    boxes: list[list[ConsensusBox]] = [[] for _ in evidence.images]
    for group, image in enumerate(evidence.group_image):
        x0, y0, x1, y1 = where.corners[group].tolist()
        box = Box(x0, y0, x1, y1, int(evidence.group_page[group]))
        told = ConsensusBox(
            box,
            float(found.objects[group]),
            tuple(drew[group]),
            int(asked[image]),
            float(well[group]),
            float(where.spread[group]),
        )
        boxes[image].append(told)
    result = {}
    missed = found.unseen.sum(axis=(1, 2)) * found.more + found.beyond
    for name, here, unseen, beyond in zip(evidence.images, boxes, missed, found.beyond, strict=True):
        left = [one.probability for one in here if one.probability < 0.5]
        complete = float(np.exp(-unseen) * np.prod([1 - p for p in left]))
        here.sort(key=lambda one: (-one.probability, one.box.page, one.box.x0, one.box.y0, one.box.x1, one.box.y1))
        result[name] = BoxConsensus(tuple(here), complete, float(unseen + sum(left)), float(beyond))
    return result


def judge_boxes(answers: Sequence[Boxing], skills: BoxSkills, *, proposals: Proposals = ()) -> BoxConsensus:
    """What the answers on one image say together, at these skills.

    Equal to what `fit_boxes` says of the image at the skills it found.

    Parameters
    ----------
    answers
        Of one image, at least one.
    proposals
        Boxes that were shown with it, each with the probability that it is of an object.

    Raises
    ------
    UsageError
        There are no answers or they are of several images, somebody answered twice, or a box is no rectangle.
    """
    given = ordered(answers)
    if not given:
        unseen = sum(skills.crowd.objects)
        return BoxConsensus((), float(np.exp(-unseen)), unseen, unseen * skills.crowd.beyond)
    if given[0].image != given[-1].image:
        raise UsageError("answers: of several images; give those of one, or use fit_boxes")
    image = given[0].image
    return consensus_of(Evidence.of(given, {image: proposals}), skills)[image]
