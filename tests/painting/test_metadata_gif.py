from __future__ import annotations

import fabricated_metadata as made
import naive_gif as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_gif import Picture, blocks, extension

from overpaint.errors import SampleError, UsageError
from overpaint.painting._metadata import NAMES, POLICIES
from overpaint.painting._metadata._gif import strip_gif

TABLE = np.random.default_rng(2).integers(0, 256, (16, 3), dtype=np.uint8)
PICTURE = Picture(np.arange(80, dtype=np.uint8).reshape(8, 10) % 16, clear=3, delay=11)
LOOP = extension(0xFF, b"NETSCAPE2.0", b"\1\0\0")
PROFILE = extension(0xFF, b"ICCRGBG1012", b"profile" * 20)
COMMENT = extension(0xFE, made.SECRET)
XMP = b"\x21\xff\x0bXMP DataXMP" + b"<x>" + made.SECRET + b"</x>\1" + bytes(range(255, -1, -1)) + b"\0"
TEXT = b"\x21\x01\x0c" + bytes(12) + blocks(made.SECRET)
VENDOR = extension(0xFF, b"ACDSEE_1234", made.SECRET)
UNKNOWN = extension(0x77, made.SECRET)


def plain(*extra: bytes, tail: bytes = b"") -> bytes:
    return naive.write(10, 8, TABLE, LOOP, PROFILE, *extra, PICTURE, PICTURE) + tail


EVERYTHING = plain(XMP, COMMENT, TEXT, VENDOR, UNKNOWN, b"\0stray" + bytes(3), tail=made.SECRET)


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (COMMENT, "comment"),
        (XMP, "xmp"),
        (TEXT, "text"),
        (VENDOR, "vendor-extension"),
        (UNKNOWN, "vendor-extension"),
        (extension(0xF9, b"\1\2"), "vendor-extension"),
        (b"\0\0\0", "stray-bytes"),
    ],
)
@pytest.mark.parametrize("policy", ["strip", "keep-safe"])
@pytest.mark.parametrize("painted", [False, True])
def test_what_the_picture_does_not_need_goes_by_name(block: bytes, name: str, policy: str, painted: bool) -> None:
    result = strip_gif(plain(block), policy=policy, painted=painted)
    assert result.data == plain()
    assert result.removed == (name,)


def test_all_of_it_goes_at_once_and_again_changes_nothing() -> None:
    result = strip_gif(EVERYTHING, policy="strip", painted=False)
    assert result.data == plain()
    assert set(result.removed) == {"comment", "data-after-end", "stray-bytes", "text", "vendor-extension", "xmp"}
    assert made.SECRET not in result.data
    assert strip_gif(result.data, policy="strip", painted=False).data is result.data


@pytest.mark.parametrize("policy", POLICIES)
def test_what_shows_the_picture_stays_as_it_is(policy: str) -> None:
    for painted in (False, True):
        assert strip_gif(plain(), policy=policy, painted=painted).removed == ()


def test_nothing_rides_along_in_loop_and_control_blocks() -> None:
    loop = extension(0xFF, b"NETSCAPE2.0", b"\1\0\0", made.SECRET, b"\2\1\2\3\4")
    control = extension(0xF9, b"\1\0\0\3", made.SECRET)
    result = strip_gif(naive.write(10, 8, TABLE, loop, control, PICTURE), policy="strip", painted=False)
    kept = [extension(0xFF, b"NETSCAPE2.0", b"\1\0\0", b"\2\1\2\3\4"), extension(0xF9, b"\1\0\0\3")]
    assert result.data == naive.write(10, 8, TABLE, *kept, PICTURE)
    assert result.removed == ("stray-bytes",)


def test_keep_leaves_an_unpainted_file_and_takes_pictures_from_a_painted_one() -> None:
    assert strip_gif(EVERYTHING, policy="keep", painted=False).data is EVERYTHING
    result = strip_gif(EVERYTHING, policy="keep", painted=True)
    assert result.data == plain(XMP, COMMENT, TEXT)
    assert result.removed == ("data-after-end", "stray-bytes", "vendor-extension")
    jpeg = b"".join(b"%c" % byte for byte in made.thumbnail())
    shows = b"\x21\xfe" + blocks(jpeg)
    packet = XMP.replace(b"<x>", b"<x>xmpGImg:image")
    result = strip_gif(plain(shows, packet), policy="keep", painted=True)
    assert result.data == plain()
    assert result.removed == ("comment", "nested-jpeg", "xmp", "xmp-image")


@pytest.mark.parametrize("cut", [1, 2, 12, 30])
def test_a_file_that_ends_early_stays(cut: int) -> None:
    source = plain()[:-cut]
    assert strip_gif(source, policy="strip", painted=False).data is source


def test_an_extension_that_ends_early_goes() -> None:
    result = strip_gif(plain()[:-1] + COMMENT[:-3], policy="strip", painted=False)
    assert (result.data, result.removed) == (plain(), ("stray-bytes",))


def test_what_is_no_gif_is_refused() -> None:
    for source, reason in (
        (b"GIF90a", "not-a-gif"),
        (plain()[:20], "truncated-header"),
        (plain()[:61], "no-image-data"),
    ):
        with pytest.raises(SampleError) as caught:
            strip_gif(source, policy="strip", painted=False)
        assert caught.value.reason == reason
    with pytest.raises(UsageError, match="policy"):
        strip_gif(plain(), policy="none", painted=False)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=8),
    st.integers(0, 9999),
    st.sampled_from(POLICIES),
    st.booleans(),
)
def test_mutated_files_keep_their_images_and_need_no_second_time(
    changes: list[tuple[int, int]], cut: int, policy: str, painted: bool
) -> None:
    source = bytearray(EVERYTHING)
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source[: cut if cut > 100 else None])
    try:
        once = strip_gif(data, policy=policy, painted=painted)
    except SampleError:
        return
    assert set(once.removed) <= set(NAMES)
    again = strip_gif(once.data, policy=policy, painted=painted)
    assert (again.data, again.removed) == (once.data, ())
