"""Whatever a decoder hands out, as pictures that detectors look at: H x W x 3, RGB, 8 bits.

Palettes, CMYK and the like are converted as Pillow does. Samples of more than 8 bits are shown by the highest 8 bits
that the picture makes use of (12-bit data in 16 bits would be black otherwise); floating point by its range.

Alpha can hide a picture both ways: programs that drop it show the colours beneath, others show them composed on a
ground of their own, and where all colours are alike only the alpha shows anything. So the colours are looked at as
they are, as most loaders of datasets take them, and composed on middle grey too where that makes a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["eight_bits", "of_pillow", "views"]

Picture = NDArray[np.uint8]

_GREY = 128
_DIFFERS = 32  # levels of a sample
_PIXELS = 64  # fewer that differ hold no face that a detector could find
_STRIP = 1 << 20  # pixels composed at once
_WITH_ALPHA = {"LA", "La", "PA", "RGBA", "RGBa"}


def views(colour: Picture, alpha: Picture | None) -> Iterator[Picture]:
    """The colours as they are; then, where alpha (H x W) hides enough of them, composed on grey.

    The second picture takes the first one's place in memory where nobody holds it.
    """
    yield colour
    if alpha is None or int(alpha.min()) == 255:
        return
    composed, changed = np.empty(colour.shape, np.uint8), 0
    rows = max(1, _STRIP // colour.shape[1])
    for top in range(0, len(colour), rows):
        part, share = colour[top : top + rows].astype(np.uint16), alpha[top : top + rows, :, None].astype(np.uint16)
        mixed = (part * share + _GREY * (255 - share) + 127) // 255
        composed[top : top + rows] = mixed
        changed += int((np.abs(mixed.astype(np.int16) - part.astype(np.int16)).max(axis=2) > _DIFFERS).sum())
    if changed >= _PIXELS:
        yield composed


def of_pillow(image: Image.Image, *, long_side: int) -> tuple[Picture, Picture | None]:
    """Colours (H x W x 3) and alpha (H x W, or None) of a loaded picture, reduced where it is far larger than asked."""
    if image.mode.startswith(("I", "F")):
        return _grey(eight_bits(np.asarray(image))), None
    alpha = None
    if image.mode in _WITH_ALPHA or (image.mode == "P" and "transparency" in image.info):
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema()[0] == 255:
            alpha = None
    if image.mode == "LAB":  # Pillow converts it by way of a profile only; the lightness will do
        image = image.getchannel(0)
    if image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    factor = next((f for f in (8, 4, 2) if long_side and max(image.size) // f >= long_side), 1)
    if factor > 1:  # the colours by themselves: reduced with their alpha, hidden ones would be lost
        image, alpha = image.reduce(factor), None if alpha is None else alpha.reduce(factor)
    return np.asarray(image.convert("RGB")), None if alpha is None else np.asarray(alpha)


def eight_bits(samples: NDArray[Any]) -> Picture:
    """Samples of any type and shape by the highest 8 bits in use (integers) or by their range (floating point)."""
    if samples.dtype.kind == "f":
        return _of_floats(samples)
    if samples.dtype.itemsize == 1:
        return samples.astype(np.uint8)
    shift = max(0, max(0, int(samples.max())).bit_length() - 8)
    highest: Picture = (np.maximum(samples, 0) >> shift).astype(np.uint8)
    return highest


def _of_floats(samples: NDArray[Any]) -> Picture:
    sound = np.nan_to_num(samples.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(sound.min()), float(sound.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    levels: NDArray[np.float32] = (sound - low) * (255 / (high - low))
    shown: Picture = levels.clip(0, 255).astype(np.uint8)
    return shown


def _grey(samples: Picture) -> Picture:
    return np.repeat(samples[:, :, None], 3, axis=2)
