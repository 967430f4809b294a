"""The boxes of a JPEG XL file (ISO/IEC 18181-2), and the metadata policy on them."""

from __future__ import annotations

import struct
from typing import Final

from overpaint.errors import DecodeError
from overpaint.painting._metadata import _exif
from overpaint.painting._metadata._isobmff import IsoBox, boxes
from overpaint.painting._metadata._pictures import xmp_shows_picture
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["is_jxl", "jxl_box", "jxl_boxes", "jxl_codestream", "jxl_with", "strip_jxl"]

_CONTAINER: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
_NAKED: Final = b"\xff\x0a"
_PICTURE: Final = {b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp", b"jxli"}
_NAMES: Final = {b"xml ": "xmp", b"jumb": "jumbf", b"jbrd": "jpeg-reconstruction"}
_MOST_HEADER: Final = 1 << 16


def is_jxl(data: bytes) -> bool:
    """Whether the bytes start like JPEG XL, in boxes or naked."""
    return data[:12] == _CONTAINER or data[:2] == _NAKED


def jxl_boxes(data: bytes) -> list[IsoBox]:
    """The boxes of a file; none where it is a naked codestream.

    Raises
    ------
    DecodeError
        ``not-a-jxl``, ``truncated``, ``no-image-data``.
    """
    if not is_jxl(data):
        raise DecodeError("not-a-jxl", "the file does not begin with JPEG XL's signature")
    if data[:2] == _NAKED:
        return []
    found = list(boxes(data, 0, len(data)))
    if not any(box.kind in {b"jxlc", b"jxlp"} for box in found):
        raise DecodeError("no-image-data", "the JPEG XL has no codestream")
    last = found[-1]
    size = int.from_bytes(data[last.start : last.start + 4], "big")
    if size > len(data) - last.start and last.kind in _PICTURE:
        raise DecodeError("truncated", "the JPEG XL ends inside its codestream")
    return found


def jxl_box(data: bytes, kind: bytes) -> bytes:
    """The payload of the first box of a kind; nothing where there is none."""
    found = next((box for box in jxl_boxes(data) if box.kind == kind), None)
    return data[found.body : found.end] if found else b""


def jxl_codestream(data: bytes) -> bytes:
    """The codestream's beginning, at most 64 KiB of it."""
    found = jxl_boxes(data)
    if not found:
        return data[:_MOST_HEADER]
    parts = [
        data[box.body + (4 if box.kind == b"jxlp" else 0) : box.end] for box in found if box.kind in {b"jxlc", b"jxlp"}
    ]
    return b"".join(part[:_MOST_HEADER] for part in parts[:64])[:_MOST_HEADER]


def jxl_with(data: bytes, exif: bytes, xmp: bytes) -> bytes:
    """The file with an EXIF block and an XMP packet in boxes behind the codestream, as far as they are not empty."""
    if not exif and not xmp:
        return data
    boxed = data if jxl_boxes(data) else _CONTAINER + _box(b"ftyp", b"jxl \0\0\0\0jxl ") + _box(b"jxlc", data)
    return boxed + (_box(b"Exif", bytes(4) + exif) if exif else b"") + (_box(b"xml ", xmp) if xmp else b"")


def strip_jxl(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A JPEG XL after the metadata policy; its codestream is never changed.

    A naked codestream has nothing to remove. What it needs to give back the JPEG it was made from (``jbrd``) holds that
    file's comments and application segments, and goes under `strip` and `keep-safe`.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        As `jxl_boxes`.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    found = jxl_boxes(data)
    removed: set[str] = set()
    pieces: list[bytes] = []
    exif = False
    for box in found:
        whole = data[box.start : box.end]
        if box.kind in _PICTURE:
            pieces.append(whole)
            continue
        if box.kind in {b"free", b"skip"} and not any(data[box.body : box.end]):
            pieces.append(whole)
            continue
        fresh, names = _edited(data, box, known, again=exif)
        exif = exif or box.kind == b"Exif"
        removed |= names
        if fresh is not None:
            pieces.append(fresh)
    if found and found[-1].end < len(data):
        removed.add("unreferenced")
    return stripped(b"".join(pieces), removed) if removed else Stripped(data, ())


def _edited(data: bytes, box: IsoBox, policy: Policy, *, again: bool) -> tuple[bytes | None, set[str]]:
    """What becomes of a box, None if it goes; and the names of what goes."""
    payload = data[box.body : box.end]
    whole = data[box.start : box.end]
    if box.kind == b"Exif":
        block = payload[4 + int.from_bytes(payload[:4], "big") :]
        if policy == "strip" or again:
            return None, _exif.contents(block)
        fresh, names = _exif.technical(block) if policy == "keep-safe" else _exif.without_pictures(block)
        if not names:
            return whole, set()
        return (_box(b"Exif", bytes(4) + fresh) if fresh else None), names
    if policy == "keep" and (box.kind == b"jbrd" or (box.kind == b"xml " and not xmp_shows_picture(payload))):
        return whole, set()
    kind = payload[:4] if box.kind == b"brob" else box.kind
    if policy == "keep" and kind in {b"Exif", b"xml "} and box.kind == b"brob":
        return whole, set()  # painting reads it and writes it anew
    if kind == b"Exif":
        return None, {"exif"}
    names = {_NAMES.get(kind, "vendor-box")}
    return None, names | ({"xmp-image"} if box.kind == b"xml " and xmp_shows_picture(payload) else set())


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload
