from __future__ import annotations

import io
import struct

import fabricated_metadata as made
import naive_bmp as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from painted_canvas import core, footprint, painted
from PIL import Image

from overpaint.errors import SampleError, Unsupported, UsageError
from overpaint.painting import _native
from overpaint.painting._bmp import paint_bmp
from overpaint.painting._metadata import NAMES, POLICIES
from overpaint.painting._metadata._bmp import strip_bmp
from overpaint.painting._regions import LOOKS, regions
from overpaint.records import Box

WIDTH, HEIGHT = 37, 34
FACE = Box(10, 12, 24, 25)
PLACE, CORE = footprint([FACE], WIDTH, HEIGHT), core([FACE], WIDTH, HEIGHT)
GREYS = np.repeat(np.random.default_rng(4).permutation(256).astype(np.uint8)[:, None], 3, axis=1)
COLOURS = np.random.default_rng(5).integers(0, 256, (256, 3), dtype=np.uint8)
RGB565, RGB555, TENS = (0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F), (0x3FF00000, 0xFFC00, 0x3FF)
SWAPPED, ODD = (0xFF, 0xFF00, 0xFF0000), (0xFF000000, 0xF0000, 0xF00)


def numbers(bits: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = 0.5 + 0.3 * np.sin(x / 5) * np.cos(y / 4) + 0.2 * rng.random(x.shape)
    return (np.clip(wave, 0, 1) * ((1 << bits) - 1)).astype(np.uint32)


def channels(mask: int, values: np.ndarray) -> tuple[np.ndarray, int]:
    shift = (mask & -mask).bit_length() - 1
    return (values & mask) >> shift, mask.bit_count()


def plane_painted(plane: np.ndarray, bits: int, look: str) -> np.ndarray:
    out = np.ascontiguousarray(plane.astype(np.uint8 if bits <= 8 else np.uint16))
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT).packed()
    _native.paint_plane(out, bits, groups, cores, 4, LOOKS[look])
    return out


def words(depth: int, masks: tuple[int, ...]) -> np.ndarray:
    out = np.random.default_rng(8).integers(0, 1 << depth, (HEIGHT, WIDTH), dtype=np.uint32)
    for seed, mask in enumerate(masks):
        shift, bits = (mask & -mask).bit_length() - 1, mask.bit_count()
        out = (out & ~np.uint32(mask)) | (numbers(bits, seed) << shift).astype(np.uint32)
    return out


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize(
    ("depth", "header", "compression", "masks"),
    [
        (24, 40, 0, (0xFF0000, 0xFF00, 0xFF)),
        (24, 124, 0, (0xFF0000, 0xFF00, 0xFF)),
        (24, 64, 0, (0xFF0000, 0xFF00, 0xFF)),
        (32, 40, 0, (0xFF0000, 0xFF00, 0xFF)),
        (32, 108, 3, SWAPPED),
        (32, 124, 3, ODD),
        (32, 56, 3, TENS),
        (16, 40, 0, RGB555),
        (16, 40, 3, RGB565),
        (16, 52, 3, RGB565),
    ],
)
def test_colours_are_painted_where_they_lie(
    depth: int, header: int, compression: int, masks: tuple[int, ...], top_down: bool, look: str
) -> None:
    before = words(depth, masks)
    source = naive.write(
        before, depth, header=header, compression=compression, masks=masks if compression else (), top_down=top_down
    )
    result = paint_bmp(source, [FACE], look=look)
    assert (result.faces, result.removed, result.again, result.notes) == (1, (), False, ())
    after = naive.read(result.data)[0]
    assert np.array_equal(before[~PLACE], after[~PLACE])
    for mask in masks:
        was, bits = channels(mask, before)
        assert np.array_equal(channels(mask, after)[0], plane_painted(was, bits, look))
    unused = ~np.uint32(sum(masks))
    assert np.array_equal(before & unused, after & unused)
    assert (
        naive.write(
            after, depth, header=header, compression=compression, masks=masks if compression else (), top_down=top_down
        )
        == result.data
    )


@pytest.mark.parametrize("compression", [0, 1])
@pytest.mark.parametrize("header", [12, 40, 64, 108, 124])
def test_a_palette_of_every_grey_stays(header: int, compression: int) -> None:
    if header == 12 and compression:
        return
    before = numbers(8)
    source = naive.write(before, 8, header=header, palette=GREYS, compression=compression)
    result = paint_bmp(source, [FACE])
    after, depth, palette = naive.read(result.data)
    assert depth == 8
    assert len(result.data) == len(naive.write(before, 8, header=header, palette=GREYS))
    assert np.array_equal(before[~PLACE], after[~PLACE])
    assert np.array_equal(GREYS[after][..., 0], plane_painted(GREYS[before][..., 0], 8, "blur"))
    assert palette == source[14 + header : 14 + header + len(palette)]


@pytest.mark.parametrize(("header", "depth", "entries"), [(40, 2, 4), (16, 8, 256), (40, 8, 300)])
def test_what_no_second_decoder_reads_is_refused(header: int, depth: int, entries: int) -> None:
    source = naive.write(numbers(depth), depth, header=header, palette=np.resize(COLOURS, (entries, 3)))
    with pytest.raises(Unsupported) as caught:
        paint_bmp(source, [FACE])
    assert caught.value.reason == "bmp-header"
    assert paint_bmp(source, []).data == source


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("header", [12, 40, 64, 124])
@pytest.mark.parametrize("depth", [1, 4, 8])
def test_other_palettes_become_the_colours_they_stood_for(depth: int, header: int, top_down: bool) -> None:
    before, palette = numbers(depth), COLOURS[: 1 << depth]
    source = naive.write(before, depth, header=header, palette=palette, top_down=top_down and header > 12)
    result = paint_bmp(source, [FACE])
    after, depth_after, rest = naive.read(result.data)
    assert (depth_after, rest) == (24, b"")
    shown = np.dstack([after >> 16, after >> 8 & 255, after & 255])
    assert np.array_equal(shown, painted(palette[before], [FACE], "blur"))
    with Image.open(io.BytesIO(result.data)) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), shown)


@pytest.mark.parametrize(("depth", "compression"), [(8, 1), (4, 2)])
def test_run_lengths_are_unpacked(depth: int, compression: int) -> None:
    before, palette = numbers(depth), COLOURS[: 1 << depth]
    source = naive.write(before, depth, palette=palette, compression=compression)
    with Image.open(io.BytesIO(source)) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), palette[before])
    after = naive.read(paint_bmp(source, [FACE]).data)[0]
    shown = np.dstack([after >> 16, after >> 8 & 255, after & 255])
    assert np.array_equal(shown, painted(palette[before], [FACE], "blur"))


def test_what_runs_skip_is_number_nought() -> None:
    source = naive.write(numbers(8), 8, palette=COLOURS, compression=1)
    data = b"\5\7\0\2\3\1" + b"\4\x09\0\1" + bytes(200)
    source = source[: struct.unpack_from("<I", source, 10)[0]] + data
    after = naive.read(paint_bmp(source, [Box(30, 1, 36, 6)]).data)[0]
    first, second, none = (int.from_bytes(COLOURS[i].tobytes(), "big") for i in (7, 9, 0))
    assert list(after[-1, :6]) == [first] * 5 + [none]
    assert list(after[-2, 7:13]) == [none] + [second] * 4 + [none]


def test_nothing_to_paint_is_metadata_only() -> None:
    source = naive.write(numbers(24), 24)
    for faces in ([], [Box(400, 400, 500, 500)]):
        assert paint_bmp(source, faces).data is source
    assert paint_bmp(source + b"more", []).removed == ("data-after-end",)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("painted_too", [False, True])
def test_what_lies_beside_the_picture_goes(policy: str, painted_too: bool) -> None:
    plain = naive.write(numbers(24), 24, header=124, profile=b"profile")
    source = naive.write(numbers(24), 24, header=124, profile=b"profile", gap=made.SECRET, tail=made.SECRET)
    result = strip_bmp(source, policy=policy, painted=painted_too)
    if policy == "keep" and not painted_too:
        assert result.data is source
        return
    assert (result.data, result.removed) == (plain, ("data-after-end", "stray-bytes"))
    assert strip_bmp(plain, policy=policy, painted=painted_too).data is plain


@pytest.mark.parametrize("policy", ["strip", "keep-safe"])
def test_the_path_of_a_linked_profile_goes(policy: str) -> None:
    source = naive.write(numbers(24), 24, header=124, profile=made.SECRET, linked=True)
    result = strip_bmp(source, policy=policy, painted=False)
    assert (result.data, result.removed) == (naive.write(numbers(24), 24, header=124), ("linked-profile",))
    assert strip_bmp(source, policy="keep", painted=True).data is source


def test_an_embedded_profile_follows_the_picture() -> None:
    source = naive.write(numbers(8), 8, header=124, palette=COLOURS, profile=b"profile")
    result = paint_bmp(source, [FACE])
    place, size = struct.unpack_from("<II", result.data, 126)
    assert result.data[14 + place :] == b"profile"
    assert size == 7


@pytest.mark.parametrize("gap", [b"", bytes(6)])
@pytest.mark.parametrize("tail", [b"", bytes(2)])
def test_zeros_for_alignment_are_no_metadata(gap: bytes, tail: bytes) -> None:
    source = naive.write(numbers(24), 24, gap=gap, tail=tail)
    assert strip_bmp(source, policy="strip", painted=False).data is source
    after = naive.read(paint_bmp(source, [FACE]).data)[0]
    assert np.array_equal(after[~PLACE], numbers(24)[~PLACE])


GOOD = naive.write(numbers(24), 24)
INDEXED = naive.write(numbers(8), 8, palette=COLOURS[:200])
RUNS = naive.write(numbers(8), 8, palette=COLOURS, compression=1)


def altered(data: bytes, at: int, form: str, *values: int) -> bytes:
    return data[:at] + struct.pack(form, *values) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"BA" + GOOD[2:], "not-a-bmp"),
        (GOOD[:40], "truncated-header"),
        (GOOD[:54], "truncated"),
        (GOOD[:900], "truncated"),
        (altered(GOOD, 14, "<I", 15), "damaged-header"),
        (altered(GOOD, 10, "<I", 20), "damaged-header"),
        (altered(GOOD, 18, "<i", 0), "damaged-header"),
        (altered(GOOD, 22, "<i", 0), "damaged-header"),
        (altered(GOOD, 28, "<H", 23), "damaged-header"),
        (altered(GOOD, 30, "<I", 1), "damaged-header"),
        (altered(GOOD, 30, "<I", 4), "bmp-compression"),
        (altered(GOOD, 30, "<I", 9), "damaged-header"),
        (altered(GOOD, 18, "<ii", 64000, 64000), "too-many-pixels"),
        (altered(GOOD, 18, "<ii", 9000, -9000), "truncated"),
        (altered(RUNS, 18, "<ii", 9000, 9000), "truncated"),
        (altered(RUNS, 18, "<ii", 60, 80)[:-2], "truncated"),
        (altered(RUNS, 18, "<i", WIDTH - 1), "damaged-data"),
        (naive.write(words(32, SWAPPED), 32, compression=3, masks=(0xFF, 0xFF00, 0xFF00)), "damaged-header"),
        (naive.write(words(32, SWAPPED), 32, compression=3, masks=(0, 0, 0)), "damaged-header"),
        (naive.write(words(32, SWAPPED), 32, compression=3, masks=(0xFF00FF, 0, 0)), "bmp-masks"),
        (naive.write(words(32, SWAPPED), 32, compression=3, masks=(0x1FFFF, 0, 0)), "bmp-masks"),
        (naive.write(words(16, RGB565), 16, compression=3, masks=(0xFF0000, 0, 0)), "bmp-masks"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_a_reason(source: bytes, reason: str) -> None:
    with pytest.raises(SampleError) as caught:
        paint_bmp(source, [Box(1, 1, 9, 9)])
    assert caught.value.reason == reason


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UsageError, match="look"):
        paint_bmp(GOOD, [FACE], look="imagenet2021")
    with pytest.raises(UsageError, match="policy"):
        paint_bmp(GOOD, [FACE], metadata="none")


EVERY = [
    GOOD,
    RUNS,
    naive.write(numbers(8), 8, header=124, palette=COLOURS, gap=b"gap", profile=b"profile", tail=b"tail"),
    naive.write(words(16, RGB565), 16, compression=3, masks=RGB565),
    naive.write(numbers(4), 4, palette=COLOURS[:16], compression=2),
    naive.write(numbers(1), 1, header=12, palette=COLOURS[:2]),
]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(EVERY),
    st.lists(st.tuples(st.one_of(st.integers(0, 140), st.integers(0, 9999)), st.integers(0, 255)), max_size=6),
    st.integers(0, 9999),
    st.sampled_from(POLICIES),
)
def test_mutated_files_give_a_picture_or_a_sample_error(
    source: bytes, changes: list[tuple[int, int]], cut: int, policy: str
) -> None:
    data = bytearray(source)
    for at, value in changes:
        data[at % len(data)] = value
    whole = bytes(data[: cut if cut > 60 else None])
    try:
        once = strip_bmp(whole, policy=policy, painted=False)
        again = strip_bmp(once.data, policy=policy, painted=False)
        result = paint_bmp(whole, [FACE], metadata=policy, max_pixels=1 << 20)
    except SampleError:
        return
    assert (again.data, again.removed) == (once.data, ())
    assert set(result.removed) <= set(NAMES)
    assert paint_bmp(result.data, [FACE], max_pixels=1 << 20).faces == result.faces


def test_numbers_that_are_not_in_the_palette_are_black() -> None:
    after = paint_bmp(INDEXED, [Box(2, 2, 12, 12)])
    one, two = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in (INDEXED, after.data))
    missing = numbers(8) >= 200  # below the footprint
    assert missing[24:].any()
    assert np.array_equal(one[24:], two[24:])
    assert not two[24:][missing[24:]].any()
