"""Strips in pieces, and lines that were found twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from overpaint.detectors._ocr_boxes import Line
from overpaint.detectors._protocol import Image

__all__ = ["once", "pieces"]

_STRIP = 6  # a picture more than one and a half times this longer than wide is looked at in pieces
_LEAST_LENGTH = 1024
_MOST = 48
_SAME = 0.6  # share of the smaller of two lines that lies in the other


def pieces(image: Image) -> Iterator[tuple[int, int, Image]]:
    """The picture, or, where it is a strip that would be nothing but thin at any size, overlapping parts of it.

    Yields
    ------
    (x, y, part)
        The part's upper left corner. At most 48: those of a longer strip are longer.
    """
    height, width = image.shape[:2]
    long = max(height, width)
    length = max(_STRIP * min(height, width), _LEAST_LENGTH)
    if long <= 1.5 * length:
        yield 0, 0, image
        return
    count = min(_MOST, math.ceil((long - length / 4) / (length * 3 / 4)))
    step = math.ceil(long / (count + 1 / 3))  # a piece is four thirds of a step
    for start in range(0, step * count, step):
        stop = start + step + step // 3 + 1
        yield (start, 0, image[:, start:stop]) if width >= height else (0, start, image[start:stop])


def once(lines: Sequence[Line], worth: Sequence[float]) -> list[int]:
    """Which lines to keep where several looks found the same: of those that lie mostly in one another the worthiest.

    Lines of very different height are different lines: small print may lie within the box of a large mark.
    """
    order = sorted(range(len(lines)), key=lambda i: -worth[i])
    hulls = np.array([(h.x0, h.y0, h.x1, h.y1) for h in (line.hull for line in lines)], np.float32).reshape(-1, 4)
    areas = np.prod(hulls[:, 2:] - hulls[:, :2], axis=1)
    heights = np.array([line.height for line in lines], np.float32)
    kept: list[int] = []
    for i in order:
        sides = np.minimum(hulls[i, 2:], hulls[kept, 2:]) - np.maximum(hulls[i, :2], hulls[kept, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        alike = np.maximum(heights[kept], heights[i]) < 2 * np.minimum(heights[kept], heights[i])
        if not (alike & (shared > _SAME * np.minimum(areas[i], areas[kept]))).any():
            kept.append(i)
    return sorted(kept)
