"""The networks on made pictures: what is written is found, read and told, upside down, faint, in strips, in crowds."""

import cv2
import numpy as np
import pytest
from detector_conformance import check_detector
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from overpaint.detectors import _ocr
from overpaint.detectors._ocr import Ocr, first_look
from overpaint.detectors._ocr_reading import _BATCH_WIDTH, _batches, _rounded
from overpaint.detectors._protocol import Detection
from overpaint.detectors._text_gate import TextGate
from overpaint.detectors._text_search import open_text
from overpaint.detectors._view import LookOptions, View
from overpaint.records import Box

FONT = font_manager.findfont("DejaVu Sans")


def page(width, height, lines, *, ground=None, size=24, fill=(255, 255, 255, 255)):
    """A picture with lines of text: (x, y, what)."""
    if ground is None:
        y, x = np.mgrid[0:height, 0:width]
        ground = np.stack([60 + x * 60 // width, 40 + y * 80 // height, 90 + 0 * x], axis=2).astype(np.uint8)
    picture = Image.fromarray(ground)
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    for x, y, text in lines:
        pen.text((x, y), text, fill=fill, font=ImageFont.truetype(FONT, size))
    picture.paste(layer, (0, 0), layer)
    return np.asarray(picture).copy()


@pytest.fixture(scope="module")
def search():
    return open_text(LookOptions(keep_text=True))


def told(search, image):
    view = View(image)
    seen = search.look(view, ())
    assert view.faults == []
    return {(one.detection.kind, one.detection.text) for one in seen}


def test_what_is_written_is_told_and_its_box_covers_it(search):
    image = page(500, 375, [(20, 330, "www.some-site.com"), (200, 40, "LE SHOE")])
    view = View(image)
    seen = search.look(view, ())
    assert {(s.detection.kind, s.detection.text) for s in seen} == {
        ("text-url", "some-site.com"),
        ("text-other", "le shoe"),
    }
    blank = page(500, 375, [])
    y, x = np.nonzero((image != blank).any(axis=2))
    boxes = [s.detection.box for s in seen]
    inside = [any(b.x0 <= px < b.x1 and b.y0 <= py < b.y1 for b in boxes) for px, py in zip(x, y, strict=True)]
    assert np.mean(inside) > 0.98
    assert view.costs["ocr"] > 0
    assert view.costs["text-gate"] > 0


def test_without_text_the_reading_is_spared(search):
    view = View(page(500, 375, []))
    assert search.look(view, ()) == ()
    assert set(view.costs) == {"text-gate"}


def test_text_upside_down_and_on_its_side(search):
    image = page(400, 300, [(30, 120, "www.some-site.com")], size=30)
    for turn in (cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE):
        assert ("text-url", "some-site.com") in told(search, cv2.rotate(image, turn)), turn


def test_a_half_transparent_mark_over_the_middle(search):
    rough = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (400, 500, 3)).astype(np.uint8), (0, 0), 6)
    image = page(500, 400, [(180, 175, "fotolia")], ground=rough, size=40, fill=(255, 255, 255, 90))
    assert "text-stock" in {kind for kind, _ in told(search, image)}


def test_other_scripts_are_found_and_nothing_breaks(search):
    image = page(500, 200, [(40, 60, "مرحبا بالعالم"), (40, 120, "שלום עולם")], size=32)
    kinds = {kind for kind, _ in told(search, image)}
    assert kinds == {"text-other"}


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (6, 6), (1, 30_000), (30_000, 1), (7, 31), (33, 2)])
def test_pictures_too_small_for_text_say_nothing(search, shape):
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3)).astype(np.uint8)
    view = View(image)
    assert len(search.look(view, ())) <= 2
    assert view.faults == []


def test_a_long_strip_is_read_from_end_to_end(search):
    places = [10, 4000, 11_900]
    image = page(12_000, 40, [(x if x < 11_000 else 11_700, 6, f"www.site{i}.com") for i, x in enumerate(places)])
    assert {t for kind, t in told(search, image) if kind == "text-url"} == {"site0.com", "site1.com", "site2.com"}


def test_a_picture_of_nothing_but_text_is_read_up_to_a_bound(search, monkeypatch):
    monkeypatch.setattr(_ocr, "MOST_READ", 5)
    monkeypatch.setattr("overpaint.detectors._text_search.MOST_READ", 5)
    image = page(400, 400, [(10, 20 + 40 * i, f"line number {i}") for i in range(9)], size=20)
    view = View(image)
    seen = search.look(view, ())
    assert sum(one.detection.text is not None for one in seen) == 5
    assert len(seen) >= 9, "the boxes of all are told"
    (fault,) = view.faults
    assert "read the 5 highest of 9 lines" in str(fault)


def test_both_detectors_keep_to_the_protocol():
    images = [
        page(120, 90, [(5, 30, "word")], size=20),
        np.zeros((1, 1, 3), np.uint8),
        np.full((40, 50, 3), 255, np.uint8),
    ]
    glance = first_look(threads=1)
    gate = TextGate(glance)
    for detector in (gate, Ocr(glance=glance, gate=gate), Ocr(glance=glance)):
        check_detector(detector, images)


def test_what_the_gate_lets_through_is_read_as_without_it():
    image = page(500, 375, [(20, 330, "www.some-site.com"), (200, 40, "LE SHOE")])
    glance = first_look(threads=1)
    spared, whole = (Ocr(glance=glance, gate=gate).detect(image) for gate in (TextGate(glance), None))
    assert {one.text for one in spared} == {one.text for one in whole} == {"www.some-site.com", "LE SHOE"}


def test_only_places_that_were_pointed_at_are_read():
    class Right:
        def detect(self, image):
            return [Detection("text-other", 0.9, Box(300, 40, 420, 70))]

    class Nowhere:
        def detect(self, image):
            return []

    image = page(500, 375, [(20, 330, "some words"), (300, 40, "LE SHOE")])
    glance = first_look(threads=1)
    assert [one.text for one in Ocr(glance=glance, gate=Right()).detect(image)] == ["LE SHOE"]
    assert Ocr(glance=glance, gate=Nowhere()).detect(image) == []


def test_a_line_is_read_as_if_it_were_alone():
    """Whatever else is in the picture: a line's neighbours pad nothing onto it."""
    widths = [100, 33, 97, 500, 112, 96, 1536, 1536]
    batches = [list(batch) for batch in _batches(widths)]
    assert sorted(i for batch in batches for i in batch) == list(range(len(widths)))
    assert all(len({_rounded(widths[i]) for i in batch}) == 1 for batch in batches)
    assert [0, 2, 4] in [sorted(batch) for batch in batches]
    assert all(len(batch) == 1 or len(batch) * _rounded(widths[batch[0]]) <= _BATCH_WIDTH for batch in batches)
