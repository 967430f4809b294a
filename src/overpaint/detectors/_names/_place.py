"""Where in the stored picture an area lies that XMP tells."""

from __future__ import annotations

from typing import Final

from overpaint.detectors._names._xmp import Area
from overpaint.records import Box

__all__ = ["placed"]

_ALIKE: Final = 0.02
"""Sides of one picture in two sizes differ by so much in their ratio, where both were rounded."""


def placed(area: Area, *, width: int, height: int, orientation: int) -> Box | None:
    """The area in pixels of a stored picture of that size, clipped to it; None where it cannot be told.

    Areas are told for the stored picture (MWG 2.0, 5.9: before it is turned as EXIF says). Where the size that they
    were made for is told, and is that of the picture turned upright and not of the stored one, they are taken to be of
    that. Where it has the shape of neither, the picture was cropped since, and the area says nothing of what is left.
    """
    sides = float(width), float(height)
    frame, turned = sides, False
    if area.of is not None and not _alike(area.of, sides):
        turned = orientation > 4 and _alike(area.of, sides[::-1])
        if not turned:
            return None
        frame = sides[::-1]
    across, down = (frame[0] / area.of[0], frame[1] / area.of[1]) if area.of else (1.0, 1.0)
    if not area.pixels:
        across, down = frame
    around = area.radius * (across if area.pixels else min(frame) if area.of_shorter else frame[0])
    box = Box(
        area.left * across - around, area.top * down - around, area.right * across + around, area.bottom * down + around
    )
    whole = (_stored(box, orientation, *sides) if turned else box).clipped(width, height)
    # numbers are told in decimals; a share of a share must not reach into one more pixel
    near = Box(round(whole.x0, 3), round(whole.y0, 3), round(whole.x1, 3), round(whole.y1, 3))
    return near if near.width >= 1 and near.height >= 1 else None


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two pictures have the same shape."""
    left, right = one[0] * other[1], one[1] * other[0]
    return abs(left - right) <= _ALIKE * max(left, right)


def _stored(box: Box, orientation: int, width: float, height: float) -> Box:
    """A box of the upright picture in the stored one of that size, where the two have their sides swapped."""
    x0, x1, y0, y1 = box.y0, box.y1, box.x0, box.x1
    if orientation in (7, 8):
        x0, x1 = width - x1, width - x0
    if orientation in (6, 7):
        y0, y1 = height - y1, height - y0
    return Box(x0, y0, x1, y1)
