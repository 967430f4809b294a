"""What is written, whatever the format: an image with its boxes, and what a writer of one format does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from overpaint.records import Box

__all__ = ["BoxedImage", "ScoredBox", "Sink", "Skip", "Writer", "inside", "number", "seen", "whole"]


@dataclass(frozen=True, slots=True)
class ScoredBox:
    """One box in pixels of the stored frame; ``score`` is None where nobody knows one."""

    box: Box
    score: float | None = None
    kind: str = "face"


@dataclass(frozen=True, slots=True)
class BoxedImage:
    """One image that was looked at, with its boxes or without any.

    ``width`` and ``height`` are those of the stored frame (of page 0 in a file of several pages); ``orientation`` is
    the EXIF orientation, 1 to 8.
    """

    key: str
    width: int
    height: int
    orientation: int
    boxes: Sequence[ScoredBox]

    @property
    def seen_size(self) -> tuple[int, int]:
        """Width and height of the picture turned as its EXIF orientation says."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


class Skip(Exception):
    """An image that a format cannot hold, by a fixed word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sink(Protocol):
    """Where the bytes of a format go."""

    def open(self, name: str) -> BinaryIO:
        """Another file of a format that has many; `Skip` where there is one of that name, or none can be."""


class Writer(Protocol):
    """Writes one format, image by image; nothing is held but what the format needs at its end."""

    def head(self) -> None:
        """What comes first."""

    def add(self, image: BoxedImage) -> None:
        """One image; its boxes lie inside it and have an area. `Skip` before anything of it is written."""

    def tail(self) -> None:
        """What comes last."""


def seen(image: BoxedImage, box: Box) -> Box:
    """A box of the stored frame in the picture turned as its EXIF orientation says (EXIF 2.32, tag 0x0112)."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if image.orientation in (2, 3, 7, 8):
        x0, x1 = image.width - x1, image.width - x0
    if image.orientation in (3, 4, 6, 7):
        y0, y1 = image.height - y1, image.height - y0
    if image.orientation >= 5:  # rows of the stored picture are columns of the seen one
        x0, y0, x1, y1 = y0, x0, y1, x1
    return Box(x0, y0, x1, y1, box.page)


def whole(image: BoxedImage, box: Box) -> tuple[int, int, int, int]:
    """The smallest rectangle of whole pixels inside the image that holds the box."""
    x0, y0, x1, y1 = box.outward()
    return max(0, x0), max(0, y0), min(image.width, x1), min(image.height, y1)


def number(value: float, digits: int = 4) -> str:
    """A number with at most so many digits after the point, and no more than it needs."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def inside(image: BoxedImage) -> Iterator[ScoredBox]:
    """The boxes of page 0, clipped to the image; one of which nothing is left is not among them."""
    for each in image.boxes:
        box = each.box.clipped(image.width, image.height)
        if box.page == 0 and box.area > 0:
            yield ScoredBox(box, each.score, each.kind)
