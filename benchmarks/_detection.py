"""The protocol is the product's (docs/reference/detection-measure.md), under the names that benchmarks call it by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_figures import (
    Figures,
    figures,
    interval,
    paired,
    recall_at,
    threshold_for,
)
from overpaint.measures._detection_match import (
    LEAST_HEIGHT,
    OVERLAP,
    Matched,
    cores_of,
    match,
    overlaps,
    shares_covered,
)
from overpaint.measures._detection_pool import average_precision

__all__ = [
    "LEAST_HEIGHT",
    "OVERLAP",
    "Figures",
    "Floats",
    "Matched",
    "average_precision",
    "core",
    "covered",
    "figures",
    "interval",
    "match",
    "overlaps",
    "paired",
    "recall_at",
    "threshold_for",
]

Floats = npt.NDArray[np.float64]


def core(box: Floats, *, width: int, height: int) -> tuple[int, int, int, int]:
    """The core of one upright face."""
    return cores_of(box[None], width=width, height=height)[0]


def covered(faces: Floats, boxes: Floats, *, width: int, height: int) -> Floats:
    """The share of each true face (N x 4) that lies in the union of the cores of `boxes`."""
    cores = cores_of(boxes, width=width, height=height)
    return shares_covered(faces, cores, width=width, height=height)
