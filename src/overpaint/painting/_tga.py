"""Painting a TGA: the bytes of the painted pixels change and no others, where the way it is stored allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting import _native
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, paint_channels, unpainted
from overpaint.painting._metadata._tga import HEADER, Tga, read_tga, strip_tga
from overpaint.painting._regions import Regions, regions
from overpaint.records import Box

__all__ = ["paint_tga"]

_RIGHT_TO_LEFT, _TOP_DOWN = 0x10, 0x20
_RED_TO_BLUE = (10, 5, 0)
"""Where five bits of each colour lie in a pixel of 15 or 16."""


def paint_tga(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into a TGA and apply the metadata policy.

    Grey and colours are painted where they lie, alpha stays. A palette becomes colours of 24 bits, because averages are
    no entries of it. Run lengths are unpacked.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels, as the picture is shown.
    look, cells, metadata, max_pixels
        As for `paint_bmp`.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    Unsupported
        ``too-many-pixels``, ``broken-footer``; ``tga-palette``: one with transparent entries, or of 15 or 16 bits.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number = checked_look(look)
    if not faces:
        return unpainted(strip_tga(data, policy=metadata, painted=False))
    whole = strip_tga(data, policy=metadata, painted=True)
    tga = read_tga(whole.data)
    if tga.width * tga.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{tga.width} x {tga.height} is above the limit of {max_pixels} pixels")
    where = regions(faces, width=tga.width, height=tga.height, cells=cells)
    if not where.groups:
        return unpainted(strip_tga(data, policy=metadata, painted=False))
    stored = _pixels(whole.data, tga)
    if tga.kind == 1:
        stored = _colours(whole.data, tga, stored[:, :, 0])
    shown = _upright(stored, tga)
    if tga.depth in (15, 16) and tga.kind == 2:
        _paint_words(shown, where, number)
    else:
        colours = 1 if tga.kind == 3 else 3
        paint_channels(shown, where, number, range(colours))
    return PaintedFile(_written(whole.data, tga, stored), where.faces, whole.removed)


def _pixels(data: bytes, tga: Tga) -> NDArray[np.uint8]:
    """Height x width x bytes, in the order of the file."""
    start, end = tga.picture
    raw: bytes | bytearray = data[start:end]
    if tga.runs:
        raw = _unpacked(data, tga)
    return np.frombuffer(bytearray(raw), dtype=np.uint8).reshape(tga.height, tga.width, tga.pixel)


def _unpacked(data: bytes, tga: Tga) -> bytearray:
    """Pixels that are stored as run lengths; `read_tga` has walked them to their end."""
    at, end = tga.picture
    out, step = bytearray(), tga.pixel
    while at < end:
        count = (data[at] & 127) + 1
        if data[at] & 128:
            out += data[at + 1 : at + 1 + step] * count
            at += 1 + step
        else:
            out += data[at + 1 : at + 1 + count * step]
            at += 1 + count * step
    return out


def _colours(data: bytes, tga: Tga, numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Numbers of palette entries as blue, green and red."""
    first = int.from_bytes(data[3:5], "little")
    entries = np.frombuffer(data[slice(*tga.palette)], dtype=np.uint8).reshape(-1, (tga.entry + 7) // 8)
    if tga.entry < 24 or (tga.entry == 32 and int(entries[:, 3].min()) < 255):
        raise Unsupported("tga-palette", "only palettes of 24 bits, or of 32 without transparency, can be painted")
    if int(numbers.min()) < first or int(numbers.max()) >= first + len(entries):
        raise DecodeError("bad-palette", "the TGA has pixels whose number is not in its palette")
    return np.ascontiguousarray(entries[numbers.astype(np.intp) - first, :3])


def _upright(stored: NDArray[Any], tga: Tga) -> NDArray[Any]:
    """The pixels as they are shown: from the top, from the left."""
    rows = stored if tga.flags & _TOP_DOWN else stored[::-1]
    return rows[:, ::-1] if tga.flags & _RIGHT_TO_LEFT else rows


def _paint_words(shown: NDArray[np.uint8], where: Regions, look: int) -> None:
    """Five bits of each colour, in two bytes."""
    values = shown[:, :, 0].astype(np.uint16) | shown[:, :, 1].astype(np.uint16) << 8
    groups, cores = where.packed()
    for shift in _RED_TO_BLUE:
        plane = ((values >> shift) & 31).astype(np.uint8)
        _native.paint_plane(plane, 5, groups, cores, where.cells, look)
        values &= np.uint16(0xFFFF ^ (31 << shift))
        values |= plane.astype(np.uint16) << shift
    shown[:, :, 0], shown[:, :, 1] = values & 255, values >> 8


def _written(data: bytes, tga: Tga, stored: NDArray[np.uint8]) -> bytes:
    """The file with these pixels; what comes behind the picture moves with its end."""
    head = bytearray(data[: tga.palette[0]])
    palette = data[slice(*tga.palette)]
    if tga.kind == 1:
        head[1], head[3:8], head[16], palette = 0, bytes(5), 24, b""
        head[17] &= 0xF0
    head[2] = 2 if tga.kind == 1 else tga.kind
    picture = stored.tobytes()
    tail = bytearray(data[tga.picture[1] :])
    if tga.extension:
        tail[-26:-22] = (len(head) + len(palette) + len(picture)).to_bytes(4, "little")
    assert len(head) >= HEADER
    return b"".join([head, palette, picture, tail])
