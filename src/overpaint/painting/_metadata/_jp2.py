"""The boxes and the codestream of a JPEG 2000 (ISO/IEC 15444-1, annexes A and I), and the metadata policy on them."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._isobmff import IsoBox, boxes
from overpaint.painting._metadata._pictures import xmp_shows_picture
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["Jp2", "is_jp2", "jp2_with", "read_jp2", "strip_jp2"]

_SIGNATURE: Final = b"\0\0\0\x0cjP  \r\n\x87\n"
_STREAM: Final = b"\xff\x4f\xff\x51"
_PICTURE: Final = {b"jP  ", b"ftyp", b"jp2h", b"jp2c"}
_HEADERS: Final = {b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "}
_UUIDS: Final = {
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03"): "geotiff",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
}
_COMMENT, _START_OF_TILE, _START_OF_DATA, _END = 0xFF64, 0xFF90, 0xFF93, 0xFFD9
_SEGMENTS: Final = 65_536
_LEAST: Final = 42
"""Bytes of a codestream up to where its number of components has been told."""


class Jp2(NamedTuple):
    """What the codestream's first segment says.

    ``stream`` is the codestream's range in the file; ``plain`` says that all components have the same number of
    unsigned bits and a sample for each pixel, and that the picture begins where its grid does.
    """

    width: int
    height: int
    channels: int
    depth: int
    plain: bool
    stream: tuple[int, int]


def is_jp2(data: bytes) -> bool:
    """Whether the bytes start like JPEG 2000, in boxes or naked."""
    return data[:12] == _SIGNATURE or data[:4] == _STREAM


def read_jp2(data: bytes) -> Jp2:
    """Read the codestream's first segment.

    Raises
    ------
    DecodeError
        ``not-a-jp2``, ``no-image-data``, ``damaged-header``.
    Unsupported
        ``several-pictures``: more codestreams than one.
    """
    start, end = _stream(data, _boxes(data))
    if data[start : start + 4] != _STREAM or end - start < _LEAST:
        raise _damaged()
    length, _, right, low, left, top = struct.unpack_from(">HH4I", data, start + 4)
    (channels,) = struct.unpack_from(">H", data, start + 40)
    parts = data[start + 42 : start + 42 + 3 * channels]
    if not channels or length != 38 + 3 * channels or len(parts) < 3 * channels or right <= left or low <= top:
        raise _damaged()
    alike = all(parts[at : at + 3] == parts[:3] for at in range(0, len(parts), 3))
    plain = alike and parts[1:3] == b"\1\1" and not parts[0] & 128 and not left and not top
    return Jp2(right - left, low - top, channels, (parts[0] & 127) + 1, plain, (start, end))


def _damaged() -> DecodeError:
    return DecodeError("damaged-header", "the JPEG 2000's codestream does not say what its picture is")


def _boxes(data: bytes) -> list[IsoBox]:
    """The boxes of a file; none where it is a naked codestream."""
    if not is_jp2(data):
        raise DecodeError("not-a-jp2", "the file does not begin with JPEG 2000's signature")
    return [] if data[:4] == _STREAM else list(boxes(data, 0, len(data)))


def _stream(data: bytes, found: list[IsoBox]) -> tuple[int, int]:
    if data[:4] == _STREAM:
        return 0, len(data)
    streams = [box for box in found if box.kind == b"jp2c"]
    if not streams:
        raise DecodeError("no-image-data", "the JPEG 2000 has no codestream")
    if len(streams) > 1:
        raise Unsupported("several-pictures", "the file holds several codestreams; split it")
    return streams[0].body, streams[0].end


def strip_jp2(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A JPEG 2000 after the metadata policy; its coded picture is never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`. A painted file keeps of its boxes only texts without a picture, and only under ``keep``.

    Raises
    ------
    DecodeError, Unsupported
        As `read_jp2`.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    found = _boxes(data)
    start, end = _stream(data, found)
    stream, removed = _told(data[start:end]) if known != "keep" else (data[start:end], set[str]())
    pieces = list[bytes]() if found else [stream]
    for box in found:
        whole = data[box.start : box.end]
        if box.kind == b"jp2c":
            pieces.append(_box(b"jp2c", stream) if stream != data[start:end] else whole)
        elif box.kind == b"jp2h":
            pieces.append(_header(data, box, whole, removed))
        elif box.kind in _PICTURE or (box.kind in {b"free", b"skip"} and not any(data[box.body : box.end])):
            pieces.append(whole)
        else:
            name = _name(box.kind, data[box.body : box.end], known)
            removed |= {name} if name else set()
            pieces += [] if name else [whole]
    if found and found[-1].end < len(data):
        removed.add("unreferenced")
    return stripped(b"".join(pieces), removed) if removed else Stripped(data, ())


def _header(data: bytes, box: IsoBox, whole: bytes, removed: set[str]) -> bytes:
    inner = list(boxes(data, box.body, box.end))
    if all(part.kind in _HEADERS for part in inner) and inner and inner[-1].end == box.end:
        return whole
    removed.add("vendor-box")
    return _box(b"jp2h", b"".join(data[part.start : part.end] for part in inner if part.kind in _HEADERS))


def _name(kind: bytes, payload: bytes, policy: Policy) -> str:
    """Under which name a box goes; nothing where it stays."""
    if kind == b"xml ":
        return "" if policy == "keep" and not xmp_shows_picture(payload) else "xmp"
    if kind == b"uuid":
        name = _UUIDS.get(payload[:16], "vendor-box")
        return "" if policy == "keep" and name == "xmp" and not xmp_shows_picture(payload) else name
    return "vendor-box"


def _told(stream: bytes) -> tuple[bytes, set[str]]:
    """A codestream without its comments: cut out of the main header, blank in the headers of tiles.

    Lengths of tiles are told in several places; nothing tells that of the main header.
    """
    out, at, removed = bytearray(stream[:2]), 2, set[str]()
    for _ in range(_SEGMENTS):
        marker = int.from_bytes(stream[at : at + 2], "big")
        if marker in (_START_OF_TILE, _END) or marker < 0xFF00 or at + 4 > len(stream):
            break
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if marker == _COMMENT:
            removed.add("comment")
        else:
            out += stream[at:end]
        at = end
    tail = bytearray(stream[at:])
    if _blanked(tail):
        removed.add("comment")
    return bytes(out + tail), removed


def _blanked(tiles: bytearray) -> bool:
    """Overwrite the comments in the headers of tiles; whether there were any."""
    at, found = 0, False
    for _ in range(_SEGMENTS):
        if int.from_bytes(tiles[at : at + 2], "big") != _START_OF_TILE or at + 12 > len(tiles):
            break
        length = int.from_bytes(tiles[at + 6 : at + 10], "big")
        here, end = at + 12, at + length if length else len(tiles)
        while here + 4 <= min(end, len(tiles)):
            marker, size = struct.unpack_from(">HH", tiles, here)
            if marker == _START_OF_DATA or size < 2:
                break
            text = slice(here + 6, min(here + 2 + size, len(tiles)))
            if marker == _COMMENT and any(tiles[text]):
                tiles[text] = bytes(text.stop - text.start)
                found = True
            here += 2 + size
        if end <= at:
            break
        at = end
    return found


def jp2_with(data: bytes, stream: bytes) -> bytes:
    """The file with another codestream in the place of the one it has."""
    found = _boxes(data)
    if not found:
        return stream
    return b"".join(_box(b"jp2c", stream) if box.kind == b"jp2c" else data[box.start : box.end] for box in found)


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload
