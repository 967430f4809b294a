"""Honest painters pass, faults do not: measured on files, with painters that share nothing with overpaint's."""

import io

import jpeglib
import numpy as np
import painters
import pytest
import scenes
from PIL import Image

from overpaint.checks import check
from overpaint.checks._decode import decode, walk
from overpaint.checks._surface import along, span
from overpaint.checks._transform import coefficients, own_samples, values
from overpaint.records import Box, Outcome

CODINGS = [
    (30, "4:2:0"),
    (50, "4:2:2"),
    (75, "4:2:0"),
    (85, "4:1:1"),
    (92, "4:4:4"),
    (98, "4:2:0"),
    (75, "grey"),
    (0, "png"),
]


def verdict(before, after, boxes, look="blur", **more):
    return check(before, after, boxes, look=look, metadata="keep", outcome=Outcome.REDACTED, **more)


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_honest_output_passes(coding, look):
    for seed, faces in enumerate([(6, 40), (16, 100), (24, 10)]):
        image, boxes = scenes.scene(faces, seed=seed)
        before = scenes.coded(image, *coding)
        found = verdict(before, painters.honest(before, boxes, look), boxes, look)
        assert found.ok, (faces, found.problems)
        assert sum(core.measured for core in found.measures.cores) > 0


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
@pytest.mark.parametrize("kind", ["flat", "ramp", "bowl", "edge", "lines"])
def test_smooth_and_sharp_shapes_raise_no_alarm(kind, look):
    boxes = [Box(20, 40, 60, 90), Box(110, 100, 180, 180)]
    for coding in [(75, "4:2:0"), (95, "4:4:4"), (0, "png")]:
        before = scenes.coded(scenes.shapes(kind), *coding)
        found = verdict(before, painters.honest(before, boxes, look), boxes, look)
        assert found.ok, (coding, found.problems)


def test_overlapping_faces_and_faces_at_the_border_pass():
    image, boxes = scenes.scene((60, 90), seed=3)
    boxes += [
        Box(-10, -10, 20, 30),
        Box(370, 280, 420, 320),
        Box(boxes[0].x0 + 30, boxes[0].y0 + 30, boxes[0].x1 + 9, boxes[0].y1 + 9),
    ]
    before = scenes.coded(image, 80, "4:2:0")
    assert verdict(before, painters.honest(before, boxes), boxes).ok


def test_a_large_core_is_sampled_by_blocks_and_still_judged():
    image = Image.fromarray(scenes.noise(1100, 900, 4))
    boxes = [Box(150, 150, 900, 800)]
    before = scenes.coded(image, 80, "4:2:0")
    assert verdict(before, painters.honest(before, boxes), boxes).ok
    weak = painters.honest(before, boxes, painters.gaussian(ratio=0.035))
    assert "detail-left" in verdict(before, weak, boxes).reasons


def shifted(b):
    return Box(b.x0 + 0.2 * b.width, b.y0, b.x1 + 0.2 * b.width, b.y1)


FAULTS = {
    "untouched": (lambda data, boxes: data, (8, 16, 24, 60, 150)),
    "half transparent": (lambda data, boxes: painters.honest(data, boxes, painters.half), (16, 24, 60, 150)),
    "sigma of .035": (
        lambda data, boxes: painters.honest(data, boxes, painters.gaussian(ratio=0.035)),
        (16, 24, 60, 150),
    ),
    "a 15 px box": (lambda data, boxes: painters.honest(data, boxes, painters.box_filter(15)), (100, 150)),
    "a 2 px Gaussian": (lambda data, boxes: painters.honest(data, boxes, painters.gaussian(pixels=2)), (40, 60, 150)),
    "ellipse in the box": (
        lambda data, boxes: painters.honest(data, boxes, mask=painters.ellipse_of("box")),
        (16, 24, 60, 150),
    ),
    "ellipse in the core": (
        lambda data, boxes: painters.honest(data, boxes, mask=painters.ellipse_of("core")),
        (40, 60, 150),
    ),
    "shifted by a fifth": (lambda data, boxes: painters.honest(data, [shifted(b) for b in boxes]), (40, 60, 150)),
    "wrong way up": (lambda data, boxes: painters.honest(data, boxes, sides=(15, 15, 15, 30)), (40, 60)),
    "twice the cells": (lambda data, boxes: painters.honest(data, boxes, cells=8), (60,)),
}


@pytest.mark.parametrize(("name", "coding"), [(n, c) for n in FAULTS for c in [(75, "4:2:0"), (0, "png")]], ids=str)
def test_faults_are_found(name, coding):
    paint, faces = FAULTS[name]
    for face in faces:
        image, boxes = scenes.scene((face,), 500, 480, seed=face)
        before = scenes.coded(image, *coding)
        found = verdict(before, paint(before, boxes), boxes)
        assert {"detail-left", "not-replaced"} & set(found.reasons), (face, found.measures)


@pytest.mark.parametrize("small", [16, 24, 40])
def test_the_flaw_of_2021_is_found_in_the_small_face(small):
    image, boxes = scenes.scene((small, 200), 620, 640, seed=small)
    before = scenes.coded(image, 92, "4:2:0")
    found = verdict(before, painters.as_2021(before, boxes), boxes)
    assert "detail-left" in found.reasons
    assert found.measures.cores[0].left > 0.3


def test_a_face_left_out_of_several_is_named():
    image, boxes = scenes.scene((60, 30, 20), seed=9)
    before = scenes.coded(image, 80, "4:2:0")
    found = verdict(before, painters.honest(before, boxes[:2]), boxes)
    assert "detail-left" in found.reasons
    assert all(str(found.measures.cores[2].box) in problem.detail for problem in found.problems)


def test_a_smooth_face_left_alone_is_compared_with_its_replacement():
    image = scenes.shapes("bowl").resize((400, 400), Image.Resampling.BICUBIC)
    boxes = [Box(40, 40, 200, 200)]
    before = scenes.coded(image, 40, "grey")
    assert not verdict(before, painters.honest(before, boxes, "blur"), boxes, "fill").ok
    assert verdict(before, painters.honest(before, boxes, "fill"), boxes, "fill").ok


def test_colour_left_behind_is_found():
    image, boxes = scenes.scene((80,), seed=1)
    before = scenes.coded(image, 90, "4:2:0")

    def luma_only(planes, steps, width, height):
        faces = painters.geometry(boxes, width, height)
        return [*painters.painted(planes[:1], steps[:1], faces, painters.spline), *planes[1:]]

    found = verdict(before, painters.on_jpeg(before, luma_only), boxes)
    assert "of C" in next(p.detail for p in found.problems if p.reason == "detail-left")


@pytest.mark.parametrize("sampling", ["4:2:0", "4:2:2", "4:1:1", "4:4:4"])
def test_the_decoders_interpolation_is_undone(tmp_path, sampling):
    data = scenes.coded(Image.fromarray(scenes.noise(121, 97, 2) // 2 + 64), 75, sampling)
    (tmp_path / "x.jpg").write_bytes(data)
    image = jpeglib.read_dct(str(tmp_path / "x.jpg"))
    picture = decode(data, walk(data), lenient=False)
    for component, coded, table in zip(
        picture.components, (image.Y, image.Cb, image.Cr), image.quant_tbl_no, strict=True
    ):
        blocks = painters.K.T @ (coded * image.qt[table].astype(float)) @ painters.K
        truth = blocks.transpose(0, 2, 1, 3).reshape(blocks.shape[0] * 8, -1) + 128
        rect = (3, 2, 25, 22)
        assert np.abs(own_samples(component, rect) - truth[2:22, 3:25]).max() < 2.1
        assert np.array_equal(component.table, image.qt[table])


def test_coefficients_are_orthonormal_and_come_back():
    samples = np.random.default_rng(0).normal(size=(21, 30)).astype(np.float32)
    blocks = coefficients(samples, 13, 6)
    assert blocks.shape == (4, 8, 5, 8)
    assert np.isclose((blocks**2).sum(), (samples**2).sum(), rtol=1e-5)
    assert np.allclose(values(blocks, 13, 6, samples.shape), samples, atol=1e-5)


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
@pytest.mark.parametrize("step", [1, 2, 4])
def test_an_honest_surface_lies_in_its_span(look, step):
    plane = np.random.default_rng(1).normal(size=(150, 150)) * 40 + 128
    face = painters.Face((40, 30, 140, 130), (27, 15, 150, 150), 9, 25.0, (27, 15))
    out = painters.LOOKS[look](plane, face, (step, step))
    x, y = along((27, 150), step, 25.0, 27), along((15, 150), step, 25.0, 15)
    for parts in (1, 4):
        across, down = span(x, x.edges(parts), look), span(y, y.edges(parts), look)
        assert np.allclose(across.T @ across, np.eye(across.shape[1]), atol=1e-4)
        part = out[y.start : y.stop, x.start : x.stop]
        assert np.abs(part - down @ (down.T @ part @ across) @ across.T).max() < 1e-2


def test_a_rgb_jpeg_is_checked_in_its_own_components():
    image, boxes = scenes.scene((60,), seed=5)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, keep_rgb=True)
    before = buffer.getvalue()
    assert [c.name for c in decode(before, walk(before), lenient=False).components] == ["R", "G", "B"]
    found = verdict(before, before, boxes)
    assert "detail-left" in found.reasons


def test_unknown_words_are_refused():
    before = scenes.coded(scenes.shapes("ramp"))
    with pytest.raises(ValueError, match="look='smear'"):
        verdict(before, before, [Box(20, 20, 60, 60)], look="smear")
    with pytest.raises(ValueError, match="cells=0"):
        verdict(before, before, [], cells=0)
    with pytest.raises(ValueError, match="leaves no image"):
        check(before, before, [], outcome=Outcome.FAILED)
    with pytest.raises(ValueError, match="metadata='none'"):
        check(before, before, [], metadata="none", outcome=Outcome.IDENTICAL)
