"""HEIC: made and read by pillow-heif where it is installed; without it files put together by hand."""

from __future__ import annotations

import contextlib
import io
import sys
from functools import partial

import heif_by_hand as made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import SampleError, Unsupported
from overpaint.painting import _native, paint, regions
from overpaint.painting._heic import paint_heic
from overpaint.painting._metadata._isobmff import read_items
from overpaint.painting._metadata._isobmff_strip import strip_isobmff
from overpaint.painting._regions import LOOKS
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

WIDTH, HEIGHT = 96, 80
FACE = Box(30, 26, 50, 50)
EXIF = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0Sny\0\x0e\x01\x02\0\x05\0\0\0\x26\0\0\0\0\0\0\0Jane\0"
XMP = b"<x:xmpmeta>Jane</x:xmpmeta>"


def samples(channels: int = 3, seed: int = 1) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.stack([0.5 + 0.4 * np.sin(x / (4 + c) + seed) * np.cos(y / 6) for c in range(channels)], axis=2)
    return (wave * 255).astype(np.uint8)


def expected(before: np.ndarray) -> np.ndarray:
    out = before.copy()
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT).packed()
    for channel in range(3):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8, groups, cores, 4, LOOKS["blur"])
        out[:, :, channel] = plane
    return out


def saved(array: np.ndarray, **options: object) -> bytes:
    library = pytest.importorskip("pillow_heif")
    image = library.from_bytes("RGBA" if array.shape[2] == 4 else "RGB", (WIDTH, HEIGHT), array.tobytes())
    file = io.BytesIO()
    image.save(file, quality=80, **options)
    return file.getvalue()


def seen(data: bytes) -> np.ndarray:
    library = pytest.importorskip("pillow_heif")
    return np.asarray(library.open_heif(data))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("chroma", [420, 444])
def test_painted_where_meant_and_near_the_source_elsewhere(channels: int, chroma: int) -> None:
    source = saved(samples(channels), exif=EXIF, xmp=XMP, icc_profile=b"PROFILE!" * 20, chroma=chroma)
    result = paint(source, [FACE])
    assert (result.outcome, result.faces_painted) == (Outcome.RE_ENCODED, 1)
    difference = np.abs(seen(result.data).astype(int) - expected(seen(source)))
    assert difference.mean() < 2 and np.percentile(difference, 99) < 16
    assert b"Jane" not in result.data and b"PROFILE!" * 20 in result.data
    assert {"exif", "exif-comment", "xmp"} <= set(result.metadata_removed)
    kept = paint_heic(source, [FACE], metadata="keep")
    assert kept.data.count(b"Jane") == 2 and b"Sny" in kept.data


def test_thumbnails_and_texts_go_and_the_picture_stays() -> None:
    library = pytest.importorskip("pillow_heif")
    image = library.from_bytes("RGB", (WIDTH, HEIGHT), samples().tobytes())
    library.options.THUMBNAILS = True
    image.info["thumbnails"] = [32]
    file = io.BytesIO()
    image.save(file, quality=80, exif=EXIF, xmp=XMP)
    source = file.getvalue()
    items = read_items(source)
    assert any(b"thmb" in item.refers for item in items.items.values())
    kept = paint(source, [])
    assert kept.outcome is Outcome.METADATA_ONLY and "thumbnail-item" in kept.metadata_removed
    assert np.array_equal(seen(kept.data), seen(source)) and b"Jane" not in kept.data
    assert not any(b"thmb" in item.refers for item in read_items(kept.data).items.values())
    assert paint(kept.data, []).data is kept.data


def by_hand() -> bytes:
    coded, other = bytes(range(256)), b"THUMBNAIL" * 9
    properties = [made.full(b"ispe", 0, WIDTH.to_bytes(4, "big"), HEIGHT.to_bytes(4, "big"))]
    items = [(1, b"hvc1", b"", coded), (2, b"hvc1", b"", other), (3, b"Exif", b"", bytes(4) + EXIF)]
    return made.heif(items, [(b"thmb", 2, 1), (b"cdsc", 3, 1)], properties, {1: [1], 2: [1]}, brand=b"heic")


def test_metadata_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    kept = paint(by_hand(), [])
    assert kept.metadata_removed == ("exif", "exif-comment", "thumbnail-item")
    assert bytes(range(256)) in kept.data and b"THUMB" not in kept.data and b"Jane" not in kept.data
    with pytest.raises(Unsupported, match="needs-heic"):
        paint(by_hand(), [FACE])


def test_limits() -> None:
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_heic(by_hand(), [FACE], max_pixels=100)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_ends_in_a_reason(data: st.DataObject) -> None:
    source = bytearray(by_hand())
    for _ in range(data.draw(st.integers(1, 5))):
        source[data.draw(st.integers(24, len(source) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(source[: data.draw(st.integers(30, len(source)) | st.just(len(source)))])
    with contextlib.suppress(SampleError):
        strip_isobmff(cut, policy="strip", painted=False)
    with contextlib.suppress(SampleError):
        paint_heic(cut, [FACE], max_pixels=50_000)
