"""NanoDet's decoding against a slow reference, and the search for people on made pictures."""

import math

import numpy as np
import pytest

from overpaint.detectors import _nanodet
from overpaint.detectors._nanodet import ANIMALS, CLASSES, Cells

CELLS = [(416 // stride) ** 2 for stride in (8, 16, 32)]


def outputs(draw, busy=40):
    """Three levels in which some cells have scores above nought and boxes of every form."""
    levels = []
    for count in CELLS:
        scores = np.zeros((count, 80), np.float32)
        cells = draw.integers(0, count, busy)
        scores[cells, draw.integers(0, 80, busy)] = draw.random(busy, np.float32)
        scores[cells[::2], 0] = draw.random(busy // 2, np.float32)
        levels.append(Cells(scores, draw.normal(0, 3, (count, 44)).astype(np.float32)))
    return levels


def slow(levels, column, floor):
    found = []
    for stride, level in zip((8, 16, 32), levels, strict=True):
        wide = 416 // stride
        for row in range(wide):
            for across in range(wide):
                cell = row * wide + across
                score = float(level.scores[cell, column])
                if score < floor:
                    continue
                distances = []
                for side in range(4):
                    powers = [math.exp(float(v)) for v in level.sides[cell, side * 11 : side * 11 + 11]]
                    distances.append(stride * sum(i * p for i, p in enumerate(powers)) / sum(powers))
                x, y = (across + 0.5) * stride, (row + 0.5) * stride
                left, top, right, bottom = distances
                found.append((x - left, y - top, x + right, y + bottom, score))
    return np.array(found).reshape(-1, 5)


@pytest.mark.parametrize("floor", [0.05, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["person", "dog"])
def test_decoding(kind, floor):
    levels = outputs(np.random.default_rng(3))
    boxes, scores = _nanodet.decode(levels, column=CLASSES[kind], floor=floor)
    expected = slow(levels, CLASSES[kind], floor)
    np.testing.assert_allclose(np.column_stack([boxes, scores]), expected, rtol=1e-4, atol=1e-3)
    assert boxes.dtype == scores.dtype == np.float32


def test_logits_gone_wild_give_finite_boxes_no_larger_than_ten_cells():
    levels = [Cells(np.ones((n, 80), np.float32), np.full((n, 44), 3e38, np.float32)) for n in CELLS]
    boxes, _ = _nanodet.decode(levels, column=0, floor=0.5)
    assert np.isfinite(boxes).all()
    assert (boxes[:, 2:] - boxes[:, :2]).max() <= 2 * 10 * 32


def test_classes_are_coco_s():
    assert (CLASSES["person"], CLASSES["bird"], CLASSES["cat"], CLASSES["dog"], CLASSES["giraffe"]) == (
        0,
        14,
        15,
        16,
        23,
    )
    assert len(ANIMALS) == 10
