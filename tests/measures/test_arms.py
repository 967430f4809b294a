"""Arms: what is done to a file, and what is not."""

import io

import numpy as np
import pytest
from lessons import pattern
from PIL import Image

from overpaint.errors import SampleError, UsageError
from overpaint.measures._arms import Arm, Material, parse_arms, recompressed, share_painted
from overpaint.painting import paint
from overpaint.records import Box

FACE = Box(8, 6, 28, 32)


def jpeg(**how):
    memory = io.BytesIO()
    picture = Image.fromarray(pattern(2, 0, 12, 16)).resize((64, 48), Image.Resampling.BICUBIC)
    picture.save(memory, "JPEG", **({"quality": 90} | how))
    return memory.getvalue()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def material(source, *, boxes=(FACE,), fill=False):
    written = paint(source, boxes, look="blur", cells=4, metadata="strip").data
    return Material(source, written, boxes, fill, "blur", 4, "strip")


@pytest.mark.parametrize("how", [{}, {"quality": 35, "subsampling": 0}, {"quality": 60, "progressive": True}])
def test_coding_again_keeps_tables_and_subsampling(how):
    data = jpeg(**how)
    again = recompressed(data, like=data)
    one, other = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(again))
    assert one.quantization == other.quantization
    assert [layer[1:3] for layer in one.layer] == [layer[1:3] for layer in other.layer]
    assert np.abs(pixels(data) - pixels(again)).mean() < 4  # of coding again, and not of another picture


def test_coding_again_with_a_quality():
    data = jpeg()
    given = Image.open(io.BytesIO(recompressed(data, like=data, quality=75)))
    assert given.quantization == Image.open(io.BytesIO(jpeg(quality=75))).quantization


def test_coding_again_turns_nothing_and_touches_no_other_codec():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg(exif=exif)
    assert Image.open(io.BytesIO(recompressed(data, like=data))).getexif()[0x0112] == 6
    memory = io.BytesIO()
    Image.fromarray(pattern(1, 1)).save(memory, "PNG")
    assert recompressed(memory.getvalue(), like=memory.getvalue()) == memory.getvalue()
    with pytest.raises(SampleError, match="codec-changed"):
        recompressed(data, like=memory.getvalue())
    with pytest.raises(SampleError, match="undecodable"):
        recompressed(data[:200], like=data)


def test_what_each_arm_is_made_of():
    source = jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    given = material(source)
    made = {
        arm.name: given.file(arm)
        for arm in parse_arms(
            ("original", "recompressed", "metadata-only", "redacted"),
            ("blur:4", "mosaic:2", "fill", "imagenet2021"),
        )
    }
    assert made["original"] == source
    assert made["redacted"] == made["blur:4"] == given.written
    np.testing.assert_array_equal(pixels(made["metadata-only"]), pixels(source))
    assert made["metadata-only"] != source
    assert len({made[name] for name in ("blur:4", "mosaic:2", "fill", "imagenet2021", "recompressed")}) == 5
    for name in ("blur:4", "mosaic:2", "fill"):
        changed = np.abs(pixels(made[name]) - pixels(source)).sum(2) > 0
        assert changed[12:24, 12:24].mean() > 0.9  # within the face
        assert not changed[:, 56:].any()  # blocks that nothing was painted on keep their coefficients
    assert np.ptp(pixels(made["fill"])[14:24, 14:22], axis=(0, 1)).max() <= 24


def test_what_decisions_want_filled_is_filled_in_every_look():
    given = material(jpeg(), fill=True)
    assert given.file(Arm("blur:2", look="blur", cells=2)) == given.file(Arm("fill:2", look="fill", cells=2))


def test_without_an_output_there_is_nothing_to_compare():
    given = Material(jpeg(), None, (FACE,), False, "blur", 4, "strip")
    with pytest.raises(SampleError, match="missing-output"):
        given.file(Arm("redacted"))
    assert given.file(Arm("recompressed")) == recompressed(given.source, like=given.source)


@pytest.mark.parametrize(
    ("arms", "looks", "said"),
    [
        (("original", "blurred"), (), "--arms blurred"),
        (("original",), (), "two arms"),
        (("original",), ("blur:0",), "--looks blur:0"),
        (("original",), ("blur:x",), "--looks blur:x"),
        (("original",), ("blur:²",), "--looks"),
        (("original",), ("pixels:4",), "--looks pixels:4"),
        (("original",), ("imagenet2021:4",), "--looks imagenet2021:4"),
    ],
)
def test_arms_that_are_none(arms, looks, said):
    with pytest.raises(UsageError, match=said):
        parse_arms(arms, looks)


def test_a_quality_is_of_coding_again_alone():
    arms = parse_arms(("original", "recompressed"), recompress=75)
    assert [arm.quality for arm in arms] == [None, 75]
    with pytest.raises(UsageError, match="1 to 100"):
        parse_arms(("original", "recompressed"), recompress=0)


def test_the_share_that_painting_touches():
    assert share_painted([], width=64, height=48, orientation=1, cells=4) == 0
    small, large = (
        share_painted([Box(10, 10, 10 + side, 10 + side)], width=100, height=100, orientation=1, cells=4)
        for side in (10, 30)
    )
    assert 0.01 < small < large < 0.5
    assert share_painted([Box(0, 0, 100, 100)], width=100, height=100, orientation=6, cells=4) == 1
    assert share_painted([Box(10, 10, 20, 20, page=1)], width=64, height=48, orientation=1, cells=4) == 0
