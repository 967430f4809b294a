"""Labels inside a member of a tar: found and exchanged where they stand, and no other character with them.

Reading and rewriting are one walk, so that what is rewritten is what was read.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

__all__ = ["PARALLEL", "Change", "edit_json", "edit_text", "said_once"]

_Span = tuple[int, int]
Change = Callable[[str | int], str | int | None]
"""What becomes of a label, given as text or as a number; None: it goes."""

PARALLEL = {
    *("area", "areas", "bbox", "bboxes", "bounding_boxes", "box", "boxes", "confidence", "confidences", "difficult"),
    *("ids", "iscrowd", "is_crowd", "keypoints", "masks", "occluded", "polygons", "scores", "segmentation"),
    *("segmentations", "truncated"),
}
"""Lists that go on entry by entry with the list of labels beside them, by name (in lower case)."""

_NUMBERS = re.compile(r"[\s,]*+(?:(?:-?[0-9]{1,18}|n[0-9]{8})(?:[\s,]++|$))++")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_APART = re.compile(r"([\s,]+)")
_LINES = re.compile(r"((?:[,\r\n][ \t]*+)++)")
_MARK = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*+")
_DECODER = json.JSONDecoder()
_MOST_DEPTH = 16  # lists in lists


def edit_text(text: str, change: Change) -> str | None:
    """The text of a ``.cls`` with its labels exchanged; None where none is left.

    Numbers and wnids are told apart at spaces and commas; other text at line ends and commas, so that a name of two
    words is one label. Two labels that became one are said once.
    """
    pieces = (_APART if _NUMBERS.fullmatch(text) else _LINES).split(text)
    places = [at for at in range(0, len(pieces), 2) if pieces[at].strip()]
    old = [pieces[at].strip() for at in places]
    new = [_told(word, change) for word in old]
    keep = said_once(new, [one if one != word else None for one, word in zip(new, old, strict=True)])
    if all(keep):
        for at, word, told in zip(places, old, new, strict=True):
            pieces[at] = pieces[at].replace(word, told or "")
        return "".join(pieces)
    kept = [told for told, stays in zip(new, keep, strict=True) if told is not None and stays]
    gaps = (pieces[at] for at in range(1, places[-1], 2))
    between = next((gap for gap in gaps if gap.strip(" \t")), " ")
    return (between.join(kept) + text[len(text.rstrip()) :]) if kept else None


def _told(word: str, change: Change) -> str | None:
    """A label as it is written now; as it was written where it did not change."""
    number = _NUMBER.fullmatch(word)
    new = change(int(word) if number else word)
    if new is None:
        return None
    return word if new == (int(word) if number else word) else str(new)


def said_once(labels: Sequence[Any], became: Sequence[Any]) -> list[bool]:
    """Which labels of a list stay: not those that go (None), and of those that others became only the first.

    Parameters
    ----------
    became
        What each became; None where it did not change.
    """
    merged = {one for one in became if one is not None}
    said: set[Any] = set()
    keep = []
    for one in labels:
        keep.append(one is not None and not (one in merged and one in said))
        said.add(one)
    return keep


def edit_json(text: str, steps: Sequence[str], change: Change) -> str:
    """JSON with the labels at the end of these steps exchanged; all other characters stay.

    A label in a list goes with its place there, and with what lists beside it say of the same thing (a box); an object
    in a list goes with its one label; any other label becomes null. Two labels that became one are said once in a
    list that nothing goes along with.

    Raises
    ------
    ValueError, RecursionError
        It is no JSON.
    """
    mark, text = text[: text.startswith(_MARK)], text.removeprefix(_MARK)
    begin = _space(text, 0)
    end = _end(text, begin)
    if _space(text, end) != len(text):
        raise ValueError("something follows the end of the value")
    new, _ = _value(text, (begin, end), tuple(steps), change)
    return mark + text[:begin] + ("null" if new is None else new) + text[end:]


def _value(
    text: str,
    span: _Span,
    steps: tuple[str, ...],
    change: Change,
    *,
    listed: bool = False,
    inner: bool = False,
    once: bool = True,
    depth: int = 0,
) -> tuple[str | None, list[bool] | None]:
    """A value's new text (None: it goes); of a list also which of its entries stay, where some go.

    ``listed``: it is an entry of a list. ``inner``: it lies deeper than in the outer object. ``once``: of a list of
    labels, those that became one are said once.
    """
    begin, end = span
    if text[begin] == "[":
        return _list(text, span, steps, change, once=once and not steps, depth=depth)
    if text[begin] == "{" and steps:
        return _object(text, span, steps, change, listed=listed, inner=inner, depth=depth), None
    found = _DECODER.raw_decode(text, begin)[0] if not steps else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return text[begin:end], None
    new = change(found)
    if new is None:
        return None, None
    same = new == found and type(new) is type(found)
    return text[begin:end] if same else json.dumps(new, ensure_ascii=text.isascii()), None


def _list(
    text: str, span: _Span, steps: tuple[str, ...], change: Change, *, once: bool, depth: int
) -> tuple[str, list[bool] | None]:
    if depth > _MOST_DEPTH:
        raise ValueError("lists in lists are too deep")
    spans = _entries(text, span[0])
    new = [_value(text, each, steps, change, listed=True, inner=True, once=False, depth=depth + 1)[0] for each in spans]
    keep = [one is not None for one in new]
    if once:
        became = [one if one != text[begin:end] else None for one, (begin, end) in zip(new, spans, strict=True)]
        keep = said_once(new, became)
    return _kept(text, span, spans, new, keep), None if all(keep) else keep


def _object(
    text: str, span: _Span, steps: tuple[str, ...], change: Change, *, listed: bool, inner: bool, depth: int
) -> str | None:
    members = _members(text, span[0])
    new: list[str | None] = [text[begin:end] for _, (begin, end) in members]
    keep: list[bool] | None = None
    for at, (name, where) in enumerate(members):
        if name != steps[0]:
            continue
        alone = not inner and not any(other.lower() in PARALLEL and text[at] == "[" for other, (at, _) in members)
        new[at], gone = _value(text, where, steps[1:], change, inner=True, once=alone, depth=depth)
        keep = gone or keep
        if new[at] is None:
            if listed:
                return None
            new[at] = "null"
    if keep is not None:
        for at, (name, (begin, _)) in enumerate(members):
            if name == steps[0] or text[begin] != "[" or not (inner or name.lower() in PARALLEL):
                continue
            spans = _entries(text, begin)
            if len(spans) == len(keep):
                new[at] = _kept(text, members[at][1], spans, [text[a:b] for a, b in spans], keep)
    return _kept(text, span, [where for _, where in members], new, [True] * len(members))


def _kept(text: str, span: _Span, spans: Sequence[_Span], new: Sequence[str | None], keep: Sequence[bool]) -> str:
    """A list or object with other texts in the place of its entries; where some go, equal spaces between the others."""
    if not spans:
        return text[span[0] : span[1]]
    front, back = text[span[0] : spans[0][0]], text[spans[-1][1] : span[1]]
    if not any(keep):
        return front.rstrip() + back.lstrip()
    between = [text[one[1] : other[0]] for one, other in itertools.pairwise(spans)]
    if not all(keep):
        between = between[:1] * len(between)
    kept = [one or "" for one, stays in zip(new, keep, strict=True) if stays]
    parts = [f"{gap}{one}" for gap, one in zip(["", *between], kept, strict=False)]
    return front + "".join(parts) + back


def _entries(text: str, at: int) -> list[_Span]:
    """Where the entries of the list at `at` stand."""
    spans: list[_Span] = []
    at = _space(text, at + 1)
    while text[at : at + 1] != "]":
        end = _end(text, at)
        spans.append((at, end))
        at = _following(text, end, "]")
    return spans


def _members(text: str, at: int) -> list[tuple[str, _Span]]:
    """The names of an object's members, and where their values stand."""
    members: list[tuple[str, _Span]] = []
    at = _space(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise ValueError("a member's name is expected")
        name, at = scanstring(text, at + 1, True)  # noqa: FBT003 - strict, by place
        at = _space(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("a colon is expected")
        at = _space(text, at + 1)
        end = _end(text, at)
        members.append((name, (at, end)))
        at = _following(text, end, "}")
    return members


def _following(text: str, at: int, closing: str) -> int:
    """Where the next entry begins behind one that ends at `at`, or the closing bracket stands."""
    at = _space(text, at)
    if text[at : at + 1] == ",":
        at = _space(text, at + 1)
        if text[at : at + 1] == closing:
            raise ValueError("an entry is expected")
    elif text[at : at + 1] != closing:
        raise ValueError("a comma is expected")
    return at


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
