"""The class names in YOLO's ``data.yaml``, in the three ways that people write them; no more of YAML than that."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

__all__ = ["yaml_names", "yaml_with"]

_HEAD = re.compile(r"^names[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^([ \t]*)(?:-|([0-9]{1,6})[ \t]*:)[ \t]+(.*?)[ \t]*$")
_COUNT = re.compile(r"^(nc[ \t]*:[ \t]*)[0-9]+", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z_](?:[\w ./()+-]*[\w.)+])?")
_LONGEST = 1024  # characters of a line
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_QUOTED = re.compile(r"""'((?:[^']|'')*)'|("(?:[^"\\]|\\.)*")|([^'",\[\]{}#]+)""")


def yaml_names(text: str) -> tuple[str, ...] | None:
    """The names in the order of their numbers; None where they are not there or written otherwise."""
    found = _block(text)
    return None if found is None else found[2]


def yaml_with(text: str, names: Sequence[str]) -> str:
    """The text with other names, written as the old ones were, and ``nc`` with their number."""
    found = _block(text)
    if found is None:
        raise ValueError("no names")
    begin, end, _, form = found
    if form == "[":
        body = "[" + ", ".join(map(_written, names)) + "]"
    else:
        body = "".join(f"\n{form}{number}: {_written(name)}" for number, name in enumerate(names))
        if form.endswith("-"):
            body = "".join(f"\n{form} {_written(name)}" for name in names)
        body = body or " []"
    return _COUNT.sub(rf"\g<1>{len(names)}", text[:begin] + body + text[end:])


def _block(text: str) -> tuple[int, int, tuple[str, ...], str] | None:
    """Where the names stand, what they are, and how they are written: ``[``, or what stands before each."""
    heads = list(_HEAD.finditer(text))
    if len(heads) != 1:
        return None
    head = heads[0]
    if head[1].startswith("["):
        return _flow(text, head.start(1))
    if head[1].partition("#")[0].strip():
        return None
    names: list[str] = []
    form, end = "", head.end()
    for line in text[head.end() + 1 :].split("\n"):
        entry = _ENTRY.fullmatch(line.rstrip("\r")) if len(line) <= _LONGEST else None
        if entry is None:
            if not line.strip() or line.lstrip().startswith("#") or not line.startswith((" ", "\t", "-")):
                break
            return None
        value = _value(entry[3])
        own = entry[1] + ("-" if entry[2] is None else "")
        if value is None or (names and own != form) or (entry[2] is not None and int(entry[2]) != len(names)):
            return None
        names.append(value)
        form = own
        end += 1 + len(line)
    return (head.end(), end, tuple(names), form) if names else None


def _flow(text: str, begin: int) -> tuple[int, int, tuple[str, ...], str] | None:
    names: list[str] = []
    at = begin + 1
    while True:
        at = _space(text, at)
        if text[at : at + 1] == "]":
            return begin, at + 1, tuple(names), "["
        found = _QUOTED.match(text, at)
        value = None if found is None else _value(found[0].strip())
        if found is None or value is None:
            return None
        names.append(value)
        at = _space(text, found.end())
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            return None


def _space(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at


def _value(text: str) -> str | None:
    if text.startswith('"'):
        try:
            told = json.loads(text)
        except ValueError:
            return None
        return told if isinstance(told, str) else None
    if text.startswith("'"):
        return text[1:-1].replace("''", "'") if len(text) > 1 and text.endswith("'") else None
    text = text.partition(" #")[0].strip()
    return text if text and text[0] not in "&*!|>%@`{[" else None


def _written(name: str) -> str:
    plain = _PLAIN.fullmatch(name) is not None and name.lower() not in _WORDS
    return name if plain else json.dumps(name, ensure_ascii=False)
