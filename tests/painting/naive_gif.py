"""A slow, obvious GIF writer and reader, after the specification of 1990, and a canvas to play one on.

It shares nothing with the code under test: its LZW writes one code a pixel and unpacks with tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Picture:
    """A frame: where it lies, what it shows, and what is to become of it."""

    numbers: np.ndarray
    left: int = 0
    top: int = 0
    table: np.ndarray | None = None
    clear: int | None = None
    disposal: int = 0
    delay: int = 7
    interlaced: bool = False
    control: bool = True
    raw: bytes = b""
    """The whole block as it was read."""

    def but(self, **changes: object) -> Picture:
        return replace(self, **changes)  # type: ignore[arg-type]


def blocks(payload: bytes) -> bytes:
    pieces = [payload[at : at + 255] for at in range(0, len(payload), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def extension(label: int, *parts: bytes) -> bytes:
    return bytes((0x21, label)) + b"".join(bytes((len(part),)) + part for part in parts) + b"\0"


def lzw(values: list[int], size: int) -> bytes:
    """One code a pixel, and the dictionary cleared before codes grow."""
    clear, bits, out, many = 1 << size, size + 1, 0, 0
    codes: list[int] = []
    for at, value in enumerate(values):
        if at % ((1 << size) - 2 if size > 1 else 1) == 0:
            codes.append(clear)
        codes.append(value)
    codes.append(clear + 1)
    for code in codes:
        out |= code << many
        many += bits
    return out.to_bytes(-(-many // 8), "little")


def unlzw(data: bytes, size: int, count: int) -> list[int]:
    stream, at = int.from_bytes(data, "little"), 0
    clear = 1 << size
    known: list[tuple[int, ...]] = []
    bits, last, out = size + 1, (), []
    while len(out) < count:
        assert at + bits <= 8 * len(data), "the data end early"
        code = stream >> at & ((1 << bits) - 1)
        at += bits
        if code == clear:
            known, bits, last = [(i,) for i in range(clear)] + [(), ()], size + 1, ()
            continue
        assert code != clear + 1, "the picture ends early"
        entry = known[code] if code < len(known) else (*last, last[0])
        if last and len(known) < 4096:
            known.append((*last, entry[0]))
            if len(known) == 1 << bits and bits < 12:
                bits += 1
        out += entry
        last = entry
    return out[:count]


def rows_in_file(height: int, interlaced: bool) -> list[int]:
    if not interlaced:
        return list(range(height))
    return [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, height, step)]


def bits_of(table: np.ndarray) -> int:
    return max(1, (len(table) - 1).bit_length())


def image(picture: Picture, everywhere: np.ndarray | None) -> bytes:
    height, width = picture.numbers.shape
    out = b""
    if picture.control:
        flags = picture.disposal << 2 | (picture.clear is not None)
        out += extension(0xF9, bytes((flags,)) + picture.delay.to_bytes(2, "little") + bytes((picture.clear or 0,)))
    table = picture.table
    flags = (0x80 | (bits_of(table) - 1) if table is not None else 0) | (0x40 if picture.interlaced else 0)
    out += (
        b"\x2c"
        + b"".join(v.to_bytes(2, "little") for v in (picture.left, picture.top, width, height))
        + bytes((flags,))
    )
    out += table.astype(np.uint8).tobytes() if table is not None else b""
    used = table if table is not None else everywhere
    size = max(2, bits_of(used) if used is not None else 8)
    values = [int(v) for y in rows_in_file(height, picture.interlaced) for v in picture.numbers[y]]
    return out + bytes((size,)) + blocks(lzw(values, size))


def write(
    width: int, height: int, table: np.ndarray | None, *pieces: Picture | bytes, version: bytes = b"GIF89a"
) -> bytes:
    """A file; pieces that are bytes go in as they are."""
    flags = 0x80 | (bits_of(table) - 1) if table is not None else 0
    head = version + width.to_bytes(2, "little") + height.to_bytes(2, "little") + bytes((flags, 0, 0))
    head += table.astype(np.uint8).tobytes() if table is not None else b""
    return head + b"".join(p if isinstance(p, bytes) else image(p, table) for p in pieces) + b"\x3b"


def read(data: bytes) -> tuple[int, int, np.ndarray | None, list[Picture], list[bytes]]:
    """Size, palette, pictures, and the other extensions as they are."""
    assert data[:6] in (b"GIF87a", b"GIF89a")
    width, height, flags, at = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"), data[10], 13
    everywhere, at = _table(data, at, flags)
    pictures, others, control = [], [], None
    while data[at] != 0x3B:
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            assert data[at] == 0x2C
            left, top, w, h = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (1, 3, 5, 7))
            flags = data[at + 9]
            table, at = _table(data, at + 10, flags)
            size = data[at]
            at += 1
        payload = b""
        while data[at]:
            payload += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]
        at += 1
        if data[start] == 0x2C:
            values = unlzw(payload, size, w * h)
            numbers = np.zeros((h, w), np.uint8)
            numbers[rows_in_file(h, bool(flags & 0x40))] = np.array(values, np.uint8).reshape(h, w)
            told = control or bytes(4)
            pictures.append(
                Picture(
                    numbers,
                    left,
                    top,
                    table,
                    told[3] if told[0] & 1 else None,
                    told[0] >> 2 & 7,
                    int.from_bytes(told[1:3], "little"),
                    bool(flags & 0x40),
                    control is not None,
                    data[start:at],
                )
            )
            control = None
        elif data[start + 1] == 0xF9:
            control = payload
        else:
            others.append(data[start:at])
    assert at == len(data) - 1
    return width, height, everywhere, pictures, others


def _table(data: bytes, at: int, flags: int) -> tuple[np.ndarray | None, int]:
    if not flags & 0x80:
        return None, at
    size = 3 << ((flags & 7) + 1)
    return np.frombuffer(data[at : at + size], np.uint8).reshape(-1, 3), at + size


def play(data: bytes) -> list[np.ndarray]:
    """What a viewer shows of each frame, height x width x RGBA, on a canvas that is transparent where nothing was."""
    width, height, everywhere, pictures, _ = read(data)
    canvas = np.zeros((height, width, 4), np.uint8)
    out = []
    for number, picture in enumerate(pictures):
        table = picture.table if picture.table is not None else everywhere
        before = canvas.copy()
        h, w = picture.numbers.shape
        for y in range(h):
            for x in range(w):
                value = int(picture.numbers[y, x])
                if value != picture.clear:
                    canvas[picture.top + y, picture.left + x] = (*table[value], 255)
        out.append(canvas.copy())
        if picture.disposal == 3 and number:
            canvas = before
        elif picture.disposal in (2, 3):
            canvas[picture.top : picture.top + h, picture.left : picture.left + w] = 0
    return out
