"""The orientation tag of an EXIF block, read with bounds and nothing else."""

from __future__ import annotations

import struct

__all__ = ["orientation_of", "tiff_order"]

_ORIENTATION = 0x0112
_SIZES = {3: "H", 4: "I"}


def tiff_order(block: bytes) -> str | None:
    """The `struct` byte order of a classic TIFF header, None where there is none."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])


def orientation_of(block: bytes) -> int:
    """The orientation (1 to 8) that a TIFF-structured EXIF block states in its first directory.

    Missing, broken and impossible values read as 1, as viewers take them.
    """
    order = tiff_order(block)
    if order is None or len(block) < 10:
        return 1
    (start,) = struct.unpack_from(order + "I", block, 4)
    if start + 2 > len(block):
        return 1
    (count,) = struct.unpack_from(order + "H", block, start)
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", block, at)
        if tag == _ORIENTATION:
            if kind not in _SIZES or number < 1:
                return 1
            (value,) = struct.unpack_from(order + _SIZES[kind], block, at + 8)
            return int(value) if 1 <= value <= 8 else 1
    return 1
