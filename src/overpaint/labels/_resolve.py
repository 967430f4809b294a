"""From the text that stands in a dataset, or that somebody types, to what it means and which number it has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import ClassList, class_list, describe
from overpaint.labels._spelling import nearest
from overpaint.labels._taxonomy import Taxonomy, wordnet

__all__ = ["Resolved", "index", "resolve_label"]

_BEGINS = re.compile(r"([A-Za-z]?\d{8})(?=[\s_.,:;-])")
_NUMBERED = re.compile(r"\A\d{1,4}[\s_.-]+(?=\D)")  # `001.Black_footed_Albatross`, `0--Parade`
_DIGITS = re.compile(r"[0-9]{1,9}")
LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a label means.

    Attributes
    ----------
    id
        Its identifier, where it can be only one.
    candidates
        All that it may be, in the order of identifiers; the one alone where it is only one.
    how
        ``wnid``: the text is or begins with an identifier. ``name``: it names one thing. ``index``: it is a number, and
        the lists agree on its meaning. ``ambiguous``: it names several. ``unknown``: it names nothing.
    """

    id: str | None
    candidates: tuple[str, ...]
    how: Literal["wnid", "name", "index", "ambiguous", "unknown"]


_NOTHING = Resolved(None, (), "unknown")


def resolve_label(text: str, *, taxonomy: Taxonomy | None = None, lists: Sequence[ClassList] = ()) -> Resolved:
    """What a label means: ``n01440764``, ``n01440764_tench``, ``tench, Tinca tinca``, ``golf_ball``, ``0``.

    Parameters
    ----------
    lists
        The label sets that the dataset may be of. They give numbers a meaning, and of several things with one name
        those that are classes of them are preferred.
    """
    tree = taxonomy or wordnet()
    text = text.strip()
    if not text or len(text) > LONGEST:
        return _NOTHING
    if text in tree:
        return Resolved(text, (text,), "wnid")
    if (found := _BEGINS.match(text)) and found[1] in tree:
        return Resolved(found[1], (found[1],), "wnid")
    if lists and _DIGITS.fullmatch(text):
        meant = {classes.ids[int(text)] for classes in lists if int(text) < len(classes)} - {None}
        return _told(sorted(one for one in meant if one is not None), "index")
    return _told(_among(_named(text, tree) or _named(_NUMBERED.sub("", text, count=1), tree), lists), "name")


def index(name: str, *, list: str | Path = "ilsvrc", taxonomy: str | Path | None = None) -> int:  # noqa: A002
    """The number of a class, told by its name: ``labels.index("bicycle-built-for-two")`` is 444.

    Parameters
    ----------
    name
        A wnid, or any of the class's names in any spelling; several with commas where one alone is ambiguous.
    list
        The label set: one that comes along (``ilsvrc``, ``21k``, ...), or a names file.
    taxonomy
        A file of another hierarchy that the list's identifiers are of.

    Raises
    ------
    LabelsError
        The list has no such class, or several: the message lists their numbers and identifiers.
    """
    from overpaint.labels._other_trees import read_taxonomy

    classes = class_list(list, taxonomy=None if taxonomy is None else read_taxonomy(taxonomy))
    return index_in(classes, name)


def index_in(classes: ClassList, name: str) -> int:
    """As `index`, in a list that is at hand."""
    found = classes.find(name.strip())
    if len(found) == 1:
        return found[0]
    if found:
        told = describe(classes, found)
        raise LabelsError(
            f"{_said(name)} is {len(found)} classes of {classes.name}: {told}. Give one of the identifiers"
        )
    raise LabelsError(f"{_said(name)} is no class of {classes.name}; {_hint(classes, name.strip())}")


def _hint(classes: ClassList, name: str) -> str:
    """What somebody may have meant: classes below the thing that was named, or classes with a name nearly like it."""
    tree = classes.taxonomy
    meant = [name] if name in tree else tree.loosely_named(name)
    below = set[str]().union(*(tree.descendants(key) for key in meant))
    lower = tuple(number for number, key in enumerate(classes.ids) if key in below)
    if lower:
        return f"below {' and '.join(meant[:8])} are {describe(classes, lower)}"
    near = dict.fromkeys(number for text in nearest(name, classes.known_names()) for number in classes.find(text))
    if near:
        return f"spelled nearly so: {describe(classes, tuple(near))}"
    return "`overpaint labels search` looks in the taxonomy"


def _named(text: str, tree: Taxonomy) -> tuple[str, ...]:
    """What bears the name, spelled so or at least loosely so; of a list of names, what bears the most of them."""
    found = tree.named(text) or tree.loosely_named(text)
    if found or "," not in text:
        return found
    votes = Counter(one for part in text.split(",", 100)[:100] for one in tree.loosely_named(part))
    most = max(votes.values(), default=0)
    return tuple(sorted(one for one, count in votes.items() if count == most))


def _among(found: Sequence[str], lists: Sequence[ClassList]) -> Sequence[str]:
    """Those that are classes of the lists, where any is."""
    if len(found) < 2 or not lists:
        return found
    return [one for one in found if any(classes.find(one) for classes in lists)] or found


def _told(found: Sequence[str], how: Literal["name", "index"]) -> Resolved:
    if not found:
        return _NOTHING
    return Resolved(found[0], tuple(found), how) if len(found) == 1 else Resolved(None, tuple(found), "ambiguous")


def _said(name: str) -> str:
    """What somebody typed, fit for a message."""
    return repr(name[:80])
