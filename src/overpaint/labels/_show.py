"""``labels show``: all that is known of one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overpaint.labels._facts import Rating
from overpaint.labels._lens import Lens, checked, look, parents_first
from overpaint.labels._ratings_published import HOW_TO_GET_RATINGS

__all__ = ["Shown", "show"]

MOST_PATHS = 12
"""Ways up that are listed; a thing with several parents, and theirs, may have hundreds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a thing.

    Attributes
    ----------
    id, term, definition
        ``term``: its names, or that they are withheld.
    instance
        It is one of its parents, not a kind of them: a certain city, a certain person.
    paths
        The ways from a root down to it, as identifiers and terms, without itself; `more_paths` further ones are left
        out.
    children, descendants
        How many things lie directly below it, and in all.
    numbers
        Its number in each list of classes that has it.
    person
        Whether it lies in WordNet's person subtree; None in another taxonomy.
    rating, ratings
        What people said of it, and how many ratings are installed or given.
    note
        What is withheld.
    """

    id: str
    term: str
    definition: str | None
    instance: bool
    paths: tuple[tuple[tuple[str, str], ...], ...]
    more_paths: int
    children: int
    descendants: int
    numbers: Mapping[str, int]
    person: bool | None
    rating: Rating | None
    ratings: int
    note: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        ways = [[{"id": key, "term": term} for key, term in path] for path in self.paths]
        return asdict(self) | {"numbers": dict(self.numbers), "paths": ways}

    def lines(self) -> list[str]:
        """The same, to read."""
        found = [f"{self.id}  {self.term}"]
        if self.definition:
            found.append(f"  {self.definition}")
        for path in self.paths:
            above = [f"{key} {term.partition(', ')[0]}" for key, term in reversed(path)]
            found.append(f"  {'one of' if self.instance else 'a kind of'}: {' < '.join(above)}")
        if self.more_paths:
            found.append(f"  and {self.more_paths:,} more ways up")
        found.append(f"  below it: {self.children:,} directly, {self.descendants:,} in all")
        if self.person is not None:
            told = ", ".join(f"{name} {number}" for name, number in self.numbers.items())
            found += [f"  class number: {told or 'in none of the lists that come along'}"]
            found += [f"  in the person subtree: {'yes' if self.person else 'no'}"]
        found.append(f"  rating: {self._rated()}")
        return found + ([f"  {self.note}"] if self.note else [])

    def _rated(self) -> str:
        if self.rating is None:
            return "none" if self.ratings else f"no ratings are installed; {HOW_TO_GET_RATINGS}"
        said: list[str] = [self.rating.safety or "safety not judged"]
        if self.rating.imageability is not None:
            said.append(f"imageability {self.rating.imageability:.2f} of 5")
        return f"{', '.join(said)} ({self.rating.source}, {self.rating.date})"


def show(
    name: str,
    *,
    taxonomy: str | Path | None = None,
    ratings: Iterable[str | Path] | str | Path = (),
    show_terms: bool = False,
) -> Shown:
    """What is known of a thing: its names, what it is a kind of, its class numbers, what people said of it.

    Parameters
    ----------
    name
        Its identifier, or a name that only it bears.
    taxonomy
        A file of another hierarchy; WordNet unless given.
    ratings
        Files of a maintainer's own ratings; they win over the installed ones.
    show_terms
        Also terms that are withheld otherwise (`Terms`).

    Raises
    ------
    LabelsError
        There is no such thing, or several bear the name; the message lists them.
    """
    lens = look(taxonomy, ratings, show_terms=show_terms)
    key = lens.one(checked(name, "NAME"))
    synset = lens.tree.synset(key)
    paths, more = _paths(lens, key)
    return Shown(
        id=key,
        term=lens.term(key),
        definition=lens.meaning(key),
        instance=synset.instance,
        paths=paths,
        more_paths=more,
        children=len(lens.tree.children(key)),
        descendants=len(lens.tree.descendants(key)),
        numbers=lens.numbers(key),
        person=lens.person(key),
        rating=lens.ratings.get(key),
        ratings=len(lens.ratings),
        note=lens.terms.note(),
    )


def _paths(lens: Lens, key: str) -> tuple[tuple[tuple[tuple[str, str], ...], ...], int]:
    """The ways from a root to a thing, the first few of them, and how many more there are."""
    counts: dict[str, int] = {}
    for one in parents_first(lens.tree, key):  # a thing has as many ways up as its parents together
        counts[one] = sum(counts[parent] for parent in lens.tree.parents(one)) or 1
    found: list[tuple[str, ...]] = []
    begun: list[tuple[str, ...]] = [(parent,) for parent in reversed(lens.tree.parents(key))]
    while begun and len(found) < MOST_PATHS:
        path = begun.pop()
        higher = lens.tree.parents(path[0])
        if not higher:
            found.append(path)
        begun += [(parent, *path) for parent in reversed(higher)]
    total = counts[key] if lens.tree.parents(key) else 0
    terms = {one: lens.term(one) for path in found for one in path}
    return tuple(tuple((one, terms[one]) for one in path) for path in found), total - len(found)
