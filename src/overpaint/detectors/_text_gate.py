"""A cheap look that says where the slow reading of text may find something."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import numpy as np

from overpaint.detectors._ocr_boxes import Line
from overpaint.detectors._ocr_map import Size, TextMap
from overpaint.detectors._protocol import Detection, Image
from overpaint.records import Box

__all__ = ["TextGate", "regions"]

_FLOOR, _LEAST = 0.1, 0.15  # of a pixel of a line's core, and of the core's mean: far lower than for reading
_SHARE, _SHORTEST = 0.5, 256  # of the longer side that the whole picture is made to
_BOTTOM, _TOP = 64, 32  # pixels of the strips where owners write their names
_LONG = 1600
_LARGE = 0.35  # of the shorter side: a shape that high and not three times as long is no line of text
_THIN = 9  # a picture this many times longer than wide has nothing to spare

_ASIDE, _ABOVE = (6.0, 200), (1.0, 64)  # heights of a line, and the most pixels, that are looked at around it
_LEAST_ROOM, _LEAST_SIDE, _STEP = 16, 64, 32
_MOST_SHARE = 0.7  # of the picture: beyond, all of it is looked at
_MOST_REGIONS = 12


class TextGate:
    """The network that finds lines of text, on a small picture and on strips at the upper and lower edge in full size.

    Small print stands at the edges more often than not, and in the small picture it is too small. Not to be shared
    between threads.
    """

    name = "text-gate"
    version = "ppocr-v6-small 1"
    kinds = ("text-other",)
    long_side = 1600

    def __init__(self, seer: TextMap) -> None:
        self.weights = seer.weights
        self._seer = seer
        self._last: tuple[weakref.ref[Image], list[Detection]] | None = None

    def detect(self, image: Image) -> Sequence[Detection]:
        """Places where there may be text, roughly. Asked again about the same array, it does not look again."""
        if self._last is None or self._last[0]() is not image:
            self._last = weakref.ref(image), self._seen(image)
        return self._last[1]

    def _seen(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        if max(height, width) > _THIN * min(height, width):
            return [Detection("text-other", 1.0, Box(0, 0, width, height))]
        long = max(_SHORTEST, round(_SHARE * min(_LONG, max(height, width))))
        lines = self._lines(image, Size(long, long, _SHORTEST / max(height, width)), 0)
        full = min(1.0, _LONG / max(height, width))
        bottom, top = (round(side / full) for side in (_BOTTOM, _TOP))
        if height > 2 * (bottom + top):
            lines += self._lines(image[height - bottom :], Size(_BOTTOM, _LONG, 1.0), height - bottom)
            lines += self._lines(image[:top], Size(_TOP, _LONG, 1.0), 0)
        most = _LARGE * min(height, width)
        hulls = [(x.score, x.hull.clipped(width, height)) for x in lines if x.height < most or x.length > 3 * x.height]
        return [Detection("text-other", score, box) for score, box in hulls if box.area > 0]

    def _lines(self, part: Image, size: Size, y: int) -> list[Line]:
        lines = self._seer.lines(part, size, floor=_FLOOR, least=_LEAST)
        return [Line(line.corners + np.array([0, y], np.float32), line.score) for line in lines]


def regions(boxes: Sequence[Box], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The parts of a picture to be read, ``x0, y0, x1, y1``: lines with room around, what overlaps taken together.

    The whole picture, where they are many or cover most of it.
    """
    found = [_with_room(box, width, height) for box in boxes]
    merged = True
    while merged:
        merged = False
        rest: list[tuple[int, int, int, int]] = []
        for region in found:
            for i, other in enumerate(rest):
                if region[0] < other[2] and other[0] < region[2] and region[1] < other[3] and other[1] < region[3]:
                    low, high = zip(region[:2], other[:2], strict=True), zip(region[2:], other[2:], strict=True)
                    (x0, y0), (x1, y1) = (min(pair) for pair in low), (max(pair) for pair in high)
                    rest[i] = x0, y0, x1, y1
                    merged = True
                    break
            else:
                rest.append(region)
        found = rest
    if len(found) > _MOST_REGIONS or sum((r[2] - r[0]) * (r[3] - r[1]) for r in found) > _MOST_SHARE * width * height:
        return [(0, 0, width, height)]
    return found


def _with_room(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    line = min(box.width, box.height)
    aside, above = (max(_LEAST_ROOM, min(most, share * line)) for share, most in (_ASIDE, _ABOVE))
    if box.height > box.width:
        aside, above = above, aside
    x0, x1 = _span(box.x0 - aside, box.x1 + aside, width)
    y0, y1 = _span(box.y0 - above, box.y1 + above, height)
    return x0, y0, x1, y1


def _span(low: float, high: float, end: int) -> tuple[int, int]:
    """A stretch inside 0 to `end`, `_LEAST_SIDE` at least and a multiple of `_STEP`, where there is room for that."""
    low, high = max(0.0, low), min(float(end), high)
    length = min(end, max(_LEAST_SIDE, -(-int(high - low + 0.5) // _STEP) * _STEP))
    start = min(max(0, round((low + high - length) / 2)), end - length)
    return start, start + length
