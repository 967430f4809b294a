"""Whether one small grey picture is another, or a part of it, perhaps mirrored: the second opinion on a pair.

Normalised cross-correlation (J. P. Lewis, "Fast Normalized Cross-Correlation", 1995) of one picture, shrunk to what
would be left of the other after cutting its edges off, with every place of the other.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint.fingerprints._pdq import Pdq, pdq_pair

__all__ = ["ALIKE", "LOOK_SIDE", "Look", "likeness", "look_of", "pdq_levelled"]

LOOK_SIDE = 32
"""Pixels of a side of what is compared."""
ALIKE = 0.9
"""The likeness from which on two pictures are called copies; docs/reference/duplicates.md has what is found by it."""

_LEVEL = 64
_SHARES = (30, 29, 28, 27, 26)  # of 32: what is left of a side
_SIZES = [(32, 32), *((a, b) for left in _SHARES for a, b in ((left, left), (left, 32), (32, left)))]
_FLAT = 2.0  # grey levels of standard deviation below which there is nothing to compare

Look = NDArray[np.uint8]


def pdq_levelled(image: NDArray[np.uint8]) -> tuple[Pdq, Pdq]:
    """The PDQ of a picture and of its mirror image after it is averaged to 64 x 64.

    For comparing pictures with each other, not with lists: PDQ's own filter is wider in large pictures than in small
    ones, so that a photograph and its half differ in 20 bits; averaged, in 2.
    """
    return pdq_pair(_averaged(image, _LEVEL))


def look_of(image: NDArray[np.uint8]) -> Look:
    """An upright RGB picture as 32 x 32 grey values."""
    return np.asarray(cv2.cvtColor(_averaged(image, LOOK_SIDE), cv2.COLOR_RGB2GRAY), np.uint8)


def _averaged(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    image = np.ascontiguousarray(image)
    if max(height, width) > side:  # averages where a side shrinks, and leaves the other
        image = cv2.resize(image, (min(width, side), min(height, side)), interpolation=cv2.INTER_AREA).astype(np.uint8)
    if min(height, width) < side:
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    return image


def likeness(one: Look, other: Look, *, enough: float = 1.0) -> float:
    """How alike two looks are, whichever of them is the part and whichever the mirror image: 0 to 1.

    Parameters
    ----------
    one, other
        32 x 32 of uint8.
    enough
        Where so much is reached the search ends, and this much or more is returned.
    """
    if min(float(one.std()), float(other.std())) < _FLAT:
        return 1.0 if np.abs(one.astype(int) - other).max() <= _FLAT else 0.0
    best = 0.0
    turned = np.ascontiguousarray(other[:, ::-1])
    for size in _SIZES:
        for whole, part in ((one, other), (one, turned), (other, one), (turned, one)):
            template = part if size == (LOOK_SIDE, LOOK_SIDE) else cv2.resize(part, size, interpolation=cv2.INTER_AREA)
            best = max(best, float(cv2.matchTemplate(whole, template, cv2.TM_CCOEFF_NORMED).max()))
            if best >= enough:
                return min(best, 1.0)
    return min(best, 1.0)
