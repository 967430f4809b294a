"""Every codec but JPEG and still PNG: honest painters pass, each kind of cheating is caught."""

import io
import struct
import zlib
from dataclasses import replace

import exif_blocks as exif
import numpy as np
import painters
import pytest
import reels
import scenes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from overpaint.checks import check, readable
from overpaint.checks._apng_frames import composed
from overpaint.checks._codec import apng_contents
from overpaint.checks._decode import walk
from overpaint.records import Box, Outcome

CODECS = reels.EXACT + reels.LOSSY


@pytest.fixture(scope="module", autouse=True)
def plugins():
    reels.register()


def asked(codec, boxes, frames):
    return [replace(b, page=p) for b in boxes for p in range(len(frames))] if codec in reels.PAGED else boxes


def outcome(codec):
    return Outcome.RE_ENCODED if codec in reels.LOSSY else Outcome.REDACTED


def verdict(codec, before, after, boxes, frames, **more):
    return check(before, after, asked(codec, boxes, frames), outcome=outcome(codec), **more)


@pytest.fixture(scope="module")
def made():
    """By codec: source, boxes, frames, honest output; made once."""
    found = {}

    def make(codec):
        if codec not in found:
            before, boxes, frames = reels.source(codec, (48,), seed=5)
            found[codec] = before, boxes, frames, reels.coded(codec, reels.painted(codec, frames, boxes))
        return found[codec]

    return make


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10**6),
    faces=st.sampled_from([(14,), (30, 22), (60,), (80,)]),
    look=st.sampled_from(["blur", "mosaic", "fill"]),
    quality=st.integers(80, 96),
)
def test_honest_painters_pass(codec, seed, faces, look, quality):
    before, boxes, frames = reels.source(codec, faces, seed=seed, quality=quality, count=2)
    after = reels.coded(codec, reels.painted(codec, frames, boxes, look), quality=90)
    found = verdict(codec, before, after, boxes, frames, look=look)
    assert found.ok, found.problems
    still = codec == "avif-moving"  # a sequence has a still item beside its frames
    assert len(found.measures.cores) == len(boxes) * (len(frames) + still)


@pytest.mark.parametrize("codec", CODECS)
def test_a_face_left_alone_or_hardly_touched_is_found(codec, made):
    before, boxes, frames, _ = made(codec)
    assert "detail-left" in verdict(codec, before, before, boxes, frames).reasons
    for weak in (painters.half, painters.gaussian(pixels=2)):
        after = reels.coded(codec, reels.painted(codec, frames, boxes, weak))
        assert {"detail-left", "not-replaced"} & set(verdict(codec, before, after, boxes, frames).reasons)


@pytest.mark.parametrize("codec", reels.MOVING + reels.PAGED)
def test_one_frame_or_page_not_painted_is_found(codec, made):
    before, boxes, frames, _ = made(codec)
    after = reels.coded(codec, reels.painted(codec, frames, boxes, pages={0, 2}))
    found = verdict(codec, before, after, boxes, frames)
    assert "detail-left" in found.reasons
    assert all("frame 1" in p.detail for p in found.problems)


def test_the_still_item_of_a_sequence_is_looked_at_too(made):
    before, boxes, frames, after = made("avif-moving")
    start, stop = ((d.find(b"mdat") + 4) for d in (before, after))
    assert before[start:] != after[stop:]
    found = verdict("avif-moving", before, after, boxes, frames)
    assert len(found.measures.cores) == 4


def test_half_transparent_frames_are_laid_as_the_standard_says():
    """A frame of half transparent blue over opaque red, in a palette and in colours."""
    red, blue = np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 4), np.uint8)
    red[:], blue[:] = (255, 0, 0, 255), (0, 0, 255, 128)
    data = reels.coded("apng", [Image.fromarray(red), Image.fromarray(blue)], blend=1)
    contents = apng_contents(data, walk(data))
    shown = list(composed(contents.patches, 8, 8))
    assert len(shown) == 2
    assert tuple(shown[1][4, 4]) == (127, 0, 128, 255)


@pytest.mark.parametrize("codec", reels.MOVING + reels.PAGED)
def test_frames_and_their_times_must_stay(codec, made):
    before, boxes, frames, _ = made(codec)
    done = reels.painted(codec, frames, boxes)
    assert "frames-changed" in verdict(codec, before, reels.coded(codec, done[:2]), boxes, frames).reasons
    if codec in reels.MOVING:
        slower = reels.coded(codec, done, durations=[40, 90, 100])
        assert verdict(codec, before, slower, boxes, frames).reasons == ("timing-changed",)
    if codec in reels.MOVING and "avif" not in codec:
        oftener = reels.coded(codec, done, loop=4)
        assert verdict(codec, before, oftener, boxes, frames).reasons == ("timing-changed",)


@pytest.mark.parametrize("codec", [c for c in CODECS if c not in {"tiff16", "tiff-cmyk"}])
def test_a_change_outside_is_found(codec, made):
    before, boxes, frames, _ = made(codec)
    done = reels.painted(codec, frames, boxes)
    last = done[-1]
    if codec in reels.LOSSY:  # a patch the size of a small face, a little lighter
        array = np.asarray(last.convert("RGB")).astype(int)
        array[120:150, 150:180] += 14
        done[-1] = Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))
    else:
        old = last.getpixel((190, 150))
        last.putpixel((190, 150), (old ^ 1) if isinstance(old, int) else (old[0] ^ 1, *old[1:]))
    assert "outside-changed" in verdict(codec, before, reels.coded(codec, done), boxes, frames).reasons


def ring(width=200, height=160):
    y, x = np.mgrid[:height, :width]
    return np.clip(400 - 3 * np.hypot(x - width / 2, y - height / 2), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("codec", ["apng", "webp-exact", "webp", "avif", "tiff", "jxl-exact"])
def test_opacity_must_stay(codec):
    frames, boxes = reels.scene_frames(codec, (48,), seed=5, count=1)
    before = reels.coded(codec, [reels.with_alpha(f, np.maximum(ring(), 1)) for f in frames])
    start = reels.decoded(before, codec)
    done = reels.painted(codec, start, boxes)
    given_boxes = asked(codec, boxes, start)
    assert check(before, reels.coded(codec, done), given_boxes, outcome=outcome(codec)).ok
    other = [reels.with_alpha(f, np.maximum(255 - ring(), 1)) for f in done]
    assert "alpha-changed" in check(before, reels.coded(codec, other), given_boxes, outcome=outcome(codec)).reasons


def test_sixteen_bits_in_colour_are_compared_as_they_are(made):
    before, boxes, frames, after = made("tiff16")
    assert verdict("tiff16", before, after, boxes, frames).ok
    done = reels.painted("tiff16", frames, boxes)
    done[1][150, 190, 0] ^= 1  # the least of sixteen bits
    assert verdict("tiff16", before, reels.coded("tiff16", done), boxes, frames).reasons == ("outside-changed",)
    eight = reels.coded("tiff", [Image.fromarray((f >> 8).astype(np.uint8)) for f in done])
    assert "depth-changed" in verdict("tiff16", before, eight, boxes, frames).reasons


def test_other_colours_than_the_palettes_nearest_are_found(made):
    before, boxes, frames, _ = made("gif")
    dithered = []
    for frame, done in zip(frames, reels.painted("gif", frames, boxes), strict=True):
        numbers = np.asarray(done).copy()
        x0, y0, x1, y1 = painters.geometry(boxes, *frame.size)[0].core
        numbers[y0:y1, x0:x1] = np.roll(numbers[y0:y1, x0:x1], 9, axis=1)
        image = Image.fromarray(numbers, "P")
        image.putpalette(frame.getpalette("RGB"))
        dithered.append(image)
    assert "not-replaced" in verdict("gif", before, reels.coded("gif", dithered), boxes, frames).reasons


GPS = exif.block(gps=True)[6:]
CAMERA = exif.block(make=b"Camera\0")[6:]


def riff(data, name, payload):
    whole = data[12:] + name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)
    return b"RIFF" + struct.pack("<I", len(whole) + 4) + b"WEBP" + whole


def gif_extension(data, label, *blocks):
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    chain = b"".join(bytes([len(block)]) + block for block in blocks)
    return data[:at] + b"!" + label + chain + b"\0" + data[at:]


def box(data, name, payload):
    return data + struct.pack(">I", len(payload) + 8) + name + payload


def tiff_tag(tag, form, value):
    """A TIFF of one grey pixel with one tag more."""
    rows = [
        (256, 4, 1, 1),
        (257, 4, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 400),
        (279, 4, 1, 1),
    ]
    count = len(value) // {2: 1, 7: 1, 4: 4}[form]
    entries = b"".join(struct.pack("<HHII", *row) for row in rows) + struct.pack("<HHII", tag, form, count, 300)
    if form == 4:
        entries = entries[:-4] + value
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(rows) + 1) + entries + b"\0\0\0\0"
    return head.ljust(300, b"\0") + (value if form != 4 else b"").ljust(100, b"\0") + b"\x55"


def bmp_gap(data, extra):
    (at,) = struct.unpack_from("<I", data, 10)
    return data[:10] + struct.pack("<I", at + len(extra)) + data[14:at] + extra + data[at:]


STILL = {
    "webp EXIF": ("webp-exact", lambda d: riff(d, b"EXIF", GPS), {"location-left"}, set()),
    "webp camera": ("webp-exact", lambda d: riff(d, b"EXIF", CAMERA), {"metadata-left"}, set()),
    "webp XMP": ("webp-exact", lambda d: riff(d, b"XMP ", b"<x/>"), {"text-left"}, set()),
    "webp unknown": ("webp-exact", lambda d: riff(d, b"abcd", b"12"), {"metadata-left"}, set()),
    "webp picture": ("webp-exact", lambda d: riff(d, b"abcd", b"\xff\xd8\xff\xe0"), {"preview-left"}, {"preview-left"}),
    "webp second": ("webp-exact", lambda d: riff(d, b"VP8L", d[20:40]), {"preview-left"}, {"preview-left"}),
    "webp end": ("webp-exact", lambda d: d + b"more", {"trailing-data"}, {"trailing-data"}),
    "gif comment": ("gif", lambda d: gif_extension(d, b"\xfe", b"hello"), {"text-left"}, set()),
    "gif plain text": ("gif", lambda d: gif_extension(d, b"\x01", b"hello"), {"text-left"}, set()),
    "gif XMP": ("gif", lambda d: gif_extension(d, b"\xff", b"XMP DataXMP", b"<x/>"), {"text-left"}, set()),
    "gif application": ("gif", lambda d: gif_extension(d, b"\xff", b"SOMEBODY1.0"), {"metadata-left"}, set()),
    "gif end": ("gif", lambda d: d + b"more", {"trailing-data"}, {"trailing-data"}),
    "bmp end": ("bmp", lambda d: d + b"more", {"metadata-left"}, set()),
    "bmp gap": ("bmp", lambda d: bmp_gap(d, b"more"), {"metadata-left"}, set()),
    "avif box": ("avif", lambda d: box(d, b"uuid", b"more"), {"metadata-left"}, set()),
    "avif free": ("avif", lambda d: box(d, b"free", b"\0" * 9), set(), set()),
    "avif media": ("avif", lambda d: box(d, b"mdat", b"more"), {"metadata-left"}, set()),
    "heic track": ("heic", lambda d: box(d, b"moov", b"more"), {"animation-left"}, {"animation-left"}),
    "heic end": ("heic", lambda d: d + b"more", {"trailing-data"}, {"trailing-data"}),
}


@pytest.mark.parametrize("name", STILL)
def test_riders_are_found(name, made):
    codec, add, under_strip, under_keep = STILL[name]
    before, boxes, frames, after = made(codec)
    assert set(verdict(codec, before, add(after), boxes, frames).reasons) == under_strip
    assert set(verdict(codec, before, add(after), boxes, frames, metadata="keep").reasons) == under_keep


def test_riders_that_pillow_writes_are_found(made):
    thumbnail = exif.block(thumbnail=True)
    for codec, options, expected in (
        ("avif", {"exif": exif.block(make=b"Camera\0", orientation=6)}, {"metadata-left"}),
        ("avif", {"xmp": b"<x/>"}, {"text-left"}),
        ("heic", {"exif": thumbnail}, {"preview-left", "metadata-left"}),
        ("heic", {"thumbnails": [64]}, {"preview-left"}),
        ("heic", {"save_all": True, "append_images": [scenes.shapes("edge")]}, {"preview-left"}),
        ("jxl-exact", {"exif": GPS}, {"text-left"}),  # packed: nobody here knows of what it tells
        ("jxl-exact", {"xmp": b"<x/>"}, {"text-left"}),
        ("tiff", {"description": "somebody"}, {"text-left"}),
        ("tiff", {"software": "something"}, {"metadata-left"}),
        ("apng", {"exif": GPS}, {"location-left"}),
    ):
        before, boxes, frames, _ = made(codec)
        after = reels.coded(codec, reels.painted(codec, frames, boxes), **options)
        assert expected <= set(verdict(codec, before, after, boxes, frames).reasons), (codec, options)


@pytest.mark.parametrize(
    ("tag", "form", "value", "strip", "safe"),
    [
        (271, 2, b"Camera\0", ("metadata-left",), ()),
        (315, 2, b"Somebody\0", ("text-left",), ("text-left",)),
        (306, 2, b"2020:01:01 00:00:00\0", ("metadata-left",), ("metadata-left",)),
        (700, 7, b"<x:xmpmeta/>", ("text-left",), ("text-left",)),
        (37724, 7, b"layers", ("preview-left",), ("preview-left",)),
        (50000, 7, b"private", ("metadata-left",), ("metadata-left",)),
        (50000, 7, b"..\xff\xd8\xff\xe0..", ("preview-left",), ("preview-left",)),
        (34675, 7, b"a profile", (), ()),
        (330, 4, struct.pack("<I", 8), (), ()),  # points to the page itself: nothing new
    ],
)
def test_tiff_tags(tag, form, value, strip, safe):
    data = tiff_tag(tag, form, value)
    assert check(data, data, [], outcome=Outcome.IDENTICAL).reasons == strip
    assert check(data, data, [], metadata="keep-safe", outcome=Outcome.IDENTICAL).reasons == safe
    assert check(data, data, [], metadata="keep", outcome=Outcome.IDENTICAL).ok


def test_a_smaller_copy_of_a_page_is_a_preview():
    frames, boxes = reels.scene_frames("tiff", (48,), count=1)
    small = frames[0].resize((50, 40))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    before, after = (reels.coded("tiff", [f, small]) for f in (frames[0], reels.painted("tiff", frames, boxes)[0]))
    assert check(before, after, boxes, outcome=Outcome.REDACTED).reasons == ("preview-left",)


@pytest.mark.parametrize("codec", CODECS)
def test_what_nothing_was_done_to(codec, made):
    before, boxes, frames, after = made(codec)
    assert check(before, before, [], outcome=Outcome.IDENTICAL).ok
    assert check(before, before, [], outcome=Outcome.METADATA_ONLY).ok
    assert "bytes-changed" in check(before, after, [], outcome=Outcome.IDENTICAL).reasons
    assert "scan-changed" in check(before, after, [], outcome=Outcome.METADATA_ONLY).reasons
    assert verdict(codec, before, after, [], frames).ok is False
    assert check(before, before, asked(codec, boxes, frames), outcome=Outcome.IDENTICAL).reasons == ("not-replaced",)
    assert readable(before)
    assert not readable(before[: len(before) // 2])


def test_metadata_only_may_move_the_coded_picture():
    before, _, frames = reels.source("tiff", (20,), count=1)
    again = reels.coded("tiff", frames, compression="tiff_lzw")  # the long way: the same pixels
    assert check(before, again, [], outcome=Outcome.METADATA_ONLY).ok
    exact = reels.source("webp-exact", (20,))[0]
    assert check(riff(exact, b"XMP ", b"<x/>"), exact, [], outcome=Outcome.METADATA_ONLY).ok


def test_a_palette_may_become_colours(made):
    before, boxes, frames, _ = made("bmp-palette")
    shown = [f.convert("RGB") for f in frames]
    assert verdict("bmp-palette", before, reels.coded("bmp", reels.painted("bmp", shown, boxes)), boxes, frames).ok


def test_re_encoding_what_was_exact_is_no_excuse(made):
    before, boxes, frames, _ = made("webp-exact")
    after = reels.coded("webp", reels.painted("webp", frames, boxes))
    assert "outside-changed" in check(before, after, boxes, outcome=Outcome.RE_ENCODED).reasons


def test_a_missing_plug_in_is_said(made, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    before, boxes, frames, after = made("heic")
    (problem,) = verdict("heic", before, after, boxes, frames).problems
    assert problem.reason == "undecodable"
    assert "overpaint[heic]" in problem.detail


def test_announced_sizes_cost_nothing(made):
    gif = made("gif")[0]
    huge = gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    assert "undecodable" in check(huge, huge, [Box(1, 1, 9, 9)], outcome=Outcome.REDACTED).reasons
    assert not readable(huge)
    bmp = made("bmp")[0]
    huge = bmp[:18] + struct.pack("<ii", 64000, 64000) + bmp[26:]
    assert "undecodable" in check(huge, huge, [Box(1, 1, 9, 9)], outcome=Outcome.REDACTED).reasons


@pytest.mark.parametrize("codec", CODECS)
def test_damage_never_raises(codec, made):
    before, boxes, frames, after = made(codec)
    rng = np.random.default_rng(1)
    for round_ in range(12):
        broken = bytearray(after[: int(rng.integers(1, len(after)))] if round_ % 3 == 0 else after)
        for _ in range(4):
            at = int(rng.integers(0, min(len(broken), 400)))
            broken[at] = int(rng.integers(0, 256))
        for claim in (Outcome.METADATA_ONLY, outcome(codec)):
            check(before, bytes(broken), asked(codec, boxes, frames), outcome=claim)
            check(bytes(broken), after, asked(codec, boxes, frames), outcome=claim)


def test_an_animation_that_became_a_still_is_found(made):
    before, boxes, frames, _ = made("apng")
    still = scenes.coded(reels.painted("apng", frames, boxes)[0], sampling="png")
    assert check(before, still, boxes, outcome=Outcome.REDACTED).reasons == ("frames-changed",)


def test_an_animated_pngs_default_picture_is_a_frame_too():
    frames, boxes = reels.scene_frames("apng", (48,))
    before = reels.coded("apng", frames, default_image=True)
    done = reels.painted("apng", frames, boxes)
    assert check(before, reels.coded("apng", done, default_image=True), boxes, outcome=Outcome.REDACTED).ok
    left = reels.coded("apng", [frames[0], *done[1:]], default_image=True)
    assert "detail-left" in check(before, left, boxes, outcome=Outcome.REDACTED).reasons


def test_png_text_in_an_animation_is_found(made):
    before, boxes, frames, _ = made("apng")
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Somebody")
    after = reels.coded("apng", reels.painted("apng", frames, boxes), pnginfo=words)
    assert check(before, after, boxes, outcome=Outcome.REDACTED).reasons == ("text-left",)
    chunk = struct.pack(">I", 1) + b"prVt" + b"x" + struct.pack(">I", zlib.crc32(b"prVtx"))
    assert check(before, before[:33] + chunk + before[33:], [], outcome=Outcome.IDENTICAL).reasons != ()
    assert io.BytesIO(after)


def test_a_long_thin_core_costs_no_more_than_its_samples():
    frames = [Image.fromarray(scenes.noise(40, 6000, 3))]
    boxes = [Box(10, 100, 16, 5900)]
    before, after = (reels.coded("bmp", f) for f in (frames, reels.painted("bmp", frames, boxes)))
    assert check(before, after, boxes, outcome=Outcome.REDACTED).ok
    assert "detail-left" in check(before, before, boxes, outcome=Outcome.REDACTED).reasons


def test_many_references_to_the_same_bytes_are_not_followed():
    count = 20000
    rows = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    rows += [(273, 4, count, 200), (277, 3, 1, 1), (279, 4, count, 200 + 4 * count)]
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", *r) for r in rows)
    data = head.ljust(200, b"\0") + struct.pack("<I", 8) * count + struct.pack("<I", 8 * count) * count
    found = check(data, data, [Box(1, 1, 5, 5)], outcome=Outcome.REDACTED)
    assert "undecodable" in found.reasons
