"""The share of a box that rectangles cover: against pixels that are counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.measures import covered
from overpaint.records import Box


def between(low, high):
    """Two different whole numbers, the smaller first."""
    return st.tuples(st.integers(low, high - 1), st.integers(1, high - low)).map(lambda p: (p[0], min(high, sum(p))))


def rectangles(low, high):
    return st.tuples(between(low, high), between(low, high)).map(lambda p: (p[0][0], p[1][0], p[0][1], p[1][1]))


@given(st.lists(rectangles(-5, 45), max_size=8), rectangles(0, 80))
def test_equals_counting(painted, halves):
    """Boxes at half pixels, so that a picture of twice the size holds them exactly."""
    seen = np.zeros((80, 80), bool)
    for x0, y0, x1, y1 in painted:
        seen[max(0, 2 * y0) : max(0, 2 * y1), max(0, 2 * x0) : max(0, 2 * x1)] = True
    x0, y0, x1, y1 = halves
    box = Box(x0 / 2, y0 / 2, x1 / 2, y1 / 2)
    assert covered(box, painted) == pytest.approx(seen[y0:y1, x0:x1].mean())


def test_ends():
    assert covered(Box(0, 0, 10, 10), []) == 0
    assert covered(Box(0, 0, 10, 10), [(0, 0, 10, 10)] * 3) == 1
    assert covered(Box(0, 0, 0.1, 0.3), [(-5, -5, 5, 5)]) == 1
