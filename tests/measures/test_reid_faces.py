"""Faces found, aligned and cut out."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from reid_forging import POINTS, made_people

from overpaint.measures import Face, found_face, without_core
from overpaint.measures._reid_faces import aligned, similarity_to_template
from overpaint.records import Box


@dataclass
class Seen:
    box: Box
    score: float
    points: np.ndarray


def turned(points, *, degrees, scale, shift):
    angle = np.radians(degrees)
    turn = scale * np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    return points @ turn.T + shift


def test_the_template_is_reached_from_any_turn_scale_and_place():
    at_rest = similarity_to_template(POINTS)
    for degrees, scale in ((0, 3.0), (35, 0.2), (-120, 1.0)):
        points = turned(POINTS, degrees=degrees, scale=scale, shift=(400, -7))
        matrix = similarity_to_template(points)
        there = points @ matrix[:, :2].T + matrix[:, 2]
        np.testing.assert_allclose(there, POINTS @ at_rest[:, :2].T + at_rest[:, 2], atol=1e-6)
        np.testing.assert_allclose(there, POINTS - 24, atol=0.1)


def test_points_at_one_place_have_no_scale():
    with pytest.raises(ValueError, match="one place"):
        similarity_to_template(np.ones((5, 2)))


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.5, 5.0])
def test_a_face_looks_the_same_aligned_from_any_size(scale):
    face = made_people(1, 1, noise=0)[0]
    size = round(160 * scale)
    image = cv2.resize(face.image, (size, size), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    points = (POINTS + 0.5) * (size / 160) - 0.5  # pixel centres
    plain, other = aligned(face.image, POINTS), aligned(image, points)
    inner = slice(8, -8)
    assert np.abs(plain[inner, inner].astype(float) - other[inner, inner]).mean() < 6


def test_around_and_side():
    image = made_people(1, 1, noise=0)[0].image
    tight = aligned(image, POINTS)
    wide = aligned(image, POINTS, around=1.5, side=168)
    assert (tight.shape, wide.shape) == ((112, 112, 3), (168, 168, 3))
    assert np.abs(wide[28:140, 28:140].astype(float) - tight).max() <= 2
    assert aligned(image, POINTS, around=2.0).shape == (112, 112, 3)


def test_the_largest_sure_face_is_taken_in_pixels_of_the_picture():
    image = np.zeros((100, 200, 3), np.uint8)
    looked_at = []

    def finder(seen):
        looked_at.append(seen.shape)
        times = seen.shape[0] / 100
        boxes = [(10, 10, 20, 20, 0.99), (50, 20, 90, 80, 0.7), (0, 0, 200, 100, 0.3)]
        return [Seen(Box(*(times * v for v in b[:4])), b[4], times * (POINTS - 20)) for b in boxes]

    face = found_face(image, person="x", finder=finder)
    assert looked_at == [(256, 512, 3)]
    assert (face.box.x0, face.box.y0, face.box.x1, face.box.y1) == pytest.approx((50, 20, 90, 80))
    np.testing.assert_allclose(face.landmarks, POINTS - 20, atol=1e-4)
    assert found_face(image, person="x", finder=lambda _: []) is None
    assert found_face(image, person="x", finder=finder, least=0.999) is None
    found_face(np.zeros((300, 400, 3), np.uint8), person="x", finder=finder)
    assert looked_at[-1] == (300, 400, 3)


def test_the_control_arm_has_no_core_and_all_else():
    face = made_people(1, 1)[0]
    cut = without_core(face)
    changed = (cut != face.image).any(axis=2)
    # the core of the contract: the box, 15 % wider on either side and below, 30 % above
    assert (cut[16:132, 28:132] == 128).all()
    assert not changed[:16].any()
    assert not changed[132:].any()
    assert not changed[:, :28].any()
    assert not changed[:, 132:].any()


def test_a_face_does_not_say_whose_it_is():
    face = Face("somebody", np.zeros((2, 2, 3), np.uint8), POINTS, Box(0, 0, 1, 1))
    assert "somebody" not in repr(face)
    assert "array([[[" not in repr(face)
