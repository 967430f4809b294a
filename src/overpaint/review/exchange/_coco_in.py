"""COCO read: images, annotations and categories in any order, of one person or of several."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from overpaint.errors import BoxesError
from overpaint.records import Box
from overpaint.review.exchange._answers import Asked, Drawn, count_of, number_of, question_of, seconds_of
from overpaint.review.exchange._frame import Frame
from overpaint.review.exchange._json import Json, unreadable
from overpaint.review.exchange._model import Labelled, Left, Pictured
from overpaint.review.exchange._sheet import Sheet, Told

__all__ = ["read_coco"]

_MOST_ANNOTATIONS = 5_000_000
_MOST_IMAGES = 5_000_000
_MOST_NAMES = 100_000
_NONE = -1

Id = int | str


@dataclass(frozen=True, slots=True)
class _Image:
    """An image of the file: the sample, the size that is stated, and who is told to have looked."""

    entry: int
    picture: Pictured
    stated: tuple[int, int] | None
    answers: tuple[tuple[str, str, Told], ...]


def read_coco(path: Path, shown: str, asked: Asked, *, name: str | None) -> Iterator[Labelled]:
    """Answers of a file; all of it is looked at first, for what belongs to an image may stand anywhere.

    In memory are 60 bytes for each annotation, and the samples.
    """
    found = _Found(shown, asked, name)
    with path.open(encoding="utf-8-sig") as file:
        try:
            for member, index, value in Json(file).events():
                found.take(member, index, value)
        except (BoxesError, UnicodeDecodeError) as error:
            where, left = unreadable(error)
            asked.tally.leave(left, shown, where)
            found.broken = True
    yield from found.answers()


class _Found:
    def __init__(self, shown: str, asked: Asked, name: str | None) -> None:
        self._shown, self._asked, self._name = shown, asked, name
        self._images: dict[Id, _Image] = {}
        self._gone: set[Id] = set()  # images that are left out: their annotations are not spoken of again
        self._things: dict[Id, str] = {}
        self._ids: dict[Id, int] = {}
        self._names: dict[Id | None, int] = {None: 0}  # workers and categories as small numbers
        self._rows, self._boxes = array("q"), array("d")
        self._spoilt: dict[int, Left] = {}
        self._frame: Frame | None = None
        self.broken = False

    def take(self, name: str | None, index: int | None, value: Any) -> None:
        """One element of the file."""
        if name == "info" and isinstance(value, dict):
            ours = value.get("overpaint")
            self._frame = "stored" if isinstance(ours, dict) and ours.get("frame") == "stored" else None
        if index is None or name not in {"images", "annotations", "categories"}:
            return
        try:
            if not isinstance(value, dict):
                raise Left("no-answer", "an object is expected")
            if name == "images":
                self._image(index, value)
            elif name == "categories":
                if len(self._things) < _MOST_NAMES:
                    self._things[_id(value.get("id"), "id")] = self._asked.label(value.get("name"))
            else:
                self._annotation(index, value)
        except Left as left:
            self._asked.tally.leave(left, self._shown, f"entry {index} of {name}")

    def _image(self, index: int, value: dict[str, Any]) -> None:
        number = _id(value.get("id"), "id")
        if number in self._images:
            raise Left("no-answer", "a second image has this id; give each its own")
        if len(self._images) >= _MOST_IMAGES:
            raise Left("too-large", f"more than {_MOST_IMAGES:,} images; write several files")
        try:
            width, height = (count_of(value.get(side), side) for side in ("width", "height"))
            stated = (width, height) if width and height else None
            said = value.get("answers", [])
            if not isinstance(said, list) or not all(isinstance(one, dict) for one in said) or len(said) > 10_000:
                raise Left("no-answer", "answers are a list of objects")
            answers = tuple(self._told(one) for one in said)
            self._images[number] = _Image(index, self._asked.picture(value.get("file_name")), stated, answers)
        except Left:
            self._gone.add(number)
            raise

    def _told(self, said: dict[str, Any]) -> tuple[str, str, Told]:
        seconds, at = (seconds_of(said.get(name), name) for name in ("seconds", "at"))
        told = Told(seconds, at, question_of(said.get("question")))
        return self._who(said.get("worker")), self._asked.label(said.get("thing")), told

    def _who(self, *said: object) -> str:
        return self._asked.who(*said, self._asked.worker, self._name)

    def _annotation(self, index: int, value: dict[str, Any]) -> None:
        image, category = _id(value.get("image_id"), "image_id"), _id(value.get("category_id"), "category_id")
        row = len(self._rows) // 5
        if row >= _MOST_ANNOTATIONS:
            raise Left("too-large", f"more than {_MOST_ANNOTATIONS:,} annotations; write one file a worker")
        box = [0.0, 0.0, 0.0, 0.0]
        came = answer = None
        worker: Id | None = value.get("worker") if isinstance(value.get("worker"), int | str) else None
        try:
            given = value.get("bbox")
            if not isinstance(given, list) or len(given) != 4:
                raise Left("no-answer", "'bbox' must be a list of x, y, width, height; correct it there")
            x, y, wide, tall = (number_of(side, "bbox") for side in given)
            box = [x, y, x + wide, y + tall]
            came, answer = count_of(value.get("from"), "from"), count_of(value.get("answer"), "answer")
        except Left as left:
            if len(self._spoilt) >= _MOST_NAMES:
                raise
            self._spoilt[row] = Left(left.reason, f"entry {index} of annotations: {left.words}")
        self._boxes.extend(box)
        numbers = (self._number(self._ids, image), self._number(self._names, worker), self._number(self._ids, category))
        self._rows.extend((*numbers, _NONE if answer is None else answer, _NONE if came is None else came))

    def _number(self, known: dict[Any, int], name: Id | None) -> int:
        return known.setdefault(name, len(known))

    # ------------------------------------------------------------------ giving out

    def answers(self) -> Iterator[Labelled]:
        """Image by image, in the file's order."""
        rows = np.frombuffer(self._rows, np.int64).reshape(-1, 5)
        order = np.argsort(rows[:, 0], kind="stable")
        images = rows[order, 0]
        names = list(self._names)
        ids = list(self._ids)
        if self.broken:
            # what is missing may be boxes of any image: to take an answer without them would be to miss a face
            return
        for number, image in self._images.items():
            sheet = Sheet(self._asked)
            for slot, (worker, thing, told) in enumerate(image.answers):
                sheet.look(worker, thing, told, slot)
            own = self._ids.get(number, _NONE)
            begin, end = np.searchsorted(images, [own, own + 1]).tolist()
            for row in order[begin:end].tolist():
                self._draw(sheet, row, rows[row].tolist(), names, ids, f"entry {image.entry} of images")
            yield from self._of(sheet, image)
        known = {self._ids[one] for one in (*self._images, *self._gone) if one in self._ids}
        strays = sum(int(own) not in known for own in rows[:, 0])
        if strays:
            left = Left("no-answer", f"{strays} annotations are of images that the file does not list; add the images")
            self._asked.tally.leave(left, self._shown, "annotations")

    def _draw(self, sheet: Sheet, row: int, numbers: list[int], names: list[Any], ids: list[Id], where: str) -> None:
        _, worker, category, answer, came = numbers
        try:
            thing = self._things.get(ids[category])
            if thing is None:
                raise Left("no-answer", "an annotation's category is not listed; add it to categories")
            who = self._who(names[worker])
            slot = max(answer, 0)
            if row in self._spoilt:
                sheet.spoil(who, thing, self._spoilt[row], slot)
            else:
                x0, y0, x1, y1 = self._boxes[4 * row : 4 * row + 4]
                sheet.draw(who, thing, Drawn(Box(x0, y0, x1, y1), None if came == _NONE else came), slot)
        except Left as left:
            self._asked.tally.leave(left, self._shown, where)

    def _of(self, sheet: Sheet, image: _Image) -> Iterator[Labelled]:
        where = f"entry {image.entry} of images"
        if self._asked.empties == "all":
            try:
                things = [self._asked.thing] if self._asked.thing else self._things.values()
                sheet.looked_at(self._who(), things)
            except Left as left:
                self._asked.tally.leave(left, self._shown, where)
        for answer in sheet.answers(image.picture, image.stated, said=self._frame or self._asked.frame):
            if isinstance(answer, Left):
                self._asked.tally.leave(answer, self._shown, where)
            else:
                yield answer


def _id(value: object, what: str) -> Id:
    if type(value) is int or isinstance(value, str):
        return value
    raise Left("no-answer", f"{what!r} must be a whole number or a text; correct it there")
