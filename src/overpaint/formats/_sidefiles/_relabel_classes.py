"""Other labels in lists of classes: one a line, ``data.yaml``, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from ._lists import text_of
from ._relabel import Labels, Unsure
from ._relabel_text import encoded, lines_of
from ._stream import Reader, Rewrite, Unreadable, View
from ._yaml_names import yaml_names, yaml_with

__all__ = ["plain_name", "read_class_list", "relabel_class_json", "relabel_classes", "relabel_yaml"]

_MOST_CLASSES = 1 << 20
_MOST_BYTES = 64 << 20
_DIGITS = 9
_WNID_LINE = re.compile(r"(n[0-9]{8})(?=[\s,:]|$)")
_DECIMALS, _BETWEEN = "0123456789", " \t:,"


def read_class_list(key: str, file: BinaryIO) -> tuple[str, ...] | None:
    """The classes of a list of classes in the order of their numbers; None where it is none that can be read."""
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if key.lower().endswith((".yaml", ".yml")):
        return yaml_names(text)
    told = [line.strip() for line in text.splitlines() if line.strip()]
    wnids = [_WNID_LINE.match(line) for line in told]
    return tuple(each[1] if each else line for each, line in zip(wnids, told, strict=True)) if told else None


def relabel_classes(labels: Labels) -> Rewrite:
    """A list of classes, one a line: the name alone, a wnid and words, or a name and its number."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        rows = [text_of(line) for line in lines_of(read)]
        if len(rows) > _MOST_CLASSES:
            raise Unreadable("too many classes")
        told = [row for row in rows if row.strip()]
        for form in (_alone, _before, _behind, _wnid):
            old = [form(row) for row in told]
            if all(each is not None and labels.knows(each) for each in old):
                break
        else:
            raise Unsure("a list of classes that nobody judged")
        numbered = form in (_before, _behind)
        start = _start(told, form) if numbered else 0
        names = [each for each in old if each is not None]
        view.entries += 0 if view.again else len(names)
        new = labels.list_of(names)
        if any("\n" in name or "\r" in name for name in new):
            raise Unsure("a new label of several lines")
        if list(new) == names:
            for line in lines_of(read):
                write(line)
            return
        view.relabelled += 1
        view.removed += len(names) - len(new)
        own = dict(reversed(list(zip(names, told, strict=True))))
        for number, name in enumerate(new):
            row = own.get(name, "")
            if numbered:
                row = _numbered(row or told[0], name, start + number, form)
            write(encoded(row or name) + b"\n")

    return rewrite


def _alone(row: str) -> str | None:
    return row.strip()


def _wnid(row: str) -> str | None:
    found = _WNID_LINE.match(row.strip())
    return found[1] if found else None


def _before(row: str) -> str | None:
    return _behind_number(row)[1]


def _behind(row: str) -> str | None:
    return _before_number(row)[0]


def plain_name(row: str) -> str:
    """A line without the number at its beginning or its end."""
    return _before(row) or _behind(row) or row.strip()


def _behind_number(row: str) -> tuple[str, str | None]:
    """The number that a line begins with, and what follows it."""
    text = row.strip()
    rest = text.lstrip(_DECIMALS)
    name = rest.lstrip(_BETWEEN)
    fits = 0 < len(text) - len(rest) <= _DIGITS and 0 < len(name) < len(rest)
    return text[: len(text) - len(rest)], name if fits else None


def _before_number(row: str) -> tuple[str | None, str]:
    """The number that a line ends with, and what stands before it."""
    text = row.strip()
    rest = text.rstrip(_DECIMALS)
    name = rest.rstrip(_BETWEEN)
    fits = 0 < len(text) - len(rest) <= _DIGITS and 0 < len(name) < len(rest)
    return name if fits else None, text[len(rest) :]


def _start(rows: Sequence[str], form: Callable[[str], str | None]) -> int:
    """The first of numbers that count the lines."""
    numbers = [int(_behind_number(row)[0] if form is _before else _before_number(row)[1]) for row in rows]
    start = numbers[0] if numbers else -1
    if start not in (0, 1) or numbers != list(range(start, start + len(rows))):
        raise Unsure("numbers that do not count the classes")
    return start


def _numbered(row: str, name: str, number: int, form: Callable[[str], str | None]) -> str:
    """A line of a name and a number in the form of another."""
    old = form(row) or ""
    at = row.index(old)
    front, back = row[:at], row[at + len(old) :]
    if form is _before:
        return re.sub(r"[0-9]+", str(number), front, count=1) + name + back
    return front + name + re.sub(r"[0-9]+", str(number), back, count=1)


def relabel_yaml(labels: Labels) -> Rewrite:
    """``data.yaml`` of YOLO: ``names`` and ``nc``; every other line stays."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            data = file.read(_MOST_BYTES + 1)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("no UTF-8") from None
        names = yaml_names(text)
        if names is None:
            if re.search(r"^names\s*:", text, re.MULTILINE):
                raise Unsure("names in a form that is not known")
            write(data)
            return
        new = labels.list_of(names)
        view.entries += 0 if view.again else len(names)
        if new == names:
            write(data)
            return
        view.relabelled += 1
        view.removed += len(names) - len(new)
        write(yaml_with(text, new).encode())

    return rewrite


def relabel_class_json(read: Reader, labels: Labels) -> Rewrite | None:
    """For a list of classes in JSON; None where the file is none.

    ``["a", …]``, ``{"0": "a", …}``, ``{"0": ["n01440764", "tench"], …}`` (Keras), ``{"a": 0, …}``, ``{"a": "words"}``.
    """
    with read() as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        return None
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    made = _rebuilt(value, labels)
    if made is None:
        return None
    new = made[1]

    def rewrite(_: Reader, write: Callable[[bytes], object], view: View) -> None:
        view.entries += 0 if view.again else len(value)
        if new == value:
            write(data)
            return
        view.relabelled += 1
        view.removed += max(0, len(value) - len(new))
        indent = 2 if b"\n " in data else None
        write(json.dumps(new, ensure_ascii=data.isascii(), indent=indent).encode() + b"\n")

    return rewrite


def _rebuilt(value: Any, labels: Labels) -> tuple[str, Any] | None:
    """The list with other classes, and of what form it is."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        if not any(map(labels.knows, value)):
            return None
        return "list", list(labels.list_of(value))
    if not isinstance(value, dict) or not value:
        return None
    keys, entries = list(value), list(value.values())
    if all(key.isdigit() and len(key) <= _DIGITS for key in keys):
        return _by_number(value, labels)
    if not any(map(labels.knows, keys)) or not all(isinstance(one, int | str | list) for one in entries):
        return None
    if all(isinstance(one, int) and not isinstance(one, bool) for one in entries):
        ordered = sorted(keys, key=lambda key: value[key])
        if [value[key] for key in ordered] != list(range(len(ordered))):
            raise Unsure("numbers that do not count the classes")
        return "numbers", {name: number for number, name in enumerate(labels.list_of(ordered))}
    told = {key: labels.name(key) for key in keys}
    return "words", {new: value.get(new, new) for new in dict.fromkeys(told.values()) if new is not None}


def _by_number(value: Mapping[str, Any], labels: Labels) -> tuple[str, Any] | None:
    ordered = sorted(value, key=int)
    entries = [value[key] for key in ordered]
    names = [one[0] if isinstance(one, list) and one else one for one in entries]
    if not all(isinstance(name, str) for name in names) or not any(map(labels.knows, names)):
        return None
    if [int(key) for key in ordered] != list(range(len(ordered))):
        raise Unsure("numbers that do not count the classes")
    own = dict(reversed(list(zip(names, entries, strict=True))))
    listed = isinstance(entries[0], list)
    new = labels.list_of(names)
    return "by-number", {str(at): own.get(name, [name, name] if listed else name) for at, name in enumerate(new)}
