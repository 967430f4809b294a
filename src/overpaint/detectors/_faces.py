"""What the face networks share: look at a picture in several sizes, put the boxes together, keep one a face."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit, Scale, fit
from overpaint.detectors._nms import suppress
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.records import Box

__all__ = ["FaceNetwork", "Floats", "chosen"]

Floats = npt.NDArray[np.float32]

_OVERLAP = 0.3
_MOST = 2000


class FaceNetwork(ABC):
    """A face network of the model store on onnxruntime, on the processor.

    Subclasses say how its input looks (order of the channels, and what is taken from each) and how its output is read.
    Not to be shared between threads.

    Parameters
    ----------
    scales
        The sizes to look at; places that come out alike for a picture are looked at once.
    floor
        Lowest score to report.
    threads
        Threads for one picture.
    name
        Another name, where the same network looks a second time in another way.

    Raises
    ------
    ModelError
        If the model is missing or damaged; the message names the command that brings it.
    """

    model: ClassVar[str]
    release: ClassVar[str]
    kinds = ("face",)
    bgr: ClassVar[bool]
    means: ClassVar[tuple[float, float, float]] = (0.0, 0.0, 0.0)
    outputs: ClassVar[tuple[str, ...]]

    def __init__(self, *, scales: Sequence[Scale], floor: float, threads: int = 1, name: str = "") -> None:
        self.name = name or self.model
        self.scales = tuple(scales)
        self.floor = floor
        self.long_side = max(scale.long_side for scale in scales)
        self.version = f"{self.release} {'+'.join(f'{s.long_side}x{s.enlarge:g}' for s in scales)}"
        self.weights = models.entry(self.model).tensors_sha256
        self._session: Any = open_session(models.read(self.model), name=self.model, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._canvas = Canvas()

    @abstractmethod
    def decode(self, arrays: Sequence[Floats], place: Fit) -> tuple[Floats, Floats]:
        """Boxes (N x 4, pixels of the network input) and scores (N) of one run, before suppression."""

    def detect(self, image: Image) -> list[Detection]:
        """Faces of an upright RGB picture, best first."""
        height, width = image.shape[:2]
        boxes, scores = [], []
        for place in dict.fromkeys(fit(width, height, scale) for scale in self.scales):
            planes = self._canvas.fill(image, place, reverse=self.bgr, means=self.means)
            found, score = self.decode(self._session.run(self.outputs, {self._input: planes}), place)
            boxes.append(place.back(found))
            scores.append(score)
        return chosen(np.concatenate(boxes), np.concatenate(scores), width=width, height=height)


def chosen(boxes: Floats, scores: Floats, *, width: int, height: int) -> list[Detection]:
    """Suppress doubles, clip to the image, leave out what has nothing inside it."""
    if not len(boxes):
        return []
    kept = suppress(boxes, scores, overlap=_OVERLAP, most=_MOST)
    result = []
    for box, score in zip(boxes[kept].tolist(), scores[kept].tolist(), strict=True):
        inside = Box(*box).clipped(width, height)
        if inside.area > 0:
            result.append(Detection("face", min(1.0, score), inside))
    return result
