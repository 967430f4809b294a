"""Lines from maps, their reading by CTC, strips in pieces, and the parts of a picture that are read."""

import math
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from overpaint.detectors._ocr import Ocr
from overpaint.detectors._ocr_boxes import Line, lines_of
from overpaint.detectors._ocr_map import Glance, Size, even
from overpaint.detectors._ocr_pieces import once, pieces
from overpaint.detectors._ocr_reading import Reader, Reading, collapse
from overpaint.detectors._text_gate import TextGate, regions
from overpaint.errors import ModelError
from overpaint.records import Box


def core(width, height, box, angle=0.0, value=0.9):
    """A map with one core of a line: a filled rectangle round (x, y), wide and high, turned."""
    heat = np.zeros((height, width), np.float32)
    x, y, wide, high = box
    corners = cv2.boxPoints(((x, y), (wide, high), angle))
    cv2.fillPoly(heat, [np.round(corners).astype(np.int32)], value)
    return heat


@pytest.mark.parametrize("angle", [0, 10, -30, 45, 80, 90])
def test_a_core_is_grown_back_by_its_area_over_its_perimeter(angle):
    wide, high = 60, 12
    (line,) = lines_of(core(200, 200, (100, 100, wide, high), angle), floor=0.3, least=0.5, scale=(1, 1))
    grown = wide * high * 1.6 / (wide + high)
    assert line.length == pytest.approx(wide + grown, abs=6)
    assert line.height == pytest.approx(high + grown, abs=6)
    assert line.corners.mean(axis=0) == pytest.approx((100, 100), abs=2)
    assert line.score == pytest.approx(0.9, abs=0.2)


def test_the_first_side_is_the_direction_of_reading():
    for angle in range(-90, 91, 7):
        (line,) = lines_of(core(200, 200, (100, 100, 80, 10), angle), floor=0.3, least=0.3, scale=(1, 1))
        along = line.corners[1] - line.corners[0]
        down = line.corners[3] - line.corners[0]
        assert along[0] * down[1] - along[1] * down[0] > 0, "clockwise: the text is not mirrored"
        assert line.length > line.height
        assert along[1] > 0 if abs(along[1]) > 2 * abs(along[0]) else along[0] > 0


def test_a_single_character_is_taken_as_upright():
    (line,) = lines_of(core(100, 100, (50, 50, 20, 26)), floor=0.3, least=0.3, scale=(1, 1))
    assert line.corners[1, 0] > line.corners[0, 0]
    assert line.length < line.height


def test_lines_come_in_pixels_of_the_picture():
    (one,) = lines_of(core(100, 50, (50, 25, 40, 8)), floor=0.3, least=0.3, scale=(1, 1))
    (two,) = lines_of(core(100, 50, (50, 25, 40, 8)), floor=0.3, least=0.3, scale=(3, 2))
    np.testing.assert_allclose(two.corners, one.corners * (3, 2), rtol=1e-5)


def test_weak_and_tiny_cores_are_left_out():
    assert lines_of(core(100, 100, (50, 50, 40, 8), value=0.25), floor=0.3, least=0.2, scale=(1, 1)) == []
    assert lines_of(core(100, 100, (50, 50, 40, 8), value=0.35), floor=0.3, least=0.5, scale=(1, 1)) == []
    assert lines_of(core(100, 100, (50, 50, 1, 1)), floor=0.3, least=0.1, scale=(1, 1)) == []


@given(hnp.arrays(np.float32, (24, 40), elements=st.sampled_from([0.0, 0.1, 0.5, 1.0])))
def test_any_map_gives_sound_lines(heat):
    for line in lines_of(heat, floor=0.3, least=0.1, scale=(2, 2)):
        assert 0 <= line.score <= 1
        assert np.isfinite(line.corners).all()
        assert line.length > 0
        assert line.height > 0


def test_a_map_made_to_hold_too_many_cores_costs_a_bounded_time():
    heat = np.zeros((600, 1600), np.float32)
    heat[::6, :] = heat[1::6, :] = heat[2::6, :] = 1
    heat[:, ::6] = heat[:, 1::6] = 0
    assert len(lines_of(heat, floor=0.3, least=0.1, scale=(1, 1))) <= 1000


def slow_collapse(best, sure, alphabet):
    text, total, before = "", [], None
    for step, chance in zip(best, sure, strict=True):
        if step not in (0, before):
            text += alphabet[step]
            total.append(chance)
        before = step
    return text, sum(total) / len(total) if total else 0.0


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1, width=32)), max_size=30))
def test_best_path_of_ctc_equals_its_definition(steps):
    best = np.array([a for a, _ in steps], np.intp)
    sure = np.array([b for _, b in steps], np.float32)
    reading = collapse(best, sure, ("", "x", "y", " "))
    text, score = slow_collapse(best, sure, ("", "x", "y", " "))
    assert reading.text == text
    assert reading.score == pytest.approx(score, abs=1e-5)


def fake_session(letters, classes):
    meta = SimpleNamespace(custom_metadata_map={"character": letters} if letters is not None else {})
    out = [SimpleNamespace(shape=["N", "T", classes])]
    return SimpleNamespace(
        get_inputs=lambda: [SimpleNamespace(name="x")], get_modelmeta=lambda: meta, get_outputs=lambda: out
    )


def test_an_alphabet_that_does_not_fit_is_refused():
    assert Reader(fake_session("a\nb", 4), name="ppocr-rec").alphabet == ("", "a", "b", " ")
    for letters, classes in (("a\nb", 5), (None, 4), ("", 4)):
        with pytest.raises(ModelError, match=r"ppocr-rec.*models get"):
            Reader(fake_session(letters, classes), name="ppocr-rec")


@pytest.mark.parametrize(
    ("first", "tried"),
    [
        (Reading("wOo.3j1s", 0.79), True),
        (Reading("w3-o", 0.45), True),
        (Reading("w3-o", 0.44), False),
        (Reading("w3--", 0.7), False),
        (Reading("÷·÷·÷", 0.7), False),
        (Reading("", 0.0), False),
        (Reading("word", 0.8), False),
    ],
)
def test_only_what_reads_as_letters_but_wrong_ones_is_tried_the_other_way_up(monkeypatch, first, tried):
    image = np.random.default_rng(0).integers(0, 255, (60, 200, 3)).astype(np.uint8)
    given, answers = [], [first, Reading("site.com", 0.99)]
    monkeypatch.setattr(
        Reader, "_all", lambda _, cuts: given.append(cuts) or ([answers[len(given) - 1]] if cuts else [])
    )
    (told,) = Reader(fake_session("a\nb", 4), name="ppocr-rec").read(image, [line(10, 10, 180, 40)])
    assert told == answers[tried]
    assert sum(map(len, given)) == 1 + tried
    if tried:
        assert np.array_equal(given[1][0], given[0][0][::-1, ::-1])


@given(st.integers(1, 70_000), st.integers(1, 3000), st.booleans())
def test_pieces_cover_every_pixel_and_are_few(long, short, tall):
    shape = (long, short) if tall else (short, long)
    image = np.broadcast_to(np.zeros((1, 1, 1), np.uint8), (*shape, 3))
    covered = np.zeros(max(shape) if max(shape) in (shape[0], shape[1]) else 0, bool)
    axis = 0 if shape[0] > shape[1] else 1
    parts = list(pieces(image))
    assert 1 <= len(parts) <= 48
    for x, y, part in parts:
        start = (y, x)[axis]
        covered[start : start + part.shape[axis]] = True
        assert part.shape[1 - axis] == shape[1 - axis]
        assert part.size
    assert covered.all()
    if len(parts) > 1:
        ends = [(y, x)[axis] + part.shape[axis] for x, y, part in parts]
        starts = [(y, x)[axis] for x, y, _ in parts]
        assert all(end - start >= min(shape) for end, start in zip(ends, starts[1:], strict=False)), (
            "words are whole once"
        )


def line(x0, y0, x1, y1, score=0.9):
    return Line(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32), score)


@pytest.mark.parametrize(
    ("score", "reading", "box", "again"),
    [
        (0.9, Reading("·÷", 0.3), (0, 20, 199, 50), False),  # plain to see, and says nothing
        (0.9, Reading("", 0.0), (0, 19, 199, 52), False),
        (0.4, Reading("", 0.0), (0, 20, 199, 50), True),  # faint, and goes on where the first look saw it end
        (0.9, Reading("word", 0.6), (0, 20, 199, 50), True),
        (0.4, Reading("", 0.0), (22, 19, 170, 52), False),  # what the first look read would take its place anyway
        (0.9, Reading("word", 0.6), (20, 20, 160, 50), False),
        (0.9, Reading("", 0.0), (20, 20, 80, 50), False),
        (0.9, Reading("", 0.0), (20, 60, 160, 75), True),  # another line
    ],
)
def test_only_what_may_be_told_is_read_in_the_second_look(monkeypatch, score, reading, box, again):
    first, second, read = line(20, 20, 160, 50, score), line(*box), []
    ocr = Ocr.__new__(Ocr)
    ocr._gate = None
    ocr._glance = SimpleNamespace(lines=lambda image, **bounds: [first])
    ocr._reader = SimpleNamespace(read=lambda image, lines: read.append(lines) or [reading] * len(lines))
    monkeypatch.setattr(Ocr, "_again", lambda *given: [second])
    ocr.detect(np.zeros((80, 200, 3), np.uint8))
    assert read == [[first], [second] if again else []]


def test_of_a_line_seen_twice_the_worthiest_stays():
    whole, half, small, apart = line(0, 0, 100, 10), line(0, 1, 60, 10), line(20, 4, 40, 7), line(0, 50, 100, 60)
    lines = [half, whole, small, apart]
    assert once(lines, [one.length for one in lines]) == [1, 2, 3], "small print in a large box is a line of its own"
    assert once(lines, [500, 100, 20, 100]) == [0, 2, 3]
    assert once([], []) == []


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_even_contrast_keeps_the_size(image):
    assert even(image).shape == image.shape
    assert even(image).dtype == np.uint8


class Counting:
    """A seer that sees one line in every picture, and counts how often it is asked."""

    weights = ""

    def __init__(self):
        self.asked = 0

    def heat(self, image, size):
        self.asked += 1
        return core(64, 64, (32, 32, 30, 8)), (image.shape[1] / 64, image.shape[0] / 64)


def test_a_glance_at_the_same_picture_is_made_once():
    seer = Counting()
    glance = Glance(seer, Size(1, 1600, 1.0))
    image, other = np.zeros((100, 200, 3), np.uint8), np.zeros((100, 200, 3), np.uint8)
    first = glance.lines(image, floor=0.3, least=0.3)
    again = glance.lines(image, floor=0.3, least=0.3)
    assert seer.asked == 1
    np.testing.assert_array_equal(first[0].corners, again[0].corners)
    glance.lines(other, floor=0.3, least=0.3)
    assert seer.asked == 2
    del other
    glance.lines(np.zeros((100, 200, 3), np.uint8), floor=0.3, least=0.3)
    assert seer.asked == 3, "a new picture may lie where an old one lay"


def test_a_gate_that_is_asked_again_about_a_picture_does_not_look_again():
    seer = Counting()
    gate = TextGate(Glance(seer, Size(1, 1600, 1.0)))
    image = np.zeros((200, 300, 3), np.uint8)
    first = gate.detect(image)
    assert seer.asked == 2, "the whole, and a strip in the middle"
    assert gate.detect(image) == first != ()
    assert seer.asked == 2
    gate.detect(image.copy())
    assert seer.asked == 4


BOXES = st.lists(
    st.tuples(st.floats(0, 900), st.floats(0, 600), st.floats(1, 400), st.floats(1, 60))
    .map(lambda b: Box(b[0], b[1], b[0] + b[2], b[1] + b[3]).clipped(1000, 700))
    .filter(lambda b: b.area > 0),
    max_size=12,
)


@given(BOXES)
def test_what_is_read_holds_every_line_with_room_around_and_no_pixel_twice(boxes):
    found = regions(boxes, 1000, 700)
    mask = np.zeros((700, 1000), int)
    for x0, y0, x1, y1 in found:
        assert 0 <= x0 < x1 <= 1000
        assert 0 <= y0 < y1 <= 700
        mask[y0:y1, x0:x1] += 1
    assert mask.max(initial=0) <= 1
    for box in boxes:
        assert mask[math.floor(box.y0) : math.ceil(box.y1), math.floor(box.x0) : math.ceil(box.x1)].all()


def test_no_line_nothing_to_read_and_many_everything():
    assert regions([], 1000, 700) == []
    assert regions([Box(0, 0, 1000, 600)], 1000, 700) == [(0, 0, 1000, 700)]
    assert regions([Box(3, 3, 5, 5)], 7, 7) == [(0, 0, 7, 7)]


@given(st.integers(1, 70_000), st.integers(1, 70_000))
def test_the_network_is_given_multiples_of_32_within_bounds(width, height):
    place = Size(736, 1600, 1.5).place(width, height)
    for side in (place.inner_width, place.inner_height):
        assert side % 32 == 0
        assert 32 <= side <= 1600
    assert place.inner_width <= max(32, 1.5 * width + 32)
