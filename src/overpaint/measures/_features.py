"""What a network sees in a picture, as a direction: two pictures of one thing point the same way, cropped or not."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint import models
from overpaint.detectors import open_session
from overpaint.measures._classifier import CLASSIFIER, SIDE

__all__ = ["FEATURES", "Features"]

FEATURES = 1280
"""How many there are of one picture."""

_MEAN, _SCALE = 127.0, 128.0


class Features:
    """EfficientNet-Lite0 without its last layer: the means of what its last convolution sees."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def open(cls, *, threads: int) -> Features:
        """Open the model; `ModelError` says how to bring it where it is missing."""
        return cls(open_session(_headless(models.read(CLASSIFIER)), name=CLASSIFIER, threads=threads))

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The features of an upright RGB picture, H x W x 3: 1,280 numbers, none negative, of length 1.

        The whole picture is squeezed into the network's square: what was cut off a copy's edges is then missing of it
        alone, and not another part of both.
        """
        found = self._session.run(None, {"image": squeezed(image)})[0][0]
        return np.asarray(found / max(float(np.linalg.norm(found)), 1e-12), np.float32)


def squeezed(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A whole picture as the model takes it: 1 x 3 x 224 x 224."""
    height, width = image.shape[:2]
    # each axis is averaged where it is more than twice too large: cubic interpolation looks at four pixels only
    if max(height, width) > 2 * SIDE:
        size = min(width, 2 * SIDE), min(height, 2 * SIDE)
        image = cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    small = cv2.resize(np.ascontiguousarray(image), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    return np.ascontiguousarray(((small - _MEAN) / _SCALE).transpose(2, 0, 1)[None])


def _headless(model: bytes) -> bytes:
    """The graph up to what goes into its last layer."""
    import onnx

    net = onnx.load_model_from_string(model)
    last = net.graph.node[-1]
    net.graph.node.remove(last)
    unused = set(last.input[1:])
    for held in [each for each in net.graph.initializer if each.name in unused]:
        net.graph.initializer.remove(held)
    del net.graph.output[:]
    kind = onnx.TensorProto.FLOAT
    net.graph.output.append(onnx.helper.make_tensor_value_info(last.input[0], kind, ["N", FEATURES]))
    return bytes(net.SerializeToString())
