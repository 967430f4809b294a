"""One image's detections held against its true boxes.

The protocol: detections are taken by falling score; one matches the free counted box with which it has the highest
IoU, if that is at least the overlap asked for (0.5, as in Pascal VOC: Everingham et al., IJCV 88, 2010). A detection
that matches none but lies on an ignored box (marked invalid or difficult, or below the least height) with so much IoU
is dropped, and so is one below the least height itself. Of a crowd, one box for many, the share of the detection that
lies in it counts instead (Lin et al., "Microsoft COCO", ECCV 2014). What is left is false. Precision is therefore a
lower bound: nobody labelled everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint import painting
from overpaint.measures._coverage import covered
from overpaint.records import Box

__all__ = ["COVERED", "LEAST_HEIGHT", "OVERLAP", "Matched", "cores_of", "inside", "match", "overlaps", "shares_covered"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

OVERLAP = 0.5
LEAST_HEIGHT = 20.0
COVERED = 0.95
"""The share of a true box that has to lie in the cores for it to count as covered."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """One image held against its truth.

    Attributes
    ----------
    scores, true
        Of the detections that count, by falling score.
    caught
        For each counted box the score of the detection that matched it (-1: none).
    heights
        Of the counted boxes, in pixels.
    whose
        For each detection the number of the counted box that it matched (-1: none).
    tall
        Of the detections, their heights in pixels.
    """

    scores: Floats
    true: Bools
    caught: Floats
    heights: Floats
    whose: Ints
    tall: Floats


def _areas(boxes: Floats) -> Floats:
    return np.asarray(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1), np.float64)


def _shared(one: Floats, many: Floats) -> Floats:
    low = np.maximum(one[:, None, :2], many[None, :, :2])
    high = np.minimum(one[:, None, 2:], many[None, :, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0), axis=2), np.float64)


def overlaps(one: Floats, many: Floats) -> Floats:
    """IoU of N x 4 with M x 4 boxes, N x M."""
    shared = _shared(one, many)
    return np.asarray(shared / np.maximum(_areas(one)[:, None] + _areas(many)[None] - shared, 1e-9))


def inside(one: Floats, many: Floats) -> Floats:
    """The share of each of N boxes that lies in each of M, N x M."""
    return np.asarray(_shared(one, many) / np.maximum(_areas(one)[:, None], 1e-9))


def match(
    boxes: Floats,
    scores: Floats,
    truth: Floats,
    counted: Bools,
    *,
    least_height: float = LEAST_HEIGHT,
    overlap: float = OVERLAP,
    crowd: Bools | None = None,
) -> Matched:
    """Hold one image's detections against its true boxes.

    Parameters
    ----------
    boxes, scores
        N x 4 corners ``x0, y0, x1, y1`` in pixels, and N scores.
    truth, counted
        M x 4 corners, and which of them count; the others are ignored.
    least_height
        Unmatched detections below that height in pixels are dropped.
    overlap
        The IoU from which on a detection matches.
    crowd
        Which of the M are crowds; those never count.
    """
    crowds = np.zeros(len(truth), np.bool_) if crowd is None else crowd
    real, ignored = truth[counted & ~crowds], truth[~counted & ~crowds]
    caught = np.full(len(real), -1.0)
    kept: list[tuple[float, int, float]] = []
    on_real, on_ignored = overlaps(boxes, real), overlaps(boxes, ignored)
    in_crowd = inside(boxes, truth[crowds])
    for index in np.argsort(-scores, kind="stable"):
        free = np.where(caught < 0, on_real[index], -1.0)
        height = float(boxes[index, 3] - boxes[index, 1])
        if free.size and free.max() >= overlap:
            caught[free.argmax()] = scores[index]
            kept.append((float(scores[index]), int(free.argmax()), height))
        elif max(on_ignored[index].max(initial=0.0), in_crowd[index].max(initial=0.0)) >= overlap:
            continue
        elif height >= least_height:
            kept.append((float(scores[index]), -1, height))
    whose = np.array([at for _, at, _ in kept], np.int64)
    return Matched(
        np.array([score for score, _, _ in kept], np.float64),
        whose >= 0,
        caught,
        real[:, 3] - real[:, 1],
        whose,
        np.array([height for _, _, height in kept], np.float64),
    )


def cores_of(boxes: Floats, *, width: int, height: int, orientation: int = 1) -> list[tuple[int, int, int, int]]:
    """What would be painted at full strength for N x 4 boxes in stored pixels (docs/reference/contract.md)."""
    given = [_box(box) for box in boxes]
    groups = painting.regions(given, width=width, height=height, orientation=orientation).groups
    return [core for group in groups for core in group.cores]


def shares_covered(truth: Floats, cores: Sequence[tuple[int, int, int, int]], *, width: int, height: int) -> Floats:
    """The share of each true box (N x 4, in whole pixels of the image) that lies in the union of cores."""
    shares = []
    for each in truth:
        x0, y0, x1, y1 = _box(each).clipped(width, height).outward()
        nothing = x0 >= x1 or y0 >= y1  # of what lies outside, nothing can be seen
        shares.append(1.0 if nothing else covered(Box(x0, y0, x1, y1), cores))
    return np.array(shares, np.float64)


def _box(corners: Floats) -> Box:
    x0, y0, x1, y1 = (float(side) for side in corners)
    return Box(x0, y0, x1, y1)
