"""Made pictures: the odd ones that detectors fall over, and grounds to put something on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import cv2
import numpy as np

from overpaint.detectors import Image

__all__ = ["FabricatedPictures", "Ground"]

Ground = Literal["grey", "ramp", "noise"]

_FLAT: Mapping[str, tuple[int, int, int]] = {
    "one pixel": (1, 1, 128),
    "a row of pixels": (1, 5000, 200),
    "a column of pixels": (5000, 1, 50),
    "black": (64, 64, 0),
    "grey": (375, 500, 128),
    "white": (64, 64, 255),
}
_HUGE = (3000, 4000)


class FabricatedPictures(Mapping[str, Image]):
    """Pictures by name (H x W x 3, RGB, uint8), always the same ones; each is made when it is asked for.

    Parameters
    ----------
    huge
        Whether the one of 12 megapixels is among them.

    Examples
    --------
    >>> pictures = FabricatedPictures()
    >>> pictures["one pixel"].shape
    (1, 1, 3)
    >>> "huge" in FabricatedPictures(huge=False)
    False
    """

    def __init__(self, *, huge: bool = True) -> None:
        self._names = (*_FLAT, "ramp", "noise", *(["huge"] if huge else []))

    def __getitem__(self, name: str) -> Image:
        if name not in self._names:
            raise KeyError(name)
        if name in _FLAT:
            height, width, level = _FLAT[name]
            return np.full((height, width, 3), level, np.uint8)
        if name == "huge":
            return self.ground("ramp", width=_HUGE[1], height=_HUGE[0])
        return self.ground("ramp" if name == "ramp" else "noise", width=500, height=375)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    @staticmethod
    def ground(kind: Ground, *, width: int, height: int) -> Image:
        """A picture of nothing: grey, slow changes of colour, or noise around grey."""
        if kind == "grey":
            return np.full((height, width, 3), 128, np.uint8)
        if kind == "ramp":
            x, y = np.arange(width)[np.newaxis, :], np.arange(height)[:, np.newaxis]
            across, down = np.broadcast_arrays(x * 255 // width, y * 255 // height)
            return np.stack([across, down, (x + y) % 256], axis=2).astype(np.uint8)
        return np.random.default_rng(0).integers(90, 150, (height, width, 3), np.uint8)

    @classmethod
    def pasted(
        cls, patch: Image, *, x: int, y: int, height: int, ground: Ground = "ramp", size: tuple[int, int] = (500, 375)
    ) -> tuple[Image, tuple[int, int, int, int]]:
        """A picture (`size`: its width and height) with a patch in it, and the pixels that it takes.

        Parameters
        ----------
        patch
            What the detector should find (H x W x 3, RGB, uint8).
        x, y
            Its upper left corner.
        height
            Its height in the picture; its aspect stays.

        Returns
        -------
        (picture, (x0, y0, x1, y1))

        Raises
        ------
        ValueError
            If the patch would reach over the edge.
        """
        image = cls.ground(ground, width=size[0], height=size[1])
        width = max(1, round(height * patch.shape[1] / patch.shape[0]))
        if not (0 <= x <= size[0] - width and 0 <= y <= size[1] - height):
            raise ValueError(f"a patch of {width} x {height} at ({x}, {y}) reaches over the edge of {size}")
        how = cv2.INTER_AREA if height < patch.shape[0] else cv2.INTER_LINEAR
        image[y : y + height, x : x + width] = cv2.resize(patch, (width, height), interpolation=how)
        return image, (x, y, x + width, y + height)
