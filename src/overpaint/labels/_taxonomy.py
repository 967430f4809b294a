"""A taxonomy: what is a kind of what. WordNet 3.0's nouns ship, because ImageNet's labels are these."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from overpaint.errors import LabelsError
from overpaint.labels._facts import Synset
from overpaint.labels._spelling import loosely, strictly
from overpaint.labels._tree_file import shipped_definitions, shipped_tree

__all__ = ["Taxonomy", "wordnet"]


class Rows(Protocol):
    """Where a taxonomy's synsets lie: all of them in a dictionary, or lines of a file that are read as needed."""

    def __len__(self) -> int: ...
    def __contains__(self, key: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, key: str, /) -> Synset: ...
    def all_names(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Every synset's names."""

    def all_parents(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Every synset's parents."""


class Taxonomy:
    """Synsets and what they are kinds of: a graph without circles, in which a thing may have several parents.

    Parameters
    ----------
    name, version
        What people call it.
    rows
        Its synsets in the order of their identifiers. Parents exist and there are no circles: who makes them has
        checked that (`Taxonomy.of` does).
    definitions
        What each means, or what fetches that when the first is asked for.
    """

    def __init__(
        self,
        name: str,
        version: str,
        rows: Rows,
        *,
        definitions: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self._rows = rows
        self._definitions = definitions
        self._down: Mapping[str, tuple[str, ...]] | None = None
        self._bearers: Mapping[str, tuple[str, ...]] | None = None

    @classmethod
    def of(
        cls, name: str, version: str, synsets: Iterable[Synset], *, definitions: Mapping[str, str] | None = None
    ) -> Taxonomy:
        """A taxonomy of synsets in any order.

        Raises
        ------
        LabelsError
            An identifier stands there twice, a parent does not exist, or a thing is a kind of itself by way of others.
        """
        known: dict[str, Synset] = {}
        for synset in synsets:
            if synset.id in known:
                raise LabelsError(
                    f"{name}: the identifier {_short(synset.id)} stands there twice; give each thing its own"
                )
            known[synset.id] = synset
        _check(name, known)
        told = dict(definitions or {})
        return cls(name, version, _Given({key: known[key] for key in sorted(known)}), definitions=told)

    def __repr__(self) -> str:
        return f"<Taxonomy {self.name} {self.version}: {len(self)} synsets>"

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def synset(self, key: str) -> Synset:
        """One thing of it.

        Raises
        ------
        LabelsError
            There is none of this identifier.
        """
        try:
            return self._rows[key]
        except KeyError:
            raise LabelsError(
                f"{_short(key)}: no identifier of {self.name}; `overpaint labels search WORD` finds them by name"
            ) from None

    def parents(self, key: str) -> tuple[str, ...]:
        """What it is a kind of, or one of; a root is a kind of nothing."""
        return self.synset(key).parents

    def children(self, key: str) -> tuple[str, ...]:
        """What is a kind of it or one of it, directly, in the order of identifiers."""
        self.synset(key)
        if self._down is None:
            down: dict[str, list[str]] = {}
            for child, parents in self._rows.all_parents():
                for parent in parents:
                    down.setdefault(parent, []).append(child)
            self._down = {parent: tuple(children) for parent, children in down.items()}
        return self._down.get(key, ())

    def ancestors(self, key: str) -> tuple[str, ...]:
        """All that it is a kind of, nearest first (breadth first), without itself."""
        return tuple(_walk(key, self.parents))

    def descendants(self, key: str) -> frozenset[str]:
        """All that is a kind of it or one of it, without itself."""
        return frozenset(_walk(key, self.children))

    def under(self, key: str, root: str) -> bool:
        """Whether it is ``root`` or a kind of it; False where this taxonomy knows nothing of either."""
        if key not in self._rows or root not in self._rows:
            return False
        return key == root or root in _walk(key, self.parents)

    def named(self, text: str) -> tuple[str, ...]:
        """The identifiers that bear a name, in their order; case and underscores do not matter, hyphens do."""
        wanted = strictly(text)
        found = (
            key for key in self.loosely_named(text) if any(strictly(name) == wanted for name in self.synset(key).names)
        )
        return tuple(found)

    def loosely_named(self, text: str) -> tuple[str, ...]:
        """As `named`, but hyphens and apostrophes do not matter either."""
        return self.bearers().get(loosely(text), ())

    def bearers(self) -> Mapping[str, tuple[str, ...]]:
        """Every name, loosely spelled, with the identifiers that bear it; made when the first name is asked for."""
        if self._bearers is None:
            found: dict[str, tuple[str, ...]] = {}
            for key, names in self._rows.all_names():
                for name in dict.fromkeys(loosely(name) for name in names):
                    found[name] = (*found.get(name, ()), key)
            self._bearers = found
        return self._bearers

    def definition(self, key: str) -> str | None:
        """What it means in a sentence, where somebody wrote one."""
        self.synset(key)
        told = self._definitions() if callable(self._definitions) else self._definitions
        return told.get(key) or None if told is not None else None


@lru_cache(maxsize=1)
def wordnet() -> Taxonomy:
    """WordNet 3.0's 82,115 nouns; their identifiers are ImageNet's wnids (``n`` and the offset in data.noun)."""
    return _WordNet("WordNet", "3.0", shipped_tree(), definitions=shipped_definitions)


class _WordNet(Taxonomy):
    """The one that comes along: another process takes its own, so that nobody sends 82,115 lines."""

    def __reduce__(self) -> tuple[Callable[[], Taxonomy], tuple[()]]:
        return wordnet, ()


class _Given:
    """Synsets that are all in memory."""

    def __init__(self, synsets: Mapping[str, Synset]) -> None:
        self._synsets = synsets

    def __len__(self) -> int:
        return len(self._synsets)

    def __contains__(self, key: object, /) -> bool:
        return key in self._synsets

    def __iter__(self) -> Iterator[str]:
        return iter(self._synsets)

    def __getitem__(self, key: str, /) -> Synset:
        return self._synsets[key]

    def all_names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return ((key, synset.names) for key, synset in self._synsets.items())

    def all_parents(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return ((key, synset.parents) for key, synset in self._synsets.items())


def _walk(start: str, steps: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """What can be reached, nearest first, each once; a circle would end the walk, not go on for ever."""
    seen = {start}
    queue = deque([start])
    while queue:
        for one in steps(queue.popleft()):
            if one not in seen:
                seen.add(one)
                queue.append(one)
                yield one


def _check(name: str, known: Mapping[str, Synset]) -> None:
    """Parents exist, and nothing is above itself (Kahn 1962: take away what has no parents left, until nothing is)."""
    waiting = {}
    below: dict[str, list[str]] = {}
    for synset in known.values():
        parents = set(synset.parents)
        for parent in parents:
            if parent not in known:
                raise LabelsError(
                    f"{name}: the parent {_short(parent)} of {_short(synset.id)} is not there; add or correct it"
                )
            below.setdefault(parent, []).append(synset.id)
        waiting[synset.id] = len(parents)
    ready = [key for key, count in waiting.items() if not count]
    left = len(known)
    while ready:
        left -= 1
        for child in below.get(ready.pop(), ()):
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    if left:
        stuck = min(key for key, count in waiting.items() if count)
        raise LabelsError(
            f"{name}: {_short(stuck)} is above itself, or below something that is; take one parent of the circle away"
        )


def _short(text: str) -> str:
    """A text of unknown origin, fit for a message."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text[:60])
    return f"{plain}..." if len(text) > 60 else plain
