"""A PNG file as a list of chunks."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from overpaint.errors import DecodeError

__all__ = ["SIGNATURE", "Chunk", "Chunks", "chunk", "is_animated_png", "is_png", "read_chunks"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Chunk(NamedTuple):
    """One chunk: its file bytes are ``start:end``, its payload ``start + 8:end - 4``."""

    kind: bytes
    start: int
    end: int
    sound: bool

    @property
    def critical(self) -> bool:
        """Whether a decoder must know this chunk: the first letter is a capital."""
        return not self.kind[0] & 0x20


class Chunks(NamedTuple):
    """All chunks up to IEND; ``end`` is where the picture ends, ``closed`` whether an IEND stands there."""

    chunks: list[Chunk]
    end: int
    closed: bool


def is_png(data: bytes) -> bool:
    """Whether the bytes start like a PNG file."""
    return data[:8] == SIGNATURE


def is_animated_png(data: bytes) -> bool:
    """Whether a PNG has frames that viewers play: an ``acTL`` chunk that says so before the picture, and a frame.

    One frame is an animation too: it need not be the default image. Anything else of an animation is a leftover that
    no viewer plays, and so is a frame's chunk with which the file ends too early. Reads chunk headers only; False for
    anything that cannot be read.
    """
    position = 8 if is_png(data) else len(data)
    announced = passed = False
    while position + 8 <= len(data):
        kind = data[position + 4 : position + 8]
        if kind == b"acTL" and not passed:
            announced = 0 < int.from_bytes(data[position + 8 : position + 12], "big") < 1 << 31
        if kind == b"fcTL" and announced:
            return position + 12 + int.from_bytes(data[position : position + 4], "big") <= len(data)
        passed = passed or kind == b"IDAT"
        if kind == b"IEND" or (passed and not announced):
            return False
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return False


def read_chunks(data: bytes) -> Chunks:
    """Cut a PNG into its chunks and check their sums.

    Raises
    ------
    DecodeError
        ``not-a-png``; ``damaged-header`` where IHDR is not first and whole; ``truncated`` where the file ends in the
        picture's data; ``bad-checksum`` in a critical chunk; ``unknown-critical-chunk``; ``no-image-data``.
    """
    if not is_png(data):
        raise DecodeError("not-a-png", "the file does not begin with PNG's signature")
    chunks: list[Chunk] = []
    position, size, closed = 8, len(data), False
    while not closed and position + 12 <= size:
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        if end > size:
            break
        found = Chunk(kind, position, end, _sound(data, position, end))
        _check(found, first=not chunks)
        chunks.append(found)
        position, closed = end, kind == b"IEND"
    if not closed and data[position + 4 : position + 8] in {b"IHDR", b"PLTE", b"IDAT"}:
        raise DecodeError("truncated", "the PNG ends inside a chunk that the picture needs")
    if not any(found.kind == b"IDAT" for found in chunks):
        raise DecodeError("no-image-data", "the PNG has no IDAT chunk")
    return Chunks(chunks, position, closed)


def _sound(data: bytes, start: int, end: int) -> bool:
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _check(found: Chunk, *, first: bool) -> None:
    if first and (found.kind != b"IHDR" or found.end - found.start != 25):
        raise DecodeError("damaged-header", "the PNG does not begin with a whole IHDR chunk")
    if not found.critical:
        return
    if found.kind not in {b"IHDR", b"PLTE", b"IDAT", b"IEND"}:
        raise DecodeError("unknown-critical-chunk", "the PNG has a critical chunk that the standard does not know")
    if not found.sound:
        raise DecodeError("bad-checksum", f"the checksum of the PNG's {found.kind.decode()} chunk is wrong")


def chunk(kind: bytes, payload: bytes) -> bytes:
    """A chunk's file bytes."""
    return len(payload).to_bytes(4, "big") + kind + payload + zlib.crc32(kind + payload).to_bytes(4, "big")
