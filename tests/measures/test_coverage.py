"""The share of a box that rectangles cover: against pixels that are counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.measures import covered
from overpaint.records import Box

SIDE = st.integers(-5, 45)
RECTANGLES = st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE).filter(lambda r: r[0] < r[2] and r[1] < r[3]), max_size=8)


@given(RECTANGLES, st.tuples(*[st.integers(0, 80)] * 4).filter(lambda b: b[0] < b[2] and b[1] < b[3]))
def test_equals_counting(rectangles, quarters):
    """Boxes at half pixels, so that a picture of twice the size holds them exactly."""
    seen = np.zeros((80, 80), bool)
    for x0, y0, x1, y1 in rectangles:
        seen[max(0, 2 * y0) : max(0, 2 * y1), max(0, 2 * x0) : max(0, 2 * x1)] = True
    x0, y0, x1, y1 = quarters
    box = Box(x0 / 2, y0 / 2, x1 / 2, y1 / 2)
    assert covered(box, rectangles) == pytest.approx(seen[y0:y1, x0:x1].mean())


def test_ends():
    assert covered(Box(0, 0, 10, 10), []) == 0
    assert covered(Box(0, 0, 10, 10), [(0, 0, 10, 10)] * 3) == 1
    assert covered(Box(0, 0, 0.1, 0.3), [(-5, -5, 5, 5)]) == 1
