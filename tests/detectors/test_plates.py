"""The search for plates: the joining of sizes against a slow reference, what writing says, and made pictures."""

import math

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors import Detection
from overpaint.detectors._clp import ClpPlates, agreed
from overpaint.detectors._plates import FLOOR, PlateReader, Plates, open_plates, reads_like_plate, reads_like_words
from overpaint.detectors._view import View
from overpaint.records import Box
from overpaint.testing import assert_search


def slow(levels):
    """The same in plain loops."""
    rest = [
        (float(s), tuple(map(float, b)), i) for i, (bs, ss) in enumerate(levels) for b, s in zip(bs, ss, strict=True)
    ]
    rest.sort(key=lambda one: -one[0])
    found = []
    while rest:
        best = rest[0]
        same = [one for k, one in enumerate(rest) if k == 0 or Box(*best[1]).iou(Box(*one[1])) > 0.3]
        rest = [one for one in rest if one not in same]
        odds = []
        for i in range(len(levels)):
            score = max([0.02, *(min(one[0], 0.999) for one in same if one[2] == i)])
            odds.append(math.log(score / (1 - score)))
        found.append((*best[1], 1 / (1 + math.exp(-sum(odds) / len(odds)))))
    return np.array(found).reshape(-1, 5)


@pytest.mark.parametrize("sizes", [1, 2, 3])
def test_sizes_are_joined(sizes):
    draw = np.random.default_rng(sizes)
    levels = []
    for _ in range(sizes):
        corner = draw.integers(0, 60, (12, 2)).astype(np.float32)
        sides = draw.integers(5, 40, (12, 2)).astype(np.float32)
        levels.append((np.concatenate([corner, corner + sides], axis=1), draw.random(12, np.float32)))
    boxes, scores = agreed(levels)
    np.testing.assert_allclose(np.column_stack([boxes, scores]), slow(levels), atol=1e-5)


def test_one_silent_size_costs_much_of_the_score():
    box, none = np.array([[0, 0, 30, 10]], np.float32), np.empty((0, 4), np.float32)
    both = agreed([(box, np.array([0.6], np.float32)), (box, np.array([0.6], np.float32))])
    one = agreed([(box, np.array([0.6], np.float32)), (none, np.empty(0, np.float32))])
    assert both[1][0] == pytest.approx(0.6)
    assert one[1][0] < 0.2
    assert agreed([(none, np.empty(0, np.float32))])[0].shape == (0, 4)


@pytest.mark.parametrize("text", ["RK-115AN", "5CJP303", "1B8 0338", "CCLVN-3", "59 CADI", "京A12345", "47471"])
def test_writing_of_plates(text):
    assert reads_like_plate(text)
    assert not reads_like_words(text)


@pytest.mark.parametrize(
    "text", ["", "A1", "GETSAWS.COM", "£7495", "05/0872006", '16" Poulan', "ABC 1234 567890", "50%"]
)
def test_other_writing(text):
    assert not reads_like_plate(text)


@pytest.mark.parametrize(("text", "words"), [("ADVANTAGE", True), ("16 Poulan", True), ("SK", False), ("", False)])
def test_words(text, words):
    assert reads_like_words(text) is words


@given(st.text(max_size=12))
def test_no_text_is_both(text):
    assert not (reads_like_plate(text) and reads_like_words(text))


class Says:
    """A detector that gives the same answer always, and counts how often it was asked."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name, kinds, answer):
        self.name, self.kinds, self.answer, self.asked = name, kinds, answer, 0

    def detect(self, image):
        self.asked += 1
        return self.answer


PLATE = Box(40, 40, 90, 60)


def search(score, *lines):
    """A search of one plate of that score with those lines in it."""
    told = [Detection("text-other", sure, box, text) for text, sure, box in lines]
    found = [] if score is None else [Detection("plate", score, PLATE)]
    return Plates(Says("clp", ("plate",), found), Says("ocr", ("text-other",), told))


def look(one):
    view = View(np.zeros((100, 120, 3), np.uint8))
    seen = one.look(view, ())
    assert not view.faults
    return seen


def test_nothing_is_read_where_no_plate_was_seen():
    one = search(None, ("RK-115AN", 0.9, PLATE))
    assert look(one) == []
    assert [detector.asked for detector in one.detectors] == [1, 0]


@pytest.mark.parametrize(
    ("score", "lines", "accepted"),
    [
        (0.25, [], True),
        (0.15, [], False),
        (0.06, [("RK-115AN", 0.9, PLATE)], True),
        (0.3, [("ADVANTAGE", 0.95, PLATE)], False),
        (0.3, [("ADVANTAGE", 0.6, PLATE)], True),  # a reading that is not sure says nothing
        (0.3, [("ADVANTAGE", 0.95, PLATE), ("B 1234", 0.5, PLATE)], True),
        (0.3, [("ADVANTAGE", 0.95, Box(0, 0, 40, 20))], True),  # beside it
        (0.06, [("RK-115AN", 0.9, Box(45, 45, 55, 50))], False),  # small writing in it
        (0.06, [("B 1234", 0.9, Box(0, 35, 119, 58))], False),  # a line of which it is a part
        (0.06, [("", 0.9, PLATE)], False),
    ],
)
def test_writing_decides(score, lines, accepted):
    seen = look(search(score, *lines))
    assert bool(seen and seen[0].confidence >= 0.5) is accepted
    assert all(one.confidence >= FLOOR for one in seen)


def test_writing_is_taken_into_the_box_but_not_far():
    (seen,) = look(search(0.9, ("RK-115AN", 0.9, Box(37, 41, 110, 61))))
    assert seen.detection.box == Box(37, 40, 95, 61)


def test_subjects_are_numbered_by_falling_confidence():
    found = [Detection("plate", s, Box(x, 0, x + 20, 10)) for s, x in ((0.3, 0), (0.1, 30), (0.9, 60), (0.02, 90))]
    line = Detection("text-other", 0.9, Box(30, 0, 50, 10), "RK-115AN")
    seen = look(Plates(Says("clp", ("plate",), found), Says("ocr", ("text-other",), [line])))
    assert [one.subject for one in seen] == [0, 1, 2]
    assert [one.detection.box.x0 for one in seen] == [60, 30, 0]
    assert seen[0].confidence > seen[1].confidence > seen[2].confidence


def drawn(text, *, at=(180, 190), height=26, width=500, tall=375):
    """A dark car's back with a white plate."""
    y, x = np.mgrid[0:tall, 0:width]
    image = np.stack([x * 60 // width + 40, y * 60 // tall + 40, (x + y) % 40 + 50], axis=2).astype(np.uint8)
    cv2.rectangle(image, (90, 90), (410, 300), (60, 30, 30), -1)
    cv2.rectangle(image, (110, 170), (150, 200), (180, 20, 20), -1)
    cv2.rectangle(image, (350, 170), (390, 200), (180, 20, 20), -1)
    (x0, y0), wide = at, round(height * 4.6)
    cv2.rectangle(image, (x0, y0), (x0 + wide, y0 + height), (245, 245, 245), -1)
    cv2.rectangle(image, (x0, y0), (x0 + wide, y0 + height), (10, 10, 10), 1)
    size = height / 34
    (long, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 2)
    spot = (x0 + (wide - long) // 2, y0 + (height + high) // 2)
    cv2.putText(image, text, spot, cv2.FONT_HERSHEY_DUPLEX, size, (10, 10, 10), 2, cv2.LINE_AA)
    return image, Box(x0, y0, x0 + wide, y0 + height)


def test_a_drawn_plate_is_found():
    image, plate = drawn("RK 261 AN")
    view = View(image)
    seen = Plates(ClpPlates(), PlateReader()).look(view, ())
    assert not view.faults
    assert seen
    assert seen[0].confidence >= 0.5
    assert seen[0].detection.box.iou(plate) >= 0.5


class Asked:
    """A detector that says what it is told to say, and counts."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name, kind, answer):
        self.name, self.kinds, self.answer, self.asked, self.where = name, (kind,), answer, 0, ()

    def detect(self, image):
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("vehicles", [0, 1])
def test_nobody_looks_for_plates_where_nothing_bears_any(vehicles):
    gate = Asked("gate", "car", [Detection("car", 0.2, Box(0, 0, 9, 9))] * vehicles)
    plates = Asked("clp", "plate", [Detection("plate", 0.9, Box(10, 10, 60, 30))])
    reader = Asked("plate-ocr", "text-other", [])
    search = Plates(plates, reader, gate=gate)
    seen = search.look(View(np.zeros((50, 80, 3), np.uint8)), ())
    assert (len(seen), gate.asked, plates.asked, reader.asked) == (vehicles, 1, vehicles, vehicles)
    assert [d.name for d in search.detectors] == ["gate", "clp", "plate-ocr"]


def test_conformance():
    noise = np.random.default_rng(0)
    shapes = [(1, 1), (1, 700), (700, 1), (20, 3000), (31, 33)]
    images = [noise.integers(0, 256, (*shape, 3)).astype(np.uint8) for shape in shapes]
    check_detector(ClpPlates(), [*images, drawn("B 1234")[0]])


def test_a_search_keeps_to_what_is_relied_on():
    assert_search(open_plates, pictures={"plate": drawn("RK 261 AN")[0], "nothing": np.zeros((90, 120, 3), np.uint8)})
