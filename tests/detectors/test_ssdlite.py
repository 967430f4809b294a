"""SSDLite: anchors and boxes against the definition worked out one by one, and the detector as any other."""

import numpy as np
import pytest
from detector_conformance import check_detector
from PIL import Image

from overpaint.detectors import open_looker
from overpaint.detectors._ssdlite import GRIDS, SIDE, anchors, decode, ssdlite


def test_anchors_are_those_of_the_definition():
    """Scales fall evenly from .95 to .2 over six grids; the finest has three shapes, the others six."""
    own = anchors()
    assert len(own) == 3 * GRIDS[0] ** 2 + 6 * sum(grid * grid for grid in GRIDS[1:])
    scales = np.linspace(0.2, 0.95, 6)
    at = 3 * GRIDS[0] ** 2
    for level in range(1, 6):
        grid = GRIDS[level]
        cell = own[at : at + 6]
        np.testing.assert_allclose(cell[:, :2], 0.5 / grid, atol=1e-6)
        np.testing.assert_allclose(np.sqrt(cell[:5, 2] * cell[:5, 3]), scales[level], atol=1e-5)
        following = scales[level + 1] if level < 5 else 1.0
        np.testing.assert_allclose(cell[5, 2:], np.sqrt(scales[level] * following), atol=1e-5)
        at += 6 * grid * grid
    np.testing.assert_allclose(own[3 * GRIDS[0] : 3 * GRIDS[0] + 3, 1], 1.5 / GRIDS[0], atol=1e-6)  # the second row


def test_boxes_are_worked_out_as_one_by_one():
    draw = np.random.default_rng(2)
    shifts = draw.normal(0, 2, (len(anchors()), 4)).astype(np.float32)
    logits = draw.normal(-3, 2, (len(anchors()), 2)).astype(np.float32)
    boxes, scores = decode(shifts, logits, floor=0.3)
    slow = []
    for (x, y, w, h), (dy, dx, dh, dw), (_, person) in zip(anchors(), shifts, logits, strict=True):
        score = 1 / (1 + np.exp(-float(person)))
        if score >= 0.3:
            cx, cy, ww, hh = x + dx / 10 * w, y + dy / 10 * h, w * np.exp(dw / 5), h * np.exp(dh / 5)
            slow.append([SIDE * v for v in (cx - ww / 2, cy - hh / 2, cx + ww / 2, cy + hh / 2)] + [score])
    np.testing.assert_allclose(np.c_[boxes, scores], slow, rtol=1e-4, atol=1e-3)


@pytest.fixture(scope="module")
def somebody():
    from matplotlib import cbook

    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def test_somebody_is_found_where_they_are(somebody):
    picture = np.full((600, 900, 3), 120, np.uint8)
    picture[40:600, 300:768] = np.asarray(Image.fromarray(somebody).resize((468, 560)))
    best = ssdlite().detect(picture)[0]
    assert best.kind == "person" and best.score > 0.5
    assert (best.box.x0 + best.box.x1) / 2 == pytest.approx(534, abs=60)
    assert ssdlite().detect(np.full((300, 400, 3), 200, np.uint8)) == []


def test_conformance(somebody):
    noise = np.random.default_rng(0)
    shapes = [(1, 1), (1, 700), (700, 1), (31, 33)]
    images = [noise.integers(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes]
    check_detector(ssdlite(), [*images, somebody.copy()])


def test_it_is_asked_for_by_name():
    assert "person" in open_looker(detectors="ssdlite").kinds
