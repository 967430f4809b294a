"""A TGA file's parts (Truevision TGA 2.0), and the metadata policy on them.

A TGA is a header of 18 bytes, a text of at most 255, a palette and the pixels. Version 2 has areas behind them, which a
footer points to: the extension area (author, comments, dates, job, software, and a small copy of the picture) and
the developer's, which may hold anything.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._words import Stripped, checked, stripped

__all__ = ["HEADER", "Tga", "is_tga", "read_tga", "strip_tga"]

HEADER: Final = 18
_DEPTHS: Final = {1: (8,), 2: (15, 16, 24, 32), 3: (8, 16)}
_ENTRIES: Final = (15, 16, 24, 32)
_ALPHA: Final = {8: (0, 8), 15: (0, 1), 16: (0, 1, 8), 24: (0,), 32: (0, 8)}
_SIGNATURE: Final = b"TRUEVISION-XFILE.\0"
_FOOTER: Final = 26
_EXTENSION: Final = 495
_ASPECT, _KIND_OF_ALPHA = slice(474, 482), 494
"""In the extension area: the pixels' shape and the gamma; whether the fourth channel is an opacity."""


class Tga(NamedTuple):
    """What the header says, and where the parts lie.

    ``kind`` is 1 for numbers of a palette, 2 for colours, 3 for grey; ``runs`` says that run lengths are counted.
    ``palette`` and ``picture`` are ranges of the file, ``tail`` what is written behind them: the extension area
    without its texts where it tells what the fourth channel is, and the footer.
    """

    kind: int
    runs: bool
    width: int
    height: int
    depth: int
    flags: int
    entry: int
    palette: tuple[int, int]
    picture: tuple[int, int]
    extension: bytes
    footer: bool

    @property
    def pixel(self) -> int:
        """Bytes of a pixel."""
        return (self.depth + 7) // 8


def is_tga(data: bytes) -> bool:
    """Whether all fields of the first 18 bytes make sense together: TGA has no signature there."""
    if len(data) < HEADER or data[1] > 1 or data[2] & ~8 not in _DEPTHS:
        return False
    kind, depth, flags = data[2] & 7, data[16], data[17]
    first, entries, entry = struct.unpack_from("<HHB", data, 3)
    told = entry in _ENTRIES and first + entries <= 65_536 if data[1] else not (first or entries or entry)
    width, height = struct.unpack_from("<HH", data, 12)
    fits = depth in _DEPTHS[kind] and not flags >> 6 and flags & 15 in _ALPHA[depth]
    return bool((told and kind != 1) or (data[1] and told)) and fits and width > 0 and height > 0


def read_tga(data: bytes) -> Tga:
    """Read the headers, and find the end of the pixels.

    Raises
    ------
    DecodeError
        ``not-a-tga``; ``truncated``: the data end before the picture does; ``damaged-data``: a run leaves the picture.
    """
    if not is_tga(data):
        raise DecodeError("not-a-tga", "the file does not begin with a header of TGA")
    kind, runs, depth = data[2] & 7, bool(data[2] & 8), data[16]
    _, entries, entry = struct.unpack_from("<HHB", data, 3)
    width, height = struct.unpack_from("<HH", data, 12)
    palette = HEADER + data[0], HEADER + data[0] + (entry + 7) // 8 * entries * data[1]
    pixel, pixels = (depth + 7) // 8, width * height
    end = _end_of_runs(data, palette[1], pixel, pixels) if runs else palette[1] + pixels * pixel
    if end > len(data):
        raise DecodeError("truncated", "the TGA ends inside its picture")
    footer = data[end:].endswith(_SIGNATURE) and len(data) - end >= _FOOTER
    at = int.from_bytes(data[-_FOOTER : 4 - _FOOTER], "little") if footer else 0
    extension = data[at : at + _EXTENSION] if end <= at <= len(data) - _FOOTER - _EXTENSION else b""
    return Tga(kind, runs, width, height, depth, data[17], entry, palette, (palette[1], end), extension, footer)


def _end_of_runs(data: bytes, at: int, pixel: int, pixels: int) -> int:
    """Behind the last packet of the picture; each is one byte and then one pixel, or as many as it says."""
    size = len(data)
    if (size - at) * 128 < pixels:
        raise DecodeError("truncated", "the TGA's data cannot give as many pixels as its header announces")
    while pixels > 0 and at < size:
        count = (data[at] & 127) + 1
        at += 1 + (pixel if data[at] & 128 else count * pixel)
        pixels -= count
    if pixels > 0:
        raise DecodeError("truncated", "the TGA ends inside its picture")
    if pixels < 0:
        raise DecodeError("damaged-data", "a run of the TGA's pixels leaves the picture")
    return at


def strip_tga(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A TGA after the metadata policy; its picture and palette are never changed.

    A painted file keeps no areas under any policy: both may hold the picture a second time.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        As `read_tga`.
    Unsupported
        ``broken-footer``: the areas that it points to are not in the file.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    tga = read_tga(data)
    texts = b"" if known != "keep" else data[HEADER : tga.palette[0]]
    tail = _tail(tga, HEADER + len(texts) + tga.picture[1] - tga.palette[0])
    removed = {"comment"} if data[0] and not texts else set[str]()
    behind = data[tga.picture[1] :]
    if removed or behind != tail:
        removed |= _behind(behind, tga)
        if not removed and len(behind) == len(tail):
            return Stripped(data, ())
        head = bytes((len(texts),)) + data[1:HEADER] + texts
        return stripped(head + data[tga.palette[0] : tga.picture[1]] + tail, removed or {"data-after-end"})
    return Stripped(data, ())


def _behind(behind: bytes, tga: Tga) -> set[str]:
    """What goes from behind the picture, by name."""
    if not tga.footer:
        return {"data-after-end"} if behind else set()
    extension, developer = struct.unpack_from("<II", behind, len(behind) - _FOOTER)
    names = set[str]()
    if developer:
        names.add("tga-developer")
    if extension and not tga.extension:
        raise Unsupported("broken-footer", "the TGA's footer points to an extension area that is not there")
    if tga.extension and tga.extension != _emptied(tga.extension):
        names.add("tga-extension")
    known = _FOOTER + (_EXTENSION if tga.extension else 0)
    if not names and len(behind) > known:
        names.add("data-after-end")
    return names


def _tail(tga: Tga, at: int) -> bytes:
    """What is written behind the picture, which ends ``at``."""
    if not tga.footer:
        return b""
    extension = _emptied(tga.extension) if tga.extension else b""
    return extension + struct.pack("<II", at if extension else 0, 0) + _SIGNATURE


def _emptied(extension: bytes) -> bytes:
    """The extension area with what shows the picture aright, and nothing else."""
    fresh = bytearray(_EXTENSION)
    fresh[:2] = struct.pack("<H", _EXTENSION)
    fresh[_ASPECT] = extension[_ASPECT]
    fresh[_KIND_OF_ALPHA] = extension[_KIND_OF_ALPHA]
    return bytes(fresh)
