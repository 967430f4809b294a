"""When two spellings are one name, and which names are nearly what somebody wrote."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["distance", "loosely", "nearest", "on_a_line", "strictly"]

LONGEST = 200
"""Longer texts are no names; nobody is told what they nearly are."""


def strictly(text: str) -> str:
    """A name without what never tells two names apart: case, underscores for spaces, and how Unicode composes."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.replace("_", " ").split()).casefold()


def loosely(text: str) -> str:
    """And without hyphens and apostrophes: ``Bicycle_built_for_two`` is ``bicycle-built-for-two``."""
    plain = strictly(text)
    if "-" in plain or "'" in plain or "’" in plain:
        plain = " ".join(plain.replace("-", " ").replace("'", "").replace("’", "").split())
    return plain


def on_a_line(text: str) -> str:
    """A text of unknown origin for a terminal: control characters as escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def distance(one: str, other: str, *, most: int) -> int:
    """The edit distance (Levenshtein 1966: insert, delete, replace), or ``most + 1`` where it is more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != against))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(text: str, names: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """The names that take the fewest edits to become ``text``, at most 3 and a third of its letters; nearest first.

    Both are compared as `loosely` spells them; ``names`` are given so.
    """
    wanted = loosely(text)
    if not 1 < len(wanted) <= LONGEST:
        return ()
    most = max(1, min(len(wanted) // 3, 3))
    letters = frozenset(wanted)
    found: dict[str, int] = {}
    for name in names:
        # an edit brings or takes one letter: most names are out before their distance is counted
        if abs(len(name) - len(wanted)) > most or len(letters.difference(name)) > most:
            continue
        edits = distance(wanted, name, most=most)
        if edits <= most:
            found[name] = edits
    return tuple(sorted(found, key=lambda name: (found[name], name))[:count])
