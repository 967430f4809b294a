"""Headers of GIF, WebP, BMP and TIFF, as `sniff` reads them."""

from __future__ import annotations

import struct

from ._exif import orientation_of, tiff_order
from ._sniffed import Sniffed, size_of

__all__ = ["sniff_bmp", "sniff_gif", "sniff_tiff", "sniff_webp"]

_PAGES = 1024


def sniff_gif(data: bytes, steps: int) -> Sniffed:
    """The logical screen, and whether a second image follows the first."""
    if len(data) < 13:
        return Sniffed("gif")
    wide, tall, flags = struct.unpack_from("<HHB", data, 6)
    width, height = size_of(wide, tall)
    pictures, complete = _gif_pictures(data, 13 + _palette(flags), steps)
    # A file too long to look through may hold a second picture: say so, because what treats it must look.
    animated = pictures > 1 or not complete
    frames = pictures if complete and pictures == 1 else None
    return Sniffed("gif", width, height, animated=animated, frames=frames, bits=(flags & 7) + 1, channels=1)


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_pictures(data: bytes, at: int, steps: int) -> tuple[int, bool]:
    """How many pictures begin, counted up to 2, and whether that could be told within `steps` hops."""
    pictures, end, in_blocks = 0, len(data), False
    for _ in range(steps):
        if at >= end:
            return pictures, True
        if in_blocks:
            in_blocks = data[at] != 0
            at += data[at] + 1
        elif data[at] == 0x2C:
            pictures += 1
            if pictures > 1 or at + 10 > end:
                return pictures, True
            at += 11 + _palette(data[at + 9])
            in_blocks = True
        elif data[at] == 0x21:
            at += 2
            in_blocks = True
        elif data[at] == 0x3B:
            return pictures, True
        else:
            at += 1
    return pictures, False


def sniff_webp(data: bytes, steps: int) -> Sniffed:
    """Simple lossy, simple lossless and extended files (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8 " and len(data) >= 30 and data[23:26] == b"\x9d\x01\x2a":
        wide, tall = struct.unpack_from("<HH", data, 26)
        width, height = size_of(wide & 0x3FFF, tall & 0x3FFF)
        return Sniffed("webp", width, height, frames=1, bits=8, channels=3)
    if kind == b"VP8L" and len(data) >= 25 and data[20] == 0x2F:
        (packed,) = struct.unpack_from("<I", data, 21)
        width, height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        return Sniffed("webp", width, height, frames=1, bits=8, channels=4 if packed >> 28 & 1 else 3)
    if kind != b"VP8X" or len(data) < 30:
        return Sniffed("webp")
    flags = data[20]
    width, height = int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    orientation, pictures = _webp_chunks(data, steps)
    animated = bool(flags & 0x02) or pictures > 1
    channels = 4 if flags & 0x10 else 3
    return Sniffed("webp", width, height, orientation, animated, max(1, pictures), 8, channels)


def _webp_chunks(data: bytes, steps: int) -> tuple[int, int]:
    """The orientation stated by the EXIF chunk, and the number of animation frames."""
    orientation, pictures, at = None, 0, 12
    for _ in range(steps):
        if at + 8 > len(data):
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"ANMF":
            pictures += 1
        elif kind == b"EXIF" and orientation is None:
            orientation = orientation_of(data[at + 8 : at + 8 + min(length, 1 << 20)].removeprefix(b"Exif\0\0"))
        at += 8 + length + (length & 1)
    return orientation or 1, pictures


def sniff_bmp(data: bytes) -> Sniffed:
    """The device-independent bitmap's header, the oldest kind (12 bytes) and all later ones."""
    if len(data) < 26:
        return Sniffed("bmp")
    old = data[14] == 12
    wide, tall = struct.unpack_from("<HH" if old else "<ii", data, 18)
    depth = int.from_bytes(data[24:26] if old else data[28:30], "little")
    bits, channels = {1: (1, 1), 2: (2, 1), 4: (4, 1), 8: (8, 1), 24: (8, 3), 32: (8, 4)}.get(depth, (None, None))
    width, height = size_of(wide, abs(tall))
    return Sniffed("bmp", width, height, frames=1, bits=bits, channels=channels)


def sniff_tiff(data: bytes) -> Sniffed:
    """The first directory of a classic TIFF, and how many directories are chained; BigTIFF by name only."""
    order = tiff_order(data)
    if order is None or len(data) < 8:
        return Sniffed("tiff")
    (at,) = struct.unpack_from(order + "I", data, 4)
    tags = _tiff_tags(data, at, order)
    pages, seen = 0, set[int]()
    while 0 < at <= len(data) - 2 and at not in seen and pages < _PAGES:
        seen.add(at)
        pages += 1
        after = at + 2 + 12 * struct.unpack_from(order + "H", data, at)[0]
        at = struct.unpack_from(order + "I", data, after)[0] if after + 4 <= len(data) else 0
    width, height = size_of(tags.get(256, 0), tags.get(257, 0))
    return Sniffed(
        "tiff",
        width,
        height,
        orientation=tags[274] if 1 <= tags.get(274, 0) <= 8 else 1,
        animated=pages > 1,
        frames=pages or None,
        bits=tags.get(258),
        channels=tags.get(277, 1) if tags else None,
    )


def _tiff_tags(data: bytes, at: int, order: str) -> dict[int, int]:
    """The whole-number tags of one directory, the first value of each."""
    tags: dict[int, int] = {}
    if at + 2 > len(data):
        return tags
    (count,) = struct.unpack_from(order + "H", data, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, entry)
        letter = {1: "B", 3: "H", 4: "I"}.get(kind)
        if letter is None or number < 1 or tag in tags:
            continue
        where = entry + 8
        if number * struct.calcsize(letter) > 4:
            (where,) = struct.unpack_from(order + "I", data, entry + 8)
        if where + struct.calcsize(letter) <= len(data):
            (tags[tag],) = struct.unpack_from(order + letter, data, where)
    return tags
