"""Painting a BMP: the bytes of the painted pixels change and no others, where the way it is stored allows."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting import _native
from overpaint.painting._bmp_pixels import numbers, unpacked_runs, words
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._metadata._bmp import Bmp, laid_out, read_bmp, strip_bmp
from overpaint.painting._regions import Regions, regions
from overpaint.records import Box

__all__ = ["paint_bmp"]

_MOST_BITS = 16
_HEADERS = (12, 40, 52, 56, 64, 108, 124)


def paint_bmp(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a BMP and apply the metadata policy.

    Pixels of 16, 24 and 32 bits are painted where they lie, alpha and unused bits stay. A palette of all 256 greys
    stays; any other becomes colours of 24 bits, because averages are no entries of it. Run lengths are unpacked.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels, as the picture is shown.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest picture that is decoded.

    Raises
    ------
    DecodeError
        The file cannot be decoded; nothing is allocated for a picture that its data cannot give.
    Unsupported
        ``too-many-pixels``, ``bmp-compression``, ``bmp-header``, ``bmp-masks``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number = checked_look(look)
    if not faces:
        return unpainted(strip_bmp(data, policy=metadata, painted=False))
    whole = strip_bmp(data, policy=metadata, painted=True)
    bmp = read_bmp(whole.data)
    if bmp.width * bmp.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{bmp.width} x {bmp.height} is above the limit of {max_pixels} pixels")
    if bmp.depth == 2 or bmp.header not in _HEADERS or (bmp.palette[1] - bmp.palette[0]) // bmp.entry > 256:
        raise Unsupported("bmp-header", "no second decoder reads this kind of BMP, so that it could not be checked")
    where = regions(faces, width=bmp.width, height=bmp.height, cells=cells)
    if not where.groups:
        return unpainted(strip_bmp(data, policy=metadata, painted=False))
    painter = _painted_numbers if bmp.depth <= 8 else _painted_colours if bmp.depth == 24 else _painted_words
    return PaintedFile(painter(whole.data, bmp, where, number), where.faces, whole.removed)


def _painted_colours(data: bytes, bmp: Bmp, where: Regions, look: int) -> bytes:
    """Three bytes a pixel, in place."""
    edited = bytearray(data)
    _check_length(bmp)
    start, _ = bmp.picture
    samples: NDArray[np.uint8] = np.ndarray(
        (bmp.height, bmp.width, 3), np.uint8, buffer=edited, offset=start, strides=(bmp.stride, 3, 1)
    )
    paint_channels(_upright(samples, bmp), where, look, range(3))
    return bytes(edited)


def _painted_words(data: bytes, bmp: Bmp, where: Regions, look: int) -> bytes:
    """Words of 16 or 32 bits of which some are a colour's, in place."""
    _check_length(bmp)
    edited = bytearray(data)
    values = _upright(words(edited, bmp), bmp)
    groups, cores = where.packed()
    for mask in bmp.masks:
        shift, bits = (mask & -mask).bit_length() - 1, mask.bit_count()
        if mask and (bits > _MOST_BITS or mask >> shift != (1 << bits) - 1 or mask >> bmp.depth):
            raise Unsupported("bmp-masks", "a colour of the BMP has bits in several places, or more than 16")
    if not any(bmp.masks) or sum(bmp.masks) != bmp.masks[0] | bmp.masks[1] | bmp.masks[2]:
        raise DecodeError("damaged-header", "the BMP's colours share bits, or have none")
    for mask in filter(None, bmp.masks):
        shift, bits = (mask & -mask).bit_length() - 1, mask.bit_count()
        plane: NDArray[Any] = ((values & mask) >> shift).astype(np.uint8 if bits <= 8 else np.uint16)
        _native.paint_plane(plane, bits, groups, cores, where.cells, look)
        values &= ~np.array(mask, dtype=values.dtype)
        values |= plane.astype(values.dtype) << shift
    return bytes(edited)


def _painted_numbers(data: bytes, bmp: Bmp, where: Regions, look: int) -> bytes:
    """Numbers of palette entries: in place where the palette has every grey, else as colours."""
    start, end = bmp.palette
    palette = np.frombuffer(data[start:end], dtype=np.uint8).reshape(-1, bmp.entry)[:256, :3]
    if bmp.compression:
        found = unpacked_runs(data, bmp)
    else:
        _check_length(bmp)
        found = numbers(data, bmp)
    if not len(palette):
        raise DecodeError("bad-palette", "the BMP has no palette")
    missing = int(found.max()) + 1 - len(palette)
    if missing > 0:  # black to all readers that show such a file
        palette = np.vstack([palette, np.zeros((missing, 3), dtype=np.uint8)])
    head, profile = bytearray(data[:end]), data[slice(*bmp.profile)]
    if _every_grey(palette):
        greys = palette[:, 0][found]
        paint_channels(_upright(greys, bmp)[:, :, None], where, look, [0])
        back = np.argsort(palette[:, 0]).astype(np.uint8)
        if not bmp.compression:
            edited = bytearray(data)
            numbers(edited, bmp)[:] = back[greys]
            return bytes(edited)
        return _fresh(head, back[greys][:, :, None], bmp, profile)
    colours = palette[found]
    paint_channels(_upright(colours, bmp), where, look, range(3))
    return _fresh(head[: bmp.palette[0]], colours, bmp, profile)


def _every_grey(palette: NDArray[np.uint8]) -> bool:
    grey = (palette == palette[:, :1]).all()
    return bool(grey) and len(palette) == 256 and len(np.unique(palette[:, 0])) == 256


def _upright(rows: NDArray[Any], bmp: Bmp) -> NDArray[Any]:
    """Rows from the top."""
    return rows if bmp.top_down else rows[::-1]


def _check_length(bmp: Bmp) -> None:
    start, end = bmp.picture
    if end - start < bmp.stride * (bmp.height - 1) + -(-bmp.width * bmp.depth // 8):
        raise DecodeError("truncated", "the BMP ends inside its picture")


def _fresh(head: bytearray, samples: NDArray[np.uint8], bmp: Bmp, profile: bytes) -> bytes:
    """The file with a picture of whole bytes in the place of the one it had."""
    height, width, channels = samples.shape
    length = width * channels
    rows = np.zeros((height, (length + 3) // 4 * 4), dtype=np.uint8)
    rows[:, :length] = samples.reshape(height, length)
    if bmp.header == 12:
        head[24:26] = struct.pack("<H", 8 * channels)
    else:
        head[28:30] = struct.pack("<H", 8 * channels)
        fields = struct.pack("<II", 0, rows.size)
        colours = bytes(8) if channels == 3 else bytes(head[46:54])
        _put(head, 30, fields, bmp)
        _put(head, 46, colours, bmp)
    return laid_out(head, rows.tobytes(), profile)


def _put(head: bytearray, at: int, fields: bytes, bmp: Bmp) -> None:
    """Write fields, as far as the header reaches."""
    length = max(0, min(len(fields), 14 + bmp.header - at))
    head[at : at + length] = fields[:length]
