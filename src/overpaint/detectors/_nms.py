"""Overlap of boxes, and the choice of one among many that show the same thing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["iou", "suppress"]

Floats = npt.NDArray[np.float32]


def iou(one: Floats, many: Floats) -> Floats:
    """Intersection over union of one box (4) with many (N x 4); 0 where both are empty."""
    low = np.maximum(one[:2], many[:, :2])
    high = np.minimum(one[2:], many[:, 2:])
    sides = np.maximum(high - low, 0)
    shared = sides[:, 0] * sides[:, 1]
    union = (one[2] - one[0]) * (one[3] - one[1]) + (many[:, 2] - many[:, 0]) * (many[:, 3] - many[:, 1]) - shared
    result: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return result


def suppress(boxes: Floats, scores: Floats, *, overlap: float, most: int) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression.

    Takes the best box, drops all whose IoU with it is above `overlap`, and so on. Of equal scores the earlier comes
    first. Only the `most` best are considered, so that a picture made to trigger everywhere costs a bounded time;
    the work is one vectorised pass for each box that is kept.

    Parameters
    ----------
    boxes
        N x 4, x0, y0, x1, y1.
    scores
        N.
    overlap
        The IoU up to which a box beside a better one stays.
    most
        How many boxes are considered.

    Returns
    -------
    array
        Indices of the kept boxes, best first.
    """
    rest = np.argsort(-scores, kind="stable")[:most]
    kept: list[np.intp] = []
    while rest.size:
        best, rest = rest[0], rest[1:]
        kept.append(best)
        if rest.size:
            rest = rest[iou(boxes[best], boxes[rest]) <= overlap]
    return np.array(kept, dtype=np.intp)
