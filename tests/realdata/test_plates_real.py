"""The bars for plates, and what people and codes are found in ImageNet's pictures."""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import plates
from overpaint.detectors._codes import open_codes
from overpaint.detectors._people import open_people
from overpaint.detectors._plates import open_plates
from overpaint.detectors._view import LookOptions, View

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def photos(realdata):
    return plates.photos(realdata, step=12)


@pytest.fixture(scope="module")
def row(photos):
    search = open_plates(LookOptions())
    return plates.measure("plates", lambda view: search.look(view, ()), plates.ACCEPTED, photos)[0]


def test_the_truth_is_read_whole(photos):
    counts = [sum(photo.group == group for photo in photos) for group in ("eu", "us", "imagenet")]
    assert counts == [40, 14, 81]


def test_recall_of_plates(row):
    assert row["eu"]["share"] >= 0.85
    assert row["us"]["share"] >= 0.90


def test_plates_cover_what_they_are_of(row):
    assert row["covered"] >= 0.93


def test_false_alarms_for_plates(row):
    assert row["imagenet"]["share"] <= 0.02


def test_no_code_is_seen_where_none_is(photos):
    pytest.importorskip("zxingcpp")
    search = open_codes(LookOptions())
    assert not [photo.file.name for photo in photos if photo.plate is None and search.look(photo.view(), ())]


def test_people_in_imagenet_pictures(realdata):
    folder = realdata / "imagenet_samples"
    with (folder / "people_candidates.csv").open(newline="") as file:
        shown = {row["file"] for row in csv.DictReader(file) if row["people_by_eye_thumbnail"] == "yes"}
    search = open_people(LookOptions())
    found = set()
    for file in folder.glob("*.JPEG"):
        image = np.ascontiguousarray(cv2.imread(str(file))[..., ::-1])
        if any(seen.confidence >= 0.5 for seen in search.look(View(image), ())):
            found.add(file.name)
    assert shown <= found
    assert len(found - shown) <= 3
