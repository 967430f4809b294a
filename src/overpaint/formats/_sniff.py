"""Which image format some bytes are, and what their headers say: by content, never by name, and without a decoder.

Every loop is bounded by `STEPS`, so that a hostile file costs milliseconds, and every read is bounded by the data.
"""

from __future__ import annotations

import struct

from ._exif import orientation_of
from ._sniff_iso import sniff_iso
from ._sniff_jxl import JXL_BOX, sniff_jxl
from ._sniff_others import sniff_bmp, sniff_gif, sniff_tiff, sniff_webp
from ._sniff_rare import sniff_rare
from ._sniffed import Sniffed, size_of

__all__ = ["looks_like_image", "sniff"]

STEPS = 65_536
_PNG = b"\x89PNG\r\n\x1a\n"
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


def sniff(data: bytes) -> Sniffed:
    """What the bytes of one file are.

    Parameters
    ----------
    data
        The whole file. A beginning will do to tell the codec (64 bytes suffice); what lies beyond it is then None.

    Returns
    -------
    Sniffed
        Never raises: what cannot be told is None, what is broken reads as absent.
    """
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:8] == _PNG:
        return _png(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return sniff_gif(data, STEPS)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return sniff_webp(data, STEPS)
    if data[:2] == b"BM" and (len(data) < 18 or struct.unpack_from("<I", data, 14)[0] in _BMP_HEADERS):
        return sniff_bmp(data)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return sniff_tiff(data)
    if data[4:8] == b"ftyp":
        return sniff_iso(data)
    if data[:2] == b"\xff\x0a" or data[:12] == JXL_BOX:
        return sniff_jxl(data)
    return sniff_rare(data) or Sniffed()


def looks_like_image(head: bytes) -> bool:
    """Whether a file's first 64 bytes are those of an image.

    A TGA is none by its content alone: it has no signature, and what other files there are nobody knows.
    """
    return sniff(head).codec not in {None, "tga"}


def _jpeg(data: bytes) -> Sniffed:
    """Walk the markers up to the first scan; take the frame header and the first EXIF block."""
    at, end = 2, len(data)
    width = height = bits = channels = None
    orientation: int | None = None
    for _ in range(STEPS):
        at = data.find(b"\xff", at)
        if at < 0 or at + 4 > end:
            break
        marker = data[at + 1]
        if marker in (0x00, 0xFF, 0x01) or 0xD0 <= marker <= 0xD8:  # stuffing, fill bytes, markers without a length
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xDA, 0xD9):
            break
        length = (data[at + 2] << 8) | data[at + 3]
        if marker == 0xE1 and orientation is None and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = orientation_of(data[at + 10 : at + 2 + length])
        is_frame = (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7
        if is_frame and width is None and at + 10 <= end:
            bits, tall, wide, channels = struct.unpack_from(">BHHB", data, at + 4)
            width, height = size_of(wide, tall)
        at += 2 + max(2, length)
    return Sniffed("jpeg", width, height, orientation or 1, frames=1, bits=bits, channels=channels)


def _png(data: bytes) -> Sniffed:
    """Hop over the chunks: IHDR first, then acTL, fcTL and eXIf wherever they are."""
    if len(data) < 26 or data[12:16] != b"IHDR":
        return Sniffed("png")
    wide, tall, bits, colour = struct.unpack_from(">IIBB", data, 16)
    width, height = size_of(wide, tall)
    frames, orientation, at = 0, None, 8
    pixels_seen = own_frame = False
    for _ in range(STEPS):
        if at + 8 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"acTL" and not pixels_seen and at + 12 <= len(data):
            (frames,) = struct.unpack_from(">I", data, at + 8)
        elif kind == b"fcTL":
            own_frame = own_frame or not pixels_seen
        elif kind == b"IDAT":
            pixels_seen = True
        elif kind == b"eXIf" and orientation is None:
            orientation = orientation_of(data[at + 8 : at + 8 + min(length, 1 << 20)])
        elif kind == b"IEND":
            break
        at += 12 + length
    # A default image that is no frame of the animation is one picture more.
    pictures = frames + (0 if own_frame else 1) if 0 < frames < 2**31 else 1
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour)
    return Sniffed("png", width, height, orientation or 1, pictures > 1, pictures, bits, channels)
