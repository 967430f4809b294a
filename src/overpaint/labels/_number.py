"""``labels resolve``: which class a number is, which number a class has, and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overpaint.labels._class_lists import ClassList, class_list
from overpaint.labels._lens import Lens, checked, kinship, look
from overpaint.labels._other_trees import read_taxonomy
from overpaint.labels._resolve import index_in
from overpaint.labels._spelling import on_a_line

__all__ = ["Neighbour", "NumberShown", "resolve"]

OF_ANOTHER_KIND = 0.6
"""Neighbours that are less alike than this (Wu & Palmer) are of another kind. In ILSVRC these are 365 of the 999 pairs
of neighbours, 4 of them among its 398 animals: most of the others share no more than that people made them."""

_NUMBER = re.compile(r"[+-]?\d{1,9}")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The class before or after. ``alike`` from 0 to 1 and ``shared``, the nearest kind that both are of, where both
    are known to the taxonomy.
    """

    index: int
    id: str | None
    term: str
    alike: float | None
    shared: str | None

    @property
    def other(self) -> bool:
        """Whether it is a thing of another kind, so that a number that is off by one is no small mistake."""
        return self.alike is not None and self.alike < OF_ANOTHER_KIND


@dataclass(frozen=True, slots=True)
class NumberShown:
    """A class of a list: its number, its identifier, its names, its neighbours, its numbers in other lists."""

    list_name: str
    classes: int
    index: int
    id: str | None
    term: str
    definition: str | None
    neighbours: tuple[Neighbour, ...]
    elsewhere: Mapping[str, int]
    note: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        beside = [asdict(one) | {"another_kind": one.other} for one in self.neighbours]
        return asdict(self) | {"neighbours": beside, "elsewhere": dict(self.elsewhere)}

    def lines(self) -> list[str]:
        """The same, to read."""
        found = [f"{self.list_name} {self.index}: {_called(self.id, self.term)}"]
        if self.definition:
            found.append(f"  {self.definition}")
        for one in self.neighbours:
            told = f"  <- another kind of thing (what both are: {one.shared or 'nothing'})" if one.other else ""
            found.append(f"  {one.index} is {_called(one.id, one.term)}{told}")
        if self.elsewhere:
            found.append(f"  elsewhere: {', '.join(f'{name} {number}' for name, number in self.elsewhere.items())}")
        found += [f"  {self.note}"] if self.note else []
        return [on_a_line(line) for line in found]  # a names file may hold anything


def resolve(
    text: str,
    *,
    list: str | Path = "ilsvrc",  # noqa: A002 - the word of the command
    taxonomy: str | Path | None = None,
    ratings: Iterable[str | Path] | str | Path = (),
    show_terms: bool = False,
) -> NumberShown:
    """The class of a number, or the number of a class, with the classes before and after it.

    Parameters
    ----------
    text
        A number, a wnid or a name.
    list
        The label set: one that comes along (`CLASS_LISTS`), or a names file.
    taxonomy
        A file of the hierarchy that the identifiers of a names file are of; WordNet unless given.
    ratings, show_terms
        As of `show`.

    Raises
    ------
    LabelsError
        The list has no such class, or several bear the name; the message lists them.
    """
    text = checked(text, "TEXT")
    classes = class_list(list, taxonomy=None if taxonomy is None else read_taxonomy(taxonomy))
    index = int(text) if _NUMBER.fullmatch(text) else index_in(classes, text)
    key, name = classes.at(index)
    lens = look(None, ratings, show_terms=show_terms, lists=classes)
    beside = [at for at in (index - 1, index + 1) if 0 <= at < len(classes)]
    known = key is not None and key in lens.tree
    return NumberShown(
        list_name=classes.name,
        classes=len(classes),
        index=index,
        id=key,
        term=_term(lens, key, name),
        definition=lens.meaning(key) if key is not None and known else None,
        neighbours=tuple(_neighbour(lens, classes, key, at) for at in beside),
        elsewhere={each: at for each, at in lens.numbers(key).items() if each != classes.name} if key and known else {},
        note=lens.terms.note(),
    )


def _neighbour(lens: Lens, classes: ClassList, key: str | None, at: int) -> Neighbour:
    beside, name = classes.at(at)
    alike, shared = None, None
    if key is not None and beside is not None and key in lens.tree and beside in lens.tree:
        alike, kind = kinship(lens.tree, key, beside)
        shared = None if kind is None else f"{kind} {lens.term(kind).partition(', ')[0]}"
    return Neighbour(at, beside, _term(lens, beside, name), None if alike is None else round(alike, 3), shared)


def _term(lens: Lens, key: str | None, name: str) -> str:
    """The taxonomy's names of a class; what the list says where the taxonomy does not know it."""
    if key is not None and key in lens.tree:
        return lens.term(key)
    return lens.terms.label(name) if name else "(no name)"


def _called(key: str | None, term: str) -> str:
    return term if key is None or key == term else f"{key} {term}"
