"""Headers of portable bitmaps, TGA, JPEG 2000 and icons, as `sniff` reads them.

TGA has no signature at its beginning. It is told by a header of which every field makes sense together, which random
bytes and text do not: of 18 bytes, 12 have few values that they may take.
"""

from __future__ import annotations

import re
import struct

from ._sniffed import Sniffed, size_of

__all__ = ["sniff_rare"]

_JP2_BOX = b"\0\0\0\x0cjP  \r\n\x87\n"
_JP2_STREAM = b"\xff\x4f\xff\x51"
_BOXES = 1024
# Photoshop, PAM and floating-point bitmaps, QOI, Sun raster, DDS, EXR, HDR, PCX, SGI: images that are not handled.
_OTHERS = re.compile(
    rb"8BPS|P7\n|P[Ff]\n[0-9]|qoif|\x59\xa6\x6a\x95|DDS |v/1\x01|#\?RADIANCE|\n[\0-\5]\x01[\1\2\4\x08]"
    rb"|\x01\xda[\0\1][\1\2]"
)

_BLANK = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+"
_PNM = re.compile(
    rb"P([1-6])" + _BLANK + rb"([0-9]{1,10})" + _BLANK + rb"([0-9]{1,10})(?:" + _BLANK + rb"([0-9]{1,5}))?"
)
_PNM_STARTS = re.compile(rb"P[1-6](?:[ \t\r\n]+[#0-9]|#)")
_HEADER = 65_536  # of a portable bitmap, comments and all

_TGA_DEPTHS = {1: (8,), 2: (15, 16, 24, 32), 3: (8, 16)}
_TGA_ENTRIES = (15, 16, 24, 32)
_TGA_ALPHA = {8: (0, 8), 15: (0, 1), 16: (0, 1, 8), 24: (0,), 32: (0, 8)}


def sniff_rare(data: bytes) -> Sniffed | None:
    """What the bytes are, where they are of one of these codecs."""
    if data[:12] == _JP2_BOX or data[:4] == _JP2_STREAM:
        return _jp2(data)
    if _PNM_STARTS.match(data):
        return _pnm(data)
    if data[:4] == b"\0\0\1\0" and len(data) >= 22 and data[4:6] != b"\0\0" and data[9] == 0:
        return _icon(data)
    if _OTHERS.match(data):
        return Sniffed("other")
    return _tga(data)


def _pnm(data: bytes) -> Sniffed:
    found = _PNM.match(data, 0, _HEADER)
    if found is None:
        return Sniffed("pnm")
    kind = int(found[1])
    width, height = size_of(int(found[2]), int(found[3]))
    top = int(found[4] or 0) if kind not in (1, 4) else 1
    return Sniffed("pnm", width, height, frames=1, bits=top.bit_length() or None, channels=3 if kind in (3, 6) else 1)


def _tga(data: bytes) -> Sniffed | None:
    if len(data) < 18 or data[1] > 1 or data[2] & ~8 not in _TGA_DEPTHS:
        return None
    kind, mapped, depth, flags = data[2] & 7, data[1], data[16], data[17]
    first, entries, entry = struct.unpack_from("<HHB", data, 3)
    told = entry in _TGA_ENTRIES and first + entries <= 65_536 if mapped else not (first or entries or entry)
    if not told or (kind == 1) > mapped or depth not in _TGA_DEPTHS[kind] or flags >> 6:
        return None
    if flags & 15 not in _TGA_ALPHA[depth]:
        return None
    wide, tall = struct.unpack_from("<HH", data, 12)
    if not wide or not tall:
        return None
    channels = {24: 3, 32: 4, 15: 3}.get(depth, 2 if kind == 3 and depth == 16 else 4 if depth == 16 else 1)
    return Sniffed("tga", wide, tall, frames=1, bits=5 if depth in (15, 16) and kind == 2 else 8, channels=channels)


def _icon(data: bytes) -> Sniffed:
    """The sides of its picture, by that one's own header; of several by the directory (where 0 stands for 256)."""
    (count,) = struct.unpack_from("<H", data, 4)
    sides = [(data[at] or 256, data[at + 1] or 256) for at in range(6, min(6 + 16 * count, len(data) - 15), 16)]
    width, height = max(sides, key=lambda side: side[0] * side[1])
    (at,) = struct.unpack_from("<I", data, 18)
    if count == 1 and at + 24 <= len(data):
        if data[at : at + 8] == b"\x89PNG\r\n\x1a\n":
            width, height = struct.unpack_from(">II", data, at + 16)
        else:
            width, both = struct.unpack_from("<ii", data, at + 4)
            height = abs(both) // 2
    wide, tall = size_of(width, height)
    return Sniffed("ico", wide, tall, frames=count, bits=8, animated=count > 1)


def _jp2(data: bytes) -> Sniffed:
    """Sides by the codestream, which decoders go by, else by the header box."""
    if data[:4] == _JP2_STREAM:
        return _stream(data, 0)
    at, found = 0, Sniffed("jp2")
    for _ in range(_BOXES):
        if at + 16 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        if kind == b"jp2c":
            stream = _stream(data, body)
            return stream if stream.width else found
        if kind == b"jp2h" and data[body + 4 : body + 8] == b"ihdr" and body + 19 <= len(data):
            tall, wide, channels, bits = struct.unpack_from(">IIHB", data, body + 8)
            found = _sized(wide, tall, (bits & 127) + 1, channels)
        if size < 8:
            break
        at += size
    return found


def _stream(data: bytes, at: int) -> Sniffed:
    """A codestream by its first segment, SIZ (ISO/IEC 15444-1, A.5.1)."""
    if data[at : at + 4] != _JP2_STREAM or len(data) < at + 43:
        return Sniffed("jp2")
    right, low, left, top = struct.unpack_from(">4I", data, at + 8)
    (channels,) = struct.unpack_from(">H", data, at + 40)
    return _sized(right - left, low - top, (data[at + 42] & 127) + 1, channels)


def _sized(wide: int, tall: int, bits: int, channels: int) -> Sniffed:
    width, height = size_of(wide, tall)
    return Sniffed("jp2", width, height, frames=1, bits=bits, channels=channels)
