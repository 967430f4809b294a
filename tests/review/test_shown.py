"""Boxes go from the stored frame to the shown picture and back, in all eight orientations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overpaint.errors import AnswerError
from overpaint.pipeline import to_stored
from overpaint.pipeline._decode import upright
from overpaint.records import Box
from overpaint.review import MOST_BOXES, Kind, Question, checked
from overpaint.review._shown import Shown

SIDE = st.integers(2, 5000)


@st.composite
def questions(draw, *, kind=Kind.BOXES):
    width, height = draw(SIDE), draw(SIDE)
    crop = None
    if draw(st.booleans()):
        x0, y0 = draw(st.floats(-5, width - 1.5)), draw(st.floats(-5, height - 1.5))
        crop = Box(x0, y0, x0 + draw(st.floats(1.5, width)), y0 + draw(st.floats(1.5, height)))
    return Question(kind, "face", "a.jpg", width, height, draw(st.integers(1, 8)), crop=crop)


@st.composite
def placed(draw):
    """A question and a box inside what it shows, to the hundredth of a pixel, at least one pixel large."""
    question = draw(questions())
    x0, y0, x1, y1 = Shown.of(question).part
    left = draw(st.integers(100 * x0, 100 * x1 - 100))
    top = draw(st.integers(100 * y0, 100 * y1 - 100))
    right = draw(st.integers(left + 100, 100 * x1))
    bottom = draw(st.integers(top + 100, 100 * y1))
    return question, Box(left / 100, top / 100, right / 100, bottom / 100)


@given(placed(), st.integers(64, 3000))
def test_a_box_nobody_moved_comes_back_to_the_hundredth(case, max_side):
    question, box = case
    shown = Shown.of(question, max_side=max_side)
    back = shown.to_stored(shown.to_shown(box))
    assert [round(side, 2) for side in (back.x0, back.y0, back.x1, back.y1)] == [box.x0, box.y0, box.x1, box.y1]


@given(placed())
def test_a_box_inside_the_part_is_inside_the_picture(case):
    question, box = case
    shown = Shown.of(question)
    x0, y0, x1, y1 = shown.to_shown(box)
    slack = 1e-5
    assert -slack <= x0 < x1 <= shown.width + slack
    assert -slack <= y0 < y1 <= shown.height + slack
    assert max(shown.width, shown.height) <= 2048
    assert shown.inside(box) == pytest.approx((x0, y0, x1, y1), abs=1e-4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_agrees_with_turning_the_pixels(orientation):
    """The slow reference: mark the box in a stored frame, turn it, and look where the mark is."""
    frame = np.zeros((30, 50, 3), np.uint8)
    frame[7:19, 12:44] = 255
    turned = upright(frame, orientation)
    rows, columns = np.nonzero(turned[:, :, 0])
    expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    shown = Shown.of(Question(Kind.BOXES, "face", "a.jpg", 50, 30, orientation))
    assert (shown.height, shown.width) == turned.shape[:2]
    assert shown.to_shown(Box(12, 7, 44, 19)) == expected
    back = shown.to_stored(expected)
    assert (back.x0, back.y0, back.x1, back.y1) == pytest.approx((12, 7, 44, 19))


@given(placed())
def test_it_agrees_with_what_detectors_use(case):
    """`pipeline.to_stored` knows no crop and rounds to sixteenths: without a crop the two are the same."""
    question, box = case
    whole = Shown((0, 0, question.width, question.height), question.orientation, 640, 480)
    corners = Box(*whole.to_shown(box))
    theirs = to_stored(
        corners, seen=(640, 480), stored=(question.width, question.height), orientation=question.orientation
    )
    ours = whole.to_stored((corners.x0, corners.y0, corners.x1, corners.y1))
    for side in ("x0", "y0", "x1", "y1"):
        assert getattr(ours, side) == pytest.approx(getattr(theirs, side), abs=1 / 16)


@given(placed())
def test_an_answer_is_the_same_either_way(case):
    """Boxes drawn in the shown picture are kept as if they had been drawn in the stored frame."""
    question, box = case
    shown = Shown.of(question)
    question = replace(question, crop=None)  # answers are cut to the crop itself, and shown are whole pixels
    assume(min(box.width, box.height) > 1.01)
    direct = checked(question, {"boxes": [{"box": [box.x0, box.y0, box.x1, box.y1]}], "nothing": False})
    sent = {"boxes": [{"box": list(shown.to_shown(box))}], "nothing": False}
    assert checked(question, shown.value_to_stored(Kind.BOXES, sent)) == direct
    again = shown.value_to_shown(Kind.BOXES, direct)
    assert again["boxes"][0]["box"] == pytest.approx(sent["boxes"][0]["box"], abs=1e-4)


def test_a_box_of_one_pixel_is_not_made_smaller_by_arithmetic():
    for width in range(2, 300):
        question = Question(Kind.BOXES, "face", "a.jpg", 2, width)
        corners = list(Shown.of(question).to_shown(Box(0, 0, 1, 1)))
        sent = {"boxes": [{"box": corners}], "nothing": False}
        value = Shown.of(question).value_to_stored(Kind.BOXES, sent)
        assert checked(question, value)["boxes"][0]["box"] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"boxes": None},
        {"boxes": [None], "nothing": False},
        {"boxes": [{"box": [1, 2, 3]}], "nothing": False},
        {"boxes": [{"box": [1, 2, "3", 4]}], "nothing": False},
        {"boxes": [{"box": [1, 2, float("nan"), 4]}], "nothing": False},
        {"boxes": [{"box": [1, 2, float("inf"), 4]}], "nothing": False},
        {"boxes": [{"box": [9, 9, 3, 3]}], "nothing": False},
        {"boxes": [{"box": [True, 0, 9, 9]}], "nothing": False},
        {"boxes": [{"box": [0, 0, 9, 9]}] * (MOST_BOXES + 1), "nothing": False},
        {"boxes": [{"box": [10**400, 0, 9, 9]}], "nothing": False},
    ],
)
@pytest.mark.parametrize("orientation", [1, 6, 7])
def test_what_is_no_answer_is_refused_and_never_raises_anything_else(value, orientation):
    question = Question(Kind.BOXES, "face", "a.jpg", 50, 30, orientation)
    with pytest.raises(AnswerError):
        checked(question, Shown.of(question).value_to_stored(Kind.BOXES, value))


def test_boxes_are_cut_at_the_edge_of_what_is_shown():
    shown = Shown.of(Question(Kind.TIGHT, "face", "a.jpg", 100, 80, crop=Box(10, 10, 60, 60)))
    assert (shown.width, shown.height) == (50, 50)
    assert shown.inside(Box(0, 0, 30, 30)) == (0, 0, 20, 20)
    assert shown.inside(Box(70, 10, 90, 30)) is None


def test_no_picture_no_geometry():
    assert Shown.of(Question(Kind.RATE_LABEL, "n02119022")) is None
    assert Shown.of(Question(Kind.CATEGORY, "n02119022", "a.jpg")) is None


def test_a_crop_outside_the_frame_shows_the_whole():
    shown = Shown.of(Question(Kind.TIGHT, "face", "a.jpg", 100, 80, crop=Box(200, 10, 260, 60)))
    assert shown.part == (0, 0, 100, 80)


def test_other_answers_pass_as_they_are():
    shown = Shown.of(Question(Kind.CATEGORY, "n02119022", "a.jpg", 40, 30))
    assert shown.value_to_stored(Kind.CATEGORY, {"choice": "yes"}) == {"choice": "yes"}
    assert shown.value_to_shown(Kind.CATEGORY, {"choice": "yes"}) == {"choice": "yes"}
