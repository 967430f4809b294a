"""Small files that announce, or unfold into, far more than they are: one for each way that a codec has."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image

HUGE = 64_000


def encoded(form: str, mode: str = "RGB", size: tuple[int, int] = (48, 40), **options: Any) -> bytes:
    """A picture of one colour ramp, coded by Pillow."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, form, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks: bytes, size: tuple[int, int] = (16, 16), depth: int = 8, kind: int = 2) -> bytes:
    """A PNG of these chunks behind its header."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def zeros(length: int) -> bytes:
    """A zlib stream that unfolds into so many zeros."""
    packer, parts = zlib.compressobj(9), []
    for _ in range(length >> 20):
        parts.append(packer.compress(bytes(1 << 20)))
    return b"".join([*parts, packer.flush()])


END = chunk(b"IEND", b"")
PIXELS = chunk(b"IDAT", zlib.compress(bytes(16 * 49)))
"""Of 16 x 16."""
BOMB = zeros(1 << 28)
"""260,000 bytes that become a thousand times as many."""


def tiff(*entries: tuple[int, int, int, int], following: int = 0, tail: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory; ``tail`` begins at 4096."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", following)
    return head.ljust(4096, b"\0") + tail


def page(width: int, height: int, compression: int, offset: int, count: int) -> list[tuple[int, int, int, int]]:
    """The entries of a grey page in one strip."""
    return [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1),
        (273, 4, 1, offset), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, count),
    ]  # fmt: skip


def _tiff_chain(count: int) -> bytes:
    """So many pages, each a directory of its own."""
    entries = page(16, 16, 1, 8, 256)
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    step = len(body) + 4
    parts = [body + struct.pack("<I", 264 + step * (n + 1)) for n in range(count)]
    return b"II*\0" + struct.pack("<I", 264) + bytes(256) + b"".join(parts)[:-4] + bytes(4)


def _tiled(side: int) -> bytes:
    """A page of 16 x 16 in one tile of ``side`` x ``side``."""
    entries = [e for e in page(16, 16, 8, 0, 0) if e[0] not in {273, 278, 279}]
    more = [(322, 4, 1, side), (323, 4, 1, side), (324, 4, 1, 4096), (325, 4, 1, 100)]
    return tiff(*entries, *more, tail=zlib.compress(bytes(100)))


def gif(canvas: tuple[int, int], frame: tuple[int, int], count: int) -> bytes:
    """So many frames of a few bytes, whatever size they announce."""
    head = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    one = b"\x21\xf9\4\0\1\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\2\2\x44\1\0"
    return head + one * count + b"\x3b"


def _far_frame(left: int, top: int) -> bytes:
    """A GIF's frame of one pixel far outside of the canvas."""
    return b"\x2c" + struct.pack("<HHHHB", left, top, 1, 1, 0) + b"\2\2\x44\1\0"


def _apng(count: int, size: tuple[int, int] = (16, 16)) -> bytes:
    data = zlib.compress(bytes(16 * 49))
    parts = [chunk(b"acTL", struct.pack(">II", count, 0))]
    for n in range(count):
        parts.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", max(0, 2 * n - 1), 16, 16, 0, 0, 1, 10, 0, 0)))
        parts.append(chunk(b"IDAT", data) if n == 0 else chunk(b"fdAT", struct.pack(">I", 2 * n) + data))
    return png(*parts, size=size)


def _webp_frames(canvas: int, count: int) -> bytes:
    still = encoded("WEBP", lossless=True, size=(16, 16))[12:]
    side = (canvas - 1).to_bytes(3, "little")
    head = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + side * 2 + b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    place = bytes(6) + (15).to_bytes(3, "little") * 2 + (40).to_bytes(3, "little") + b"\0"
    one = b"ANMF" + struct.pack("<I", len(place) + len(still)) + place + still
    body = b"WEBP" + head + one * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _patched(data: bytes, *changes: tuple[int, bytes]) -> bytes:
    out = bytearray(data)
    for at, new in changes:
        out[at : at + len(new)] = new
    return bytes(out)


def _huge_jpeg(marker: bytes = b"\xff\xc0", side: int = HUGE, **options: Any) -> bytes:
    data = encoded("JPEG", **options)
    return _patched(data, (data.index(marker) + 5, struct.pack(">HH", side, side)))


def _huge_avif() -> bytes:
    data = encoded("AVIF")
    return _patched(data, (data.index(b"ispe") + 8, struct.pack(">II", HUGE, HUGE)))


def _huge_jp2() -> bytes:
    data, sides = encoded("JPEG2000"), struct.pack(">II", HUGE, HUGE)
    return _patched(data, (data.index(b"ihdr") + 4, sides), (data.index(b"\xff\x51") + 6, sides))


def _huge_icon() -> bytes:
    data = encoded("ICO", "RGBA", sizes=[(48, 40)])
    return _patched(data, (data.index(b"IHDR") + 4, struct.pack(">II", HUGE, HUGE)))


def _huge_webp() -> bytes:
    data = encoded("WEBP", lossless=True)
    return _patched(data, (21, struct.pack("<I", 0x3FFF | 0x3FFF << 14)))


_GREY_PNG = encoded("PNG", "L")

FILES: dict[str, Callable[[], bytes]] = {
    # a header of 64,000 x 64,000 (WebP: 16,384 x 16,384, the most it can say)
    "header-jpeg": _huge_jpeg,
    "header-jpeg-progressive": lambda: _huge_jpeg(b"\xff\xc2", progressive=True),
    "header-jpeg-14000": lambda: _huge_jpeg(side=14_000),
    "header-png": lambda: png(chunk(b"IDAT", zlib.compress(bytes(900))), size=(HUGE, HUGE)),
    "header-png-16": lambda: png(chunk(b"IDAT", zlib.compress(bytes(900))), size=(HUGE, HUGE), depth=16),
    "header-apng": lambda: _apng(2, (HUGE, HUGE)),
    "header-gif": lambda: gif((HUGE, HUGE), (16, 16), 2),
    "header-gif-frame": lambda: gif((16, 16), (HUGE, HUGE), 2),
    "header-webp": _huge_webp,
    "header-webp-animated": lambda: _webp_frames(1 << 24, 2),
    "header-bmp": lambda: _patched(encoded("BMP"), (18, struct.pack("<ii", HUGE, -HUGE))),
    "header-bmp-rle": lambda: _patched(encoded("BMP", "P"), (18, struct.pack("<ii", HUGE, HUGE)), (30, b"\1")),
    "header-tiff": lambda: tiff(*page(HUGE, HUGE, 8, 4096, 100), tail=zlib.compress(bytes(100))),
    "header-avif": _huge_avif,
    "header-jxl": lambda: b"\xff\x0a" + sum(
        v << at for v, at in ((3, 1), (HUGE - 1, 3), (0, 33), (3, 36), (HUGE - 1, 38), (1, 68))
    ).to_bytes(20, "little"),
    "header-heic": lambda: _huge_avif().replace(b"avif", b"heic").replace(b"av01", b"hvc1"),
    "header-jp2": _huge_jp2,
    "header-ico": _huge_icon,
    "header-pnm": lambda: b"P6\n%d %d\n255\n" % (HUGE, HUGE) + bytes(999),
    "header-tga": lambda: struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, HUGE, HUGE, 24, 32) + bytes(999),
    # streams that unfold
    "bomb-png-pixels": lambda: png(chunk(b"IDAT", BOMB)),
    "bomb-png-profile": lambda: png(chunk(b"iCCP", b"x\0\0" + BOMB), PIXELS),
    "bomb-png-text": lambda: png(chunk(b"zTXt", b"x\0\0" + BOMB), PIXELS),
    "bomb-png-exif": lambda: png(chunk(b"zTXt", b"Raw profile type exif\0\0" + BOMB), PIXELS),
    "bomb-png-xmp": lambda: png(
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB), PIXELS
    ),
    "bomb-png-chunks": lambda: png(chunk(b"tEXt", b"a\0b") * 20_000, PIXELS),
    "bomb-apng-frame": lambda: _apng(2).replace(END, chunk(b"fdAT", b"\0\0\0\2" + BOMB) + END),
    "bomb-tiff-strip": lambda: tiff(*page(16, 16, 8, 4096, len(BOMB)), tail=BOMB),
    "bomb-tiff-profile": lambda: tiff(*page(16, 16, 1, 8, 256), (34675, 7, 0xFFFFFFF0, 4096), tail=bytes(999)),
    # more pieces than a picture has
    "many-gif-frames": lambda: gif((16, 16), (1, 1), 40_000),
    "many-gif-pixels": lambda: gif((12_000, 12_000), (12_000, 12_000), 400),
    "far-gif-frame": lambda: gif((10, 10), (1, 1), 1)[:-1] + _far_frame(60_000, 3_000) + b"\x3b",
    "many-apng-frames": lambda: _apng(10_000),
    "many-apng-announced": lambda: _patched(_apng(2), (41, struct.pack(">I", 0x7FFFFFFF))),
    "many-webp-frames": lambda: _webp_frames(16, 25_000),
    "many-tiff-pages": lambda: _tiff_chain(12_000),
    "many-tiff-entries": lambda: tiff(*page(16, 16, 1, 8, 256))[:8] + b"\xff\xff" + bytes(12 * 65535),
    # circles and overlaps
    "loop-tiff": lambda: tiff(*page(16, 16, 1, 8, 256), following=8),
    "loop-tiff-exif": lambda: tiff(*page(16, 16, 1, 8, 256), (34665, 4, 1, 8), (34853, 4, 1, 8)),
    "loop-tiff-subifds": lambda: tiff(*page(16, 16, 1, 8, 256), (330, 4, 900, 4096), tail=struct.pack("<I", 8) * 900),
    "tile-tiff": lambda: _tiled(65536),
    "tile-tiff-16": lambda: _tiled(0x7FFFFFF0),
    "strips-tiff-one-place": lambda: tiff(
        *[e for e in page(16, 60_000, 1, 4096, 16) if e[0] not in {273, 278, 279}],
        (278, 4, 1, 1), (273, 4, 60_000, 8192), (279, 4, 60_000, 8192 + 240_000),
        tail=bytes(4096) + struct.pack("<I", 8) * 60_000 + struct.pack("<I", 0xFFFFFFF0) * 60_000,
    ),
    "chunk-png-2gb": lambda: _patched(_GREY_PNG, (_GREY_PNG.index(b"IDAT") - 4, struct.pack(">I", 0x7FFFFFFF))),
    "jpeg-scans": lambda: _many_scans(20_000),
}  # fmt: skip


def _many_scans(count: int) -> bytes:
    """A progressive JPEG with one refinement scan again and again, each empty."""
    data = encoded("JPEG", progressive=True, size=(256, 256))
    last = data.rindex(b"\xff\xda")
    return data[:last] + b"\xff\xda\0\x08\1\1\0\x3f\x01\0" * count + b"\xff\xd9"
