"""CSV: one line an answer; its first three columns are crowd-kit's (task, worker, label)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from overpaint.records import Box
from overpaint.review._questions import Proposal
from overpaint.review._words import Kind
from overpaint.review.exchange._answers import (
    Asked,
    as_word,
    count_of,
    from_words,
    named_kind,
    question_of,
    seconds_of,
    value_of,
)
from overpaint.review.exchange._cells import as_line, rows
from overpaint.review.exchange._model import Labelled, Left, Pictured
from overpaint.review.exchange._spool import Task

__all__ = ["COLUMNS", "Csv", "delimiter_of", "read_csv"]

COLUMNS = (
    "task",
    "worker",
    "label",
    "kind",
    "thing",
    "sample",
    "page",
    "width",
    "height",
    "orientation",
    "seconds",
    "at",
)
_MOST_COLUMNS = 1000


class Csv:
    """Writes answers as they come; a question still to be answered is a line without worker and label."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(as_line(list(COLUMNS)))

    def add(self, item: Labelled | Task) -> None:
        """One line."""
        name = item.question or f"{item.kind}:{item.thing}:{item.sample}"
        said: list[object] = ["", "", None, None]
        if isinstance(item, Labelled):
            said = [item.worker, _label(item), item.seconds, item.at]
        cells = [name, *said[:2], item.kind.value, item.thing, item.sample, item.page]
        cells += [item.width, item.height, item.orientation, *said[2:]]
        self._file.write(as_line(["" if cell is None else str(cell) for cell in cells]))


def _label(item: Labelled) -> str:
    if item.kind is Kind.BOXES:
        return json.dumps(item.value["boxes"], separators=(",", ":"))
    return as_word(item.kind, item.value)


# ----------------------------------------------------------------------- reading


def delimiter_of(head: str) -> str | None:
    """What parts the columns, by a first line that names a worker's and a label's; None where it names none."""
    line = head.lstrip("\r\n").partition("\n")[0].strip()
    for delimiter in (",", ";", "\t"):
        names = {name.strip().strip('"').lower() for name in line.split(delimiter)}
        if "label" in names and names & {"worker", "task"}:
            return delimiter
    return None


def read_csv(path: Path, shown: str, asked: Asked) -> Iterator[Labelled]:
    """Answers, one a line; the first line names the columns, in any order.

    ``label`` is needed, and ``sample`` or ``task``; ``kind``, ``thing`` and ``worker`` where the caller does not say
    them. An empty label is a question that nobody has answered.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = delimiter_of(file.read(4096))
        file.seek(0)
        lines = rows(file, delimiter=delimiter or ",")
        _, header = next(lines, (1, Left("unreadable", "the file is empty")))
        if isinstance(header, Left) or delimiter is None or len(header) > _MOST_COLUMNS:
            words = "its first line must name columns, label and worker and task or sample among them"
            asked.tally.leave(Left("unreadable", words), shown, "line 1")
            return
        names = [name.strip().lower() for name in header]
        for number, cells in lines:
            try:
                if isinstance(cells, Left):
                    raise cells
                if len(cells) != len(names):
                    words = f"{len(names)} columns are named and the line has {len(cells)}; correct the line"
                    raise Left("no-answer", words)
                answer = _answer(dict(zip(names, cells, strict=True)), asked)
            except Left as left:
                asked.tally.leave(left, shown, f"line {number}")
            else:
                yield answer


def _answer(row: dict[str, str], asked: Asked) -> Labelled:
    label = asked.label(row.get("label", ""))
    if not label:
        raise Left("not-answered", "")
    if (given := row.get("kind", "").strip() or asked.kind) is None:
        raise Left("no-answer", "nothing says what kind of question it is; say kind=, or add a column kind")
    kind = named_kind(given)
    thing = row.get("thing", "").strip() or asked.thing or ("" if kind is Kind.FLAGS else None)  # the whole picture
    if thing is None:
        raise Left("thing-not-known", "nothing says what was asked about; say thing=, or add a column thing")
    worker = asked.who(row.get("worker"))
    picture = _picture(kind, row, asked)
    value = _value(kind, thing, label, picture)
    size = ("", 0, 0, 1) if picture is None else (picture.key, picture.width, picture.height, picture.orientation)
    seconds, at = (seconds_of(row.get(name), name) for name in ("seconds", "at"))
    name, page = question_of(row.get("task")), count_of(row.get("page"), "page") or 0
    return Labelled(*size, worker, kind, thing, value, seconds, at, name, page)


def _picture(kind: Kind, row: dict[str, str], asked: Asked) -> Pictured | None:
    name = row["sample"] if "sample" in row else row.get("task")
    if kind is Kind.RATE_LABEL and not row.get("sample"):
        return None
    picture = asked.picture(key=name)
    for side in ("width", "height"):
        stated = count_of(row.get(side), side)
        if stated and stated != getattr(picture, side):
            words = f"it states a {side} of {stated} pixels and the sample has {getattr(picture, side)}"
            raise Left("size-differs", f"{words}; it is another picture")
    return picture


def _value(kind: Kind, thing: str, label: str, picture: Pictured | None) -> dict[str, Any]:
    if kind is not Kind.BOXES:
        return value_of(kind, thing, from_words(kind, [label]), picture)
    try:
        boxes = json.loads(label)
    except (ValueError, RecursionError):
        boxes = None
    if not isinstance(boxes, list):
        raise Left("no-answer", 'boxes are a JSON list of {"box": [x0, y0, x1, y1]}; [] for none; correct the line')
    came = [one.get("from") for one in boxes if isinstance(one, dict)]
    proposals = tuple(Proposal(Box(0, 0, 1, 1), subject=one) for one in came if type(one) is int)
    return value_of(kind, thing, {"boxes": boxes, "nothing": not boxes}, picture, proposals)
