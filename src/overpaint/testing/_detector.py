"""What overpaint relies on in a detector."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from overpaint.detectors import Detection, Detector, Image, View, open_looker
from overpaint.testing._pictures import FabricatedPictures
from overpaint.testing._problem import Problem, once_each, raise_for

__all__ = ["CHECKS", "Make", "assert_detector", "check_detector", "installed", "wrong_attributes"]

Make: TypeAlias = Callable[..., Detector]
"""What an entry point names: a function that takes the keyword ``threads`` and gives a detector."""

CHECKS = (
    "opens",
    "attributes",
    "answers",
    "inside",
    "picture-unchanged",
    "same-again",
    "same-in-any-order",
    "same-in-any-layout",
    "threads",
    "time",
)
"""The checks by name, in the order they are made."""

WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PAGE = "docs/reference/detectors.md"
_CLOSE = 1e-3  # scores; and pixels, a thousandth: sums in another order


def check_detector(make: Make, *, pictures: Mapping[str, Image] | None = None, seconds: float = 60.0) -> list[Problem]:
    """Hold a detector to all that overpaint relies on; an empty list where it does.

    It need not be picklable, nor be shared between threads: each worker makes its own.

    Parameters
    ----------
    make
        What the entry point names, such as ``overpaint.detectors.yunet``.
    pictures
        By name; None: `FabricatedPictures`. Add some in which it finds something.
    seconds
        The longest that one picture may take here.
    """
    pictures = FabricatedPictures() if pictures is None else pictures
    try:
        detector = make(threads=1)
    except Exception as error:  # noqa: BLE001 - whatever an author's code raises
        remedy = "give a function that takes the keyword `threads` and returns a detector"
        return [Problem("opens", f"make(threads=1) raised {type(error).__name__}: {error}", remedy)]
    wrong = wrong_attributes(detector)
    if not callable(getattr(detector, "detect", None)):
        wrong.insert(0, "detect")
    if wrong:
        said = f"{', '.join(wrong)} is missing or wrong"
        return [Problem("attributes", said, f"give it what {_PAGE} asks for")]
    first: dict[str, Any] = {}
    problems = list(_looks(detector, pictures, seconds, first))
    if not any(problem.check in {"answers", "picture-unchanged"} for problem in problems):
        try:
            problems += _again(make, detector, pictures, first)
        except Exception as error:  # noqa: BLE001 - whatever an author's code raises
            said = f"asked once more it raised {type(error).__name__}: {error}"
            problems.append(Problem("answers", said, "let nothing that came before matter, nor how the picture lies"))
    return once_each(problems)


def assert_detector(make: Make, *, pictures: Mapping[str, Image] | None = None, seconds: float = 60.0) -> None:
    """As `check_detector`, for pytest: an `AssertionError` lists what is wrong and what to do."""
    raise_for(check_detector(make, pictures=pictures, seconds=seconds))


def installed(name: str) -> Make:
    """The `make` of an installed detector by its name, run as a run does it: in a process of its own.

    >>> check_detector(installed("nobody"))[0].check
    'opens'
    """

    def make(*, threads: int = 1) -> Detector:
        return open_looker(detectors=name, threads=threads).detectors[0]

    return make


def wrong_attributes(detector: Any) -> list[str]:
    """The names of the attributes that are not as the protocol wants them."""
    checks: Sequence[tuple[str, Callable[[Any], bool]]] = (
        ("name", lambda v: isinstance(v, str) and bool(WORD.fullmatch(v)) and len(v) <= 64),
        ("version", lambda v: isinstance(v, str) and bool(v)),
        ("weights", lambda v: isinstance(v, str) and bool(re.fullmatch("([0-9a-f]{64})?", v))),
        ("kinds", words),
        ("long_side", lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0),
    )
    return [name for name, fine in checks if not fine(getattr(detector, name, None))]


def words(value: Any) -> bool:
    """Whether it is a tuple of kebab-case words, none twice."""
    fine = isinstance(value, tuple) and value and all(isinstance(w, str) and WORD.fullmatch(w) for w in value)
    return bool(fine) and len(set(value)) == len(value)


def _looks(
    detector: Detector, pictures: Mapping[str, Image], seconds: float, first: dict[str, Any]
) -> Iterator[Problem]:
    """Every picture, twice."""
    for name, picture in pictures.items():
        given = picture.copy()
        view = View(given)
        began = time.perf_counter()
        kept = view.ask(detector)
        took = time.perf_counter() - began
        for fault in view.faults:
            if "read-only" in fault.sentence:
                remedy = "copy the picture before you draw on it: others look at it too"
                yield Problem("picture-unchanged", f"on the picture {name!r} it {fault.sentence}", remedy)
            else:
                remedy = f"every picture from 1 x 1 up gets an answer: a list of Detection, as {_PAGE} says"
                yield Problem("answers", f"on the picture {name!r} it {fault.sentence}", remedy)
        if not np.array_equal(given, picture):
            remedy = "copy the picture before you draw on it: others look at it too"
            yield Problem("picture-unchanged", f"the picture {name!r} is another one now", remedy)
        if took > seconds:
            remedy = "make it faster, or report a smaller long_side: a run gives up after 60 seconds"
            yield Problem("time", f"the picture {name!r} took {took:.1f} s", remedy)
        if view.faults:
            continue
        first[name] = answer = _answer(detector, given)
        outside = list(_inside(answer, name, picture))
        yield from outside
        if answer != kept and not outside:
            remedy = "draw no lots, or seed them for each picture, and keep nothing between pictures"
            yield Problem("same-again", f"the picture {name!r} got two different answers", remedy)


def _inside(answer: Sequence[Detection], name: str, picture: Image) -> Iterator[Problem]:
    height, width = picture.shape[:2]
    for box in (d.box for d in answer if d.box is not None):
        if not (0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height):
            remedy = "clip boxes: Box(...).clipped(width, height), and leave out those of no area"
            yield Problem("inside", f"{box} is not inside the picture {name!r} of {width} x {height}", remedy)


def _again(
    make: Make, detector: Detector, pictures: Mapping[str, Image], first: Mapping[str, Any]
) -> Iterator[Problem]:
    """Another one of it, the pictures in the other order; other layouts in memory; other threads."""
    other = make(threads=1)
    for name in reversed(list(pictures)):
        if _answer(other, pictures[name].copy()) != first[name]:
            remedy = "what it says of a picture must not depend on those before it: runs are resumed anywhere"
            yield Problem("same-in-any-order", f"a new one says something else of the picture {name!r}", remedy)
    name = max(pictures, key=lambda n: (len(first[n]), n != "huge"))
    picture = pictures[name]
    for layout, same in (
        ("a view of BGR", np.ascontiguousarray(picture[..., ::-1])[..., ::-1]),
        ("columns first", np.asfortranarray(picture)),
    ):
        if _answer(detector, same) != first[name]:
            remedy = "use np.ascontiguousarray before you hand it to code that wants rows one after the other"
            yield Problem("same-in-any-layout", f"as {layout} the picture {name!r} gets another answer", remedy)
    yield from _threads(make, picture, first[name], name)


def _threads(make: Make, picture: Image, expected: Sequence[Detection], name: str) -> Iterator[Problem]:
    remedy = "take `threads` as a number of threads and nothing else: it must not change what is seen"
    many = make(threads=2)
    if not _alike(_answer(many, picture.copy()), expected):
        yield Problem("threads", f"with two threads the picture {name!r} gets another answer", remedy)


def _answer(detector: Detector, picture: Image) -> list[Detection]:
    given = picture.view()
    given.flags.writeable = False
    return list(detector.detect(given))


def _alike(some: Sequence[Detection], others: Sequence[Detection]) -> bool:
    """The same but for the last digits, in any order."""
    return len(some) == len(others) and all(
        a.kind == b.kind and a.text == b.text and (a.box is None) == (b.box is None)
        and np.allclose(_numbers(a), _numbers(b), rtol=1e-4, atol=_CLOSE)
        for a, b in zip(sorted(some, key=_rounded), sorted(others, key=_rounded), strict=True)
    )  # fmt: skip


def _numbers(detection: Detection) -> list[float]:
    box = detection.box
    return [detection.score, *(() if box is None else (box.x0, box.y0, box.x1, box.y1))]


def _rounded(detection: Detection) -> tuple[str, list[float]]:
    return detection.kind, [round(number, 1) for number in _numbers(detection)[1:]]
