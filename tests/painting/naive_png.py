"""A slow, obvious PNG reader and writer, after the specification: the reference for `overpaint.painting._png`."""

from __future__ import annotations

import zlib

import numpy as np
from fabricated_metadata import png_chunk, png_chunks

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def paeth(a: int, b: int, c: int) -> int:
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    if pa <= pb and pa <= pc:
        return a
    return b if pb <= pc else c


def predicted(kind: int, row: bytes, above: bytes, at: int, step: int) -> int:
    left = row[at - step] if at >= step else 0
    corner = above[at - step] if at >= step else 0
    up = above[at]
    return (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]


def filter_row(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    return bytes((row[at] - predicted(kind, row, above, at, step)) % 256 for at in range(len(row)))


def unfilter_row(kind: int, coded: bytes, above: bytes, step: int) -> bytes:
    row = bytearray(len(coded))
    for at, value in enumerate(coded):
        row[at] = (value + predicted(kind, row, above, at, step)) % 256
    return bytes(row)


def pack(samples: np.ndarray, depth: int) -> list[bytes]:
    """Rows of bytes of H x W x C samples."""
    rows = samples.reshape(len(samples), -1)
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in rows]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in rows]
    out = []
    for row in rows:
        bits = "".join(format(int(value), f"0{depth}b") for value in row)
        bits += "0" * (-len(bits) % 8)
        out.append(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)))
    return out


def unpack(row: bytes, depth: int, count: int) -> list[int]:
    if depth == 16:
        return [int.from_bytes(row[2 * at : 2 * at + 2], "big") for at in range(count)]
    bits = "".join(format(value, "08b") for value in row)
    return [int(bits[at * depth : (at + 1) * depth], 2) for at in range(count)]


def write(
    samples: np.ndarray, colour: int, depth: int, *chunks: bytes, interlaced: bool = False, last: bytes = b""
) -> bytes:
    """A PNG of H x W x C samples with rows filtered by each filter in turn."""
    height, width, channels = samples.shape
    assert channels == CHANNELS[colour]
    step = max(1, channels * depth // 8)
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    raw = bytearray()
    for part in passes:
        if not part.size:
            continue
        rows = pack(part, depth)
        above = bytes(len(rows[0]))
        for number, row in enumerate(rows):
            kind = (number + 1) % 5
            raw += bytes((kind,)) + filter_row(kind, row, above, step)
            above = row
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, colour, 0, 0, int(interlaced)))
    packed = zlib.compress(bytes(raw))
    half = len(packed) // 2
    pieces = [png_chunk(b"IHDR", head), *chunks, png_chunk(b"IDAT", packed[:half]), png_chunk(b"IDAT", packed[half:])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces) + last + png_chunk(b"IEND", b"")


def read(data: bytes) -> tuple[np.ndarray, int, int, dict[bytes, bytes]]:
    """Samples, colour type, depth and the other chunks of a PNG that is not interlaced."""
    chunks = png_chunks(data)
    head = chunks[0][1]
    width, height = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    depth, colour, interlaced = head[8], head[9], head[12]
    assert not interlaced
    raw = zlib.decompress(b"".join(payload for kind, payload in chunks if kind == b"IDAT"))
    count = width * CHANNELS[colour]
    length = (count * depth + 7) // 8
    step = max(1, CHANNELS[colour] * depth // 8)
    assert len(raw) == height * (length + 1)
    above, rows = bytes(length), []
    for at in range(0, len(raw), length + 1):
        above = unfilter_row(raw[at], raw[at + 1 : at + 1 + length], above, step)
        rows.append(unpack(above, depth, count))
    samples = np.array(rows, dtype=np.uint16 if depth == 16 else np.uint8).reshape(height, width, -1)
    return samples, colour, depth, {kind: payload for kind, payload in chunks if kind != b"IDAT"}
