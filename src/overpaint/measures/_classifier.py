"""What a classifier of the 1,000 ImageNet classes says of a picture."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint import models
from overpaint.detectors import open_session

__all__ = ["CLASSES", "CLASSIFIER", "Classifier"]

CLASSIFIER = "efficientnet-lite0"
SIDE = 224
_SHARE = SIDE / (SIDE + 32)  # of the shorter side; what its authors evaluate on
_MEAN, _SCALE = 127.0, 128.0


@functools.cache
def _classes() -> tuple[str, ...]:
    text = (resources.files(__package__) / "imagenet1k.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["wnids"].split())


CLASSES = {wnid: index for index, wnid in enumerate(_classes())}
"""WordNet offsets of the classes, and their places in the model's output."""


class Classifier:
    """EfficientNet-Lite0, opened once."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def open(cls, *, threads: int) -> Classifier:
        """Open the model; `ModelError` says how to bring it where it is missing."""
        return cls(open_session(models.read(CLASSIFIER), name=CLASSIFIER, threads=threads))

    def scores(self, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The softmax over the classes, for an upright RGB picture, H x W x 3."""
        given = prepared(image)
        logits = self._session.run(None, {"image": given})[0][0].astype(np.float64)
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum())


def prepared(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The middle of a picture, a square of 7/8 of its shorter side, as the model takes it: 1 x 3 x 224 x 224."""
    height, width = image.shape[:2]
    side = max(1, round(_SHARE * min(height, width)))
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(image[top : top + side, left : left + side])
    # cubic interpolation looks at four pixels only: what is more than twice too large is averaged
    how = cv2.INTER_AREA if side > 2 * SIDE else cv2.INTER_CUBIC
    small = cv2.resize(middle, (SIDE, SIDE), interpolation=how).astype(np.float32)
    return np.ascontiguousarray(((small - _MEAN) / _SCALE).transpose(2, 0, 1)[None])
