"""Headers of GIF, WebP, BMP and TIFF, as `sniff` reads them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ._exif import orientation_of, tiff_order
from ._sniffed import Sniffed, size_of

__all__ = ["sniff_bmp", "sniff_gif", "sniff_tiff", "sniff_webp"]

_PAGES = 1024


def sniff_gif(data: bytes, steps: int) -> Sniffed:
    """The logical screen, and how many images follow."""
    if len(data) < 13:
        return Sniffed("gif")
    wide, tall, flags = struct.unpack_from("<HHB", data, 6)
    width, height = size_of(wide, tall)
    pictures, complete = _gif_pictures(data, 13 + _palette(flags), steps)
    # A file too long to look through may hold a second picture: say so, because what treats it must look.
    animated = pictures > 1 or not complete
    frames = pictures or None if complete else None
    return Sniffed("gif", width, height, animated=animated, frames=frames, bits=(flags & 7) + 1, channels=1)


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_pictures(data: bytes, at: int, steps: int) -> tuple[int, bool]:
    """How many pictures begin, and whether that could be told within `steps` hops."""
    pictures, end, in_blocks = 0, len(data), False
    for _ in range(steps):
        if at >= end:
            return pictures, True
        if in_blocks:
            in_blocks = data[at] != 0
            at += data[at] + 1
        elif data[at] == 0x2C:
            pictures += 1
            if at + 10 > end:
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


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a TIFF writes its numbers: the classic one, or BigTIFF with counts and offsets of 64 bits."""

    order: str
    offset: str
    count: str
    first: int
    entry: int

    def number(self, data: bytes, letter: str, at: int) -> int:
        """A number at a place, 0 where the file has ended."""
        if at + struct.calcsize(letter) > len(data):
            return 0
        return int(struct.unpack_from(self.order + letter, data, at)[0])


def _layout(data: bytes) -> _Layout | None:
    order = tiff_order(data)
    if order is not None:
        return _Layout(order, "I", "H", 4, 12)
    order = {b"II+\0\x08\0\0\0": "<", b"MM\0+\0\x08\0\0": ">"}.get(data[:8])
    return None if order is None else _Layout(order, "Q", "Q", 8, 20)


def sniff_tiff(data: bytes) -> Sniffed:
    """The first directory of a TIFF or BigTIFF, and how many directories are chained (counted up to 1024)."""
    layout = _layout(data)
    if layout is None or len(data) < 8:
        return Sniffed("tiff")
    at = layout.number(data, layout.offset, layout.first)
    tags = _tiff_tags(data, at, layout)
    pages, seen = 0, set[int]()
    while 0 < at <= len(data) - 2 and at not in seen and pages < _PAGES:
        seen.add(at)
        pages += 1
        entries = layout.number(data, layout.count, at)
        at = layout.number(data, layout.offset, at + struct.calcsize(layout.count) + layout.entry * entries)
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


def _tiff_tags(data: bytes, at: int, layout: _Layout) -> dict[int, int]:
    """The whole-number tags of one directory, the first value of each."""
    tags: dict[int, int] = {}
    start = at + struct.calcsize(layout.count)
    if start > len(data):
        return tags
    room = struct.calcsize(layout.offset)
    count = min(layout.number(data, layout.count, at), 65_535)
    for entry in range(start, min(start + layout.entry * count, len(data) - layout.entry + 1), layout.entry):
        tag, kind = struct.unpack_from(layout.order + "HH", data, entry)
        number = layout.number(data, layout.offset, entry + 4)
        letter = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind)
        if letter is None or number < 1 or tag in tags:
            continue
        where = entry + 4 + room
        if number * struct.calcsize(letter) > room:
            where = layout.number(data, layout.offset, where)
        if where + struct.calcsize(letter) <= len(data):
            tags[tag] = layout.number(data, letter, where)
    return tags
