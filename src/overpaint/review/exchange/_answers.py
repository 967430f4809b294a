"""Answers from what a file says: checked as an answer to the question is, whoever gave it and wherever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from overpaint.errors import AnswerError
from overpaint.records import Box
from overpaint.review._questions import MOST_BOXES, Proposal, Question, checked
from overpaint.review._words import FLAGS, Kind
from overpaint.review.exchange._frame import Frame, is_upright, to_stored
from overpaint.review.exchange._model import Labelled, Left, Pictured, Tally
from overpaint.review.exchange._names import candidates

__all__ = ["Asked", "Drawn", "Said", "as_word", "count_of", "named_kind", "number_of", "value_of"]

_HASH = re.compile("[0-9a-f]{32}")
_LONGEST = 200
_TINY = 1e-6
_MOST = 1e7
_MOST_SECONDS = 1e10


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller told `read`, and where it is told what could not be taken."""

    samples: Callable[[str], Pictured | None]
    tally: Tally
    images: str = ""
    kind: Kind | None = None
    thing: str | None = None
    worker: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    empties: Literal["told", "all"] = "told"
    frame: Frame | None = None

    def picture(self, *names: object, key: object = None) -> Pictured:
        """The sample of this key, or that one of these names means; `Left` where none does."""
        if isinstance(key, str) and key and (found := self.samples(key)) is not None:
            return found
        for name in (*names, key):
            for one in candidates(name, self.images) if isinstance(name, str) else ():
                if (found := self.samples(one)) is not None:
                    return found
        raise Left("picture-not-known", "no sample has its name; say images= as it was said when writing, or rename it")

    def who(self, *said: object) -> str:
        """Whose answer it is: the first that the file says, else what the caller said."""
        for one in (*said, self.worker):
            if isinstance(one, str) and one.strip():
                return _short(one.strip(), "a worker's name")
            if type(one) is int:
                return str(one)
        raise Left("worker-not-known", "nothing says who answered; say worker=, or one folder a worker")

    def label(self, given: object) -> str:
        """A label as we call it."""
        if not isinstance(given, str):
            raise Left("no-answer", "a label must be a text")
        label = given.strip()
        return self.labels.get(label, label)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box in a file's own pixels, and the proposal that it comes from."""

    box: Box
    came: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said of one picture and one thing by boxes, in the frame of the file."""

    worker: str
    thing: str
    boxes: tuple[Drawn, ...]
    seconds: float | None = None
    at: float | None = None
    question: str = ""

    def labelled(
        self, picture: Pictured, stated: tuple[int, int] | None, *, said: Frame | None, usual: Frame | None
    ) -> Labelled:
        """The answer in pixels of the stored frame; taken whole or, with `Left`, not at all."""
        if len(self.boxes) > MOST_BOXES:
            raise Left("too-many-boxes", f"more than {MOST_BOXES} boxes; no answer holds more")
        upright = bool(self.boxes) and is_upright(picture, stated, said=said, usual=usual)
        boxes = []
        for each in self.boxes:
            box = _wide_enough(to_stored(picture, each.box, upright=upright), picture)
            boxes.append({"box": [box.x0, box.y0, box.x1, box.y1], "from": each.came})
        came = tuple(Proposal(Box(0, 0, 1, 1), subject=e.came) for e in self.boxes if e.came is not None)
        value = value_of(Kind.BOXES, self.thing, {"boxes": boxes, "nothing": not boxes}, picture, came)
        return Labelled(
            picture.key,
            picture.width,
            picture.height,
            picture.orientation,
            self.worker,
            Kind.BOXES,
            self.thing,
            value,
            self.seconds,
            self.at,
            self.question,
        )


def _wide_enough(box: Box, picture: Pictured) -> Box:
    """A box of one pixel that arithmetic made a millionth narrower is one of one pixel again."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if 1 - _TINY < x1 - x0 < 1:
        x0, x1 = (x0, x0 + 1 + _TINY) if x0 + 1 + _TINY <= picture.width else (x1 - 1 - _TINY, x1)
    if 1 - _TINY < y1 - y0 < 1:
        y0, y1 = (y0, y0 + 1 + _TINY) if y0 + 1 + _TINY <= picture.height else (y1 - 1 - _TINY, y1)
    return Box(x0, y0, x1, y1)


def value_of(
    kind: Kind, thing: str, value: object, picture: Pictured | None, boxes: tuple[Proposal, ...] = ()
) -> dict[str, Any]:
    """An answer as it is kept; `Left` where it is none."""
    _short(thing, "what is asked about")
    size = (0, 0) if picture is None else (picture.width, picture.height)
    question = Question(kind, thing, width=size[0], height=size[1], boxes=boxes)
    try:
        return checked(question, value)
    except AnswerError as error:
        raise Left("no-answer", f"{error}; correct it there") from None


def as_word(kind: Kind, value: Mapping[str, Any]) -> str:
    """An answer other than boxes as one word: ``yes``, ``minor|watermark``, ``nothing``, ``sensitive|3``."""
    match kind:
        case Kind.FLAGS:
            return "|".join(value["flags"]) or "nothing"
        case Kind.RATE_LABEL:
            return f"{value['safety']}|{value['imageability']}"
        case _:
            return str(value["choice"])


def from_words(kind: Kind, words: Iterable[str]) -> dict[str, Any]:
    """The inverse of `as_word`, not yet checked."""
    said = [part.strip() for word in words for part in word.split("|") if part.strip()]
    match kind:
        case Kind.FLAGS:
            flags = [word for word in said if word != "nothing"]
            return {"flags": flags, "nothing": said == ["nothing"]}
        case Kind.RATE_LABEL:
            numbers = [int(word) for word in said if word in {"1", "2", "3", "4", "5"}]
            others = [word for word in said if not word.isdecimal()]
            if len(numbers) == len(others) == 1 and len(said) == 2:
                return {"safety": others[0], "imageability": numbers[0]}
            return {}
        case _:
            return {"choice": said[0] if len(set(said)) == 1 else None}


def named_kind(name: object) -> Kind:
    """The kind of a question; `Left` for another word."""
    if isinstance(name, str):
        try:
            return Kind(name.strip())
        except ValueError:
            pass
    raise Left("no-answer", f"a kind of question is one of {', '.join(Kind)}")


def number_of(value: object, what: str, *, most: float = _MOST) -> float:
    """A finite number no larger than that, from a number or its text."""
    number = None
    if type(value) in {int, float}:
        try:
            number = float(value)  # type: ignore[arg-type]
        except OverflowError:
            number = None
    elif isinstance(value, str) and len(value) <= 64 and "_" not in value:
        try:
            number = float(value)
        except ValueError:
            number = None
    if number is None or not -most <= number <= most:
        raise Left("no-answer", f"{what} must be a number of a size that pictures have; correct it there")
    return number


def count_of(value: object, what: str) -> int | None:
    """A whole number, or None where none is given."""
    if value is None or value == "":
        return None
    number = number_of(value, what)
    if number != int(number):
        raise Left("no-answer", f"{what} must be a whole number")
    return int(number)


def seconds_of(value: object, what: str) -> float | None:
    """Seconds, or None where none are given."""
    if value is None or value == "":
        return None
    return number_of(value, what, most=_MOST_SECONDS)


def question_of(value: object) -> str:
    """The name of one of our questions; empty for anything else."""
    return value if isinstance(value, str) and _HASH.fullmatch(value) else ""


def flags_seen(words: Iterable[str]) -> list[str]:
    """Flags among words, in the order in which they are kept."""
    said = set(words)
    return [flag for flag in FLAGS if flag in said]


def _short(text: str, what: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise Left("no-answer", f"{what} is longer than {_LONGEST} letters, or none that can be printed")
    return text
