"""BMP, by its own reading of the headers (Microsoft's BITMAPCOREHEADER to BITMAPV5HEADER)."""

from __future__ import annotations

import struct

from overpaint.checks._contents import Contents, Frame, Part

__all__ = ["walk_bmp"]

_FILE_HEADER, _CORE, _INFO, _V5 = 14, 12, 40, 124
_MASKS, _ALPHA_MASKS = 3, 6
_EMBEDDED, _LINKED = b"DEBM", b"KNIL"  # "MBED", "LINK" as little-endian numbers


def walk_bmp(data: bytes) -> Contents:
    """Take a BMP apart: headers, palette, pixels, profile, and what lies between and behind them."""
    if len(data) < _FILE_HEADER + _CORE:
        return Contents("bmp", (), (), complete=False)
    (at,) = struct.unpack_from("<I", data, 10)
    (length,) = struct.unpack_from("<I", data, 14)
    header = data[_FILE_HEADER : _FILE_HEADER + min(length, 4096)]
    old = length == _CORE
    if len(header) < (_CORE if old else _INFO):
        return Contents("bmp", (), (), complete=False)
    width, height = struct.unpack_from("<HH" if old else "<ii", header, 4)
    (depth,) = struct.unpack_from("<H", header, 10 if old else 14)
    coding, coded, _, _, used = (0,) * 5 if old else struct.unpack_from("<IIiiI", header, 16)
    colours = min(used or 1 << depth, 256) if depth <= 8 else used
    masks = {_MASKS: 12, _ALPHA_MASKS: 16}.get(coding, 0) if length == _INFO else 0
    table = _FILE_HEADER + length + masks
    entry = 3 if old else 4
    behind = table + entry * colours
    if behind > at:  # the pixels begin inside the palette: fewer colours than announced
        behind = max(table, at)
    palette = data[table:behind] if depth <= 8 else b""
    row = -(-width * depth // 32) * 4
    # Run-length coded pixels say their own size; plain ones are what their rows need.
    pixels = coded if coding in {1, 2} else row * abs(height)
    end = at + pixels
    kind, profile = _profile(header) if length >= _V5 else (b"", slice(0, 0))
    taken = [(0, behind), (at, end), (profile.start, profile.stop)]
    parts = [
        Part("picture", "header", struct.pack("<iiHI", width, height, depth, coding) + header[40:56] + palette),
        Part("picture", "masks", data[table - masks : table]),
        Part("picture", "pixels", data[at:end]),
    ]
    if kind == _LINKED:
        parts.append(Part("text", "path of a colour profile", data[profile]))
    loose = bytearray()
    for start, stop in _gaps(taken, len(data)):
        loose += data[start:stop].strip(b"\0")
    if loose:
        parts.append(Part("other", "bytes beside the picture", bytes(loose)))
    frame = Frame(
        abs(width),
        abs(height),
        depth=5 if depth == 16 else 8,
        icc=data[profile] if kind == _EMBEDDED else b"",
        palette=b"".join(palette[i : i + 3][::-1] for i in range(0, len(palette) - 2, entry)),
    )
    return Contents("bmp", (frame,), tuple(parts), complete=at + pixels <= len(data) or coding in {1, 2})


def _profile(header: bytes) -> tuple[bytes, slice]:
    kind = header[56:60]
    if kind not in {_EMBEDDED, _LINKED}:
        return b"", slice(0, 0)
    start, size = struct.unpack_from("<II", header, 112)
    return kind, slice(_FILE_HEADER + start, _FILE_HEADER + start + size)


def _gaps(taken: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    gaps, at = [], 0
    for start, stop in sorted(taken):
        if start > at:
            gaps.append((at, min(start, size)))
        at = max(at, stop)
    return [*gaps, (at, size)] if at < size else gaps
