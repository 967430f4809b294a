"""Boxes as COCO, the 2021 ImageNet release and Amazon Rekognition write them."""

from __future__ import annotations

import itertools
import json
import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from ._given import Collector
from ._json_stream import Event, JsonStream

__all__ = ["add_response", "read_json"]

_COCO = {"annotations", "categories", "images", "info", "licenses"}
_RESPONSE = {"FaceDetails", "OrientationCorrection", "ResponseMetadata", "response"}
_NAMES = ("file", "file_name", "image", "key")
_FIRST_LINE = 16 << 20
_KNOWN = "COCO, WIDER text, face_annotations_ILSVRC.json, Rekognition DetectFaces and overpaint's findings can be read"


def read_json(path: str) -> Collector:
    """Read a JSON or JSON Lines file of any of these formats, told apart by content."""
    with open(path, encoding="utf-8-sig", errors="strict") as file:  # noqa: PTH123
        stream = JsonStream(file, path)
        if stream.peek() == "{" and _is_lines(path):
            return _responses(((f"record {n}", record) for n, record in enumerate(stream.documents(), 1)), path)
        events = stream.events()
        first = next(events, None)
        if first is None:
            raise stream.error(f"it holds no entries; {_KNOWN}")
        name, _, value = first
        events = itertools.chain([first], events)
        if name in _COCO:
            return _Coco(path).read(events)
        if isinstance(value, dict) and name is None and {"url", "bboxes"} <= value.keys():
            return _ilsvrc(events, path)
        if isinstance(value, dict) and name is None and {"image_id", "bbox"} <= value.keys():
            raise stream.error("COCO results without images: add them under 'annotations' of a file that has 'images'")
        if isinstance(value, dict) and name is None and _is_record(value):
            return _responses(((f"entry {index} of the list", record) for _, index, record in events), path)
        if isinstance(value, dict) and name is not None and "FaceDetails" in value:
            return _responses((_named(event) for event in events), path)
        if name in _RESPONSE or name in _NAMES:
            return _responses([("the response", _whole(path))], path)
        raise stream.error(f"no format known here; {_KNOWN}")


def _is_lines(path: str) -> bool:
    """Whether the first line is an object by itself and more lines follow."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:  # noqa: PTH123
        line = file.readline(_FIRST_LINE)
        try:
            alone = line.endswith("\n") and isinstance(json.loads(line), dict)
        except (ValueError, RecursionError):
            return False
        return alone and bool(file.read(4096).strip())


def _whole(path: str) -> Any:
    with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
        return JsonStream(file, path).value()


# ---------------------------------------------------------------- ImageNet 2021


def _ilsvrc(events: Iterable[Event], path: str) -> Collector:
    """``[{"url": "val/x.JPEG", "bboxes": [{"x0": …, "y0": …, "x1": …, "y1": …}]}]`` (Yang et al., ICML 2022)."""
    boxes = Collector(path, "ilsvrc")
    for _, index, entry in events:
        where = f"entry {index}"
        if not isinstance(entry, dict) or not isinstance(entry.get("bboxes"), list):
            raise boxes.error(where, "an object with 'url' and a list 'bboxes' is expected")
        image = boxes.image(entry.get("url"), where)
        for number, box in enumerate(entry["bboxes"]):
            at = f"{where}, box {number}"
            if not isinstance(box, dict):
                raise boxes.error(at, "an object with x0, y0, x1, y1 is expected")
            boxes.box(image, (box.get("x0"), box.get("y0"), box.get("x1"), box.get("y1")), box.get("score"), at)
    return boxes


# ------------------------------------------------------------------ Rekognition


def _is_record(value: Mapping[str, Any]) -> bool:
    inner = value.get("response")
    return "FaceDetails" in value or (isinstance(inner, dict) and "FaceDetails" in inner)


def _named(event: Event) -> tuple[str, Any]:
    name, _, value = event
    record = {"file": name, "response": value} if isinstance(value, dict) else value
    return ascii(name), record


def _responses(records: Iterable[tuple[str, Any]], path: str) -> Collector:
    boxes = Collector(path, "rekognition", relative=True)
    for where, record in records:
        if not isinstance(record, dict) or not _is_record(record):
            raise boxes.error(where, "a DetectFaces response (an object with 'FaceDetails') is expected")
        name = next((record[field] for field in _NAMES if field in record), None)
        if name is None:
            raise boxes.error(
                where,
                "it does not say which image it is about: add a member 'file' with the name relative to SOURCE, "
                "or put one response an image into a folder as NAME.json and give the folder",
            )
        add_response(boxes, name, record, where)
    return boxes


def add_response(boxes: Collector, name: object, record: Mapping[str, Any], where: str) -> None:
    """Take up one DetectFaces response: relative boxes in the picture as seen, `Confidence` in percent."""
    details = record.get("FaceDetails", record.get("response"))
    if isinstance(details, dict):
        details = details.get("FaceDetails")
    if not isinstance(details, list):
        raise boxes.error(where, "'FaceDetails' must be a list")
    image = boxes.image(name, where)
    for number, face in enumerate(details):
        at = f"{where}, face {number}"
        box = face.get("BoundingBox") if isinstance(face, dict) else None
        if not isinstance(box, dict):
            raise boxes.error(at, "a 'BoundingBox' with Left, Top, Width and Height is expected")
        left, top, width, height = (boxes.number(box.get(side), at) for side in ("Left", "Top", "Width", "Height"))
        percent = face.get("Confidence")
        if isinstance(percent, bool) or not isinstance(percent, (int, float, type(None))):
            raise boxes.error(at, "'Confidence' must be a number")
        if percent is not None and not 0 <= percent <= 100:
            raise boxes.error(at, "'Confidence' must lie between 0 and 100")
        score = None if percent is None else percent / 100
        boxes.box(image, (left, top, left + width, top + height), score, at)


# ------------------------------------------------------------------------- COCO


class _Coco:
    """``images``, ``annotations`` and ``categories`` in any order; only what is needed of an annotation is kept."""

    def __init__(self, path: str) -> None:
        self._boxes = Collector(path, "coco")
        self._ids: dict[int | str, int] = {}  # image id -> a small number, in the order of first mention
        self._images: dict[int, int] = {}  # that number -> the collector's
        self._kinds: dict[int | str, int] = {}
        self._kind_names: dict[int, str] = {}
        self._image_of, self._kind_of, self._values = array("q"), array("q"), array("d")

    def read(self, events: Iterable[Event]) -> Collector:
        take = {"images": self._image, "annotations": self._annotation, "categories": self._category}
        for name, index, value in events:
            if name not in take or (index is None and value == []):
                continue
            where = f"entry {index} of {name}"
            if index is None or not isinstance(value, dict):
                raise self._boxes.error(f"{name}" if index is None else where, "a list of objects is expected")
            take[name](value, where)
        return self._joined()

    def _id(self, value: object, where: str, what: str) -> int | str:
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise self._boxes.error(where, f"{what!r} must be a whole number or a text")
        return value

    def _image(self, entry: dict[str, Any], where: str) -> None:
        number = self._ids.setdefault(self._id(entry.get("id"), where, "id"), len(self._ids))
        if number in self._images:
            raise self._boxes.error(where, f"a second image has the id {str(entry['id'])[:40]!a}")
        self._images[number] = self._boxes.image(
            entry.get("file_name"), where, width=entry.get("width"), height=entry.get("height")
        )

    def _category(self, entry: dict[str, Any], where: str) -> None:
        kind = self._kinds.setdefault(self._id(entry.get("id"), where, "id"), len(self._kinds))
        self._kind_names[kind] = str(entry.get("name"))

    def _annotation(self, entry: dict[str, Any], where: str) -> None:
        box = entry.get("bbox")
        if not isinstance(box, list) or len(box) != 4:
            raise self._boxes.error(where, "'bbox' must be a list of x, y, width, height")
        x, y, width, height = (self._boxes.number(value, where) for value in box)
        score = entry.get("score")
        image = self._ids.setdefault(self._id(entry.get("image_id"), where, "image_id"), len(self._ids))
        kind = entry.get("category_id")
        self._image_of.append(image)
        self._kind_of.append(
            -1 if kind is None else self._kinds.setdefault(self._id(kind, where, "category_id"), len(self._kinds))
        )
        self._values.extend((x, y, width, height, float("nan") if score is None else self._boxes.number(score, where)))

    def _joined(self) -> Collector:
        wanted = self._wanted()
        for at, (number, kind) in enumerate(zip(self._image_of, self._kind_of, strict=True)):
            where = f"entry {at} of annotations"
            image = self._images.get(number)
            if image is None:
                raise self._boxes.error(where, "its 'image_id' is the id of no entry of 'images'")
            if wanted is not None and kind not in wanted:
                self._boxes.skipped["other-category"] += 1
                continue
            x, y, width, height, score = self._values[at * 5 : at * 5 + 5]
            self._boxes.box(image, (x, y, x + width, y + height), None if math.isnan(score) else score, where)
        return self._boxes

    def _wanted(self) -> set[int] | None:
        """The categories called "face"; None (all) where the file tells only one kind of thing."""
        faces = {kind for kind, name in self._kind_names.items() if name.strip().lower() == "face"}
        if faces or len(set(self._kind_of)) <= 1 >= len(self._kind_names):
            return faces or None
        names = ", ".join(sorted(self._kind_names.values()))[:200]
        raise self._boxes.error(
            "categories", f"none of several is called 'face' ({names!a}): leave only the one to paint over"
        )
