"""Files that are damaged, hostile or of another kind: an answer in bounded time, never a crash."""

from __future__ import annotations

import io

import jpeg_by_hand
import numpy as np
import pytest
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting import LOOKS, _native, paint_jpeg, regions
from overpaint.records import Box

LIMIT = 10**8
AT = regions([Box(20, 14, 44, 40)], width=72, height=56)


def saved(**options):
    rng = np.random.default_rng(4)
    y, x = np.mgrid[0:56, 0:72]
    waves = np.stack([128 + 60 * np.sin(x / (4 + c)) * np.cos(y / 6) for c in range(3)], axis=2)
    out = io.BytesIO()
    samples = np.clip(waves + rng.normal(0, 9, waves.shape), 0, 255).astype(np.uint8)
    Image.fromarray(samples).save(out, "JPEG", quality=85, **options)
    return out.getvalue()


BASE, PROGRESSIVE = saved(subsampling=2), saved(progressive=True, subsampling=2)


def edit(data, limit=LIMIT, look=0):
    return _native.edit_jpeg(data, *AT.packed(), 4, look, limit)


def try_edit(data, look=0):
    """None where it was refused."""
    try:
        return edit(data, look=look)
    except (_native.Refusal, ValueError):  # ValueError: a flipped bit gave other dimensions, the regions lie outside
        return None


def refusal(data, limit=LIMIT):
    with pytest.raises(_native.Refusal) as caught:
        edit(data, limit)
    return caught.value.args[:2]


def patched(data, marker, offset, value):
    at = data.index(bytes((255, marker)))
    return data[: at + offset] + value + data[at + offset + len(value) :]


def test_refusals_by_name():
    assert refusal(b"") == ("damaged", "undecodable")
    assert refusal(b"GIF89a") == ("damaged", "not-a-jpeg")
    assert refusal(BASE[:20]) == ("damaged", "undecodable")
    assert refusal(patched(BASE, 0xC0, 4, b"\x0c")) == ("unsupported", "precision")
    assert refusal(patched(BASE, 0xC0, 1, b"\xc3")) == ("unsupported", "coding")
    assert refusal(patched(BASE, 0xC0, 1, b"\xc5")) == ("unsupported", "coding")
    assert refusal(patched(BASE, 0xDB, 5, b"\0" * 64)) == ("damaged", "no-quantisation-table")
    assert refusal(patched(BASE, 0xDB, 4, b"\x03")) == ("damaged", "no-quantisation-table")
    assert refusal(BASE, limit=72 * 56 - 1) == ("unsupported", "too-large")
    assert edit(BASE, limit=72 * 56)[1]["warnings"] == 0


def test_five_components_are_refused():
    plane = jpeg_by_hand.Plane(1, 1, np.ones((8, 8), np.int64), np.zeros((7, 9, 8, 8), np.int64))
    source = jpeg_by_hand.Picture(72, 56, [plane] * 5, interleaved=False)
    assert refusal(jpeg_by_hand.encode(source)) == ("unsupported", "components")


def test_a_huge_size_costs_nothing():
    """65,500 x 3,000 pixels declared in 2 kB: refused before memory is taken."""
    huge = patched(BASE, 0xC0, 5, (3000).to_bytes(2, "big") + (65500).to_bytes(2, "big"))
    assert refusal(huge, limit=10**9) == ("unsupported", "too-large")


def test_a_marker_that_libjpeg_wonders_at_is_no_damage():
    """It is carried over, and wondered at again when the result is read back."""
    planes = [jpeg_by_hand.Plane(1, 1, np.ones((8, 8), np.int64), np.zeros((7, 9, 8, 8), np.int64)) for _ in range(4)]
    adobe = (0xEE, b"Adobe\0\x64\0\0\0\0\x4c")
    out, facts = edit(jpeg_by_hand.encode(jpeg_by_hand.Picture(72, 56, planes, segments=[adobe])))
    assert facts["warnings"] == 0
    assert adobe in jpeg_by_hand.decode(out).segments


def test_thousands_of_scans_are_refused():
    at = PROGRESSIVE.index(b"\xff\xda")
    end = PROGRESSIVE.index(b"\xff\xc4", at)
    bomb = PROGRESSIVE[:end] + PROGRESSIVE[at:end] * 3000 + b"\xff\xd9"
    assert refusal(bomb) == ("unsupported", "too-many-scans")


def test_python_sees_the_errors_of_the_house():
    with pytest.raises(DecodeError, match="not-a-jpeg"):
        paint_jpeg(b"GIF89a", [])
    with pytest.raises(Unsupported, match="precision"):
        paint_jpeg(patched(BASE, 0xC0, 4, b"\x0c"), [Box(20, 14, 44, 40)])
    with pytest.raises(Unsupported, match="too-large"):
        paint_jpeg(BASE, [Box(20, 14, 44, 40)], max_pixels=1000)


@pytest.mark.parametrize("name", ["base", "progressive"])
def test_cut_short_anywhere(name):
    """Cut in a scan: painted as far as decoders get, and said so. Cut in a header: refused."""
    data = {"base": BASE, "progressive": PROGRESSIVE}[name]
    scan = data.index(b"\xff\xda") + 14
    refused = 0
    for cut in range(2, len(data) - 2, 7):
        done = try_edit(data[:cut])
        if done is None:
            refused += cut > scan  # between the scans of a progressive file there are headers again
            continue
        assert done[1]["warnings"] > 0
        with Image.open(io.BytesIO(done[0])) as image:
            image.load()
            assert image.size == (72, 56)
    assert refused == 0 or (name == "progressive" and refused < 60)


@pytest.mark.parametrize("name", ["base", "progressive"])
def test_flipped_bits_never_crash(name):
    data = {"base": BASE, "progressive": PROGRESSIVE}[name]
    rng = np.random.default_rng(11)
    answers = 0
    for trial in range(400):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), rng.integers(1, 5)):
            broken[place] ^= 1 << int(rng.integers(0, 8))
        done = try_edit(bytes(broken), look=trial % len(LOOKS))
        if done is not None:
            answers += 1
            assert try_edit(done[0]) is not None
    assert answers > 100


def out_of_range(ac):
    """Coefficients that the standard does not allow for 8 bits, in a row of blocks that nothing touches."""
    rng = np.random.default_rng(3)
    blocks = np.zeros((7, 9, 8, 8), np.int64)
    blocks[6, :, 2, 2] = rng.integers(1100, 8000, 9)
    blocks[6, :, 0, 0] = rng.integers(-9000, 9000, 9)
    blocks[2, 3, 0, 0] = 300
    plane = jpeg_by_hand.Plane(1, 1, np.full((8, 8), 2), blocks)
    source = jpeg_by_hand.Picture(72, 56, [plane], dc_symbols=tuple(range(16)), ac_symbols=ac)
    return blocks, jpeg_by_hand.encode(source)


def test_numbers_that_cannot_be_written_are_brought_into_range():
    blocks, data = out_of_range((0x00, *(0xB0 | size for size in range(11, 14))))  # no code for what painting adds
    out, facts = edit(data)
    assert facts["clamped"]
    assert facts["optimised"]
    after = jpeg_by_hand.decode(out).planes[0].blocks
    assert (after[6, :, 2, 2] == 1023).all()
    np.testing.assert_array_equal(after[6, :, 0, 0], np.clip(blocks[6, :, 0, 0], -1024, 1023))
    done = paint_jpeg(data, [Box(20, 14, 44, 40)])
    assert done.damaged
    assert done.notes == ("coefficients-clamped", "optimised-tables")


def test_numbers_that_the_sources_tables_can_hold_stay():
    blocks, data = out_of_range(tuple(range(255)))
    out, facts = edit(data)
    assert not facts["clamped"]
    np.testing.assert_array_equal(jpeg_by_hand.decode(out).planes[0].blocks[6], blocks[6])


@pytest.mark.parametrize(
    ("groups", "cores", "cells", "look"),
    [
        ([[16, 0, 0]], [[0, 0, 9, 9, 2, 1]], 4, 0),
        ([[16, 0, 0]], [[0, 0, 73, 9, 2, 0]], 4, 0),
        ([[16, 0, 0]], [[9, 0, 9, 9, 2, 0]], 4, 0),
        ([[16, 0, 0]], [[-1, 0, 9, 9, 2, 0]], 4, 0),
        ([[16, 0, 0]], [[0, 0, 9, 9, 99, 0]], 4, 0),
        ([[15, 0, 0]], [[0, 0, 9, 9, 2, 0]], 4, 0),
        ([[16, 80, 0]], [[0, 0, 9, 9, 2, 0]], 4, 0),
        ([[16, 0, 0]], [[0, 0, 9, 9, 2, 0]], 0, 0),
        ([[16, 0, 0]], [[0, 0, 9, 9, 2, 0]], 65, 0),
        ([[16, 0, 0]], [[0, 0, 9, 9, 2, 0]], 4, 3),
        ([[16, 0, 0]], [[0, 0, 9, 9, 2]], 4, 0),
        ([[16, 0, 0]], [], 4, 0),
        ([], [[0, 0, 9, 9, 2, 0]], 4, 0),
        ([[16, 0, 0]] * 2, [[0, 0, 9, 9, 2, 1], [20, 0, 29, 9, 2, 0]], 4, 0),
    ],
)
def test_regions_that_make_no_sense(groups, cores, cells, look):
    packed = [np.array(rows, np.int32).tobytes() for rows in (groups, cores)]
    with pytest.raises(ValueError, match=r"group|core|cells|look|feather|rows|side|grid"):
        _native.edit_jpeg(BASE, *packed, cells, look, LIMIT)
    plane = np.zeros((56, 72), np.uint8)
    with pytest.raises(ValueError, match=r"group|core|cells|look|feather|rows|side|grid"):
        _native.paint_plane(plane, 8, *packed, cells, look)


@pytest.mark.parametrize(
    ("samples", "depth"),
    [
        (np.zeros((56, 72), np.int16), 16),
        (np.zeros((56, 72), np.float32), 8),
        (np.zeros((56, 72, 3), np.uint8), 8),
        (np.zeros((56, 72), np.uint8), 9),
        (np.zeros((56, 72), np.uint8), 0),
        (np.zeros((0, 72), np.uint8), 8),
    ],
)
def test_planes_that_are_none(samples, depth):
    with pytest.raises(ValueError, match=r"samples|depth"):
        _native.paint_plane(samples, depth, *AT.packed(), 4, 0)


def test_a_plane_that_may_not_be_written():
    samples = np.zeros((56, 72), np.uint8)
    samples.flags.writeable = False
    with pytest.raises((BufferError, ValueError)):
        _native.paint_plane(samples, 8, *AT.packed(), 4, 0)
