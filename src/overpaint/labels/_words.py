"""Every label of a list against the lexicon: which of them a person should look at."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import class_list
from overpaint.labels._lexicon import Candidate, check_text, lexicon
from overpaint.labels._terms import WITHHELD

__all__ = ["FoundWord", "Words", "label_lines", "words"]

MOST_LABELS = 20_000_000
MOST_FOUND = 100_000
"""Candidates that are kept; more are counted only."""

LONGEST_LINE = 100_000
_LISTS = frozenset({".csv", ".json", ".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class FoundWord:
    """A candidate: ``line`` of the list (from 1), the label as it stands there, and where in it."""

    line: int
    label: str
    candidate: Candidate

    def to_dict(self, *, show_terms: bool = False) -> dict[str, Any]:
        """Plain values, for JSON; without the label unless it is asked for."""
        told = {"line": self.line} | self.candidate.to_dict()
        if not show_terms:
            return told
        return told | {"label": self.label, "term": self.label[self.candidate.start : self.candidate.end]}


@dataclass(frozen=True, slots=True)
class Words:
    """What `words` found.

    Attributes
    ----------
    labels
        How many were looked at.
    with_candidates
        How many of them have one; ``spared`` more have only such as their context speaks for.
    found
        The candidates, at most 100,000 of them, in the order of the list.
    show_terms
        Whether `lines` and `to_dict` tell the labels.
    """

    labels: int
    with_candidates: int
    spared: int
    found: tuple[FoundWord, ...]
    show_terms: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        rows = [one.to_dict(show_terms=self.show_terms) for one in self.found]
        return {"labels": self.labels, "with_candidates": self.with_candidates, "spared": self.spared, "found": rows}

    def lines(self) -> list[str]:
        """For a terminal: a line a candidate, then the sum."""
        told = [_line(one, show_terms=self.show_terms) for one in self.found]
        told.append(
            f"{self.with_candidates:,} of {self.labels:,} labels have a word that a person should look at; "
            f"{self.spared:,} more are spared by their context"
        )
        if self.found and not self.show_terms:
            told.append("--show-terms shows the labels")
        return told


def words(
    file: str | PathLike[str] | Sequence[str],
    *,
    language: Collection[str] = (),
    least: int = 1,
    show_terms: bool = False,
) -> Words:
    """Look for words of the lexicon in labels; what is found are candidates for a person.

    Parameters
    ----------
    file
        A file with a label or caption on each line, ``-`` for the standard input, a names file (CSV, JSON, YAML), or
        the labels themselves.
    language
        What they are written in, such as ``es``: only these lists are used. All of them unless given; a word that is
        also an English noun is then spared where only another language's list has it.
    least
        The lowest rank that is told: 2 likely, 1 maybe, 0 also what context spared.

    show_terms
        Tell the labels, and not only their lines.

    Raises
    ------
    LabelsError
        The file cannot be read, or there is no list of a language.
    """
    wanted = tuple(language) or None
    if wanted and (unknown := set(wanted) - set(lexicon().languages)):
        raise LabelsError(f"--language {min(unknown)}: there are lists of {', '.join(lexicon().languages)}")
    labels = met = spared = 0
    found: list[FoundWord] = []
    for label in label_lines(file):
        labels += 1
        if labels > MOST_LABELS:
            raise LabelsError(f"more than {MOST_LABELS:,} labels; give them in parts")
        every = check_text(label, languages=wanted, least=0)
        met += any(one.rank > 0 for one in every)
        spared += any(one.context for one in every) and not any(one.rank > 0 for one in every)
        told = (FoundWord(labels, label, one) for one in every if one.rank >= least)
        found.extend(one for one in told if len(found) < MOST_FOUND)
    return Words(labels, met, spared, tuple(found), show_terms)


def label_lines(file: str | PathLike[str] | Sequence[str]) -> Iterator[str]:
    """The labels of a file: one a line, ``-`` for the standard input, or a names file (CSV, JSON, YAML).

    Raises
    ------
    LabelsError
        It cannot be read; the line is named that is no UTF-8 or too long.
    """
    if not isinstance(file, (str, PathLike)):
        yield from file
        return
    if file == "-":
        yield from _lines(sys.stdin.buffer, "the standard input")
        return
    path = Path(file)
    if path.suffix.casefold() in _LISTS:
        yield from class_list(path).names
        return
    try:
        with path.open("rb") as stream:
            yield from _lines(stream, str(path))
    except OSError as error:
        raise LabelsError(f"{path} cannot be read ({error.strerror}); name a file with one label a line") from error


def _lines(stream: Any, name: str) -> Iterator[str]:
    for number, line in enumerate(_bounded(stream, name), 1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise LabelsError(f"{name}, line {number}, is not UTF-8; save it as UTF-8") from None


def _bounded(stream: Any, name: str) -> Iterable[bytes]:
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise LabelsError(f"{name}, line {number}, is longer than {LONGEST_LINE:,} bytes; one label a line")
        yield line


def _line(one: FoundWord, *, show_terms: bool) -> str:
    what = f"{one.candidate.language}, rank {one.candidate.rank}, {one.candidate.rule}"
    if one.candidate.context:
        what += f", {'lowered' if one.candidate.rank else 'spared'}: {one.candidate.context}"
    if not show_terms:
        return f"line {one.line}: {WITHHELD} ({what})"
    return f"line {one.line}: {one.label!r}: {one.label[one.candidate.start : one.candidate.end]!r} ({what})"
