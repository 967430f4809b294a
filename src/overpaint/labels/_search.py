"""``labels search``: things by their names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._lens import checked, look
from overpaint.labels._spelling import loosely, nearest, strictly
from overpaint.labels._taxonomy import Taxonomy

__all__ = ["Hit", "SearchResult", "search"]

_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing whose name was looked for; ``ilsvrc`` is its number there, where it has one."""

    id: str
    term: str
    definition: str | None
    ilsvrc: int | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, best first: ``found`` in all, of which `hits` are listed.

    Attributes
    ----------
    how
        ``identifier``, ``name``, ``words``, ``beginnings`` or ``pattern``; ``nearly`` where nothing bears the name, and
        what is listed
        is spelled nearly so.
    """

    hits: tuple[Hit, ...]
    found: int
    how: str
    note: str

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The same, to read."""
        if not self.found:
            return ["nothing bears this name, nor one nearly like it"]
        found = ["nothing bears this name; spelled nearly so:"] if self.how == "nearly" else []
        for hit in self.hits:
            number = f"  [ilsvrc {hit.ilsvrc}]" if hit.ilsvrc is not None else ""
            found.append(f"{hit.id} {hit.term}{f': {hit.definition}' if hit.definition else ''}{number}")
        if self.found > len(self.hits):
            found.append(f"{self.found - len(self.hits):,} more; --most shows them")
        return found + ([self.note] if self.note else [])


def search(
    text: str,
    *,
    most: int = 20,
    taxonomy: str | Path | None = None,
    ratings: Iterable[str | Path] | str | Path = (),
    show_terms: bool = False,
) -> SearchResult:
    """Things that bear a name, or one with these words, or with words that begin so; or by a pattern (``*cycle``).

    Parameters
    ----------
    text
        A name, words of one in any order, beginnings of words, or a pattern with ``*``, ``?`` and ``[...]`` that a
        whole name must fit. Case, underscores and hyphens do not matter.
    most
        How many are listed.
    taxonomy, ratings, show_terms
        As of `show`.

    Raises
    ------
    LabelsError
        The text is empty or very long, or a file cannot be read.
    """
    if most < 1:
        raise LabelsError(f"most={most}: list at least 1")
    text = checked(text, "TEXT")
    lens = look(taxonomy, ratings, show_terms=show_terms)
    keys, how = _found(lens.tree, text)
    hits = [Hit(key, lens.term(key), lens.meaning(key), lens.numbers(key).get("ilsvrc")) for key in keys[:most]]
    return SearchResult(tuple(hits), len(keys), how, lens.terms.note())


def _found(tree: Taxonomy, text: str) -> tuple[list[str], str]:
    if text in tree:
        return [text], "identifier"
    if _GLOB.search(text):
        fits = re.compile(fnmatch.translate(loosely(text) if "[" not in text else strictly(text))).match
        return _bearing(tree, lambda name: fits(name) is not None), "pattern"
    wanted = loosely(text).split()
    whole = list(tree.loosely_named(text))
    words = _bearing(tree, lambda name: all(one in name for one in wanted) and set(wanted) <= set(name.split()))
    if whole or words:
        return list(dict.fromkeys([*whole, *words])), "name" if whole else "words"
    begun = _bearing(tree, lambda name: all(f" {one}" in f" {name}" for one in wanted))
    if begun:
        return begun, "beginnings"
    near = dict.fromkeys(key for name in nearest(text, tree.bearers(), count=8) for key in tree.loosely_named(name))
    return list(near), "nearly"


def _bearing(tree: Taxonomy, fits: Callable[[str], bool]) -> list[str]:
    """Things with a name that fits, shortest such name first."""
    found: dict[str, tuple[int, str]] = {}
    for name, keys in tree.bearers().items():
        if fits(name):
            for key in keys:
                found[key] = min(found.get(key, (len(name), key)), (len(name), key))
    return sorted(found, key=lambda key: found[key])
