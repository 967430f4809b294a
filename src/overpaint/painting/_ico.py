"""Painting an icon of one picture, by way of the PNG or the bitmap that it holds."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from overpaint.errors import Unsupported
from overpaint.painting._bmp import paint_bmp
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, unpainted
from overpaint.painting._metadata._bmp import read_bmp
from overpaint.painting._metadata._ico import Ico, ico_with, read_ico, strip_ico
from overpaint.painting._png import paint_png
from overpaint.painting._regions import regions
from overpaint.records import Box

__all__ = ["paint_ico"]

_FILE_HEADER, _HEADER = 14, 40


def paint_ico(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into an icon and apply the metadata policy.

    The picture is painted as a PNG or a BMP is; the mask of a bitmap stays.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of its picture.
    look, cells, metadata, max_pixels
        As for `paint_bmp`.

    Raises
    ------
    DecodeError, Unsupported
        As `read_ico`, and as `paint_png` or `paint_bmp`.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    checked_look(look)
    if not faces:
        return unpainted(strip_ico(data, policy=metadata, painted=False))
    whole = strip_ico(data, policy=metadata, painted=True)
    ico = read_ico(whole.data)
    if ico.width * ico.height > max_pixels:
        raise Unsupported("too-many-pixels", f"{ico.width} x {ico.height} is above the limit of {max_pixels} pixels")
    if not regions(faces, width=ico.width, height=ico.height, cells=cells).groups:
        return unpainted(strip_ico(data, policy=metadata, painted=False))
    blob = whole.data[slice(*ico.picture)]
    if ico.png:
        png = paint_png(blob, faces, look=look, cells=cells, metadata=metadata)
        names = tuple(sorted({*whole.removed, *png.removed}))
        return PaintedFile(ico_with(whole.data, png.data), png.faces, names)
    painted = paint_bmp(_as_file(blob, ico), faces, look=look, cells=cells, metadata="keep")
    fresh, depth = _as_icon(painted.data, blob[ico.colours :], ico)
    return PaintedFile(ico_with(whole.data, fresh, depth), painted.faces, whole.removed)


def _as_file(blob: bytes, ico: Ico) -> bytes:
    """The bitmap with a file header, and without the rows of its mask."""
    start = _FILE_HEADER + _HEADER + ico.palette
    head = struct.pack("<2sIHHI", b"BM", _FILE_HEADER + ico.colours, 0, 0, start)
    return head + blob[:8] + struct.pack("<i", ico.height) + blob[12:20] + bytes(4) + blob[24 : ico.colours]


def _as_icon(data: bytes, mask: bytes, ico: Ico) -> tuple[bytes, int]:
    """The way back, and the bits of a pixel."""
    bmp = read_bmp(data)
    header = data[_FILE_HEADER : _FILE_HEADER + 8] + struct.pack("<i", 2 * ico.height) + data[26:34] + bytes(4)
    palette = data[slice(*bmp.palette)]
    return header + data[38:54] + palette + data[slice(*bmp.picture)] + mask, bmp.depth
