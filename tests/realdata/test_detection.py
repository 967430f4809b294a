"""The bars that each profile has to reach on WIDER FACE's validation pictures, and what it does on ImageNet's."""

import csv
import sys
from pathlib import Path

import cv2
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import detection
from _wider import pictures
from overpaint.detectors import PROFILES, open_looker

pytestmark = pytest.mark.realdata

# The same weights in a reference run: recall, precision and AP; a point is the slack for another resize and rounding.
BARS = {
    "fast": (0.933 - 0.01, 0.862 - 0.01, 0.949 - 0.01),
    "balanced": (0.954 - 0.01, 0.761 - 0.01, 0.958 - 0.01),
    "thorough": (0.965, 0.70, 0.962),
    "fused": (0.965, 0.85, 0.958 + 0.01),
}
ANIMALS = {"n02093256", "n02100583", "n02111277", "n02098286", "n02105641"}  # three dogs, two dogs with their people


@pytest.fixture(scope="module")
def images(realdata):
    return list(pictures(realdata / "faces_wider"))


@pytest.fixture(scope="module")
def rows(images):
    return {row["name"]: row for row in detection.everything(images)}


def test_the_truth_is_read_whole(images):
    assert len(images) == 60
    assert sum(len(p.boxes) for p in images) == 1192
    assert sum(int(p.counted.sum()) for p in images) == 194


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_recall_precision_and_ap(rows, profile):
    row, (recall, precision, ap) = rows[profile], BARS[profile]
    assert row["recall"] >= recall
    assert row["precision"] >= precision
    assert row["ap"] >= ap


def test_more_work_finds_more(rows):
    for figure in ("recall", "coverage", "ap"):
        values = [rows[name][figure] for name in ("fast", "balanced", "thorough", "fused")]
        assert values == sorted(values)


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_imagenet_pictures_that_show_people(realdata, profile):
    folder = realdata / "imagenet_samples"
    looker = open_looker(profile)
    with (folder / "people_candidates.csv").open(newline="") as file:
        shown = [row["file"] for row in csv.DictReader(file) if row["people_by_eye_thumbnail"] == "yes"]
    for name in shown:
        look = looker.look(cv2.imread(str(folder / name))[..., ::-1])
        assert not look.errors
        assert look.seen[0].confidence >= looker.min_confidence, name


def test_small_imagenet_pictures_are_looked_at_enlarged(realdata):
    """A face of 12 pixels in a picture of 213 is found far more often at twice the size."""
    small = list(pictures(realdata / "faces_wider", long_side=213, least_height=12))
    looker = open_looker("fast")
    row = detection.measure("fast", detection.by_looker(looker), 0.6, small)
    assert row["recall"] >= 0.94


@pytest.mark.parametrize("profile", ["balanced+domains", "fused"])
def test_dogs_are_asked_about_and_people_beside_them_are_painted(realdata, profile):
    looker = open_looker(profile)
    accepted, asked = {}, set()
    for path in sorted((realdata / "imagenet_samples").glob("*.JPEG")):
        if path.name[:9] in ANIMALS:
            look = looker.look(cv2.imread(str(path))[..., ::-1], label=path.name[:9])
            assert not look.errors
            accepted[path.name[:9]] = sum(s.confidence >= looker.min_confidence for s in look.leading())
            asked |= {path.name[:9] for s in look.seen if s.detector == "unconfirmed"}
    assert accepted == {"n02093256": 0, "n02100583": 0, "n02111277": 0, "n02098286": 1, "n02105641": 1}
    assert asked == {"n02093256", "n02100583", "n02111277"}
