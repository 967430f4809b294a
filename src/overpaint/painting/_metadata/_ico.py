"""An icon's parts (Windows' ICO), and the metadata policy on them: a directory, and PNGs or bitmaps."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._png import strip_png
from overpaint.painting._metadata._words import Stripped, checked, stripped

__all__ = ["Ico", "ico_with", "is_ico", "read_ico", "strip_ico"]

_START: Final = b"\0\0\1\0"
_DIRECTORY, _ENTRY, _HEADER = 6, 16, 40
_OWN_ALPHA: Final = 32
"""Bitmaps of so many bits need no mask."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"


class Ico(NamedTuple):
    """An icon of one picture.

    ``picture`` is its range of the file: a PNG (``depth`` is 0), or a bitmap of that many bits without a file header,
    whose own header counts the rows of its mask too. ``colours`` is the length of its header, palette and pixels.
    """

    picture: tuple[int, int]
    width: int
    height: int
    depth: int
    palette: int
    colours: int

    @property
    def png(self) -> bool:
        """Whether the picture is a PNG."""
        return not self.depth


def is_ico(data: bytes) -> bool:
    """Whether the bytes start like an icon."""
    return data[:4] == _START and len(data) >= _DIRECTORY + _ENTRY and data[4:6] != b"\0\0" and data[9] == 0


def read_ico(data: bytes) -> Ico:
    """Read the directory and the header of its one picture.

    Raises
    ------
    DecodeError
        ``not-an-icon``, ``truncated``, ``damaged-header``.
    Unsupported
        ``several-pictures``; ``icon-bitmap``: compressed, or stored from the top.
    """
    if not is_ico(data):
        raise DecodeError("not-an-icon", "the file does not begin as an icon does")
    if data[4:6] != b"\1\0":
        raise Unsupported("several-pictures", "only one picture of the icon could be looked at; split it")
    size, start = struct.unpack_from("<II", data, _DIRECTORY + 8)
    end = start + size
    if start < _DIRECTORY + _ENTRY or end > len(data):
        raise DecodeError("truncated", "the icon ends before its picture")
    if data[start : start + 8] == _PNG:
        width, height = struct.unpack_from(">II", data[start:end].ljust(24, b"\0"), 16)
        return Ico((start, end), width, height, 0, 0, 0)
    if size < _HEADER:
        raise DecodeError("truncated", "the icon ends inside its picture")
    header, width, both, _, depth, coding, _, _, _, used = struct.unpack_from("<IiiHHIIiiI", data, start)
    if header != _HEADER or width <= 0 or depth not in (1, 4, 8, 24, 32) or both % 2 or not both:
        raise DecodeError("damaged-header", "the icon's bitmap describes no picture")
    if coding or both < 0:
        raise Unsupported("icon-bitmap", "the icon's bitmap is compressed, or stored from the top")
    palette = 4 * min(used or 1 << depth, 256) if depth <= 8 else 0
    height = both // 2
    colours = _HEADER + palette + (width * depth + 31) // 32 * 4 * height
    if colours + (depth < _OWN_ALPHA) * (width + 31) // 32 * 4 * height > size:
        raise DecodeError("truncated", "the icon ends inside its picture")
    return Ico((start, end), width, height, depth, palette, colours)


def strip_ico(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """An icon after the metadata policy; its coded picture is never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError, Unsupported
        As `read_ico`, and as `strip_png` for a PNG inside.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    ico = read_ico(data)
    start, end = ico.picture
    removed = set[str]()
    blob = data[start:end]
    if ico.png:
        kept = strip_png(blob, policy=policy, painted=painted)
        blob, removed = kept.data, set(kept.removed)
    else:
        mask = ico.colours + (ico.width + 31) // 32 * 4 * ico.height
        if any(blob[mask:]):
            removed.add("unreferenced")
            blob = blob[:mask]
    if any(data[_DIRECTORY + _ENTRY : start]) or any(data[end:]):
        removed.add("unreferenced")
    return stripped(ico_with(data, blob), removed) if removed else Stripped(data, ())


def ico_with(data: bytes, blob: bytes, depth: int = 0) -> bytes:
    """The icon with another picture, of ``depth`` bits where that changes."""
    entry = bytearray(data[_DIRECTORY : _DIRECTORY + _ENTRY])
    entry[8:16] = struct.pack("<II", len(blob), _DIRECTORY + _ENTRY)
    if depth:
        entry[2], entry[6:8] = 0, struct.pack("<H", depth)
    return data[:_DIRECTORY] + bytes(entry) + blob
