"""Codes that can be read, by zxing-cpp (Apache-2.0): QR, Data Matrix, Aztec, PDF417, MaxiCode and barcodes."""

from __future__ import annotations

import importlib
import importlib.metadata
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._bars import whole_bars
from overpaint.detectors._grey import in_grey
from overpaint.detectors._protocol import Detection, Image
from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["Zxing"]

_SMALL = 1000  # pictures up to this long are looked at in twice the size too: small matrix codes are read only there
_MARGIN = 0.04  # of a code's longer side, around the middles of the outermost modules
_SKEWED = 2.0  # times a side is longer than the one opposite: the corners are guesses
_READ, _DAMAGED = 1.0, 0.8
_MOST = 200


class Zxing:
    """Codes with what they say; a code that was found but is damaged has no text.

    Raises
    ------
    UsageError
        If zxing-cpp is not installed; the message names the extra that brings it.
    """

    name = "zxing"
    weights = ""
    kinds = ("code",)
    long_side = 1600

    def __init__(self) -> None:
        self._zxing = _library()
        # in the enlarged picture only what is too small in the other: small barcodes are seen by their bars
        matrix = self._zxing.BarcodeFormat.AllMatrix
        self._second = {"formats": matrix, "try_downscale": False, "try_invert": False}
        self._linear = set(self._zxing.barcode_formats_list(self._zxing.BarcodeFormat.AllLinear))
        self.version = f"zxing-cpp {importlib.metadata.version('zxing-cpp')}"

    def detect(self, image: Image) -> list[Detection]:
        """Codes of an upright RGB picture."""
        grey = in_grey(image, long_side=self.long_side)
        height, width = image.shape[:2]
        found = self._read(grey.levels, 1.0)
        if max(width, height) <= _SMALL:
            twice = cv2.resize(grey.levels, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
            found += self._read(twice, 2.0, **self._second)
        kept: list[Detection] = []
        for one in sorted(found, key=lambda d: -d.score):
            box = grey.back(one.box).clipped(width, height) if one.box else None
            if box and box.area > 0 and not any(k.box and k.box.iou(box) > 0.5 for k in kept):
                kept.append(Detection("code", one.score, box, one.text))
        return kept[:_MOST]

    def _read(self, grey: npt.NDArray[Any], enlarged: float, **how: Any) -> list[Detection]:
        found = []
        for code in self._zxing.read_barcodes(grey, return_errors=True, **how)[:_MOST]:
            # what looks like a damaged Data Matrix is nearly always the corner of something else
            if code.error and code.format == self._zxing.BarcodeFormat.DataMatrix:
                continue
            box = _box(code.position)
            if box is None:
                continue
            if code.format in self._linear:
                box = whole_bars(grey, box)
            place = Box(box.x0 / enlarged, box.y0 / enlarged, box.x1 / enlarged, box.y1 / enlarged)
            found.append(Detection("code", _DAMAGED if code.error else _READ, place, None if code.error else code.text))
        return found


def _box(position: Any) -> Box | None:
    """The code's corners with a margin; None where they are no quadrangle, as in some that are damaged."""
    corners = [getattr(position, name) for name in ("top_left", "top_right", "bottom_right", "bottom_left")]
    points = np.array([(corner.x, corner.y) for corner in corners], np.float64)
    sides = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)
    if max(sides[0], sides[2]) > _SKEWED * min(sides[0], sides[2]) + 2:
        return None
    if max(sides[1], sides[3]) > _SKEWED * min(sides[1], sides[3]) + 2:
        return None
    margin = _MARGIN * sides.max()
    return Box(*(points.min(axis=0) - margin).tolist(), *(points.max(axis=0) + margin).tolist())


def _library() -> ModuleType:
    try:
        return importlib.import_module("zxingcpp")
    except ImportError as error:
        raise UsageError(
            "looking for codes needs zxing-cpp; run `pip install 'overpaint[codes]'` or leave out `codes`"
        ) from error
