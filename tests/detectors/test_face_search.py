"""The search for faces: what classes change, and that confirming only ever lowers, and only there."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.detectors import PROFILES, Detection, Detector, LookOptions, View
from overpaint.detectors._agreement import AGREED, agree
from overpaint.detectors._confirm import UNCONFIRMED, Confirmer, Evidence, probability
from overpaint.detectors._domains import PLAIN, Domain, Domains, Ways, shipped
from overpaint.detectors._face_search import FaceSearch, open_faces
from overpaint.detectors._fusion import Calibration, fuse
from overpaint.errors import UsageError
from overpaint.records import Box

IMAGE = np.zeros((100, 200, 3), np.uint8)
ANIMALS = Domain("animals", frozenset({"02084071"}), ("dog", "* fish"), Ways(confirm=True))
CROWDS = Domain("crowds", frozenset({"08182379", "02084071"}), ("gold *",), Ways(small_faces=True, floor=0.01))


class Saying:
    version, weights, long_side = "1", "", 64

    def __init__(self, name, found=(), kinds=("face",)):
        self.name, self.found, self.kinds, self.asked = name, found, kinds, 0

    def detect(self, image):
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def face(x, score=0.9, size=20, kind="face"):
    return Detection(kind, score, Box(x, 10, x + size, 10 + size))


def searching(faces, *, people=(), second=(), small=None, domains=(ANIMALS,), join=fuse, calibration=None):
    first = Saying("first", faces)
    asked = [(first, calibration)]
    confirmer = Confirmer(Saying("people", people, ("person",)), Saying("second", second))
    return FaceSearch(
        asked,
        join=join,
        floor=0.3,
        min_confidence=0.6,
        domains=Domains(domains),
        small=(small, calibration) if small else None,
        confirmer=confirmer,
    )


def confidences(search, label):
    view = View(IMAGE, label=label)
    seen = search.look(view, ())
    return [s.confidence for s in seen], view


def test_a_face_that_nobody_bears_out_is_lowered_and_kept():
    search, view = searching([face(10, size=60)]), View(IMAGE, label="n02084071")
    seen = search.look(view, ())
    assert all(0.3 < s.confidence < 0.6 for s in seen)
    assert [(s.detector, s.detection, s.subject) for s in seen] == [
        ("first", face(10, size=60), 0),
        (UNCONFIRMED, face(10, size=60), 0),
    ]
    assert set(view.costs) == {"first", "people", "second"}
    assert search.doubts


@pytest.mark.parametrize(("people", "second"), [([face(0, 0.8, 90, "person")], ()), ((), [face(10, 0.9, 60)])])
def test_a_person_or_a_second_detector_bears_it_out(people, second):
    sure, _ = confidences(searching([face(10, size=60)], people=people, second=second), "n02084071")
    assert sure == [0.9]


@pytest.mark.parametrize("label", [None, "n07747607", "orange", ""])
def test_other_classes_are_not_confirmed_and_nobody_is_asked(label):
    sure, view = confidences(searching([face(10, size=60)]), label)
    assert sure == [0.9]
    assert set(view.costs) == {"first"}


@pytest.mark.parametrize("faces", [[], [face(10, 0.59, 60)]])
def test_without_a_face_to_confirm_nobody_is_asked(faces):
    _, view = confidences(searching(faces), "dog")
    assert set(view.costs) == {"first"}


def test_a_detector_that_failed_is_no_evidence():
    sure, view = confidences(searching([face(10, size=60)], people=RuntimeError("no")), "dog")
    assert sure == [0.9]
    assert [fault.detector for fault in view.faults] == ["people"]


def test_what_is_lowered_goes_behind_what_is_not():
    search = searching([face(10, 0.95, 60), face(120, 0.7, 60)], people=[face(110, 0.9, 80, "person")])
    seen = search.look(View(IMAGE, label="dog"), ())
    assert [(s.subject, s.detection.score) for s in seen] == [(0, 0.7), (1, 0.95), (1, 0.95)]


scored = st.lists(st.builds(face, st.integers(0, 130), st.floats(0.05, 1), st.integers(4, 60)), max_size=5)


@settings(deadline=None, max_examples=60)
@given(scored, scored, scored, st.sampled_from(["dog", "n02084071", "orange", None]))
def test_confirming_lowers_only_in_its_domain_and_drops_nothing(faces, people, second, label):
    people = [Detection("person", d.score, d.box) for d in people]
    calibration = Calibration(0.0, 1.0)
    with_it = searching(faces, people=people, second=second, join=agree, calibration=calibration)
    without = searching(faces, domains=(), join=agree, calibration=calibration)
    said, other = with_it.look(View(IMAGE, label=label), ()), without.look(View(IMAGE, label=label), ())
    lowered = {s.subject for s in said if s.detector == UNCONFIRMED}
    assert {s.subject for s in said if 0.3 <= s.confidence < 0.6} >= lowered
    assert len([s for s in said if s.detector == UNCONFIRMED]) == len(lowered)
    leading = {s.subject: s.detection.box for s in reversed(said)}
    one = [s for s in said if s.detector != UNCONFIRMED]
    assert {s.subject: s.detection.box for s in reversed(one)} == leading
    key = lambda s: (s.detector, s.detection.score, s.detection.box.x0, s.detection.box.x1)  # noqa: E731
    assert sorted(map(key, one)) == sorted(map(key, other))
    assert all(a.confidence >= b.confidence for a, b in itertools.pairwise(one))
    assert sorted({s.subject for s in one}) == list(range(len({s.subject for s in one})))
    before = sorted((key(s), s.confidence) for s in other)
    for (_, now), (_, then) in zip(sorted((key(s), s.confidence) for s in one), before, strict=True):
        assert now == then or (then >= 0.6 > now >= 0.3 and label not in {"orange", None})


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 2), st.floats(0, 1))
def test_more_evidence_is_never_less_likely(person, second, size, more):
    here = probability(Evidence(person, second, size))
    assert 0 < here < 1
    assert probability(Evidence(min(1, person + more), second, size)) >= here
    assert probability(Evidence(person, min(1, second + more), size)) >= here
    assert probability(Evidence(person, second, size + more)) <= here


def test_the_probability_is_the_formula():
    assert probability(Evidence(0.5, 0.25, 0.1)) == pytest.approx(1 / (1 + math.exp(-(0.9 + 2.1 + 0.675 - 1.2))))


def test_small_faces_are_looked_for_where_the_class_asks():
    small = Saying("small", [face(150, 0.9, 5)])
    search = searching([face(10)], small=small, domains=(ANIMALS, CROWDS))
    assert len(confidences(search, "orange")[0]) == 1
    assert len(confidences(search, "Gold-Rush")[0]) == 2
    assert small.asked == 1
    assert {d.name for d in search.detectors} == {"first", "small", "people", "second", UNCONFIRMED}


def test_a_class_can_be_reported_from_a_lower_confidence_and_never_from_a_higher():
    low, strict = Domain("low", frozenset(), ("low",), Ways(floor=0.1)), Domain("high", frozenset(), ("high",), Ways())
    search = searching([face(10, 0.2), face(90, 0.35)], domains=(low, strict))
    assert confidences(search, "low")[0] == [0.35, 0.2]
    assert confidences(search, "high")[0] == confidences(search, None)[0] == [0.35]


def test_what_several_domains_say_of_a_class():
    both = Domains((ANIMALS, CROWDS))
    assert both.of("n02084071") == Ways(confirm=False, small_faces=True, floor=0.01)
    assert both.of("gold_fish") == both.of("n02084071")
    assert both.of("dog").confirm
    assert both.of(None) == both.of("hot dog stand") == both.of("n0208407") == PLAIN
    assert both.named("n02084071") == ("animals", "crowds")
    assert both.named(" DOG ") == ("animals",)


def test_labels_without_end_take_a_bounded_room(monkeypatch):
    monkeypatch.setattr("overpaint.detectors._domains._MOST", 50)
    many = Domains((ANIMALS,))
    for number in range(60):
        many.of(f"{number}")
    assert many.of("dog").confirm
    assert len(many._known) <= 50


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("n02093256", ("animals",)),  # Staffordshire bullterrier
        ("n02480855", ("animals",)),  # gorilla
        ("n02391049", ("animals",)),  # zebra
        ("n01440764", ()),  # tench: people hold it
        ("n02472293", ()),  # homo
        ("n10565667", ()),  # scuba diver
        ("n09835506", ("sport",)),  # ballplayer
        ("n04540053", ("sport",)),  # volleyball
        ("n06596364", ("art",)),  # comic book
        ("n04296562", ("crowds",)),  # stage
        ("n03417042", ()),  # garbage truck
        ("dogs", ("animals",)),
        ("Comic Book", ("art",)),
        ("catapult", ()),
    ],
)
def test_the_domains_that_come_with_it(label, names):
    assert shipped().named(label) == names


def test_the_shipped_domains_hold_wordnet_ids():
    for domain in shipped().domains:
        assert domain.wnids
        assert all(len(wnid) == 8 and wnid.isdigit() for wnid in domain.wnids)
    animals, *others = shipped().domains
    assert not any(animals.wnids & other.wnids for other in others)


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_profiles_open(profile):
    plain, heeding = open_faces(LookOptions(profile=profile)), open_faces(LookOptions(profile=f"{profile}+domains"))
    names = {d.name for d in heeding.detectors}
    assert {"nanodet", "centerface", UNCONFIRMED} <= names
    assert (AGREED in names) == (profile == "fused")
    assert ("yunet-small" in names) == (profile in {"thorough", "fused"})
    assert (names == {d.name for d in plain.detectors}) == (profile == "fused")
    assert plain.floor == PROFILES[profile].floor
    assert plain.kinds == ("face",)
    assert max(d.long_side for d in heeding.detectors) == heeding.long_side


def test_whoever_is_named_stands_in_the_plan():
    """A finding's detector, version and weights are those of one of the search's detectors."""
    small = Saying("small", [face(150, 0.9, 5)])
    search = searching([face(10, size=60)], small=small, second=[face(90)], domains=(ANIMALS, CROWDS), join=agree)
    planned = {(d.name, d.version, d.weights) for d in search.detectors}
    seen = [*search.look(View(IMAGE, label="dog"), ()), *search.look(View(IMAGE, label="gold rush"), ())]
    assert {(s.detector, s.version, s.weights) for s in seen} <= planned
    assert all(isinstance(d, Detector) and not d.detect(IMAGE) for d in search.detectors if d.name == UNCONFIRMED)
    whole = searching([face(10)], small=Saying("small", [face(11)]), domains=(CROWDS,), join=agree)
    together = whole.look(View(IMAGE, label="gold rush"), ())
    assert together[0].detector == AGREED
    assert (AGREED, together[0].version, together[0].weights) in {
        (d.name, d.version, d.weights) for d in whole.detectors
    }


@pytest.mark.parametrize("profile", ["quick", "fused+domains+domains", "fused+", "+domains", ""])
def test_an_unknown_profile_is_named(profile):
    with pytest.raises(UsageError, match="there is no profile"):
        open_faces(LookOptions(profile=profile))
