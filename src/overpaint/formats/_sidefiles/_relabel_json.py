"""Other labels in JSON whose entries name images, and in the JSON beside one image."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from overpaint.formats._label_edit import edit_json
from overpaint.formats._label_guess import LABEL_NAMES, OBJECT_NAMES

from ._json import DROP, KEEP, Element, Raw, elements, filtered
from ._names import is_naming
from ._relabel import Labels, Unsure
from ._stream import Reader, Rewrite, Unreadable, View

__all__ = ["entry_with", "names_followed", "relabel_entries", "second_reading", "told"]

_MOST = 64 << 20  # bytes of an object whose members are images
_LISTS = frozenset({*OBJECT_NAMES, "shapes", "instances", "regions", "bboxes"})


def relabel_entries(labels: Labels) -> Rewrite:
    """Lists and objects of entries that name images, and the JSON beside one image: labels by the names of members.

    A label that nobody judged, and a number whose class cannot be told, becomes null and is counted.
    """

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        def decide(element: Element) -> object:
            if element.place in (None, -1) and element.name is not None:
                return told(element, _member(element, labels, view), view)
            raw = element.raw
            if isinstance(element.value, dict):
                view.entry()
                raw = entry_with(raw, element.value, labels, view)
                listed = element.name is not None and element.name.lower() in _LISTS
                if listed and _lost(raw, element.value):
                    view.removed += 1
                    return DROP
            elif element.name is not None and element.name.lower() in LABEL_NAMES:
                change = _Judged(labels, view)
                new = edit_json(f"[{raw}]", (), change)
                if new == "[]":
                    view.removed += 1
                    return DROP
                raw = new[1:-1]
            return told(element, raw, view)

        with read() as file:
            if any(_is_path(element, view) for element in elements(file)):
                _renamed(read, write, labels, view)
                return
        second_reading(read, write, decide)

    return rewrite


def entry_with(raw: str, value: Mapping[str, Any], labels: Labels, view: View) -> str:
    """One object's text: paths follow their images, labels are exchanged."""
    raw = names_followed(raw, value, labels, view)
    change = _Judged(labels, view)
    for name, one in value.items():
        if name.lower() in LABEL_NAMES and not isinstance(one, dict):
            raw = edit_json(raw, (name,), change)
        elif name.lower() in _LISTS and isinstance(one, dict | list):
            things = [thing for thing in (one if isinstance(one, list) else [one]) if isinstance(thing, dict)]
            inner = {key for thing in things for key in thing}
            for key in sorted(inner):
                if key.lower() in LABEL_NAMES:
                    raw = edit_json(raw, (name, key), change)
    return raw


def _lost(raw: str, value: Mapping[str, Any]) -> bool:
    """Whether an object in a list of things lost its one label."""
    names = [name for name in value if name.lower() in LABEL_NAMES and isinstance(value[name], str | int)]
    after = json.loads(raw)
    return any(after.get(name) is None for name in names)


def _member(element: Element, labels: Labels, view: View) -> str:
    """A member of the outer object that is no list: a label or a path of the JSON beside one image."""
    name, value, raw = element.name or "", element.value, element.raw
    if isinstance(value, dict):
        view.entry()
        return entry_with(raw, value, labels, view)
    if isinstance(value, str) and is_naming(name):
        return edit_json(raw, (), lambda text: labels.follow(str(text), view))
    if name.lower() in LABEL_NAMES:
        return edit_json(raw, (), _Judged(labels, view))
    return raw


def _is_path(element: Element, view: View) -> bool:
    return element.name is not None and view.samples.known(element.name, near=view.folder)


def _renamed(read: Reader, write: Callable[[bytes], object], labels: Labels, view: View) -> None:
    """An object whose members are called as images are: they follow them."""
    with read() as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise Unreadable("an object of more than 64 MiB whose members are images")
    value = json.loads(data.decode("utf-8-sig"))
    made: dict[str, Any] = {}
    for name, one in value.items():
        view.entry()
        key = labels.follow(name, view) if view.samples.known(name, near=view.folder) else name
        text = json.dumps(one, ensure_ascii=False)
        change = _Judged(labels, view)
        texts = [each for each in (one if isinstance(one, list) else [one]) if isinstance(each, str)]
        if isinstance(one, dict):
            text = entry_with(text, one, labels, view)
        elif any(map(labels.knows, texts)):
            text = edit_json(text, (), change)
        made[key] = json.loads(text)
        view.relabelled += key != name or made[key] != one
    if len(made) < len(value):
        raise Unsure("two members that came to be called the same")
    write(data if made == value else json.dumps(made, ensure_ascii=data.isascii()).encode() + b"\n")


class _Judged:
    """What becomes of a label that stands in a member called as labels are; what nobody judged goes, and is counted."""

    def __init__(self, labels: Labels, view: View) -> None:
        self._labels, self._view = labels, view

    def __call__(self, label: str | int) -> str | int | None:
        if isinstance(label, int) or not self._labels.knows(label):
            self._view.emptied += 1
            return None
        return self._labels.name(label)


def names_followed(raw: str, value: Mapping[str, Any], labels: Labels, view: View) -> str:
    """One object's text with the paths that it says following their images."""
    for name, one in value.items():
        if not is_naming(name) or not isinstance(one, str | list):
            continue
        texts = [text for text in (one if isinstance(one, list) else [one]) if isinstance(text, str)]
        new = {text: labels.follow(text, view) for text in texts}
        if any(text != path for text, path in new.items()):
            raw = edit_json(raw, (name,), functools.partial(_followed, new))
    return raw


def _followed(new: Mapping[str, str], text: str | int) -> str | int:
    return new[text] if isinstance(text, str) else text


def told(element: Element, raw: str, view: View) -> object:
    if raw == element.raw:
        return KEEP
    view.relabelled += 1
    return Raw(raw)


def second_reading(read: Reader, write: Callable[[bytes], object], decide: Callable[[Element], object]) -> None:
    with read() as file:
        first = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    try:
        with read() as file:
            filtered(file, write, decide, outer_list=first == b"[")
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
