"""Which codec a file's first bytes name, and its contents by the walk for that codec."""

from __future__ import annotations

import struct
from collections.abc import Callable

from overpaint.checks._blocks import PNG, Walk
from overpaint.checks._contents import Contents
from overpaint.checks._riders import exif_of, icc_of
from overpaint.checks._walk_apng import walk_apng
from overpaint.checks._walk_bmp import walk_bmp
from overpaint.checks._walk_boxes import walk_jxl
from overpaint.checks._walk_gif import walk_gif
from overpaint.checks._walk_heif import walk_heif
from overpaint.checks._walk_ico import ICO, walk_ico
from overpaint.checks._walk_jp2 import JP2, walk_jp2
from overpaint.checks._walk_pnm import walk_pnm
from overpaint.checks._walk_tga import is_tga, walk_tga
from overpaint.checks._walk_tiff import walk_tiff
from overpaint.checks._walk_webp import walk_webp

__all__ = ["apng_contents", "codec_of", "contents_of"]

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JXL = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
_BITMAPS = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})

_WALKS: dict[str | None, Callable[[bytes], Contents]] = {
    "gif": walk_gif,
    "webp": walk_webp,
    "bmp": walk_bmp,
    "tiff": walk_tiff,
    "jxl": walk_jxl,
    "ico": walk_ico,
    "jp2": walk_jp2,
    "pnm": walk_pnm,
    "tga": walk_tga,
}


def codec_of(data: bytes) -> str | None:
    """The codec of a file that is neither JPEG nor PNG; None where it is none of those known."""
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:2] == b"BM":
        return "bmp"
    if data.startswith(_TIFF):
        return "tiff"
    if data.startswith(_JXL):
        return "jxl"
    if data[4:8] == b"ftyp":
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, min(int.from_bytes(data[:4], "big"), 256), 4))}
        if data[8:12] in _AVIF or (data[8:12] in {b"mif1", b"msf1"} and brands & _AVIF):
            return "avif"
        return "heic" if data[8:12] in _HEIC else None
    return "jp2" if data.startswith(JP2) else _by_header(data)


def _by_header(data: bytes) -> str | None:
    """Codecs whose files begin with numbers that many others may begin with."""
    if data.startswith(ICO) and data[4:6] != b"\0\0" and data[9:10] == b"\0":
        return "ico"
    if data[:1] == b"P" and data[1:2] in _BITMAPS and (data[2:3].isspace() or data[2:3] == b"#"):
        return "pnm"
    return "tga" if is_tga(data) else None


def contents_of(data: bytes) -> Contents | None:
    """Take a file apart that is neither JPEG nor still PNG; None where its codec is not known."""
    codec = codec_of(data)
    try:
        if codec in {"avif", "heic"}:
            return walk_heif(data, codec)
        return _WALKS[codec](data) if codec in _WALKS else None
    except (struct.error, ValueError, ArithmeticError, IndexError):  # a header that no decoder would read either
        return Contents(codec or "", (), (), complete=False)


def apng_contents(data: bytes, walk: Walk) -> Contents | None:
    """The frames of an animated PNG, beside the chunks that every PNG is judged by; None where no viewer plays any."""
    if not any(segment.name == b"acTL" for segment in walk.metadata):
        return None
    chunks, at = list[tuple[bytes, bytes]](), len(PNG)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + length > len(data):
            break
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    if not _plays(chunks):
        return None
    return walk_apng(walk, chunks, icc_of(walk), exif_of(walk).orientation)


def _plays(chunks: list[tuple[bytes, bytes]]) -> bool:
    """Whether viewers play frames: they are announced before the picture, and one at least is told (PNG 3, 4.9)."""
    announced = False
    for name, payload in chunks:
        if name == b"acTL":
            announced = announced or (len(payload) == 8 and 0 < int.from_bytes(payload[:4], "big") < 1 << 31)
        elif name == b"fcTL" and announced:
            return True
        elif name == b"IDAT" and not announced:
            return False
    return False
