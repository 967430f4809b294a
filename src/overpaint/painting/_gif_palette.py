"""Which entries of a palette show what was painted: the nearest ones, and new ones where numbers are free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["counted", "gained", "nearest"]

Colours = NDArray[np.uint8]
_AT_ONCE = 4096
"""Colours whose nearest entry is sought at a time."""
_COUNTED = 1 << 20
_NEAR = 3 * 8**2
"""A squared distance that is near enough: 8 steps in each channel."""


def counted(numbers: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many pixels have each of 256 numbers; a part at a time, because counting needs eight bytes a pixel."""
    flat = numbers.ravel()
    out = np.zeros(256, dtype=np.int64)
    for start in range(0, len(flat), _COUNTED):
        out += np.bincount(flat[start : start + _COUNTED], minlength=256)
    return out


def nearest(colours: Colours, palette: Colours, clear: int | None) -> NDArray[np.uint8]:
    """For each of n x 3 colours the number of the entry at the least distance, the first of equals; never ``clear``."""
    unique, back = _unique(colours)
    entries = palette.astype(np.int32)
    found = np.empty(len(unique), dtype=np.uint8)
    for start in range(0, len(unique), _AT_ONCE):
        some = unique[start : start + _AT_ONCE].astype(np.int32)
        distance = sum((some[:, None, c] - entries[None, :, c]) ** 2 for c in range(3))
        assert isinstance(distance, np.ndarray)
        if clear is not None and clear < len(entries):
            distance[:, clear] = 1 << 30
        found[start : start + _AT_ONCE] = distance.argmin(axis=1)
    return found[back]


def _unique(colours: Colours) -> tuple[Colours, NDArray[np.intp]]:
    """Each colour once, in their order, and for each of the colours where it is among them."""
    wide = colours.astype(np.int32)
    keys, back = np.unique(wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2], return_inverse=True)
    return np.stack([keys >> 16, keys >> 8 & 255, keys & 255], axis=1).astype(np.uint8), back.ravel()


def gained(colours: Colours, palette: Colours, kept: NDArray[np.bool_], clear: int | None) -> Colours | None:
    """A palette that holds these colours better, or None where this one is near enough or has no room.

    Parameters
    ----------
    colours
        n x 3, at least one.
    palette
        Entries x 3.
    kept
        For each of 256 numbers, whether a pixel that stays has it: those entries are not touched.
    clear
        The transparent number, or None.

    Returns
    -------
    palette
        Of a length that a GIF can have. Its new entries are the colours, rounded to as few bits as needed to find room.
    """
    unique = _unique(colours)[0]
    far = (palette[nearest(unique, palette, clear)].astype(np.int32) - unique) ** 2
    size = len(palette)
    most = size if kept[size:].any() else 256  # pixels beyond the palette shall stay beyond it
    free = [number for number in range(most) if not kept[number] and number != clear]
    if far.sum(axis=1).max() <= _NEAR or not free:
        return None
    for bits in range(8):
        rounded = _unique(((unique >> bits << bits) + (1 << bits >> 1)).astype(np.uint8))[0]
        if len(rounded) <= len(free):
            break
    else:
        return None
    numbers = free[: len(rounded)]
    length = max(size, 1 << int(max(numbers)).bit_length())
    out = np.zeros((length, 3), dtype=np.uint8)
    out[:size] = palette
    out[numbers] = rounded
    return out
