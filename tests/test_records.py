"""Boxes, and keys that survive any file name."""

import os

from hypothesis import given
from hypothesis import strategies as st

from overpaint.records import Box, python_key, shown_key, stored_key

names = st.binary(min_size=1).filter(lambda b: b"\0" not in b).map(os.fsdecode)
coordinates = st.floats(-50, 150)
boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h), coordinates, coordinates, st.floats(0, 99), st.floats(0, 99)
)


@given(names)
def test_any_file_name_survives_a_file(name):
    stored = stored_key(name)
    stored.encode("utf-8")
    assert python_key(stored) == name


@given(names)
def test_a_shown_key_is_one_printable_line(name):
    assert shown_key(name).isprintable()


@given(boxes, boxes)
def test_iou_is_symmetric_and_one_with_itself(a, b):
    assert a.iou(b) == b.iou(a)
    assert 0 <= a.iou(b) <= 1 + 1e-9
    assert a.iou(a) in (0, 1) or abs(a.iou(a) - 1) < 1e-9


@given(boxes)
def test_a_clipped_box_lies_inside_and_outward_holds_it(box):
    inside = box.clipped(100, 60)
    assert 0 <= inside.x0 <= inside.x1 <= 100
    assert 0 <= inside.y0 <= inside.y1 <= 60
    assert inside.area <= box.area + 1e-9
    x0, y0, x1, y1 = box.outward()
    assert x0 <= box.x0
    assert y0 <= box.y0
    assert x1 >= box.x1
    assert y1 >= box.y1
