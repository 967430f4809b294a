"""YuNet on onnxruntime.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023); weights
``face_detection_yunet_2023mar`` of the OpenCV Zoo (MIT), trained on WIDER FACE.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overpaint.detectors._faces import FaceNetwork, Floats
from overpaint.detectors._letterbox import Fit

__all__ = ["YuNet", "decode"]

_STRIDES = (8, 16, 32)
_LARGEST = 16.0  # of exp() in cells: a bound that no face reaches and no float overflows at


def decode(arrays: Sequence[Floats], *, width: int, floor: float) -> tuple[Floats, Floats]:
    """Boxes and scores of one network run.

    A cell's score is the geometric mean of its class and its objectness; its box is a shift of the centre from the
    cell's corner and the logarithm of the sides, both in cells.

    Parameters
    ----------
    arrays
        cls, then obj (1 x cells x 1), then bbox (1 x cells x 4), each at strides 8, 16, 32.
    width
        Of the network input, in pixels.
    floor
        Lowest score to give.

    Returns
    -------
    (boxes, scores)
        N x 4 in pixels of the input, and N; not yet suppressed.
    """
    boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
    for level, stride in enumerate(_STRIDES):
        both = arrays[level].ravel() * arrays[level + 3].ravel()
        cells = np.flatnonzero(both >= floor * floor)
        if not cells.size:
            continue
        shift = arrays[level + 6][0, cells]
        row, column = np.divmod(cells, width // stride)
        centre = (shift[:, :2] + np.stack([column, row], axis=1)) * stride
        half = np.exp(np.minimum(shift[:, 2:], _LARGEST)) * (stride / 2)
        boxes.append(np.concatenate([centre - half, centre + half], axis=1).astype(np.float32))
        scores.append(np.sqrt(both[cells]))
    return np.concatenate(boxes), np.concatenate(scores)


class YuNet(FaceNetwork):
    """Faces by YuNet: 0.24 MB, a few milliseconds, good from 10 to 300 pixels."""

    model = "yunet"
    release = "2023mar"
    bgr = True
    outputs = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox") for stride in _STRIDES)

    def decode(self, arrays: Sequence[Floats], place: Fit) -> tuple[Floats, Floats]:
        """Boxes and scores of one run."""
        return decode(arrays, width=place.outer_width, floor=self.floor)
