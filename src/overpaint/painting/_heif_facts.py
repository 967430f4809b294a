"""What an AVIF's or HEIC's boxes say of its picture, where it matters for coding it again."""

from __future__ import annotations

from typing import NamedTuple

from overpaint.errors import DecodeError
from overpaint.painting._metadata import (
    Items,
    exif_of,
    read_items,
    technical,
    without_pictures,
    xmp_of,
    xmp_shows_picture,
)

__all__ = ["Facts", "carried", "facts_of", "with_colours"]


class Facts(NamedTuple):
    """Of the main picture: its size, depth, chroma subsampling, whether it is cropped, primaries and transfer.

    ``orientation`` is what ``irot`` and ``imir`` do to it, as EXIF counts it; EXIF and XMP say nothing in these files.
    """

    width: int
    height: int
    bits: int
    subsampling: str
    cropped: bool
    colours: bytes
    orientation: int


# Quarter turns anticlockwise, then a mirror: none, top to bottom, left to right (ISO/IEC 23008-12, 6.5.10 and 6.5.12).
_TURNS = ((1, 4, 2), (8, 5, 7), (3, 2, 4), (6, 7, 5))


def facts_of(data: bytes, items: Items) -> Facts:
    """Read them from the main item's properties, or from those of the first item that it is derived from.

    Raises
    ------
    DecodeError
        ``damaged-header``: it has no size.
    """
    size = items.of(items.primary, b"ispe")
    if size is None or size.end - size.body < 12:
        raise DecodeError("damaged-header", "the file's main picture has no size")
    width, height = (int.from_bytes(data[size.body + i : size.body + i + 4], "big") for i in (4, 8))
    if not width or not height:
        raise DecodeError("damaged-header", "the file's main picture has no size")
    parts = [items.primary, *items.items[items.primary].refers.get(b"dimg", [])[:1]]
    bits, subsampling = 8, "4:2:0"
    for part in parts:
        if (found := items.of(part, b"av1C")) and found.end - found.body >= 4:
            flags = data[found.body + 2]
            bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
            across, down = flags >> 3 & 1, flags >> 2 & 1
            subsampling = "4:0:0" if flags & 0x10 else ("4:2:0" if down else "4:2:2") if across else "4:4:4"
        if (found := items.of(part, b"hvcC")) and found.end - found.body >= 19:
            bits = 8 + max(data[found.body + 17] & 7, data[found.body + 18] & 7)
            chroma = data[found.body + 16] & 3
            subsampling = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")[chroma]
    cropped = items.of(items.primary, b"clap") is not None
    return Facts(width, height, bits, subsampling, cropped, _colours(data, items), _orientation(data, items))


def _orientation(data: bytes, items: Items) -> int:
    turn, mirror = (items.of(items.primary, kind) for kind in (b"irot", b"imir"))
    quarters = data[turn.body] & 3 if turn and turn.end > turn.body else 0
    return _TURNS[quarters][1 + (data[mirror.body] & 1) if mirror and mirror.end > mirror.body else 0]


def _colours(data: bytes, items: Items) -> bytes:
    """The main picture's primaries and transfer function, as they are written; nothing where it tells none."""
    for index in items.items[items.primary].properties:
        found = items.properties[index] if index < len(items.properties) else None
        if found and found.kind == b"colr" and data[found.body : found.body + 4] == b"nclx":
            return data[found.body + 4 : found.body + 8]
    return b""


def with_colours(data: bytes, colours: bytes) -> bytes:
    """A file with the main picture's primaries and transfer function said as they were before.

    The matrix stays: it says how the encoder made the planes.
    """
    items = read_items(data)
    for index in items.items[items.primary].properties if len(colours) == 4 else []:
        found = items.properties[index]
        if found.kind == b"colr" and data[found.body : found.body + 4] == b"nclx":
            return data[: found.body + 4] + colours + data[found.body + 8 :]
    return data


def carried(data: bytes, items: Items, policy: str) -> tuple[bytes, bytes]:
    """The EXIF block and the XMP packet that a painted file takes along."""
    exif, xmp = exif_of(data, items), xmp_of(data, items)
    if policy == "strip" or not exif:
        exif = b""
    else:
        exif = (technical(exif) if policy == "keep-safe" else without_pictures(exif))[0]
    if policy != "keep" or xmp_shows_picture(xmp):
        xmp = b""
    return exif, xmp
