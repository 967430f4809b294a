"""Several detectors as votes, against the rule written out in loops."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.detectors import Detection, Look
from overpaint.detectors._agreement import AGREED, agree
from overpaint.detectors._fusion import Calibration
from overpaint.records import Box


@dataclass(frozen=True)
class Named:
    name: str
    version: str = "1"
    weights: str = "w"
    kinds: tuple[str, ...] = ("face", "plate")
    long_side: int = 0

    def detect(self, image):
        raise AssertionError("agreeing does not look")


A, B, C = Named("b"), Named("c"), Named("d")  # as the real ones, after "agreed" in the alphabet
CALIBRATIONS = {"b": Calibration(-0.5, 2.0), "c": None, "d": Calibration(1.0, 3.0)}


def face(x, score, *, width=20, kind="face"):
    return Detection(kind, score, Box(x, 0, x + width, 20))


def agreed(*answers, floor=0.0, calibrations=None):
    return agree(answers, calibrations=calibrations or [None] * len(answers), floor=floor)


def by_rule(answers, *, calibrations, floor):
    """What `agree` says it does: subjects as (confidence, box, members), by falling confidence."""
    votes = []
    for (detector, detections), calibrate in zip(answers, calibrations, strict=True):
        votes += [(calibrate(d.score) if calibrate else d.score, detector.name, d) for d in detections]
    votes.sort(key=lambda v: (-v[0], v[1], -v[2].score, v[2].kind, (v[2].box.x0, v[2].box.x1)))
    subjects = []
    for vote in votes:
        fitting = [
            s
            for s in subjects
            if s[0][2].kind == vote[2].kind
            and vote[1] not in [m[1] for m in s]
            and s[0][2].box.iou(vote[2].box) >= 0.45
        ]
        if fitting:
            max(fitting, key=lambda s: s[0][2].box.iou(vote[2].box)).append(vote)
        else:
            subjects.append([vote])
    result = []
    for members in subjects:
        sure = 1 - math.prod(1 - m[0] for m in members)
        total = sum(m[0] for m in members)
        share = [m[0] / total if total else 1 / len(members) for m in members]
        side = [sum(p * getattr(m[2].box, s) for p, m in zip(share, members, strict=True)) for s in ("x0", "x1")]
        result.append((sure, side, sorted((m[1], m[2].score) for m in members)))
    return sorted((s for s in result if s[0] >= floor), key=lambda s: -s[0])


boxes = st.builds(
    face,
    st.integers(0, 60),
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]),
    width=st.integers(12, 30),
    kind=st.sampled_from(["face", "face", "plate"]),
)
answered = st.lists(st.lists(boxes, max_size=6), min_size=1, max_size=3)


def asked(answers):
    return list(zip((A, B, C), answers, strict=False)), [CALIBRATIONS[d.name] for d in (A, B, C)[: len(answers)]]


@settings(max_examples=60, deadline=None)
@given(answered, st.sampled_from([0.0, 0.3, 0.6]))
def test_it_equals_its_rule(answers, floor):
    pairs, calibrations = asked(answers)
    seen = agree(pairs, calibrations=calibrations, floor=floor)
    expected = by_rule(pairs, calibrations=calibrations, floor=floor)
    near = {0.3, 0.6} & {round(s[0], 9) for s in by_rule(pairs, calibrations=calibrations, floor=0)}
    got = [list(group) for _, group in itertools.groupby(seen, key=lambda s: s.subject)]
    if near:
        return
    assert len(got) == len(expected)
    found = sorted(
        (g[0].confidence, sorted((s.detector, s.detection.score) for s in g if s.detector != AGREED)) for g in got
    )
    told = sorted((s[0], s[2]) for s in expected)
    np.testing.assert_allclose([f[0] for f in found], [t[0] for t in told], atol=1e-12)
    assert sorted(f[1] for f in found) == sorted(t[1] for t in told)
    for group in got:
        members = sorted((s.detector, s.detection.score) for s in group if s.detector != AGREED)
        own = {s.detection for s in group if s.detector != AGREED}
        sides = [s[1] for s in expected if s[2] == members]
        box = group[0].detection.box
        assert any([box.x0, box.x1] == pytest.approx(side) for side in sides)
        assert min(d.box.x0 for d in own) <= box.x0 < box.x1 <= max(d.box.x1 for d in own)


@settings(max_examples=60, deadline=None)
@given(answered, st.sampled_from([0.0, 0.3]), st.permutations(range(3)))
def test_the_order_of_the_detectors_does_not_matter(answers, floor, order):
    pairs, calibrations = asked(answers)
    turned = [i for i in order if i < len(pairs)]
    one = agree(pairs, calibrations=calibrations, floor=floor)
    other = agree([pairs[i] for i in turned], calibrations=[calibrations[i] for i in turned], floor=floor)
    assert one == other


@settings(max_examples=60, deadline=None)
@given(answered)
def test_nobody_is_outvoted_and_each_finding_is_kept(answers):
    pairs, calibrations = asked(answers)
    seen = agree(pairs, calibrations=calibrations, floor=0.0)
    said = sorted((d.name, x.kind, x.score, x.box.x0, x.box.x1) for d, found in pairs for x in found)
    kept = [(s.detector, s.detection.kind, s.detection.score, s.detection.box.x0, s.detection.box.x1) for s in seen]
    assert sorted(k for k in kept if k[0] != AGREED) == said
    calibrate = {d.name: c for (d, _), c in zip(pairs, calibrations, strict=True)}
    for one in seen:
        if one.detector != AGREED:
            own = calibrate[one.detector]
            assert one.confidence >= (own(one.detection.score) if own else one.detection.score) - 1e-12


@settings(max_examples=60, deadline=None)
@given(answered)
def test_the_box_to_use_leads_in_memory_and_by_score(answers):
    pairs, calibrations = asked(answers)
    seen = agree(pairs, calibrations=calibrations, floor=0.0)
    for leading in Look(seen, (), {}).leading():
        members = [s for s in seen if s.subject == leading.subject]
        assert (leading.detector == AGREED) == (len(members) > 1)
        assert [s.detection.score for s in members] == sorted((s.detection.score for s in members), reverse=True)
        # what re-reads the findings orders equal scores by the detector's name
        assert min(members, key=lambda s: (-s.detection.score, s.detector)) == leading


def test_the_box_of_two_lies_nearer_the_surer():
    first, *rest = agreed((A, [face(0, 0.9)]), (B, [face(6, 0.3)]))
    assert first.detector == AGREED
    assert first.detection.box.x0 == pytest.approx(1.5)
    assert first.confidence == pytest.approx(0.93)
    assert first.detection.score == pytest.approx(0.993)
    assert [(s.detector, s.detection.box.x0) for s in rest] == [("b", 0), ("c", 6)]
    assert len(first.weights) == 64


def test_what_one_sees_alone_stays_as_it_is():
    assert [(s.detector, s.detection, s.confidence) for s in agreed((A, [face(0, 0.7)]), (B, []))] == [
        ("b", face(0, 0.7), 0.7)
    ]


def test_what_has_no_box_is_a_subject_of_its_own():
    whole = Detection("face", 0.7, None)
    assert [s.subject for s in agreed((A, [whole]), (B, [whole]))] == [0, 1]


def test_a_picture_made_to_trigger_everywhere_equals_the_rule_too():
    draw = np.random.default_rng(0)
    answers = [
        [face(int(x), float(s)) for x, s in zip(draw.integers(0, 3000, 80), draw.random(80), strict=True)]
        for _ in range(3)
    ]
    pairs, calibrations = asked(answers)
    seen = agree(pairs, calibrations=calibrations, floor=0.0)
    sure = [s[0] for s in by_rule(pairs, calibrations=calibrations, floor=0.0)]
    found = [next(g).confidence for _, g in itertools.groupby(seen, key=lambda s: s.subject)]
    np.testing.assert_allclose(found, sure, atol=1e-12)
