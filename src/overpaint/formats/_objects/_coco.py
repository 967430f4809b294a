"""COCO: objects of every category, held compactly and looked up by key."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

from overpaint.errors import BoxesError
from overpaint.formats._json_stream import JsonStream
from overpaint.records import Box

from ._model import LabelledObject

__all__ = ["CocoObjects", "read_coco"]

Id = int | str


class CocoObjects:
    """One file's objects; file names are keys, or what is left of a key without its leading directories."""

    format = "coco"

    def __init__(self) -> None:
        self.images: dict[str, tuple[Id, tuple[int, int] | None]] = {}
        self.names: dict[Id, str] = {}
        self.categories: dict[Id, int] = {}  # id -> a small number
        self.first: dict[Id, int] = {}  # image -> its newest row; each row names the one before it
        self.before, self.category, self.boxes = array("q"), array("i"), array("d")
        self.crowd = array("b")

    def lookup(self, key: str) -> Sequence[LabelledObject] | None:
        """Objects of one sample in the file's order."""
        parts = key.split("/")
        tries = ("/".join(parts[start:]) for start in range(len(parts)))
        found = next((self.images[name] for name in tries if name in self.images), None)
        if found is None:
            return None
        image, size = found
        labels = {number: self.names.get(each, str(each)) for each, number in self.categories.items()}
        objects, row = [], self.first.get(image, -1)
        while row >= 0:
            x, y, w, h = self.boxes[4 * row : 4 * row + 4]
            box, crowd = Box(x, y, x + w, y + h), bool(self.crowd[row])
            objects.append(LabelledObject(labels[self.category[row]], box, size=size, crowd=crowd))
            row = self.before[row]
        return objects[::-1]

    def add(self, annotation: dict[str, Any]) -> None:
        """Take up an annotation; one without a box is left out."""
        image, category, box = (annotation.get(name) for name in ("image_id", "category_id", "bbox"))
        if not isinstance(box, list) or len(box) != 4 or not all(_number(value) for value in box):
            return
        if not isinstance(image, int | str) or not isinstance(category, int | str):
            raise TypeError
        self.before.append(self.first.get(image, -1))
        self.first[image] = len(self.before) - 1
        self.category.append(self.categories.setdefault(category, len(self.categories)))
        self.boxes.extend(float(value) for value in box)
        self.crowd.append(annotation.get("iscrowd") in (1, True))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e7


def read_coco(path: str) -> CocoObjects:
    """Read ``images``, ``annotations`` and ``categories`` in any order, one element at a time."""
    found = CocoObjects()
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            for name, index, value in JsonStream(file, path).events():
                if index is None or name not in {"images", "annotations", "categories"}:
                    continue
                try:
                    if name == "annotations":
                        found.add(value)
                    elif name == "categories":
                        found.names[value["id"]] = str(value["name"])
                    else:
                        width, height = value.get("width"), value.get("height")
                        known = all(isinstance(side, int) and 0 < side < 1 << 31 for side in (width, height))
                        found.images[str(value["file_name"])] = value["id"], (width, height) if known else None
                except (KeyError, TypeError, AttributeError, ValueError):
                    raise BoxesError(f"--annotations {path!a}: entry {index} of {name} is not COCO's") from None
    except BoxesError as error:
        raise BoxesError(str(error).replace("--boxes", "--annotations", 1)) from None
    if not found.images:
        raise BoxesError(f"--annotations {path!a}: no COCO file (it lists no 'images')")
    return found
