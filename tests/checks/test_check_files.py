"""What lies outside, what rides along, and what an outcome claims."""

import io
import struct
import zlib

import exif_blocks as exif
import numpy as np
import painters
import pytest
import scenes
from PIL import Image, PngImagePlugin

from overpaint.checks import REASONS, Problem, check, readable
from overpaint.checks._outside import _clear_rim
from overpaint.records import Box, Outcome

BOXES = [Box(60, 60, 120, 130)]


@pytest.fixture(scope="module")
def source() -> bytes:
    return scenes.coded(Image.fromarray(scenes.noise(320, 240, 7)), 80, "4:2:0")


@pytest.fixture(scope="module")
def output(source) -> bytes:
    return painters.honest(source, BOXES)


def reasons(before, after, boxes=BOXES, outcome=Outcome.REDACTED, **more):
    return check(before, after, boxes, outcome=outcome, **more).reasons


def with_segment(data, marker, payload):
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + data[2:]


def with_chunk(data, name, payload):
    chunk = struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))
    return data[:33] + chunk + data[33:]


def test_the_reference_passes(source, output):
    assert reasons(source, output) == ()


def test_another_file_is_found(source, output):
    other = scenes.coded(Image.fromarray(scenes.noise(320, 240, 8)), 80, "4:2:0")
    assert "outside-changed" in reasons(source, painters.honest(other, BOXES))
    assert reasons(source, scenes.coded(scenes.shapes("ramp"), 80, "4:2:0")) == ("size-changed",)


def test_coding_the_whole_again_is_found(source, output):
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(output)) as image:
        image.save(buffer, "JPEG", quality=75)
    assert {"outside-changed", "tables-changed"} <= set(reasons(source, buffer.getvalue()))


def test_coding_again_is_no_fault_where_the_outcome_says_so(source, output):
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(output)) as image:
        image.save(buffer, "JPEG", quality="keep")
    assert reasons(source, buffer.getvalue(), outcome=Outcome.RE_ENCODED) == ()
    other = painters.honest(scenes.coded(Image.fromarray(scenes.noise(320, 240, 8)), 80, "4:2:0"), BOXES)
    assert "outside-changed" in reasons(source, other, outcome=Outcome.RE_ENCODED)


def test_progressive_mode_and_sampling_must_stay(source):
    for more, reason in (
        ({"progressive": True}, "progressive-changed"),
        ({"subsampling": "4:4:4"}, "sampling-changed"),
    ):
        buffer = io.BytesIO()
        with Image.open(io.BytesIO(source)) as image:
            image.save(buffer, "JPEG", **{"qtables": image.quantization, "subsampling": "4:2:0"} | more)
        assert reason in reasons(source, buffer.getvalue(), outcome=Outcome.RE_ENCODED)


def test_a_rim_of_interpolated_colour_is_allowed_and_bounded(source, output):
    found = check(source, output, BOXES, outcome=Outcome.REDACTED)
    assert found.measures.rim > 0

    def stronger(planes, steps, width, height):
        done = painters.painted(planes, steps, painters.geometry(BOXES, width, height), painters.spline)
        done[1][100:104, 80:84] += 60  # far from the face
        return done

    assert reasons(source, painters.on_jpeg(source, stronger)) != ()


def test_the_rims_bound_is_a_third_of_what_is_seen_inside():
    difference = np.zeros((40, 40), np.uint8)
    difference[16:32, 16:32] = 30
    difference[15, 20] = 10
    assert _clear_rim(difference, [(16, 16, 32, 32)]) == (10, 11)
    assert not difference.any()  # what was edited and its rim are done with
    difference[16:32, 16:32] = 30
    difference[20, 14] = 12
    difference[20, 13] = 7  # beyond the rim: stays, and counts as outside
    rim, bound = _clear_rim(difference, [(16, 16, 32, 32)])
    assert rim > bound
    assert difference.sum() == difference[20, 13] == 7


def test_png_must_be_equal_to_the_pixel():
    before = scenes.coded(Image.fromarray(scenes.noise(200, 180, 1)), sampling="png")
    after = painters.honest(before, BOXES)
    assert reasons(before, after) == ()
    with Image.open(io.BytesIO(after)) as image:
        image.putpixel((199, 0), tuple(v ^ 1 for v in image.getpixel((199, 0))))
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
    found = check(before, buffer.getvalue(), BOXES, outcome=Outcome.REDACTED)
    assert found.reasons == ("outside-changed",)
    assert found.measures.outside == 3


def test_what_nothing_was_done_to():
    before = scenes.coded(scenes.shapes("ramp"))
    claim = {"boxes": [], "outcome": Outcome.IDENTICAL}
    assert reasons(before, before, **claim) == ()
    assert reasons(before, before + b"\0", **claim) == ("bytes-changed", "trailing-data")
    assert reasons(before, before, BOXES, outcome=Outcome.IDENTICAL) == ("not-replaced",)
    assert reasons(before, before, [Box(500, 500, 600, 600), Box(9, 9, 9, 9)], outcome=Outcome.IDENTICAL) == ()


def test_metadata_only_means_the_same_scan():
    before = with_segment(scenes.coded(scenes.shapes("ramp")), 0xFE, b"a comment")
    claim = {"boxes": [], "outcome": Outcome.METADATA_ONLY}
    assert reasons(before, scenes.coded(scenes.shapes("ramp")), **claim) == ()
    assert reasons(before, before, **claim) == ("text-left",)
    assert reasons(before, scenes.coded(scenes.shapes("edge")), **claim) == ("scan-changed",)
    png = scenes.coded(scenes.shapes("ramp"), sampling="png")
    assert reasons(with_chunk(png, b"tEXt", b"Author\0Someone"), png, **claim) == ()
    assert reasons(png, scenes.coded(scenes.shapes("edge"), sampling="png"), **claim) == ("scan-changed",)


RIDERS = {
    "EXIF thumbnail": (0xE1, exif.block(thumbnail=True), {"preview-left", "metadata-left"}),
    "GPS": (0xE1, exif.block(gps=True), {"location-left"}),
    "maker note": (0xE1, exif.block(maker=True), {"maker-note-left"}),
    "artist": (0xE1, exif.block(artist=b"Someone\0"), {"text-left", "metadata-left"}),
    "camera": (0xE1, exif.block(make=b"Camera\0"), {"metadata-left"}),
    "XMP": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>", {"text-left"}),
    "XMP thumbnail": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<xmpGImg:image>abc", {"preview-left", "text-left"}),
    "JFXX": (0xE0, b"JFXX\0\x10" + b"\1" * 20, {"preview-left"}),
    "JFIF thumbnail": (0xE0, b"JFIF\0\1\2\0\0\1\0\1\2\2" + b"\7" * 12, {"preview-left"}),
    "MPF": (0xE2, b"MPF\0MM\0*\0\0\0\x08", {"preview-left"}),
    "C2PA": (0xEB, b"JP\0\1\0\0\0\1", {"preview-left"}),
    "IPTC": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x04abcd", {"text-left"}),
    "Photoshop thumbnail": (
        0xED,
        b"Photoshop 3.0\x008BIM\x04\x0c\0\0" + struct.pack(">I", 30) + b"\1" * 30,
        {"preview-left", "text-left"},
    ),
    "comment": (0xFE, b"hello", {"text-left"}),
    "vendor": (0xE5, b"RMETA\0", {"metadata-left"}),
    "hidden JPEG": (0xE2, b"ICC_PROFILE\0\1\1" + b"\xff\xd8\xff\xe0", {"preview-left", "icc-changed"}),
}


@pytest.mark.parametrize("name", RIDERS)
def test_riders_are_found(source, output, name):
    marker, payload, expected = RIDERS[name]
    assert set(reasons(source, with_segment(output, marker, payload))) == expected


@pytest.mark.parametrize("name", RIDERS)
def test_keep_keeps_all_but_what_shows_the_picture(source, output, name):
    marker, payload, expected = RIDERS[name]
    left = set(reasons(source, with_segment(output, marker, payload), metadata="keep"))
    assert left == expected & {"preview-left", "icc-changed"}
    plain = with_segment(source, marker, payload)
    assert check(plain, plain, [], metadata="keep", outcome=Outcome.IDENTICAL).ok


def test_keep_safe_keeps_what_is_technical(source, output):
    assert reasons(source, with_segment(output, *RIDERS["camera"][:2]), metadata="keep-safe") == ()
    assert reasons(source, with_segment(output, *RIDERS["artist"][:2]), metadata="keep-safe") == ("text-left",)


def test_a_thumbnail_overwritten_with_zeros_shows_nothing(source, output):
    zeroed = with_segment(output, 0xE1, exif.block(thumbnail=True, zeroed=True))
    assert reasons(source, zeroed, metadata="keep") == ()


def test_orientation_colour_profile_and_end(source, output):
    turned = with_segment(source, 0xE1, exif.block(orientation=6))
    assert "orientation-changed" in reasons(turned, output)
    kept = with_segment(painters.honest(source, BOXES, sides=(30, 15, 15, 15)), 0xE1, exif.block(orientation=6))
    assert reasons(turned, kept) == ()
    frame = with_segment(painters.honest(source, BOXES), 0xE1, exif.block(orientation=6))
    assert "detail-left" in reasons(turned, frame)
    profile = with_segment(source, 0xE2, b"ICC_PROFILE\0\1\1profile")
    assert reasons(profile, output) == ("icc-changed",)
    assert reasons(source, output + b"motion photo") == ("trailing-data",)
    assert reasons(source, output[: len(output) // 2]) == ("undecodable",)
    assert reasons(source, b"GIF89a") == ("unknown-format",)


def test_png_riders():
    before = scenes.coded(Image.fromarray(scenes.noise(200, 180, 1)), sampling="png")
    after = painters.honest(before, BOXES)
    for name, payload, reason in (
        (b"tEXt", b"Author\0Someone", "text-left"),
        (b"acTL", b"\0\0\0\1\0\0\0\0", "animation-left"),
        (b"eXIf", exif.block(gps=True)[6:], "location-left"),
        (b"prVt", b"x", "metadata-left"),
        (b"caBX", b"x", "preview-left"),
    ):
        assert reasons(before, with_chunk(after, name, payload)) == (reason,)
    assert reasons(before, after + b"x") == ("trailing-data",)


def test_sixteen_bits_palettes_and_grey_with_alpha():
    wide = Image.fromarray(scenes.noise(100, 90, 1)[:, :, 0].astype("uint16") * 256)
    before = scenes.coded(wide, sampling="png")
    assert reasons(before, before, [Box(20, 20, 60, 60)]) == ("detail-left",)
    palette = scenes.coded(scenes.shapes("lines").quantize(16), sampling="png")
    shown = scenes.coded(Image.open(io.BytesIO(palette)).convert("RGB"), sampling="png")
    assert reasons(palette, painters.honest(shown, BOXES)) == ()
    grey = scenes.coded(Image.fromarray(scenes.noise(100, 90, 1)).convert("LA"), sampling="png")
    assert "mode-changed" in reasons(grey, shown.replace(b"", b"")) or "size-changed" in reasons(grey, shown)


def test_a_source_that_ends_early_is_decoded_as_far_as_it_goes(source):
    cut = source[: len(source) * 3 // 4]
    assert reasons(cut, cut + b"\xff\xd9", outcome=Outcome.RE_ENCODED) != ("undecodable",)
    assert reasons(cut, cut, outcome=Outcome.RE_ENCODED) == ("undecodable",)


def test_cmyk_is_compared_channel_by_channel():
    image = Image.fromarray(scenes.noise(160, 160, 3)).convert("CMYK")
    before = scenes.coded(image, 85, "4:4:4")
    found = check(before, before, [Box(40, 40, 100, 100)], outcome=Outcome.REDACTED)
    assert found.reasons == ("detail-left",)


def test_readable():
    data = scenes.coded(scenes.shapes("ramp"))
    assert readable(data)
    assert not readable(data[:-40])
    assert not readable(b"")
    buffer = io.BytesIO()
    frames = [scenes.shapes("ramp", 20), scenes.shapes("edge", 20)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert readable(buffer.getvalue())


def test_every_reason_is_documented_and_no_other_is_possible():
    with pytest.raises(ValueError, match="is no reason"):
        Problem("looks-odd")
    page = (scenes.Path(__file__).parents[2] / "docs" / "reference" / "checks.md").read_text()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == sorted(REASONS)


def test_damage_never_raises(source, output):
    for at in range(0, len(output), 997):
        broken = output[:at] + b"\xff\xd8\x00"[at % 3 : at % 3 + 1] + output[at + 1 :]
        check(source, broken, BOXES, outcome=Outcome.REDACTED)
        check(broken, output, BOXES, outcome=Outcome.REDACTED)
    png = PngImagePlugin.PngInfo()
    png.add_text("a", "b")
    data = scenes.coded(scenes.shapes("ramp", 64), sampling="png", pnginfo=png)
    for at in range(len(data)):
        check(data, data[:at], BOXES, outcome=Outcome.METADATA_ONLY)
