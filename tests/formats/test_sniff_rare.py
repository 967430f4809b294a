"""Portable bitmaps, TGA, JPEG 2000 and icons by their content, against Pillow; and what only looks like them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import Unsupported
from overpaint.formats import sniff
from overpaint.formats._sniff import looks_like_image
from overpaint.pipeline import check_editable

FORMS = [
    ("PPM", "pnm", "L"), ("PPM", "pnm", "RGB"), ("PPM", "pnm", "1"), ("TGA", "tga", "L"), ("TGA", "tga", "LA"),
    ("TGA", "tga", "P"), ("TGA", "tga", "RGB"), ("TGA", "tga", "RGBA"), ("JPEG2000", "jp2", "L"),
    ("JPEG2000", "jp2", "RGB"), ("ICO", "ico", "RGBA"),
]  # fmt: skip


def encoded(form: str, mode: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize(("form", "codec", "mode"), FORMS)
def test_agrees_with_pillow(form: str, codec: str, mode: str) -> None:
    for size in ((16, 16), (37, 21), (200, 2)):
        data = encoded(form, mode, size, **({"sizes": [size]} if form == "ICO" else {}))
        told = sniff(data)
        assert (told.codec, told.width, told.height, told.animated) == (codec, *size, False)
        assert sniff(data[:64]).codec == codec
        # nothing but its name says of a file that it is a TGA
        assert looks_like_image(data[:64]) is (codec != "tga")


def test_codestreams_and_comments() -> None:
    told = sniff(encoded("JPEG2000", "RGB", (37, 21), no_jp2=True))
    assert (told.codec, told.width, told.height, told.channels) == ("jp2", 37, 21, 3)
    told = sniff(b"P6#made by\n37 # wide\r21\n#\n65535\n")
    assert (told.codec, told.width, told.height, told.bits) == ("pnm", 37, 21, 16)


@pytest.mark.parametrize(
    "data",
    [b"P1 is the first", b"P6", b"\0\0\2\0hello", b"\0" * 64, bytes(range(64)), b"Photo of a dog", b"\0\1\1" * 9],
)
def test_what_is_none(data: bytes) -> None:
    assert sniff(data).codec is None
    assert not looks_like_image(data)


@given(st.binary(max_size=64), st.sampled_from(FORMS), st.data())
@settings(max_examples=200, deadline=None)
def test_damage(noise: bytes, form: tuple[str, str, str], draw: st.DataObject) -> None:
    data = encoded(form[0], form[2], (16, 16))
    at = draw.draw(st.integers(0, len(data)))
    told = sniff(data[:at] + noise + data[at + len(noise) :])
    assert (told.width is None) == (told.height is None)


@pytest.mark.parametrize(
    "head", [b"8BPS\0\1", b"P7\nWIDTH 2", b"Pf\n2 2", b"qoif", b"DDS |", b"\n\5\1\x08", b"\x01\xda\1\1"]
)
def test_images_that_are_not_handled(head: bytes) -> None:
    assert sniff(head + bytes(64)).codec == "other"
    assert looks_like_image(head + bytes(58))
    with pytest.raises(Unsupported, match="codec"):
        check_editable(sniff(head + bytes(64)), max_pixels=100)


def test_many_comments_take_no_time() -> None:
    for blank in (b"#\n" * 40_000, b"# " * 80_000, b"\n" * 99_000):
        sniff(b"P6 " + blank + b"x")
