"""A question to people about one picture or one label, and what counts as an answer to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from overpaint.errors import AnswerError
from overpaint.records import Box
from overpaint.review._words import ASPECTS, FLAGS, Kind, offered

__all__ = ["MOST_BOXES", "Proposal", "Question", "boxes_of", "checked", "pair", "pair_of", "votes_of"]

MOST_BOXES = 2000
"""No answer holds more boxes than this; the fullest picture of WIDER FACE has 1,968 faces."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A box that the question shows: a detector's finding (``subject`` is the finding's) or earlier answers'."""

    box: Box
    score: float = 1.0
    subject: int = -1


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes
    ----------
    kind, thing
        What is asked, and about what: a kind of finding (``face``), a label (``n02119022``), a word, or two labels
        (`pair`).
    sample
        Key of the sample; empty where no picture belongs to the question (``rate-label``).
    width, height, orientation
        Of the stored frame, and its EXIF orientation (1 to 8); 0, 0, 1 without a picture.
    page
        Of a multi-page file.
    crop
        Only this part of the stored frame is shown (already padded); None: the whole picture.
    boxes
        What is shown with it, in pixels of the stored frame.
    title, definition
        What the thing is called and what it is, where `overpaint.review.THINGS` has no words for it.
    context
        What people may know of the sample, such as its class; empty: nothing.
    sensitive
        Content that people should be warned of; two never follow each other.
    harm
        What a wrong decision would cost times how likely it is; the highest are asked first.
    parent, wants
        Name of the question on whose answer this one depends, and the answer it needs; it waits until then.
    output
        The picture is the written one, not the source's (``audit``).
    limit
        At most this many answers.
    extra
        ``audit``: what is looked at, by a keyed hash (what was written, or would be); ``shard``: of the run, where the
        sample's row is; ``certainty``: how sure this question shall be settled, where
        not as the review's settings say; ``spot``: drawn by chance; ``words``: title and definition of each of the two
        labels of a ``label`` question.
    basis
        Where the question comes from: ``run``, ``candidates``, ``labels``, ``import``, ``gold``, ``audit``.
    """

    kind: Kind
    thing: str
    sample: str = ""
    width: int = 0
    height: int = 0
    orientation: int = 1
    page: int = 0
    crop: Box | None = None
    boxes: tuple[Proposal, ...] = ()
    title: str = ""
    definition: str = ""
    context: str = ""
    sensitive: bool = False
    harm: float = 0.0
    parent: str = ""
    wants: str = "yes"
    output: bool = False
    limit: int = 7
    basis: str = "run"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The same question has the same name, so that opening a review twice asks nothing twice.

        It hashes what is asked, not what is known of it (harm, words): 32 hex digits.
        """
        crop = None if self.crop is None else [self.crop.x0, self.crop.y0, self.crop.x1, self.crop.y1]
        boxes = [[p.box.x0, p.box.y0, p.box.x1, p.box.y1] for p in self.boxes]
        told = [self.kind, self.thing, self.sample, self.page, crop, boxes, self.output]
        if self.basis == "gold":  # a copy of a settled question
            told.append(self.basis)
        if "audit" in self.extra:  # another picture of the same sample is another question
            told.append(self.extra["audit"])
        text = json.dumps(told, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


_BETWEEN = " | "


def pair(given: str, guessed: str) -> str:
    """Two labels as what a ``label`` question is about: the dataset's first."""
    return f"{given}{_BETWEEN}{guessed}"


def pair_of(thing: str) -> tuple[str, str]:
    """The inverse of `pair`, for labels that do not hold a ``|`` between spaces."""
    given, _, guessed = thing.partition(_BETWEEN)
    return given, guessed


def checked(question: Question, value: object) -> dict[str, Any]:
    """An answer as it is kept, from what somebody sent.

    By kind:

    - ``boxes``: ``{"boxes": [{"box": [x0, y0, x1, y1], "from": SUBJECT or null}, …], "nothing": bool}``, boxes in
      pixels of the stored frame, clipped to it (and to the crop); ``nothing`` is true if and only if there is none, so
      that an answer sent by mistake is not taken for "nothing here".
    - ``tight``, ``missed``, ``category``, ``audit``: ``{"choice": "yes" or "no"}``
    - ``label``: ``{"choice": "given", "guessed", "both" or "neither"}``
    - ``flags``: ``{"flags": [some of FLAGS], "nothing": bool}``
    - ``rate-label``: ``{"safety": …, "imageability": 1 to 5}``

    Raises
    ------
    AnswerError
        It is none of these; the message says what is expected.
    """
    if not isinstance(value, dict):
        raise AnswerError('an answer is an object, such as {"choice": "yes"}')
    match question.kind:
        case Kind.BOXES:
            return _boxes(question, value)
        case Kind.FLAGS:
            flags = value.get("flags")
            if not isinstance(flags, list) or any(flag not in FLAGS for flag in flags):
                raise AnswerError(f"flags are a list of {', '.join(FLAGS)}")
            if value.get("nothing") is not (not flags):
                raise AnswerError('mark at least one, or say "nothing": true')
            return {"flags": [flag for flag in FLAGS if flag in flags], "nothing": not flags}
        case Kind.RATE_LABEL:
            safety, imageability = value.get("safety"), value.get("imageability")
            if safety not in ASPECTS[question.kind]["safety"]:
                raise AnswerError("safety is one of offensive, sensitive, safe")
            if type(imageability) is not int or not 1 <= imageability <= 5:
                raise AnswerError("imageability is a whole number from 1 to 5")
            return {"safety": safety, "imageability": imageability}
        case _:
            if value.get("choice") not in offered(question.kind):
                raise AnswerError(f"the choice is {' or '.join(offered(question.kind))}")
            return {"choice": value["choice"]}


def _boxes(question: Question, value: Mapping[str, Any]) -> dict[str, Any]:
    given = value.get("boxes")
    if not isinstance(given, list) or len(given) > MOST_BOXES:
        raise AnswerError(f"boxes are a list of at most {MOST_BOXES}")
    known = {proposal.subject for proposal in question.boxes}
    kept = []
    for one in given:
        x0, y0, x1, y1 = _corners(one)
        box = Box(x0, y0, x1, y1).clipped(question.width, question.height)
        if question.crop is not None:
            crop = question.crop
            box = Box(max(box.x0, crop.x0), max(box.y0, crop.y0), min(box.x1, crop.x1), min(box.y1, crop.y1))
        if box.width < 1 or box.height < 1:
            raise AnswerError("a box is at least one pixel wide and high, inside the picture")
        came = one.get("from")
        if came is not None and (type(came) is not int or came not in known):
            raise AnswerError("from names no box of the question")
        kept.append({"box": [round(side, 2) for side in (box.x0, box.y0, box.x1, box.y1)], "from": came})
    if value.get("nothing") is not (not kept):
        raise AnswerError('draw at least one box, or say "nothing": true')
    return {"boxes": kept, "nothing": not kept}


def _corners(one: object) -> tuple[float, float, float, float]:
    corners = one.get("box") if isinstance(one, dict) else None
    if isinstance(corners, list) and len(corners) == 4:
        numbers = [float(corner) for corner in corners if type(corner) in {int, float} and abs(corner) < 1e9]
        if len(numbers) == 4:
            return numbers[0], numbers[1], numbers[2], numbers[3]
    raise AnswerError('a box is {"box": [x0, y0, x1, y1]} in pixels')


def votes_of(kind: Kind, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (aspect, label) pairs that an answer gives to the label models; none for boxes."""
    match kind:
        case Kind.BOXES:
            return []
        case Kind.FLAGS:
            return [(flag, "yes" if flag in value["flags"] else "no") for flag in FLAGS]
        case Kind.RATE_LABEL:
            return [("safety", value["safety"]), ("imageability", str(value["imageability"]))]
        case _:
            return [("", value["choice"])]


def boxes_of(value: Mapping[str, Any], *, page: int = 0) -> tuple[Box, ...]:
    """The boxes of a ``boxes`` answer, in pixels of the stored frame."""
    return tuple(Box(x0, y0, x1, y1, page) for x0, y0, x1, y1 in (one["box"] for one in value["boxes"]))
