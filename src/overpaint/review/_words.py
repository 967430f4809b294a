"""The small vocabulary of questions: their kinds, what may be answered, and the words that people are shown."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from overpaint.errors import UsageError

__all__ = [
    "ASPECTS",
    "FITS",
    "FLAGS",
    "KINDS",
    "THINGS",
    "Help",
    "Kind",
    "Thing",
    "help_for",
    "hierarchy",
    "offered",
    "thing",
    "told_counts",
]


class Kind(enum.StrEnum):
    """What is asked. ``boxes``, ``tight`` and ``missed`` are about boxes; the rest about a picture or a label.

    ``label``: of two labels of one picture (a dataset's, and another that something suggests), which fits?
    """

    BOXES = "boxes"
    TIGHT = "tight"
    MISSED = "missed"
    CATEGORY = "category"
    FLAGS = "flags"
    RATE_LABEL = "rate-label"
    AUDIT = "audit"
    LABEL = "label"


KINDS = tuple(Kind)

FLAGS = ("sexual", "minor", "violent", "watermark", "private-document", "other")
"""What the ``flags`` question offers. ``sexual`` and ``minor`` together move the picture into the no-view lane."""

FITS = ("given", "guessed", "both", "neither")
"""What the ``label`` question offers: the label that is there, the other, both, neither (Northcutt et al., 2021)."""

_CHOICE = {"": ("no", "yes")}

ASPECTS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.BOXES: {},
    Kind.TIGHT: _CHOICE,
    Kind.MISSED: _CHOICE,
    Kind.CATEGORY: _CHOICE,
    Kind.FLAGS: dict.fromkeys(FLAGS, ("no", "yes")),
    Kind.RATE_LABEL: {"safety": ("offensive", "sensitive", "safe"), "imageability": ("1", "2", "3", "4", "5")},
    Kind.AUDIT: _CHOICE,
    Kind.LABEL: {"": FITS},
}
"""For each kind, its aspects and the labels of each: what the label models see. Boxes have a model of their own."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What boxes are drawn around, in words: singular, plural, and what a box holds."""

    name: str
    one: str
    many: str
    holds: str


@dataclass(frozen=True, slots=True)
class Help:
    """What people are told of a kind of question. ``{one}``, ``{many}``, ``{holds}`` stand for the thing.

    ``keys`` are (key as the browser names it, what it does, words); ``examples`` are (drawing, whether it is right,
    words): drawings are named, and the page holds them, for no picture of a person is used to explain.
    """

    kind: Kind
    title: str
    ask: str
    instructions: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]
    examples: tuple[tuple[str, bool, str], ...]


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("overpaint.review").joinpath("questions.toml").read_text("utf-8")
    return tomllib.loads(text)


def _things() -> Mapping[str, Thing]:
    things = _words()["things"]
    return {name: Thing(name, **words) for name, words in things.items()}


@cache
def help_for(kind: Kind) -> Help:
    """The words of a kind of question."""
    words = _words()["kinds"][kind]
    return Help(
        kind,
        words["title"],
        words["ask"],
        tuple(words["instructions"]),
        tuple((key["key"], key["does"], key["words"]) for key in words["keys"]),
        tuple((one["drawing"], one["right"], one["words"]) for one in words["examples"]),
    )


def offered(kind: Kind) -> tuple[str, ...]:
    """What can be chosen, as it is put to people; of kinds with one aspect."""
    return FITS if kind == Kind.LABEL else ("yes", "no")


def told_counts(counts: Mapping[tuple[str, str, str], int]) -> tuple[tuple[str, str, str, int], ...]:
    """Kind, thing, state and number of questions, in order; of words and labels only how many there are."""
    found: dict[tuple[str, str, str], int] = {}
    for (kind, about, state), number in counts.items():
        key = kind, "" if kind in {Kind.RATE_LABEL, Kind.LABEL} else about, state
        found[key] = found.get(key, 0) + number
    return tuple((*key, number) for key, number in sorted(found.items()))


THINGS: Mapping[str, Thing] = _things()


def hierarchy() -> tuple[tuple[str, str, str], ...]:
    """(thing, title, definition) of the ``category`` questions that are asked one after the other."""
    return tuple((row["thing"], row["title"], row["definition"]) for row in _words()["hierarchy"])


def thing(name: str) -> Thing:
    """The words for a kind of finding that boxes are drawn around; `UsageError` lists what there is."""
    try:
        return THINGS[name]
    except KeyError as error:
        raise UsageError(f"no question is worded for {name!r}; there are {', '.join(THINGS)}") from error
