"""Several detectors at once, other people's among them."""

import importlib.metadata

import numpy as np
import pytest

from overpaint.detectors import (
    PROFILES,
    Detection,
    Detector,
    Looker,
    centerface,
    open_looker,
    yunet,
)
from overpaint.detectors import _named as named
from overpaint.errors import ModelError, UsageError
from overpaint.records import Box

IMAGE = np.zeros((40, 60, 3), np.uint8)
GOOD = Detection("face", 0.9, Box(10, 10, 30, 30))


class Plugin:
    name = "mine"
    version = "3"
    weights = ""
    kinds = ("face",)
    long_side = 0

    def __init__(self, answer=(), *, threads=1, name="mine", long_side=0):
        self.answer, self.threads, self.name, self.long_side = answer, threads, name, long_side

    def detect(self, image):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(image) if callable(self.answer) else self.answer


def looked(*plugins, image=IMAGE):
    return Looker.asking([(plugin, None) for plugin in plugins], floor=0.3, min_confidence=0.6).look(image)


def test_a_plugin_that_raises_costs_its_own_findings_only():
    look = looked(Plugin(ValueError("no\nidea"), name="bad"), Plugin([GOOD], name="good"))
    assert [s.detector for s in look.seen] == ["good"]
    assert [(e.detector, e.sentence) for e in look.errors] == [("bad", "raised ValueError: no\nidea")]


NAN = float("nan")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("face", "instead of Detection"),
        (None, "instead of Detection"),
        (Detection("plate", 0.9, GOOD.box), "does not declare"),
        (Detection(["face"], 0.9, GOOD.box), "does not declare"),
        (Detection("face", NAN, GOOD.box), "not between 0 and 1"),
        (Detection("face", 1.5, GOOD.box), "not between 0 and 1"),
        (Detection("face", "0.9", GOOD.box), "not between 0 and 1"),
        (Detection("face", 0.9, Box(NAN, 0, 5, 5)), "not four finite numbers"),
        (Detection("face", 0.9, Box(0, 0, float("inf"), 5)), "not four finite numbers"),
        (Detection("face", 0.9, Box("0", 0, 5, 5)), "not four finite numbers"),
        (Detection("face", 0.9, (0, 0, 5, 5)), "a box of type tuple"),
        (Detection("face", 0.9, Box(60, 0, 80, 20)), "nothing inside"),
        (Detection("face", 0.9, Box(20, 20, 10, 10)), "nothing inside"),
        (Detection("face", 0.9, GOOD.box, text=7), "text of type int"),
    ],
)
def test_nonsense_is_named_and_the_rest_kept(wrong, word):
    look = looked(Plugin([wrong, GOOD]))
    assert [s.detection for s in look.seen] == [GOOD]
    assert len(look.errors) == 1
    assert word in str(look.errors[0])


@pytest.mark.parametrize("answer", [None, 3, "face", {"face": 1}, iter(())])
def test_an_answer_that_is_no_sequence(answer):
    look = looked(Plugin(answer))
    assert not look.seen
    assert "instead of a sequence" in str(look.errors[0])


def test_a_box_that_reaches_over_the_border_is_clipped_and_plain():
    look = looked(Plugin([Detection("face", np.float32(0.5), Box(np.float32(-4), -3, np.float64(20), 99))]))
    assert not look.errors
    (seen,) = look.seen
    assert seen.detection.box == Box(0.0, 0.0, 20.0, 40.0)
    assert type(seen.detection.score) is type(seen.detection.box.x1) is float


def test_a_plugin_cannot_change_the_picture_for_the_next():
    image = np.zeros((40, 60, 3), np.uint8)

    def scribble(given):
        given[:] = 255
        return []

    look = looked(Plugin(scribble), image=image)
    assert "raised ValueError" in str(look.errors[0])
    assert not image.any()
    assert image.flags.writeable


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_an_image_of_another_form_is_refused(image):
    with pytest.raises(ValueError, match="H x W x 3 of uint8"):
        looked(Plugin(), image=image)


@pytest.mark.parametrize(("sides", "expected"), [((512, 1024), 1024), ((512, 0), 0), ((0,), 0)])
def test_the_largest_wish_decides_the_size(sides, expected):
    looker = Looker.asking(
        [(Plugin(long_side=side, name=str(side)), None) for side in sides], floor=0, min_confidence=0
    )
    assert looker.long_side == expected


def declared(monkeypatch, *points):
    """Pretend that packages declare these entry points."""
    group = importlib.metadata.EntryPoints(points)
    monkeypatch.setattr(named.importlib.metadata, "entry_points", lambda *, group=group, **_: points_of(points))


def points_of(points):
    return importlib.metadata.EntryPoints(points)


def point(name, value):
    return importlib.metadata.EntryPoint(name, value, "overpaint.detectors")


def test_two_packages_with_one_name_are_refused(monkeypatch):
    declared(monkeypatch, point("mine", "one:make"), point("mine", "other:make"))
    with pytest.raises(UsageError, match="declared by several packages"):
        open_looker("mine")


def test_no_plugin_takes_a_built_in_name(monkeypatch):
    declared(monkeypatch, point("yunet", "mine:make"))
    assert open_looker("yunet").detectors[0].weights


@pytest.mark.parametrize(
    ("names", "word"), [("nobody", "no profile or detector 'nobody'"), ("", "''"), ("yunet,yunet", "named twice")]
)
def test_names_that_cannot_be_are_named(names, word):
    with pytest.raises(UsageError, match=word):
        open_looker(names)


@pytest.mark.parametrize("profile", [*PROFILES, "yunet", "centerface", "yunet,centerface"])
def test_a_missing_model_is_named_with_the_remedy(monkeypatch, tmp_path, profile):
    monkeypatch.setenv("OVERPAINT_MODELS", str(tmp_path))
    monkeypatch.setattr("overpaint.models._store.PACKAGE", "overpaint_models_of_nobody")
    with pytest.raises(ModelError, match=r"overpaint models get (yunet|centerface)"):
        open_looker(profile)


def test_profiles_are_consistent():
    for name, profile in PROFILES.items():
        looker = open_looker(name)
        assert profile.name == name
        assert 0 < profile.floor < profile.min_confidence < 1
        assert (looker.floor, looker.min_confidence) == (profile.floor, profile.min_confidence)
        assert all(isinstance(detector, Detector) for detector in looker.detectors)


def test_the_declared_entry_points_are_the_functions():
    assert isinstance(yunet(), Detector)
    assert isinstance(centerface(threads=2), Detector)
