"""Label Studio: tasks with a prediction and everybody's annotation, and the labelling configuration they need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO
from xml.sax.saxutils import quoteattr

from overpaint.records import Box
from overpaint.review._questions import boxes_of
from overpaint.review._words import ASPECTS, FLAGS, THINGS, Kind, Thing, help_for, offered
from overpaint.review.exchange._frame import shown_size, to_shown
from overpaint.review.exchange._model import Labelled
from overpaint.review.exchange._names import place_of
from overpaint.review.exchange._spool import Task

__all__ = ["ABOUT", "configuration", "write_label_studio"]

ABOUT = "overpaint"
"""Name of the hidden control that carries what Label Studio would not keep: who answered, when, and what question."""

_LABEL, _CHOICE = "label", "choice"
_SAFETY, _IMAGEABILITY = "safety", "imageability"
_DIGITS = 10  # of per cent: a ten-millionth of a pixel in a picture of 100,000
_WITH_BOXES = (Kind.BOXES, Kind.TIGHT, Kind.MISSED)


def write_label_studio(file: BinaryIO, groups: Iterable[list[Labelled | Task]], *, images: str) -> None:
    """Write the questions of one kind, each a task: the proposals as its prediction, answers as its annotations.

    Coordinates are per cent of the picture as a browser shows it, turned as EXIF says.
    """
    file.write(b"[")
    made = 0
    for number, items in enumerate(groups):
        tasks = [item for item in items if isinstance(item, Task)]
        answers = [item for item in items if isinstance(item, Labelled)]
        task: dict[str, Any] = {"id": number + 1, "data": _data(tasks[0] if tasks else answers[0], images)}
        # numbers as an export has them, for its converters ask for them; an import gives its own
        task["annotations"] = [{"id": made + index} | _annotation(one) for index, one in enumerate(answers, 1)]
        made += len(answers)
        if tasks and tasks[0].boxes:
            shown = [(p.box, p.score, p.subject if p.subject >= 0 else None) for p in tasks[0].boxes]
            results = [
                result | {"score": round(score, 6)}
                for result, (_, score, _) in zip(_regions(tasks[0], shown), shown, strict=True)
            ]
            least = min(result["score"] for result in results)
            task["predictions"] = [{"model_version": "overpaint", "score": least, "result": results}]
        file.write(f"{',' if number else ''}\n{json.dumps(task)}".encode())
    file.write(b"\n]\n")


def _data(item: Labelled | Task, images: str) -> dict[str, Any]:
    words = (item.title, item.definition, item.context) if isinstance(item, Task) else ("", "", "")
    data: dict[str, Any] = {"ask": _ask(item, words[0]), "text": " ".join(filter(None, (words[0], words[1])))}
    if item.sample:
        data |= {"image": place_of(images, item.sample), "key": item.sample}
        data |= {"width": item.width, "height": item.height, "orientation": item.orientation}
    data |= {"kind": item.kind.value, "thing": item.thing, "question": item.question, "context": words[2]}
    if isinstance(item, Task) and item.sensitive:
        data["sensitive"] = True
    return data


def _ask(item: Labelled | Task, title: str) -> str:
    thing = THINGS.get(item.thing) or Thing(item.thing, title or item.thing, title or item.thing, title or item.thing)
    return help_for(item.kind).ask.format_map({"one": thing.one, "many": thing.many, "holds": thing.holds})


def _annotation(answer: Labelled) -> dict[str, Any]:
    """One person's answer.

    ``completed_by`` would make Label Studio refuse the file, for it knows no pseudonyms: the worker is in a result.
    """
    results = list(_results(answer))
    about = {"worker": answer.worker, "at": answer.at, "seconds": answer.seconds}
    text = json.dumps({name: value for name, value in about.items() if value is not None})
    results.append(_result(answer, ABOUT, "textarea", {"text": [text]}, "about"))
    annotation: dict[str, Any] = {"result": results, "was_cancelled": False, "ground_truth": False}
    if answer.seconds is not None:
        annotation["lead_time"] = answer.seconds
    if answer.at is not None and 0 <= answer.at < 1e11:
        annotation["created_at"] = datetime.fromtimestamp(answer.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return annotation


def _results(answer: Labelled) -> Iterator[dict[str, Any]]:
    match answer.kind:
        case Kind.BOXES:
            drawn = zip(boxes_of(answer.value), answer.value["boxes"], strict=True)
            yield from _regions(answer, [(box, None, one["from"]) for box, one in drawn])
        case Kind.RATE_LABEL:
            yield _result(answer, _SAFETY, "choices", {"choices": [answer.value["safety"]]}, _SAFETY)
            number = str(answer.value["imageability"])
            yield _result(answer, _IMAGEABILITY, "choices", {"choices": [number]}, _IMAGEABILITY)
        case Kind.FLAGS:
            yield _result(answer, _CHOICE, "choices", {"choices": answer.value["flags"] or ["nothing"]}, _CHOICE)
        case _:
            yield _result(answer, _CHOICE, "choices", {"choices": [answer.value["choice"]]}, _CHOICE)


def _regions(item: Labelled | Task, boxes: Iterable[tuple[Box, float | None, int | None]]) -> Iterator[dict[str, Any]]:
    wide, tall = shown_size(item.width, item.height, item.orientation)
    for index, (box, _, came) in enumerate(boxes):
        shown = to_shown(item, box.clipped(item.width, item.height))
        value = {
            "x": round(100 * shown.x0 / wide, _DIGITS),
            "y": round(100 * shown.y0 / tall, _DIGITS),
            "width": round(100 * shown.width / wide, _DIGITS),
            "height": round(100 * shown.height / tall, _DIGITS),
            "rotation": 0,
            "rectanglelabels": [item.thing],
        }
        result = _result(item, _LABEL, "rectanglelabels", value, f"box{index}")
        result |= {"original_width": wide, "original_height": tall, "image_rotation": 0}
        if came is not None:
            result["meta"] = {"text": [f"from {came}"]}
        yield result


def _result(item: Labelled | Task, name: str, form: str, value: dict[str, Any], own: str) -> dict[str, Any]:
    to = "image" if item.sample else "text"
    return {"id": own, "type": form, "from_name": name, "to_name": to, "value": value}


def configuration(kind: Kind, things: Iterable[str]) -> bytes:
    """The labelling configuration that a project of questions of this kind needs."""
    to = "text" if kind is Kind.RATE_LABEL else "image"
    shown = '<Text name="text" value="$text"/>' if to == "text" else '<Image name="image" value="$image" zoom="true"/>'
    lines = ["<View>", '  <Header value="$ask"/>', f"  {shown}"]
    if kind in _WITH_BOXES:
        labels = "".join(f"<Label value={quoteattr(thing)}/>" for thing in things)
        lines.append(f'  <RectangleLabels name="{_LABEL}" toName="{to}">{labels}</RectangleLabels>')
    if kind is Kind.RATE_LABEL:
        for name, words in ASPECTS[kind].items():
            lines += _choices(name, words, to)
    elif kind is Kind.FLAGS:
        lines += _choices(_CHOICE, (*FLAGS, "nothing"), to, more=True)
    elif kind is not Kind.BOXES:
        lines += _choices(_CHOICE, offered(kind), to)
    lines.append(f'  <View style="display:none"><TextArea name="{ABOUT}" toName="{to}" editable="false"/></View>')
    return "\n".join([*lines, "</View>", ""]).encode()


def _choices(name: str, words: Iterable[str], to: str, *, more: bool = False) -> list[str]:
    form = "multiple" if more else "single"
    head = f'  <Choices name="{name}" toName="{to}" choice="{form}" required="true" showInline="true">'
    return [head + "".join(f'<Choice value="{word}"/>' for word in words) + "</Choices>"]
