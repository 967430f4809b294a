"""Where files carry XMP, IPTC's records and comments: a small walk for each codec, which decodes no picture."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Final

from overpaint.detectors._names._iptc import resources
from overpaint.detectors._names._xml import MOST_BYTES

__all__ = ["Carried", "carried"]

_STEPS: Final = 65_536  # segments, chunks or entries of one file
_PACKETS: Final = 16
_INFLATED: Final = 32 << 20  # of all packed texts of one file
_PAGES: Final = 1000
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED: Final = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP: Final = b"Photoshop 3.0\0"
_RESOURCE_IIM: Final = 0x0404
_RESOURCE_XMP: Final = 0x0424
_TAGS: Final = {700: "xmp", 33_723: "iim", 34_377: "photoshop"}
_WORDS: Final = (
    (b"<x:xmpmeta", b"</x:xmpmeta>"),
    (b"<x:xapmeta", b"</x:xapmeta>"),
    (b"<rdf:RDF", b"</rdf:RDF>"),
)


@dataclass(slots=True)
class Carried:
    """What was found: packets of XMP, blocks of IPTC's records, comments; of the first two 16 each.

    A packet is said to be of the file's first page or not.
    """

    xmp: dict[bytes, bool] = field(default_factory=dict)
    iim: list[bytes] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def packet(self, data: bytes, *, first_page: bool = True) -> None:
        """Take a packet of XMP, once."""
        if len(self.xmp) < _PACKETS:
            self.xmp.setdefault(data, first_page)

    def records(self, block: bytes) -> None:
        """Take a block of IPTC's records, once."""
        if len(self.iim) < _PACKETS and block not in self.iim:
            self.iim.append(block)

    def photoshop(self, block: bytes) -> None:
        """What image resources hold of either."""
        for number, content in resources(block):
            if number == _RESOURCE_IIM:
                self.records(content)
            elif number == _RESOURCE_XMP:
                self.packet(content)


def carried(data: bytes) -> Carried:
    """Walk through a file, whatever it is; damage ends the walk, and what was found before it counts."""
    found = Carried()
    if data.startswith(b"\xff\xd8"):
        _jpeg(data, found)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        _png(data, found)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        _webp(data, found)
    elif data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        _tiff(data, found)
    else:
        _scan(data, found)
    return found


def _jpeg(data: bytes, found: Carried) -> None:
    """Segments up to the picture (ITU T.81, B.1.1); extended XMP is put together (XMP part 3, 1.1.3.1)."""
    at, photoshop = 2, list[bytes]()
    extended: dict[bytes, dict[int, bytes]] = {}
    for _ in range(_STEPS):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker in {0xFF, 0x01} or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xDA, 0xD9):
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xE1 and data.startswith(_XMP, at + 4):
            found.packet(data[at + 4 + len(_XMP) : end])
        elif marker == 0xE1 and data.startswith(_EXTENDED, at + 4):
            start = at + 4 + len(_EXTENDED)
            place = int.from_bytes(data[start + 36 : start + 40], "big")
            extended.setdefault(data[start : start + 32], {}).setdefault(place, data[start + 40 : end])
        elif marker == 0xED and data.startswith(_PHOTOSHOP, at + 4):
            photoshop.append(data[at + 4 + len(_PHOTOSHOP) : end])
        elif marker == 0xFE:
            found.comments.append(data[at + 4 : end].decode("utf-8", "replace"))
        at = max(end, at + 4)
    found.photoshop(b"".join(photoshop))
    for parts in list(extended.values())[:_PACKETS]:
        found.packet(b"".join(parts[place] for place in sorted(parts)))


def _png(data: bytes, found: Carried) -> None:
    """Chunks of text (PNG 3, 11.3.3), and ImageMagick's profiles in hexadecimal in them."""
    at, budget = 8, _INFLATED
    for _ in range(_STEPS):
        if at + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in {b"tEXt", b"zTXt", b"iTXt"}:
            keyword, _, rest = data[at + 8 : at + 8 + length].partition(b"\0")
            packed = kind == b"zTXt" or rest[:1] == b"\1"
            if kind == b"iTXt":
                rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
            text = _inflated(rest[1:] if kind == b"zTXt" else rest, budget) if packed and kind != b"tEXt" else rest
            budget -= len(text)
            _png_text(keyword, text, found)
        elif kind == b"IEND":
            return
        at += 12 + length


def _png_text(keyword: bytes, text: bytes, found: Carried) -> None:
    if keyword == b"XML:com.adobe.xmp":
        found.packet(text)
    elif keyword.startswith(b"Raw profile type "):
        block = _from_hexadecimal(text)
        if block.startswith(_XMP) or keyword.endswith(b" xmp"):
            found.packet(block.removeprefix(_XMP))
        elif b"8BIM" in block[:32]:
            found.photoshop(block[block.index(b"8BIM") :])
        elif block[:1] == b"\x1c":
            found.records(block)
    elif b"@" in text:
        found.comments.append(text.decode("utf-8", "replace"))


def _inflated(packed: bytes, most: int) -> bytes:
    """As far as it goes; nothing once the file's packed texts have used up their bound."""
    if most <= 0:
        return b""
    try:
        return zlib.decompressobj().decompress(packed, min(most, MOST_BYTES))
    except zlib.error:
        return b""


def _from_hexadecimal(text: bytes) -> bytes:
    """What stands behind a name and a length, a line each."""
    parts = text.strip().split(None, 2)
    digits = b"".join(parts[2].split()) if len(parts) == 3 else b""
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return b""


def _webp(data: bytes, found: Carried) -> None:
    at = 12
    for _ in range(_STEPS):
        if at + 8 > len(data):
            return
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"XMP ":
            found.packet(data[at + 8 : at + 8 + length])
        at += 8 + length + (length & 1)


_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 16: 8}


def _tiff(data: bytes, found: Carried) -> None:
    """Three tags of each page's directory (TIFF 6, section 2; BigTIFF)."""
    order, big = "<" if data[:1] == b"I" else ">", 43 in data[2:4]
    entry, step = struct.Struct(order + ("HHQ" if big else "HHI")), 20 if big else 12
    number, wide = struct.Struct(order + ("Q" if big else "H")), struct.Struct(order + ("Q" if big else "I"))
    left, room, seen = _STEPS, 2 * MOST_BYTES, set[int]()
    try:
        (at,) = wide.unpack_from(data, 8 if big else 4)
        while at and at not in seen and len(seen) < _PAGES:
            seen.add(at)
            (count,) = number.unpack_from(data, at)
            at += number.size
            for _ in range(min(count, left)):
                tag, kind, values = entry.unpack_from(data, at)
                if tag in _TAGS:
                    size = values * _WIDTHS.get(kind, 1)
                    start = at + entry.size if size <= wide.size else wide.unpack_from(data, at + entry.size)[0]
                    block = data[start : start + min(size, room)]
                    room -= len(block)  # many entries may point to one place
                    _tag(_TAGS[tag], block, found, first_page=len(seen) == 1)
                at += step
            left -= min(count, left)
            (at,) = wide.unpack_from(data, at) if left else (0,)
    except (struct.error, OverflowError):  # what is announced lies behind the end
        return


def _tag(name: str, block: bytes, found: Carried, *, first_page: bool) -> None:
    if name == "xmp":
        found.packet(block, first_page=first_page)
    elif name == "iim":
        found.records(block)
    else:
        found.photoshop(block)


def _scan(data: bytes, found: Carried) -> None:
    """Packets by their first and last words, wherever they stand: in GIF, HEIC, AVIF, JPEG XL and JPEG 2000."""
    for opening, closing in _WORDS:
        at = 0
        for _ in range(_PACKETS):
            start = data.find(opening, at)
            end = data.find(closing, start)
            if start < 0 or end < 0:
                break
            at = end + len(closing)
            found.packet(data[start:at])
        if found.xmp:
            return
