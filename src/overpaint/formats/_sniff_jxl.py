"""The header of a JPEG XL codestream, as `sniff` reads it (ISO/IEC 18181-1: SizeHeader, ImageMetadata).

A decoder turns the picture upright itself, by the orientation in the codestream. So the stored frame is the upright
picture: ``width`` and ``height`` are its sides, and the orientation is always 1.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ._sniffed import Sniffed, size_of

__all__ = ["JXL_BOX", "sniff_jxl"]

JXL_BOX = b"\0\0\0\x0cJXL \r\n\x87\n"
_BOXES = 256
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}

# How a number is written: two bits choose one of four (offset, bits that follow).
_SIDE = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_EIGHTHS = ((16, 0), (32, 0), (1, 5), (33, 9))
_DEPTH = ((8, 0), (10, 0), (12, 0), (1, 6))


def sniff_jxl(data: bytes) -> Sniffed:
    """A bare codestream or one in a container; whether it is animated, not how many frames it has."""
    stream = data[:64] if data[:2] == b"\xff\x0a" else _codestream(data)
    if stream[:2] != b"\xff\x0a":
        return Sniffed("jxl")
    bits = _Bits(stream[2:])
    try:
        return _header(bits)
    except EOFError:
        return Sniffed("jxl")


def _header(bits: _Bits) -> Sniffed:
    wide, tall = _size(bits)
    orientation, animated, depth = 1, False, 8
    if not bits(1):  # not all of the metadata have their default values
        if bits(1):
            orientation = 1 + bits(3)
            if bits(1):
                _size(bits)  # how large it is meant to be shown
            if bits(1):
                _preview(bits)
            animated = bool(bits(1))
        # An animation's clock stands before the depth, which is then left untold.
        depth = 0 if animated or bits(1) else bits.number(_DEPTH)
    width, height = size_of(*((tall, wide) if orientation >= 5 else (wide, tall)))
    return Sniffed("jxl", width, height, 1, animated, None if animated else 1, depth or None)


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def __call__(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return value

    def number(self, choices: tuple[tuple[int, int], ...]) -> int:
        offset, count = choices[self(2)]
        return offset + self(count)


def _codestream(data: bytes) -> bytes:
    """The beginning of the codestream in a container."""
    at = 0
    for _ in range(_BOXES):
        if at + 16 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        if kind in (b"jxlc", b"jxlp"):
            start += 4 * (kind == b"jxlp")
            return data[start : start + 64]
        if size < start - at:
            break
        at += size
    return b""


def _size(bits: _Bits) -> tuple[int, int]:
    if bits(1):
        return _sides(bits, lambda: 8 * (1 + bits(5)))
    return _sides(bits, lambda: bits.number(_SIDE))


def _preview(bits: _Bits) -> None:
    if bits(1):
        _sides(bits, lambda: 8 * bits.number(_PREVIEW_EIGHTHS))
    else:
        _sides(bits, lambda: bits.number(_PREVIEW))


def _sides(bits: _Bits, side: Callable[[], int]) -> tuple[int, int]:
    """Width and height; the width may be given by a ratio."""
    tall = side()
    ratio = bits(3)
    if not ratio:
        return side(), tall
    over, under = _RATIOS[ratio]
    return tall * over // under, tall
