from fractions import Fraction

import painters
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.checks._geometry import areas
from overpaint.checks._outside import edited
from overpaint.records import Box


def test_a_face_by_hand():
    (area,) = areas([Box(100.2, 100.0, 139.5, 150.0)], width=300, height=300, orientation=1, cells=4)
    assert area.face == (100, 100, 140, 150)
    assert area.core == (94, 85, 146, 158)  # 15 % of 40 at the sides, 30 % of 50 above, 15 % of 50 below: 6, 15, 8
    assert area.footprint == (89, 80, 151, 163)  # 12 % of 40: 5
    assert area.cell == Fraction(40, 4)
    assert area.origin == (94, 85)


@pytest.mark.parametrize(
    ("orientation", "core"),
    [
        (1, (94, 85, 146, 158)),
        (2, (94, 85, 146, 158)),
        (3, (94, 92, 146, 165)),
        (4, (94, 92, 146, 165)),
        (5, (88, 92, 146, 158)),
        (6, (88, 92, 146, 158)),
        (7, (94, 92, 152, 158)),
        (8, (94, 92, 152, 158)),
        (0, (94, 85, 146, 158)),
    ],
)
def test_above_follows_the_orientation(orientation, core):
    (area,) = areas([Box(100, 100, 140, 150)], width=300, height=300, orientation=orientation, cells=4)
    assert area.core == core


def test_overlapping_cores_share_the_largest_strength_and_one_grid():
    boxes = [Box(100, 100, 200, 200), Box(205, 120, 235, 150), Box(330, 120, 360, 150)]
    one, two, three = areas(boxes, width=400, height=300, orientation=1, cells=4)
    assert one.cell == two.cell == 25
    assert one.origin == two.origin == (85, 70)
    assert three.cell == Fraction(30, 4)
    assert two.footprint[2] - two.core[2] == 4  # the feather is the face's own


def test_cores_that_only_touch_stay_apart():
    one, two = areas([Box(0, 0, 20, 20), Box(26, 0, 46, 20)], width=99, height=99, orientation=1, cells=4)
    assert one.core[2] == two.core[0] == 23
    assert one.origin != two.origin


def test_empty_faces_are_no_faces():
    boxes = [Box(5, 5, 5, 9), Box(200, 5, 220, 20), Box(-9, -9, 0, 4), Box(3, 3, 4, 4)]
    assert [a.face for a in areas(boxes, width=100, height=100, orientation=1, cells=4)] == [(3, 3, 4, 4)]


sizes = st.floats(-20, 130, allow_nan=False)


@given(st.lists(st.tuples(sizes, sizes, sizes, sizes), max_size=6), st.integers(1, 8))
def test_equal_to_the_painters_own(corners, cells):
    boxes = [Box(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]
    mine = areas(boxes, width=110, height=90, orientation=1, cells=cells)
    theirs = painters.geometry(boxes, 110, 90, cells)
    assert [(a.face, a.core, float(a.cell), a.origin) for a in mine] == [
        (f.box, f.core, f.cell, f.origin) for f in theirs
    ]


def test_edited_blocks_grow_with_the_sampling():
    found = areas([Box(20, 20, 30, 30)], width=100, height=100, orientation=1, cells=4)
    assert found[0].footprint == (16, 15, 34, 34)
    assert edited(found, (1, 1), coded=True) == [(16, 8, 40, 40)]
    assert edited(found, (2, 2), coded=True) == [(16, 0, 48, 48)]
    assert edited(found, (1, 1), coded=False) == [(16, 15, 34, 34)]
