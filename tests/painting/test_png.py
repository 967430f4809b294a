from __future__ import annotations

import io
import struct
import zlib

import fabricated_metadata as made
import naive_png
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import DecodeError, SampleError, UsageError
from overpaint.painting import _native
from overpaint.painting._png import paint_png
from overpaint.painting._png_filters import deflated, filtered
from overpaint.painting._regions import LOOKS, regions
from overpaint.records import Box

FACE = Box(14, 12, 34, 36)
WIDTH, HEIGHT = 61, 53
KINDS = [(0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)]


def samples(channels: int, depth: int, seed: int = 3, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    top = (1 << depth) - 1
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    wave = np.stack([np.sin(x / 6 + c) * np.cos(y / (5 + c)) for c in range(channels)], axis=2)
    noisy = 0.5 + 0.3 * wave + 0.2 * rng.random((height, width, channels))
    return (np.clip(noisy, 0, 1) * top).astype(np.uint16 if depth == 16 else np.uint8)


def footprint(face: Box = FACE) -> np.ndarray:
    """True where anything may change, written from the contract and not from the code."""
    inside = np.zeros((HEIGHT, WIDTH), bool)
    w, h = face.x1 - face.x0, face.y1 - face.y0
    f = min(48, max(2, -(-12 * min(w, h) // 100)))
    x0, x1 = face.x0 - -(-15 * w // 100) - f, face.x1 + -(-15 * w // 100) + f
    y0, y1 = face.y0 - -(-30 * h // 100) - f, face.y1 + -(-15 * h // 100) + f
    inside[max(0, int(y0)) : int(y1), max(0, int(x0)) : int(x1)] = True
    return inside


def painted(picture: np.ndarray, colours: int, look: str) -> np.ndarray:
    """The picture with its colour channels painted by the extension, nothing else of the code under test."""
    out = picture.copy()
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT, orientation=1, cells=4).packed()
    for channel in range(colours):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8 * plane.itemsize, groups, cores, 4, LOOKS[look])
        out[:, :, channel] = plane
    return out


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_colour_types_keep_depth_alpha_and_all_outside_the_footprint(colour: int, depth: int, interlaced: bool) -> None:
    channels = naive_png.CHANNELS[colour]
    colours = 1 if colour in (0, 4) else 3
    before = samples(channels, depth)
    result = paint_png(naive_png.write(before, colour, depth, interlaced=interlaced), [FACE])
    after, colour_after, depth_after, _ = naive_png.read(result.data)
    assert (colour_after, depth_after, result.faces, result.removed) == (colour, depth, 1, ())
    assert np.array_equal(after, painted(before, colours, "blur"))
    assert np.array_equal(after[~footprint()], before[~footprint()])
    assert np.array_equal(after[..., colours:], before[..., colours:])
    assert (after[20:30, 18:30, 0] != before[20:30, 18:30, 0]).mean() > 0.9


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_every_look_is_painted(look: str) -> None:
    before = samples(3, 8)
    after = naive_png.read(paint_png(naive_png.write(before, 2, 8), [FACE], look=look).data)[0]
    assert np.array_equal(after, painted(before, 3, look))
    if look == "fill":
        assert (after[20:30, 18:30] == 128).all()


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_greys_become_eight_bits_of_the_same_value(depth: int, interlaced: bool) -> None:
    before = samples(1, depth)
    background = made.png_chunk(b"bKGD", struct.pack(">H", (1 << depth) - 1))
    source = naive_png.write(before, 0, depth, background, interlaced=interlaced)
    after, colour, depth_after, chunks = naive_png.read(paint_png(source, [FACE]).data)
    assert (colour, depth_after) == (0, 8)
    assert chunks[b"bKGD"] == b"\x00\xff"
    shown = before * (255 // ((1 << depth) - 1))
    assert np.array_equal(after, painted(shown.astype(np.uint8), 1, "blur"))
    assert np.array_equal(
        np.asarray(Image.open(io.BytesIO(source)).convert("L"))[~footprint()], after[~footprint()][:, 0]
    )


@pytest.mark.parametrize("clear", [b"", b"\x00\x80"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_becomes_the_colours_it_stood_for(depth: int, clear: bytes) -> None:
    numbers = samples(1, depth)
    palette = np.random.default_rng(5).integers(0, 256, (1 << depth, 3), dtype=np.uint8)
    chunks = [made.png_chunk(b"sBIT", b"\x08\x08\x08"), made.png_chunk(b"PLTE", palette.tobytes())]
    chunks += [made.png_chunk(b"tRNS", clear)] if clear else []
    chunks += [made.png_chunk(b"bKGD", b"\x01"), made.png_chunk(b"hIST", bytes(2 << depth))]
    source = naive_png.write(numbers, 3, depth, *chunks)
    after, colour, depth_after, kept = naive_png.read(paint_png(source, [FACE]).data)
    assert (colour, depth_after) == (6 if clear else 2, 8)
    assert not {b"PLTE", b"tRNS", b"hIST"} & set(kept)
    assert kept[b"bKGD"] == b"".join(bytes((0, int(v))) for v in palette[1])
    assert np.array_equal(after[..., :3], painted(palette[numbers[..., 0]], 3, "blur"))
    decoded = np.asarray(Image.open(io.BytesIO(source)).convert("RGBA"))
    outside = ~footprint()
    assert np.array_equal(after[outside], decoded[outside][:, : after.shape[2]])
    if clear:
        assert np.array_equal(after[..., 3], decoded[..., 3])


@pytest.mark.parametrize(("colour", "depth"), [(0, 2), (0, 8), (0, 16), (2, 8), (2, 16)])
def test_a_transparent_colour_stays_on_the_same_pixels(colour: int, depth: int) -> None:
    channels = naive_png.CHANNELS[colour]
    before = samples(channels, depth)
    before[10:30, 10:20] = key = before[0, 0]
    before[28:36, 15:40] = key + 1 if key.max() < 3 else key - 1  # so that averages meet the key
    clear = made.png_chunk(b"tRNS", b"".join(struct.pack(">H", int(value)) for value in key))
    result = paint_png(naive_png.write(before, colour, depth, clear), [FACE])
    after, _, depth_after, chunks = naive_png.read(result.data)
    scale = 255 // ((1 << depth) - 1) if depth < 8 else 1
    assert [v * scale for v in struct.unpack(f">{channels}H", clear[8:-4])] == list(
        struct.unpack(f">{channels}H", chunks[b"tRNS"])
    )
    was = (before == key).all(axis=2)
    shown = (after == np.array(key, after.dtype) * scale).all(axis=2)
    assert np.array_equal(was, shown)
    assert depth_after == max(8, depth)


def test_a_painted_pixel_that_meets_the_transparent_colour_steps_beside_it() -> None:
    before = np.full((HEIGHT, WIDTH, 1), 60, np.uint8)
    source = naive_png.write(before, 0, 8, made.png_chunk(b"tRNS", b"\x00\x80"))
    after = naive_png.read(paint_png(source, [FACE], look="fill").data)[0]
    assert 128 not in after
    assert (after[20:30, 18:30] == 129).all()


def test_colour_below_transparent_pixels_is_painted_too() -> None:
    before = samples(4, 8)
    before[..., 3] = 0
    after = naive_png.read(paint_png(naive_png.write(before, 6, 8), [FACE], look="fill").data)[0]
    assert (after[20:30, 18:30, :3] == 128).all()
    assert not after[..., 3].any()


def test_chunks_that_stay_keep_their_order_and_the_others_go() -> None:
    result = paint_png(made.everything_png(), [Box(5, 5, 20, 20)])
    kinds = [kind for kind, _ in made.png_chunks(result.data)]
    assert kinds == [b"IHDR", b"gAMA", b"pHYs", b"eXIf", b"IDAT", b"IEND"]
    assert made.SECRET not in result.data
    assert {"gps", "text", "time", "exif-thumbnail"} <= set(result.removed)


def test_the_forehead_is_where_the_orientation_says() -> None:
    before = samples(3, 8)
    turned = made.png_chunk(b"eXIf", made.tiff({0: [made.orientation_entry(3)]}))
    upright = naive_png.read(paint_png(naive_png.write(before, 2, 8), [FACE]).data)[0]
    after = naive_png.read(paint_png(naive_png.write(before, 2, 8, turned), [FACE]).data)[0]
    changed = [np.flatnonzero((a != before).any(axis=(1, 2)))[[0, -1]] for a in (upright, after)]
    assert changed[0][0] < changed[1][0]
    assert changed[0][1] < changed[1][1]


def test_without_a_face_inside_only_the_metadata_policy_is_applied() -> None:
    source = made.plain_png()
    for faces in ([], [Box(500, 500, 600, 600)]):
        result = paint_png(source, faces)
        assert result.data is source
        assert (result.faces, result.removed) == (0, ())
    assert paint_png(made.everything_png(), []).faces == 0


def head(width: int, height: int, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    payload = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pieces = (made.png_chunk(b"IHDR", payload), made.png_chunk(b"IDAT", data), made.png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (head(1 << 16, 1 << 16), "too-many-pixels"),
        (head((1 << 31) - 1, (1 << 31) - 1), "too-many-pixels"),
        (head(12000, 12000, data=zlib.compress(bytes(1000))), "truncated"),
        (head(10, 10, data=zlib.compress(bytes(100))), "truncated"),
        (head(10, 10, data=b"no zlib stream at all, but long enough"), "damaged-data"),
        (head(0, 10), "damaged-header"),
        (head(10, 10, depth=3), "damaged-header"),
        (head(10, 10, depth=4, colour=2), "damaged-header"),
        (head(10, 10, colour=3, data=zlib.compress(bytes(110))), "bad-palette"),
        (made.plain_png()[:60], "truncated"),
        (b"GIF89a", "not-a-png"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_a_reason(source: bytes, reason: str) -> None:
    with pytest.raises(SampleError) as caught:
        paint_png(source, [Box(1, 1, 9, 9)])
    assert caught.value.reason == reason


def test_a_number_beyond_the_palette_is_refused() -> None:
    source = naive_png.write(samples(1, 8), 3, 8, made.png_chunk(b"PLTE", bytes(30)))
    with pytest.raises(DecodeError, match="bad-palette"):
        paint_png(source, [FACE])


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UsageError, match="look"):
        paint_png(made.plain_png(), [FACE], look="imagenet2021")
    with pytest.raises(UsageError, match="policy"):
        paint_png(made.plain_png(), [FACE], metadata="none")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1999), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_mutated_files_give_a_picture_or_a_sample_error(changes: list[tuple[int, int]], mend: bool) -> None:
    source = bytearray(made.everything_png())
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source)
    if mend:
        try:
            whole = made.png_chunks(data)
        except struct.error:
            whole = []
        data = data[:8] + b"".join(made.png_chunk(kind, payload) for kind, payload in whole)
    try:
        result = paint_png(data, [Box(5, 5, 20, 20)], max_pixels=1 << 20)
    except SampleError:
        return
    naive_png.read(result.data)


@pytest.mark.parametrize(("width", "step"), [(1, 1), (3, 3), (40, 4), (66, 6), (64, 8), (2, 3)])
def test_rows_are_filtered_as_the_slow_reference_does(width: int, step: int) -> None:
    rng = np.random.default_rng(width)
    rows = rng.integers(0, 256, (12, width), dtype=np.uint8)
    rows[4:8] = np.arange(width) * 3
    above = bytes(width)
    for row, coded in zip(rows, np.concatenate(list(filtered(rows, step))), strict=True):
        every = [naive_png.filter_row(kind, row.tobytes(), above, step) for kind in range(5)]
        costs = [sum(min(v, 256 - v) for v in one) for one in every]
        assert coded[0] == costs.index(min(costs))
        assert coded[1:].tobytes() == every[coded[0]]
        above = row.tobytes()


def test_blocks_of_rows_are_filtered_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = samples(3, 8).reshape(HEIGHT, -1)
    whole = np.concatenate(list(filtered(rows, 3)))
    monkeypatch.setattr("overpaint.painting._png_filters._BLOCK", 5 * rows.shape[1])
    assert np.array_equal(whole, np.concatenate(list(filtered(rows, 3))))
    plain = zlib.decompress(deflated(rows, 3, adaptive=False))
    assert plain == b"".join(b"\0" + row.tobytes() for row in rows)


def test_the_size_does_not_explode() -> None:
    rgb = Image.fromarray(samples(3, 8, height=200, width=300))
    buffer = io.BytesIO()
    rgb.save(buffer, "PNG")
    assert len(paint_png(buffer.getvalue(), [FACE]).data) < 1.1 * len(buffer.getvalue())
