"""Where a box of the stored frame lies in the picture that people are shown, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overpaint.records import Box
from overpaint.review._questions import MOST_BOXES, Question
from overpaint.review._words import Kind

__all__ = ["MAX_SIDE", "Shown"]

MAX_SIDE = 2048
"""No shown picture is longer than this, in pixels."""

_DECIMALS = 6  # of a shown pixel: a box that nobody moved comes back as it was to the hundredth that answers keep
_SWAPPED = frozenset({5, 6, 7, 8})  # the upright picture's columns are the stored frame's rows
_MIRRORED = frozenset({2, 3, 7, 8})  # the stored frame's left is the upright picture's right or bottom
_FLIPPED = frozenset({3, 4, 6, 7})  # the stored frame's top is the upright picture's bottom or right


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of a question as it is shown: a part of the stored frame, turned upright, perhaps shrunk.

    Attributes
    ----------
    part
        ``x0, y0, x1, y1`` of the stored frame, whole pixels: the crop grown to them, or the whole frame.
    orientation
        EXIF orientation, 1 to 8, by which it is turned.
    width, height
        Of the shown picture, in pixels. It is never larger than stored; sides are rounded, at least 1.
    page
        Of a multi-page file; boxes that come back name it.
    """

    part: tuple[int, int, int, int]
    orientation: int
    width: int
    height: int
    page: int = 0

    @classmethod
    def of(cls, question: Question, *, max_side: int = MAX_SIDE) -> Shown | None:
        """What is shown of a question's picture; None where it has none or its size is not known."""
        if not question.sample or question.width < 1 or question.height < 1:
            return None
        part = (0, 0, question.width, question.height)
        if question.crop is not None:
            x0, y0, x1, y1 = question.crop.clipped(question.width, question.height).outward()
            if x1 > x0 and y1 > y0:
                part = (x0, y0, x1, y1)
        orientation = question.orientation if question.orientation in range(1, 9) else 1
        sides = part[2] - part[0], part[3] - part[1]
        scale = min(1.0, max_side / max(sides))
        width, height = (max(1, round(side * scale)) for side in sides)
        if orientation in _SWAPPED:
            width, height = height, width
        return cls(part, orientation, width, height, question.page)

    def to_shown(self, box: Box) -> tuple[float, float, float, float]:
        """A box of the stored frame in pixels of the shown picture; it may reach beyond it."""
        across, down = self._sides()
        u0, u1 = (box.x0 - self.part[0]) / across, (box.x1 - self.part[0]) / across
        v0, v1 = (box.y0 - self.part[1]) / down, (box.y1 - self.part[1]) / down
        if self.orientation in _MIRRORED:
            u0, u1 = 1 - u1, 1 - u0
        if self.orientation in _FLIPPED:
            v0, v1 = 1 - v1, 1 - v0
        if self.orientation in _SWAPPED:
            u0, u1, v0, v1 = v0, v1, u0, u1
        x0, x1 = (round(u * self.width, _DECIMALS) for u in (u0, u1))
        y0, y1 = (round(v * self.height, _DECIMALS) for v in (v0, v1))
        return x0, y0, x1, y1

    def to_stored(self, corners: tuple[float, float, float, float]) -> Box:
        """A box of the shown picture in pixels of the stored frame; the inverse of `to_shown`."""
        u0, u1 = corners[0] / self.width, corners[2] / self.width
        v0, v1 = corners[1] / self.height, corners[3] / self.height
        if self.orientation in _SWAPPED:
            u0, u1, v0, v1 = v0, v1, u0, u1
        if self.orientation in _MIRRORED:
            u0, u1 = 1 - u1, 1 - u0
        if self.orientation in _FLIPPED:
            v0, v1 = 1 - v1, 1 - v0
        across, down = self._sides()
        left, top = self.part[0], self.part[1]
        return Box(left + u0 * across, top + v0 * down, left + u1 * across, top + v1 * down, self.page)

    def inside(self, box: Box) -> tuple[float, float, float, float] | None:
        """As `to_shown`, cut at the shown picture's edge; None where nothing of the box is shown."""
        x0, y0, x1, y1 = self.to_shown(box)
        x0, x1 = max(0.0, x0), min(float(self.width), x1)
        y0, y1 = max(0.0, y0), min(float(self.height), y1)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def value_to_stored(self, kind: Kind, value: object) -> object:
        """An answer as it was sent, with its boxes in the stored frame.

        What is no box stays as it is, for `overpaint.review.checked` to refuse.
        """
        if kind is not Kind.BOXES or not isinstance(value, dict):
            return value
        boxes = value.get("boxes")
        if not isinstance(boxes, list) or len(boxes) > MOST_BOXES:
            return value
        return value | {"boxes": [self._one_to_stored(one) for one in boxes]}

    def value_to_shown(self, kind: Kind, value: Mapping[str, Any]) -> dict[str, Any]:
        """A kept answer, with its boxes in the shown picture."""
        if kind is not Kind.BOXES:
            return dict(value)
        boxes = [one | {"box": list(self.to_shown(Box(*one["box"])))} for one in value["boxes"]]
        return {**value, "boxes": boxes}

    def _one_to_stored(self, one: object) -> object:
        corners = one.get("box") if isinstance(one, dict) else None
        if not isinstance(one, dict) or not isinstance(corners, list) or len(corners) != 4:
            return one
        if any(type(corner) not in {int, float} or not abs(corner) < 1e9 for corner in corners):
            return one
        box = self.to_stored((corners[0], corners[1], corners[2], corners[3]))
        # what arithmetic adds would make a box of one pixel smaller than one
        return one | {"box": [round(side, 3) for side in (box.x0, box.y0, box.x1, box.y1)]}

    def _sides(self) -> tuple[int, int]:
        return self.part[2] - self.part[0], self.part[3] - self.part[1]
