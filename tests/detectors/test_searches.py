"""Several searches in one picture: who is asked, how often, and what a failing one costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.detectors import (
    SEARCHES,
    Detection,
    FileView,
    Looker,
    LookOptions,
    Seen,
    Told,
    View,
    _searches,
    alone,
    open_looker,
    search_names,
)
from overpaint.errors import UsageError
from overpaint.records import Box

IMAGE = np.zeros((40, 60, 3), np.uint8)
BOX = Box(10, 10, 30, 30)


class Counting:
    """A detector that counts how often it is run."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name: str, kind: str, answer: object = None) -> None:
        self.name, self.kinds, self.asked = name, (kind,), 0
        self.answer = [Detection(kind, 0.9, BOX)] if answer is None else answer

    def detect(self, image):
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class One:
    """A search by detectors whose word is taken as it is."""

    long_side = 0

    def __init__(self, name: str, *detectors: Counting, gate: str = "") -> None:
        self.name, self.detectors, self.gate = name, detectors, gate
        self.kinds = tuple(kind for d in detectors for kind in d.kinds)

    def look(self, view: View, so_far: Sequence[Seen]) -> list[Seen]:
        if self.gate and self.gate not in {seen.detection.kind for seen in so_far}:
            return []
        return [seen for d in self.detectors for seen in alone(d, view.ask(d))]


def test_a_detector_of_two_searches_runs_once_and_has_one_cost():
    shared = Counting("shared", "face")
    look = Looker([One("a", shared), One("b", shared)]).look(IMAGE)
    assert shared.asked == 1
    assert [(seen.detector, seen.subject) for seen in look.seen] == [("shared", 0), ("shared", 1)]
    assert set(look.costs) == {"shared"}
    assert look.costs["shared"] >= 0


def test_a_later_search_sees_what_earlier_ones_saw_and_who_is_not_asked_costs_nothing():
    cheap, costly = Counting("cheap", "face", []), Counting("costly", "text-other")
    look = Looker([One("a", cheap), One("b", costly, gate="face")]).look(IMAGE)
    assert (costly.asked, look.seen, set(look.costs)) == (0, (), {"cheap"})
    cheap.answer = [Detection("face", 0.4, BOX)]
    look = Looker([One("a", cheap), One("b", costly, gate="face")]).look(IMAGE)
    assert costly.asked == 1
    assert [seen.detection.kind for seen in look.seen] == ["face", "text-other"]


def test_a_detector_that_fails_costs_its_own_findings_and_is_not_tried_twice():
    bad, good = Counting("bad", "face", ValueError("x")), Counting("good", "plate")
    look = Looker([One("a", bad), One("b", bad, good)]).look(IMAGE)
    assert bad.asked == 1
    assert [seen.detector for seen in look.seen] == ["good"]
    assert [fault.detector for fault in look.errors] == ["bad"]


def test_a_search_that_fails_is_named_and_the_others_go_on():
    class Broken(One):
        def look(self, view, so_far):
            raise KeyError("x")

    look = Looker([Broken("broken"), One("b", Counting("good", "face"))]).look(IMAGE)
    assert [seen.detector for seen in look.seen] == ["good"]
    assert [fault.detector for fault in look.errors] == ["broken"]


def test_a_picture_in_which_nobody_could_look_for_faces_does_not_count_as_looked_at():
    bad, good = Counting("bad", "face", ValueError("x")), Counting("good", "plate")
    assert Looker([One("faces", bad), One("plates", good)]).look(IMAGE).blind
    assert Looker([One("nudity", bad), One("plates", good)]).look(IMAGE).blind
    assert not Looker([One("faces", bad, Counting("other", "face")), One("plates", good)]).look(IMAGE).blind
    assert not Looker([One("faces", Counting("other", "face")), One("mine", bad)]).look(IMAGE).blind
    assert Looker([One("mine", bad)]).look(IMAGE).blind
    odd = Counting("odd", "face", [Detection("face", 0.9, BOX), "nonsense"])
    look = Looker([One("faces", odd)]).look(IMAGE)
    assert (look.blind, len(look.seen), len(look.errors)) == (False, 1, 1)


def test_a_search_for_faces_that_fails_itself_leaves_the_picture_unseen():
    class Broken(One):
        def look(self, view, so_far):
            view.ask(self.detectors[0])
            raise KeyError("x")

    broken = Broken("faces", Counting("x", "face"))
    assert Looker([broken, One("plates", Counting("good", "plate"))]).look(IMAGE).blind


class Warden:
    """Puts into the lane what shows a given kind."""

    detectors = ()

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def judge(self, view, seen):
        return "some-reason" if self.kind in {one.detection.kind for one in seen} else None


def test_a_picture_of_the_lane_is_said_to_show_nothing_and_nobody_else_is_asked():
    first, second = Counting("first", "nudity"), Counting("second", "face")
    look = Looker([One("a", first), One("b", second)], lane=Warden("nudity")).look(IMAGE)
    assert (look.lane, look.seen, look.errors, second.asked) == ("some-reason", (), (), 0)
    look = Looker([One("a", first), One("b", second)], lane=Warden("gore")).look(IMAGE)
    assert (look.lane, len(look.seen), second.asked) == (None, 2, 1)


def test_the_lane_sees_pictures_as_large_as_its_detectors_can_use():
    search, guard, warden = Counting("first", "nudity"), Counting("guard", "person"), Warden("nudity")
    search.long_side, guard.long_side, warden.detectors = 512, 1024, (guard,)
    one = One("a", search)
    one.long_side = 512
    assert Looker([one], lane=warden).long_side == 1024
    assert Looker([one]).long_side == 512


def test_where_half_of_those_who_look_for_nudity_say_nothing_nobody_looked():
    one, other = Counting("one", "nudity", []), Counting("other", "nudity", ValueError("x"))
    assert Looker([One("nudity", one, other)], lane=Warden("nudity")).look(IMAGE).blind
    assert not Looker([One("plates", one, other)]).look(IMAGE).blind


def test_the_guard_asks_the_lanes_own_looks_and_nobody_else():
    nudity, plugin = Counting("n", "nudity"), Counting("plug", "nudity")
    looker = Looker([One("nudity", nudity), One("plug", plugin)], lane=Warden("nudity"))
    assert looker.guard(IMAGE) == "some-reason"
    nudity.answer = []
    assert looker.guard(IMAGE) is None
    assert (nudity.asked, plugin.asked) == (2, 0)
    assert Looker([One("plug", plugin)]).guard(IMAGE) is None


def test_subjects_of_several_searches_are_numbered_through():
    many = [Detection("face", 0.9, BOX), Detection("face", 0.8, BOX)]
    look = Looker([One("a", Counting("x", "face", many)), One("b", Counting("y", "plate"))]).look(IMAGE)
    assert [seen.subject for seen in look.seen] == [0, 1, 2]


class Reader:
    """A search of files that reports the key's length."""

    name, kinds, detectors = "reader", ("name-key",), (Told("reader", "1"),)

    def read(self, file: FileView) -> list[Seen]:
        if not file.data:
            raise ValueError("secret words")
        return [Seen(Detection("name-key", 1.0, None), "reader", "1", "", 0, 1.0)]


def test_files_are_read_beside_the_pictures_and_what_fails_names_no_words():
    looker = Looker([], files=[Reader()])
    assert looker.kinds == ("name-key",)
    assert [seen.detector for seen in looker.read(FileView("a.jpg", "jpeg", b"x")).seen] == ["reader"]
    result = looker.read(FileView("a.jpg", "jpeg", b""))
    assert [str(fault) for fault in result.errors] == ["reader raised ValueError"]
    assert set(result.costs) == {"reader"}


def test_an_image_of_another_form_is_refused():
    with pytest.raises(ValueError, match="H x W x 3 of uint8"):
        View(np.zeros((4, 4), np.uint8))


@settings(deadline=None)
@given(st.permutations(sorted(SEARCHES)), st.booleans())
def test_the_order_of_names_does_not_matter(names, plugin):
    text = ",".join([*names, *(["mine"] if plugin else [])])
    assert search_names(text) == (*SEARCHES, *(("mine",) if plugin else ()))


def test_all_is_every_search_and_more_may_be_named_beside():
    assert search_names("all") == tuple(SEARCHES)
    assert search_names("mine, all") == (*SEARCHES, "mine")
    assert search_names(" faces ") == ("faces",)


@pytest.mark.parametrize(("text", "word"), [("faces,faces", "named twice"), ("", "no profile or detector ''")])
def test_names_that_cannot_be(text, word):
    with pytest.raises(UsageError, match=word):
        open_looker(detectors=text)


class Elsewhere(Counting):
    """Another package's detector, which reads."""

    def __init__(self, name: str, kind: str, *, version: str = "1") -> None:
        super().__init__(name, kind, [Detection(kind, 0.9, BOX, "Ann  Smith")])
        self.version = version


@pytest.fixture
def rooms(monkeypatch):
    """Searches and a lane of stubs; plug-ins by name."""
    theirs = {"mine": Elsewhere("mine", "badge"), "age": Elsewhere("age", "face", version="2")}
    monkeypatch.setattr(_searches, "named", lambda name, *, threads: theirs[name])
    mine = {"nudity": _searches.SearchKind("nudity", "", lambda _: One("nudity", Counting("shows", "nudity")))}
    monkeypatch.setattr(_searches, "SEARCHES", {"faces": _searches.SEARCHES["faces"], **mine})
    warden = Warden("nudity")
    warden.detectors = (Counting("age", "age"),)
    monkeypatch.setattr(_searches, "open_lane", lambda _: warden)


@pytest.mark.parametrize(("profile", "detectors"), [("age", "faces,nudity"), (None, "nudity,age")])
def test_nobody_answers_for_a_detector_of_the_lane(rooms, profile, detectors):
    with pytest.raises(UsageError, match="age: another detector is called 'age' too"):
        open_looker(profile, detectors=detectors)
    assert open_looker("age", detectors="faces").detectors[0].name == "age"


@pytest.mark.parametrize(("profile", "detectors"), [("mine", "faces"), (None, "mine")])
def test_of_what_another_packages_detector_reads_a_keyed_hash_is_kept(rooms, profile, detectors):
    def texts(**options):
        looker = open_looker(profile, detectors=detectors, options=LookOptions(**options))
        return [seen.detection.text for seen in looker.look(IMAGE).seen]

    (kept,) = texts(secret=b"one")
    assert len(kept) == 32
    assert int(kept, 16) >= 0
    assert texts(secret=b"one") == [kept] != texts(secret=b"two")
    assert texts() != texts()
    assert texts(keep_text=True) == ["Ann  Smith"]


def test_without_a_key_hashes_cannot_be_guessed_at():
    file = FileView("a.jpg", "jpeg", b"", texts={"txt": "write to ann@example.org"})

    def texts(**options):
        looker = open_looker(detectors="names", options=LookOptions(**options))
        return [seen.detection.text for seen in looker.read(file).seen]

    assert texts(secret=b"one") == texts(secret=b"one") != texts(secret=b"two")
    assert texts() != texts()
