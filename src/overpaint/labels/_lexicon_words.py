"""A text as words that can be looked up: Unicode folded, accents off, joined words split, each with where it stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Word", "disguised", "folded", "words"]

LONGEST = 64
"""Characters of a word that are looked at in disguise; longer ones are no words."""

_WORD = re.compile(r"[@$]?[^\W_]+(?:[@$!*+]+[^\W_]+)*[@$]*")
_PART = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<=[a-zß-öø-ÿ0-9])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_TURNED = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "+": "t"}
_RUN = re.compile(r"(.)\1{2,}")

# Letters of other scripts that are drawn as Latin ones; used only where a word mixes scripts.
_ALIKE = dict(zip("аеорсхуіѕԁһкмтвн" + "αεορχυικτν", "aeopcxyisdhkmtbh" + "aeopxyiktv", strict=True))


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands: ``text[start:end]`` of what was given, folded to ``text``.

    ``whole`` is the index of the unsplit word it is a part of: the parts of ``golfBall`` share one.
    """

    start: int
    end: int
    text: str
    whole: int


def folded(text: str) -> tuple[str, list[int]]:
    """`text` in NFKD, case-folded, without accents and invisible characters; and each character's place in `text`."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for one in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold()):
            if unicodedata.category(one) not in ("Mn", "Cf"):
                out.append(one)
                places.append(place)
    return "".join(out), places


def words(text: str) -> tuple[list[Word], list[Word]]:
    """The words of a text in its order, split as far as they can be, and those that were split, unsplit."""
    flat, places = folded(text)
    parts: list[Word] = []
    wholes: list[Word] = []
    for number, found in enumerate(_WORD.finditer(flat)):
        start, end = places[found.start()], places[found.end() - 1] + 1
        mine = [
            Word(places[a], places[b - 1] + 1, _one_script(flat[a:b]), number)
            for piece in _PART.finditer(flat, found.start(), found.end())
            for a, b in _unjoined(text, places, piece.start(), piece.end())
        ]
        parts += mine
        whole = _one_script(found[0])
        if len(mine) != 1 or mine[0].text != whole:
            wholes.append(Word(start, end, whole, number))
    return parts, wholes


def disguised(word: str) -> list[tuple[str, str]]:
    """What a word may stand for, with the rule: numbered, digits or signs for letters, letters repeated."""
    if len(word) > LONGEST:
        return []
    found: list[tuple[str, str]] = []
    if (bare := word.strip("0123456789")) and bare != word and bare.isalpha():
        found.append((bare, "numbered"))
    turned = word
    if not word.isalpha():
        for one in ("i", "l"):
            turned = "".join(_TURNED.get(char, char) if char != "1" else one for char in word)
            if turned.isalpha() and any(char.isalpha() for char in word):
                found.append((turned, "signs for letters"))
    if _RUN.search(turned):
        found += [(_RUN.sub(keep, turned), "letters repeated") for keep in (r"\1", r"\1\1")]
    return list(dict.fromkeys(found))


def _unjoined(text: str, places: list[int], start: int, end: int) -> list[tuple[int, int]]:
    """``golfBall`` as two: ranges of the folded text, split where the given text goes from small to capital."""
    first, last = places[start], places[end - 1] + 1
    cuts = (
        {first + cut.start() for cut in _JOINED.finditer(text[first:last])} if not text[first:last].islower() else set()
    )
    if not cuts:
        return [(start, end)]
    edges = [start, *(at for at in range(start + 1, end) if places[at] in cuts and places[at - 1] != places[at]), end]
    return list(pairwise(edges))


def _one_script(word: str) -> str:
    """Latin letters for those that look like them, where a word has both."""
    if word.isascii() or not any("a" <= char <= "z" for char in word):
        return word
    return "".join(_ALIKE.get(char, char) for char in word)
