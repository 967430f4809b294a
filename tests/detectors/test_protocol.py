"""The measurement itself, on boxes small enough to check by hand."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _detection import average_precision, core, covered, figures, interval, match, overlaps

FACE = [10.0, 10, 50, 50]
NO = np.zeros((0, 4))


def held(boxes, scores, truth, counted=None, **options):
    truth = np.array(truth, float).reshape(-1, 4)
    counted = np.ones(len(truth), bool) if counted is None else np.array(counted, bool)
    return match(np.array(boxes, float).reshape(-1, 4), np.array(scores, float), truth, counted, **options)


def test_a_box_on_a_face_is_true():
    found = held([FACE], [0.9], [FACE])
    assert found.true.tolist() == [True]
    assert found.caught.tolist() == [0.9]


@pytest.mark.parametrize(("x1", "true"), [(30, True), (29, False)])  # IoU of 20/40 and of 19/40
def test_half_an_overlap_is_just_enough(x1, true):
    assert held([[10, 10, x1, 50]], [0.9], [FACE]).true.tolist() == [true]


def test_a_second_box_on_the_same_face_is_false_and_the_better_score_takes_it():
    found = held([[12, 12, 52, 52], FACE], [0.5, 0.8], [FACE])
    assert found.scores.tolist() == [0.8, 0.5]
    assert found.true.tolist() == [True, False]
    assert found.caught.tolist() == [0.8]


def test_a_box_takes_the_free_face_it_fits_best():
    other = [18.0, 10, 58, 50]
    found = held([FACE, [14, 10, 54, 50]], [0.9, 0.8], [other, FACE])
    assert found.caught.tolist() == [0.8, 0.9]


def test_what_lies_on_an_ignored_face_is_dropped():
    found = held([FACE], [0.9], [FACE], [False])
    assert found.scores.size == 0
    assert found.caught.size == 0


def test_low_boxes_that_match_nothing_are_dropped():
    low, high = [100, 100, 150, 119], [200, 100, 250, 120]
    found = held([low, high], [0.9, 0.8], [])
    assert found.scores.tolist() == [0.8]
    assert held([low, high], [0.9, 0.8], [], least_height=0).scores.tolist() == [0.9, 0.8]


def test_a_low_box_on_a_face_that_counts_is_still_true():
    assert held([[10, 10, 30, 29]], [0.9], [[10, 10, 30, 31]]).true.tolist() == [True]


def test_figures_by_hand():
    one = held([FACE, [100, 100, 150, 150]], [0.9, 0.7], [FACE, [200, 10, 240, 50]])
    two = held([[0, 0, 25, 25]], [0.8], [[0, 0, 25, 25]])
    result = figures([one, two], threshold=0.75)
    assert result.recall == pytest.approx(2 / 3)
    assert result.precision == 1
    assert result.false_per_image == 0
    assert result.recall_by_size[:2] == (1.0, 0.5)
    assert math.isnan(result.recall_by_size[2])
    assert figures([one, two], threshold=0.5).precision == pytest.approx(2 / 3)
    assert result.ap == pytest.approx(2 / 3)


def test_average_precision_by_hand():
    """True, false, true of two faces: recall 1/2 at precision 1, then 1 at 2/3."""
    true = np.array([True, False, True])
    assert average_precision(np.array([0.9, 0.8, 0.7]), true, 2) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert math.isnan(average_precision(np.zeros(0), np.zeros(0, bool), 0))
    assert average_precision(np.zeros(0), np.zeros(0, bool), 3) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), st.integers(0, 5))
def test_average_precision_equals_a_walk_along_the_curve(found, missed):
    faces = sum(true for _, true in found) + missed
    if not faces:
        return
    ordered = sorted(found, key=lambda f: -f[0])
    points = [(sum(t for _, t in ordered[: i + 1]), i + 1) for i in range(len(ordered))]
    expected = sum(
        max(hits / count for hits, count in points if hits >= wanted) / faces
        for wanted in range(1, faces + 1)
        if any(hits >= wanted for hits, _ in points)
    )
    got = average_precision(np.array([s for s, _ in found]), np.array([t for _, t in found], bool), faces)
    assert got == pytest.approx(expected)


def test_the_interval_holds_the_figure_and_images_without_faces_do_no_harm():
    images = [held([FACE], [0.9], [FACE]), held([FACE], [0.3], [FACE]), held([], [], [])] * 5
    low, high = interval(images, threshold=0.5, rounds=200)["recall"]
    assert low < figures(images, threshold=0.5).recall < high
    assert interval(images, threshold=0.5, rounds=200)["recall"] == (low, high)


def test_a_core_is_the_contracts():
    assert core(np.array([20.2, 30.9, 60, 80.1]), width=100, height=100) == (14, 14, 66, 89)
    assert core(np.array([-5, -5, 120.0, 120]), width=100, height=90) == (0, 0, 100, 90)


def test_coverage_is_of_the_union_of_cores():
    face = np.array([[40.0, 40, 60, 60]])
    assert covered(face, NO, width=100, height=100).tolist() == [0.0]
    assert covered(face, face, width=100, height=100).tolist() == [1.0]
    halves = np.array([[41.0, 43, 50, 60], [50.0, 43, 59, 60]])
    assert covered(face, halves[:1], width=100, height=100)[0] < 0.95
    assert covered(face, halves, width=100, height=100)[0] >= 0.95


def test_overlaps_of_nothing_are_nothing():
    assert overlaps(NO, np.array([FACE])).shape == (0, 1)
    assert overlaps(np.array([FACE]), NO).shape == (1, 0)
