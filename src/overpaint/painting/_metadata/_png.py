"""The metadata policy on a PNG: which chunks stay, which are reduced, which go."""

from __future__ import annotations

import zlib

from overpaint.painting._metadata import _exif
from overpaint.painting._metadata._chunks import SIGNATURE, Chunk, chunk, is_animated_png, read_chunks
from overpaint.painting._metadata._pictures import picture_in, xmp_shows_picture
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["png_orientation", "strip_png"]

_SHOWN = {
    b"tRNS": 256,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"cICP": 4,
    b"mDCV": 24,
    b"mDCv": 24,
    b"cLLI": 8,
    b"cLLi": 8,
    b"sBIT": 4,
    b"bKGD": 6,
    b"pHYs": 9,
    b"hIST": 512,
    b"iCCP": 1 << 24,
}
"""Chunks that say how the picture is shown, and the most bytes they can have."""

_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
_TEXT = (b"tEXt", b"zTXt", b"iTXt")
_PLAIN = (b"oFFs", b"pCAL", b"sCAL", b"sPLT", b"sTER", b"tIME")
"""Registered chunks that cannot hold a picture."""
_NAMED = {b"tIME": "time", b"caBX": "jumbf"}
_XMP = b"XML:com.adobe.xmp"
_PROFILES = {b"exif": "exif", b"APP1": "exif", b"app1": "exif", b"iptc": "iptc", b"8bim": "photoshop", b"xmp": "xmp"}
_MOST_TEXT, _MOST_INFLATION = 1 << 22, 64
"""The most bytes a packed text may give, in all and for each of its own: words do not shrink further."""


def strip_png(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A PNG after the metadata policy; its image data are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`. An animated PNG keeps its frames.

    Raises
    ------
    DecodeError
        The file is no PNG, is cut off in the picture, or a critical chunk is damaged.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    whole, animated = read_chunks(data), is_animated_png(data)
    view, removed = memoryview(data), set[str]()
    pieces: list[bytes | memoryview] = [SIGNATURE]
    last, ended, told = b"", False, False
    for found in whole.chunks:
        ended = ended or (last == b"IDAT" and found.kind != b"IDAT")
        last = found.kind
        if found.kind == b"IDAT" and ended:
            removed.add("stray-bytes")
            continue
        if found.critical:
            pieces.append(view[found.start : found.end])
            continue
        if found.kind == b"eXIf" and found.sound and not told:
            told = True
            fresh, names = _edited_exif(data[found.start + 8 : found.end - 4], known)
            if names:
                removed |= names
                pieces.append(chunk(b"eXIf", fresh) if fresh else b"")
                continue
        elif names := _reasons(found, data, known, animated=animated):
            removed |= names
            continue
        pieces.append(view[found.start : found.end])
    if whole.end < len(data):
        removed.add("data-after-iend")
    if not removed:
        return Stripped(data, ())
    if not whole.closed:
        pieces.append(chunk(b"IEND", b""))
    return stripped(b"".join(pieces), removed)


def png_orientation(data: bytes) -> int:
    """The orientation of the first eXIf chunk, 1 to 8; 1 where the file says none.

    Raises
    ------
    DecodeError
        As `strip_png`.
    """
    found = next((c for c in read_chunks(data).chunks if c.kind == b"eXIf" and c.sound), None)
    return _exif.orientation(data[found.start + 8 : found.end - 4]) if found else 1


def _edited_exif(block: bytes, policy: Policy) -> tuple[bytes, set[str]]:
    if policy == "keep":
        return _exif.without_pictures(block)
    if policy == "keep-safe":
        return _exif.technical(block)
    fresh = _exif.minimal(block)
    return fresh, set() if fresh == block else _exif.contents(block)


def _reasons(found: Chunk, data: bytes, policy: Policy, *, animated: bool) -> set[str]:
    """Under which names an ancillary chunk goes; none where it stays."""
    size = found.end - found.start - 12
    if found.kind in _ANIMATION:
        # leftovers that no viewer plays were never looked at
        return set() if animated else {"animation"}
    if not found.sound or size > _SHOWN.get(found.kind, size):
        return {"broken-chunk"}
    if found.kind in _SHOWN:
        return set()
    payload = data[found.start + 8 : found.end - 4]
    if found.kind in _TEXT:
        names, shows = _text(found.kind, payload)
        return names if policy != "keep" or shows else set()
    if policy == "keep" and found.kind in _PLAIN:
        return set()
    return _exif.contents(payload) if found.kind == b"eXIf" else {_NAMED.get(found.kind, "vendor-chunk")}


def _text(kind: bytes, payload: bytes) -> tuple[set[str], bool]:
    """What a text chunk is called, and whether it may show the picture.

    A profile written in hexadecimal (ImageMagick's "Raw profile type") counts as one that may, unless it is IPTC.
    """
    keyword, _, rest = payload.partition(b"\0")
    packed = rest[:1] == b"\1" if kind == b"iTXt" else kind == b"zTXt"
    if kind == b"iTXt":
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    elif kind == b"zTXt":
        rest = rest[1:]
    text: bytes | None = _inflated(rest) if packed else rest
    if text is None:
        return {"text"}, True  # what cannot be read cannot be told from a picture
    if keyword == _XMP:
        return ({"xmp", "xmp-image"}, True) if xmp_shows_picture(text) else ({"xmp"}, False)
    if keyword.startswith(b"Raw profile type "):
        name = _PROFILES.get(keyword[17:], "text")
        return {name}, name != "iptc"
    picture = picture_in(text)
    return ({"text", picture}, True) if picture else ({"text"}, False)


def _inflated(packed: bytes) -> bytes | None:
    """The text, None where it is damaged or larger than any text has reason to be."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(packed, min(_MOST_TEXT, 1024 + _MOST_INFLATION * len(packed)))
    except zlib.error:
        return None
    return text if stream.eof else None
