"""Reading the networks' outputs, against loops over the cells as their authors describe them."""

import math

import numpy as np
import pytest

from overpaint.detectors import _centerface, _retinaface, _yunet

STRIDES = (8, 16, 32)


def yunet_outputs(draw, width, height):
    cells = [(width // s) * (height // s) for s in STRIDES]
    scores = [draw.random((1, n, 1), np.float32) for n in cells * 2]
    return [*scores, *(draw.normal(0, 1, (1, n, 4)).astype(np.float32) for n in cells)]


def slow_yunet(arrays, width, height, floor):
    found = []
    for level, stride in enumerate(STRIDES):
        for row in range(height // stride):
            for column in range(width // stride):
                cell = row * (width // stride) + column
                score = math.sqrt(float(arrays[level][0, cell, 0]) * float(arrays[level + 3][0, cell, 0]))
                if score < floor:
                    continue
                dx, dy, lw, lh = (float(v) for v in arrays[level + 6][0, cell])
                cx, cy, w, h = (column + dx) * stride, (row + dy) * stride, math.exp(lw) * stride, math.exp(lh) * stride
                found.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score))
    return found


@pytest.mark.parametrize(("width", "height"), [(32, 32), (96, 64), (32, 160)])
@pytest.mark.parametrize("floor", [0.2, 0.71, 0.999])
def test_yunet(width, height, floor):
    arrays = yunet_outputs(np.random.default_rng(width + height), width, height)
    boxes, scores = _yunet.decode(arrays, width=width, floor=floor)
    expected = np.array(slow_yunet(arrays, width, height, floor)).reshape(-1, 5)
    np.testing.assert_allclose(np.column_stack([boxes, scores]), expected, rtol=1e-4, atol=1e-3)
    assert boxes.dtype == scores.dtype == np.float32


def slow_centerface(heat, size, shift, floor):
    found = []
    for row in range(heat.shape[2]):
        for column in range(heat.shape[3]):
            if heat[0, 0, row, column] < floor:
                continue
            h, w = (math.exp(float(size[0, i, row, column])) * 4 for i in (0, 1))
            cy = (row + float(shift[0, 0, row, column]) + 0.5) * 4
            cx = (column + float(shift[0, 1, row, column]) + 0.5) * 4
            found.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, float(heat[0, 0, row, column])))
    return found


@pytest.mark.parametrize("floor", [0.2, 0.8, 1.1])
def test_centerface(floor):
    draw = np.random.default_rng(1)
    heat = draw.random((1, 1, 8, 16), np.float32)
    size, shift = draw.normal(0, 1, (2, 1, 2, 8, 16)).astype(np.float32)
    boxes, scores = _centerface.decode([heat, size, shift], floor=floor)
    expected = np.array(slow_centerface(heat, size, shift, floor)).reshape(-1, 5)
    np.testing.assert_allclose(np.column_stack([boxes, scores]), expected, rtol=1e-4, atol=1e-3)


def slow_retinaface(shift, probability, width, height, floor):
    found, anchor = [], 0
    for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row in range(height // stride):
            for column in range(width // stride):
                for side in sides:
                    dx, dy, lw, lh = (float(v) for v in shift[0, anchor])
                    cx, cy = (column + 0.5) * stride + dx * 0.1 * side, (row + 0.5) * stride + dy * 0.1 * side
                    w, h = side * math.exp(lw * 0.2), side * math.exp(lh * 0.2)
                    score = float(probability[0, anchor, 1])
                    if score >= floor:
                        found.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, score))
                    anchor += 1
    assert anchor == shift.shape[1]
    return found


@pytest.mark.parametrize(("width", "height"), [(32, 32), (96, 64), (32, 160)])
@pytest.mark.parametrize("floor", [0.2, 0.8, 1.1])
def test_retinaface(width, height, floor):
    draw = np.random.default_rng(width + height)
    anchors = sum(2 * (width // s) * (height // s) for s in STRIDES)
    shift = draw.normal(0, 1, (1, anchors, 4)).astype(np.float32)
    probability = draw.random((1, anchors, 2), np.float32)
    boxes, scores = _retinaface.decode([shift, probability], width=width, height=height, floor=floor)
    expected = np.array(slow_retinaface(shift, probability, width, height, floor)).reshape(-1, 5)
    np.testing.assert_allclose(np.column_stack([boxes, scores]), expected, rtol=1e-4, atol=1e-3)
    assert boxes.dtype == scores.dtype == np.float32


def test_a_network_gone_wild_gives_finite_boxes():
    huge = [np.ones((1, 16, 1), np.float32), np.ones((1, 4, 1), np.float32), np.ones((1, 1, 1), np.float32)] * 2
    shifts = [np.full((1, n, 4), 1e4, np.float32) for n in (16, 4, 1)]
    boxes, _ = _yunet.decode([*huge, *shifts], width=32, floor=0.5)
    assert np.isfinite(boxes).all()
    shift, sure = np.full((1, 42, 4), 1e4, np.float32), np.ones((1, 42, 2), np.float32)
    boxes, _ = _retinaface.decode([shift, sure], width=32, height=32, floor=0.5)
    assert len(boxes) == 42
    assert np.isfinite(boxes).all()
