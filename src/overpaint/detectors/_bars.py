"""Barcodes that are seen by their bars, readable or not: OpenCV's detector, and a look at what it gives.

OpenCV finds where gradients all point one way (Soros and Floerkemeier, "Blur-resistant joint 1D and 2D barcode
localization for smartphones", MUM 2013). Blinds, pipes and grilles do that too: their stripes are weaker, bent or all
of one width.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._grey import in_grey
from overpaint.detectors._protocol import Detection, Image
from overpaint.records import Box

__all__ = ["Bars", "profile", "striped", "whole_bars"]

Floats = npt.NDArray[np.float64]

_WIDE, _HIGH = 192, 16  # samples along and across
_ALIKE = 0.95  # median correlation of a row with their mean
_CONTRAST = 30.0  # standard deviation along, in levels
_CHANGES = 15  # from dark to light or back
_REPEATS = 0.65  # highest correlation of the profile with itself, moved by 5 samples or more
_MARGIN = 0.04  # of a barcode's longer side: the outermost bars are cut
_REACH, _STEPS = 0.8, 48  # how far along the bars is looked, of the code's length, either way, and in how many steps
_GOES_ON = 0.7  # correlation of a row with the middle one
_THIN = 2  # pixels
_SCORE = 0.7  # nobody could read it
_MOST = 200


def profile(grey: npt.NDArray[np.uint8], corners: npt.NDArray[np.float32]) -> Floats:
    """The grey levels inside four corners (4 x 2, in turn), the longer sides lying across: 16 x 192."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if sides[0] < sides[1]:
        corners = np.roll(corners, -1, axis=0)
    target = np.array([(0, 0), (_WIDE, 0), (_WIDE, _HIGH), (0, _HIGH)], np.float32)
    half = np.float32(0.5)  # OpenCV counts from the middle of the first pixel
    way = cv2.getPerspectiveTransform(np.ascontiguousarray(corners - half), target - half)
    turned = cv2.warpPerspective(grey, way, (_WIDE, _HIGH), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.float64)


def striped(rows: Floats) -> bool:
    """Whether 16 x 192 grey levels are the bars of a code: alike in every row, strong, many, of several widths."""
    mean = rows.mean(axis=0)
    wave = mean - mean.mean()
    if wave.std() < _CONTRAST:
        return False
    each = rows - rows.mean(axis=1, keepdims=True)
    alike = each @ wave / np.maximum(np.linalg.norm(each, axis=1) * np.linalg.norm(wave), 1e-9)
    around = cv2.blur(mean[None].astype(np.float32), (31, 1))[0]
    light = mean > around
    repeats = np.correlate(wave, wave, "full")[_WIDE + 4 : _WIDE + 119] / (wave @ wave)
    changes = int((light[1:] != light[:-1]).sum())
    return bool(np.median(alike) >= _ALIKE and changes >= _CHANGES and repeats.max() <= _REPEATS)


def whole_bars(grey: npt.NDArray[np.uint8], line: Box) -> Box:
    """The box of a barcode of which `line` is a part that runs through all of its bars, as what reads codes gives it.

    Bars lie across the direction in which the grey levels change most (the first axis of the structure tensor); along
    them a row stays as it is for as long as the bars go on.
    """
    x0, y0, x1, y1 = line.clipped(grey.shape[1], grey.shape[0]).outward()
    patch = grey[y0:y1, x0:x1]
    if min(patch.shape, default=0) < _THIN:
        return line
    down, across = (cv2.Sobel(patch, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    angle = math.atan2(2 * float((across * down).sum()), float((across**2 - down**2).sum())) / 2
    u, v = np.array((math.cos(angle), math.sin(angle))), np.array((-math.sin(angle), math.cos(angle)))
    length = min(line.width / max(abs(u[0]), 1e-6), line.height / max(abs(u[1]), 1e-6))
    along = np.linspace(-length / 2, length / 2, _WIDE)
    steps = np.linspace(-_REACH * length, _REACH * length, 2 * _STEPS + 1)
    middle = np.array(((line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2))
    points = (middle + along[None, :, None] * u + steps[:, None, None] * v - 0.5).astype(np.float32)
    rows = cv2.remap(grey, points[..., 0], points[..., 1], cv2.INTER_LINEAR).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    ends = np.flatnonzero(rows @ rows[_STEPS] < _GOES_ON) - _STEPS
    first, last = ends[ends < 0].max(initial=-_STEPS), ends[ends > 0].min(initial=_STEPS)
    corners = [middle + a * u + steps[_STEPS + b] * v for a in (along[0], along[-1]) for b in (first, last)]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    return Box(
        min(line.x0, float(low[0])), min(line.y0, float(low[1])),
        max(line.x1, float(high[0])), max(line.y1, float(high[1])),
    )  # fmt: skip


class Bars:
    """Barcodes by their bars, without text. Not to be shared between threads."""

    name = "bars"
    version = f"opencv {cv2.__version__} 1"
    weights = ""
    kinds = ("code",)
    long_side = 1600

    def __init__(self) -> None:
        self._detector = cv2.barcode.BarcodeDetector()

    def detect(self, image: Image) -> list[Detection]:
        """Barcodes of an upright RGB picture."""
        grey = in_grey(image, long_side=self.long_side)
        height, width = image.shape[:2]
        seen, quads = self._detector.detect(grey.levels)
        if not seen or quads is None:
            return []
        found = []
        for corners in np.asarray(quads, np.float32).reshape(-1, 4, 2)[:_MOST]:
            if not striped(profile(grey.levels, corners)):
                continue
            low, high = corners.min(axis=0), corners.max(axis=0)
            margin = _MARGIN * float((high - low).max())
            box = grey.back(Box(*(low - margin).tolist(), *(high + margin).tolist())).clipped(width, height)
            if box.area > 0:
                found.append(Detection("code", _SCORE, box))
        return found
