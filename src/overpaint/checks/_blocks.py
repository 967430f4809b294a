"""The files as sequences of blocks: a JPEG's markers and scans, a PNG's chunks, read by this room's own walk."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["JPEG", "PNG", "Segment", "Walk", "walk_jpeg", "walk_png"]

JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG\r\n\x1a\n"

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_RST = range(0xD0, 0xD8)
# In coded data a marker is FF and neither a stuffed 00, a restart, nor a fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# What makes the picture, beside the coded data: frames, tables, restart interval. APPn and COM do not.
_PICTURE_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})


@dataclass(frozen=True, slots=True)
class Segment:
    """One JPEG marker segment or PNG chunk: its marker byte or chunk name, and its payload."""

    name: int | bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Walk:
    """A file taken apart.

    Parameters
    ----------
    metadata
        Segments that do not make the picture, in order.
    picture
        What makes it: frame, tables, coded data, in order. Equal pictures decode to equal pixels.
    frame
        The JPEG frame's marker and header, or the PNG's IHDR; empty when there is none.
    head
        Offset of the first coded byte: what lies before it cannot be coded data.
    trailing
        Bytes after the end marker.
    complete
        Whether the end marker was found.
    """

    metadata: tuple[Segment, ...]
    picture: tuple[Segment, ...]
    frame: Segment
    head: int
    trailing: int
    complete: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height by the frame's header; 0, 0 where there is none."""
        at = self.frame.payload
        if isinstance(self.frame.name, bytes):
            return int.from_bytes(at[0:4], "big"), int.from_bytes(at[4:8], "big")
        return int.from_bytes(at[3:5], "big"), int.from_bytes(at[1:3], "big")


def walk_jpeg(data: bytes) -> Walk:
    """Take a JPEG apart; stops at the first thing that is no marker, and says that it is not complete."""
    metadata: list[Segment] = []
    picture: list[Segment] = []
    frame = Segment(0, b"")
    at, head, size = 2, 0, len(data)
    while at + 1 < size:
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _EOI:
            return Walk(tuple(metadata), tuple(picture), frame, head or at, size - at - 2, complete=True)
        if marker in _RST or marker in (_SOI, _TEM):
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > size:
            break
        segment = Segment(marker, data[at + 4 : at + 2 + length])
        at += 2 + length
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            metadata.append(segment)
            continue
        picture.append(segment)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = frame if frame.payload else segment
        if marker == _SOS:
            head = head or at
            found = _MARKER.search(data, at)
            end = found.start() if found else size
            picture.append(Segment(0, data[at:end]))
            at = end
    return Walk(tuple(metadata), tuple(picture), frame, head or at, 0, complete=False)


def walk_png(data: bytes) -> Walk:
    """Take a PNG apart into chunks; checksums are the decoder's business."""
    metadata: list[Segment] = []
    picture: list[Segment] = []
    frame = Segment(b"", b"")
    at, head, size = len(PNG), 0, len(data)
    while at + 12 <= size:
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > size:
            break
        segment = Segment(name, data[at + 8 : end - 4])
        at = end
        if name == b"IEND":
            return Walk(tuple(metadata), tuple(picture), frame, head or at, size - at, complete=True)
        if name == b"IHDR":
            frame = segment
        if name == b"IDAT":
            head = head or at - length - 4
        (picture if name in _PICTURE_CHUNKS else metadata).append(segment)
    return Walk(tuple(metadata), tuple(picture), frame, head or at, 0, complete=False)
