from __future__ import annotations

import io
import struct
import zlib

import fabricated_metadata as made
import numpy as np
import pytest
from PIL import Image

from overpaint.errors import DecodeError
from overpaint.painting._metadata import POLICIES, is_animated_png, png_orientation, strip_png


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return np.asarray(image)


def kinds(data: bytes) -> list[bytes]:
    return [kind for kind, _ in made.png_chunks(data)]


@pytest.mark.parametrize("painted", [False, True])
@pytest.mark.parametrize("policy", POLICIES)
def test_every_carrier_at_once(policy: str, painted: bool) -> None:
    data = made.everything_png()
    result = strip_png(data, policy=policy, painted=painted)
    assert np.array_equal(decoded(result.data), decoded(data))
    assert png_orientation(result.data) == 6
    if policy == "keep" and not painted:
        assert result.data is data
        return
    assert b"\xff\xd8\xff" not in result.data
    assert result.data.endswith(b"IEND\xaeB`\x82")
    shown = [b"IHDR", b"gAMA", b"pHYs", b"eXIf", b"IDAT", b"IEND"]
    extra = {b"tIME", b"tEXt", b"zTXt"} if policy == "keep" else set()
    assert [kind for kind in kinds(result.data) if kind not in extra] == shown
    assert (made.SECRET in result.data) == (policy == "keep")
    assert strip_png(result.data, policy=policy, painted=painted).data is result.data


@pytest.mark.parametrize(
    ("chunk", "names"),
    [
        (made.png_chunk(b"tEXt", b"Author\0x"), {"text"}),
        (made.png_chunk(b"zTXt", b"Author\0\0" + zlib.compress(b"x")), {"text"}),
        (made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"), {"xmp"}),
        (
            made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<GDepth:Data/>")),
            {"xmp", "xmp-image"},
        ),
        (made.png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\n00"), {"exif"}),
        (made.png_chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(b"x")), {"iptc"}),
        (made.png_chunk(b"tEXt", b"x\0" + made.thumbnail()), {"text", "nested-jpeg"}),
        (made.png_chunk(b"tIME", bytes(7)), {"time"}),
        (made.png_chunk(b"vpAg", bytes(9)), {"vendor-chunk"}),
        (made.png_chunk(b"iDOT", bytes(28)), {"vendor-chunk"}),
        (made.png_chunk(b"caBX", bytes(9)), {"jumbf"}),
        (made.png_chunk(b"gAMA", bytes(400)), {"broken-chunk"}),
        (made.png_chunk(b"gAMA", bytes(4))[:-1] + b"x", {"broken-chunk"}),
        (made.png_chunk(b"eXIf", made.tiff({0: [made.orientation_entry(1)]})), {"exif"}),
    ],
)
def test_strip_removes_one_chunk_and_gives_back_the_plain_file(chunk: bytes, names: set[str]) -> None:
    result = strip_png(made.with_chunks(made.plain_png(), chunk), policy="strip", painted=False)
    assert set(result.removed) == names
    assert result.data == made.plain_png()


@pytest.mark.parametrize("policy", POLICIES)
def test_what_shows_the_picture_stays_and_the_same_object_comes_back(policy: str) -> None:
    chunks = [
        made.png_chunk(b"cHRM", bytes(32)),
        made.png_chunk(b"gAMA", bytes(4)),
        made.png_chunk(b"iCCP", b"name\0\0" + zlib.compress(b"profile")),
        made.png_chunk(b"sRGB", b"\0"),
        made.png_chunk(b"cICP", bytes(4)),
        made.png_chunk(b"mDCV", bytes(24)),
        made.png_chunk(b"cLLI", bytes(8)),
        made.png_chunk(b"sBIT", b"\5\6\5"),
        made.png_chunk(b"PLTE", bytes(30)),
        made.png_chunk(b"tRNS", bytes(6)),
        made.png_chunk(b"bKGD", bytes(6)),
        made.png_chunk(b"hIST", bytes(20)),
        made.png_chunk(b"pHYs", bytes(9)),
        made.png_chunk(b"eXIf", made.tiff({0: [made.orientation_entry(7)]})),
    ]
    data = made.with_chunks(made.plain_png(), *chunks)
    for painted in (False, True):
        result = strip_png(data, policy=policy, painted=painted)
        assert result.data is data
        assert result.removed == ()


@pytest.mark.parametrize(
    ("chunk", "stays"),
    [
        (made.png_chunk(b"tEXt", b"Author\0x"), True),
        (made.png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"words")), True),
        (made.png_chunk(b"zTXt", b"a\0\0" + zlib.compress(made.thumbnail())), False),
        (made.png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 25))), False),
        (made.png_chunk(b"zTXt", b"a\0\0no zlib stream"), False),
        (made.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<dc:creator/>"), True),
        (made.png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\n00"), False),
        (made.png_chunk(b"tEXt", b"Raw profile type iptc\0\niptc\n 4\n00"), True),
        (made.png_chunk(b"tIME", bytes(7)), True),
        (made.png_chunk(b"prVW", bytes(7)), False),
        (made.png_chunk(b"tIME", bytes(7))[:-1] + b"x", False),
    ],
)
def test_keep_drops_from_a_painted_file_what_may_show_the_picture(chunk: bytes, stays: bool) -> None:
    data = made.with_chunks(made.plain_png(), chunk)
    result = strip_png(data, policy="keep", painted=True)
    assert (result.data is data) == stays
    assert stays or result.data == made.plain_png()


def animated() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.fromarray(made.pixels(seed=seed)) for seed in (1, 2, 3)]
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def test_an_animation_keeps_its_frames() -> None:
    data = animated()
    assert is_animated_png(data)
    assert not is_animated_png(made.plain_png())
    assert not is_animated_png(data[:20])
    assert not is_animated_png(made.plain_jpeg())
    assert strip_png(data, policy="strip", painted=False).data is data
    assert strip_png(data, policy="keep", painted=True).data is data


@pytest.mark.parametrize("left", [b"acTL", b"fcTL", b"fdAT"])
def test_leftovers_of_an_animation_that_no_viewer_plays_go(left: bytes) -> None:
    data = made.with_chunks(made.plain_png(), made.png_chunk(left, bytes(8)))
    assert not is_animated_png(data)
    assert strip_png(data, policy="strip", painted=False).removed == ("animation",)


def test_what_follows_the_end_goes() -> None:
    result = strip_png(made.plain_png() + made.plain_png("L"), policy="strip", painted=False)
    assert result.data == made.plain_png()
    assert result.removed == ("data-after-iend",)


def test_picture_data_that_no_decoder_reads_go() -> None:
    plain = made.plain_png()
    end = made.png_chunk(b"IEND", b"")
    data = plain[: -len(end)] + made.png_chunk(b"tIME", bytes(7)) + made.png_chunk(b"IDAT", b"stray") + end
    result = strip_png(data, policy="strip", painted=False)
    assert result.data == plain
    assert result.removed == ("stray-bytes", "time")


def test_a_missing_end_is_tolerated_and_given_where_the_file_is_written_anew() -> None:
    plain = made.plain_png()
    open_ended = plain[:-12]
    assert strip_png(open_ended, policy="strip", painted=False).data is open_ended
    result = strip_png(open_ended + made.png_chunk(b"tEXt", b"a\0b")[:-2], policy="strip", painted=False)
    assert result.data == plain


PLAIN = made.plain_png()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not-a-png"),
        (PLAIN[:8], "no-image-data"),
        (PLAIN[:20], "truncated"),
        (PLAIN[:33], "no-image-data"),
        (PLAIN[:100], "truncated"),
        (PLAIN[:8] + PLAIN[33:], "damaged-header"),
        (PLAIN[:8] + made.png_chunk(b"IHDR", bytes(12)), "damaged-header"),
        (PLAIN[:29] + b"\0\0\0\0" + PLAIN[33:], "bad-checksum"),
        (PLAIN[:60] + b"\0" + PLAIN[61:], "bad-checksum"),
        (made.with_chunks(PLAIN, made.png_chunk(b"CgBI", b"")), "unknown-critical-chunk"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        strip_png(data, policy="strip", painted=False)
    assert caught.value.reason == reason


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_read_and_kept(value: int) -> None:
    data = made.everything_png(orientation=value)
    assert png_orientation(data) == value
    for policy in POLICIES:
        result = strip_png(data, policy=policy, painted=True)
        assert png_orientation(result.data) == value
        assert Image.open(io.BytesIO(result.data)).getexif().get(0x0112, 1) == value
    assert png_orientation(made.plain_png()) == 1


def test_dimensions_are_not_read_for_metadata() -> None:
    head = made.png_chunk(b"IHDR", struct.pack(">II5B", 1 << 30, 1 << 30, 8, 2, 0, 0, 0))
    data = PLAIN[:8] + head + PLAIN[33:]
    assert strip_png(data, policy="strip", painted=False).data is data
