"""The kit finds each mistake it is made for, says what to do, and lets the built-in detectors through."""

import doctest
import itertools

import numpy as np
import pytest

import overpaint.testing as kit
from overpaint.detectors import Detection, LookOptions, alone
from overpaint.records import Box
from overpaint.testing import (
    CHECKS,
    SEARCH_CHECKS,
    FabricatedPictures,
    Problem,
    assert_detector,
    assert_search,
    check_detector,
    check_search,
)

FEW = {"grey": FabricatedPictures()["grey"], "one pixel": FabricatedPictures()["one pixel"]}


class Lamps:
    """Boxes what is white."""

    name, version, weights, kinds, long_side = "lamps", "1", "", ("lamp",), 0

    def __init__(self, threads=1):
        self.threads = threads

    def detect(self, image):
        y, x = np.nonzero(image.min(axis=2) >= 250)
        return [Detection("lamp", 0.5, Box(x.min(), y.min(), x.max() + 1, y.max() + 1))] if len(x) else []


def but(**changes):
    """A `make` of lamps that are different in some way."""
    return lambda *, threads: type("Odd", (Lamps,), changes)(threads)


def names(problems):
    return {problem.check for problem in problems}


def test_a_good_detector_has_no_problem():
    lamp = np.full((20, 10, 3), 255, np.uint8)
    picture, taken = FabricatedPictures.pasted(lamp, x=40, y=30, height=50)
    assert check_detector(Lamps, pictures={**FabricatedPictures(), "lamp": picture}) == []
    assert_detector(Lamps, pictures=FEW)
    assert Lamps().detect(picture)[0].box == Box(*taken)


LOTS = itertools.count()
OUTSIDE = Box(-1, 0, 1, 1)


def lot():
    return Detection("lamp", next(LOTS) % 7 / 10, None)


def scribble(self, image):
    image[:] = 0
    return []


def scribble_by_force(self, image):
    image.flags.writeable = True
    image[:] = 0
    return []


def remembers(self, image):
    self.first = getattr(self, "first", image.shape[0])
    return [Detection("lamp", 0.9 if self.first > 1 else 0.5, None)]


def wants_rows(self, image):
    if not image.flags.c_contiguous:
        raise TypeError("rows, please")
    return []


MISTAKES = {
    "no version": (but(version=""), "attributes", "version is missing or wrong"),
    "a name of two words": (but(name="my lamps"), "attributes", "name"),
    "kinds in a list": (but(kinds=["lamp"]), "attributes", "kinds"),
    "a kind with a capital": (but(kinds=("Lamp",)), "attributes", "kinds"),
    "a kind twice": (but(kinds=("lamp", "lamp")), "attributes", "kinds"),
    "weights that are no hash": (but(weights="yolo.pt"), "attributes", "weights"),
    "a negative side": (but(long_side=-1), "attributes", "long_side"),
    "no detect": (but(detect=None), "attributes", "detect"),
    "no threads": (lambda: Lamps(), "opens", "make(threads=1) raised TypeError"),
    "an exception": (but(detect=lambda self, image: [] * int(image[2, 2].sum())), "answers", "'one pixel' it"),
    "another kind": (but(detect=lambda self, image: [Detection("cat", 0.5, None)]), "answers", "the kind 'cat'"),
    "a score above 1": (but(detect=lambda self, image: [Detection("lamp", 1.5, None)]), "answers", "the score 1.5"),
    "a tuple": (but(detect=lambda self, image: [("lamp", 0.5)]), "answers", "returned tuple"),
    "a generator": (but(detect=lambda self, image: (d for d in ())), "answers", "instead of a sequence"),
    "a box outside": (but(detect=lambda self, image: [Detection("lamp", 0.5, OUTSIDE)]), "inside", "not inside"),
    "drawing": (but(detect=scribble), "picture-unchanged", "read-only"),
    "drawing by force": (but(detect=scribble_by_force), "picture-unchanged", "'grey'"),
    "lots": (but(detect=lambda self, image: [lot()]), "same-again", "two different"),
    "memory": (but(detect=remembers), "same-in-any-order", "a new one says something else"),
    "rows only": (but(detect=wants_rows), "answers", "asked once more it raised TypeError: rows, please"),
    "threads as a threshold": (
        but(detect=lambda self, image: [Detection("lamp", self.threads / 4, None)]), "threads", "with two threads"),
    "the layout": (
        but(detect=lambda self, image: [Detection("lamp", 0.5 if image.strides[0] > 9 else 0.6, None)]),
        "same-in-any-layout", "as columns first"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_and_named(mistake):
    make, check, words = MISTAKES[mistake]
    problems = check_detector(make, pictures=FEW)
    assert check in names(problems)
    (problem, *_) = [p for p in problems if p.check == check]
    assert words in problem.sentence
    assert problem.remedy
    assert "\n" not in str(problem)
    with pytest.raises(AssertionError, match=check):
        assert_detector(make, pictures=FEW)


def test_one_that_is_slow_is_told_so():
    (problem,) = check_detector(Lamps, pictures=FEW, seconds=0)
    assert problem.check == "time"


def test_every_check_is_tried_here():
    tried = {check for _, check, _ in MISTAKES.values()} | {"time"}
    assert tried == set(CHECKS)
    assert {check for _, check in SEARCHES.values()} == set(SEARCH_CHECKS)


class Lamplight:
    name, kinds, long_side = "lamps", ("lamp",), 0

    def __init__(self, options):
        self.detectors = (Lamps(options.threads),)

    def look(self, view, so_far):
        return alone(self.detectors[0], view.ask(self.detectors[0]))


def light(**changes):
    return type("Odd", (Lamplight,), changes)


def seen(**changes):
    """Two lamps of which the second is different in some way."""

    def look(self, view, so_far):
        one = Detection("lamp", 0.5, Box(0, 0, 1, 1))
        first, second = alone(self.detectors[0], [one, one])
        return [first, type(second)(**{f: getattr(second, f) for f in second.__slots__} | changes)]

    return light(look=look)


def draws(self, view, so_far):
    view.image.flags.writeable = True
    view.image[:] = 0
    return []


SEARCHES = {
    "a name of two words": (light(name="my lamps"), "attributes"),
    "no detectors": (light(__init__=lambda self, options: None), "attributes"),
    "it does not open": (light(__init__=lambda self: None), "opens"),
    "an exception": (light(look=lambda self, view, so_far: [] * int(view.image[2, 2].sum())), "answers"),
    "an exception over what was seen": (light(look=lambda self, view, so_far: [s.nothing for s in so_far]), "answers"),
    "detections": (light(look=lambda self, view, so_far: [Detection("lamp", 0.5, None)]), "answers"),
    "a confidence above 1": (seen(confidence=2.0), "answers"),
    "another kind": (seen(detection=Detection("cat", 0.5, None)), "answers"),
    "a box outside": (seen(detection=Detection("lamp", 0.5, Box(-1, 0, 1, 1))), "inside"),
    "a gap": (seen(subject=2), "subjects"),
    "another detector": (seen(detector="nobody"), "origin"),
    "drawing": (light(look=draws), "picture-unchanged"),
    "lots": (light(look=lambda self, view, so_far: alone(self.detectors[0], [lot()])), "same-again"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", SEARCHES)
def test_a_mistake_of_a_search_is_found_and_named(mistake):
    search, check = SEARCHES[mistake]
    assert check in names(check_search(search, pictures=FEW))
    with pytest.raises(AssertionError, match=check):
        assert_search(search, pictures=FEW)


def test_a_good_search_has_no_problem():
    assert check_search(Lamplight, options=LookOptions(threads=2)) == []
    assert_search(Lamplight)


def test_a_problem_shows_once_and_as_one_line():
    broken = check_detector(but(detect=lambda self, image: 7), pictures=FabricatedPictures(huge=False))
    assert len(broken) == 1
    assert str(Problem("time", "it is slow", "make it faster")) == "time: it is slow; make it faster"


def test_pictures_are_the_same_each_time_and_as_named():
    pictures = FabricatedPictures()
    assert len(pictures) == len(list(pictures)) == 9
    for name, picture in pictures.items():
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        if name != "huge":
            np.testing.assert_array_equal(picture, FabricatedPictures()[name])
    assert pictures["huge"].shape == (3000, 4000, 3)
    with pytest.raises(KeyError):
        FabricatedPictures(huge=False)["huge"]
    with pytest.raises(ValueError, match="reaches over the edge"):
        FabricatedPictures.pasted(pictures["white"], x=490, y=0, height=20)


def test_examples():
    for module in (kit, kit._detector, kit._pictures):
        failed, tried = doctest.testmod(module)
        assert (failed, tried > 0) == (0, True)
