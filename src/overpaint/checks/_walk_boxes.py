"""Boxes of the ISO base media file format (ISO/IEC 14496-12), and JPEG XL, which is put into them (18181-2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overpaint.checks._contents import Contents, Frame, Part
from overpaint.checks._jxl_header import header_of

__all__ = ["Found", "behind_offset", "boxes", "walk_jxl"]

_MOST_BOXES = 65536


@dataclass(frozen=True, slots=True)
class Found:
    """One box: its four letters, where its content begins and ends."""

    name: bytes
    start: int
    stop: int


def boxes(data: bytes, at: int, end: int) -> Iterator[Found]:
    """The boxes between two places; ends at the first that is damaged."""
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield Found(name, at + head, at + size)
        at += size


def behind_offset(payload: bytes) -> bytes:
    """An EXIF block behind the four bytes that say where it begins; some writers leave these out."""
    start = 4 + int.from_bytes(payload[:4], "big")
    return payload[start:] if start < len(payload) else payload


def walk_jxl(data: bytes) -> Contents:
    """Take a JPEG XL apart: a bare codestream, or boxes around one."""
    if data[:2] == b"\xff\x0a":
        return _contents(data, [Part("picture", "codestream", data)], complete=True, trailing=0)
    parts, coded, at = list[Part](), list[bytes](), 0
    for box in boxes(data, 0, len(data)):
        at, payload = box.stop, data[box.start : box.stop]
        name = box.name
        if name == b"brob":  # compressed metadata, which says of what kind it is
            name, payload = payload[:4], b"compressed"
        if box.name in {b"jxlc", b"jxlp"}:
            coded.append(payload[4:] if box.name == b"jxlp" else payload)
        elif name in {b"JXL ", b"ftyp", b"jxll", b"jxli"}:
            continue
        elif name == b"Exif" and box.name != b"brob":
            parts.append(Part("exif", "Exif", behind_offset(payload)))
        elif any(payload):
            parts.append(_other(name, payload))
    stream = b"".join(coded)
    trailing = len(data) - at
    return _contents(stream, [Part("picture", "codestream", stream), *parts], complete=bool(coded), trailing=trailing)


def _other(name: bytes, payload: bytes) -> Part:
    shown = f"box {name.decode('ascii', 'replace')}"
    if name in {b"xml ", b"Exif"}:
        return Part("text", shown, payload)
    if name in {b"jumb", b"jhgm"}:  # C2PA with its thumbnails; gain maps
        return Part("preview", shown, payload)
    return Part("other", shown, payload)


def _contents(stream: bytes, parts: list[Part], *, complete: bool, trailing: int) -> Contents:
    header = header_of(stream)
    if header is None:
        return Contents("jxl", (), tuple(parts), trailing=trailing, complete=False)
    if header.preview:
        parts.append(Part("preview", "a preview in the codestream", b"preview"))
    # The decoder turns the picture upright itself, and what is "above" is so then.
    rebuilt = any(part.name == "box jbrd" for part in parts)
    wide, high = header.size if header.orientation < 5 else header.size[::-1]
    frame = Frame(wide, high, depth=header.bits)
    complete, lossy = complete and not header.animated, header.lossy or rebuilt
    return Contents("jxl", (frame,), tuple(parts), trailing=trailing, complete=complete, lossy=lossy)
