"""The pixels of a BMP as arrays, in the order of the file: the first row is the bottom one unless it is top-down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError
from overpaint.painting._metadata._bmp import Bmp

__all__ = ["numbers", "unpacked_runs", "words"]

_MOST_EXPANSION = 128
"""One byte of run lengths gives at most so many pixels, rows that are skipped aside."""


def words(data: bytearray, bmp: Bmp) -> NDArray[np.uint16] | NDArray[np.uint32]:
    """Pixels of 16 or 32 bits; writing to them changes ``data``."""
    size = bmp.depth // 8
    return np.ndarray(
        (bmp.height, bmp.width), f"<u{size}", buffer=data, offset=bmp.picture[0], strides=(bmp.stride, size)
    )


def numbers(data: bytes | bytearray, bmp: Bmp) -> NDArray[np.uint8]:
    """Pixels of 1 to 8 bits, one a byte; of 8 bits in place."""
    packed = -(-bmp.width * bmp.depth // 8)
    rows: NDArray[np.uint8] = np.ndarray(
        (bmp.height, packed), np.uint8, buffer=data, offset=bmp.picture[0], strides=(bmp.stride, 1)
    )
    if bmp.depth == 8:
        return rows
    many, top = 8 // bmp.depth, (1 << bmp.depth) - 1
    out = np.empty((bmp.height, packed, many), dtype=np.uint8)
    for place in range(many):
        out[:, :, place] = rows >> (8 - bmp.depth * (place + 1)) & top
    return out.reshape(bmp.height, -1)[:, : bmp.width]


def unpacked_runs(data: bytes, bmp: Bmp) -> NDArray[np.uint8]:
    """Pixels stored as run lengths, one a byte; those that are skipped are 0.

    Raises
    ------
    DecodeError
        ``truncated``: the data cannot give so many pixels, or end before the picture does; ``damaged-data``: a run
        leaves its row.
    """
    start, end = bmp.picture
    if (end - start) * _MOST_EXPANSION < bmp.width * bmp.height:
        raise DecodeError("truncated", "the BMP's data cannot give as many pixels as its header announces")
    out = bytearray(bmp.width * bmp.height)
    nibbles = bmp.depth == 4
    x, y, at, ended = 0, 0, start, False
    while at + 1 < end and y < bmp.height and not ended:
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            pixels = (bytes((value >> 4, value & 15)) * 128)[:count] if nibbles else bytes((value,)) * count
        elif value == 0:
            x, y = 0, y + 1
            continue
        elif value == 1:
            ended = True
            continue
        elif value == 2:
            x, y, at = x + data[at] if at < end else x, y + (data[at + 1] if at + 1 < end else 0), at + 2
            continue
        else:
            length = -(-value // 2) if nibbles else value
            pixels = _nibbles(data[at : at + length])[:value] if nibbles else data[at : at + length]
            at += length + (length & 1)
        if x + len(pixels) > bmp.width:
            raise DecodeError(
                "damaged-data", "a run of the BMP's pixels leaves its row, and readers differ in what follows"
            )
        here = y * bmp.width + x
        out[here : here + len(pixels)] = pixels
        x += len(pixels)
    if not ended and y < bmp.height and (y, x) < (bmp.height - 1, bmp.width):
        raise DecodeError("truncated", "the BMP's data end before its picture does")
    return np.frombuffer(out, dtype=np.uint8).reshape(bmp.height, bmp.width)


def _nibbles(packed: bytes) -> bytes:
    return bytes(half for byte in packed for half in (byte >> 4, byte & 15))
