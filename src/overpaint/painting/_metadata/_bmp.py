"""A BMP file's parts, and the metadata policy on them (Windows' BITMAPINFOHEADER to BITMAPV5HEADER, OS/2 1 and 2)."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._words import Stripped, checked, stripped

__all__ = ["Bmp", "is_bmp", "laid_out", "read_bmp", "strip_bmp"]

FILE_HEADER: Final = 14
_WINDOWS: Final = (40, 52, 56, 108, 124)
_OS2: Final = (12, *range(16, 65))
_DEPTHS: Final = {0: (1, 2, 4, 8, 16, 24, 32), 1: (8,), 2: (4,), 3: (16, 32), 6: (16, 32)}
"""Bits of a pixel, for each way to store them: plain, RLE8, RLE4, bit fields, bit fields with alpha."""
_MASKED: Final = (3, 6)
RUN_LENGTHS: Final = (1, 2)
_PLAIN_MASKS: Final = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}
_LINKED, _EMBEDDED, _SRGB = b"KNIL", b"DEBM", b"BGRs"
_SPACE, _PROFILE = 70, 126
"""Where a V5 header says the colour space, and offset and size of the profile."""


class Bmp(NamedTuple):
    """What the headers say, and where the parts lie.

    ``palette`` and ``picture`` are ranges of the file, ``profile`` that of an embedded or linked profile (empty where
    there is none); ``masks`` are the bits of red, green and blue. The rows of a picture begin at the bottom unless
    it is ``top_down``.
    """

    header: int
    width: int
    height: int
    top_down: bool
    depth: int
    compression: int
    masks: tuple[int, ...]
    entry: int
    palette: tuple[int, int]
    picture: tuple[int, int]
    profile: tuple[int, int]
    linked: bool

    @property
    def stride(self) -> int:
        """Bytes of a row."""
        return (self.width * self.depth + 31) // 32 * 4


def is_bmp(data: bytes) -> bool:
    """Whether the bytes start like a BMP file."""
    return data[:2] == b"BM"


def read_bmp(data: bytes) -> Bmp:
    """Read the headers.

    Raises
    ------
    DecodeError
        ``not-a-bmp``, ``truncated-header``, ``damaged-header``, ``truncated`` where no picture follows.
    Unsupported
        ``bmp-compression``: a JPEG, a PNG or a fax inside.
    """
    if not is_bmp(data):
        raise DecodeError("not-a-bmp", "the file does not begin with BMP's signature")
    header = int.from_bytes(data[14:18], "little")
    if len(data) < 26 or len(data) < FILE_HEADER + header:
        raise DecodeError("truncated-header", "the BMP ends in its header")
    if header not in _WINDOWS and header not in _OS2:
        raise _damaged()
    width, height, depth, compression, colours = _facts(data, header)
    if (compression in (4, 5)) or (compression == 3 and header not in _WINDOWS):
        raise Unsupported("bmp-compression", "the BMP holds a JPEG, a PNG or a fax")
    if width <= 0 or not height or depth not in _DEPTHS.get(compression, ()):
        raise _damaged()
    head = FILE_HEADER + header + ({3: 12, 6: 16}.get(compression, 0) if header == 40 else 0)
    entry = 3 if header == 12 else 4
    colours = colours or (1 << depth if depth <= 8 else 0)
    offset = int.from_bytes(data[10:14], "little") or head + entry * colours
    if offset < head:
        raise _damaged()
    if offset >= len(data):
        raise DecodeError("truncated", "the BMP ends before its picture")
    palette = head, head + entry * min(colours, (offset - head) // entry)
    stride = (width * depth + 31) // 32 * 4
    end = offset + stride * abs(height)
    if compression in RUN_LENGTHS:
        end = _end_of_runs(data, offset, 2 if compression == 2 else 1)
    picture = offset, min(end, len(data))
    masks = struct.unpack_from("<3I", data, 54) if compression in _MASKED else _PLAIN_MASKS.get(depth, ())
    profile = _profile(data, header, palette[1], picture)
    return Bmp(
        header, width, abs(height), height < 0, depth, compression, masks, entry, palette, picture, profile,
        linked=header == 124 and data[_SPACE : _SPACE + 4] == _LINKED,
    )  # fmt: skip


def _facts(data: bytes, header: int) -> tuple[int, int, int, int, int]:
    if header == 12:
        width, height, _, depth = struct.unpack_from("<4H", data, 18)
        return width, height, depth, 0, 0
    fields = data[18 : FILE_HEADER + header].ljust(36, b"\0")
    width, height, _, depth, compression, _, _, _, colours = struct.unpack_from("<iiHHIIiiI", fields)
    return width, height, depth, compression, colours


def _end_of_runs(data: bytes, at: int, pixels: int) -> int:
    """Behind the mark that ends a run-length picture of ``pixels`` a byte; the file's end where there is none."""
    size = len(data)
    while at + 1 < size:
        count, value = data[at], data[at + 1]
        at += 2
        if not count and value == 1:
            return at
        if not count and value == 2:
            at += 2
        elif not count and value > 2:
            length = -(-value // pixels)
            at += length + (length & 1)
    return size


def _profile(data: bytes, header: int, free: int, picture: tuple[int, int]) -> tuple[int, int]:
    """Where a profile lies, between the other parts and in the file."""
    if header != 124 or data[_SPACE : _SPACE + 4] not in (_LINKED, _EMBEDDED):
        return 0, 0
    start, size = struct.unpack_from("<2I", data, _PROFILE)
    start += FILE_HEADER
    end = start + size
    between = free <= start and end <= picture[0]
    return (start, end) if size and (between or picture[1] <= start) and end <= len(data) else (0, 0)


def _damaged() -> DecodeError:
    return DecodeError("damaged-header", "the BMP's header describes no picture that the format knows")


def strip_bmp(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A BMP after the metadata policy; its picture and palette are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError, Unsupported
        As `read_bmp`.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    bmp = read_bmp(data)
    removed = set[str]()
    if bmp.linked and known != "keep":
        removed.add("linked-profile")
    kept = sorted([(0, bmp.palette[1]), bmp.picture, *([bmp.profile] if any(bmp.profile) else [])])
    after = [(end, start) for (_, end), (start, _) in pairwise(kept)]
    if any(_told(data, *gap) for gap in after):
        removed.add("stray-bytes")
    if _told(data, kept[-1][1], len(data)):
        removed.add("data-after-end")
    if not removed:
        return Stripped(data, ())
    head = bytearray(data[: bmp.palette[1]])
    profile = b"" if "linked-profile" in removed else data[slice(*bmp.profile)]
    if "linked-profile" in removed:
        head[_SPACE : _SPACE + 4] = _SRGB
        head[_PROFILE : _PROFILE + 8] = bytes(8)
    return stripped(laid_out(head, data[slice(*bmp.picture)], profile), removed)


def _told(data: bytes, start: int, end: int) -> bool:
    """Whether anything but zeros, which writers put in for alignment, lies there."""
    return bool(data[start:end].strip(b"\0"))


def laid_out(head: bytearray, picture: bytes | bytearray, profile: bytes) -> bytes:
    """A file of headers and palette, picture and profile, one behind the other; the header is told of their places."""
    places = len(head), len(head) + len(picture)
    head[2:6] = struct.pack("<I", min(places[1] + len(profile), 0xFFFFFFFF))
    head[10:14] = struct.pack("<I", places[0])
    if profile:
        head[_PROFILE : _PROFILE + 4] = struct.pack("<I", places[1] - FILE_HEADER)
    return b"".join([head, picture, profile])
