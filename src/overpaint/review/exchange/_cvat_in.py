"""CVAT for images 1.1 read: one file a worker, as CVAT exports a job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from overpaint.records import Box
from overpaint.review._words import Kind
from overpaint.review.exchange._answers import (
    Asked,
    Drawn,
    count_of,
    from_words,
    number_of,
    question_of,
    seconds_of,
    value_of,
)
from overpaint.review.exchange._cvat_out import LOOKED
from overpaint.review.exchange._model import Labelled, Left, Pictured
from overpaint.review.exchange._sheet import Sheet, Told
from overpaint.review.exchange._xml import XmlStream

__all__ = ["read_cvat"]

_OTHER_SHAPES = {"polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton"}
_MOST_LABELS = 10_000


def read_cvat(path: Path, shown: str, asked: Asked, *, name: str | None) -> Iterator[Labelled]:
    """Answers of one file, image by image; ``name`` is the worker's where neither file nor caller says it."""
    things: list[str] = []
    worker: str | None = None
    number = 0
    with path.open("rb") as file:
        try:
            for element in XmlStream(file).children():
                if element.tag == "meta":
                    things, worker = _things(element), _worker(element)
                elif element.tag == "track":
                    raise Left("unreadable", "a file of tracks; export as 'CVAT for images 1.1'")
                elif element.tag == "image":
                    where = f"image {number}"
                    number += 1
                    yield from _image(element, shown, where, asked, worker, name, things)
        except Left as left:
            asked.tally.leave(left, shown, f"after image {number - 1}" if number else "the beginning")


def _things(meta: Element) -> list[str]:
    """The labels that boxes can be drawn with."""
    found = list(meta.iter("label"))[:_MOST_LABELS]
    return [
        (label.findtext("name") or "").strip()
        for label in found
        if (label.findtext("type") or "any").strip() in {"any", "rectangle"}
        and not _tag((label.findtext("name") or "").strip())
    ]


def _worker(meta: Element) -> str | None:
    """Who we wrote that it was, or who the job is assigned to; whom a task is assigned to need not have done it."""
    name = meta.findtext("overpaint/worker") or meta.findtext("job/assignee/username") or ""
    return name.strip() or None


def _image(
    element: Element, shown: str, where: str, asked: Asked, worker: str | None, name: str | None, things: list[str]
) -> Iterator[Labelled]:
    try:
        picture = asked.picture(element.get("name"))
        who = asked.who(worker, asked.worker, name)
        width, height = (count_of(element.get(side), side) for side in ("width", "height"))
        stated = (width, height) if width and height else None
        sheet = Sheet(asked)
        words: dict[tuple[Kind, str, str], tuple[list[str], Told]] = {}
        for child in element:
            _child(child, who, sheet, words, asked)
        for (kind, thing, _), (said, told) in words.items():
            value = value_of(kind, thing, from_words(kind, said), picture)
            yield _other(picture, who, kind, thing, value, told)
        if asked.empties == "all":
            sheet.looked_at(who, [asked.thing] if asked.thing else map(asked.label, things))
        if words and not (sheet.boxes or sheet.told or sheet.spoilt):
            return
        for answer in sheet.answers(picture, stated, said=asked.frame, usual="upright"):
            if isinstance(answer, Left):
                asked.tally.leave(answer, shown, where)
            else:
                yield answer
    except Left as left:
        asked.tally.leave(left, shown, where)


def _child(
    child: Element, who: str, sheet: Sheet, words: dict[tuple[Kind, str, str], tuple[list[str], Told]], asked: Asked
) -> None:
    label = (child.get("label") or "").strip()
    if child.tag == "tag" and (found := _tag(label)):
        kind, thing, word = found
        if kind is Kind.BOXES:
            sheet.look(who, asked.label(thing), _told(child))
        elif asked.thing in (None, thing) and asked.kind in (None, kind):
            told = _told(child)
            words.setdefault((kind, thing, told.question), ([], told))[0].append(word)
    elif child.tag == "tag" and asked.kind not in (None, Kind.BOXES) and asked.thing:
        words.setdefault((asked.kind, asked.thing, ""), ([], _told(child)))[0].append(asked.label(label))
    elif child.tag in _OTHER_SHAPES:
        sheet.spoil(who, asked.label(label), Left("other-shape", f"a {child.tag}, which is no box; draw a rectangle"))
    elif child.tag == "box":
        try:
            sheet.draw(who, asked.label(label), _drawn(child))
        except Left as left:
            sheet.spoil(who, asked.label(label), left)


def _drawn(child: Element) -> Drawn:
    if number_of(child.get("rotation", "0"), "rotation"):
        raise Left("other-shape", "a rotated box; draw it upright")
    x0, y0, x1, y1 = (number_of(child.get(side), side) for side in ("xtl", "ytl", "xbr", "ybr"))
    return Drawn(Box(x0, y0, x1, y1), count_of(_attribute(child, "from"), "from"))


def _told(child: Element) -> Told:
    seconds, at = (seconds_of(_attribute(child, name), name) for name in ("seconds", "at"))
    return Told(seconds, at, question_of(_attribute(child, "question")))


def _attribute(child: Element, name: str) -> str | None:
    return next(((one.text or "").strip() for one in child.iter("attribute") if one.get("name") == name), None)


def _tag(label: str) -> tuple[Kind, str, str] | None:
    """What one of our tags says; None for another label."""
    kind, _, rest = label.partition(": ")
    thing, _, word = rest.rpartition(": ")
    if kind not in set(Kind) or not thing or (kind == Kind.BOXES and word != LOOKED):
        return None
    return Kind(kind), thing, word


def _other(picture: Pictured, who: str, kind: Kind, thing: str, value: dict[str, object], told: Told) -> Labelled:
    size = picture.width, picture.height, picture.orientation
    return Labelled(picture.key, *size, who, kind, thing, value, told.seconds, told.at, told.question)
