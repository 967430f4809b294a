"""SSDLite on MobileNetV2: people alone, a second opinion beside NanoDet's.

Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016; Sandler et al., "MobileNetV2: Inverted Residuals and Linear
Bottlenecks", CVPR 2018. Anchors and box coding as TensorFlow's Object Detection API defines them for this network.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit
from overpaint.detectors._nms import suppress
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.errors import ModelError
from overpaint.records import Box

__all__ = ["Ssdlite", "anchors", "decode", "ssdlite"]

Floats = npt.NDArray[np.float32]

SIDE = 300
GRIDS = (19, 10, 5, 3, 2, 1)
_SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
_RATIOS = (1.0, 2.0, 0.5, 3.0, 0.3333)
_LOWEST = ((0.1, 1.0), (0.2, 2.0), (0.2, 0.5))  # scale and ratio; fewer and smaller on the finest grid
_CENTRE, _SIZE = 10.0, 5.0  # what the network's shifts and sizes were multiplied by when it learned
_OVERLAP, _FLOOR, _MOST = 0.6, 0.3, 500


@functools.cache
def anchors() -> Floats:
    """Where the network expects things: N x 4, centre x, centre y, width and height as shares of the picture."""
    found: list[tuple[float, float, float, float]] = []
    for level, grid in enumerate(GRIDS):
        between = (_SCALES[level] * _SCALES[level + 1]) ** 0.5
        shapes = _LOWEST if level == 0 else (*((_SCALES[level], ratio) for ratio in _RATIOS), (between, 1.0))
        for row in range(grid):
            for column in range(grid):
                for scale, ratio in shapes:
                    x, y = (column + 0.5) / grid, (row + 0.5) / grid
                    found.append((x, y, scale * ratio**0.5, scale / ratio**0.5))
    return np.array(found, np.float32)


def decode(shifts: Floats, logits: Floats, *, floor: float) -> tuple[Floats, Floats]:
    """Boxes and scores of people.

    Parameters
    ----------
    shifts
        N x 4 of each anchor: y, x, height, width.
    logits
        N x 2: nothing, a person; each scored by itself.
    floor
        Lowest score to give.

    Returns
    -------
    (boxes, scores)
        M x 4 (x0, y0, x1, y1) in pixels of the input, and M; not yet suppressed.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits[:, 1], -80, 80)))
    chosen = np.flatnonzero(scores >= floor)
    moved, where = shifts[chosen], anchors()[chosen]
    centre = where[:, :2] + moved[:, [1, 0]] / np.float32(_CENTRE) * where[:, 2:]
    size = where[:, 2:] * np.exp(np.clip(moved[:, [3, 2]] / np.float32(_SIZE), -10, 10))
    boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1) * np.float32(SIDE)
    return boxes.astype(np.float32), scores[chosen].astype(np.float32)


class Ssdlite:
    """People by SSDLite: 13 MB, one look at 300 x 300 pixels, to which the picture is stretched as it learned it.

    Not to be shared between threads.

    Raises
    ------
    ModelError
        If the model is missing, damaged or has other outputs; the message names the command that brings it.
    """

    name = "ssdlite"
    model = "ssdlite"
    version = "mobilenet-v2-300"
    kinds = ("person",)
    long_side = 2 * SIDE  # the shorter side is stretched too

    def __init__(self, *, floor: float = _FLOOR, threads: int = 1) -> None:
        self.floor = floor
        self.weights = models.entry(self.model).tensors_sha256
        self._session: Any = open_session(models.read(self.model), name=self.model, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]
        if len(self._outputs) != 2 * len(GRIDS):
            raise ModelError(f"model ssdlite has {len(self._outputs)} outputs; run `overpaint models get ssdlite`")
        self._canvas = Canvas()

    def detect(self, image: Image) -> list[Detection]:
        """People in an upright RGB picture, best first."""
        height, width = image.shape[:2]
        place = Fit(width, height, SIDE, SIDE, SIDE, SIDE)
        planes = self._canvas.fill(image, place, reverse=False)
        shifts, logits = self.levels(np.ascontiguousarray(planes.transpose(0, 2, 3, 1)) * np.float32(2 / 255) - 1)
        boxes, scores = decode(shifts, logits, floor=self.floor)
        kept = suppress(boxes, scores, overlap=_OVERLAP, most=_MOST)
        corners = place.back(boxes[kept]).tolist()
        found = [
            Detection("person", min(1.0, s), Box(*c).clipped(width, height))
            for s, c in zip(scores[kept].tolist(), corners, strict=True)
        ]
        return sorted((d for d in found if d.box and d.box.area > 0), key=lambda d: -d.score)

    def levels(self, prepared: Floats) -> tuple[Floats, Floats]:
        """What the network says of each anchor, for a picture of 1 x 300 x 300 x 3 from -1 to 1."""
        said = self._session.run(self._outputs, {self._input: prepared})
        return _rows(said[0::2], 4), _rows(said[1::2], 2)


def _rows(levels: Sequence[Floats], width: int) -> Floats:
    rows = np.concatenate([level.reshape(-1, width) for level in levels])
    if len(rows) != len(anchors()):
        raise ModelError(f"model ssdlite gives {len(rows)} boxes, not {len(anchors())}; get it again")
    return np.asarray(rows, np.float32)


def ssdlite(*, threads: int = 1) -> Ssdlite:
    """SSDLite as it is opened by name."""
    return Ssdlite(threads=threads)
