"""What the commands look through: a taxonomy, what people said of its things, and which terms may be printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import ClassList
from overpaint.labels._facts import PERSON
from overpaint.labels._meaning import meaning
from overpaint.labels._other_trees import read_taxonomy
from overpaint.labels._ratings import Ratings, ratings
from overpaint.labels._resolve import resolve_label
from overpaint.labels._spelling import LONGEST, nearest
from overpaint.labels._taxonomy import Taxonomy, wordnet
from overpaint.labels._terms import Terms
from overpaint.labels._tree_file import shipped_lists

__all__ = ["Lens", "checked", "kinship", "look", "parents_first"]


@dataclass(frozen=True)
class Lens:
    """A taxonomy as it may be shown."""

    tree: Taxonomy
    ratings: Ratings
    terms: Terms

    @property
    def is_wordnet(self) -> bool:
        """Whether the numbers of well-known lists and the person subtree mean anything here."""
        return self.tree is wordnet()

    def term(self, key: str) -> str:
        """The names of a thing, or that they are withheld."""
        return self.terms.of(key)

    def meaning(self, key: str) -> str | None:
        """Its definition, without words that are withheld."""
        return meaning(self.tree, self.terms, key)

    def numbers(self, key: str) -> Mapping[str, int]:
        """The number of a thing in each of the lists that come along, where it is a class of one."""
        if not self.is_wordnet:
            return {}
        return {name: places[key] for name, places in _places().items() if key in places}

    def person(self, key: str) -> bool | None:
        """Whether it lies in WordNet's person subtree; None in another taxonomy."""
        return self.tree.under(key, PERSON) if self.is_wordnet else None

    def one(self, text: str) -> str:
        """The thing that somebody means by an identifier or a name.

        Raises
        ------
        LabelsError
            There is none, or several; the message lists them by identifier.
        """
        found = resolve_label(text, taxonomy=self.tree)
        if found.id is not None:
            return found.id
        said = repr(text[:80])
        if found.candidates:
            told = self.told(found.candidates)
            raise LabelsError(f"{said} is {len(found.candidates)} things: {told}. Give one of the identifiers")
        near = dict.fromkeys(
            key for name in nearest(text, self.tree.bearers()) for key in self.tree.loosely_named(name)
        )
        hint = f"spelled nearly so: {self.told(tuple(near))}" if near else "`overpaint labels search WORD` finds things"
        raise LabelsError(f"{said} is nothing of {self.tree.name}; {hint}")

    def told(self, keys: Iterable[str], most: int = 8) -> str:
        """Things for a message: identifiers and what they mean, and no names, so that a message needs no mask."""
        listed = list(keys)
        told = [f"{key} ({meaning})" if (meaning := self.meaning(key)) else key for key in listed[:most]]
        return "; ".join(told) + (f"; and {len(listed) - most} more" if len(listed) > most else "")


@cache
def _places() -> Mapping[str, Mapping[str, int]]:
    """The number of each class of the lists that come along."""
    return {name: {key: index for index, key in enumerate(ids)} for name, ids in shipped_lists().items()}


def look(
    taxonomy: str | Path | None,
    files: Iterable[str | Path] | str | Path,
    *,
    show_terms: bool,
    lists: ClassList | None = None,
) -> Lens:
    """A lens over a taxonomy's file (WordNet unless given); a maintainer's ratings lie on top of the installed ones."""
    tree = lists.taxonomy if lists is not None else wordnet() if taxonomy is None else read_taxonomy(taxonomy)
    said = ratings(files)
    return Lens(tree, said, Terms(said, tree, show=show_terms))


def checked(text: str, what: str) -> str:
    """A text that somebody typed, fit to be looked for."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise LabelsError(
            f"{what} is {'empty' if not text else f'longer than {LONGEST} letters'}; give an identifier or a name"
        )
    return text


def kinship(tree: Taxonomy, one: str, other: str) -> tuple[float, str | None]:
    """How near two things are, from 0 to 1, and the kind that both are of: Wu & Palmer, ACL 1994.

    ``2 d(c) / (2 d(c) + a + b)``, with ``d(c)`` the number of things on the longest way from a root to the shared
    kind, both counted, and ``a`` and ``b`` the fewest steps up to it; of all shared kinds the one that gives the most.
    """
    above, others = _steps(tree, one), _steps(tree, other)
    deep: dict[str, int] = {}
    for key in parents_first(tree, one):
        deep[key] = 1 + max((deep[parent] for parent in tree.parents(key)), default=0)
    best: tuple[float, str | None] = (0.0, None)
    for key in sorted(above.keys() & others.keys()):
        value = 2 * deep[key] / (2 * deep[key] + above[key] + others[key])
        best = max(best, (value, key), key=lambda pair: pair[0])
    return best


def parents_first(tree: Taxonomy, key: str) -> list[str]:
    """Everything above a thing and the thing itself, parents before their children."""
    found: dict[str, None] = {}
    stack = [key]
    while stack:
        waiting = [parent for parent in tree.parents(stack[-1]) if parent not in found]
        if waiting:
            stack += waiting
        else:
            found[stack.pop()] = None
    return list(found)


def _steps(tree: Taxonomy, start: str) -> dict[str, int]:
    """Everything above a thing, with the fewest steps to it."""
    found = {start: 0}
    queue = deque([start])
    while queue:
        key = queue.popleft()
        for parent in tree.parents(key):
            if parent not in found:
                found[parent] = found[key] + 1
                queue.append(parent)
    return found
