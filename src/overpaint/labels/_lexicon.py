"""Words that a person should look at in labels outside the taxonomy: candidates, never removed by themselves.

The lists are those of npm's ``cuss`` 2.2.0 (MIT); `scripts/build_lexicon.py` made the file. A list knows words, not
what is meant; `overpaint.labels._lexicon_context` looks at what stands around them.
"""

from __future__ import annotations

import lzma
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from overpaint.errors import LabelsError
from overpaint.labels._lexicon_words import Word, disguised, words

if TYPE_CHECKING:
    from overpaint.labels._taxonomy import Taxonomy

__all__ = ["Candidate", "Lexicon", "check_text", "languages", "lexicon", "loads_lexicon"]

LONGEST = 1_000_000
"""Characters of one text."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place in a text that a person should look at.

    Attributes
    ----------
    start, end
        ``text[start:end]`` of the text that was given.
    language
        Of the list that has the word: en, es, fr, it, pt, pt-PT, ar-Latn.
    rating
        The list's own number: 2 likely meant as a profanity, 1 maybe, 0 unlikely. Not how bad it is.
    rule
        How it was met: ``word``, ``phrase``, ``plural``, ``numbered``, ``joined``, ``spelled out``, ``signs for
        letters``, ``letters repeated``, ``starred``.
    context
        The context that speaks for it, or empty: ``name``, ``part of a known phrase``, ``known thing``,
        ``word of another language``.
    rank
        2 look at these first, 1 then these, 0 spared by context or rated 0.
    """

    start: int
    end: int
    language: str
    rating: int
    rule: str
    context: str = ""
    rank: int = 0

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return {name: getattr(self, name) for name in ("start", "end", "language", "rating", "rule", "context", "rank")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A word or phrase of a list."""

    words: tuple[str, ...]
    language: str
    rating: int


class Lexicon:
    """Word lists, looked up by the first word.

    Parameters
    ----------
    entries
        Language, rating and word or phrase of each.
    """

    def __init__(self, entries: Collection[tuple[str, int, str]]) -> None:
        self.entries = tuple(entries)
        self._first: dict[str, list[Entry]] = {}
        for language, rating, text in self.entries:
            if parts := tuple(word.text for word in words(text)[0]):
                self._first.setdefault(parts[0], []).append(Entry(parts, language, rating))
        self._shapes: dict[int, list[Entry]] = {}
        for entry in (one for found in self._first.values() for one in found if len(one.words) == 1):
            if entry.rating == 2 and len(entry.words[0]) > 3:
                self._shapes.setdefault(len(entry.words[0]), []).append(entry)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are lists of."""
        return tuple(sorted({language for language, _, _ in self.entries}))

    def word(self, text: str) -> list[Entry]:
        """The entries that are this one word."""
        return [entry for entry in self._first.get(text, ()) if len(entry.words) == 1]

    def at(self, parts: list[Word], place: int) -> list[Entry]:
        """The entries whose words stand in `parts` from `place` on."""
        return [
            entry
            for entry in self._first.get(parts[place].text, ())
            if tuple(part.text for part in parts[place : place + len(entry.words)]) == entry.words
        ]

    def shaped(self, starred: str) -> list[Entry]:
        """The entries that fit a word some of whose letters are stars."""
        return [
            entry
            for entry in self._shapes.get(len(starred), ())
            if all(given in ("*", char) for given, char in zip(starred, entry.words[0], strict=True))
        ]


@cache
def lexicon() -> Lexicon:
    """The lists that ship."""
    data = (files("overpaint.labels") / "lexicon" / "words.tsv.xz").read_bytes()
    return loads_lexicon(lzma.decompress(data).decode())


def loads_lexicon(text: str) -> Lexicon:
    """A lexicon of lines ``language<TAB>0, 1 or 2<TAB>word``; `LabelsError` names the line that is none."""
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != 3 or cells[1] not in ("0", "1", "2") or not cells[0] or not cells[2].strip():
            raise LabelsError(f"line {number} of the lexicon: write language, TAB, 0, 1 or 2, TAB, word")
        entries.append((cells[0], int(cells[1]), cells[2]))
    return Lexicon(entries)


def languages() -> tuple[str, ...]:
    """The languages that labels can be checked in."""
    return lexicon().languages


def check_text(
    text: str,
    *,
    languages: Collection[str] | None = None,
    least: int = 1,
    taxonomy: Taxonomy | None = None,
    words_of: Lexicon | None = None,
) -> tuple[Candidate, ...]:
    """Places in a label or caption that a person should look at.

    Parameters
    ----------
    languages
        What the text is written in, where that is known; only those lists are used then.
    least
        The lowest rank returned. 0 also shows what context spared, and why.
    taxonomy
        Whose nouns the context rules ask; WordNet unless given.
    words_of
        Another lexicon than the one that ships.

    Returns
    -------
    tuple of Candidate
        In the order of the text; of several at one place the highest rank.
    """
    lists = lexicon() if words_of is None else words_of
    if languages is not None and (unknown := set(languages) - set(lists.languages)):
        raise LabelsError(f"there is no list of {min(unknown)!r}; there are: {', '.join(lists.languages)}")
    if len(text) > LONGEST:
        raise LabelsError(f"a text of {len(text):,} characters is no label or caption; give them one by one")
    parts, wholes = words(text)
    best: dict[tuple[int, int], Candidate] = {}
    for start, end, entry, rule in _met(parts, wholes, lists):
        if languages is not None and entry.language not in languages:
            continue
        raw = Candidate(start, end, entry.language, entry.rating, rule)
        one = _in_context(raw, entry, text, parts, hinted=languages is not None, taxonomy=taxonomy)
        held = best.get((start, end))
        if one.rank >= least and (
            held is None or (one.rank, one.language == "en") > (held.rank, held.language == "en")
        ):
            best[start, end] = one
    return tuple(best[place] for place in sorted(best))


def _in_context(
    raw: Candidate, entry: Entry, text: str, parts: list[Word], *, hinted: bool, taxonomy: Taxonomy | None
) -> Candidate:
    """Most texts hold no word of the lists; only where one does, WordNet is read."""
    from overpaint.labels._lexicon_context import ranked
    from overpaint.labels._taxonomy import wordnet

    return ranked(raw, entry.words, text, parts, hinted=hinted, taxonomy=taxonomy or wordnet())


def _met(parts: list[Word], wholes: list[Word], lists: Lexicon) -> Iterator[tuple[int, int, Entry, str]]:
    """Every entry that stands in the words, openly or in disguise: start, end, entry, rule."""
    for place, part in enumerate(parts):
        for entry in lists.at(parts, place):
            last = parts[place + len(entry.words) - 1]
            yield part.start, last.end, entry, "word" if len(entry.words) == 1 else "phrase"
        yield from _hidden(part, lists)
    for whole in wholes:
        yield from ((whole.start, whole.end, entry, "joined") for entry in lists.word(whole.text))
        if "*" in whole.text:
            yield from ((whole.start, whole.end, entry, "starred") for entry in lists.shaped(whole.text))
        yield from _hidden(whole, lists)
    yield from _spelled(parts, lists)


def _hidden(word: Word, lists: Lexicon) -> Iterator[tuple[int, int, Entry, str]]:
    for text, rule in disguised(word.text):
        for entry in lists.word(text):
            if rule == "numbered" or entry.rating == 2:  # a disguise is for words that are meant
                yield word.start, word.end, entry, rule
    for ending in ("s", "es"):
        if len(word.text) > 4 and word.text.endswith(ending) and not lists.word(word.text):
            yield from ((word.start, word.end, entry, "plural") for entry in lists.word(word.text[: -len(ending)]))


def _spelled(parts: list[Word], lists: Lexicon) -> Iterator[tuple[int, int, Entry, str]]:
    """Words written letter by letter."""
    run: list[Word] = []
    for part in [*parts, None]:
        if part is not None and len(part.text) == 1:
            run.append(part)
            continue
        if len(run) > 2:
            for entry in lists.word("".join(one.text for one in run)):
                yield run[0].start, run[-1].end, entry, "spelled out"
        run = []
