"""In which words a list of classes is written, and the classes that its entries mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from overpaint.labels._class_lists import ClassList
from overpaint.labels._guard_align import Ints
from overpaint.labels._spelling import loosely
from overpaint.labels._taxonomy import wordnet

__all__ = ["Meant", "Words", "as_classes", "meant"]

_WNID = re.compile(r"\s*([A-Za-z]\d{8})(?![0-9A-Za-z])")
_STRICT = 0.98  # of the entries in one spelling: then another name of a class is no mere other word for it


def as_classes(true: ClassList | Sequence[str]) -> ClassList:
    """A list of texts as a list of classes: what begins with a wnid of WordNet is that class."""
    if isinstance(true, ClassList):
        return true
    tree = wordnet()
    ids = tuple(found[1] if (found := _WNID.match(text)) and found[1] in tree else None for text in true)
    return ClassList("the list", ids, tuple(true), tree)


@dataclass(frozen=True)
class _Spelling:
    """One way to write the classes: each text as a number, and the classes as these numbers."""

    name: str
    read: Callable[[str], str]
    table: Mapping[str, int]
    tokens: Ints

    @classmethod
    def of(cls, name: str, read: Callable[[str], str], texts: Sequence[str | None]) -> _Spelling:
        table: dict[str, int] = {}
        # None is a name of its own, which nobody can write
        tokens = [
            table.setdefault(f"\0{i}" if text is None else read(text), len(table)) for i, text in enumerate(texts)
        ]
        return cls(name, read, table, np.array(tokens, np.int64))

    def given(self, texts: Sequence[str]) -> Ints:
        get, read = self.table.get, self.read
        return np.fromiter((get(read(text), -1) for text in texts), np.int64, len(texts))


@dataclass(frozen=True)
class Words:
    """What the classes of a list may be called, made once for each list."""

    classes: ClassList

    @cached_property
    def spellings(self) -> tuple[_Spelling, ...]:
        """From the most exact to the loosest."""
        return tuple(self._each())

    def _each(self) -> Iterator[_Spelling]:
        tree, names = self.classes.taxonomy, self.classes.names
        known = [tree.synset(id).names if id is not None and id in tree else () for id in self.classes.ids]  # noqa: A001
        ways: list[tuple[str, Sequence[str | None]]] = [
            ("names of the list", [name or None for name in names]),
            ("first names", [each[0] if each else name or None for each, name in zip(known, names, strict=True)]),
            ("all names", [", ".join(each) if each else name or None for each, name in zip(known, names, strict=True)]),
        ]
        if any(self.classes.ids):
            yield _Spelling.of("wnids", _wnid, self.classes.ids)
        for name, texts in ways:
            yield _Spelling.of(name, _plain, texts)
        for name, texts in ways:
            yield _Spelling.of(f"{name}, loosely spelled", loosely, texts)


@dataclass(frozen=True)
class Meant:
    """A list read in the words of another.

    Attributes
    ----------
    given, true
        Both lists as numbers, the same for the same name; -1 for what is in no class of the true list.
    others
        What entries may mean that are written in another way than the others, by their place.
    strict
        Whether so many are written in one way that another name of a class is no mere other word for it.
    words
        Which way of writing this is.
    """

    given: Ints
    true: Ints
    others: Mapping[int, tuple[int, ...]]
    strict: bool
    words: str

    @cached_property
    def twins(self) -> tuple[tuple[int, ...], ...]:
        """Classes that have one name in these words."""
        groups: dict[int, list[int]] = {}
        for at in np.flatnonzero(np.bincount(self.true)[self.true] > 1).tolist():
            groups.setdefault(int(self.true[at]), []).append(at)
        return tuple(map(tuple, groups.values()))

    def by_place(self, wanted: Mapping[int, int]) -> Meant:
        """The same with the other entries read as the classes that their places want, if they may mean those.

        What is wanted by no place is read as what it means, if that is one class.
        """
        given = self.given.copy()
        for at, candidates in self.others.items():
            names = {int(self.true[each]) for each in candidates}
            if wanted.get(at) in candidates:
                given[at] = self.true[wanted[at]]
            elif len(names) == 1:
                given[at] = names.pop()
        return replace(self, given=given)


def meant(given: Sequence[str], classes: ClassList) -> Meant:
    """Read a list in the way of writing in which most of its entries name a class."""
    words = _words(classes)
    best = words.spellings[0]
    found = best.given(given)
    for each in words.spellings[1:]:
        if (found >= 0).all():
            break
        tokens = each.given(given)
        if (tokens >= 0).sum() > (found >= 0).sum():
            best, found = each, tokens
    strange = np.flatnonzero(found < 0).tolist()
    others = {at: candidates for at in strange if (candidates := classes.find(given[at]))}
    strict = len(strange) <= (1 - _STRICT) * len(given)
    return Meant(found, best.tokens, others, strict, best.name)


@lru_cache(maxsize=4)
def _words(classes: ClassList) -> Words:
    return Words(classes)


def _wnid(text: str) -> str:
    found = _WNID.match(text)
    return found[1] if found else text.strip()


def _plain(text: str) -> str:
    return text.replace("_", " ").strip()
