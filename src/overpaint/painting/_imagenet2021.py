"""The blur of the released ImageNet of 2021, to the pixel and with its flaw; for reproduction, never for publishing.

Yang, Yau, Fei-Fei, Deng and Russakovsky, "A Study of Face Obfuscation in ImageNet", ICML 2022 (arXiv 2103.06191).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["imagenet2021"]

_SHARE = 0.1  # of a box's longer side: how far it is enlarged; of the longest one in the image: sigma
_TRUNCATE = 4.0  # a Gaussian ends after so many sigmas

Floats = NDArray[np.float64]


def imagenet2021(rgb: NDArray[np.uint8], boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """Blur boxes as the 2021 release did.

    Each box is enlarged by a tenth of its longer side on every side; one sigma, a tenth of the *largest* longer side
    in the image, blurs the picture and the mask of the boxes; the result is ``mask * blurred + (1 - mask) * image``.
    So a small face beside a large one gets a mask that is far below 1, and survives.

    Parameters
    ----------
    rgb
        The image, height x width x 3, uint8.
    boxes
        Pixels of this image. A box without width or height is skipped, as the release did.

    Returns
    -------
    A new array of the same shape; with no box, a copy.

    Raises
    ------
    UsageError
        ``rgb`` is not height x width x 3 of uint8.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise UsageError(f"rgb must be height x width x 3 of uint8, not {rgb.dtype} of shape {rgb.shape}")
    height, width = rgb.shape[:2]
    mask = np.zeros((height, width))
    longest = 0.0
    for box in boxes:
        if not (box.x0 < box.x1 and box.y0 < box.y1):
            continue
        longer = max(box.width, box.height)
        longest = max(longest, longer)
        mask[_span(box.y0, box.y1, longer, height), _span(box.x0, box.x1, longer, width)] = 1.0
    if longest == 0.0:
        return rgb.copy()
    sigma = _SHARE * longest
    image = rgb / 255.0
    blurred = np.stack([_gaussian(image[:, :, c], sigma) for c in range(3)], axis=2)
    weight = _gaussian(mask, sigma)[:, :, None]
    mixed = weight * blurred + (1.0 - weight) * image
    return np.asarray(np.clip(mixed * 255.0, 0.0, 255.0), dtype=np.uint8)


def _span(start: float, end: float, longer: float, size: int) -> slice:
    """The enlarged side of a box in whole pixels, cut at the image's edge."""
    low, high = int(start - _SHARE * longer), int(end + _SHARE * longer)
    return slice(min(max(low, 0), size), min(max(high, 0), size))


def _gaussian(plane: Floats, sigma: float) -> Floats:
    """A separable Gaussian that ends after 4 sigma; the picture goes on beyond its edge as the edge's pixels."""
    radius = int(_TRUNCATE * sigma + 0.5)
    kernel = np.array([math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)])
    kernel /= math.fsum(kernel)
    return _along_rows(_along_rows(plane, kernel).T, kernel).T


def _along_rows(plane: Floats, kernel: Floats) -> Floats:
    radius = len(kernel) // 2
    padded = np.pad(plane, ((0, 0), (radius, radius)), mode="edge")
    out = np.zeros_like(plane)
    for k, weight in enumerate(kernel):  # added in one fixed order; no BLAS, no FFT
        out += weight * padded[:, k : k + plane.shape[1]]
    return out
