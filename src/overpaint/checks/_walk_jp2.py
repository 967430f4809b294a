"""JPEG 2000 by its own walk through boxes and marker segments (ISO/IEC 15444-1, annexes A and I)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from overpaint.checks._contents import Contents, Frame, Kind, Part

__all__ = ["JP2", "walk_jp2"]

JP2 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
_KINDS: dict[bytes, Kind] = {b"xml ": "text", b"asoc": "other", b"jp2i": "text"}
_UUID_KINDS: dict[bytes, Kind] = {
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "text",
    b"JpgTiffExif->JP2": "other",  # a block with maker notes and small pictures: all of it goes
    bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03"): "location",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "text",
}
_NEEDED = frozenset({b"jP  ", b"ftyp"})
_HEADER = frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "})
_MOST = 100_000


def walk_jp2(data: bytes) -> Contents:
    """Take a JPEG 2000 apart: boxes, and the segments of its codestream."""
    if data.startswith(JP2[1]):
        frame, parts = _stream(data)
        return Contents("jp2", (frame,), tuple(parts), lossy=True)
    parts, frames, icc, complete, end = list[Part](), list[Frame](), b"", True, 0
    for kind, body, stop in _boxes(data, 0, len(data)):
        complete, end = complete and stop <= len(data), stop
        payload = data[body:stop]
        if kind == b"jp2c":
            frame, found = _stream(payload)
            frames.append(frame)
            parts += found
        elif kind == b"jp2h":
            for name, start, close in _boxes(data, body, stop):
                inside = data[start:close]
                parts.append(Part("picture" if name in _HEADER else "other", f"jp2h {name!r}", inside))
                if name == b"colr" and inside[:1] in {b"\2", b"\3"} and not icc:
                    icc = inside[3:]
        elif kind in _NEEDED:
            parts.append(Part("picture", repr(kind), payload))
        elif any(payload) or kind not in {b"free", b"skip"}:
            known = _UUID_KINDS.get(payload[:16], "other") if kind == b"uuid" else _KINDS.get(kind, "other")
            parts.append(Part(known, repr(kind), payload))
    whole = tuple(Frame(f.width, f.height, depth=f.depth, icc=icc) for f in frames)
    trailing = max(0, len(data) - end)
    return Contents("jp2", whole, tuple(parts), trailing=trailing, complete=complete and bool(frames), lossy=True)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, where the content begins, and where the box ends."""
    for _ in range(_MOST):
        if at + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        stop = at + size if size else end
        if stop < body:
            return
        yield kind, body, stop
        at = stop


def _stream(data: bytes) -> tuple[Frame, list[Part]]:
    """Size and depth by SIZ; comments apart from everything else, in the main header and in those of tiles."""
    right, low, left, top = struct.unpack_from(">4I", data, 8)
    depth = (data[42] & 127) + 1
    comments, rest, at = list[bytes](), bytearray(data[:2]), 2
    for _ in range(_MOST):
        if at + 4 > len(data):
            break
        marker, size = struct.unpack_from(">HH", data, at)
        if marker == 0xFF90:  # a tile: its header's segments, up to where its data begin
            (length,) = struct.unpack_from(">I", data, at + 6)
            end = min(at + length if length else len(data), len(data))
            comments += _of_tile(data, at + 12, end)
            rest += data[at:end]
            if end <= at:
                break
            at = end
            continue
        if marker == 0xFFD9 or marker < 0xFF00:
            rest += data[at:]
            break
        if marker == 0xFF64:
            comments.append(data[at + 6 : at + 2 + size])
        else:
            rest += data[at : at + 2 + size]
        at += 2 + size
    parts = [Part("text", "comment", text) for text in comments if any(text)]
    return Frame(right - left, low - top, depth=16 if depth > 8 else 8), [Part("picture", "jp2c", bytes(rest)), *parts]


def _of_tile(data: bytes, at: int, end: int) -> Iterator[bytes]:
    for _ in range(_MOST):
        if at + 4 > end:
            return
        marker, size = struct.unpack_from(">HH", data, at)
        if marker == 0xFF93 or size < 2:
            return
        if marker == 0xFF64:
            yield data[at + 6 : at + 2 + size]
        at += 2 + size
