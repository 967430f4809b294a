"""The rule by itself: whom it lets out, and that it asks nobody where no nudity is seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.detectors import Detection, Look, Looker, View, _searches
from overpaint.detectors._ages import ADULT, UNCLEAR, YOUNG
from overpaint.detectors._lane import AGE, NOT_ESTABLISHED, Lane
from overpaint.detectors._nudity import FLOOR
from overpaint.detectors._protocol import Fault, Seen
from overpaint.errors import UsageError
from overpaint.records import Box

IMAGE = np.zeros((200, 300, 3), np.uint8)
BODY, FACE = Box(20, 10, 100, 190), Box(40, 20, 70, 55)
OTHER_BODY, OTHER_FACE = Box(150, 10, 230, 190), Box(170, 20, 200, 55)


class Says:
    """A detector that says what it was told to; an exception is raised."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name, kinds, answer=()):
        self.name, self.kinds, self.answer, self.asked = name, kinds, answer, 0

    def detect(self, image):
        del image
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return list(self.answer)


def seen(kind="nudity", score=0.9, box=None):
    return Seen(Detection(kind, score, box), "x", "1", "", 0, score)


def judge(*, bodies=(), faces=(), before=None):
    people = [Detection("person", 0.8, box) for box in bodies] if isinstance(bodies, tuple) else bodies
    known = [Detection(kind, 0.9, box) for kind, box in faces] if isinstance(faces, tuple) else faces
    lane = Lane(Says("people", ("person",), people), Says("ages", (ADULT, YOUNG, UNCLEAR), known))
    return lane.judge(View(IMAGE), [seen()] if before is None else before)


@pytest.mark.parametrize(
    ("bodies", "faces", "reason"),
    [
        ((BODY,), ((ADULT, FACE),), None),
        ((), ((ADULT, FACE),), None),
        ((BODY, OTHER_BODY), ((ADULT, FACE), (ADULT, OTHER_FACE)), None),
        ((), (), NOT_ESTABLISHED),  # a body so cropped that nobody is seen in it
        ((BODY,), (), NOT_ESTABLISHED),  # a faceless one
        ((BODY, OTHER_BODY), ((ADULT, FACE),), NOT_ESTABLISHED),  # somebody beside an adult
        ((BODY,), ((ADULT, OTHER_FACE),), NOT_ESTABLISHED),  # a face that is not this body's
        ((BODY,), ((UNCLEAR, FACE),), NOT_ESTABLISHED),
        ((BODY,), ((ADULT, FACE), (UNCLEAR, OTHER_FACE)), NOT_ESTABLISHED),
        ((BODY,), ((YOUNG, FACE),), AGE),
        ((BODY, OTHER_BODY), ((ADULT, FACE), (YOUNG, OTHER_FACE)), AGE),
        ((BODY, BODY), ((ADULT, FACE),), NOT_ESTABLISHED),  # one face speaks for one body
    ],
)
def test_who_is_let_out(bodies, faces, reason):
    assert judge(bodies=bodies, faces=faces) == reason


def test_what_other_searches_saw_counts():
    faces = ((ADULT, FACE),)
    assert judge(faces=faces, before=[seen(), seen("face", 0.9, FACE)]) is None
    assert judge(faces=faces, before=[seen(), seen("face", 0.9, OTHER_FACE)]) == NOT_ESTABLISHED
    assert judge(faces=faces, before=[seen(), seen("face", 0.1, OTHER_FACE)]) is None
    assert judge(faces=faces, before=[seen(), seen("person", 0.9, OTHER_BODY)]) == NOT_ESTABLISHED
    assert judge(bodies=(BODY,), faces=faces, before=[seen(), seen("person", 0.9, BODY)]) is None


def test_the_lowest_threshold_of_review_is_enough():
    assert judge(before=[seen(score=FLOOR)]) == NOT_ESTABLISHED
    assert judge(before=[seen(score=float(np.nextafter(FLOOR, 0)))]) is None
    assert judge(before=[seen("gore"), seen("face", 0.9, FACE)]) is None


def test_a_detector_that_fails_leaves_doubt():
    fine = ((ADULT, FACE),)
    assert judge(bodies=ValueError("no"), faces=fine) == NOT_ESTABLISHED
    assert judge(bodies=(BODY,), faces=ValueError("no")) == NOT_ESTABLISHED
    assert judge(bodies=[Detection("person", 0.8, Box(400, 0, 500, 10))], faces=fine) == NOT_ESTABLISHED
    others = View(IMAGE)
    others.faults.append(Fault("somebody", "raised"))
    lane = Lane(Says("people", ("person",)), Says("ages", (ADULT,), [Detection(ADULT, 0.9, FACE)]))
    assert lane.judge(others, [seen()]) is None


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    *(st.floats(0, 200) for _ in range(2)),
    *(st.floats(1, 100) for _ in range(2)),
)


@given(st.lists(boxes, max_size=5), st.lists(st.tuples(st.sampled_from([ADULT, YOUNG, UNCLEAR]), boxes), max_size=5))
def test_out_only_with_an_adult_face_for_every_body(bodies, faces):
    """Doubt is never lost: more bodies, or a face less, never let a picture out."""
    reason = judge(bodies=tuple(bodies), faces=tuple(faces))
    inside = [box.clipped(300, 200) for _, box in faces if box.clipped(300, 200).area > 0]
    if reason is None:
        assert {kind for kind, _ in faces} == {ADULT}
        assert len(bodies) <= len(inside)
    else:
        assert judge(bodies=(*bodies, BODY), faces=tuple(faces)) is not None
        assert judge(bodies=tuple(bodies), faces=tuple(faces[:-1])) is not None or any(k != ADULT for k, _ in faces)


class Searching:
    """A search that reports what it was told to, and remembers that it looked."""

    def __init__(self, name, *found):
        self.name, self.found, self.looked = name, found, 0
        self.kinds, self.long_side = tuple({one.detection.kind for one in found}), 0
        self.detectors = (Says(name, self.kinds),)

    def look(self, view, so_far):
        del view, so_far
        self.looked += 1
        return self.found


def lane_of(*faces):
    return Lane(Says("people", ("person",)), Says("ages", (ADULT, YOUNG, UNCLEAR), faces))


def test_whoever_comes_after_the_lane_is_not_shown_the_picture():
    nudity, after = Searching("nudity", seen()), Searching("elsewhere", seen("face", 0.9, FACE))
    looked = Looker([nudity, after], lane=lane_of()).look(IMAGE)
    assert (looked.lane, looked.seen, looked.errors) == (NOT_ESTABLISHED, (), ())
    assert after.looked == 0


def test_what_is_seen_later_can_be_a_reason_too():
    nudity, after = Searching("nudity", seen()), Searching("elsewhere", seen("face", 0.9, OTHER_FACE))
    looked = Looker([nudity, after], lane=lane_of(Detection(ADULT, 0.9, FACE))).look(IMAGE)
    assert looked.lane == NOT_ESTABLISHED


def test_nobody_is_looked_for_where_no_nudity_is_seen():
    lane = lane_of()
    looked = Looker([Searching("faces", seen("face", 0.9, FACE))], lane=lane).look(IMAGE)
    assert isinstance(looked, Look)
    assert looked.lane is None
    assert [detector.asked for detector in lane.detectors] == [0, 0]


def test_a_known_picture_is_shown_to_nobody():
    search, lane = Searching("nudity", seen()), lane_of()
    looker = Looker([search], lane=lane)
    looker.known = lambda image: "hash-list"
    assert looker.look(IMAGE).lane == "hash-list"
    assert search.looked == 0
    assert [detector.asked for detector in lane.detectors] == [0, 0]


def test_other_packages_detectors_come_after_the_lane(monkeypatch):
    """They may talk to a network; also where they look for faces, which are looked for first otherwise."""
    theirs = _searches.Isolated.__new__(_searches.Isolated)
    theirs.name, theirs.kinds, theirs.long_side = "theirs", ("face",), 0
    faces = Searching("faces", seen("face", 0.9, FACE))
    faces.detectors, nudity = (theirs,), Searching("nudity", seen())
    kinds = {s.name: _searches.SearchKind(s.name, "", lambda _, s=s: s) for s in (faces, nudity)}
    monkeypatch.setattr(_searches, "SEARCHES", kinds)
    monkeypatch.setattr(_searches, "open_lane", lambda _: lane_of())
    looker = _searches.open_looker(detectors="faces,nudity")
    assert looker.look(IMAGE).lane == NOT_ESTABLISHED
    assert (nudity.looked, faces.looked) == (1, 0)
    assert [search.name for search in _searches.open_looker(detectors="faces").searches] == ["faces"]


def test_nobody_else_may_be_called_as_the_lanes_own_detectors(monkeypatch):
    nudity = Searching("nudity", seen())
    monkeypatch.setattr(_searches, "SEARCHES", {"nudity": _searches.SearchKind("nudity", "", lambda _: nudity)})
    monkeypatch.setattr(_searches, "open_lane", lambda _: lane_of())
    monkeypatch.setattr(_searches, "named", lambda name, threads: Says("people", ("person",)))
    with pytest.raises(UsageError, match="another detector"):
        _searches.open_looker(detectors="nudity,people")
