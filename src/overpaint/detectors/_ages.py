"""Faces that look plainly adult, and faces that do not: all that is ever said of an age.

An estimate of an age is a guess about a look. It is made for the lane's rule alone, where nudity was reported, and does
not leave this module: what comes out is `ADULT`, `YOUNG` or `UNCLEAR`, and a box.

Networks: YuNet (see `overpaint.detectors._yunet`) for faces and their five points, and dlib's ``dnn_age_predictor_v1``
(Cydral Technology, CC0), a residual network over 64 x 64 pixels with one class a year from 0 to 80.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint import models
from overpaint.detectors._letterbox import Canvas, Fit, Scale, fit
from overpaint.detectors._nms import suppress
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Image
from overpaint.records import Box

__all__ = [
    "ADULT",
    "MARGIN",
    "UNCLEAR",
    "YOUNG",
    "Adulthood",
    "DlibAge",
    "Face",
    "FaceFinder",
    "chip",
    "open_adulthood",
]

Floats = npt.NDArray[np.float32]

ADULT, YOUNG, UNCLEAR = "adult-face", "perhaps-young-face", "unclear-face"

MARGIN = 25.0
"""Years. A face counts as an adult's only where the estimate is at least this.

Seven above majority: on faces of known groups the network's mean is 27 for young adults and 36 for adults, and it errs
by some years either way, so that this takes most young adults for doubtful. That is meant.
"""

_SMALLEST = 24.0  # pixels of the shorter side: from fewer the network sees little but skin
_FLOOR = 0.3  # a face that is hardly one can raise doubt ...
_SURE = 0.6  # ... but not take it away
_OVERLAP, _MOST = 0.3, 200
_STRIDES = (8, 16, 32)
_LARGEST = 16.0
_SCALES = (Scale(1024, 2.0), Scale(512), Scale(256, 0.5))

_CHIP = 64
_MEANS = np.array((122.782, 117.001, 104.298), np.float32)  # RGB, of the network's training pictures
_YEARS = np.concatenate([[0.25], np.arange(1, 81)]).astype(np.float32)

# Where YuNet's points (eyes, nose, corners of the mouth; left in the picture first) lie in dlib's chip of padding .2,
# as shares of its side: the medians over 482 faces that dlib's own five points had aligned, made symmetric.
_TEMPLATE = np.array(((0.31, 0.29), (0.69, 0.29), (0.50, 0.513), (0.344, 0.693), (0.656, 0.693)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A box, its score, and five points (5 x 2: eyes, nose, corners of the mouth), in pixels of the picture."""

    box: Box
    score: float
    points: Floats


class FaceFinder:
    """Faces with five points each, by YuNet at three sizes."""

    def __init__(self, *, threads: int = 1) -> None:
        self._session: Any = open_session(models.read("yunet"), name="yunet", threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]
        self._canvas = Canvas()

    def __call__(self, image: Image) -> list[Face]:
        """The faces of an upright RGB picture, best first."""
        height, width = image.shape[:2]
        found = []
        for place in dict.fromkeys(fit(width, height, scale) for scale in _SCALES):
            arrays = self._session.run(self._outputs, {self._input: self._canvas.fill(image, place, reverse=True)})
            found.append(_decode(arrays, place))
        boxes, scores, points = (np.concatenate(parts) for parts in zip(*found, strict=True))
        faces = []
        for index in suppress(boxes, scores, overlap=_OVERLAP, most=_MOST):
            box = Box(*boxes[index].tolist()).clipped(width, height)
            if box.area > 0:
                faces.append(Face(box, min(1.0, float(scores[index])), points[index]))
        return faces


def _decode(arrays: Sequence[Floats], place: Fit) -> tuple[Floats, Floats, Floats]:
    """Boxes (N x 4), scores (N) and points (N x 5 x 2) of one run, in pixels of the picture.

    As `overpaint.detectors._yunet.decode`; a point is a shift from the cell's corner, in cells.
    """
    boxes, scores, points = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)], [np.empty((0, 10), np.float32)]
    for level, stride in enumerate(_STRIDES):
        both = arrays[level].ravel() * arrays[level + 3].ravel()
        cells = np.flatnonzero(both >= _FLOOR * _FLOOR)
        row, column = np.divmod(cells, place.outer_width // stride)
        corner = np.stack([column, row], axis=1)
        shift = arrays[level + 6][0, cells]
        centre = (shift[:, :2] + corner) * stride
        half = np.exp(np.minimum(shift[:, 2:], _LARGEST)) * (stride / 2)
        boxes.append(place.back(np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)))
        scores.append(np.sqrt(both[cells]))
        raw = ((arrays[level + 9][0, cells].reshape(-1, 5, 2) + corner[:, None]) * stride).reshape(-1, 10)
        sides = np.array((place.width / place.inner_width, place.height / place.inner_height) * 5, np.float32)
        points.append(np.asarray(raw * sides, np.float32))
    return np.concatenate(boxes), np.concatenate(scores), np.concatenate(points).reshape(-1, 5, 2)


def chip(image: Image, points: Floats, *, side: int = _CHIP) -> Image:
    """A face turned upright and brought to size: side x side x 3.

    The similarity that takes the five points closest to the template (least squares; Umeyama, "Least-squares estimation
    of transformation parameters between two point patterns", PAMI 1991, without reflection). Where the picture is much
    larger than the chip it is made smaller by areas first. What lies outside the picture is black.
    """
    target = _TEMPLATE * side
    from_mean, to_mean = points.mean(axis=0), target.mean(axis=0)
    here, there = points - from_mean, target - to_mean
    spread = max(float((here**2).sum()), 1e-6)
    cosine = float((here * there).sum()) / spread
    sine = float((here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]).sum()) / spread
    scale = max(math.hypot(cosine, sine), 1e-6)
    shrink = min(1.0, max(2 * scale, side / max(image.shape[:2])))
    if shrink < 1:
        size = tuple(max(1, round(length * shrink)) for length in image.shape[1::-1])
        ratio = np.array([size[0] / image.shape[1], size[1] / image.shape[0]])
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        ratio = np.ones(2)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    shift = to_mean - turn @ from_mean
    matrix = np.concatenate([turn / ratio, shift[:, None]], axis=1)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


class DlibAge:
    """Years, from 0 to 80, by which a face looks old: the lower of what the network says of it and of its mirror image.

    The network is sure of little: a face brought to size in a slightly different way gets an estimate 6 years away on
    average. Where the two disagree, the younger counts.
    """

    name = "dlib-age"

    def __init__(self, *, threads: int = 1) -> None:
        self.weights = models.entry(self.name).tensors_sha256
        self._session: Any = open_session(models.read(self.name), name=self.name, threads=threads)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, image: Image, face: Face) -> float:
        planes = (chip(image, face.points).astype(np.float32) - _MEANS) / np.float32(256)
        both = np.stack([planes, planes[:, ::-1]]).transpose(0, 3, 1, 2)
        (answer,) = self._session.run(None, {self._input: np.ascontiguousarray(both)})
        return float((np.asarray(answer, np.float32) @ _YEARS).min())


class Adulthood:
    """A detector that says of each face whether it looks plainly adult.

    `ADULT` is a face that the face network is sure of (score of .6 or more), at least 24 pixels wide and high, to which
    every estimator gives `MARGIN` years or more; `YOUNG` is one to which any gives less; the others are `UNCLEAR`.
    No estimate is kept or reported.

    Parameters
    ----------
    faces
        Finds the faces of a picture, with their points.
    estimators
        Each gives a face's age in years.
    version, weights
        Of what they are made of.
    """

    name = "dlib-age"
    kinds = (ADULT, YOUNG, UNCLEAR)
    long_side = 1024

    def __init__(
        self,
        faces: Callable[[Image], Sequence[Face]],
        estimators: Sequence[Callable[[Image, Face], float]],
        *,
        version: str = "",
        weights: str = "",
    ) -> None:
        self._faces, self._estimators = faces, tuple(estimators)
        self.version, self.weights = version, weights

    def detect(self, image: Image) -> list[Detection]:
        """One for each face; its score is the face's, and says nothing of an age."""
        return [Detection(self._look_of(image, face), face.score, face.box) for face in self._faces(image)]

    def _look_of(self, image: Image, face: Face) -> str:
        estimates = [estimate(image, face) for estimate in self._estimators]
        if any(estimate < MARGIN for estimate in estimates):
            return YOUNG
        sure = face.score >= _SURE and min(face.box.width, face.box.height) >= _SMALLEST
        # an estimate that is no number is neither below the margin nor above it
        return ADULT if sure and estimates and all(estimate >= MARGIN for estimate in estimates) else UNCLEAR


def open_adulthood(*, threads: int = 1) -> Adulthood:
    """The detector with the networks of the model store; `ModelError` where one is missing."""
    dlib = DlibAge(threads=threads)
    return Adulthood(FaceFinder(threads=threads), (dlib,), version="v1 lower of two, from 25", weights=dlib.weights)
