"""Pictures, answers and questions for the tests of exchange formats, drawn by hypothesis or written down."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from overpaint.records import Box
from overpaint.review import ASPECTS, FLAGS, Kind, Proposal, Question
from overpaint.review.exchange import Format, Labelled, Names, Picture, Reading, read, write

KEYS = ["a/1.jpg", "a/b é/2 <&'\">.jpg", "=3+4.png", "-5.jpg", "a/1.png", 'q"uo,te;\n.jpg', "z.jpg"]
WORKERS = ["w-1", "w-2", "=cmd|' /C calc'!A0", "-1", "@x", "'=1", "name of öne"]
THINGS = ["face", "plate", "n02119022", "+a: thing"]

CHOICES = (Kind.TIGHT, Kind.MISSED, Kind.CATEGORY, Kind.AUDIT)


@st.composite
def boxes(draw: st.DrawFn, picture: Picture, *, least: float = 1.01) -> list[float]:
    """A box on the grid of hundredths, as `checked` leaves it."""
    x0 = draw(st.integers(0, int((picture.width - least) * 100)))
    y0 = draw(st.integers(0, int((picture.height - least) * 100)))
    x1 = draw(st.integers(x0 + int(least * 100), picture.width * 100))
    y1 = draw(st.integers(y0 + int(least * 100), picture.height * 100))
    return [x0 / 100, y0 / 100, x1 / 100, y1 / 100]


@st.composite
def values(draw: st.DrawFn, kind: Kind, picture: Picture) -> dict[str, Any]:
    if kind is Kind.BOXES:
        found = draw(st.lists(boxes(picture), max_size=4))
        drawn = [{"box": box, "from": draw(st.sampled_from([None, 0, 3]))} for box in found]
        return {"boxes": drawn, "nothing": not drawn}
    if kind is Kind.FLAGS:
        some = draw(st.sets(st.sampled_from(FLAGS[1:])))  # with the first and the second it would be the lane's
        flags = [flag for flag in FLAGS if flag in some]
        return {"flags": flags, "nothing": not flags}
    if kind is Kind.RATE_LABEL:
        return {"safety": draw(st.sampled_from(["safe", "sensitive"])), "imageability": draw(st.integers(1, 5))}
    return {"choice": draw(st.sampled_from(ASPECTS[kind][""]))}


@st.composite
def pictures(draw: st.DrawFn) -> list[Picture]:
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    sides = st.integers(3, 3000)
    return [Picture(key, draw(sides), draw(sides), draw(st.integers(1, 8))) for key in keys]


@st.composite
def worlds(draw: st.DrawFn, *, kinds: Iterable[Kind] = Kind) -> tuple[list[Picture], list[Labelled]]:
    """Pictures, and answers in any order: one of each person to each question."""
    there = draw(pictures())
    asked = st.tuples(
        st.sampled_from(there), st.sampled_from(WORKERS), st.sampled_from(list(kinds)), st.sampled_from(THINGS)
    )
    answers = []
    for picture, worker, kind, thing in draw(st.lists(asked, max_size=8, unique=True)):
        value = draw(values(kind, picture))
        seconds = draw(st.none() | st.floats(0, 1e5))
        at = draw(st.none() | st.floats(0, 2e9))
        if kind is Kind.RATE_LABEL:
            answers.append(Labelled("", 0, 0, 1, worker, kind, thing, value, seconds, at))
        else:
            question = draw(st.just("") | st.just(Question(kind, thing, picture.key).name))
            size = picture.width, picture.height, picture.orientation
            answers.append(Labelled(picture.key, *size, worker, kind, thing, value, seconds, at, question))
    unique = {(a.sample, a.worker, a.kind, a.thing): a for a in answers}
    return there, list(unique.values())


def question(picture: Picture, *shown: tuple[float, float, float, float], **more: Any) -> Question:
    proposals = tuple(Proposal(Box(*box), 0.5, index) for index, box in enumerate(shown))
    size = picture.width, picture.height, picture.orientation
    return Question(Kind.BOXES, "face", picture.key, *size, boxes=proposals, **more)


def answer(picture: Picture, worker: str, *drawn: tuple[float, float, float, float], **more: Any) -> Labelled:
    value = {"boxes": [{"box": [float(side) for side in box], "from": None} for box in drawn], "nothing": not drawn}
    size = picture.width, picture.height, picture.orientation
    return Labelled(picture.key, *size, worker, Kind.BOXES, "face", value, **more)


def there_and_back(
    place: Path, form: Format, there: list[Picture], answers: list[Labelled], **more: Any
) -> tuple[list[Labelled], Reading]:
    """Answers written, and read from what was written."""
    prefix = more.pop("images", "")
    write(answers, place, format=form, images=prefix, **more)
    reading = read(place, samples=Names(there), images=prefix)
    return list(reading), reading


def alike(answers: Iterable[Labelled]) -> list[str]:
    """Answers to be compared without their order."""
    return sorted(repr(each) for each in answers)
