"""Where the head of a person is, and whose a face is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.policy._heads import face_owners, head_of
from overpaint.records import Box

STANDING = Box(100, 50, 200, 350)
FACE = Box(130, 60, 165, 105)


def test_without_a_face_it_is_the_top_as_high_as_wide():
    assert head_of(STANDING) == Box(100, 38, 200, 150)
    assert head_of(Box(0, 10, 300, 110)) == Box(0, 6, 300, 110)  # lying, or cut off below the shoulders


def test_a_face_is_grown_over_hair_ears_and_chin():
    head = head_of(STANDING, [FACE])
    assert head == Box(pytest.approx(119.5), 37.5, 175.5, 114)
    assert head.intersection(FACE) == FACE.area


@pytest.mark.parametrize(
    "other",
    [
        Box(130, 260, 165, 305),  # at the knees: a child's in front
        Box(260, 60, 295, 105),  # beside
        Box(150, 60, 158, 68),  # far too small: somebody's in the background
        Box(130, 60, 165, 105, page=1),
    ],
)
def test_faces_that_are_somebody_else_s_do_not_matter(other):
    assert head_of(STANDING, [other]) == head_of(STANDING)
    assert head_of(STANDING, [other, FACE]) == head_of(STANDING, [FACE])


def test_in_doubt_it_is_the_whole_top():
    assert head_of(STANDING, [FACE, Box(150, 100, 180, 140)]) == head_of(STANDING)


def test_each_face_is_of_one_person():
    left, right = Box(0, 0, 100, 300), Box(60, 0, 160, 300)
    assert face_owners([left, right], [Box(95, 15, 125, 50)]) == [None, 0]
    assert face_owners([left, right], [Box(95, 15, 125, 50), Box(40, 15, 70, 50)]) == [1, 0]
    assert face_owners([left, right], []) == [None, None]
    assert face_owners([], [FACE]) == []


def test_a_box_without_width_has_no_face():
    assert face_owners([Box(10, 10, 10, 50)], [Box(5, 10, 15, 20)]) == [None]


sides = st.floats(0, 500, allow_nan=False, width=32)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), sides, sides, sides, sides)


@given(st.lists(boxes, max_size=5), st.lists(boxes, max_size=5))
def test_no_face_has_two_owners_and_every_owner_could_be_painted_by_it(people, faces):
    owners = face_owners(people, faces)
    taken = [k for k in owners if k is not None]
    assert len(owners) == len(people)
    assert len(set(taken)) == len(taken)
    for person, k in zip(people, owners, strict=True):
        if k is not None:
            face = faces[k]
            assert head_of(person, [face]).intersection(face) >= face.area * 0.999


@given(boxes)
def test_the_head_begins_above_the_person_and_ends_in_it(person):
    head = head_of(person)
    assert head.y0 <= person.y0
    assert head.y1 <= person.y1
    assert (head.x0, head.x1) == (person.x0, person.x1)
