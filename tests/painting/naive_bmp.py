"""A slow, obvious BMP writer and reader; numbers or colours go in and come out from the top row down."""

from __future__ import annotations

import struct

import numpy as np


def pixels_of(values: np.ndarray, depth: int, top_down: bool) -> bytes:
    """Rows of whole numbers (one a pixel) padded to four bytes."""
    out = b""
    for row in values if top_down else values[::-1]:
        if depth >= 8:
            line = b"".join(int(v).to_bytes(depth // 8, "little") for v in row)
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        out += line + b"\0" * (-len(line) % 4)
    return out


def runs_of(values: np.ndarray, depth: int) -> bytes:
    """Runs and absolute parts in turn, with a delta of nothing here and there."""
    out = b""
    for number, row in enumerate(values[::-1]):
        at = 0
        while at < len(row):
            some = [int(v) for v in row[at : at + 7]]
            if (at // 7 + number) % 2 and len(some) > 3:
                if depth == 8:
                    packed = bytes(some)
                else:
                    halves = [*some, 0] if len(some) % 2 else some
                    packed = bytes(a << 4 | b for a, b in zip(halves[::2], halves[1::2], strict=True))
                out += bytes((0, len(some))) + packed + b"\0" * (len(packed) % 2) + b"\0\2\0\0"
                at += len(some)
            else:
                many = 1
                while many < len(some) and some[many] == some[0]:
                    many += 1
                out += bytes((many, some[0] if depth == 8 else some[0] * 17))
                at += many
        out += b"\0\0"
    return out[:-2] + b"\0\1"


def write(
    values: np.ndarray,
    depth: int,
    *,
    header: int = 40,
    palette: np.ndarray | None = None,
    compression: int = 0,
    masks: tuple[int, ...] = (),
    top_down: bool = False,
    gap: bytes = b"",
    tail: bytes = b"",
    profile: bytes = b"",
    linked: bool = False,
) -> bytes:
    """A file of H x W whole numbers; an embedded or linked profile stands behind the picture."""
    height, width = values.shape
    table = b""
    if palette is not None:
        table = b"".join(bytes(int(v) for v in entry) + b"\0" * (header != 12) for entry in palette[:, ::-1])
    data = runs_of(values, depth) if compression in (1, 2) else pixels_of(values, depth, top_down)
    after = b"".join(struct.pack("<I", mask) for mask in masks)
    if header == 12:
        head = struct.pack("<I4H", 12, width, height, 1, depth)
    else:
        colours = 0 if palette is None or len(palette) == 1 << depth else len(palette)
        tall = -height if top_down else height
        fields = (header, width, tall, 1, depth, compression, len(data), 2835, 2835, colours, 0)
        head = struct.pack("<IiiHHIIiiII", *fields)[:header].ljust(min(40, header), b"\0")
        if header > 40:
            head += after
            after = b""
        head = head.ljust(header, b"\0")
    offset = 14 + len(head) + len(after) + len(table) + len(gap)
    if header == 124:
        space = (b"KNIL" if linked else b"DEBM") if profile else b"BGRs"
        place = struct.pack("<II", offset + len(data) - 14, len(profile)) if profile else bytes(8)
        head = head[:56] + space + head[60:112] + place + head[120:]
    size = offset + len(data) + len(profile) + len(tail)
    start = b"BM" + struct.pack("<IHHI", size, 1, 2, offset)
    return start + head + after + table + gap + data + profile + tail


def read(data: bytes) -> tuple[np.ndarray, int, bytes]:
    """Plain pixels as whole numbers, their bits, and the bytes of the palette (or the gap, if it is none)."""
    offset, header = struct.unpack_from("<I", data, 10)[0], struct.unpack_from("<I", data, 14)[0]
    if header == 12:
        width, height, _, depth = struct.unpack_from("<4H", data, 18)
    else:
        width, height, _, depth = struct.unpack_from("<iiHH", data, 18)
        assert header < 20 or int.from_bytes(data[30:34], "little") in (0, 3)
    stride = (width * depth + 31) // 32 * 4
    out = np.zeros((abs(height), width), np.uint32)
    for y in range(abs(height)):
        row = data[offset + y * stride : offset + (y + 1) * stride]
        for x in range(width):
            if depth >= 8:
                value = int.from_bytes(row[x * depth // 8 : (x + 1) * depth // 8], "little")
            else:
                value = int("".join(format(v, "08b") for v in row)[x * depth : (x + 1) * depth], 2)
            out[y if height < 0 else abs(height) - 1 - y, x] = value
    return out, depth, data[14 + header : offset]
