"""A component's own samples, and the coefficients of the blocks they were coded in."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from overpaint.checks._decode import Component
from overpaint.checks._geometry import Rect
from overpaint.checks._surface import Floats

__all__ = ["BLOCK", "coefficients", "least", "noise", "own_samples", "values"]

BLOCK = 8
_MARGIN = 8
# Rounding a slope to whole levels makes stairs in source and output alike: up to half a level in 64 samples.
_HALF_LEVEL = 4.0
_DCT = np.array(
    [[np.sqrt((1 + (k > 0)) / 8) * np.cos((2 * n + 1) * k * np.pi / 16) for n in range(8)] for k in range(8)],
    np.float32,
)
# Averaging the pixels of libjpeg's triangle-interpolated samples is the filter (1, 6, 1) / 8; this undoes it.
_SHARPEN = (np.sqrt(2) * (np.sqrt(8) - 3) ** np.abs(np.arange(-6, 7))).astype(np.float32)
_ONE = np.ones(1, np.float32)


def own_samples(component: Component, rect: Rect) -> Floats:
    """The samples of a rectangle of a component's own grid, with the decoder's interpolation undone."""
    step_x, step_y = component.step
    x0, y0, x1, y1 = rect
    if step_x == step_y == 1:
        return component.samples[y0:y1, x0:x1].astype(np.float32)
    height, width = component.samples.shape
    # The margin lets the filter's tails fade before they reach an edge that is not the picture's.
    left, top = max(0, x0 - _MARGIN), max(0, y0 - _MARGIN)
    right, bottom = min(-(-width // step_x), x1 + _MARGIN), min(-(-height // step_y), y1 + _MARGIN)
    pixels = component.samples[top * step_y : bottom * step_y, left * step_x : right * step_x].astype(np.float32)
    missing = (bottom - top) * step_y - pixels.shape[0], (right - left) * step_x - pixels.shape[1]
    if any(missing):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1])), mode="edge")
    # Slice by slice: numpy's mean over two inner axes takes twenty times as long.
    parts = [pixels[v::step_y, h::step_x] for v in range(step_y) for h in range(step_x)]
    means = functools.reduce(np.add, parts) / np.float32(len(parts))
    filters = [_SHARPEN if step == 2 else _ONE for step in (step_x, step_y)]
    own = cv2.sepFilter2D(means, cv2.CV_32F, filters[0], filters[1], borderType=cv2.BORDER_REFLECT)
    return np.asarray(own[y0 - top : y1 - top, x0 - left : x1 - left], np.float32)


def noise(component: Component) -> Floats:
    """Variance of an output's coefficients, 8 x 8: uniform within a quantisation step, and the decoder's rounding."""
    rounding = 1 / 12 if component.step == (1, 1) else 1 / 6
    if component.table is None:
        return np.full((BLOCK, BLOCK), rounding + component.error**2, np.float32)
    return np.asarray(component.table**2 / 12 + rounding, np.float32)


def least(component: Component) -> Floats:
    """The smallest coefficient, 8 x 8, that rounding cannot explain: half a step, and half a level in every sample."""
    if component.table is None:
        return np.full((BLOCK, BLOCK), max(_HALF_LEVEL, 2 * component.error), np.float32)
    return np.asarray(np.maximum(_HALF_LEVEL, component.table / 2), np.float32)


def coefficients(samples: Floats, x0: int, y0: int) -> Floats:
    """Orthonormal DCT of the image-aligned blocks that samples from ``x0, y0`` on lie in: rows x 8 x columns x 8."""
    height, width = samples.shape
    left, top = x0 % BLOCK, y0 % BLOCK
    columns, rows = -(-(left + width) // BLOCK), -(-(top + height) // BLOCK)
    canvas = np.zeros((rows * BLOCK, columns * BLOCK), np.float32)
    canvas[top : top + height, left : left + width] = samples
    across = (canvas.reshape(-1, BLOCK) @ _DCT.T).reshape(rows, BLOCK, columns * BLOCK)
    return np.asarray(np.matmul(_DCT, across).reshape(rows, BLOCK, columns, BLOCK), np.float32)


def values(blocks: Floats, x0: int, y0: int, shape: tuple[int, int]) -> Floats:
    """The inverse of `coefficients`, cut to the ``shape`` of the samples from ``x0, y0`` on."""
    rows, _, columns, _ = blocks.shape
    across = (blocks.reshape(-1, BLOCK) @ _DCT).reshape(rows, BLOCK, columns * BLOCK)
    canvas = np.matmul(_DCT.T, across).reshape(rows * BLOCK, columns * BLOCK)
    left, top = x0 % BLOCK, y0 % BLOCK
    return np.asarray(canvas[top : top + shape[0], left : left + shape[1]], np.float32)
