"""Text in real pictures: what a person can read there and leads to somebody, marks of agencies, street scenes."""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from overpaint.detectors._text_search import open_text
from overpaint.detectors._view import LookOptions, View

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from _icdar import covered, scenes

pytestmark = pytest.mark.realdata

BY_EYE = Path(__file__).with_name("text_by_eye.csv")


@pytest.fixture(scope="module")
def look():
    search = open_text(LookOptions())

    def at(path):
        view = View(np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]))
        found = [seen.detection for seen in search.look(view, ())]
        assert not [fault for fault in view.faults if "raised" in str(fault)]
        return found

    return at


def test_what_a_person_can_read_is_told(realdata, look):
    rows = csv.DictReader(line for line in BY_EYE.read_text("utf-8").splitlines() if not line.startswith("#"))
    for row in rows:
        kinds = {one.kind for one in look(realdata / "imagenet_samples" / row["key"])}
        assert row["kind"] in kinds, row


def test_marks_of_an_agency(realdata, look):
    told = {"fotolia": 0, "without": 0}
    for path in sorted((realdata / "watermark_fotolia").glob("*.jpg")):
        marked = any(one.kind in {"text-stock", "text-url"} for one in look(path))
        told["fotolia" if path.name.startswith("fotolia") else "without"] += marked
    assert told["fotolia"] >= 3
    assert told["without"] == 0


def test_legible_words_of_street_scenes_are_covered(realdata, look):
    hits = []
    for path, words in list(scenes(realdata / "text_icdar2015"))[::3]:
        boxes = [one.box for one in look(path) if one.box is not None]
        hits += covered(words, boxes, width=1280, height=720)
    assert len(hits) >= 20
    assert np.mean(hits) >= 0.8
