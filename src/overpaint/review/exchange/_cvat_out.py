"""CVAT for images 1.1: one XML file a worker, one of questions, and the labels that the tasks in CVAT need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from overpaint.records import Box
from overpaint.review._questions import boxes_of
from overpaint.review._words import FLAGS, Kind, offered
from overpaint.review.exchange._frame import shown_size, to_shown
from overpaint.review.exchange._model import Labelled
from overpaint.review.exchange._names import place_of
from overpaint.review.exchange._spool import Task

__all__ = ["ABOUT", "LOOKED", "cvat_labels", "tag_name", "write_cvat"]

ABOUT = ("seconds", "at", "question")
"""Attributes of a tag: what is said of an answer beside the answer."""

LOOKED = "looked at"
"""The word of the tag that says that somebody looked for a thing, whether or not there was one."""

_NOTE = "Written by overpaint. It names images that show people: keep it as private as the run."
_Part = tuple[str, str]  # a thing that boxes are drawn around, or the name of a tag; and which of the two


def tag_name(kind: Kind, thing: str, word: str) -> str:
    """The label of a tag: ``boxes: face: looked at``, ``category: n02119022: yes``, ``flags: picture: minor``."""
    return f"{kind}: {thing}: {word}"


def parts_of(kind: Kind, thing: str) -> Iterator[_Part]:
    """The labels that a question needs in CVAT."""
    if kind is Kind.BOXES:
        yield thing, "rectangle"
        yield tag_name(kind, thing, LOOKED), "tag"
    elif kind is Kind.FLAGS:
        yield from ((tag_name(kind, thing, flag), "tag") for flag in (*FLAGS, "nothing"))
    else:
        yield from ((tag_name(kind, thing, word), "tag") for word in offered(kind))


def cvat_labels(labels: Iterable[_Part]) -> bytes:
    """Labels as CVAT's "raw" editor of a new task takes them."""
    rows = []
    for name, form in labels:
        text = {"mutable": True, "input_type": "text", "default_value": "", "values": [""]}
        kept = [{"name": one} | text for one in _attributes(form)]
        rows.append({"name": name, "type": form, "attributes": kept})
    return (json.dumps(rows, indent=1) + "\n").encode()


def _attributes(form: str) -> tuple[str, ...]:
    return ABOUT if form == "tag" else ("from",)


def write_cvat(
    file: BinaryIO, groups: Iterable[list[Labelled | Task]], labels: Iterable[_Part], *, images: str, worker: str
) -> None:
    """Write one worker's answers (or, with no worker, questions with their boxes), a group an image.

    Coordinates are pixels of the picture as CVAT shows it, turned as EXIF says; values have two decimals, as CVAT's.
    """
    listed = "".join(
        f"<label><name>{_escaped(name)}</name><type>{form}</type><attributes>"
        + "".join(
            f"<attribute><name>{one}</name><mutable>True</mutable><input_type>text</input_type>"
            "<default_value></default_value><values></values></attribute>"
            for one in _attributes(form)
        )
        + "</attributes></label>\n"
        for name, form in labels
    )
    who = f"<overpaint><worker>{_escaped(worker)}</worker></overpaint>" if worker else ""
    file.write(
        f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {_NOTE} -->\n<annotations>\n<version>1.1</version>\n'
        f"<meta><task><labels>\n{listed}</labels></task>{who}</meta>\n".encode()
    )
    for number, items in enumerate(groups):
        one = items[0]
        wide, tall = shown_size(one.width, one.height, one.orientation)
        name = _quoted(place_of(images, one.sample))
        file.write(f'<image id="{number}" name={name} width="{wide}" height="{tall}">\n'.encode())
        file.writelines("".join(_task(item) if isinstance(item, Task) else _answer(item)).encode() for item in items)
        file.write(b"</image>\n")
    file.write(b"</annotations>\n")


def _task(item: Task) -> Iterator[str]:
    if item.kind is Kind.BOXES:
        for proposal in item.boxes:
            yield _box(item, item.thing, proposal.box, proposal.subject if proposal.subject >= 0 else None, "auto")


def _answer(item: Labelled) -> Iterator[str]:
    about = "".join(
        f'<attribute name="{name}">{_escaped(str(value))}</attribute>'
        for name, value in zip(ABOUT, (item.seconds, item.at, item.question), strict=True)
        if value not in (None, "")
    )
    words = [LOOKED]
    if item.kind is Kind.BOXES:
        for one, box in zip(item.value["boxes"], boxes_of(item.value), strict=True):
            yield _box(item, item.thing, box, one["from"], "manual")
    elif item.kind is Kind.FLAGS:
        words = item.value["flags"] or ["nothing"]
    else:
        words = [item.value["choice"]]
    for word in words:
        label = _quoted(tag_name(item.kind, item.thing, word))
        yield f'  <tag label={label} source="manual">{about}</tag>\n'


def _box(item: Labelled | Task, thing: str, box: Box, came: int | None, source: str) -> str:
    shown = to_shown(item, box.clipped(item.width, item.height))
    corners = zip(("xtl", "ytl", "xbr", "ybr"), (shown.x0, shown.y0, shown.x1, shown.y1), strict=True)
    text = " ".join(f'{side}="{value:.2f}"' for side, value in corners)
    origin = "" if came is None else f'<attribute name="from">{came}</attribute>'
    return f'  <box label={_quoted(thing)} source="{source}" occluded="0" {text} z_order="0">{origin}</box>\n'


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _quoted(text: str) -> str:
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
