"""The search for licence plates: a detector of plates, and what is written where it sees one."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from overpaint.detectors._clp import ClpPlates
from overpaint.detectors._fusion import Calibration, alone
from overpaint.detectors._nanodet import Vehicles
from overpaint.detectors._ocr import Ocr
from overpaint.detectors._protocol import Detection, Detector, Image, Seen
from overpaint.detectors._view import LookOptions, View
from overpaint.records import Box

__all__ = ["FLOOR", "Plates", "open_plates", "reads_like_plate", "reads_like_words"]

FLOOR = 0.3
"""Subjects whose confidence is lower are not reported."""

# Confidence is to be accepted from 0.5: by a joint score of 0.2 alone, or of 0.05 with the writing of a plate in it.
# Chosen on 54 plates and 972 ImageNet pictures (benchmarks/plates.py); only the order is known from so few.
_CALIBRATION = Calibration(1.39, 1.0)
_CONFIRMED = 0.6  # what writing like a plate's says by itself
_CONTRADICTED = 0.6  # what is left of the confidence where words are written instead

_LEAST, _MOST = 4, 10  # letters and digits of a plate
_NEVER = set("$€£¥%@/\\#")
_WORD = 4  # letters from which writing without digits is a word
_SURE = 0.8  # of a reading that contradicts
_FILLED = 0.4  # share of the plate that its writing takes up
_OVER = 0.1  # of a plate's sides: how far beyond its box its writing is believed to reach


def reads_like_plate(text: str) -> bool:
    """Whether a line could be a plate's: 4 to 10 letters and digits, a digit among them, no small letters.

    Far too generous for any line of any picture; to be asked only of what stands where a plate was seen.
    """
    signs = [sign for sign in text if sign.isalnum()]
    return (
        _LEAST <= len(signs) <= _MOST
        and any(sign.isdecimal() for sign in signs)
        and not any(sign.islower() for sign in signs)
        and not _NEVER & set(text)
    )


def reads_like_words(text: str) -> bool:
    """Whether a line is made of letters alone, or has small ones, as hardly any plate: at least 4 letters."""
    letters = [sign for sign in text if sign.isalpha()]
    return len(letters) >= _WORD and (
        any(sign.islower() for sign in letters) or not any(sign.isdecimal() for sign in text)
    )


class Reader(Detector, Protocol):
    """A detector that is told where to look before it is asked."""

    where: Sequence[Detection]


class PlateReader(Ocr):
    """Lines of text in those places of a picture that `where` was set to, and not elsewhere."""

    name = "plate-ocr"
    enlarge = 2.0  # places of plates are few and small

    def __init__(self, *, threads: int = 1) -> None:
        self.where: Sequence[Detection] = ()
        super().__init__(threads=threads, gate=_Where(self))


class _Where:
    """The places of a reader, in the form in which it asks for them."""

    def __init__(self, reader: PlateReader) -> None:
        self._reader = weakref.proxy(reader)

    def detect(self, image: Image) -> Sequence[Detection]:
        del image
        where: Sequence[Detection] = self._reader.where
        return where


class Plates:
    """Looks for plates where `detector` sees any; `reader` reads those places only.

    Nobody looks where `gate` sees nothing: what bears plates is large, and one network finds it for several searches.

    What is written there settles it: writing like a plate's makes even a faint one certain enough to be painted, and is
    taken into its box; words lower the confidence of all but the surest. Where nothing can be read the detector's score
    decides.

    Parameters
    ----------
    detector
        Reports ``plate``.
    reader
        Reports lines with their ``text``, of where it is told to.
    gate
        Reports what bears plates; None: plates are looked for in every picture.
    """

    name = "plates"
    kinds = ("plate",)

    def __init__(self, detector: Detector, reader: Reader, *, gate: Detector | None = None) -> None:
        self._detector, self._reader, self._gate = detector, reader, gate
        self.detectors: tuple[Detector, ...] = (*(() if gate is None else (gate,)), detector, reader)
        sides = [one.long_side for one in self.detectors]
        self.long_side = 0 if 0 in sides else max(sides)

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:
        """Plates by falling confidence, each a subject of its own."""
        del so_far
        if self._gate is not None and not view.ask(self._gate):
            return []
        found = view.ask(self._detector)
        if not found:
            return []
        self._reader.where = found
        lines = [line for line in view.ask(self._reader) if line.text and line.box]
        judged = [_judged(seen, lines) for seen in alone(self._detector, found)]
        kept = sorted((seen for seen in judged if seen.confidence >= FLOOR), key=lambda seen: -seen.confidence)
        return [replace(seen, subject=number) for number, seen in enumerate(kept)]


def _judged(seen: Seen, lines: Sequence[Detection]) -> Seen:
    """A plate as the detector sees it, in the light of what is written there."""
    plate = seen.detection
    confidence = _CALIBRATION(plate.score)
    written = [line for line in lines if plate.box and line.box and _fills(line.box, plate.box)]
    likely = [line.box for line in written if line.box and reads_like_plate(line.text or "")]
    if likely and plate.box:
        together = confidence + _CONFIRMED - confidence * _CONFIRMED
        return replace(seen, confidence=together, detection=replace(plate, box=_whole(plate.box, likely)))
    if any(line.score >= _SURE and reads_like_words(line.text or "") for line in written):
        return replace(seen, confidence=confidence * _CONTRADICTED)
    return replace(seen, confidence=confidence)


def _whole(plate: Box, lines: Sequence[Box]) -> Box:
    """The plate's box with its writing, as far as that reaches over it by at most `_OVER` of its sides."""
    x, y = _OVER * plate.width, _OVER * plate.height
    return Box(
        max(plate.x0 - x, min(plate.x0, *(line.x0 for line in lines))),
        max(plate.y0 - y, min(plate.y0, *(line.y0 for line in lines))),
        min(plate.x1 + x, max(plate.x1, *(line.x1 for line in lines))),
        min(plate.y1 + y, max(plate.y1, *(line.y1 for line in lines))),
    )


def _fills(line: Box, plate: Box) -> bool:
    """Whether the line takes up the plate, and is no longer line that the plate is only a part of."""
    shared = line.intersection(plate)
    return shared >= _FILLED * plate.area and shared >= _FILLED * line.area


def open_plates(options: LookOptions) -> Plates:
    """The search for licence plates.

    Raises
    ------
    ModelError
        If a model is missing or damaged; the message names the command that brings it.
    """
    threads = options.threads
    return Plates(ClpPlates(threads=threads), PlateReader(threads=threads), gate=Vehicles(threads=threads))
