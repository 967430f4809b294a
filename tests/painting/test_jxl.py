"""JPEG XL: made and read by pylibjxl; boxes cut and joined by hand."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from overpaint.errors import DecodeError, SampleError, Unsupported
from overpaint.painting import _native, paint, paint_jpeg, regions
from overpaint.painting._jxl import paint_jxl
from overpaint.painting._jxl_header import read_jxl_header
from overpaint.painting._metadata._jxl import jxl_boxes, jxl_codestream, jxl_with, strip_jxl
from overpaint.painting._regions import LOOKS
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

jxl = pytest.importorskip("pylibjxl")

WIDTH, HEIGHT = 90, 74
FACE = Box(30, 24, 50, 48)
EXIF = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0Sny\0\x0e\x01\x02\0\x05\0\0\0\x26\0\0\0\0\0\0\0Jane\0"
XMP = b"<x:xmpmeta>Jane</x:xmpmeta>"


def samples(channels: int = 3, seed: int = 1) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.stack([0.5 + 0.4 * np.sin(x / (4 + c) + seed) * np.cos(y / 5) for c in range(channels)], axis=2)
    return (wave * 255).astype(np.uint8)


def expected(before: np.ndarray) -> np.ndarray:
    out = before.copy()
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT).packed()
    for channel in range(min(3, before.shape[2])):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8, groups, cores, 4, LOOKS["blur"])
        out[:, :, channel] = plane
    return out


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("boxed", [False, True])
def test_lossless_is_exact(channels: int, boxed: bool) -> None:
    before = samples(channels)
    source = jxl.encode(before, lossless=True, **({"exif": EXIF} if boxed else {}))
    result = paint(source, [FACE])
    assert (result.outcome, result.faces_painted) == (Outcome.REDACTED, 1)
    assert np.array_equal(jxl.decode(result.data).reshape(before.shape), expected(before))
    assert b"Jane" not in result.data


def test_a_lossy_one_is_written_without_further_loss() -> None:
    source = jxl.encode(samples(), distance=1.5)
    result = paint(source, [FACE])
    assert result.outcome is Outcome.REDACTED
    assert np.array_equal(jxl.decode(result.data), expected(jxl.decode(source)))


def test_a_profile_stays() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = jxl.encode(samples(), lossless=True, icc=profile)
    _, told = jxl.decode(paint(source, [FACE]).data, metadata=True)
    assert bytes(told["icc"]) == profile


def hopper() -> bytes:
    return (Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").read_bytes()


TURNS = [None, None, 0, 3, 1, 5, 4, 6, 2]
"""Pillow's transpositions by orientation, which bring an upright picture into the frame that is stored."""


def of_turned_jpeg(orientation: int, *, told: int | None = None) -> bytes:
    with Image.open(io.BytesIO(hopper())) as image:
        upright = image.convert("RGB").resize((203, 161))
    turn, out, exif = TURNS[orientation], io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation if told is None else told
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))
    stored.save(out, "JPEG", quality=90, exif=exif)
    return bytes(jxl.jpeg_to_jxl(out.getvalue(), effort=3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_inside_is_painted_where_the_upright_picture_has_its_box(orientation: int) -> None:
    source, face = of_turned_jpeg(orientation), Box(60, 30, 100, 80)
    result = paint_jxl(source, [face])
    assert result.notes == ("jpeg-inside",) and result.faces == 1
    before, after = (jxl.decode(data).astype(int) for data in (source, result.data))
    assert before.shape == after.shape == (161, 203, 3)
    changed = np.abs(before - after).max(axis=2)
    rows, columns = np.nonzero(changed > 2)
    # the core is 15 above the face (30 of 100) and 6 or 8 beside it, then 5 of feather and whole blocks of 16
    assert 60 - 6 - 5 - 18 <= columns.min() <= 60 and 100 <= columns.max() <= 100 + 6 + 5 + 18
    assert 30 - 15 - 5 - 18 <= rows.min() <= 20 and 80 <= rows.max() <= 80 + 8 + 5 + 18
    assert (changed[32:78, 62:98] > 0).mean() > 0.8


def test_a_jpeg_inside_that_is_turned_otherwise_than_the_file_is_not_used() -> None:
    source = bytearray(of_turned_jpeg(6))
    assert read_jxl_header(jxl_codestream(bytes(source))).orientation == 6
    at = source.index(b"\xff\x0a")
    for flipped in range(64):  # one bit of the codestream's orientation
        source[at + 2 + flipped // 8] ^= 1 << flipped % 8
        try:
            if read_jxl_header(jxl_codestream(bytes(source))).orientation == 8:
                break
        except DecodeError:
            pass
        source[at + 2 + flipped // 8] ^= 1 << flipped % 8
    else:
        pytest.fail("no bit turns it")
    result = paint_jxl(bytes(source), [Box(60, 30, 100, 80)])
    assert result.notes == () and result.faces == 1


def test_a_jpeg_inside_is_painted_in_its_coefficients() -> None:
    source = jxl.jpeg_to_jxl(hopper())
    face = Box(200, 100, 300, 250)
    result = paint(source, [face], metadata="keep")
    assert result.outcome is Outcome.REDACTED and result.notes[0] == "jpeg-inside"
    assert jxl.jxl_to_jpeg(result.data) == paint_jpeg(hopper(), [face], metadata="keep").data
    stripped = paint(source, [face])
    assert np.array_equal(jxl.decode(stripped.data), jxl.decode(result.data))
    assert "jpeg-reconstruction" in stripped.metadata_removed and b"jbrd" not in stripped.data
    assert paint(stripped.data, []).data is stripped.data


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def decorated() -> bytes:
    more = (b"jumb", b"C2PA"), (b"brob", b"Exifpacked"), (b"jbrd", b"rest"), (b"priv", b"Jane")
    whole: bytes = jxl_with(jxl.encode(samples(), lossless=True), EXIF, XMP)
    return whole + b"".join(box(*each) for each in more)


def test_strip_leaves_the_codestream_alone() -> None:
    source = decorated()
    kept = strip_jxl(source, policy="strip", painted=False)
    names = {"exif", "exif-comment", "jpeg-reconstruction", "jumbf", "vendor-box", "xmp"}
    assert set(kept.removed) == names
    assert jxl_codestream(kept.data) == jxl_codestream(source) and b"Jane" not in kept.data
    assert {b.kind for b in jxl_boxes(kept.data)} <= {b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp"}
    assert np.array_equal(jxl.decode(kept.data), samples())
    assert strip_jxl(kept.data, policy="strip", painted=False).data is kept.data
    assert strip_jxl(source, policy="keep", painted=False).data is source
    technical = strip_jxl(source, policy="keep-safe", painted=False)
    assert b"Sny" in technical.data and b"Jane" not in technical.data
    assert strip_jxl(technical.data, policy="keep-safe", painted=False).data is technical.data


def test_painting_under_keep_takes_texts_along() -> None:
    source = jxl.encode(samples(), lossless=True, exif=EXIF, xmp=XMP)
    _, told = jxl.decode(paint_jxl(source, [FACE], metadata="keep").data, metadata=True)
    assert bytes(told["xmp"]) == XMP and b"Jane" in bytes(told["exif"])
    technical = paint_jxl(source, [FACE], metadata="keep-safe").data
    assert b"Sny" in technical and b"Jane" not in technical
    assert strip_jxl(technical, policy="keep-safe", painted=False).data is technical


def test_a_naked_codestream_has_nothing_to_remove() -> None:
    source = jxl.encode(samples(), lossless=True)
    assert source[:2] == b"\xff\x0a"
    assert paint(source, []).data is source and paint(source, []).outcome is Outcome.IDENTICAL


@pytest.mark.parametrize("shape", [(1, 1), (8, 256), (100, 100), (90, 120), (300, 17), (3, 2000), (160, 90)])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("lossless", [False, True])
def test_the_header_says_size_depth_and_colours(shape: tuple[int, int], channels: int, lossless: bool) -> None:
    source = jxl.encode(np.zeros((*shape, channels), np.uint8), lossless=lossless, effort=1)
    header = read_jxl_header(jxl_codestream(source))
    assert (header.height, header.width, header.bits, header.extra) == (*shape, 8, int(channels == 4))
    assert header.colours == "srgb" and not header.animated and not header.floats


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    source = decorated()
    monkeypatch.setitem(sys.modules, "pylibjxl", None)
    with pytest.raises(Unsupported, match="needs-jxl"):
        paint(jxl.encode(samples(), lossless=True), [FACE])
    assert paint(source, []).outcome is Outcome.METADATA_ONLY


def test_limits_and_damage() -> None:
    source = jxl.encode(samples(), lossless=True)
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_jxl(source, [FACE], max_pixels=100)
    with pytest.raises(DecodeError, match="damaged-data"):
        paint_jxl(source[: len(source) // 2], [FACE])
    with pytest.raises(DecodeError, match="damaged-header"):
        paint_jxl(b"\xff\x0a", [FACE])
    with pytest.raises(DecodeError, match="no-image-data"):
        paint_jxl(decorated()[:12], [FACE])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damage_ends_in_a_reason(data: st.DataObject) -> None:
    source = bytearray(decorated().replace(b"jbrd", b"free"))
    for _ in range(data.draw(st.integers(1, 4))):
        source[data.draw(st.integers(12, 90) | st.integers(12, len(source) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(source[: data.draw(st.integers(12, len(source)) | st.just(len(source)))])
    with contextlib.suppress(SampleError):
        paint_jxl(cut, [FACE], max_pixels=50_000)
    with contextlib.suppress(SampleError):
        strip_jxl(cut, policy="strip", painted=False)
