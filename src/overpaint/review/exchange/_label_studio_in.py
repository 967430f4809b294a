"""Label Studio's JSON export read: tasks, with one annotation for each person who answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from overpaint.errors import BoxesError
from overpaint.records import Box
from overpaint.review._words import Kind
from overpaint.review.exchange._answers import (
    Asked,
    Drawn,
    from_words,
    named_kind,
    number_of,
    question_of,
    seconds_of,
    value_of,
)
from overpaint.review.exchange._frame import shown_size
from overpaint.review.exchange._json import Json, unreadable
from overpaint.review.exchange._label_studio_out import ABOUT
from overpaint.review.exchange._model import Labelled, Left, Pictured
from overpaint.review.exchange._sheet import Sheet, Told

__all__ = ["read_label_studio"]

_SHAPES = {"brushlabels", "polygonlabels", "ellipselabels", "keypointlabels", "rectangle", "polygon", "ellipse"}
_SHAPES |= {"brush", "keypoint", "vectorlabels", "vector", "bitmask", "bitmasklabels"}
_WORDS = {"key", "ask", "text", "kind", "thing", "question", "context", "sensitive"}  # of our tasks: none is a picture
_MOST = 20_000  # annotations of a task, and results of an annotation


def read_label_studio(path: Path, shown: str, asked: Asked, *, name: str | None) -> Iterator[Labelled]:
    """Answers, task by task; ``name`` is the worker's where neither file nor caller says it."""
    with path.open(encoding="utf-8-sig") as file:
        stream = Json(file)
        try:
            for index, task in _tasks(stream):
                yield from _task(task, shown, f"task {index}", asked, name)
        except (BoxesError, UnicodeDecodeError) as error:
            where, left = unreadable(error)
            asked.tally.leave(left, shown, where)


def _tasks(stream: Json) -> Iterator[tuple[int, Any]]:
    if stream.peek() == "[":
        yield from ((index or 0, value) for _, index, value in stream.events())
    else:
        yield from enumerate(stream.documents())  # one task by itself, or one a line


def _task(task: object, shown: str, where: str, asked: Asked, name: str | None) -> Iterator[Labelled]:
    try:
        data = task.get("data") if isinstance(task, dict) else None
        annotations = task.get("annotations", []) if isinstance(task, dict) else None
        if not isinstance(data, dict) or not isinstance(annotations, list) or len(annotations) > _MOST:
            raise Left("no-answer", "no task with 'data' and 'annotations'; export as JSON, not as JSON-MIN or CSV")
        if not annotations:
            raise Left("not-answered", "")
        kind = named_kind(data.get("kind") or asked.kind or Kind.BOXES)
        picture = None
        if kind is not Kind.RATE_LABEL:
            picture = asked.picture(
                *(data.get(each) for each in ("image", *data) if each not in _WORDS), key=data.get("key")
            )
    except Left as left:
        asked.tally.leave(left, shown, where)
        return
    for number, annotation in enumerate(annotations):
        at = f"{where}, annotation {number}"
        try:
            for answer in _annotation(annotation, data, kind, picture, asked, name):
                if isinstance(answer, Left):
                    asked.tally.leave(answer, shown, at)
                else:
                    yield answer
        except Left as left:
            asked.tally.leave(left, shown, at)


def _annotation(
    annotation: object, data: dict[str, Any], kind: Kind, picture: Pictured | None, asked: Asked, name: str | None
) -> Iterator[Labelled | Left]:
    results = annotation.get("result") if isinstance(annotation, dict) else None
    if not isinstance(annotation, dict) or not isinstance(results, list) or len(results) > _MOST:
        raise Left("no-answer", "an annotation has a list 'result'")
    if not all(isinstance(result, dict) and isinstance(result.get("value", {}), dict) for result in results):
        raise Left("no-answer", "'result' is a list of objects, each with an object 'value'")
    results = [{"value": {}} | result for result in results]
    if annotation.get("was_cancelled"):
        raise Left("skipped-there", "")
    about = _about(results)
    who = asked.who(about.get("worker"), *_completed_by(annotation), asked.worker, name)
    seconds = seconds_of(about.get("seconds", annotation.get("lead_time")), "lead_time")
    told = Told(seconds, _when(about, annotation), question_of(data.get("question")))
    thing = data.get("thing") if isinstance(data.get("thing"), str) else asked.thing
    if kind is Kind.BOXES:
        assert picture is not None
        yield from _boxes(results, who, thing, told, picture, asked)
        return
    if not thing and kind is not Kind.FLAGS:  # which speak of the whole picture
        raise Left("thing-not-known", "nothing says what was asked about; say thing=")
    value = value_of(kind, thing or "", from_words(kind, map(asked.label, _words(results))), picture)
    size = ("", 0, 0, 1) if picture is None else (picture.key, picture.width, picture.height, picture.orientation)
    yield Labelled(*size, who, kind, thing or "", value, told.seconds, told.at, told.question)


def _boxes(
    results: list[dict[str, Any]], who: str, thing: str | None, told: Told, picture: Pictured, asked: Asked
) -> Iterator[Labelled | Left]:
    sheet = Sheet(asked)
    stated: tuple[int, int] | None = None
    if thing is not None:
        sheet.look(who, thing, told)  # whoever sent an annotation has looked; one without a box says "nothing here"
    for result in results:
        form, value = result.get("type"), result.get("value", {})
        if form == "rectanglelabels" or (form in _SHAPES and thing is not None):
            labels = value.get(form) or [thing]
            label = asked.label(labels[0] if isinstance(labels, list) and len(labels) == 1 else None)
            try:
                if form not in {"rectanglelabels", "rectangle"}:
                    raise Left("other-shape", "a shape that is no box; draw a rectangle")
                drawn, size = _drawn(result, value, picture)
            except Left as left:
                sheet.spoil(who, label, left)
                continue
            if stated not in (None, size):
                sheet.spoil(who, label, Left("size-differs", "its boxes state different sizes of the picture"))
            stated = size
            if thing is None and (who, label, 0) not in sheet.told:
                sheet.look(who, label, told)
            sheet.draw(who, label, drawn)
    if thing is None and not (sheet.told or sheet.spoilt):
        raise Left("thing-not-known", "no box, and nothing says what was looked for; say thing=")
    yield from sheet.answers(picture, stated, said=asked.frame, usual="upright")


def _drawn(result: dict[str, Any], value: dict[str, Any], picture: Pictured) -> tuple[Drawn, tuple[int, int]]:
    shown = shown_size(picture.width, picture.height, picture.orientation)
    wide, tall = (
        number_of(result.get(f"original_{side}", own), f"original_{side}")
        for side, own in zip(("width", "height"), shown, strict=True)
    )
    if number_of(value.get("rotation", 0), "rotation") or number_of(result.get("image_rotation", 0), "image_rotation"):
        raise Left("other-shape", "a rotated box, or a box on a picture that was turned by hand; draw it upright")
    if not (1 <= wide == int(wide) and 1 <= tall == int(tall)):
        raise Left("no-answer", "original_width and original_height must be whole numbers")
    x, y, width, height = (number_of(value.get(side), side) for side in ("x", "y", "width", "height"))
    box = Box(x * wide / 100, y * tall / 100, (x + width) * wide / 100, (y + height) * tall / 100)
    return Drawn(box, _came(result)), (int(wide), int(tall))


def _came(result: dict[str, Any]) -> int | None:
    meta = result.get("meta")
    text = meta.get("text") if isinstance(meta, dict) else None
    for line in text[:10] if isinstance(text, list) else ():
        if isinstance(line, str) and line.startswith("from ") and line[5:].isdecimal() and len(line) < 16:
            return int(line[5:])
    return None


def _words(results: list[dict[str, Any]]) -> list[str]:
    found = [result["value"].get("choices") for result in results if result.get("type") == "choices"]
    return [word for words in found if isinstance(words, list) for word in words[:100] if isinstance(word, str)]


def _about(results: list[dict[str, Any]]) -> dict[str, Any]:
    """What our hidden control carries; empty where there is none."""
    for result in results:
        if result.get("from_name") == ABOUT:
            text = result.get("value", {}).get("text")
            try:
                about = json.loads(text[0] if isinstance(text, list) else text)
            except (ValueError, TypeError, IndexError, RecursionError):
                return {}
            return about if isinstance(about, dict) else {}
    return {}


def _completed_by(annotation: dict[str, Any]) -> Iterator[object]:
    """A number, or in a full export an object; the number is preferred to the address that goes with it."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        yield from (by.get(name) for name in ("id", "email", "username"))
    yield by


def _when(about: dict[str, Any], annotation: dict[str, Any]) -> float | None:
    if about:
        return seconds_of(about.get("at"), "at")
    given = annotation.get("created_at")
    try:
        when = datetime.fromisoformat(given) if isinstance(given, str) else None
        return None if when is None or when.tzinfo is None else when.timestamp()
    except (ValueError, OverflowError):
        return None
