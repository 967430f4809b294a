"""A slow, small JPEG coder in plain Python: any sampling, any coefficients, any Huffman tables, wrong ones too.

It shares nothing with libjpeg, so that what the extension reads and writes is judged from outside. Baseline and
extended sequential Huffman only (ITU-T T.81, annexes B and F).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
DC_SYMBOLS = tuple(range(12))
AC_SYMBOLS = tuple(s for s in range(256) if s & 15 <= 10 and (s & 15 or s in (0x00, 0xF0)))


@dataclass
class Plane:
    """A component: sampling factors, quantisation (8 x 8), and blocks x blocks x 8 x 8 quantised coefficients."""

    h: int
    v: int
    quant: np.ndarray
    blocks: np.ndarray


@dataclass
class Picture:
    width: int
    height: int
    planes: list[Plane]
    restart: int = 0
    interleaved: bool = True
    dc_symbols: tuple[int, ...] = DC_SYMBOLS
    ac_symbols: tuple[int, ...] = AC_SYMBOLS
    segments: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def factors(self) -> tuple[int, int]:
        return max(p.h for p in self.planes), max(p.v for p in self.planes)

    def grid(self, plane: Plane) -> tuple[int, int]:
        """Visible blocks of a component, rows and columns."""
        hm, vm = self.factors
        return -(-size_of(self.height, plane.v, vm) // 8), -(-size_of(self.width, plane.h, hm) // 8)


def size_of(length: int, factor: int, most: int) -> int:
    """Samples of a component along a side of that many pixels."""
    return -(-length * factor // most)


class _Bits:
    def __init__(self) -> None:
        self.value, self.count, self.out = 0, 0, bytearray()

    def put(self, value: int, bits: int) -> None:
        self.value, self.count = self.value << bits | value, self.count + bits
        while self.count >= 8:
            byte = self.value >> (self.count - 8) & 255
            self.out += b"\xff\x00" if byte == 255 else bytes((byte,))
            self.count -= 8
            self.value &= (1 << self.count) - 1

    def flush(self) -> None:
        if self.count:
            self.put((1 << (8 - self.count)) - 1, 8 - self.count)


def _width_of(symbols: Sequence[int]) -> int:
    """All symbols get codes of one length; the code of ones alone stays free, as the standard wants."""
    return max(1, (len(symbols)).bit_length())


def _table(kind: int, number: int, symbols: Sequence[int]) -> bytes:
    counts = bytes(len(symbols) if i == _width_of(symbols) else 0 for i in range(1, 17))
    return bytes((kind << 4 | number,)) + counts + bytes(symbols)


def _magnitude(value: int) -> tuple[int, int]:
    bits = abs(value).bit_length()
    return bits, value if value >= 0 else value + (1 << bits) - 1


def _encode_block(bits: _Bits, block: np.ndarray, last: int, dc: Sequence[int], ac: Sequence[int]) -> int:
    flat = [int(block.flat[i]) for i in ZIGZAG]
    size, extra = _magnitude(flat[0] - last)
    bits.put(dc.index(size), _width_of(dc))
    bits.put(extra, size)
    run = 0
    for value in flat[1:]:
        if not value:
            run += 1
            continue
        while run > 15:
            bits.put(ac.index(0xF0), _width_of(ac))
            run -= 16
        size, extra = _magnitude(value)
        bits.put(ac.index(run << 4 | size), _width_of(ac))
        bits.put(extra, size)
        run = 0
    if run:
        bits.put(ac.index(0), _width_of(ac))
    return flat[0]


def _units(picture: Picture, scan: list[int]) -> list[list[tuple[int, int, int]]]:
    """MCUs of a scan: lists of (component, row, column); blocks beyond the visible ones are there where interleaved."""
    hm, vm = picture.factors
    if len(scan) == 1:
        rows, columns = picture.grid(picture.planes[scan[0]])
        return [[(scan[0], r, c)] for r in range(rows) for c in range(columns)]
    return [
        [(i, my * picture.planes[i].v + r, mx * picture.planes[i].h + c) for i in scan
         for r in range(picture.planes[i].v) for c in range(picture.planes[i].h)]
        for my in range(-(-picture.height // (8 * vm)))
        for mx in range(-(-picture.width // (8 * hm)))
    ]  # fmt: skip


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((255, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def encode(picture: Picture) -> bytes:
    out = bytearray(b"\xff\xd8")
    for marker, body in picture.segments:
        out += _segment(marker, body)
    for i, plane in enumerate(picture.planes):
        wide = int(plane.quant.max()) > 255
        values = b"".join(int(plane.quant.flat[k]).to_bytes(2 if wide else 1, "big") for k in ZIGZAG)
        out += _segment(0xDB, bytes((wide << 4 | i % 4,)) + values)
    frame = bytes((8,)) + picture.height.to_bytes(2, "big") + picture.width.to_bytes(2, "big")
    frame += bytes((len(picture.planes),))
    for i, plane in enumerate(picture.planes):
        frame += bytes((i + 1, plane.h << 4 | plane.v, i % 4))
    out += _segment(0xC1, frame)
    out += _segment(0xC4, _table(0, 0, picture.dc_symbols) + _table(1, 0, picture.ac_symbols))
    if picture.restart:
        out += _segment(0xDD, picture.restart.to_bytes(2, "big"))
    every = list(range(len(picture.planes)))
    for scan in [every] if picture.interleaved else [[i] for i in every]:
        out += _encode_scan(picture, scan)
    return bytes(out + b"\xff\xd9")


def _encode_scan(picture: Picture, scan: list[int]) -> bytes:
    chosen = b"".join(bytes((i + 1, 0)) for i in scan)
    out = bytearray(_segment(0xDA, bytes((len(scan),)) + chosen + bytes((0, 63, 0))))
    bits, last = _Bits(), [0] * len(picture.planes)
    for n, unit in enumerate(_units(picture, scan)):
        if picture.restart and n and n % picture.restart == 0:
            bits.flush()
            bits.out += bytes((255, 0xD0 + (n // picture.restart - 1) % 8))
            last = [0] * len(picture.planes)
        for i, r, c in unit:
            blocks = picture.planes[i].blocks
            block = blocks[min(r, blocks.shape[0] - 1), min(c, blocks.shape[1] - 1)]
            last[i] = _encode_block(bits, block, last[i], picture.dc_symbols, picture.ac_symbols)
    bits.flush()
    return bytes(out + bits.out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.value, self.count = data, 0, 0, 0

    def bit(self) -> int:
        if not self.count:
            self.value, self.count = self.data[self.at], 8
            self.at += 2 if self.value == 255 and self.data[self.at + 1] == 0 else 1
        self.count -= 1
        return self.value >> self.count & 1

    def bits(self, n: int) -> int:
        value = 0
        for _ in range(n):
            value = value << 1 | self.bit()
        return value

    def symbol(self, table: dict[tuple[int, int], int]) -> int:
        code = 0
        for n in range(1, 17):
            code = code << 1 | self.bit()
            if (n, code) in table:
                return table[n, code]
        raise ValueError("no such code")

    def number(self, size: int) -> int:
        value = self.bits(size)
        return value if not size or value >> (size - 1) else value - (1 << size) + 1

    def restart(self) -> None:
        self.count = 0
        assert self.data[self.at] == 255 and 0xD0 <= self.data[self.at + 1] <= 0xD7
        self.at += 2


def decode(data: bytes) -> Picture:
    """A Picture with the coefficients of the visible blocks; for sequential Huffman files without errors."""
    at, quants, tables, picture, ids, restart = 2, {}, {}, None, [], 0
    segments: list[tuple[int, bytes]] = []
    while data[at + 1] != 0xD9:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body, at = data[at + 4 : at + 2 + length], at + 2 + length
        if marker == 0xDB:
            _read_quants(body, quants)
        elif marker == 0xC4:
            _read_tables(body, tables)
        elif marker in (0xC0, 0xC1):
            picture, ids = _read_frame(body, quants, restart)
        elif marker == 0xDD:
            restart = int.from_bytes(body, "big")
        elif marker == 0xDA:
            assert picture is not None
            picture.restart = restart
            at += _read_scan(data[at:], body, picture, ids, tables)
        else:
            segments.append((marker, body))
    assert picture is not None
    picture.segments = segments
    for plane in picture.planes:
        rows, columns = picture.grid(plane)
        plane.blocks = plane.blocks[:rows, :columns]
    return picture


def _read_quants(body: bytes, quants: dict[int, np.ndarray]) -> None:
    while body:
        step = 2 if body[0] >> 4 else 1
        table = np.zeros(64, dtype=np.int64)
        for k in range(64):
            table[ZIGZAG[k]] = int.from_bytes(body[1 + k * step : 1 + (k + 1) * step], "big")
        quants[body[0] & 15] = table.reshape(8, 8)
        body = body[1 + 64 * step :]


def _read_tables(body: bytes, tables: dict[int, dict[tuple[int, int], int]]) -> None:
    while body:
        counts, code, k = body[1:17], 0, 17
        table = tables[body[0]] = {}
        for n, count in enumerate(counts, 1):
            for _ in range(count):
                table[n, code] = body[k]
                code, k = code + 1, k + 1
            code <<= 1
        body = body[k:]


def _read_frame(body: bytes, quants: dict[int, np.ndarray], restart: int) -> tuple[Picture, list[int]]:
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    rows = [body[6 + 3 * i : 9 + 3 * i] for i in range(body[5])]
    planes = [Plane(r[1] >> 4, r[1] & 15, quants[r[2]], np.zeros(0)) for r in rows]
    picture = Picture(width, height, planes, restart)
    hm, vm = picture.factors
    for plane in planes:
        shape = (-(-height // (8 * vm)) * plane.v, -(-width // (8 * hm)) * plane.h, 8, 8)
        plane.blocks = np.zeros(shape, dtype=np.int64)
    return picture, [r[0] for r in rows]


def _read_scan(data: bytes, body: bytes, picture: Picture, ids: list[int], tables: dict) -> int:
    scan = [ids.index(body[1 + 2 * i]) for i in range(body[0])]
    which = {ids.index(body[1 + 2 * i]): body[2 + 2 * i] for i in range(body[0])}
    reader, last = _Reader(data), [0] * len(ids)
    for n, unit in enumerate(_units(picture, scan)):
        if picture.restart and n and n % picture.restart == 0:
            reader.restart()
            last = [0] * len(ids)
        for i, r, c in unit:
            block = picture.planes[i].blocks[r, c]
            last[i] += reader.number(reader.symbol(tables[which[i] >> 4]))
            block.flat[0], k = last[i], 1
            while k < 64:
                symbol = reader.symbol(tables[0x10 | (which[i] & 15)])
                if symbol == 0:
                    break
                k += symbol >> 4
                if symbol & 15:
                    block.flat[ZIGZAG[k]] = reader.number(symbol & 15)
                k += 1
    return reader.at
