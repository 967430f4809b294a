"""What overpaint relies on in a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from overpaint.detectors import Detection, Image, LookOptions, Search, Seen, View
from overpaint.records import Box
from overpaint.testing._detector import WORD, words, wrong_attributes
from overpaint.testing._pictures import FabricatedPictures
from overpaint.testing._problem import Problem, once_each, raise_for

__all__ = ["SEARCH_CHECKS", "assert_search", "check_search"]

SEARCH_CHECKS = (
    "opens",
    "attributes",
    "answers",
    "inside",
    "subjects",
    "origin",
    "picture-unchanged",
    "same-again",
)
"""The checks by name, in the order they are made."""

Open = Callable[[LookOptions], Search]


def check_search(
    open_search: Open, *, options: LookOptions | None = None, pictures: Mapping[str, Image] | None = None
) -> list[Problem]:
    """Hold a search to all that overpaint relies on; an empty list where it does.

    Its detectors are checked by `check_detector`, one by one.

    Parameters
    ----------
    open_search
        A function of the options.
    pictures
        By name; None: `FabricatedPictures`. Add some in which it finds something.
    """
    pictures = FabricatedPictures(huge=False) if pictures is None else pictures
    try:
        search = open_search(options or LookOptions())
    except Exception as error:  # noqa: BLE001 - whatever an author's code raises
        remedy = "give a function of LookOptions that returns a search"
        return [Problem("opens", f"it raised {type(error).__name__}: {error}", remedy)]
    wrong = _wrong_attributes(search)
    if wrong:
        remedy = "give it name, kinds, detectors, long_side and look(view, so_far), as the protocol Search says"
        return [Problem("attributes", f"{', '.join(wrong)} is missing or wrong", remedy)]
    return once_each(problem for name in pictures for problem in _looks(search, name, pictures[name]))


def assert_search(
    open_search: Open, *, options: LookOptions | None = None, pictures: Mapping[str, Image] | None = None
) -> None:
    """As `check_search`, for pytest: an `AssertionError` lists what is wrong and what to do."""
    raise_for(check_search(open_search, options=options, pictures=pictures))


def _wrong_attributes(search: Any) -> list[str]:
    name, detectors = getattr(search, "name", None), getattr(search, "detectors", None)
    long_side = getattr(search, "long_side", None)
    fine = {
        "look": callable(getattr(search, "look", None)),
        "name": isinstance(name, str) and bool(WORD.fullmatch(name)),
        "kinds": words(getattr(search, "kinds", None)),
        "detectors": isinstance(detectors, tuple) and not any(wrong_attributes(detector) for detector in detectors),
        "long_side": isinstance(long_side, int) and not isinstance(long_side, bool) and long_side >= 0,
    }
    return [what for what, so in fine.items() if not so]


def _looks(search: Search, name: str, picture: Image) -> Iterator[Problem]:
    """One picture: with nothing seen before, with a face seen before, and the first once more."""
    answers = []
    for so_far in ((), _face(picture), ()):
        given = picture.copy()
        view = View(given)
        try:
            seen: Any = search.look(view, so_far)
        except Exception as error:  # noqa: BLE001 - whatever an author's code raises
            remedy = "every picture from 1 x 1 up gets an answer"
            yield Problem("answers", f"on the picture {name!r} it raised {type(error).__name__}: {error}", remedy)
            return
        for fault in view.faults:
            yield Problem("answers", f"on the picture {name!r} {fault}", "run check_detector on that detector")
        if not np.array_equal(given, picture):
            remedy = "copy the picture before you draw on it: others look at it too"
            yield Problem("picture-unchanged", f"the picture {name!r} is another one now", remedy)
        if not isinstance(seen, Sequence) or not all(isinstance(one, Seen) for one in seen):
            yield Problem(
                "answers", f"on the picture {name!r} it gave no sequence of Seen", "return Seen, as `alone` does"
            )
            return
        yield from _seen(search, seen, name, picture)
        answers.append(list(seen))
    if answers[0] != answers[2]:
        remedy = "draw no lots, and keep nothing between pictures"
        yield Problem("same-again", f"the picture {name!r} got two different answers", remedy)


def _seen(search: Search, seen: Sequence[Seen], name: str, picture: Image) -> Iterator[Problem]:
    height, width = picture.shape[:2]
    origins = {(d.name, d.version, d.weights) for d in search.detectors}
    subjects = {one.subject for one in seen}
    if subjects != set(range(len(subjects))):
        remedy = "number subjects from 0, without gaps, anew in each picture"
        yield Problem("subjects", f"in the picture {name!r} they are {sorted(subjects)[:10]}", remedy)
    for one in seen:
        detection = one.detection
        if detection.kind not in search.kinds or not 0 <= detection.score <= 1 or not 0 <= one.confidence <= 1:
            remedy = "declare every kind; scores and confidences are from 0 to 1"
            yield Problem("answers", f"in the picture {name!r} it reported {one}", remedy)
        if (one.detector, one.version, one.weights) not in origins:
            remedy = "name the detector that saw it, with its version and weights, and list it in `detectors`"
            yield Problem("origin", f"{one.detector!r} {one.version!r} is none of its detectors", remedy)
        box = detection.box
        if box is not None and not (0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height):
            remedy = "clip boxes: Box(...).clipped(width, height), and leave out those of no area"
            yield Problem("inside", f"{box} is not inside the picture {name!r} of {width} x {height}", remedy)


def _face(picture: Image) -> tuple[Seen, ...]:
    """What a search for faces may have seen before: the middle of the picture."""
    height, width = picture.shape[:2]
    box = Box(width / 4, height / 4, width * 3 / 4, height * 3 / 4)
    return (Seen(Detection("face", 0.9, box), "yunet", "1", "", 0, 0.9),)
