"""Which findings concern the same thing, and what they say together."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors import Detection
from overpaint.detectors._fusion import Calibration, fuse
from overpaint.records import Box


@dataclass(frozen=True)
class Named:
    name: str
    version: str = "1"
    weights: str = "w"
    kinds: tuple[str, ...] = ("face",)
    long_side: int = 0

    def detect(self, image):
        raise AssertionError("fusing does not look")


A, B, C = Named("a"), Named("b"), Named("c")


def face(x, score, *, width=20, kind="face"):
    return Detection(kind, score, Box(x, 0, x + width, 20))


def fused(*answers, floor=0.0, calibrations=None):
    return fuse(answers, calibrations=calibrations or [None] * len(answers), floor=floor)


def test_one_detector_is_repeated_with_its_score_as_confidence():
    seen = fused((A, [face(100, 0.4), face(0, 0.9)]))
    assert [(s.subject, s.detection.score, s.confidence) for s in seen] == [(0, 0.9, 0.9), (1, 0.4, 0.4)]
    assert {(s.detector, s.version, s.weights) for s in seen} == {("a", "1", "w")}


def test_overlapping_boxes_of_two_detectors_are_one_subject():
    seen = fused((A, [face(0, 0.5)]), (B, [face(4, 0.8)]))
    assert [(s.detector, s.subject) for s in seen] == [("b", 0), ("a", 0)]
    assert seen[0].confidence == seen[1].confidence == pytest.approx(0.9)


def test_boxes_apart_and_of_other_kinds_stay_apart():
    seen = fused((A, [face(0, 0.5)]), (B, [face(50, 0.8), face(0, 0.6, kind="plate")]))
    assert sorted(s.subject for s in seen) == [0, 1, 2]


def test_a_subject_has_at_most_one_of_each_detector():
    seen = fused((A, [face(0, 0.5)]), (B, [face(2, 0.8), face(1, 0.7)]))
    assert [(s.detector, s.detection.score, s.subject) for s in seen] == [("b", 0.8, 0), ("a", 0.5, 0), ("b", 0.7, 1)]


def test_each_joins_the_subject_it_overlaps_most():
    seen = fused((A, [face(0, 0.5), face(10, 0.4)]), (B, [face(9, 0.9)]))
    assert {s.detector: s.subject for s in seen if s.detection.score in {0.9, 0.4}} == {"b": 0, "a": 0}


def test_what_has_no_box_is_a_subject_of_its_own():
    whole = Detection("face", 0.7, None)
    assert [s.subject for s in fused((A, [whole]), (B, [whole]))] == [0, 1]


def test_the_floor_is_on_the_joint_confidence():
    seen = fused((A, [face(0, 0.3), face(100, 0.4)]), (B, [face(0, 0.3)]), floor=0.5)
    assert [s.confidence for s in seen] == [pytest.approx(0.51)] * 2


def test_a_calibration_is_platts():
    assert Calibration(0.0, 1.0)(0.3) == pytest.approx(0.3)
    assert Calibration(-1.0, 2.0)(0.5) == pytest.approx(0.26894, abs=1e-5)
    assert 0 <= Calibration(-3, 3)(0.0) < 1e-6 < 1 - 1e-6 < Calibration(-3, 3)(1.0) <= 1


boxes = st.builds(face, st.integers(0, 60), st.floats(0, 1))


@given(st.lists(st.lists(boxes, max_size=6), min_size=1, max_size=3), st.floats(0, 1))
def test_nothing_is_lost_above_the_floor_and_nobody_is_outvoted(answers, floor):
    calibrations = [Calibration(-0.5, 2.0), None, Calibration(1.0, 3.0)][: len(answers)]
    seen = fused(*zip((A, B, C), answers, strict=False), calibrations=calibrations, floor=floor)
    single = [(c(d.score) if c else d.score) for c, found in zip(calibrations, answers, strict=True) for d in found]
    assert len(seen) >= sum(p >= floor for p in single)
    assert [s.confidence for s in seen] == sorted((s.confidence for s in seen), reverse=True)
    for _, members in itertools.groupby(seen, key=lambda s: s.subject):
        members = list(members)
        assert len({s.detector for s in members}) == len(members)
        assert [s.detection.score for s in members] == sorted((s.detection.score for s in members), reverse=True)
    assert sorted({s.subject for s in seen}) == list(range(len({s.subject for s in seen})))
