"""Where lines of text lie, from the map of a text detection network.

The network (DB: Liao, Wan, Yao, Chen and Bai, "Real-time Scene Text Detection with Differentiable Binarization",
arXiv:1911.08947) says for each pixel how surely it belongs to the *core* of a line: the line shrunk by
``d = area * (1 - r^2) / perimeter``. So a core is grown back by ``area * UNCLIP / perimeter`` on each side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.records import Box

__all__ = ["Line", "lines_of"]

Floats = npt.NDArray[np.float32]

_UNCLIP = 1.6
_LEAST_SIDE = 3.0  # of a core, in pixels of the map: less is noise
_MOST = 1000  # cores that are considered, the largest first


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: a rectangle that may lie aslant, in pixels of the picture.

    Attributes
    ----------
    corners
        4 x 2 (x, y) clockwise, from where the reading would begin if the text is not upside down.
    score
        Mean of the map in the core, 0 to 1.
    """

    corners: Floats
    score: float

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def hull(self) -> Box:
        """The upright box around it, not clipped."""
        (x0, y0), (x1, y1) = self.corners.min(axis=0).tolist(), self.corners.max(axis=0).tolist()
        return Box(x0, y0, x1, y1)


def lines_of(heat: Floats, *, floor: float, least: float, scale: tuple[float, float]) -> list[Line]:
    """Lines of text in a map of the network.

    Parameters
    ----------
    heat
        H x W, 0 to 1.
    floor
        What a pixel of a core has at least.
    least
        Mean that a core must have.
    scale
        Pixels of the picture for one of the map, x and y.

    Returns
    -------
    list of Line
        By falling score. Of more than a thousand cores those with the longest outlines are taken.
    """
    mask = cv2.dilate((heat > floor).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    outlines = sorted(outlines, key=lambda one: -len(one) if len(outlines) > _MOST else 0)
    found = [line for outline in outlines[:_MOST] if (line := _line(heat, outline, least, scale)) is not None]
    return sorted(found, key=lambda line: -line.score)


def _line(heat: Floats, outline: npt.NDArray[np.int32], least: float, scale: tuple[float, float]) -> Line | None:
    (x, y), (wide, high), angle = cv2.minAreaRect(outline)
    if min(wide, high) < _LEAST_SIDE:
        return None
    score = _mean(heat, cv2.boxPoints(((x, y), (wide, high), angle)))
    if score < least:
        return None
    grown = wide * high * _UNCLIP / (wide + high)  # both sides together: 2 * area * UNCLIP / perimeter
    corners = cv2.boxPoints(((x + 0.5, y + 0.5), (wide + grown, high + grown), angle))
    return Line(_in_reading_order(corners * np.array(scale, np.float32)), min(1.0, score))


def _mean(heat: Floats, corners: Floats) -> float:
    """Mean of the map inside a rectangle that may lie aslant."""
    height, width = heat.shape
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, (width - 1, height - 1)) + 1
    inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(inside, [(corners - (x0, y0)).astype(np.int32)], (1,))
    return float(cv2.mean(heat[y0:y1, x0:x1], inside)[0])


def _in_reading_order(corners: Floats) -> Floats:
    """The corners so that the first side is the line's direction, left to right, or top to bottom where it is steep.

    A rectangle that is nearly a square is taken as lying: single characters are upright more often than not.
    """
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    square = max(lengths) < 1.5 * min(lengths)
    along = np.abs(sides[:, 0]) if square else np.where(lengths >= max(lengths) - 1e-3, 1.0, 0.0)
    steep = np.abs(sides[:, 1]) > 2 * np.abs(sides[:, 0])
    forward = np.where(steep, sides[:, 1], sides[:, 0])
    start = int(np.argmax(np.where(forward > 0, along, -1.0)))
    ordered: Floats = np.roll(corners, -start, axis=0)
    return ordered
