"""Files made by hand for the tests: EXIF, XMP, Photoshop, MPF, JUMBF and PNG chunks by struct, pictures by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache

import numpy as np
from PIL import Image

SECRET = b"Jane Q. Person"
GPS_LATITUDE = struct.pack(">6I", 51, 1, 30, 1, 12345, 100)

IMAGE, EXIF, GPS, INTEROP = 0, 0x8769, 0x8825, 0xA005


def pixels(width: int = 48, height: int = 32, channels: int = 3, seed: int = 1) -> np.ndarray:
    """A smooth picture with some noise, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (5 + c) + c) * np.cos(y / (7 - c)) for c in range(channels)]
    return np.clip(128 + 80 * np.stack(waves, axis=2) + rng.normal(0, 4, (height, width, channels)), 0, 255).astype(
        np.uint8
    )


@lru_cache
def plain_jpeg(*, progressive: bool = False, restart: bool = False, seed: int = 1, mode: str = "RGB") -> bytes:
    """A JPEG as Pillow writes it: JFIF and nothing else."""
    options: dict[str, object] = {"quality": 85, "progressive": progressive}
    if restart:
        options["restart_marker_blocks"] = 1
    buffer = io.BytesIO()
    Image.fromarray(pixels(seed=seed)).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@lru_cache
def thumbnail() -> bytes:
    """A small JPEG as cameras embed it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels(16, 12, seed=9)).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes, after_jfif: bool = True) -> bytes:
    """The JPEG with segments behind its JFIF segment, or before it."""
    at = 2 + 2 + struct.unpack(">H", jpeg[4:6])[0] if after_jfif and jpeg[2:4] == b"\xff\xe0" else 2
    return jpeg[:at] + b"".join(segments) + jpeg[at:]


def tiff(
    tables: dict[int, list[tuple[int, int, int, bytes]]],
    *,
    order: str = ">",
    preview: bytes = b"",
    strips: bool = False,
) -> bytes:
    """A TIFF structure: the tables by pointer tag (0 for the image's own), the preview in a second directory.

    Entries are (tag, type, count, value); values are given in the wanted byte order.
    """
    tables = {where: list(entries) for where, entries in tables.items()}
    for where in (INTEROP, EXIF, GPS):
        if tables.get(where):
            tables.setdefault(EXIF if where == INTEROP else IMAGE, []).append((where, 4, 1, b"LINK"))
    tables.setdefault(IMAGE, [])
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8))
    links: dict[int, int] = {}

    def write(entries: list[tuple[int, int, int, bytes]]) -> int:
        start = len(out)
        out.extend(bytes(6 + 12 * len(entries)))
        struct.pack_into(order + "H", out, start, len(entries))
        for number, (tag, kind, count, value) in enumerate(sorted(entries)):
            at = start + 2 + 12 * number
            struct.pack_into(order + "HHI", out, at, tag, kind, count)
            if value == b"LINK":
                links[tag] = at + 8
            elif len(value) <= 4:
                out[at + 8 : at + 8 + len(value)] = value
            else:
                struct.pack_into(order + "I", out, at + 8, len(out))
                out.extend(value + bytes(len(value) % 2))
        return start

    write(tables[IMAGE])
    link_to_preview = 8 + 2 + 12 * len(tables[IMAGE])
    for where in (EXIF, GPS, INTEROP):
        if tables.get(where):
            struct.pack_into(order + "I", out, links[where], write(tables[where]))
    if preview:
        tags = (0x0111, 0x0117) if strips else (0x0201, 0x0202)
        at = len(out)
        data_at = at + 6 + 12 * 3
        entries = [(0x0103, 3, 1, struct.pack(order + "H", 1 if strips else 6))]
        entries += [
            (tags[0], 4, 1, struct.pack(order + "I", data_at)),
            (tags[1], 4, 1, struct.pack(order + "I", len(preview))),
        ]
        struct.pack_into(order + "I", out, link_to_preview, write(entries))
        assert len(out) == data_at
        out.extend(preview)
    return bytes(out)


def orientation_entry(value: int, order: str = ">") -> tuple[int, int, int, bytes]:
    return (0x0112, 3, 1, struct.pack(order + "H", value))


def full_tiff(
    *, orientation: int = 6, order: str = ">", preview: bytes | None = None, note: bytes | None = None
) -> bytes:
    """A camera's EXIF: technical tags, names, dates, serial numbers, GPS, a maker note with a preview, a thumbnail."""
    ratio = struct.pack(order + "2I", 1, 60)
    latitude = struct.pack(order + "6I", 51, 1, 30, 1, 12345, 100)
    note = b"MAKERNOTE\0" + bytes(40) + thumbnail() + b"tail of the note" if note is None else note
    return tiff(
        {
            IMAGE: [
                orientation_entry(orientation, order),
                (0x010E, 2, 12, b"A birthday!\0"),
                (0x010F, 2, 6, b"Canon\0"),
                (0x0110, 2, 10, b"EOS 5D II\0"),
                (0x0132, 2, 20, b"2020:01:02 03:04:05\0"),
                (0x013B, 2, len(SECRET) + 1, SECRET + b"\0"),
                (0x013C, 2, 12, b"JANES-IMAC2\0"),
            ],
            EXIF: [
                (0x829A, 5, 1, ratio),
                (0x8827, 3, 1, struct.pack(order + "H", 400)),
                (0x9000, 7, 4, b"0230"),
                (0x9003, 2, 20, b"2020:01:02 03:04:05\0"),
                (0x927C, 7, len(note), note),
                (0x9286, 7, 20, b"ASCII\0\0\0private note"),
                (0xA001, 3, 1, struct.pack(order + "H", 1)),
                (0xA420, 2, 33, b"0123456789abcdef0123456789abcdef\0"),
                (0xA431, 2, 9, b"12345678\0"),
                (0xA434, 2, 15, b"EF50mm f/1.8 X\0"),
            ],
            GPS: [(0x0001, 2, 2, b"N\0"), (0x0002, 5, 3, latitude)],
            INTEROP: [(0x0001, 2, 4, b"R98\0"), (0x0002, 7, 4, b"0100")],
        },
        order=order,
        preview=thumbnail() if preview is None else preview,
    )


def exif(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


def xmp(body: bytes = b"<dc:creator>Jane Q. Person</dc:creator>") -> bytes:
    packet = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">' + body + b"</x:xmpmeta>" + b" " * 300
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def extended_xmp(payload: bytes = b"x" * 100) -> bytes:
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", len(payload), 0)
    return segment(0xE1, head + payload)


def resource(number: int, data: bytes, name: bytes = b"") -> bytes:
    padded = bytes((len(name),)) + name
    padded += bytes(len(padded) % 2)
    return b"8BIM" + struct.pack(">H", number) + padded + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)


IPTC = b"\x1c\x02\x50" + struct.pack(">H", len(SECRET)) + SECRET


def photoshop(*resources: bytes) -> bytes:
    block = b"".join(resources) or resource(0x0404, IPTC) + resource(0x040C, bytes(28) + thumbnail()) + resource(
        0x03ED, bytes(16)
    )
    return b"".join(segment(0xED, b"Photoshop 3.0\0" + block[at : at + 60000]) for at in range(0, len(block), 60000))


def mpf() -> bytes:
    two = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack(">I", 2)), (0xB002, 7, 32, bytes(32))]
    return segment(0xE2, b"MPF\0" + tiff({IMAGE: two}))


def jfxx() -> bytes:
    return segment(0xE0, b"JFXX\0\x10" + thumbnail())


def jfif_thumbnail(jpeg: bytes) -> bytes:
    """The JPEG with a thumbnail of 4 x 3 pixels in its JFIF segment."""
    assert jpeg[6:11] == b"JFIF\0"
    return jpeg[:2] + segment(0xE0, jpeg[6:18] + b"\x04\x03" + bytes(range(36))) + jpeg[20:]


def jumbf(label: bytes = b"c2pa") -> bytes:
    box = struct.pack(">I", 40) + b"jumb" + label + bytes(28)
    return segment(0xEB, b"JP" + struct.pack(">HI", 1, 1) + box + thumbnail())


def flir() -> bytes:
    return segment(0xE1, b"FLIR\0\x01\0\0" + bytes(range(256)))


def icc(*chunks: bytes) -> bytes:
    return b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(chunks))) + chunk) for number, chunk in enumerate(chunks, 1)
    )


def everything(jpeg: bytes | None = None, *, orientation: int = 6) -> bytes:
    """A JPEG with one of each carrier, and a second picture behind it."""
    jpeg = jpeg or jfif_thumbnail(plain_jpeg())
    return (
        with_segments(
            jpeg,
            jfxx(),
            exif(full_tiff(orientation=orientation)),
            xmp(),
            extended_xmp(),
            flir(),
            mpf(),
            icc(b"a" * 200, b"b" * 100),
            segment(0xE2, b"FPXR\0" + thumbnail()),
            segment(0xE4, b"SCALADO\0" + thumbnail()),
            jumbf(),
            photoshop(),
            segment(0xFE, b"taken by " + SECRET),
        )
        + thumbnail()
    )


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kinds and payloads, read naively."""
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


@lru_cache
def plain_png(mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels()).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks behind IHDR."""
    return png[:33] + b"".join(chunks) + png[33:]


def everything_png(orientation: int = 6) -> bytes:
    packed = zlib.compress(b"hidden " + SECRET)
    return (
        with_chunks(
            plain_png(),
            png_chunk(b"gAMA", struct.pack(">I", 45455)),
            png_chunk(b"pHYs", struct.pack(">IIB", 3000, 3000, 1)),
            png_chunk(b"tIME", bytes((7, 228, 1, 2, 3, 4, 5))),
            png_chunk(b"tEXt", b"Author\0" + SECRET),
            png_chunk(b"zTXt", b"Comment\0\0" + packed),
            png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<xmpGImg:image>/9j/4AAQ</xmpGImg:image>"),
            png_chunk(b"eXIf", full_tiff(orientation=orientation)),
            png_chunk(b"prVW", thumbnail()),
            png_chunk(b"caBX", thumbnail()),
        )
        + b"behind the end"
    )
