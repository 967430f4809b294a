"""A picture as a described network wants it, and its boxes back in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._described_words import Input
from overpaint.detectors._protocol import Image

__all__ = ["Placed", "network_input", "place"]

Floats = npt.NDArray[np.float32]

_AREA_BELOW = 0.5  # INTER_LINEAR skips pixels where more than two become one


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a picture of ``width`` x ``height`` lies in a network's input: at ``left``, ``top``, made ``inner``."""

    width: int
    height: int
    left: int
    top: int
    inner_width: int
    inner_height: int

    def back(self, boxes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Boxes (N x 4: x0, y0, x1, y1) in pixels of the input as boxes in pixels of the picture, not clipped.

        Each side has its own exact ratio, so that rounding to whole pixels moves no box.
        """
        x, y = self.width / self.inner_width, self.height / self.inner_height
        shift = np.array([self.left, self.top, self.left, self.top], np.float64)
        moved: npt.NDArray[np.float64] = (boxes.astype(np.float64) - shift) * np.array([x, y, x, y], np.float64)
        return moved


def place(width: int, height: int, wanted: Input) -> Placed:
    """Where a picture goes; with ``centre-crop`` it reaches over the input's edges."""
    if wanted.fit == "stretch":
        return Placed(width, height, 0, 0, wanted.width, wanted.height)
    if wanted.fit == "centre-crop":
        ratio = max(wanted.width / width, wanted.height / height) / wanted.crop
        inner = max(wanted.width, round(width * ratio)), max(wanted.height, round(height * ratio))
    else:
        ratio = min(wanted.width / width, wanted.height / height)
        inner = (
            min(wanted.width, max(1, round(width * ratio))),
            min(wanted.height, max(1, round(height * ratio))),
        )
    if wanted.fit == "corner":
        return Placed(width, height, 0, 0, *inner)
    return Placed(width, height, (wanted.width - inner[0]) // 2, (wanted.height - inner[1]) // 2, *inner)


def network_input(image: Image, placed: Placed, wanted: Input) -> npt.NDArray[Any]:
    """The input for one picture: 1 x 3 x H x W or 1 x H x W x 3 of the type that is wanted."""
    if wanted.fit == "centre-crop":
        inner = _cropped(image, placed, wanted)
    else:
        inner = np.full((wanted.height, wanted.width, 3), round(wanted.fill), np.uint8)
        bottom, right = placed.top + placed.inner_height, placed.left + placed.inner_width
        inner[placed.top : bottom, placed.left : right] = _resized(image, placed.inner_width, placed.inner_height)
    if wanted.colour == "BGR":
        inner = inner[..., ::-1]
    if wanted.layout == "NCHW":
        inner = inner.transpose(2, 0, 1)
        shape = (3, 1, 1)
    else:
        shape = (1, 1, 3)
    if wanted.dtype == "uint8":
        return np.ascontiguousarray(inner[np.newaxis])
    scale, mean, std = (np.array(v, np.float32).reshape(shape) for v in (wanted.scale, wanted.mean, wanted.std))
    values: npt.NDArray[Any] = (inner.astype(np.float32) * scale - mean) / std
    return np.ascontiguousarray(values[np.newaxis].astype(wanted.dtype))


def _cropped(image: Image, placed: Placed, wanted: Input) -> Image:
    """The part that is looked at, cut out before it is resized: a strip of 1 x 30,000 would become enormous."""
    x, y = placed.width / placed.inner_width, placed.height / placed.inner_height
    left, top = round(-placed.left * x), round(-placed.top * y)
    right, bottom = max(left + 1, round(left + wanted.width * x)), max(top + 1, round(top + wanted.height * y))
    return _resized(image[top:bottom, left:right], wanted.width, wanted.height)


def _resized(image: Image, width: int, height: int) -> Image:
    if image.shape[:2] == (height, width):
        return image
    shrink = min(width / image.shape[1], height / image.shape[0]) < _AREA_BELOW
    grow = max(width / image.shape[1], height / image.shape[0]) > 1
    how = cv2.INTER_AREA if shrink and not grow else cv2.INTER_LINEAR
    result: Image = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=how)
    return result
