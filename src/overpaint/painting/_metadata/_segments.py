"""A JPEG file as a list of parts: marker segments, entropy-coded scans and bytes that belong to neither.

A decoder that meets a marker inside a scan stops reading that scan there (ITU-T T.81, B.1.1; libjpeg then fills up
with zeros), so each byte is in exactly one part and a part can be left out without changing another.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from overpaint.errors import DecodeError

__all__ = ["COM", "DHT", "SCAN", "SOS", "STRAY", "Part", "Walk", "is_jpeg", "walk"]

SCAN = 0x00
"""The marker given to entropy-coded bytes."""
STRAY = 0x01
"""The marker given to bytes that belong to no segment and no scan."""
DHT, SOI, EOI, SOS, COM = 0xC4, 0xD8, 0xD9, 0xDA, 0xFE

# A marker that ends a scan: not a stuffed FF 00, not a fill byte, not a restart, not a reserved code.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")


class Part(NamedTuple):
    """Bytes ``start:end`` of a file; a segment's payload is ``body:end``."""

    marker: int
    start: int
    body: int
    end: int


class Walk(NamedTuple):
    """The parts between SOI and EOI; ``end`` is where the picture ends, ``closed`` whether an EOI stands there."""

    parts: list[Part]
    end: int
    closed: bool


def is_jpeg(data: bytes | bytearray) -> bool:
    """Whether the bytes start like a JPEG file."""
    return data[:3] == b"\xff\xd8\xff"


def walk(data: bytes | bytearray, start: int = 0) -> Walk:
    """Cut a JPEG that begins at ``start`` into its parts.

    Raises
    ------
    DecodeError
        ``not-a-jpeg``, ``truncated-header``, ``damaged-header``, ``no-scan``; nothing behind the first scan header
        raises.
    """
    if data[start : start + 2] != b"\xff\xd8":
        raise DecodeError("not-a-jpeg", "the file does not begin with a JPEG's start marker")
    parts: list[Part] = []
    position, scanned, size = start + 2, False, len(data)
    while True:
        found = _at_marker(data, position, parts, scanned=scanned)
        if found is None:
            return Walk(parts, size, closed=False)
        begin, code_at = found
        code = data[code_at]
        if code == EOI:
            if not scanned:
                raise DecodeError("no-scan", "the JPEG ends before its first scan")
            return Walk(parts, code_at + 1, closed=True)
        if code == SOI:
            if not scanned:
                raise DecodeError("damaged-header", "a second start marker stands in the JPEG's header")
            return Walk(parts, begin, closed=False)
        end = code_at + 1 + int.from_bytes(data[code_at + 1 : code_at + 3], "big")
        if end < code_at + 3 or end > size:
            if not scanned:
                reason = "damaged-header" if code_at + 3 <= size and end < code_at + 3 else "truncated-header"
                raise DecodeError(reason, "a segment of the JPEG's header has a wrong length or is cut off")
            end = size if end > size else code_at + 1
            parts.append(Part(code, begin, min(code_at + 3, end), end))
        else:
            parts.append(Part(code, begin, code_at + 3, end))
        position = end
        if code == SOS:
            scanned = True
            match = _MARKER.search(data, end)
            position = match.start() if match else size
            if position > end:
                parts.append(Part(SCAN, end, end, position))


def _at_marker(data: bytes | bytearray, position: int, parts: list[Part], *, scanned: bool) -> tuple[int, int] | None:
    """Where the next segment begins and where its code stands; None at the end of a file that has had a scan.

    Bytes skipped on the way are noted as a stray part, fill bytes belong to the segment they precede.
    """
    size = len(data)
    if position + 1 < size and data[position] == 0xFF and data[position + 1] >= 0xC0:
        code = data[position + 1]
        if code != 0xFF and not 0xD0 <= code <= 0xD7:
            return position, position + 1
    code_at = position
    while code_at < size and data[code_at] == 0xFF:
        code_at += 1
    if position < code_at < size and data[code_at] >= 0xC0 and not 0xD0 <= data[code_at] <= 0xD7:
        return position, code_at
    if not scanned and position < code_at < size and 0x02 <= data[code_at] <= 0xBF:
        raise DecodeError("damaged-header", "a reserved marker stands in the JPEG's header")
    match = _MARKER.search(data, position)
    if match is None:
        if not scanned:
            raise DecodeError("truncated-header", "the file ends inside the JPEG's header")
        if position < size:
            parts.append(Part(STRAY, position, position, size))
        return None
    parts.append(Part(STRAY, position, position, match.start()))
    return match.start(), match.start() + 1
