"""The cheap half of looking for text: whether there may be any, and which parts are worth the dear half."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from overpaint.detectors._ocr_boxes import Line
from overpaint.detectors._ocr_map import Glance, Size, even, lines_in
from overpaint.detectors._protocol import Detection, Image
from overpaint.records import Box

__all__ = ["TextGate", "regions"]

_FLOOR, _LEAST = 0.1, 0.18  # of a pixel of a line's core, and of the core's mean: far lower than for reading
_CENTRE, _CENTRE_LEAST = 80, 0.4  # rows in the middle that are looked at with even contrast, and a core's mean there
_LARGE = 0.35  # of the shorter side: a shape that high and not three times as long is no line of text

_ASIDE, _ABOVE = (6.0, 200), (1.0, 64)  # heights of a line, and the most pixels, that are looked at around it
_LEAST_ROOM, _LEAST_SIDE, _STEP = 16, 64, 32
_MOST_SHARE = 0.7  # of the picture: beyond, all of it is looked at
_MOST_REGIONS = 12


class TextGate:
    """The network that finds lines of text, at the picture's own size and with a low threshold.

    What it computes is the first look of `Ocr` too, which shares its `Glance`. Agencies lay half-transparent marks over
    the middle, so a strip there, half as wide as the picture, is looked at with its contrast evened out. What was said
    of the last picture is kept as long as that lives, for `Ocr` asks again. Not to be shared between threads.
    """

    name = "text-gate"
    version = "ppocr-v6-small 1"
    kinds = ("text-other",)

    def __init__(self, glance: Glance) -> None:
        self.weights = glance.seer.weights
        self.long_side = glance.size.long
        self._glance = glance
        self._image: weakref.ref[Image] | None = None
        self._places: tuple[Detection, ...] = ()

    def detect(self, image: Image) -> Sequence[Detection]:
        """Places where there may be text, roughly."""
        if self._image is None or self._image() is not image:
            self._places = tuple(self._look(image))
            self._image = weakref.ref(image)
        return self._places

    def _look(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        lines = self._glance.lines(image, floor=_FLOOR, least=_LEAST)
        if min(height, width) >= 2 * _CENTRE:
            lines += self._centre(image)
        most = _LARGE * min(height, width)
        hulls = [(x.score, x.hull.clipped(width, height)) for x in lines if x.height < most or x.length > 3 * x.height]
        return [Detection("text-other", score, box) for score, box in hulls if box.area > 0]

    def _centre(self, image: Image) -> list[Line]:
        """Lines in the middle of a picture, however faint."""
        height, width = image.shape[:2]
        rows = round(_CENTRE * max(1.0, max(height, width) / self._glance.size.long))
        x, y = width // 4, (height - rows) // 2
        part = even(image)[y : y + rows, x : width - x]
        heat, scale = self._glance.seer.heat(part, Size(1, self._glance.size.long, 1.0))
        return lines_in([(x, y, heat, scale)], floor=2 * _FLOOR, least=_CENTRE_LEAST)


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
