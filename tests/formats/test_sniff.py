"""What `sniff` says, against Pillow as the slow, obvious reference, and against damage of every kind."""

from __future__ import annotations

import io
import struct
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.formats import Sniffed, sniff
from overpaint.formats._sniff import looks_like_image

CODECS = {"JPEG": "jpeg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "BMP": "bmp", "TIFF": "tiff"}


def encoded(form: str, size: tuple[int, int] = (37, 21), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


def frames(form: str, count: int, **options: object) -> bytes:
    pictures = [Image.new("RGB", (16, 9), (i * 40, 0, 0)) for i in range(count)]
    out = io.BytesIO()
    pictures[0].save(out, form, save_all=True, append_images=pictures[1:], **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "a maker"
    return block.tobytes()


@given(
    st.sampled_from(sorted(CODECS)), st.integers(1, 300), st.integers(1, 300), st.sampled_from(["RGB", "L", "1", "P"])
)
@settings(max_examples=60, deadline=None)
def test_agrees_with_pillow(form: str, width: int, height: int, mode: str) -> None:
    if form == "JPEG" and mode == "P":
        mode = "CMYK"
    data = encoded(form, (width, height), mode)
    with Image.open(io.BytesIO(data)) as image:
        assert (CODECS[str(image.format)], *image.size) == (sniff(data).codec, sniff(data).width, sniff(data).height)
    assert not sniff(data).animated
    assert sniff(data).orientation == 1
    assert sniff(data[:64]).codec == CODECS[form]
    assert looks_like_image(data[:64])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation(form: str, orientation: int) -> None:
    data = encoded(form, exif=exif(orientation))
    assert sniff(data).orientation == orientation
    if form != "TIFF":  # Pillow turns what it says of a TIFF's size
        assert (sniff(data).width, sniff(data).height) == (37, 21)


def jpeg_with(block: bytes) -> bytes:
    plain = encoded("JPEG")
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block + plain[2:]


def directory(
    order: str, kind: int, value: bytes, *, tag: int = 0x0112, count: int = 1, entries: int = 1, at: int = 8
) -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return head + struct.pack(order + "HHHI", entries, tag, kind, count) + value + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (directory("<", 3, b"\6\0\0\0"), 6),
        (directory(">", 3, b"\0\6\0\0"), 6),
        (directory(">", 4, b"\0\0\0\6"), 6),
        (directory("<", 3, b"\6\0\0\0", entries=65535), 6),
        (directory("<", 3, b"\x09\0\0\0"), 1),
        (directory("<", 3, b"\0\0\0\0"), 1),
        (directory("<", 2, b"6\0\0\0"), 1),
        (directory("<", 3, b"\6\0\0\0", count=0), 1),
        (directory("<", 3, b"\6\0\0\0", at=2**32 - 1), 1),
        (directory("<", 3, b"\6\0\0\0")[:14], 1),
        (b"II*\0", 1),
        (b"XX*\0" + directory("<", 3, b"\6\0\0\0")[4:], 1),
        (b"", 1),
    ],
)
def test_exif_orders_types_and_damage(block: bytes, expected: int) -> None:
    assert sniff(jpeg_with(block)).orientation == expected
    assert sniff(jpeg_with(block)).width == 37


def test_the_first_exif_block_counts() -> None:
    data = encoded("JPEG", exif=exif(8))
    assert sniff(data[:2] + jpeg_with(directory("<", 3, b"\6\0\0\0"))[2:38] + data[2:]).orientation == 6


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_animated(form: str, count: int) -> None:
    assert sniff(frames(form, count)).animated == (count > 1)


def test_a_default_image_beside_the_animation_is_one_picture_more() -> None:
    pictures = [Image.new("RGB", (16, 9), (i * 40, 0, 0)) for i in range(2)]
    out = io.BytesIO()
    pictures[0].save(out, "PNG", save_all=True, append_images=pictures[1:], default_image=True)
    assert sniff(out.getvalue()).frames == 2
    assert sniff(out.getvalue()).animated


def test_a_long_gif_that_was_not_looked_through_counts_as_animated() -> None:
    data = encoded("GIF", (8, 8), "P")
    assert not sniff(data).animated
    start = data.index(b"\x2c")
    comment = b"\x21\xfe" + b"\1x" * 70_000 + b"\0"
    assert sniff(data[:start] + comment + data[start:]).animated


def test_frame_header_after_many_segments_and_fill_bytes() -> None:
    data = encoded("JPEG")
    stuffing = b"\xff\xff\xff" + b"\xff\xfe\0\4ab" * 50 + b"rubbish" + b"\xff\xe1\0\2"
    assert (sniff(data[:2] + stuffing + data[2:]).width, sniff(data).bits, sniff(data).channels) == (37, 8, 3)


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),
        (b"\xff\x0a\xfa\x1f", "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
        (b"BMW makes cars, and this is a text about them.", None),
        (b"", None),
        (b"%PDF-1.7", None),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
    ],
)
def test_codec_by_content(data: bytes, codec: str | None) -> None:
    assert sniff(data).codec == codec


def test_sequences_are_animated() -> None:
    assert sniff(b"\0\0\0\x18ftypavis\0\0\0\0avifmif1").animated
    assert not sniff(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1").animated


@pytest.mark.parametrize("head", [b"P5\n3 3", b"P6\n# made by", b"8BPS", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xffO\xffQ"])
def test_rarer_images_look_like_images(head: bytes) -> None:
    assert looks_like_image(head)


@pytest.mark.parametrize("head", [b"", b"P", b"P5", b"P5\n", b"P1 is the first", b"Plain text", b"\xff\xd8"])
def test_what_does_not_look_like_an_image(head: bytes) -> None:
    assert not looks_like_image(head)


SEEDS = [
    encoded("JPEG", exif=exif(6)),
    encoded("PNG", exif=exif(6)),
    frames("PNG", 3),
    frames("GIF", 3),
    encoded("WEBP"),
    encoded("WEBP", lossless=True),
    frames("WEBP", 2),
    encoded("BMP"),
    encoded("TIFF"),
    b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf",
]


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=400, deadline=None)
def test_never_raises(seed: bytes, draw: st.DataObject) -> None:
    data = bytearray(seed)
    for _ in range(draw.draw(st.integers(0, 8))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    seen = sniff(bytes(data[: draw.draw(st.integers(0, len(data)))]))
    assert 1 <= seen.orientation <= 8
    assert (seen.width is None) == (seen.height is None)


@given(st.binary(max_size=200))
def test_never_raises_on_noise(data: bytes) -> None:
    assert isinstance(sniff(data), Sniffed)
    for magic in (b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X", b"II*\0", b"MM\0*", b"BM", b"\0\0\1\0ftyp"):
        sniff(magic + data)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_truncation(seed: bytes) -> None:
    whole = sniff(seed)
    for end in range(min(len(seed), 700)):
        part = sniff(seed[:end])
        assert part.width in (None, whole.width)
        assert part.codec in (None, whole.codec) or end < 64


def test_hostile_headers_of_size_zero_and_four_billion() -> None:
    data = bytearray(encoded("PNG"))
    data[16:20] = b"\xff\xff\xff\xff"
    assert (sniff(bytes(data)).width, sniff(bytes(data)).height) == (None, None)
    data[16:20] = b"\0\0\0\0"
    assert sniff(bytes(data)).width is None
    with warnings.catch_warnings():
        assert sniff(bytes(data)).codec == "png"
