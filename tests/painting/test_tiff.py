"""TIFF: written by tifffile, Pillow or by hand; read back by another of them than wrote it."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from functools import partial

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from overpaint.errors import SampleError, Unsupported
from overpaint.painting import _native, paint, regions
from overpaint.painting._metadata._tiff_file import strip_tiff
from overpaint.painting._metadata._tiff_walk import Part, entry_of, read_tiff, written_tiff
from overpaint.painting._regions import LOOKS
from overpaint.painting._tiff import paint_tiff
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

WIDTH, HEIGHT = 70, 58
FACE = Box(20, 18, 40, 42)


def samples(channels: int = 3, depth: int = 8, seed: int = 1) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.stack([0.5 + 0.4 * np.sin(x / (4 + c) + seed) * np.cos(y / 5) for c in range(channels)], axis=2)
    noisy = wave + 0.1 * np.random.default_rng(seed).random(wave.shape)
    out = (np.clip(noisy, 0, 1) * ((1 << depth) - 1)).astype(np.uint16 if depth == 16 else np.uint8)
    return out[:, :, 0] if channels == 1 else out


def expected(before: np.ndarray, channels: int, look: str = "blur") -> np.ndarray:
    out = before.copy().reshape(HEIGHT, WIDTH, -1)
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT).packed()
    for channel in range(channels):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8 * plane.itemsize, groups, cores, 4, LOOKS[look])
        out[:, :, channel] = plane
    return out.reshape(before.shape)


def by_tifffile(array: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, metadata=None, software=False, **options)
    return file.getvalue()


def read(data: bytes, page: int = 0) -> np.ndarray:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        return file.pages[page].asarray()


def footprint() -> np.ndarray:
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[18 - 8 - 3 : 42 + 4 + 3, 20 - 3 - 3 : 40 + 3 + 3] = True
    return inside


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "options",
    [{}, {"tile": (32, 16)}, {"compression": "zlib"}, {"compression": "zlib", "predictor": 2}, {"bigtiff": True}],
    ids=str,
)
def test_layouts_keep_samples_alpha_and_byte_order(channels: int, depth: int, byteorder: str, options: dict) -> None:
    before = samples(channels, depth)
    kind = {"photometric": "rgb"} if channels > 1 else {"photometric": "minisblack"}
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    source = by_tifffile(before, byteorder=byteorder, **kind, **extra, **options)
    result = paint_tiff(source, [FACE])
    after = read(result.data)
    assert np.array_equal(after, expected(before, min(channels, 3)))
    assert np.array_equal(after[~footprint()], before[~footprint()])
    assert (after[22:40, 22:38] != before[22:40, 22:38]).mean() > 0.6
    assert (result.data[:4], result.faces) == (source[:4], 1)
    if channels == 4:
        assert np.array_equal(after[..., 3], before[..., 3])


def test_a_fourth_channel_without_a_name_is_alpha_and_stays_without() -> None:
    before = samples(4)
    named = by_tifffile(before, photometric="rgb", extrasamples=["unassalpha"])
    at = named.index(struct.pack("<HHI", 338, 3, 1))
    source = named[:at] + struct.pack("<H", 65000) + named[at + 2 :]  # a private tag in its place
    assert Image.open(io.BytesIO(source)).mode == "RGBA"
    result = paint_tiff(source, [FACE]).data
    assert 338 not in read_tiff(result).pages[0].entries and Image.open(io.BytesIO(result)).mode == "RGBA"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(result))), expected(before, 3))


def test_cmyk_of_sixteen_bits_is_refused_for_nobody_could_check_it() -> None:
    source = by_tifffile(samples(4, 16), photometric="separated")
    with pytest.raises(Unsupported) as caught:
        paint_tiff(source, [FACE])
    assert caught.value.reason == "tiff-colours"


@pytest.mark.parametrize("options", [{}, {"tile": (16, 32)}], ids=str)
def test_separate_planes_stay_separate(options: dict) -> None:
    before = samples(3, 16)
    planes = np.ascontiguousarray(before.transpose(2, 0, 1))
    source = by_tifffile(planes, photometric="rgb", planarconfig="separate", compression="zlib", **options)
    result = paint_tiff(source, [FACE])
    assert read_tiff(result.data).pages[0].integer(284, 1) == 2
    assert np.array_equal(read(result.data).transpose(1, 2, 0), expected(before, 3))


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg", "zstd", "lzma"])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_compressions_of_libtiff(compression: str, mode: str) -> None:
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    file = io.BytesIO()
    Image.fromarray(samples(channels), mode).save(file, "TIFF", compression=compression)
    before = np.asarray(Image.open(io.BytesIO(file.getvalue())))
    after = read(paint_tiff(file.getvalue(), [FACE]).data)
    assert np.array_equal(after, expected(before, channels))


def test_lzw_of_sixteen_bits_with_a_predictor_comes_whole() -> None:
    before = samples(1, 16)
    file = io.BytesIO()
    Image.fromarray(before).save(file, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    assert np.array_equal(read(paint_tiff(file.getvalue(), [FACE]).data), expected(before, 1))


def test_ycbcr_jpeg_becomes_rgb_of_what_libtiff_decodes() -> None:
    file = io.BytesIO()
    Image.fromarray(samples(3)).convert("YCbCr").save(file, "TIFF", compression="jpeg")
    before = np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB"))
    after = read(paint_tiff(file.getvalue(), [FACE]).data)
    assert np.array_equal(after, expected(before, 3))


@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_greys_become_eight_bits_of_the_same_value(bits: int, white_is_zero: bool) -> None:
    numbers = samples(1) >> (8 - bits)
    rows = np.zeros((HEIGHT, -(-WIDTH * bits // 8) * 8 // bits), np.uint8)
    rows[:, :WIDTH] = numbers
    coded = np.packbits((rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).tobytes()
    tags = [entry_of("<", tag, 3, value) for tag, value in ((256, WIDTH), (257, HEIGHT), (258, bits), (259, 1))]
    tags += [entry_of("<", 262, 3, 0 if white_is_zero else 1), entry_of("<", 277, 3, 1), entry_of("<", 278, 3, HEIGHT)]
    source = written_tiff("<", [Part(tags, segments=[coded])], big=False)
    spread = numbers * (255 // ((1 << bits) - 1))
    result = paint_tiff(source, [FACE])
    after = np.asarray(Image.open(io.BytesIO(result.data)))
    assert np.array_equal(255 - after if white_is_zero else after, expected(spread, 1))
    shown = np.asarray(Image.open(io.BytesIO(source)).convert("L"))
    assert np.array_equal(after[~footprint()], shown[~footprint()])


def test_fax_becomes_grey() -> None:
    file = io.BytesIO()
    before = Image.fromarray(samples(1)).convert("1")
    before.save(file, "TIFF", compression="group4")
    after = np.asarray(Image.open(io.BytesIO(paint_tiff(file.getvalue(), [FACE]).data)))
    assert np.array_equal(after, expected(np.asarray(before.convert("L")), 1))


def test_a_palette_becomes_the_colours_it_stood_for() -> None:
    file = io.BytesIO()
    picture = Image.fromarray(samples(3)).quantize(40)
    picture.save(file, "TIFF")
    after = read(paint_tiff(file.getvalue(), [FACE]).data)
    assert np.array_equal(after, expected(np.asarray(picture.convert("RGB")), 3))


def test_bits_in_the_other_order() -> None:
    before = samples(1)
    order = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))
    tags = [entry_of(">", tag, 3, value) for tag, value in ((256, WIDTH), (257, HEIGHT), (258, 8), (259, 1), (266, 2))]
    tags += [entry_of(">", 262, 3, 1), entry_of(">", 277, 3, 1), entry_of(">", 278, 3, HEIGHT)]
    source = written_tiff(">", [Part(tags, segments=[before.tobytes().translate(order)])], big=False)
    assert np.array_equal(read(paint_tiff(source, [FACE]).data), expected(before, 1))


def three_pages(**options: object) -> tuple[bytes, list[np.ndarray]]:
    pages = [samples(3, seed=seed) for seed in (1, 2, 3)]
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for page in pages:
            writer.write(page, photometric="rgb", metadata=None, compression="zlib", **options)
    return file.getvalue(), pages


def test_pages_without_faces_keep_their_strips_byte_for_byte() -> None:
    source, pages = three_pages()
    result = paint(source, [Box(FACE.x0, FACE.y0, FACE.x1, FACE.y1, page=1)])
    assert (result.outcome, result.faces_painted) == (Outcome.REDACTED, 1)
    for number in range(3):
        after = read(result.data, number)
        assert np.array_equal(after, expected(pages[1], 3) if number == 1 else pages[number])
    for number in (0, 2):
        assert strips(source, number) == strips(result.data, number)
    for strip in strips(source, 1):
        assert strip not in result.data


def strips(data: bytes, page: int) -> list[bytes]:
    directory = read_tiff(data).pages[page]
    return [data[at : at + size] for at, size in zip(directory.integers(273), directory.integers(279), strict=True)]


def decorated(*, big: bool = False, order: str = "<") -> bytes:
    """A page with texts, places, a thumbnail in a SubIFD, a reduced page behind, and bytes nobody refers to."""
    thumb = Part([entry_of(order, 256, 3, 2), entry_of(order, 257, 3, 2)], segments=[b"THUMBNAIL-IN-SUBIFD!"])
    exif = Part(
        [entry_of(order, 0x8827, 3, 400), (0x9003, 2, 20, b"2020:01:01 00:00:00\0"), (0x927C, 7, 9, b"MAKERNOTE")]
    )
    tags = [
        entry_of(order, tag, 3, value) for tag, value in ((256, WIDTH), (257, HEIGHT), (258, 8), (259, 1), (262, 1))
    ]
    tags += [entry_of(order, 277, 3, 1), entry_of(order, 278, 3, HEIGHT), entry_of(order, 274, 3, 6)]
    texts = [(270, 2, 9, b"Jane Doe\0"), (271, 2, 6, b"Canon\0"), (306, 2, 20, b"2020:01:01 00:00:00\0")]
    texts += [(700, 1, 11, b"<x:xmpmeta>"), (34675, 7, 11, b"ICC-PROFILE"), (65000, 7, 7, b"PRIVATE")]
    places = Part([(2, 5, 3, bytes(24)), (1, 2, 2, b"N\0")])
    page = Part(tags + texts, segments=[samples(1).tobytes()], inner={0x8769: exif, 0x8825: places, 0x014A: thumb})
    small = Part([*tags[2:6], entry_of(order, 254, 4, 1), entry_of(order, 256, 3, 4), entry_of(order, 257, 3, 4)])
    small.segments = [b"REDUCED-PAGE-16B"]
    return written_tiff(order, [page, small], big=big) + b"AFTER-THE-END"


HIDDEN = [b"Jane", b"2020:", b"THUMBNAIL", b"REDUCED", b"MAKERNOTE", b"PRIVATE", b"AFTER", b"xmpmeta"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_strip_leaves_what_shows_the_picture(big: bool, order: str) -> None:
    source = decorated(big=big, order=order)
    kept = strip_tiff(source, policy="strip", painted=False)
    assert set(kept.removed) >= {"exif", "exif-comment", "exif-date", "gps", "maker-note", "reduced-page", "sub-image"}
    assert set(kept.removed) >= {"unreferenced", "vendor-tag", "xmp"}
    assert not [word for word in [*HIDDEN, b"Canon"] if word in kept.data]
    assert b"ICC-PROFILE" in kept.data and read_tiff(kept.data).pages[0].integer(274, 0) == 6
    assert samples(1).tobytes() in kept.data and len(read_tiff(kept.data).pages) == 1
    assert np.array_equal(read(kept.data), samples(1))
    assert strip_tiff(kept.data, policy="strip", painted=False).data is kept.data


def test_keep_safe_leaves_technical_tags_besides() -> None:
    kept = strip_tiff(decorated(), policy="keep-safe", painted=False)
    assert b"Canon" in kept.data and not [word for word in HIDDEN if word in kept.data]
    with tifffile.TiffFile(io.BytesIO(kept.data)) as file:
        assert file.pages[0].tags["ExifTag"].value["ISOSpeedRatings"] == 400
    assert strip_tiff(kept.data, policy="keep-safe", painted=False).data is kept.data


def test_keep_leaves_everything_of_a_file_that_is_not_painted() -> None:
    source = decorated()
    assert strip_tiff(source, policy="keep", painted=False).data is source


def test_no_other_picture_outlives_painting_under_keep() -> None:
    result = paint_tiff(decorated(), [FACE], metadata="keep")
    assert b"Jane" in result.data and b"2020" in result.data
    assert not [word for word in (b"THUMB", b"REDUCED", b"MAKER", b"PRIVATE", b"AFTER") if word in result.data]
    assert {"sub-image", "reduced-page", "maker-note", "vendor-tag", "unreferenced"} <= set(result.removed)


def test_orientation_says_where_the_forehead_is() -> None:
    source = decorated()
    page = read_tiff(paint_tiff(source, [FACE]).data).pages[0]
    assert page.integer(274, 0) == 6
    after = read(paint_tiff(source, [FACE]).data)
    changed = np.nonzero((after != samples(1)).any(axis=0))[0]
    assert changed[0] < 20 - 6  # 30 % of the width to the left, where the top is


def test_a_reduced_page_with_a_box_of_its_own_is_painted_and_stays() -> None:
    pages = [samples(3), samples(3, seed=2)]
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for number, page in enumerate(pages):
            writer.write(page, photometric="rgb", metadata=None, subfiletype=number)
    result = paint_tiff(file.getvalue(), [FACE, Box(20, 18, 40, 42, page=1)])
    assert np.array_equal(read(result.data, 1), expected(pages[1], 3)) and result.faces == 2


def test_what_cannot_be_painted_is_refused_with_a_reason() -> None:
    floats = by_tifffile(np.zeros((8, 8), np.float32))
    lab = by_tifffile(samples(3), photometric="cielab")
    for source, reason in ((floats, "tiff-samples"), (lab, "tiff-colours")):
        with pytest.raises(Unsupported) as caught:
            paint_tiff(source, [Box(1, 1, 5, 5)])
        assert caught.value.reason == reason
        assert paint(source, []).outcome in {Outcome.IDENTICAL, Outcome.METADATA_ONLY}
    with pytest.raises(Unsupported) as caught:
        paint_tiff(by_tifffile(samples(3), photometric="rgb"), [FACE], max_pixels=100)
    assert caught.value.reason == "too-many-pixels"


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    tags = [entry_of("<", 256, 4, 64000), entry_of("<", 257, 4, 64000), entry_of("<", 258, 3, 8)]
    tags += [entry_of("<", 259, 3, 8), entry_of("<", 262, 3, 1), entry_of("<", 277, 3, 1)]
    bomb = written_tiff("<", [Part(tags, segments=[zlib.compress(bytes(1 << 20))])], big=False)
    with pytest.raises(Unsupported) as caught:
        paint_tiff(bomb, [Box(1, 1, 500, 500)])
    assert caught.value.reason == "too-many-pixels"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_ends_in_a_reason(data: st.DataObject) -> None:
    source = bytearray(decorated(big=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 15) | st.integers(len(source) - 500, len(source) - 1))
        source[at] = data.draw(st.integers(0, 255))
    cut = bytes(source[: data.draw(st.integers(0, len(source)) | st.just(len(source)))])
    for run in (
        lambda: paint_tiff(cut, [FACE], max_pixels=100_000),
        lambda: strip_tiff(cut, policy="strip", painted=False),
    ):
        with contextlib.suppress(SampleError):
            run()


def test_a_chain_that_runs_in_a_circle_ends() -> None:
    source = bytearray(by_tifffile(samples(1)))
    at = struct.unpack_from("<I", source, 4)[0]
    count = struct.unpack_from("<H", source, at)[0]
    struct.pack_into("<I", source, at + 2 + 12 * count, at)
    assert len(read_tiff(bytes(source)).pages) == 1
    assert np.array_equal(read(paint_tiff(bytes(source), [FACE]).data), expected(samples(1), 1))


def test_strips_that_overlap_are_refused() -> None:
    shared = bytes(range(256)) * 300
    tags = [entry_of("<", 256, 3, 256), entry_of("<", 257, 3, 300), entry_of("<", 258, 3, 8), entry_of("<", 306, 3, 1)]
    offsets = [entry_of("<", 273, 4, *range(8, 308)), entry_of("<", 279, 4, *[70000] * 300)]
    source = bytearray(written_tiff("<", [Part(tags + offsets)], big=False) + shared)
    with pytest.raises(Unsupported) as caught:
        strip_tiff(bytes(source), policy="strip", painted=False)
    assert caught.value.reason == "overlapping-data"


def test_pillow_reads_what_it_needs() -> None:
    source, _ = three_pages()
    after = Image.open(io.BytesIO(paint_tiff(source, [FACE]).data))
    assert isinstance(after, TiffImagePlugin.TiffImageFile) and after.n_frames == 3
