"""Lines of text with what they say: PP-OCRv6 small on onnxruntime.

Two networks of PaddleOCR (Apache-2.0) in the ONNX form that the package rapidocr ships: one finds lines, one reads a
line. What that package does around them is done here with OpenCV alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from overpaint import models
from overpaint.detectors._ocr_boxes import Line
from overpaint.detectors._ocr_map import Glance, Size, TextMap, even, lines_in
from overpaint.detectors._ocr_pieces import once, pieces
from overpaint.detectors._ocr_reading import Reader, Reading
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.detectors._text_gate import regions
from overpaint.records import Box

__all__ = ["MOST_READ", "Gate", "Ocr"]

MOST_READ = 200
"""Lines of one picture that are read, the highest first; those beyond are reported without text."""

_KIND = "text-other"
_FLOOR, _LEAST = 0.2, 0.35  # of a pixel of a line's core, and of the core's mean
_LEAST_HEIGHT = 6.0  # pixels of the picture: nobody can read what is lower
_READABLE = 0.5  # mean probability of the characters; below, what was read is noise
_LARGE = 0.2  # of the picture's shorter side: letters that high can be read, or are none
_WELL, _SURE = 0.8, 0.9  # from here a line is not looked at again, and is not read again
_SAME = 0.5  # share of what the gate saw that lies in a line that was read; of two lines that are one
_PLAIN = 0.5  # from here a line is seen so plainly that the second look shows no more: a fence, if it says nothing
_PART = 0.7  # share of a line that lies in another
_TRUE = 1.4  # how much longer a line must be in the second look to take the place of that in the first
_ENLARGED, _LETTERS = 2.0, 72  # of the second look: at most, and as far as lines become that high
_SHORT = 1100  # pixels of a shorter side from which nothing is enlarged
_READER = "ppocr-rec"


@dataclass(frozen=True, slots=True)
class _Read:
    """A line and what it says; None where nobody tried to read it."""

    line: Line
    reading: Reading | None


class Gate(Protocol):
    """Says where in a picture to look for text."""

    def detect(self, image: Image) -> Sequence[Detection]:
        """Places, roughly."""
        ...


class Pointing(Protocol):
    """Says where in a picture to look; every detector can."""

    def detect(self, image: Image) -> Sequence[Detection]:
        """The places."""
        ...


class Ocr:
    """Lines of text, each with what it says: ``""`` where nothing could be read, None where nobody tried.

    A picture is looked at twice: as it is, and enlarged with its contrast evened out, which brings out half-transparent
    marks on busy ground. Not to be shared between threads.

    Parameters
    ----------
    glance
        The first look, which a gate may have made already.
    gate
        Says which places are to be read, and looked at a second time; without it, everything.

    Raises
    ------
    ModelError
        If a model is missing or damaged; the message names the command that brings it.
    """

    name = "ocr"
    version = "ppocr-v6-small 1"
    kinds = (_KIND,)
    long_side = 1600
    enlarge = 1.6  # at most, where a gate says where: at `_ENLARGED` no other lines are found there

    def __init__(self, *, threads: int = 1, glance: Glance | None = None, gate: Pointing | None = None) -> None:
        self._glance = glance or first_look(threads=threads)
        self._gate = gate
        self._reader = Reader(open_session(models.read(_READER), name=_READER, threads=threads), name=_READER)
        both = self._glance.seer.weights + models.entry(_READER).tensors_sha256
        self.weights = hashlib.sha256(both.encode()).hexdigest()

    def detect(self, image: Image) -> Sequence[Detection]:
        """Lines of text of an upright RGB picture, read as far as `MOST_READ` goes, the highest first."""
        height, width = image.shape[:2]
        if min(height, width) < _LEAST_HEIGHT:
            return []
        where = [Box(0, 0, width, height)] if self._gate is None else _boxes(self._gate.detect(image))
        lines = self._glance.lines(image, floor=_FLOOR, least=_LEAST) if where else []
        lines = _within(lines, regions(where, width, height))
        seen = self._read(image, _chosen(lines), MOST_READ)
        sure = [one.line for one in seen if one.reading and one.reading.score >= _SURE]
        if self._gate is not None:  # what was read well need not be looked at again
            well = [one.line.hull for one in seen if one.reading and one.reading.score >= _WELL]
            where = [box for box in where if not any(box.intersection(hull) > _SAME * box.area for hull in well)]
        if where:
            evened = even(image)
            idle = [one.line.hull for one in seen if _is_pattern(one)]
            new = [line for line in self._again(evened, where) if not _is_known(line, sure) and not _is_in(line, idle)]
            kept, new = _together([one.line for one in seen], new)
            again = self._read(evened, new, max(0, MOST_READ - len(seen)))
            seen = [*(seen[i] for i in kept), *again]
        told = []
        for one in sorted(seen, key=lambda one: -one.line.height):
            box = one.line.hull.clipped(width, height)
            if box.area > 0 and not _is_noise(one, min(height, width)):
                told.append(_told(one, box))
        return told

    def _again(self, view: Image, where: Sequence[Box]) -> list[Line]:
        """Lines in the given places of a view with room around, enlarged as far as is of use to the lowest there."""
        maps = []
        for x0, y0, x1, y1 in regions(where, view.shape[1], view.shape[0]):
            lowest = min(min(b.width, b.height) for b in where if b.intersection(Box(x0, y0, x1, y1)) > 0)
            most = _ENLARGED if self._gate is None else min(self.enlarge, max(1.0, _LETTERS / lowest))
            size = Size(_SHORT, Ocr.long_side, most)
            for x, y, part in pieces(view[y0:y1, x0:x1]):
                maps.append((x0 + x, y0 + y, *self._glance.seer.heat(part, size)))
        return _chosen(lines_in(maps, floor=_FLOOR, least=_LEAST))

    def _read(self, view: Image, lines: Sequence[Line], most: int) -> list[_Read]:
        """What the first `most` lines say."""
        readings = self._reader.read(view, lines[:most])
        return [_Read(line, readings[i] if i < len(readings) else None) for i, line in enumerate(lines)]


def first_look(*, threads: int) -> Glance:
    """The look at a whole picture that a gate and `Ocr` share."""
    return Glance(TextMap(threads=threads), Size(1, Ocr.long_side, 1.0))


def _within(lines: Sequence[Line], places: Sequence[tuple[int, int, int, int]]) -> list[Line]:
    """Lines of which half or more lies in one of the places."""
    boxes = [Box(*place) for place in places]
    return [line for line in lines if any(2 * line.hull.intersection(box) >= line.hull.area for box in boxes)]


def _chosen(lines: Sequence[Line]) -> list[Line]:
    """Lines that can be read, each once, the highest first."""
    high = [line for line in lines if line.height >= _LEAST_HEIGHT]
    return sorted((high[i] for i in once(high, [line.length for line in high])), key=lambda line: -line.height)


def _is_known(line: Line, sure: Sequence[Line]) -> bool:
    """Whether a line shows no more than one that was read without doubt."""
    hull = line.hull
    return any(hull.intersection(one.hull) > _PART * hull.area and line.length < _TRUE * one.length for one in sure)


def _is_pattern(one: _Read) -> bool:
    """Whether a line is plain to see and yet says nothing."""
    return one.line.score >= _PLAIN and one.reading is not None and one.reading.score < _READABLE


def _is_in(line: Line, hulls: Sequence[Box]) -> bool:
    """Whether one of the hulls is that of the same line."""
    hull = line.hull
    return any(hull.intersection(one) > _SAME * max(hull.area, one.area) for one in hulls)


def _boxes(detections: Sequence[Detection]) -> list[Box]:
    return [one.box for one in detections if one.box is not None]


def _together(first: Sequence[Line], again: Sequence[Line]) -> tuple[list[int], list[Line]]:
    """Which lines of the first look stay, and those of the second that are worth reading.

    Of the same line that in true colours stays, unless the other goes on where it ends.
    """
    both = [*first, *again]
    kept = once(both, [line.length * (_TRUE if i < len(first) else 1.0) for i, line in enumerate(both)])
    return [i for i in kept if i < len(first)], [both[i] for i in kept if i >= len(first)]


def _is_noise(one: _Read, side: int) -> bool:
    """Whether it is large and yet says nothing: fur and foliage, not letters."""
    reading = one.reading
    return (
        one.line.height > _LARGE * side and reading is not None and (reading.score < _READABLE or len(reading.text) < 2)
    )


def _told(one: _Read, box: Box) -> Detection:
    """The score is that of what was read, or that of the line where nothing could be read."""
    if one.reading is None or one.reading.score < _READABLE:
        return Detection(_KIND, one.line.score, box, None if one.reading is None else "")
    return Detection(_KIND, one.reading.score, box, one.reading.text)
