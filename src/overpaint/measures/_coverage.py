"""The share of a box that rectangles cover together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from overpaint.records import Box

__all__ = ["covered"]


def covered(box: Box, rectangles: Sequence[tuple[int, int, int, int]]) -> float:
    """The share of the box's area that lies in at least one of the rectangles, 0 to 1; exact but for rounding.

    Between two neighbouring upright edges the same rectangles are met everywhere, so the heights that they cover
    together there are summed, strip by strip.

    Parameters
    ----------
    box
        In pixels, with an area.
    rectangles
        ``(x0, y0, x1, y1)`` in pixels of the same frame, half-open.
    """
    inside = []
    for x0, y0, x1, y1 in rectangles:
        part = max(box.x0, x0), max(box.y0, y0), min(box.x1, x1), min(box.y1, y1)
        if part[0] < part[2] and part[1] < part[3]:
            inside.append(part)
    edges = sorted({part[side] for part in inside for side in (0, 2)})
    area = 0.0
    for left, right in itertools.pairwise(edges):
        high, reached = 0.0, -math.inf
        for top, bottom in sorted((p[1], p[3]) for p in inside if p[0] <= left and p[2] >= right):
            high += max(0.0, bottom - max(top, reached))
            reached = max(reached, bottom)
        area += high * (right - left)
    return min(1.0, area / box.area)
