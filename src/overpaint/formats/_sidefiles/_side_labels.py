"""Which labels the files beside the images name, so that somebody can judge them before they are rewritten."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from overpaint.errors import SampleError
from overpaint.formats._label_guess import LABEL_NAMES

from ._classify import HEAD, classify
from ._imagefolder import cell, csv_records, spans_of
from ._json import elements
from ._licence import CLASSES
from ._relabel import class_lists_near
from ._relabel_classes import read_class_list
from ._relabel_text import lines_of
from ._relabel_xml import voc_objects
from ._stream import BOM, Reader, Unreadable, lines

__all__ = ["SideLabels", "read_side_labels"]

_SIDE_FILE = "not-an-image"
_MOST_PAIRS = 1 << 24  # of an image and a category of one file that are held
_MOST_LABELS = 1 << 20  # of one file
_MOST_BYTES = 64 << 20
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class SideLabels:
    """The labels that one side file names, and on how many images (0: a list of classes, which is about none).

    Attributes
    ----------
    classes
        The same in the order of their numbers, where the file says what numbers mean.
    """

    key: str
    kind: str
    images: Mapping[str, int]
    classes: tuple[str, ...] | None = None


def read_side_labels(
    others: Iterable[tuple[str, int, str]],
    *,
    open: Callable[[str], BinaryIO],  # noqa: A002 - the word of the interface
) -> Iterator[SideLabels]:
    """Look for labels in the files beside the images: COCO, VOC, YOLO, lists of classes, tables by the column's name.

    What cannot be read is passed over: `carry` drops it where labels change.

    Parameters
    ----------
    others, open
        As of `carry`.
    """
    near = class_lists_near(read_class_list, open)
    for key, _, reason in others:
        if reason != _SIDE_FILE:
            continue
        try:
            with open(key) as file:
                head = file.read(HEAD)
            kind = classify(key, head)
            found = _labels(key, kind, _reader(open, key), near)
        except (OSError, SampleError, Unreadable, ValueError, RecursionError):
            continue
        if found is not None:
            yield found


def _reader(open: Callable[[str], BinaryIO], key: str) -> Reader:  # noqa: A002
    return lambda: open(key)


def _labels(key: str, kind: str, read: Reader, near: Callable[[str], tuple[str, ...] | None]) -> SideLabels | None:
    low = key.lower()
    if kind == "coco":
        return SideLabels(key, kind, _coco(read))
    if kind == "voc":
        return SideLabels(key, kind, dict.fromkeys(voc_objects(read), 1))
    if kind == "yolo" and low.endswith(".txt"):
        names = near(key)
        return None if names is None else SideLabels(key, kind, _yolo(read, names))
    if kind == "yolo" or (kind == "label-list" and CLASSES.fullmatch(low.rpartition("/")[2])):
        return _classes(key, kind, read)
    if low.endswith((".csv", ".tsv")):
        return SideLabels(key, kind, _csv(read))
    if kind == "imagefolder-metadata" and low.endswith((".jsonl", ".ndjson")):
        return SideLabels(key, kind, _jsonl(read))
    return None


def _coco(read: Reader) -> dict[str, int]:
    names: dict[Any, str] = {}
    pairs: set[tuple[Any, Any]] = set()
    with read() as file:
        for element in elements(file):
            value = element.value
            if element.place in (None, -1) or not isinstance(value, dict):
                continue
            if element.name == "categories" and isinstance(value.get("name"), str):
                if len(names) >= _MOST_LABELS:
                    raise Unreadable("too many categories")
                names[value.get("id")] = value["name"]
            elif isinstance(value.get("category_id"), int | str) and len(pairs) < _MOST_PAIRS:
                pairs.add((value.get("image_id"), value["category_id"]))
            for segment in value.get("segments_info") or () if len(pairs) < _MOST_PAIRS else ():
                if isinstance(segment, dict) and isinstance(segment.get("category_id"), int | str):
                    pairs.add((value.get("image_id"), segment["category_id"]))
    images: Counter[str] = Counter(dict.fromkeys(names.values(), 0))
    images.update(names[category] for _, category in pairs if category in names)
    return dict(images)


def _yolo(read: Reader, names: tuple[str, ...]) -> dict[str, int]:
    words = {line.split(None, 1)[0] for line in lines_of(read) if line.strip()}
    numbers = {int(word) for word in words if word.isdigit() and len(word) < 10}
    return {names[number]: 1 for number in sorted(numbers) if number < len(names)}


def _classes(key: str, kind: str, read: Reader) -> SideLabels | None:
    if key.lower().endswith(".json"):
        names = _class_json(read)
    else:
        with read() as file:
            names = read_class_list(key, file)
    return None if not names else SideLabels(key, kind, dict.fromkeys(names, 0), names)


def _class_json(read: Reader) -> tuple[str, ...] | None:
    with read() as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Unreadable("a list of classes of more than 64 MiB")
    value: Any = json.loads(data.decode("utf-8-sig"))
    if isinstance(value, dict) and value and all(key.isdigit() for key in value):
        value = [value[key] for key in sorted(value, key=int)]
        value = [one[0] if isinstance(one, list) and one else one for one in value]
    elif isinstance(value, dict) and all(isinstance(one, int) for one in value.values()):
        value = sorted(value, key=lambda name: value[name])
    return tuple(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else None


def _csv(read: Reader) -> dict[str, int]:
    images: Counter[str] = Counter()
    with read() as file:
        first = file.readline(1 << 20)
    delimiter = max((b",", b"\t", b";", b"|"), key=first.count)
    with read() as file:
        records = csv_records(file, delimiter)
        titles = _cells(next(records, b"").removeprefix(BOM), delimiter)
        columns = [at for at, title in enumerate(titles) if title.strip().lower() in LABEL_NAMES]
        for record in records if columns else ():
            cells = _cells(record, delimiter)
            images.update({cells[at].strip() for at in columns if at < len(cells)} - {""})
            if len(images) > _MOST_LABELS:
                raise Unreadable("too many labels")
    return {label: number for label, number in images.items() if len(label) <= _LONGEST and not label.isdigit()}


def _cells(record: bytes, delimiter: bytes) -> list[str]:
    return [cell(record, span) for span in spans_of(record, delimiter)]


def _jsonl(read: Reader) -> dict[str, int]:
    images: Counter[str] = Counter()
    with read() as file:
        for line in lines(file):
            value = json.loads(line.decode("utf-8-sig")) if line.strip() else None
            told = (
                [one for name, one in value.items() if name.lower() in LABEL_NAMES] if isinstance(value, dict) else []
            )
            each = {text for one in told for text in (one if isinstance(one, list) else [one]) if isinstance(text, str)}
            images.update(each - {""})
            if len(images) > _MOST_LABELS:
                raise Unreadable("too many labels")
    return {label: number for label, number in images.items() if len(label) <= _LONGEST}
