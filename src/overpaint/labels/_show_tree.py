"""``labels tree``: what lies below a thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._lens import checked, look

__all__ = ["Branch", "TreeShown", "tree"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A thing in its place of a tree.

    Attributes
    ----------
    depth
        0 for the one that was asked for.
    below
        How many things lie below it, at any depth.
    ilsvrc
        Its number in ILSVRC, where it is a class of that.
    safety
        What people said of it, where they did.
    again
        It has several parents and stands further up already, with what lies below it.
    """

    id: str
    term: str
    depth: int
    instance: bool
    below: int
    ilsvrc: int | None
    safety: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class TreeShown:
    """What lies below a thing, from top to bottom; ``descendants`` counts all, also those deeper than was asked."""

    branches: tuple[Branch, ...]
    descendants: int
    note: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The same, to read: two spaces for each step down."""
        found = []
        for one in self.branches:
            marks = [f"{one.below:,} below"] if one.below else []
            marks += [f"ilsvrc {one.ilsvrc}"] if one.ilsvrc is not None else []
            marks += [one.safety] if one.safety else []
            marks += ["see above"] if one.again else []
            told = f"  [{', '.join(marks)}]" if marks else ""
            found.append(f"{'  ' * one.depth}{one.id} {'= ' if one.instance else ''}{one.term}{told}")
        return found + ([self.note] if self.note else [])


def tree(
    name: str,
    *,
    depth: int = 1,
    taxonomy: str | Path | None = None,
    ratings: Iterable[str | Path] | str | Path = (),
    show_terms: bool = False,
) -> TreeShown:
    """What is a kind of a thing, and of those, to some depth; ``=`` marks what is one of it, not a kind.

    Parameters
    ----------
    name
        Its identifier, or a name that only it bears.
    depth
        Steps down that are shown; counts are of all.
    taxonomy, ratings, show_terms
        As of `show`.

    Raises
    ------
    LabelsError
        There is no such thing, or several bear the name.
    """
    if depth < 0:
        raise LabelsError(f"depth={depth}: give 0 for the thing alone, 1 for what lies directly below it")
    lens = look(taxonomy, ratings, show_terms=show_terms)
    start = lens.one(checked(name, "NAME"))
    branches: list[Branch] = []
    opened: set[str] = set()
    rest = [(start, 0)]
    while rest:
        key, at = rest.pop()
        again = key in opened
        rating = lens.ratings.get(key)
        branches.append(
            Branch(
                id=key,
                term=lens.term(key),
                depth=at,
                instance=at > 0 and lens.tree.synset(key).instance,
                below=len(lens.tree.descendants(key)),
                ilsvrc=lens.numbers(key).get("ilsvrc"),
                safety=rating.safety if rating is not None else None,
                again=again and bool(lens.tree.children(key)) and at < depth,
            )
        )
        if at < depth and not again:
            opened.add(key)
            rest += [(child, at + 1) for child in reversed(lens.tree.children(key))]
    return TreeShown(tuple(branches), len(lens.tree.descendants(start)), lens.terms.note())
