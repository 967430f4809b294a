"""Other labels in COCO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from overpaint.formats._label_edit import Change, edit_json

from ._json import DROP, KEEP, Element, elements
from ._relabel import Labels, Unsure
from ._relabel_json import names_followed, second_reading, told
from ._stream import Reader, Rewrite, View

__all__ = ["relabel_coco"]

_ID_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")


def relabel_coco(labels: Labels) -> Rewrite:
    """COCO, all its tasks: categories, what refers to them by ``category_id``, and the images' names.

    Of categories that became one the first goes on, the one that had the name before all; ids change only where the
    dataset's class numbers are these ids.
    """

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        categories, refers = _categories(read)
        if refers and not categories:
            raise Unsure("annotations whose categories are listed elsewhere")
        ids, kept = _ids(categories, labels)

        def change(old: str | int) -> str | int | None:
            return ids.get(old)

        def decide(element: Element) -> object:
            value = element.value
            if element.place is None or element.place < 0 or not isinstance(value, dict):
                return KEEP
            if element.name == "categories":
                view.entry()
                if value.get("id") not in kept:
                    view.removed += 1
                    return DROP
                return told(element, _category(element.raw, labels, change), view)
            raw = names_followed(element.raw, value, labels, view)
            for field in _ID_LISTS:
                raw = edit_json(raw, (field,), change) if field in value else raw
            if "segments_info" in value:
                raw = edit_json(raw, ("segments_info", "category_id"), change)
            if "category_id" in value:
                view.entry()
                old = value["category_id"]
                new = ids.get(old) if isinstance(old, int | str) else old
                if new is None and old is not None:
                    view.removed += 1
                    return DROP
                if new != old:
                    raw = edit_json(raw, ("category_id",), change)
            return told(element, raw, view)

        second_reading(read, write, decide)

    return rewrite


def _categories(read: Reader) -> tuple[list[tuple[Any, str]], bool]:
    found: list[tuple[Any, str]] = []
    refers = False
    with read() as file:
        for element in elements(file):
            if element.name == "categories" and element.place not in (None, -1):
                name = element.value.get("name") if isinstance(element.value, dict) else None
                if not isinstance(name, str) or not isinstance(element.value.get("id"), int | str):
                    raise Unsure("a category without a name or an id")
                found.append((element.value["id"], name))
            elif isinstance(element.value, dict):
                refers = refers or "category_id" in element.value or "segments_info" in element.value
    return found, refers


def _ids(categories: Sequence[tuple[Any, str]], labels: Labels) -> tuple[dict[Any, Any], set[Any]]:
    """Old ids → new ones, and the old ids of the categories that go on."""
    new = [(identity, name, labels.name(name)) for identity, name in categories]
    first: dict[str, Any] = {}
    for unchanged in (True, False):
        for identity, name, label in new:
            if label is not None and (name == label) is unchanged:
                first.setdefault(label, identity)
    numbers = labels.relabelling.numbers
    if all(isinstance(identity, int) for identity, _ in categories) and labels.agree(dict(categories)):
        return {identity: numbers[identity] for identity, _ in categories}, set(first.values())
    return {identity: None if label is None else first[label] for identity, _, label in new}, set(first.values())


def _category(raw: str, labels: Labels, change: Change) -> str:
    raw = edit_json(raw, ("name",), lambda name: labels.name(str(name)))
    known = labels.relabelling.names
    raw = edit_json(raw, ("supercategory",), lambda name: known.get(str(name), str(name)) or "")
    raw = edit_json(raw, ("synonyms",), lambda name: None if labels.changes(str(name)) else name)  # LVIS
    return edit_json(raw, ("id",), change)
