"""The baseline: boxes that more than half of the workers drew, with averaged corners."""

from __future__ import annotations

from collections.abc import Sequence

from overpaint.records import Box
from overpaint.review.crowd._box_consensus import BoxConsensus, ConsensusBox
from overpaint.review.crowd._boxing import Boxing, by_image, ordered
from overpaint.review.crowd._objects import grouped

__all__ = ["majority_boxes"]


def majority_boxes(answers: Sequence[Boxing], *, overlap: float = 0.5) -> dict[str, BoxConsensus]:
    """Group the boxes of each image, and keep the groups that more than half of its workers drew.

    A box's probability is the share of workers who drew it; ``complete`` is 1 where no group was left out.

    Parameters
    ----------
    overlap
        Mean intersection over union from which on boxes are of one object.
    """
    found = {}
    for here in by_image(ordered(answers)):
        told = []
        for group in grouped(here, join=overlap, loose=overlap):
            x0, y0, x1, y1 = group.corners.mean(axis=0).tolist()
            box = Box(x0, y0, x1, y1, group.page)
            names = tuple(here[i].worker for i in group.workers)
            told.append(ConsensusBox(box, len(names) / len(here), names, len(here)))
        kept = tuple(one for one in told if 2 * len(one.seen_by) > one.given)
        missed = sum(one.probability for one in told if 2 * len(one.seen_by) <= one.given)
        found[here[0].image] = BoxConsensus(kept, float(missed == 0), missed)
    return found
