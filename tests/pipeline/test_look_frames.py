"""What is seen in the frames of a file becomes findings of people, with every place where they are."""

from __future__ import annotations

import datetime as dt
import hashlib
import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures_of_every_codec import STILL, encoded, scene, turned
from PIL import Image

from overpaint import policy as policies
from overpaint.detectors import Detection, Looker, Seen, Together
from overpaint.formats import GivenBox, sniff
from overpaint.pipeline._detect import detect
from overpaint.pipeline._given import GivenShard
from overpaint.pipeline._look import look
from overpaint.pipeline._rows import findings_table, samples_table
from overpaint.pipeline._tracks import GAP, Tracks
from overpaint.records import Box, Finding, Sample

RULE = """\
version = 1
[[rule]]
name = "faces"
kind = "face"
min_confidence = 0.6
treatment = "redact"
reason = "why"
"""


class Bright:
    """Says that every bright rectangle is a face if it is large enough."""

    name, version, weights, kinds, long_side = "bright", "1", "w", ("face",), 0

    def detect(self, image):
        bright = np.asarray(image[:, :, 0] > 180, np.uint8)
        count, _, facts, _ = cv2.connectedComponentsWithStats(bright)
        boxes = [
            Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h, area in facts[1:count] if area > 99
        ]
        return [Detection("face", 0.9, box) for box in boxes]


class Broken(Bright):
    name = "broken"

    def detect(self, image):
        raise RuntimeError("no")


class Once(Bright):
    """Works on the first picture only."""

    name = "once"

    def __init__(self):
        self.asked = 0

    def detect(self, image):
        self.asked += 1
        if self.asked > 1:
            raise RuntimeError("no")
        return []


def looker(*detectors) -> Looker:
    return Looker.asking([(detector, None) for detector in detectors or (Bright(),)], floor=0.1, min_confidence=0.6)


class Source:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, sample: Sample) -> bytes:
        return self.data


def looked(data: bytes, *detectors, given=None):
    return look(Sample("a", len(data), 1), Source(data), looker(*detectors), given, max_pixels=1_000_000)


def boxes(findings) -> list[tuple[float, ...]]:
    return [(f.box.x0, f.box.y0, f.box.x1, f.box.y1) for f in findings]


@pytest.mark.parametrize("codec", STILL)
def test_a_still_picture_has_its_faces_without_frames(codec: str) -> None:
    found = looked(encoded(codec, scene((8, 8, 40, 32), (56, 16, 80, 48))))
    assert found.row.looked and found.row.codec == codec
    assert sorted(f.subject for f in found.findings) == [0, 1]
    assert {f.frame for f in found.findings} == {None}
    assert {f.box.page for f in found.findings} == {0}


@pytest.mark.parametrize("codec", ["gif", "png", "webp", "avif"])
def test_a_face_that_stays_is_one_finding_however_many_frames(codec: str) -> None:
    pictures = [scene((8, 8, 40, 40), dark=20 + n % 3) for n in range(30)]
    found = looked(encoded(codec, pictures)).findings
    assert len(found) == 1
    assert (found[0].subject, found[0].frame) == (0, 0)
    assert Box(8, 8, 40, 40).iou(found[0].box) > 0.9


def test_a_face_that_moves_is_one_subject_in_many_places() -> None:
    places = [(x, 8, x + 32, 40) for x in range(4, 60, 8)]
    found = looked(encoded("webp", [scene(place) for place in places])).findings
    assert {f.subject for f in found} == {0}
    assert [f.frame for f in found] == list(range(len(places)))
    assert boxes(found) == [tuple(map(float, place)) for place in places]


def test_every_place_of_a_face_is_decided_on_by_its_best_confidence() -> None:
    places = [(x, 8, x + 32, 40) for x in (4, 16, 28)]
    found = list(looked(encoded("webp", [scene(place) for place in places])).findings)
    weak = [Finding(**{n: getattr(f, n) for n in f.__slots__} | {"score": 0.2}) for f in found]
    row = looked(encoded("webp", [scene(place) for place in places])).row
    rules = policies.loads(RULE, today=dt.date(2026, 5, 1))
    samples = samples_table([row])
    (effect,) = policies.effective(samples, policies.decide(samples, findings_table(weak), rules), rules)
    assert sorted(b.x0 for b in effect.boxes) == [4, 16, 28]


def test_people_who_come_and_go_are_different_subjects() -> None:
    one, other = (4, 4, 28, 28), (60, 30, 84, 54)
    pictures = [scene(one), scene(one, other), scene(other), scene(other)]
    found = looked(encoded("webp", pictures)).findings
    assert sorted((f.subject, f.box.x0) for f in found) == [(0, 4.0), (1, 60.0)]


def test_a_blink_of_the_detector_does_not_make_another_person() -> None:
    face, nothing = scene((4, 4, 40, 40)), [scene(dark=30 + 9 * n) for n in range(GAP + 1)]  # equal frames become one
    short, longer = [face, *nothing[:GAP], face], [face, *nothing, face]
    assert {f.subject for f in looked(encoded("webp", short)).findings} == {0}
    assert {f.subject for f in looked(encoded("webp", longer)).findings} == {0, 1}


def test_pages_are_pictures_of_their_own() -> None:
    out = io.BytesIO()
    more = [scene((30, 20, 60, 40), size=(70, 50)), scene()]
    scene((8, 8, 40, 40)).save(out, "TIFF", save_all=True, append_images=more, exif=turned(6))
    found = looked(out.getvalue()).findings
    assert [(f.subject, f.box.page, f.frame) for f in found] == [(0, 0, None), (1, 1, None)]
    assert boxes(found) == [(8, 8, 40, 40), (30, 20, 60, 40)]


def test_a_face_beneath_alpha_is_found_in_one_view_and_a_cut_out_one_in_the_other() -> None:
    hidden = scene((8, 8, 40, 40)).convert("RGBA")
    hidden.putalpha(0)
    found = looked(encoded("png", hidden)).findings
    assert boxes(found) == [(8, 8, 40, 40)]
    cut = scene(dark=255).convert("RGBA")
    cut.putalpha(scene((8, 8, 40, 40)).convert("L").point(lambda v: 255 if v > 128 else 0))
    found = looked(encoded("png", cut)).findings
    assert (8, 8, 40, 40) in boxes(found)
    assert {f.frame for f in found} == {0, 1}


def test_one_frame_that_cannot_be_decoded_fails_the_file() -> None:
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 255, (64, 96, 3), np.uint8)) for _ in range(4)]
    for codec in ("gif", "png", "webp", "tiff"):
        data = encoded(codec, pictures)
        found = looked(data[: len(data) * 4 // 5])
        assert (found.row.outcome, found.row.stage, found.row.reason) == ("failed", "decode", "undecodable"), codec
        assert (found.findings, found.data) == ((), None)


def test_a_frame_that_no_detector_could_look_at_fails_the_file() -> None:
    pictures = encoded("gif", [scene((4, 4, 40, 40)), scene()])
    for data, detectors in ((pictures, [Once()]), (encoded("png", scene()), [Broken()])):
        row = looked(data, *detectors).row
        assert (row.outcome, row.stage, row.reason) == ("failed", "look", "no-detector-worked")
    found = looked(pictures, Bright(), Once())
    assert (found.row.looked, found.row.note, len(found.findings)) == (True, "detector-error:once", 1)


def test_given_boxes_stand_for_all_frames_and_for_the_first_page() -> None:
    given = GivenShard({"a": [GivenBox(Box(1, 2, 30, 40))]}, "given", "")
    for codec in ("gif", "tiff"):
        found = looked(encoded(codec, [scene((4, 4, 40, 40)), scene((50, 4, 90, 40))]), given=given).findings
        first = found[0]
        assert (first.detector, first.subject, first.frame, first.box) == ("boxes", 0, None, Box(1, 2, 30, 40))
        assert [f.subject for f in found[1:]] == [1, 2]


def test_a_plain_picture_is_decoded_once_and_never_by_pillow(monkeypatch) -> None:
    monkeypatch.setattr("overpaint.pipeline._detect.frames", None)
    for codec in ("jpeg", "png"):
        assert len(looked(encoded(codec, scene((8, 8, 40, 40)))).findings) == 1


def test_a_png_that_opencv_cannot_read_is_read_by_pillow(monkeypatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: None)
    assert len(looked(encoded("png", scene((8, 8, 40, 40)))).findings) == 1
    assert len(looked(encoded("png", scene((8, 8, 40, 40)).convert("RGBA"))).findings) == 1
    assert looked(encoded("jpeg", scene((8, 8, 40, 40)))).row.reason == "undecodable"


# ------------------------------------------------------------------- tracks


def seen(box: Box | None, *, score: float = 0.5, subject: int = 0, detector: str = "a", kind: str = "face") -> tuple:
    return Seen(Detection(kind, score, box), detector, "1", "w", subject, score), box


def test_boxes_of_two_detectors_stay_beside_each_other_and_hold_the_leading_one() -> None:
    tracks = Tracks()
    tracks.add(0, [seen(Box(0, 0, 100, 100), score=0.9), seen(Box(10, 10, 100, 100), score=0.4, detector="b")])
    tracks.add(1, [seen(Box(1, 0, 100, 100), score=0.7, detector="b"), seen(Box(9, 0, 99, 99), score=0.6)])
    found = tracks.findings("k", first_subject=5)
    assert [(f.detector, f.score, f.subject, f.frame, f.confidence) for f in found] == [
        ("a", 0.9, 5, 0, 0.9),
        ("b", 0.7, 5, 0, 0.9),
    ]
    assert boxes(found) == [(0, 0, 100, 100), (0, 0, 100, 100)]


def test_other_kinds_are_other_subjects_and_boxless_ones_are_counted_once() -> None:
    tracks = Tracks()
    for n in range(5):
        box = Box(0, 0, 100, 100)
        tracks.add(n, [seen(box), seen(box, subject=1, kind="plate"), seen(None, subject=2, kind="text", score=n / 10)])
    found = tracks.findings("k", first_subject=0)
    assert sorted((f.kind, f.subject) for f in found) == [("face", 0), ("plate", 1), ("text", 2)]
    assert [f.score for f in found if f.kind == "text"] == [0.4]


POINT = st.integers(0, 60)
PLACES = st.lists(st.tuples(POINT, POINT, st.integers(5, 40), st.integers(5, 40)), max_size=4)


@given(st.lists(PLACES, max_size=12))
def test_whatever_is_seen_lies_in_a_finding(frames) -> None:
    tracks, every = Tracks(), []
    for number, places in enumerate(frames):
        own = [Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in places]
        every += own
        tracks.add(number, [seen(box, subject=n, score=0.5 + n / 10) for n, box in enumerate(own)])
    found = tracks.findings("k", first_subject=0)
    assert len(found) <= len(every)
    for box in every:
        holders = [f.box for f in found if f.box is not None and f.box.intersection(box) == box.area]
        assert any(box.iou(holder) >= 0.8 for holder in holders)
    for subject in {f.subject for f in found}:
        frames_of = [f.frame for f in found if f.subject == subject]
        assert len(frames_of) == len(set(frames_of))


def test_what_is_found_does_not_depend_on_the_run() -> None:
    data = encoded("webp", [scene((x, 8, x + 32, 40), (60, 40, 80, 60)) for x in range(4, 20, 2)])
    digests = {
        hashlib.sha256(repr(detect("k", data, sniff(data), looker(), max_pixels=10**6).findings).encode()).hexdigest()
        for _ in range(3)
    }
    assert len(digests) == 1


def test_no_other_detector_is_shown_a_frame_before_the_lane_has_passed_all() -> None:
    """The second frame is red, which is what the lane's stand-in looks for; the first must not have been shown."""

    class Red:
        name, version, weights, kinds, long_side = "red", "1", "", ("nudity",), 0

        def detect(self, image):
            return [Detection("nudity", 1.0, None)] if image[..., 0].min() > 200 > image[..., 1].max() else []

    class Plug(Red):
        name, kinds = "plug", ("face",)
        asked = 0

        def detect(self, image):
            Plug.asked += 1
            return []

    class Warden:
        detectors = ()

        def judge(self, view, seen):
            return "reason" if any(one.detection.kind == "nudity" for one in seen) else None

    frames = [Image.new("RGB", (40, 40), colour) for colour in ("blue", "red")]
    held = io.BytesIO()
    frames[0].save(held, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0)
    data = held.getvalue()
    searches = [Together(((Red(), None),), 0.1, 0.6, name="nudity"), Together(((Plug(), None),), 0.1, 0.6, name="plug")]
    found = detect("a.gif", data, sniff(data), Looker(searches, lane=Warden()), max_pixels=10_000)
    assert (found.lane, found.findings, Plug.asked) == ("reason", (), 0)
    assert detect("a.gif", data, sniff(data), Looker(searches), max_pixels=10_000).lane is None
    assert Plug.asked == 2
