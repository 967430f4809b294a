"""The files that ship with this package: WordNet's nouns, their definitions, and the order of well-known classes.

They are plain text, compressed (scripts/build_taxonomy.py wrote them). A line of the tree is taken apart when it is
asked for: there are 82,115 of them, and most questions are about a few.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from overpaint.labels._facts import Synset

__all__ = ["TreeFile", "shipped_definitions", "shipped_lists", "shipped_tree"]

Names = tuple[str, ...]


class TreeFile:
    """Synsets as lines ``id TAB names TAB parents TAB i``, names and parents separated by ``|``."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, key: object) -> bool:
        return key in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __getitem__(self, key: str) -> Synset:
        found, names, parents, instance = self._lines[key].split("\t")
        return Synset(found, tuple(names.split("|")), tuple(parents.split("|")) if parents else (), instance == "i")

    def all_names(self) -> Iterator[tuple[str, Names]]:
        """Every synset's names."""
        for key, line in self._lines.items():
            yield key, tuple(line.split("\t", 2)[1].split("|"))

    def all_parents(self) -> Iterator[tuple[str, Names]]:
        """Every synset's parents; roots have none and are left out."""
        for key, line in self._lines.items():
            parents = line.split("\t", 3)[2]
            if parents:
                yield key, tuple(parents.split("|"))


def shipped_tree() -> TreeFile:
    """WordNet 3.0's nouns."""
    return TreeFile({line.partition("\t")[0]: line for line in _text("wordnet30.tsv.xz").splitlines()})


@cache
def shipped_definitions() -> Mapping[str, str]:
    """The definition of each noun; 6 MB of text, so it is loaded only where somebody asks for one."""
    lines = _text("wordnet30_definitions.txt.xz").splitlines()
    return dict(zip(shipped_tree(), lines, strict=True))


@cache
def shipped_lists() -> Mapping[str, tuple[str, ...]]:
    """The identifiers of well-known lists of classes in the order of their numbers."""
    found: dict[str, list[str]] = {}
    for line in _text("class_lists.txt.xz").splitlines():
        if line.startswith("# "):
            ids = found[line[2:]] = []
        else:
            ids.append(line)
    return {name: tuple(ids) for name, ids in found.items()}


def _text(name: str) -> str:
    packed = files("overpaint.labels").joinpath("data", name).read_bytes()
    return lzma.decompress(packed).decode("utf-8")
