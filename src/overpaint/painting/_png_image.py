"""A PNG's pixels as samples that can be painted.

Inflating and undoing the row filters is Pillow's C, given the bare stream; 16-bit samples, which Pillow's own reader
cuts down to 8, come whole: of pixels of two bytes it reads "grey and alpha", and of 48 or 64 bits once the high bytes
and once the low ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overpaint.errors import DecodeError, Unsupported

__all__ = ["GREY", "GREY_ALPHA", "PALETTE", "RGB", "RGBA", "Header", "Samples", "read_header", "read_samples"]

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6

_DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_MODES = {
    (GREY, 1): ("1", "1"),
    (GREY, 2): ("L", "L;2"),
    (GREY, 4): ("L", "L;4"),
    (GREY, 8): ("L", "L"),
    (GREY, 16): ("LA", "LA"),
    (RGB, 8): ("RGB", "RGB"),
    (PALETTE, 1): ("P", "P;1"),
    (PALETTE, 2): ("P", "P;2"),
    (PALETTE, 4): ("P", "P;4"),
    (PALETTE, 8): ("P", "P"),
    (GREY_ALPHA, 8): ("LA", "LA"),
    (GREY_ALPHA, 16): ("RGBA", "RGBA"),
    (RGBA, 8): ("RGBA", "RGBA"),
}
_MOST_INFLATION = 1032
"""One byte of deflate gives at most so many."""

Samples = NDArray[np.uint8] | NDArray[np.uint16]
"""Height x width x channels, in the machine's byte order."""


class Header(NamedTuple):
    """What IHDR says."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def converted(self) -> bool:
        """Whether a painted picture is of another kind: without palette, of at least 8 bits, not interlaced."""
        return self.depth < 8 or self.colour == PALETTE or self.interlaced

    @property
    def colours(self) -> int:
        """How many colour channels a painted picture has."""
        return 1 if self.colour in {GREY, GREY_ALPHA} else 3


def read_header(data: bytes, *, max_pixels: int) -> Header:
    """Read IHDR, which must stand first.

    Raises
    ------
    DecodeError
        ``damaged-header``: it says what no PNG can be.
    Unsupported
        ``too-many-pixels``.
    """
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    depth, colour, method, filtering, interlace = data[24:29]
    known = depth in _DEPTHS.get(colour, ()) and not method and not filtering and interlace <= 1
    if not known or not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        raise DecodeError("damaged-header", "the PNG's header describes no picture that the standard knows")
    if width * height > max_pixels:
        raise Unsupported("too-many-pixels", f"{width} x {height} is above the limit of {max_pixels} pixels")
    return Header(width, height, depth, colour, bool(interlace))


def read_samples(packed: bytes, header: Header) -> Samples:
    """Every sample of a zlib stream, in a new array: grey of few bits spread over 0 to 255, of a palette the numbers.

    Raises
    ------
    DecodeError
        ``truncated`` or ``damaged-data``.
    """
    bits = header.width * header.depth * _CHANNELS[header.colour]
    if len(packed) * _MOST_INFLATION < header.height * (bits // 8):
        raise DecodeError("truncated", "the PNG's data cannot give as many pixels as its header announces")
    if header.depth == 16 and header.colour in {RGB, RGBA}:
        mode = "RGB" if header.colour == RGB else "RGBA"
        return _wide(_inflated(packed, header, mode, f"{mode};16B"), _inflated(packed, header, mode, f"{mode};16L"))
    mode, raw = _MODES[header.colour, header.depth]
    samples = _inflated(packed, header, mode, raw)
    if header.depth == 16:
        return _wide(samples[:, :, 0::2], samples[:, :, 1::2])
    return samples


def _wide(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint16]:
    wide = high.astype(np.uint16)
    wide <<= 8
    wide |= low
    return wide


def _inflated(packed: bytes, header: Header, mode: str, raw: str) -> NDArray[np.uint8]:
    try:
        image = Image.frombytes(mode, (header.width, header.height), packed, "zip", raw, int(header.interlaced))
    except ValueError as error:
        reason = "truncated" if "not enough" in str(error) else "damaged-data"
        raise DecodeError(reason, "the PNG's data end early or cannot be inflated") from error
    samples = np.array(image, dtype=np.uint8)
    if mode == "1":
        samples *= 255
    return samples.reshape(header.height, header.width, -1)
