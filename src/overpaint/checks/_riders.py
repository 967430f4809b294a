"""What rides along beside the picture: previews, places, notes and words that the metadata policy takes out."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, Literal, get_args

from overpaint.checks._blocks import JPEG, Segment, Walk
from overpaint.checks._exif import Exif, read_exif
from overpaint.checks._verdict import Problem

__all__ = ["XMP_PICTURES", "Policy", "exif_of", "icc_of", "riders"]

Policy = Literal["strip", "keep-safe", "keep"]

_EXIF, _ICC, _MPF, _FPXR = b"Exif\0\0", b"ICC_PROFILE\0", b"MPF\0", b"FPXR\0"
_XMP, _XMP_MORE = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_APP0, _APP1, _APP2, _APP11, _APP13, _APP14, _COM = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xFE
# Photoshop resources: thumbnails (0x0409 old, 0x040C), IPTC, the XMP and EXIF copies.
_PS_THUMBNAILS, _PS_IPTC, _PS_EXIF, _PS_XMP = frozenset({0x0409, 0x040C}), 0x0404, frozenset({0x0422, 0x0423}), 0x0424
XMP_PICTURES = (b"xmpGImg:image", b"xapGImg:image", b"GDepth:Data", b"GImage:Data", b"GDepth:Confidence")
# What PNG 3 says about showing the picture; it tells nothing about anyone.
_PNG_PLAIN = frozenset(
    {b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"sPLT", b"cICP", b"mDCV", b"cLLI"}
)
_PNG_TEXT: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_PNG_FRAMES: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
_INFLATED_MOST = 1 << 24


def exif_of(walk: Walk) -> Exif:
    """What the file's EXIF blocks hold together; the orientation is the first block's."""
    found = [read_exif(block) for block in _exif_blocks(walk)]
    if not found:
        return Exif()
    return Exif(
        orientation=found[0].orientation,
        location=any(e.location for e in found),
        maker_note=any(e.maker_note for e in found),
        preview=any(e.preview for e in found),
        text=any(e.text for e in found),
        other=any(e.other for e in found),
    )


def icc_of(walk: Walk) -> bytes:
    """The colour profile's bytes, without what only transports them; empty where there is none."""
    parts = sorted(
        (s.payload[12], s.payload[14:])
        for s in walk.metadata
        if s.name == _APP2 and s.payload.startswith(_ICC) and len(s.payload) > 14
    )
    chunk = next((s.payload for s in walk.metadata if s.name == b"iCCP"), b"")
    return b"".join(part for _, part in parts) or _inflated(chunk.partition(b"\0")[2])


def riders(data: bytes, walk: Walk, *, policy: Policy, faces: bool, moving: bool = False) -> Iterator[Problem]:
    """What is in a written file against the policy.

    Parameters
    ----------
    data, walk
        The written file, and the same taken apart.
    policy
        ``strip``: nothing stays but what shows the picture (colour profile, Adobe marker, orientation, plain JFIF).
        ``keep-safe``: technical tags may stay, no place, note, text, preview. ``keep``: everything may stay but, where
        ``faces`` were painted, what shows the picture a second time.
    faces
        Whether faces were painted.
    moving
        Whether the file is an animation whose frames are checked like any picture.
    """
    if policy not in get_args(Policy):
        raise ValueError(f"metadata={policy!r} is none of {', '.join(get_args(Policy))}")
    if policy == "keep" and not faces:
        return
    exif = exif_of(walk)
    yield from _previews(data, walk, exif, frames=faces and not moving)
    if policy == "keep":
        return
    if exif.location:
        yield Problem("location-left", "GPS tags in EXIF")
    if exif.maker_note:
        yield Problem("maker-note-left", "MakerNote in EXIF")
    if exif.text:
        yield Problem("text-left", "words in EXIF")
    if policy == "strip" and exif.other:
        yield Problem("metadata-left", "EXIF tags beside the orientation")
    for segment in walk.metadata:
        problem = _png_chunk(segment, policy) if isinstance(segment.name, bytes) else _jpeg_segment(segment, policy)
        if problem:
            yield problem


def _exif_blocks(walk: Walk) -> Iterator[bytes]:
    for segment in walk.metadata:
        if segment.name == _APP1 and segment.payload.startswith(_EXIF):
            yield segment.payload[6:]
        elif segment.name == b"eXIf":
            yield segment.payload.removeprefix(_EXIF)


def _previews(data: bytes, walk: Walk, exif: Exif, *, frames: bool) -> Iterator[Problem]:
    if exif.preview:
        yield Problem("preview-left", "a picture in EXIF")
    if walk.trailing:
        yield Problem("trailing-data", f"{walk.trailing} bytes after the end of the image")
    names = {segment.name for segment in walk.metadata}
    # One frame that is the picture itself hides nothing.
    frames = frames and not (b"fcTL" in names and b"fdAT" not in names)
    for segment in walk.metadata:
        # Where nothing was painted, an animation is the picture itself.
        if segment.name in _PNG_FRAMES and frames:
            yield Problem("animation-left", f"chunk {_shown(segment)}")
            return
        what = _preview_in(segment)
        if what:
            yield Problem("preview-left", what)
    if data.find(JPEG, 2, walk.head) >= 0 and not exif.preview:
        yield Problem("preview-left", "the start of a JPEG before the coded data")


def _preview_in(segment: Segment) -> str | None:
    name, payload = segment.name, segment.payload
    if name == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 14 and payload[12] and payload[13]:
        return "a thumbnail in JFIF" if any(payload[14:]) else None
    if name == _APP0 and payload.startswith(b"JFXX\0"):
        return "a thumbnail in JFXX"
    if name == _APP2 and payload.startswith((_MPF, _FPXR)):
        return f"{payload[:4].decode('ascii')}, an index of further pictures"
    if name == _APP11:
        return "a JUMBF box (C2PA), which holds thumbnails"
    if name == _APP1 and (payload.startswith(_XMP_MORE) or any(word in payload for word in XMP_PICTURES)):
        return "a picture in XMP"
    if name == _APP13 and payload.startswith(_PHOTOSHOP):
        thumbnails = [body for number, body in _resources(payload[14:]) if number in _PS_THUMBNAILS]
        # A Photoshop thumbnail is 28 bytes of header and a JPEG; zeros in its place show nothing.
        return "a thumbnail in Photoshop resources" if any(any(body[28:]) for body in thumbnails) else None
    if name in {b"caBX", b"iTXt"} and (name == b"caBX" or any(word in payload for word in XMP_PICTURES)):
        return f"a picture in chunk {_shown(segment)}"
    return None


def _jpeg_segment(segment: Segment, policy: Policy) -> Problem | None:
    name, payload = segment.name, segment.payload
    if name == _COM:
        return Problem("text-left", "a comment")
    if name == _APP1 and payload.startswith(_XMP):
        return Problem("text-left", "XMP")
    if name == _APP13 and payload.startswith(_PHOTOSHOP):
        numbers = {number for number, _ in _resources(payload[14:])}
        if policy == "strip" or numbers & {_PS_IPTC, _PS_XMP, *_PS_EXIF}:
            return Problem("text-left", "IPTC, XMP or EXIF in Photoshop resources")
        return None
    if name == _APP0 or (name == _APP1 and payload.startswith(_EXIF)):
        return None if payload.startswith((b"JFIF\0", b"JFXX\0", _EXIF)) else Problem("metadata-left", "APP0")
    if name == _APP2 and payload.startswith((_ICC, _MPF, _FPXR)):
        return None  # the profile stays; the others are previews and were told as such
    if name in {_APP14, _APP11}:
        return None if name == _APP11 or payload.startswith(b"Adobe") else Problem("metadata-left", "APP14")
    return Problem("metadata-left", f"APP{int(name) - _APP0}") if isinstance(name, int) else None


def _png_chunk(segment: Segment, policy: Policy) -> Problem | None:
    if segment.name in _PNG_TEXT:
        return Problem("text-left", f"chunk {_shown(segment)}")
    if segment.name in _PNG_PLAIN or segment.name in _PNG_FRAMES or segment.name in {b"eXIf", b"caBX"}:
        return None
    if segment.name == b"tIME" and policy != "strip":
        return None
    return Problem("metadata-left", f"chunk {_shown(segment)}")


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Photoshop image resources: number and content (Photoshop File Formats Specification)."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] == b"8BIM":
        (number, length) = struct.unpack_from(">HB", data, at + 4)
        at += 6 + (length + 2) // 2 * 2
        if at + 4 > len(data):
            return
        (size,) = struct.unpack_from(">I", data, at)
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + (size + 1) // 2 * 2


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[1:], _INFLATED_MOST) if data[:1] == b"\0" else b""
    except zlib.error:
        return b""  # no decoder shows a profile that cannot be inflated


def _shown(segment: Segment) -> str:
    name = segment.name
    return name.decode("ascii", "replace") if isinstance(name, bytes) else f"{name:#x}"
