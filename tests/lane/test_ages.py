"""Faces that look plainly adult: where the threshold lies, what is doubt, and that no number comes out."""

import math

import cv2
import numpy as np
import pytest
from matplotlib import cbook

from overpaint.detectors import Detection, View, yunet
from overpaint.detectors._ages import (
    _TEMPLATE,
    ADULT,
    MARGIN,
    UNCLEAR,
    YOUNG,
    Adulthood,
    Face,
    FaceFinder,
    chip,
    open_adulthood,
)
from overpaint.records import Box

IMAGE = np.zeros((100, 100, 3), np.uint8)
POINTS = np.zeros((5, 2), np.float32)


def told(*estimates, score=0.9, side=40):
    face = Face(Box(0, 0, side, side), score, POINTS)
    adulthood = Adulthood(lambda _: [face], [lambda *_, age=age: age for age in estimates])
    (found,) = View(IMAGE).ask(adulthood) or [None]
    assert found.score == score
    assert found.text is None
    return found.kind


@pytest.mark.parametrize(
    ("estimates", "kind"),
    [
        ((MARGIN,), ADULT),
        ((60.0, 40.0), ADULT),
        ((float(np.nextafter(MARGIN, 0)),), YOUNG),
        ((60.0, 12.0), YOUNG),  # the youngest counts
        ((math.nan,), UNCLEAR),
        ((60.0, math.nan), UNCLEAR),
        ((), UNCLEAR),
    ],
)
def test_every_estimator_has_to_say_adult(estimates, kind):
    assert told(*estimates) == kind


def test_a_small_or_doubtful_face_is_no_adults():
    assert told(60.0, side=23) == UNCLEAR
    assert told(60.0, score=0.59) == UNCLEAR
    assert told(10.0, side=10, score=0.4) == YOUNG  # but it can raise doubt


@pytest.mark.parametrize("size", [40, 130, 600])
@pytest.mark.parametrize("angle", [-0.6, 0.0, 0.3])
def test_a_chip_has_the_points_where_the_network_wants_them(size, angle):
    """Five dots, turned and shifted, at any size of face and of picture."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = np.array([420.0, 380.0])
    points = ((_TEMPLATE - 0.5) * size @ turn.T + middle).astype(np.float32)
    image = np.zeros((800, 900, 3), np.uint8)
    for number, (x, y) in enumerate(points):
        cv2.circle(image, (round(float(x)), round(float(y))), max(2, size // 22), (60 + 40 * number,) * 3, -1)
    grey = chip(image, points)[..., 0].astype(np.float64)
    for number, (x, y) in enumerate(_TEMPLATE * 64):
        near = grey[max(0, round(y) - 5) : round(y) + 6, max(0, round(x) - 5) : round(x) + 6]
        rows, columns = np.mgrid[max(0, round(y) - 5) : round(y) + 6, max(0, round(x) - 5) : round(x) + 6]
        assert near.max() == pytest.approx(60 + 40 * number, abs=30)
        assert (rows * near).sum() / near.sum() == pytest.approx(y, abs=1.2)
        assert (columns * near).sum() / near.sum() == pytest.approx(x, abs=1.2)


@pytest.mark.parametrize("points", [POINTS, np.full((5, 2), 1e6, np.float32), np.full((5, 2), -1e6, np.float32)])
def test_points_that_are_no_face_give_a_chip_all_the_same(points):
    assert chip(IMAGE, points).shape == (64, 64, 3)


@pytest.fixture(scope="module")
def portrait():
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@pytest.fixture(scope="module")
def networks():
    return open_adulthood()


def test_the_networks_know_a_grown_woman(portrait, networks):
    found = [one for one in networks.detect(portrait) if one.score >= 0.6]
    assert [one.kind for one in found] == [ADULT]
    assert len(networks.weights) == 64
    small = cv2.resize(portrait, (60, 70), interpolation=cv2.INTER_AREA)
    assert {one.kind for one in networks.detect(small)} <= {UNCLEAR, YOUNG}


def test_the_face_with_points_is_the_face_without(portrait):
    (found, *_) = FaceFinder()(portrait)
    reference = max(yunet().detect(portrait), key=lambda one: one.score)
    assert found.box.iou(reference.box) > 0.9
    left, right, nose, *mouth = found.points
    assert left[0] < nose[0] < right[0]
    assert left[1] < nose[1] < min(y for _, y in mouth)
    assert all(found.box.x0 <= x <= found.box.x1 and found.box.y0 <= y <= found.box.y1 for x, y in found.points)


def test_nothing_but_a_box_and_a_word_comes_out(portrait, networks):
    for found in networks.detect(portrait):
        assert found == Detection(found.kind, found.score, found.box)
    assert not any(isinstance(value, float) for value in vars(networks).values())
