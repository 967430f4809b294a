"""What `sniff` says of AVIF, HEIC, JPEG XL, BigTIFF and of files with many pictures, against their decoders."""

from __future__ import annotations

import io
import struct

import pillow_heif
import pylibjxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.formats import Sniffed, sniff

pylibjxl.register_pillow()

SIZES = st.tuples(st.integers(16, 400), st.integers(16, 400))


def picture(size: tuple[int, int], level: int = 90) -> Image.Image:
    return Image.new("RGB", size, (level, 40, 200))


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def avif(size: tuple[int, int], count: int = 1, **options: object) -> bytes:
    out = io.BytesIO()
    more = [picture(size, 20 * n) for n in range(1, count)]
    picture(size).save(out, "AVIF", save_all=count > 1, append_images=more, speed=10, **options)
    return out.getvalue()


def heic(size: tuple[int, int], count: int = 1, **options: object) -> bytes:
    file = pillow_heif.HeifFile()
    for n in range(count):
        file.add_from_pillow(picture(size, 20 * n))
    out = io.BytesIO()
    file.save(out, quality=50, save_all=count > 1, **options)
    return out.getvalue()


def jxl(size: tuple[int, int], mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    picture(size).convert(mode).save(out, "JXL", effort=1, **options)
    return out.getvalue()


@given(SIZES)
@settings(max_examples=15, deadline=None)
def test_sides_agree_with_the_decoders(size: tuple[int, int]) -> None:
    assert sniff(avif(size)) == Sniffed("avif", *size, frames=1, bits=8, channels=3)
    assert (sniff(jxl(size)).width, sniff(jxl(size)).height) == size
    found = sniff(heic(size))
    assert (found.width, found.height) == pillow_heif.open_heif(io.BytesIO(heic(size))).size
    assert (found.codec, found.frames, found.animated) == ("heic", 1, False)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turn_is_part_of_the_stored_frame_of_heic_and_an_orientation_of_avif(orientation: int) -> None:
    found = sniff(avif((37, 21), exif=exif(orientation)))
    assert (found.width, found.height, found.orientation) == (37, 21, orientation)
    data = heic((64, 32), exif=exif(orientation))
    found = sniff(data)
    assert (found.width, found.height) == pillow_heif.open_heif(io.BytesIO(data)).size
    assert found.orientation == 1


def test_a_crop_is_part_of_the_stored_frame_of_heic() -> None:
    found = sniff(heic((37, 21)))  # coded as 38 x 22 or larger, and cropped
    assert (found.width, found.height) == (37, 21)


def test_frames_are_counted() -> None:
    assert (sniff(avif((40, 24), 3)).animated, sniff(avif((40, 24), 3)).frames) == (True, 3)
    assert (sniff(heic((64, 64), 3)).animated, sniff(heic((64, 64), 3)).frames) == (True, 3)
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        out = io.BytesIO()
        more = [picture((16, 9), 50 * n) for n in range(4)]
        picture((16, 9)).save(out, form, save_all=True, append_images=more)
        assert (sniff(out.getvalue()).animated, sniff(out.getvalue()).frames) == (True, 5), form


def test_a_thumbnail_or_an_alpha_plane_is_no_frame() -> None:
    rgba = io.BytesIO()
    Image.new("RGBA", (64, 64), (1, 2, 3, 4)).save(rgba, "AVIF", speed=10)
    assert (sniff(rgba.getvalue()).frames, sniff(rgba.getvalue()).animated) == (1, False)
    file = pillow_heif.from_pillow(Image.new("RGBA", (640, 480), (1, 2, 3, 4)))
    file[0].info["thumbnails"] = [128]
    out = io.BytesIO()
    file.save(out, quality=30)
    assert (sniff(out.getvalue()).frames, sniff(out.getvalue()).animated) == (1, False)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_jxl_containers_and_modes(mode: str) -> None:
    for data in (jxl((300, 77), mode), jxl((300, 77), mode, exif=exif(6))):
        found = sniff(data)
        assert (found.codec, found.width, found.height, found.bits, found.orientation) == ("jxl", 300, 77, 8, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jxl_made_of_a_jpeg_keeps_its_turn(orientation: int) -> None:
    out = io.BytesIO()
    picture((48, 24)).save(out, "JPEG", exif=exif(orientation))
    found = sniff(pylibjxl.jpeg_to_jxl(out.getvalue(), effort=3))
    assert (found.width, found.height) == ((24, 48) if orientation >= 5 else (48, 24))


def bits(*fields: tuple[int, int]) -> bytes:
    """(value, count) pairs, the lowest bit first."""
    total = at = 0
    for value, count in fields:
        total |= value << at
        at += count
    return b"\xff\x0a" + total.to_bytes((at + 7) // 8 + 8, "little")


TALL = ((0, 1), (3, 2), (63_999, 30))  # one whole number of 30 bits


@pytest.mark.parametrize(
    ("fields", "width", "height"),
    [
        ((*TALL, (0, 3), (3, 2), (63_999, 30), (1, 1)), 64_000, 64_000),
        ((*TALL, (5, 3), (1, 1)), 64_000 * 16 // 9, 64_000),
        (((1, 1), (4, 5), (1, 3), (1, 1)), 40, 40),
        (((1, 1), (4, 5), (7, 3), (0, 1), (1, 1), (5, 3), (0, 3), (1, 1)), 40, 80),  # turned by a quarter
    ],
)
def test_jxl_headers_written_by_hand(fields: tuple[tuple[int, int], ...], width: int, height: int) -> None:
    found = sniff(bits(*fields))
    assert (found.width, found.height) == (width, height)


def test_jxl_says_that_it_is_animated() -> None:
    size, extra = ((1, 1), (4, 5), (1, 3)), ((0, 1), (1, 1), (0, 3))
    own_size, preview = ((1, 1), (1, 1), (4, 5), (1, 3)), ((1, 1), (1, 1), (2, 2), (3, 5), (1, 3))
    found = sniff(bits(*size, *extra, *own_size, *preview, (1, 1)))
    assert (found.width, found.animated, found.frames) == (40, True, None)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def meta(width: int, height: int, *more: bytes, owned: int = 1) -> bytes:
    ispe = box(b"ispe", struct.pack(">III", 0, width, height))
    ipma = struct.pack(">IIHB", 0, 1, 7, owned) + bytes(range(1, owned + 1))
    iprp = box(b"iprp", box(b"ipco", ispe + b"".join(more)) + box(b"ipma", ipma))
    return box(b"meta", b"\0\0\0\0" + box(b"pitm", struct.pack(">IH", 0, 7)) + iprp)


FTYP = {"avif": box(b"ftyp", b"avif\0\0\0\0mif1miaf"), "heic": box(b"ftyp", b"heic\0\0\0\0mif1miaf")}


@pytest.mark.parametrize("codec", ["avif", "heic"])
def test_a_header_may_say_what_it_likes(codec: str) -> None:
    found = sniff(FTYP[codec] + meta(64_000, 63_000))
    assert (found.width, found.height) == (64_000, 63_000)
    turned = sniff(FTYP[codec] + meta(64_000, 63_000, box(b"irot", b"\1"), owned=2))
    expected = (64_000, 63_000, 8) if codec == "avif" else (63_000, 64_000, 1)
    assert (turned.width, turned.height, turned.orientation) == expected
    assert sniff(FTYP[codec] + meta(0, 9)).width is None
    assert sniff(FTYP[codec] + meta(2**32 - 1, 9)).width is None
    assert sniff(FTYP[codec] + meta(9, 9, owned=0)).width is None
    assert sniff(FTYP[codec] + meta(9, 9, owned=200)).width == 9
    deep = b""
    for _ in range(3000):
        deep = box(b"meta", b"\0\0\0\0" + deep)
    assert sniff(FTYP[codec] + deep).width is None


def test_crops_count_for_heic_alone_and_never_enlarge() -> None:
    clap = box(b"clap", struct.pack(">8I", 30, 1, 40, 2, 0, 1, 0, 1))
    assert (sniff(FTYP["heic"] + meta(64, 64, clap, owned=2)).width) == 30
    assert (sniff(FTYP["heic"] + meta(64, 64, clap, owned=2)).height) == 20
    assert (sniff(FTYP["avif"] + meta(64, 64, clap, owned=2)).width) == 64
    large = box(b"clap", struct.pack(">8I", 999, 1, 9, 0, 0, 1, 0, 1))
    assert (sniff(FTYP["heic"] + meta(64, 64, large, owned=2)).width) == 64


@pytest.mark.parametrize("order", ["<", ">"])
def test_bigtiff(order: str) -> None:
    head = (b"II+\0" if order == "<" else b"MM\0+") + struct.pack(order + "HHQ", 8, 0, 16)
    entries = [(256, 3, 1, 64_000), (257, 16, 1, 63_000), (274, 3, 1, 6), (277, 3, 1, 3)]

    def entry(tag: int, kind: int, count: int, value: int) -> bytes:
        packed = struct.pack(order + {3: "H", 16: "Q"}[kind], value).ljust(8, b"\0")
        return struct.pack(order + "HHQ", tag, kind, count) + packed

    first = struct.pack(order + "Q", len(entries)) + b"".join(entry(*e) for e in entries)
    data = head + first + struct.pack(order + "Q", 16 + len(first) + 8) + struct.pack(order + "QQ", 0, 0)
    found = sniff(data)
    assert (found.width, found.height, found.orientation, found.frames) == (64_000, 63_000, 6, 2)
    for end in range(len(data)):
        assert sniff(data[:end]).width in (None, 64_000)


def test_bigtiff_of_pillow() -> None:
    out = io.BytesIO()
    picture((37, 21)).save(out, "TIFF", big_tiff=True)
    assert (sniff(out.getvalue()).width, sniff(out.getvalue()).height, sniff(out.getvalue()).frames) == (37, 21, 1)


def test_a_bitmap_from_the_top_has_a_negative_height() -> None:
    out = io.BytesIO()
    picture((37, 21)).save(out, "BMP")
    data = bytearray(out.getvalue())
    data[22:26] = struct.pack("<i", -21)
    assert (sniff(bytes(data)).width, sniff(bytes(data)).height) == (37, 21)


SEEDS = [avif((40, 24), exif=exif(6)), avif((40, 24), 2), heic((64, 64), 2), jxl((40, 24), exif=exif(6)), jxl((40, 24))]


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=300, deadline=None)
def test_never_raises(seed: bytes, draw: st.DataObject) -> None:
    data = bytearray(seed)
    for _ in range(draw.draw(st.integers(0, 8))):
        data[draw.draw(st.integers(0, min(len(data), 600) - 1))] = draw.draw(st.integers(0, 255))
    seen = sniff(bytes(data[: draw.draw(st.integers(0, len(data)))]))
    assert seen.orientation == 1 or seen.codec == "avif"
    assert (seen.width is None) == (seen.height is None)


@given(st.binary(max_size=300))
def test_never_raises_on_noise(noise: bytes) -> None:
    for head in (FTYP["avif"] + box(b"meta", b"\0" * 4 + noise), b"\xff\x0a" + noise, b"II+\0\x08\0\0\0" + noise):
        sniff(head)
    for name in (b"ipma", b"iinf", b"iref", b"pitm", b"hdlr", b"ipco"):
        sniff(FTYP["heic"] + box(b"meta", b"\0" * 4 + box(name, noise)) + box(b"moov", box(b"stsz", noise)))
