"""Pictures in grey, no larger than a detector can use, and boxes back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._letterbox import Scale, fit
from overpaint.detectors._protocol import Image
from overpaint.records import Box

__all__ = ["Grey", "in_grey"]


@dataclass(frozen=True, slots=True)
class Grey:
    """Grey levels (H x W), and how many pixels of the picture each of them is across and down."""

    levels: npt.NDArray[np.uint8]
    across: float
    down: float

    def back(self, box: Box) -> Box:
        """A box of the levels in pixels of the picture, not clipped."""
        return Box(box.x0 * self.across, box.y0 * self.down, box.x1 * self.across, box.y1 * self.down)


def in_grey(image: Image, *, long_side: int) -> Grey:
    """An RGB picture in grey, made smaller where its longer side is more than `long_side` pixels."""
    height, width = image.shape[:2]
    place = fit(width, height, Scale(long_side))
    side = place.inner_width, place.inner_height
    small = image if side == (width, height) else cv2.resize(image, side, interpolation=cv2.INTER_AREA)
    levels = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    return Grey(levels, width / side[0], height / side[1])
