"""Suppression equals its definition, written out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors._nms import iou, suppress
from overpaint.records import Box

box = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 20), st.integers(0, 20)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)
scored = st.lists(st.tuples(box, st.integers(0, 10)), max_size=40)


def obvious(boxes, scores, overlap):
    order = sorted(range(len(boxes)), key=lambda i: (-scores[i], i))
    kept = []
    for i in order:
        if all(Box(*map(float, boxes[i])).iou(Box(*map(float, boxes[j]))) <= overlap for j in kept):
            kept.append(i)
    return kept


@given(scored, st.sampled_from([0.0, 0.3, 0.31, 0.7]))
def test_suppression_equals_its_definition(found, overlap):
    boxes = np.array([b for b, _ in found], np.float32).reshape(-1, 4)
    scores = np.array([s for _, s in found], np.float32)
    fast = suppress(boxes, scores, overlap=np.float32(overlap), most=100).tolist()
    near = [abs(float(o) - overlap) < 1e-6 for i in range(len(boxes)) for o in iou(boxes[i], boxes)]
    if not any(near):
        assert fast == obvious(boxes.tolist(), scores.tolist(), overlap)


def test_only_the_best_are_considered():
    boxes = np.array([[i * 10, 0, i * 10 + 5, 5] for i in range(50)], np.float32)
    assert suppress(boxes, np.arange(50, dtype=np.float32), overlap=0.3, most=3).tolist() == [49, 48, 47]


@given(box, st.lists(box, max_size=10))
def test_iou_equals_that_of_the_records(one, many):
    expected = [Box(*one).iou(Box(*other)) for other in many]
    got = iou(np.array(one, np.float32), np.array(many, np.float32).reshape(-1, 4))
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_a_box_at_the_limit_stays():
    boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 2], [0, 0, 4, 3]], np.float32)  # IoU 1/2 and 3/4 with the first
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    assert suppress(boxes, scores, overlap=0.5, most=10).tolist() == [0, 1]
