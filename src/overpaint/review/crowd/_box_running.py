"""Skills that are carried on while answers arrive."""

from __future__ import annotations

from collections.abc import Sequence

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd._box_fit import tallied
from overpaint.review.crowd._box_model import located, posterior
from overpaint.review.crowd._box_skills import BoxSkills, BoxTally, rates_of
from overpaint.review.crowd._boxing import Boxing, ordered
from overpaint.review.crowd._evidence import Evidence, Proposals

__all__ = ["update_boxes"]


def update_boxes(
    answers: Sequence[Boxing],
    skills: BoxSkills,
    *,
    proposals: Proposals = (),
    truth: Sequence[Box] | None = None,
) -> BoxSkills:
    """Skills after one more image is finished; what the crowd is like stays until `fit_boxes` is called again.

    Parameters
    ----------
    answers
        All answers on the image, none of which was counted before.
    proposals
        Boxes that were shown, each with the probability that it is of an object.
    truth
        The objects, where they are known (a gold question): what is elsewhere is none.

    Raises
    ------
    UsageError
        The answers are of several images, somebody answered twice, or a box is no rectangle.
    """
    given = ordered(answers)
    if not given:
        return skills
    if given[0].image != given[-1].image:
        raise UsageError("answers: of several images; give those of one")
    shown = proposals if truth is None else [(box, 1.0) for box in truth]
    evidence = Evidence.of(given, {given[0].image: shown}, known=[given[0].image] if truth is not None else [])
    rates = rates_of(skills, evidence.workers)
    found, where = posterior(evidence, rates, skills.crowd), located(evidence, rates, skills.crowd)
    rows = tallied(evidence, rates, found, where)
    return skills.plus({name: BoxTally.of(row) for name, row in zip(evidence.workers, rows, strict=True)})
