"""Finding pictures inside metadata by what they look like, wherever a maker has put them."""

from __future__ import annotations

import re

from overpaint.errors import DecodeError
from overpaint.painting._metadata._segments import walk

__all__ = ["blank_pictures", "picture_in", "whole_jpeg_at", "xmp_shows_picture"]

# Minolta's previews have a wrong first byte, hence the second form of a JPEG.
_MAGIC = re.compile(
    rb"(?P<jpeg>\xff\xd8\xff|(?s:.)\xd8\xff[\xc0\xc4\xdb\xe0\xe1\xee])"
    rb"|\x89PNG\r\n\x1a\n|RIFF(?s:.{4})WEBP|GIF8[79]a|(?s:.{4})ftyp(?:heic|heix|mif1|msf1|avif)"
    rb"|\0\0\0\x0c(?:JXL |jP  )\r\n\x87\n"
    rb"|(?P<text>/9j/[A-Za-z0-9+/]{8}|iVBORw0KGgo|UklGR[A-Za-z0-9+/]{8})"
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=_-]{200}|(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/=_-]{40,}+(?:\s|&#\w{1,6};)*+){5}")
_IN_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=\\\s]|&#\w{1,6};)*+")
_XMP_PICTURES = re.compile(
    rb"(?i)xmpGImg|xap/1\.0/g/img|GDepth|GImage|DepthMap|dynamicDepth|MicroVideo|MotionPhoto|/Container:|"
    rb"<Container:|hdrgm:|hdr-gain-map|HasExtendedXMP|HDRGainMap|apdi:"
)


def picture_in(payload: bytes | bytearray) -> str | None:
    """``nested-jpeg`` or ``nested-image`` where a payload holds a picture or a long run of base64, else None."""
    if match := _MAGIC.search(payload):
        return "nested-jpeg" if match["jpeg"] else "nested-image"
    return "nested-image" if _BASE64.search(payload) else None


def xmp_shows_picture(packet: bytes | bytearray) -> bool:
    """Whether an XMP packet holds a picture or a depth map, or points to one elsewhere in the file."""
    text = packet.replace(b"\0", b"")
    return bool(_XMP_PICTURES.search(text)) or picture_in(text) is not None


def blank_pictures(buffer: bytearray) -> set[str]:
    """Overwrite every picture in the buffer with zeros where it lies; the names of what was found.

    A JPEG goes up to its end marker where one can be found by walking it, everything else to the buffer's end.
    """
    found: set[str] = set()
    match = _MAGIC.search(buffer)
    while match:
        start, kind = match.start(), match.lastgroup
        if kind == "text":
            end = _IN_BASE64.match(buffer, start).end()  # type: ignore[union-attr]  # it matches the empty string
        else:
            end = _jpeg_end(buffer, start) if kind == "jpeg" else len(buffer)
        buffer[start:end] = bytes(end - start)
        found.add("nested-jpeg" if kind == "jpeg" else "nested-image")
        match = _MAGIC.search(buffer, end)
    return found


def whole_jpeg_at(payload: bytes, start: int) -> bool:
    """Whether a whole JPEG header stands at ``start``, and not three bytes that look like its beginning."""
    try:
        walk(payload, start)
    except DecodeError:
        return False
    return True


def _jpeg_end(buffer: bytearray, start: int) -> int:
    """Where the JPEG that begins at ``start`` ends; the buffer's end where it cannot be told."""
    try:
        buffer[start] = 0xFF  # as it should be
        inner = walk(buffer, start)
    except DecodeError:
        return len(buffer)
    return inner.end if inner.closed else len(buffer)
