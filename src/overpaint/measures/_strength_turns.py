"""EXIF orientation on arrays and boxes, written for the judge: how a picture is shown, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["as_shown", "as_stored", "box_as_shown"]

Array = npt.NDArray[Any]
_Turn = Callable[[Array], Array]

_SHOWN: dict[int, _Turn] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(a[::-1, ::-1], 0, 1),
    8: lambda a: np.rot90(a, 1),
}
_BACK = {6: 8, 8: 6}
"""The others undo themselves."""


def as_shown(stored: Array, orientation: int) -> Array:
    """A picture, height x width (x channels), turned as its orientation, 1 to 8, asks a viewer to."""
    return np.ascontiguousarray(_SHOWN[orientation](stored))


def as_stored(shown: Array, orientation: int) -> Array:
    """The inverse of `as_shown`."""
    return np.ascontiguousarray(_SHOWN[_BACK.get(orientation, orientation)](shown))


def box_as_shown(
    box: tuple[float, float, float, float], width: int, height: int, orientation: int
) -> tuple[float, float, float, float]:
    """A box of the stored frame, ``width`` x ``height``, in the frame that is shown."""
    x0, y0, x1, y1 = box
    if orientation in {2, 3, 7, 8}:
        x0, x1 = width - x1, width - x0
    if orientation in {3, 4, 6, 7}:
        y0, y1 = height - y1, height - y0
    return (x0, y0, x1, y1) if orientation <= 4 else (y0, x0, y1, x1)
