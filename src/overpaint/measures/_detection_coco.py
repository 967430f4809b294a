"""Average precision as COCO counts it: the mean over ten overlaps, precision read off at 101 recalls.

Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and the evaluation that belongs to it: at most 100
detections an image; a detection takes the free counted box with the highest IoU, and one that is ignored only where no
counted one fits; of a crowd, which may take any number, the share of the detection inside counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_match import inside, overlaps
from overpaint.measures._detection_pool import Statistic

__all__ = ["COCO_OVERLAPS", "CocoImage", "coco_image", "coco_statistics"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

COCO_OVERLAPS: tuple[float, ...] = tuple(np.linspace(0.5, 0.95, 10).tolist())
_RECALLS = np.linspace(0, 1, 101)
_MOST = 100  # detections of an image


@dataclass(frozen=True, slots=True, eq=False)
class CocoImage:
    """One image's detections by falling score, and for each overlap (a row) which are true and which count at all."""

    scores: Floats
    true: Bools
    counts: Bools
    boxes: int


def coco_image(
    boxes: Floats, scores: Floats, truth: Floats, counted: Bools, crowd: Bools, *, least_height: float = 0.0
) -> CocoImage:
    """Hold one image's detections against its truth, at every overlap.

    Parameters
    ----------
    boxes, scores, truth, counted, crowd, least_height
        As `match` takes them. Unmatched detections below that height do not count, as COCO's ranges of area do it.
    """
    order = np.argsort(-scores, kind="stable")[:_MOST]
    boxes, scores = boxes[order], scores[order]
    first = np.argsort(~counted, kind="stable")  # those that count, then the ignored ones
    truth, counted, crowd = truth[first], counted[first], crowd[first]
    fit = np.where(crowd[None], inside(boxes, truth), overlaps(boxes, truth))
    true = np.zeros((len(COCO_OVERLAPS), len(boxes)), np.bool_)
    counts = np.ones_like(true)
    for row, overlap in enumerate(COCO_OVERLAPS):
        free = np.ones(len(truth), np.bool_)
        for index in range(len(boxes)):
            taken = _taken(fit[index], free | crowd, counted, min(overlap, 1 - 1e-10))
            if taken < 0:
                counts[row, index] = boxes[index, 3] - boxes[index, 1] >= least_height
                continue
            free[taken] = False
            true[row, index] = counts[row, index] = counted[taken]
    return CocoImage(scores, true, counts, int(counted.sum()))


def _taken(fit: Floats, free: Bools, counted: Bools, overlap: float) -> int:
    """The box that a detection takes: of those that count the best, else of the ignored ones; -1: none."""
    for part in (counted, ~counted):
        fits = np.where(free & part, fit, -1.0)
        if fits.size and fits.max() >= overlap:
            return int(len(fits) - 1 - fits[::-1].argmax())  # of equal ones the last, as COCO's loop ends
    return -1


def coco_statistics(images: Sequence[CocoImage]) -> dict[str, Statistic]:
    """``coco_ap`` over all overlaps, and ``coco_ap50`` and ``coco_ap75`` at one."""
    scores = np.concatenate([np.zeros(0), *(each.scores for each in images)])
    order = np.argsort(-scores, kind="stable")
    image = np.repeat(np.arange(len(images)), [len(each.scores) for each in images])[order]
    none = np.zeros((len(COCO_OVERLAPS), 0), np.bool_)
    true = np.concatenate([none, *(each.true for each in images)], axis=1)[:, order]
    counts = np.concatenate([none, *(each.counts for each in images)], axis=1)[:, order]
    boxes = np.array([each.boxes for each in images], np.float64)

    def over(rows: Sequence[int]) -> Statistic:
        def of(weights: Floats) -> Floats:
            found = []
            for weight, total in zip(weights, weights @ boxes, strict=True):
                mine = weight[image]
                found.append(np.mean([_ap(mine, true[row], counts[row], total) for row in rows]) if total else np.nan)
            return np.array(found, np.float64)

        return of

    return {"coco_ap": over(range(len(COCO_OVERLAPS))), "coco_ap50": over([0]), "coco_ap75": over([5])}


def _ap(weights: Floats, true: Bools, counts: Bools, boxes: float) -> float:
    hits = np.cumsum(weights * (true & counts))
    seen = np.cumsum(weights * counts)
    if not len(hits):
        return 0.0
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(hits / boxes, _RECALLS, side="left")
    return float(np.append(highest, 0.0)[at].mean())
