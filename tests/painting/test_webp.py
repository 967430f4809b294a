"""WebP: made by Pillow, cut and joined by hand; frames decoded one by one and put together by a slow reference."""

from __future__ import annotations

import contextlib
import io
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import DecodeError, SampleError, Unsupported
from overpaint.painting import _native, paint, regions
from overpaint.painting._metadata._webp import riff_chunk, riff_chunks, strip_webp, webp_chunks, webp_file
from overpaint.painting._regions import LOOKS
from overpaint.painting._webp import paint_webp
from overpaint.painting._webp_quality import vp8_quality
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

WIDTH, HEIGHT = 90, 74
FACE = Box(30, 24, 50, 48)
FOOTPRINT = (30 - 3 - 3, 24 - 8 - 3, 50 + 3 + 3, 48 + 4 + 3)
EXIF = b"II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x0e\x01\x02\0\x05\0\0\0\x26\0\0\0\0\0\0\0Jane\0"


def samples(channels: int = 3, seed: int = 1) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.stack([0.5 + 0.4 * np.sin(x / (4 + c) + seed) * np.cos(y / 5) for c in range(channels)], axis=2)
    noisy = wave + 0.05 * np.random.default_rng(seed).random(wave.shape)
    return (np.clip(noisy, 0, 1) * 255).astype(np.uint8)


def seen(data: bytes, frame: int = 0) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    image.seek(frame)
    return np.array(image)


def expected(before: np.ndarray, orientation: int = 1) -> np.ndarray:
    out = before.copy()
    groups, cores = regions([FACE], width=WIDTH, height=HEIGHT, orientation=orientation).packed()
    for channel in range(3):
        plane = np.ascontiguousarray(out[:, :, channel])
        _native.paint_plane(plane, 8, groups, cores, 4, LOOKS["blur"])
        out[:, :, channel] = plane
    return out


def saved(array: np.ndarray, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, "WEBP", **options)
    return file.getvalue()


def chunks(data: bytes) -> dict[bytes, bytes]:
    return {part.kind: data[part.start : part.end] for part in webp_chunks(data)[0]}


def outside(array: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = FOOTPRINT
    keep = np.ones(array.shape[:2], bool)
    keep[y0:y1, x0:x1] = False
    return array[keep]


@pytest.mark.parametrize("channels", [3, 4])
def test_lossless_is_exact_also_below_transparency(channels: int) -> None:
    before = samples(channels)
    if channels == 4:
        before[:40, :, 3] = 0
    source = saved(before, lossless=True, exact=True)
    result = paint(source, [FACE])
    assert (result.outcome, result.faces_painted) == (Outcome.REDACTED, 1)
    assert np.array_equal(seen(result.data), expected(before))
    assert np.array_equal(outside(seen(result.data)), outside(before))
    assert (seen(result.data)[30:44, 34:46, :3] != before[30:44, 34:46, :3]).mean() > 0.9


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 80, 90, 97])
def test_the_quantiser_tells_the_quality(quality: int) -> None:
    picture = chunks(saved(samples(), quality=quality))[b"VP8 "]
    assert abs(vp8_quality(picture) - quality) <= 8  # segments move it


@pytest.mark.parametrize("quality", [40, 75, 92])
def test_lossy_is_coded_again_about_as_it_was(quality: int) -> None:
    source = saved(samples(4), quality=quality, exact=True)
    result = paint(source, [FACE])
    assert result.outcome is Outcome.RE_ENCODED
    before, after = seen(source), seen(result.data)
    assert np.array_equal(before[..., 3], after[..., 3]) and chunks(source)[b"ALPH"] == chunks(result.data)[b"ALPH"]
    beyond = np.abs(outside(before)[:, :3].astype(int) - outside(after)[:, :3])
    assert beyond.mean() < 4
    inside = np.abs(expected(before)[30:44, 34:46, :3].astype(int) - after[30:44, 34:46, :3])
    assert inside.mean() < 6
    assert 0.5 < len(result.data) / len(source) < 1.2


def decorated(**options: object) -> bytes:
    whole = saved(samples(), exif=b"Exif\0\0" + EXIF, xmp=b"<x:xmpmeta>Jane", icc_profile=b"PROFILE!" * 20, **options)
    found, _ = webp_chunks(whole)
    pieces = [riff_chunk(part.kind, whole[part.start : part.end]) for part in found]
    return webp_file([*pieces, riff_chunk(b"SECR", b"ET")]) + b"behind the end"


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}], ids=str)
def test_strip_leaves_picture_profile_and_orientation(options: dict) -> None:
    source = decorated(**options)
    kept = strip_webp(source, policy="strip", painted=False)
    assert kept.removed == ("data-after-riff", "exif", "exif-comment", "vendor-chunk", "xmp")
    assert b"Jane" not in kept.data and b"PROFILE!" in kept.data and len(kept.data) % 2 == 0
    name = b"VP8L" if "lossless" in options else b"VP8 "
    assert chunks(kept.data)[name] == chunks(source)[name]
    image = Image.open(io.BytesIO(kept.data))
    assert image.getexif()[274] == 6 and "xmp" not in image.info and len(image.info["icc_profile"]) == 160
    assert strip_webp(kept.data, policy="strip", painted=False).data is kept.data
    assert strip_webp(source, policy="keep", painted=False).data is source
    assert paint(source, []).outcome is Outcome.METADATA_ONLY


def test_a_painted_file_keeps_profile_and_orientation_and_paints_by_it() -> None:
    source = decorated(lossless=True)
    result = paint_webp(source, [FACE])
    image = Image.open(io.BytesIO(result.data))
    assert image.getexif()[274] == 6 and len(image.info["icc_profile"]) == 160 and b"Jane" not in result.data
    assert np.array_equal(np.array(image), expected(samples(), orientation=6))
    kept = paint_webp(source, [FACE], metadata="keep")
    assert b"Jane" in kept.data and b"SECR" not in kept.data and "vendor-chunk" in kept.removed


def test_nothing_to_remove_leaves_the_same_bytes() -> None:
    for options in ({"lossless": True}, {"quality": 70}):
        source = saved(samples(), **options)
        assert paint(source, [Box(500, 500, 600, 600)]).data is source


def animation(*, lossless: bool, alpha: bool = False) -> bytes:
    """Frames by hand: the whole canvas, a patch on the face, one beside it, one to vanish, one half on the face."""
    shapes = [(0, 0, 90, 74), (26, 20, 40, 40), (60, 2, 20, 10), (2, 50, 70, 20), (40, 30, 30, 30), (70, 60, 10, 10)]
    pieces = [riff_chunk(b"VP8X", bytes((0x12 if alpha else 0x02, 0, 0, 0, 89, 0, 0, 73, 0, 0)))]
    pieces.append(riff_chunk(b"ANIM", b"\1\2\3\4" + b"\5\0"))
    for number, (x, y, w, h) in enumerate(shapes):
        patch = samples(4 if alpha and number else 3, seed=number)[:h, :w]
        coded = saved(patch, lossless=lossless, exact=True, quality=85)
        inner = [riff_chunk(c.kind, coded[c.start : c.end]) for c in webp_chunks(coded)[0] if c.kind != b"VP8X"]
        flags = {3: 1, 4: 3}.get(number, 0)
        place = b"".join(value.to_bytes(3, "little") for value in (x // 2, y // 2, w - 1, h - 1, 100 + number))
        pieces.append(riff_chunk(b"ANMF", place + bytes((flags,)) + b"".join(inner)))
    return webp_file([*pieces, riff_chunk(b"EXIF", EXIF)])


def frames(data: bytes) -> list[bytes]:
    return [data[part.start : part.end] for part in webp_chunks(data)[0] if part.kind == b"ANMF"]


@pytest.mark.parametrize("alpha", [False, True])
def test_every_frame_of_a_lossless_animation_shows_its_own_paint(alpha: bool) -> None:
    source = animation(lossless=True, alpha=alpha)
    result = paint(source, [FACE])
    assert result.outcome is Outcome.REDACTED and result.metadata_removed == ("exif", "exif-comment")
    for number in range(6):
        before = seen(source, number)
        assert np.array_equal(seen(result.data, number), expected(before, orientation=6)), number
    assert frames(result.data)[2] == frames(source)[2] and frames(result.data)[1] != frames(source)[1]
    assert [frame[12:15] for frame in frames(result.data)] == [frame[12:15] for frame in frames(source)]
    assert chunks(result.data)[b"ANIM"] == chunks(source)[b"ANIM"]


def test_a_lossy_animation_keeps_the_frames_beside_the_face() -> None:
    source = animation(lossless=False)
    result = paint(source, [FACE])
    assert result.outcome is Outcome.RE_ENCODED
    assert frames(result.data)[2] == frames(source)[2]
    for number in range(6):
        shown, target = seen(result.data, number), expected(seen(source, number), orientation=6)
        assert np.abs(shown[..., :3].astype(int) - target[..., :3]).mean() < 4
        assert np.abs(shown[28:46, 32:48, :3].astype(int) - target[28:46, 32:48, :3]).mean() < 6


def test_an_unpainted_animation_keeps_its_frames() -> None:
    source = animation(lossless=True)
    kept = paint(source, [])
    assert kept.outcome is Outcome.METADATA_ONLY and frames(kept.data) == frames(source)


def test_chunks_inside_frames_and_pictures_nobody_shows_go() -> None:
    source = animation(lossless=True)
    found, _ = webp_chunks(source)
    pieces = []
    for part in found:
        payload = source[part.start : part.end]
        pieces.append(riff_chunk(part.kind, payload + riff_chunk(b"SECR", b"ET") if part.kind == b"ANMF" else payload))
    kept = strip_webp(webp_file([*pieces, riff_chunk(b"VP8L", b"hidden")]), policy="strip", painted=False)
    assert b"SECR" not in kept.data and b"hidden" not in kept.data and frames(kept.data) == frames(source)
    assert {"stray-bytes", "vendor-chunk"} <= set(kept.removed)


def test_limits_and_damage() -> None:
    source = saved(samples(), lossless=True)
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_webp(source, [FACE], max_pixels=1000)
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_webp(animation(lossless=True), [FACE], max_pixels=WIDTH * HEIGHT // 2)
    for broken, reason in ((source[:60], "truncated"), (b"RIFF\4\0\0\0WEBP", "no-image-data")):
        with pytest.raises(DecodeError, match=reason):
            paint_webp(broken, [FACE])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_ends_in_a_reason(data: st.DataObject) -> None:
    source = bytearray(data.draw(st.sampled_from([animation(lossless=False), decorated(quality=50)])))
    for _ in range(data.draw(st.integers(1, 6))):
        source[data.draw(st.integers(0, 200) | st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(source[: data.draw(st.integers(0, len(source)) | st.just(len(source)))])
    with contextlib.suppress(SampleError):
        paint_webp(cut, [FACE], max_pixels=100_000)
    with contextlib.suppress(SampleError):
        strip_webp(cut, policy="strip", painted=False)


@given(st.lists(st.binary(max_size=9), max_size=5))
def test_chunks_come_back_as_written(payloads: list[bytes]) -> None:
    data = b"".join(riff_chunk(b"abcd", payload) for payload in payloads)
    assert [data[c.start : c.end] for c in riff_chunks(data, 0, len(data))] == payloads
