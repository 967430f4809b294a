"""The ``names`` of YOLO's ``data.yaml``, read without a YAML library: four forms of one key, and nothing else of YAML.

::

    names: [tench, 'goldfish']      names:            names:
    names: {0: tench, 1: goldfish}    - tench           0: tench
                                      - goldfish        1: goldfish
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from overpaint.errors import LabelsError

__all__ = ["yaml_names"]

MOST_LINES = 1_000_000
LONGEST_LINE = 10_000
_KEY = re.compile(r"names[ \t]*:[ \t]*(.*)")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<mark>[\[\]{},:])
    | "(?P<double>(?:[^"\\\n]|\\.)*)"
    | '(?P<single>(?:[^'\n]|'')*)'
    | (?P<plain>[^\[\]{},:\#"'\n](?:[^\[\]{},:\#\n]|:(?!\s)|(?<!\s)\#)*)
    | (?P<comment>\#[^\n]*)
    )""",
    re.VERBOSE,
)
_ITEM = re.compile(
    r"""[ \t]*
    (?: -[ \t]+ | (?P<key> "[^"\n]*" | '[^'\n]*' | [^\s:\#"'\[\]{}][^:\#\n]*? )[ \t]*:[ \t]+ )
    (?P<value>\S.*)""",
    re.VERBOSE,
)


def yaml_names(text: str, name: str) -> list[str] | dict[str, str]:
    """What stands under ``names`` at the outermost level: a list of names, or names by number.

    Raises
    ------
    LabelsError
        There is no such key, or it is not written in one of the four forms.
    """
    lines = text.split("\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        raise LabelsError(f"{name}: more than {MOST_LINES:,} lines")
    for at, line in enumerate(lines):
        if found := _KEY.fullmatch(line.rstrip()):
            inline = found[1].strip()
            if inline and not inline.startswith("#"):
                return _inline(inline + "\n" + "\n".join(lines[at + 1 :]), name)
            return _block(lines[at + 1 :], at + 2, name)
    raise LabelsError(f"{name}: has no `names:`; YOLO's data.yaml lists its classes there")


def _block(lines: list[str], first: int, name: str) -> list[str] | dict[str, str]:
    listed: list[str] = []
    keyed: dict[str, str] = {}
    for at, line in enumerate(lines, first):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _ITEM.fullmatch(line.rstrip()) if len(line) <= LONGEST_LINE else None
        if not line[0].isspace() and not (found and found["key"] is None):
            break  # the next key of the file
        if found is None:
            raise LabelsError(f"{name}: line {at} is neither `- NAME` nor `NUMBER: NAME`")
        if found["key"] is None:
            listed.append(_scalar(found["value"], name, at))
        elif (key := found["key"].strip("\"'")) in keyed:
            raise LabelsError(f"{name}: line {at} has the number of a class before it; give each its own")
        else:
            keyed[key] = _scalar(found["value"], name, at)
    if listed and keyed:
        raise LabelsError(f"{name}: `names` is partly a list and partly numbered; write one of them")
    return keyed or listed


def _scalar(text: str, name: str, at: int) -> str:
    """A value of one line: quoted, or plain up to a comment."""
    if text[0] in "\"'":
        tokens = list(_tokens(text, name))
        if len(tokens) == 1 and tokens[0][0] == "text":
            return tokens[0][1]
        raise LabelsError(f"{name}: line {at} is no name in quotation marks")
    if text[0] in "[{&*!|>%@`":
        raise LabelsError(
            f"{name}: line {at} is no plain name; write the name itself, in quotation marks where it needs them"
        )
    return re.split(r"\s#", text, maxsplit=1)[0].strip()


def _inline(text: str, name: str) -> list[str] | dict[str, str]:
    """``[a, b]`` or ``{0: a, 1: b}``, over as many lines as it takes."""
    tokens = _tokens(text, name)
    kind, opening = next(tokens, ("", ""))
    if kind != "mark" or opening not in {"[", "{"}:
        raise LabelsError(f"{name}: `names` is neither a list nor names by number")
    listed: list[str] = []
    keyed: dict[str, str] = {}
    held: list[str] = []
    numbered, closing = opening == "{", {"[": "]", "{": "}"}[opening]
    for kind, word in tokens:
        if kind == "text" and len(held) < 1 + numbered:
            held.append(word)
        elif kind == "mark" and word == ":" and numbered and len(held) == 1:
            continue
        elif kind == "mark" and word in {",", closing} and len(held) in {0, 1 + numbered}:
            if held and numbered and held[0] in keyed:
                raise LabelsError(
                    f"{name}: entry {len(keyed)} of `names` has the number of one before it; give each its own"
                )
            if held and numbered:
                keyed[held[0]] = held[1]
            listed += [] if numbered else held
            held = []
            if word == closing:
                return keyed if numbered else listed
        else:
            break
    raise LabelsError(f"{name}: `names` is not written as [NAME, ...] or {{NUMBER: NAME, ...}}")


def _tokens(text: str, name: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            if text[at:].isspace():
                return
            raise LabelsError(f"{name}: `names` cannot be read from its {at}. letter on")
        at = found.end()
        if found["mark"]:
            yield "mark", found["mark"]
        elif found["double"] is not None:
            yield "text", re.sub(r"\\(.)", r"\1", found["double"])
        elif found["single"] is not None:
            yield "text", found["single"].replace("''", "'")
        elif found["plain"] is not None:
            yield "text", found["plain"].strip()
