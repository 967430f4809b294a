"""What stands around a word of the lexicon: names, known things and phrases, words of another language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from overpaint.labels._facts import PERSON
from overpaint.labels._lexicon import Candidate
from overpaint.labels._lexicon_words import Word
from overpaint.labels._taxonomy import Taxonomy

__all__ = ["marked", "ranked"]

LONGEST_PHRASE = 6
"""Words of a phrase that is looked up."""

_RUDE = "(?:obscene|vulgar|offensive|derogatory|disparaging|pejorative|contemptuous|insulting)"
# What is said of the word, not of the thing: an offensive smell and an offensive player are none.
_MARKS = re.compile(
    rf"\b{_RUDE}(?:,? (?:or|and) \w+)? (?:terms?|words?|names?|slang|expressions?|references?)\b"
    rf"|\b(?:ethnic|racial) slurs?\b|\((?:{_RUDE}|\w+ slur)\b"
)
_BETWEEN = re.compile(r"[\s_.]*")
_COMMA = re.compile(r"\s?,\s?")


def ranked(
    raw: Candidate,
    entry: Sequence[str],
    text: str,
    parts: Sequence[Word],
    *,
    hinted: bool,
    taxonomy: Taxonomy,
) -> Candidate:
    """The candidate with its rank, and the context that spared or lowered it."""
    if raw.rule not in ("word", "phrase", "plural", "numbered"):
        return replace(raw, rank=raw.rating)
    first, last = _span(raw, parts)
    if _in_phrase(text, parts, first, last, taxonomy):
        return replace(raw, context="part of a known phrase", rank=0)
    if raw.rating < 2 and _named(text, parts, first, last, taxonomy):
        return replace(raw, context="name", rank=0)
    names = {" ".join(entry), text[raw.start : raw.end]}  # not only of what was found: patas is a monkey
    if not hinted and raw.language != "en" and any(taxonomy.loosely_named(name) for name in names):
        return replace(raw, context="word of another language", rank=0)
    if len(parts) == last - first and any(_thing(name, taxonomy) for name in names):
        return replace(raw, context="known thing", rank=max(0, raw.rating - 1))
    return replace(raw, rank=raw.rating)


def marked(definition: str | None) -> bool:
    """Whether a definition itself says that the word is meant to offend."""
    return definition is not None and _MARKS.search(definition.casefold()) is not None


def _span(raw: Candidate, parts: Sequence[Word]) -> tuple[int, int]:
    inside = [place for place, part in enumerate(parts) if raw.start <= part.start and part.end <= raw.end]
    return inside[0], inside[-1] + 1


def _in_phrase(text: str, parts: Sequence[Word], first: int, last: int, taxonomy: Taxonomy) -> bool:
    """Whether the words are part of a longer phrase that names a known thing."""
    for start in range(max(0, first - LONGEST_PHRASE + 1), first + 1):
        for end in range(last, min(len(parts), start + LONGEST_PHRASE) + 1):
            if end - start > last - first:
                phrase = " ".join(part.text for part in parts[start:end])
                written = text[parts[start].start : parts[end - 1].end]  # with its apostrophes
                if phrase in _names("phrases.txt") or _thing(phrase, taxonomy) or _thing(written, taxonomy):
                    return True
    return False


def _thing(name: str, taxonomy: Taxonomy) -> bool:
    """Whether a name has a sense outside the person subtree that is not itself marked as offensive."""
    return any(
        not taxonomy.under(one, PERSON) and not marked(taxonomy.definition(one)) for one in taxonomy.loosely_named(name)
    )


def _named(text: str, parts: Sequence[Word], first: int, last: int, taxonomy: Taxonomy) -> bool:
    """Whether a word stands as a part of somebody's name.

    A known given name before (``Dick Cheney``, ``Dick B. Cheney``), or after and a comma (``Cheney, Dick``), a
    capitalised word that is a family name or no noun; or capitalised after a given name that is no noun (``Philip K.
    Dick``).
    """
    if last - first != 1 or not text[parts[first].start : parts[first].end].istitle():
        return False

    def capital(place: int) -> bool:
        return 0 <= place < len(parts) and text[parts[place].start].isupper()

    def initial(place: int) -> bool:
        return capital(place) and len(parts[place].text) == 1

    def joined(left: int, right: int, by: re.Pattern[str]) -> bool:
        return by.fullmatch(text[parts[left].end : parts[right].start]) is not None

    def family(place: int) -> bool:
        word = parts[place].text
        return len(word) > 1 and (word in _names("family_names.txt") or not taxonomy.loosely_named(word))

    after, before = last + initial(last), first - 1 - initial(first - 1)
    if parts[first].text in _names("given_names.txt"):
        if capital(after) and joined(after - 1, after, _BETWEEN) and family(after):
            return True
        if capital(first - 1) and joined(first - 1, first, _COMMA) and family(first - 1):
            return True
    given = capital(before) and joined(first - 1, first, _BETWEEN) and parts[before].text in _names("given_names.txt")
    return given and not taxonomy.loosely_named(parts[before].text)


@cache
def _names(name: str) -> frozenset[str]:
    """The lines of a file beside the lexicon."""
    text = (files("overpaint.labels") / "lexicon" / name).read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
