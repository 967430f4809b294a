"""The search for codes that machines read: QR and other matrix codes, and barcodes."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace

from overpaint.detectors._bars import Bars
from overpaint.detectors._protocol import Detection, Detector, Seen
from overpaint.detectors._view import LookOptions, View
from overpaint.detectors._zxing import Zxing
from overpaint.records import Box

__all__ = ["Codes", "open_codes"]

_SAME = 0.5  # of the smaller box lies in the other: both show one code


@dataclass(slots=True)
class _Code:
    """What is said of one code, and the box that holds all of it."""

    said: list[tuple[Detector, Detection]]
    box: Box


class Codes:
    """Looks for codes with all of its detectors: what one can read, and what another sees without reading it.

    Detections of which half of the smaller lies in the other are of one subject, and the box of all of them together is
    to be used: what can be read of a barcode is a line through it, what can be seen of it is its bars.

    Parameters
    ----------
    detectors
        Each reports ``code``, with what the code says as text where it could be read.
    keep_text
        Report what the codes say, instead of its keyed hash.
    secret
        The key of that hash.
    """

    name = "codes"
    kinds = ("code",)

    def __init__(self, detectors: Sequence[Detector], *, keep_text: bool = False, secret: bytes = b"") -> None:
        self.detectors = tuple(detectors)
        sides = [one.long_side for one in detectors]
        self.long_side = 0 if 0 in sides else max(sides)
        self._keep_text = keep_text
        self._secret = secret

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:
        """Codes by falling confidence, which is the highest score of any detector."""
        del so_far
        codes: list[_Code] = []
        for detector in self.detectors:
            for found in view.ask(detector):
                _join(codes, detector, found)
        ordered = sorted(codes, key=lambda code: -_best(code))
        return [
            Seen(self._told(one, code.box), who.name, who.version, who.weights, number, _best(code))
            for number, code in enumerate(ordered)
            for who, one in sorted(code.said, key=lambda pair: -pair[1].score)
        ]

    def _told(self, found: Detection, box: Box) -> Detection:
        text = found.text
        if text is not None and not self._keep_text:
            text = hmac.digest(self._secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
        return replace(found, box=box, text=text)


def _best(code: _Code) -> float:
    return max(one.score for _, one in code.said)


def _join(codes: list[_Code], detector: Detector, found: Detection) -> None:
    """Add a detection to the codes that it is a part of, or that are parts of it."""
    if found.box is None:
        return
    one = _Code([(detector, found)], found.box)
    for code in [code for code in codes if _same(code.box, found.box)]:
        codes.remove(code)
        one.said = code.said + one.said
        one.box = Box(
            min(one.box.x0, code.box.x0),
            min(one.box.y0, code.box.y0),
            max(one.box.x1, code.box.x1),
            max(one.box.y1, code.box.y1),
        )
    codes.append(one)


def _same(one: Box, other: Box) -> bool:
    return one.intersection(other) >= _SAME * min(one.area, other.area)


def open_codes(options: LookOptions) -> Codes:
    """The search for codes.

    Raises
    ------
    UsageError
        If zxing-cpp is not installed; the message names the extra that brings it.
    """
    return Codes((Zxing(), Bars()), keep_text=options.keep_text, secret=options.secret)
