"""TGA by its own reading of the format (Truevision TGA File Format Specification 2.0)."""

from __future__ import annotations

import struct

from overpaint.checks._contents import Contents, Frame, Part

__all__ = ["is_tga", "walk_tga"]

_END = b"TRUEVISION-XFILE.\0"
_ID, _MAP, _KIND, _DEPTH = 0, 1, 2, 16
# Fields of the extension area that say how the picture is shown; every other one tells of people, times and programs.
_SHOWN = (slice(0, 2), slice(474, 482), slice(494, 495))


def is_tga(data: bytes) -> bool:
    """Whether the first 18 bytes can be a TGA's header; there is no signature."""
    if len(data) < 18 or data[_MAP] > 1 or data[_KIND] not in {1, 2, 3, 9, 10, 11}:
        return False
    if data[_MAP] == 0 and (data[_KIND] in {1, 9} or any(data[3:8])):
        return False
    sensible = data[_DEPTH] in {8, 15, 16, 24, 32} and data[17] < 64
    return sensible and all(struct.unpack_from("<HH", data, 12))


def walk_tga(data: bytes) -> Contents:
    """Take a TGA apart: header, text, palette, pixels, areas and footer."""
    entries, entry = struct.unpack_from("<HB", data, 5)
    width, height = struct.unpack_from("<HH", data, 12)
    colours = 18 + data[_ID]
    pixels = colours + (entries * -(-entry // 8) if data[_MAP] else 0)
    each = -(-data[_DEPTH] // 8)
    end = _end(data, pixels, each, width * height) if data[_KIND] > 8 else pixels + each * width * height
    header = bytes((0,)) + data[1:18]
    parts = [Part("picture", "header", header), Part("picture", "palette and pixels", data[colours:end])]
    if any(data[18:colours]):
        parts.append(Part("text", "image id", data[18:colours]))
    behind = data[end:]
    if len(behind) >= 26 and behind.endswith(_END):
        parts += _areas(data, end)
        trailing = 0
    else:
        trailing = len(behind)
    depth = 5 if data[_DEPTH] in {15, 16} and data[_KIND] in {2, 10} else 8
    frame = Frame(width, height, depth=depth)
    return Contents("tga", (frame,), tuple(parts), trailing=trailing, complete=end <= len(data))


def _areas(data: bytes, end: int) -> list[Part]:
    """What lies between the pixels and the footer."""
    extension, developer = struct.unpack_from("<II", data, len(data) - 26)
    between = bytearray(data[end : len(data) - 26])
    parts = list[Part]()
    if developer:
        parts.append(Part("other", "developer area", bytes(between)))
    at = extension - end
    if extension and 0 <= at <= len(between) - 495:
        area = bytearray(between[at : at + 495])
        shown = b"".join(bytes(area[field]) for field in _SHOWN)
        parts.append(Part("picture", "how the fourth channel is meant", shown))
        for field in _SHOWN:
            area[field] = bytes(field.stop - field.start)
        if any(area):
            parts.append(Part("text", "extension area", bytes(area)))
        del between[at : at + 495]
    if any(between) and not developer:
        parts.append(Part("preview", "bytes beside the areas, such as a postage stamp", bytes(between)))
    return parts


def _end(data: bytes, at: int, each: int, left: int) -> int:
    """Behind the last packet; beyond the file where there are too few."""
    while left > 0:
        if at >= len(data):
            return len(data) + 1
        many = data[at] % 128 + 1
        at += 1 + each * (1 if data[at] > 127 else many)
        left -= many
    return at
