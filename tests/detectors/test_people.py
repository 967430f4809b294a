"""NanoDet's decoding against a slow reference, and the search for people on made pictures."""

import math
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector
from matplotlib import cbook

from overpaint.detectors import _nanodet
from overpaint.detectors._nanodet import ANIMALS, CLASSES, Cells, NanoDet, Vehicles, nanodet
from overpaint.detectors._people import open_people
from overpaint.detectors._view import LookOptions, View
from overpaint.errors import ModelError
from overpaint.testing import assert_search

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


@pytest.fixture(scope="module")
def portrait():
    """A public-domain portrait from the waist up, 512 x 600."""
    image = cv2.imread(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return np.ascontiguousarray(image[..., ::-1])


def pasted(portrait, height, x, y, *, width=640, tall=480):
    """The portrait that high on grey, at (x, y)."""
    image = np.full((tall, width, 3), 128, np.uint8)
    wide = round(height * portrait.shape[1] / portrait.shape[0])
    image[y : y + height, x : x + wide] = cv2.resize(portrait, (wide, height), interpolation=cv2.INTER_AREA)
    return image, wide


def test_somebody_is_found_where_they_were_put(portrait):
    image, wide = pasted(portrait, 420, 180, 40)
    seen = open_people(LookOptions()).look(View(image), ())
    assert [one.subject for one in seen if one.confidence >= 0.5] == [0]
    box = seen[0].detection.box
    assert (seen[0].detection.kind, seen[0].detector) == ("person", "nanodet")
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    assert middle == pytest.approx((180 + wide / 2, 250), abs=30)
    assert box.height >= 350


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 517), (2400, 1800), (320, 240)])
def test_boxes_come_back_to_pictures_of_any_size(portrait, size):
    """The same picture in another size gives the same boxes, multiplied."""
    image, _ = pasted(portrait, 420, 150, 40)
    (one, *_), (other, *_) = (
        nanodet().detect(i) for i in (image, cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    )
    x, y = size[0] / 640, size[1] / 480
    if abs(x - y) < 0.01 * x:  # the same proportions: the network sees nearly the same
        got = np.array([other.box.x0 / x, other.box.y0 / y, other.box.x1 / x, other.box.y1 / y])
        np.testing.assert_allclose(got, [one.box.x0, one.box.y0, one.box.x1, one.box.y1], atol=8)
    assert other.box.x1 <= size[0]
    assert other.box.y1 <= size[1]


def test_other_things_can_be_asked_for(portrait):
    image, _ = pasted(portrait, 420, 180, 40)
    detector = NanoDet(kinds=("dog", "person"), floor=0.05)
    found = detector.detect(image)
    assert detector.kinds == ("dog", "person")
    assert detector.version != nanodet().version
    assert found[0].kind == "person"
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)


def test_nobody_on_plain_backgrounds():
    for image in (np.zeros((300, 400, 3), np.uint8), np.full((400, 300, 3), 200, np.uint8)):
        assert open_people(LookOptions()).look(View(image), ()) == ()


def test_conformance(portrait):
    noise = np.random.default_rng(0)
    shapes = [(1, 1), (1, 700), (700, 1), (20, 8000), (31, 33)]
    images = [noise.integers(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes]
    check_detector(nanodet(), [*images, portrait.copy()])


def test_a_network_with_other_outputs_is_refused():
    outputs = [SimpleNamespace(name=str(n), shape=[1, n, 80]) for n in CELLS]
    with pytest.raises(ModelError, match="overpaint models get nanodet"):
        _nanodet._outputs(outputs)


def test_a_search_keeps_to_what_is_relied_on(portrait):
    assert_search(open_people, pictures={"somebody": portrait.copy(), "nobody": np.zeros((90, 120, 3), np.uint8)})


def test_one_answer_of_the_network_serves_all_who_ask_about_a_picture(portrait):
    image, _ = pasted(portrait, 400, 60, 40)
    image.flags.writeable = False
    people, vehicles = nanodet(), Vehicles()
    alone, none = people.detect(image.copy()), vehicles.detect(image.copy())
    assert people.detect(image) == alone
    calls = []
    run = people._session.run
    people._session.run = vehicles._session.run = lambda *given: calls.append(1) or run(*given)
    try:
        assert (people.detect(image), vehicles.detect(image)) == (alone, none)
        assert not calls
        other = np.zeros_like(image)
        other.flags.writeable = False
        assert people.detect(other) == []
        changed = image.copy()
        changed[:] = 0
        assert people.detect(changed) == []
        assert len(calls) == 2
    finally:
        people._session.run = run


def test_a_picture_that_may_change_is_looked_at_each_time(portrait):
    image, _ = pasted(portrait, 400, 60, 40)
    people = nanodet()
    before = people.detect(image)
    image[:] = 0
    assert before
    assert people.detect(image) == []
