"""The network that says of each pixel how surely it belongs to a line of text, and how large a picture it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit
from overpaint.detectors._ocr_boxes import Line, lines_of
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Image

__all__ = ["Size", "TextMap"]

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

    def lines(self, image: Image, size: Size, *, floor: float, least: float) -> list[Line]:
        """Lines of an RGB picture, in its pixels; `floor` and `least` as for `lines_of`."""
        place = size.place(image.shape[1], image.shape[0])
        planes = self._canvas.fill(image, place, reverse=True)  # it was trained on BGR
        planes *= np.float32(2 / 255)
        planes -= np.float32(1)
        heat: Floats = self._session.run(None, {self._input: planes})[0][0, 0]
        scale = place.width / place.inner_width, place.height / place.inner_height
        return lines_of(heat, floor=floor, least=least, scale=scale)
