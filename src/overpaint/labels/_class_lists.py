"""Lists of classes: which number means what, in the well-known label sets and in anybody's names file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from overpaint.errors import LabelsError
from overpaint.labels._meaning import meaning
from overpaint.labels._names_files import read_entries
from overpaint.labels._spelling import loosely
from overpaint.labels._taxonomy import Taxonomy, wordnet
from overpaint.labels._terms import Terms
from overpaint.labels._tree_file import shipped_lists

__all__ = ["CLASS_LISTS", "ClassList", "class_list", "classes_hash"]

CLASS_LISTS = ("ilsvrc", "21k", "22k", "22k-ms", "21k-p", "21k-p-fall", "12k")
"""Lists that come with this package. ``ilsvrc``: the 1,000 classes of the challenge, sorted by wnid. ``21k``: the
21,843 of Google's models. ``22k``: 21,841, two fewer. ``22k-ms``: Microsoft's 21,842, those of the challenge first.
``21k-p``: the 10,450 of ImageNet-21K-P (Ridnik et al. 2021); ``21k-p-fall``: 11,221, of the release before.
``12k``: the 11,821 of timm."""


def classes_hash(identifiers: Iterable[str]) -> str:
    """The SHA-256, in hexadecimal, over each identifier in UTF-8 and a line feed, in the order of their numbers.

    An identifier is a wnid (or that of another taxonomy) where it is known, else the name of the class as it stands.
    """
    whole = hashlib.sha256()
    for one in identifiers:
        whole.update(one.encode("utf-8", "surrogatepass") + b"\n")
    return whole.hexdigest()


@dataclass(frozen=True)
class ClassList:
    """What the numbers of a label set mean: the position in ``names`` is the number.

    Attributes
    ----------
    name
        ``ilsvrc`` and the like, or the file's.
    ids
        The identifier of each class, None where it is not known. As long as ``names``.
    names
        Its preferred name, or the text that a file gives; empty where a file leaves a number out.
    taxonomy
        What the identifiers are of; other names of a class are looked up there.
    """

    name: str
    ids: tuple[str | None, ...]
    names: tuple[str, ...]
    taxonomy: Taxonomy = field(default_factory=wordnet, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.names)

    def at(self, index: int) -> tuple[str | None, str]:
        """The identifier and the name of a number.

        Raises
        ------
        LabelsError
            The list has no such number.
        """
        if not 0 <= index < len(self.names):
            raise LabelsError(
                f"{self.name}: no class {index}; its {len(self)} classes have the numbers 0 to {len(self) - 1}"
            )
        return self.ids[index], self.names[index]

    def find(self, text: str) -> tuple[int, ...]:
        """Every number that a text may mean: an identifier, a name in any spelling, or several names with commas.

        ``maillot`` is two classes of ILSVRC; ``maillot, tank suit`` is one of them, because it alone bears both names.
        """
        if text in self._numbers:
            return self._numbers[text]
        whole = self._named(text)
        if whole or "," not in text:
            return whole
        parts = [set(found) for part in text.split(",", 100)[:100] if (found := self._named(part))]
        return tuple(sorted(set.intersection(*parts))) if parts else ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What `classes_hash` is taken over: the identifier of each class, or its name where it has none."""
        return tuple(key or name for key, name in zip(self.ids, self.names, strict=True))

    @cached_property
    def digest(self) -> str:
        """`classes_hash` of this list: two lists of the same one give the same numbers to the same things."""
        return classes_hash(self.identifiers)

    def _named(self, text: str) -> tuple[int, ...]:
        return self._bearers.get(loosely(text), ())

    @cached_property
    def _numbers(self) -> dict[str, tuple[int, ...]]:
        return _gathered((key, index) for index, key in enumerate(self.ids) if key is not None)

    @cached_property
    def _bearers(self) -> dict[str, tuple[int, ...]]:
        def pairs() -> Iterable[tuple[str, int]]:
            for index, (key, name) in enumerate(zip(self.ids, self.names, strict=True)):
                others = self.taxonomy.synset(key).names if key is not None and key in self.taxonomy else ()
                yield from ((word, index) for word in {loosely(each) for each in (name, *others)} if word)

        return _gathered(pairs())

    def known_names(self) -> Iterable[str]:
        """Every name that `find` knows, loosely spelled."""
        return self._bearers.keys()


def class_list(name: str | Path, *, taxonomy: Taxonomy | None = None) -> ClassList:
    """A list of classes by its name (see `CLASS_LISTS`), or read from a names file (see `read_entries` for the forms).

    Raises
    ------
    LabelsError
        No such list or file, or the file cannot be read as one.
    """
    if isinstance(name, str) and name in CLASS_LISTS:
        return _shipped(name)
    path = Path(name)
    if not path.exists():
        raise LabelsError(f"{name}: neither a file nor one of the lists that come along ({', '.join(CLASS_LISTS)})")
    tree = taxonomy or wordnet()
    entries = read_entries(path)
    return ClassList(path.name, tuple(each.id for each in entries), tuple(each.name for each in entries), tree)


@lru_cache(maxsize=len(CLASS_LISTS))
def _shipped(name: str) -> ClassList:
    ids = shipped_lists()[name]
    tree = wordnet()
    return ClassList(name, ids, tuple(tree.synset(key).names[0] for key in ids), tree)


def _gathered(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for key, index in pairs:
        found[key] = (*found.get(key, ()), index)
    return found


def describe(classes: ClassList, numbers: Sequence[int]) -> str:
    """Classes for a message: number, identifier and, where the taxonomy has one, the definition; never their names."""
    told, terms = [], Terms(taxonomy=classes.taxonomy)
    for number in numbers[:8]:
        key, _ = classes.at(number)
        told_meaning = meaning(classes.taxonomy, terms, key) if key is not None and key in classes.taxonomy else None
        told.append(" ".join(filter(None, (str(number), key, f"({told_meaning})" if told_meaning else ""))))
    rest = len(numbers) - 8
    return "; ".join(told) + (f"; and {rest} more" if rest > 0 else "")
