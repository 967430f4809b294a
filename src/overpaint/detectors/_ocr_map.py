"""The network that says of each pixel how surely it belongs to a line of text, and how large a picture it is given."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit
from overpaint.detectors._ocr_boxes import Line, lines_of
from overpaint.detectors._ocr_pieces import pieces
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Image

__all__ = ["Glance", "Size", "TextMap", "even", "lines_in"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is looked at: enlarged until its shorter side is `short` pixels, but at most `enlarge` times,
    and its longer side at most `long` pixels.
    """

    short: int
    long: int
    enlarge: float

    def place(self, width: int, height: int) -> Fit:
        """Both sides as multiples of 32, each with its own ratio: borders would be taken for strokes."""
        ratio = max(1.0, min(self.short / min(width, height), self.enlarge))
        ratio = min(ratio, self.long / max(width, height))
        wide, high = (max(32, round(side * ratio / 32) * 32) for side in (width, height))
        return Fit(width, height, wide, high, wide, high)


class TextMap:
    """Finds lines of text by PP-OCRv6's detection network. Not to be shared between threads.

    Raises
    ------
    ModelError
        If the model is missing or damaged; the message names the command that brings it.
    """

    model = "ppocr-det"

    def __init__(self, *, threads: int) -> None:
        self.weights = models.entry(self.model).tensors_sha256
        self._session: Any = open_session(models.read(self.model), name=self.model, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._canvas = Canvas()

    def heat(self, image: Image, size: Size) -> tuple[Floats, tuple[float, float]]:
        """The map of an RGB picture (0 to 1), and how many pixels of the picture one of the map is, x and y."""
        place = size.place(image.shape[1], image.shape[0])
        planes = self._canvas.fill(image, place, reverse=True)  # it was trained on BGR
        planes *= np.float32(2 / 255)
        planes -= np.float32(1)
        heat: Floats = self._session.run(None, {self._input: planes})[0][0, 0]
        return heat, (place.width / place.inner_width, place.height / place.inner_height)


class Glance:
    """One look at a whole picture, from which lines can be taken several times. Not to be shared between threads.

    The maps of the picture looked at last are kept as long as it lives: what a cheap look has computed, a thorough one
    need not compute again.
    """

    def __init__(self, seer: TextMap, size: Size) -> None:
        self.seer = seer
        self.size = size
        self._image: weakref.ref[Image] | None = None
        self._maps: list[_Piece] = []

    def lines(self, image: Image, *, floor: float, least: float) -> list[Line]:
        """Lines of an RGB picture, in its pixels; `floor` and `least` as for `lines_of`."""
        if self._image is None or self._image() is not image:
            self._maps = [(x, y, *self.seer.heat(part, self.size)) for x, y, part in pieces(image)]
            self._image = weakref.ref(image)
        return lines_in(self._maps, floor=floor, least=least)


def even(image: Image) -> Image:
    """The picture in grey with its contrast evened out, which brings out half-transparent marks on busy ground.

    Zuiderveld, "Contrast Limited Adaptive Histogram Equalization" (Graphics Gems IV, 1994), 8 x 8 tiles.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    evened: Image = cv2.cvtColor(cv2.createCLAHE(clipLimit=4.0, tileGridSize=(8, 8)).apply(grey), cv2.COLOR_GRAY2RGB)
    return evened


_Piece = tuple[int, int, Floats, tuple[float, float]]


def lines_in(maps: Iterable[_Piece], *, floor: float, least: float) -> list[Line]:
    """Lines of several maps, each of a part of one picture (its corner, map and scale), in pixels of that picture."""
    return [
        Line(line.corners + np.array([x, y], np.float32), line.score)
        for x, y, heat, scale in maps
        for line in lines_of(heat, floor=floor, least=least, scale=scale)
    ]
