"""The words of the labels room: a thing that labels may mean, what people said of it, and how often data bears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["PERSON", "LabelCount", "Rating", "Safety", "Synset"]

Safety = Literal["offensive", "sensitive", "safe"]
"""What the raters of 2019 could say of a label (Yang et al., FAT* 2020)."""

PERSON = "n00007846"
"""WordNet's person: the root of the subtree that was rated."""


@dataclass(frozen=True, slots=True)
class Synset:
    """One thing of a taxonomy.

    Attributes
    ----------
    id
        ``n`` and eight digits for WordNet (ImageNet's wnid), whatever the file says for another taxonomy.
    names
        Its words, without underscores; the first is the preferred one.
    parents
        What it is a kind of; with ``instance``, what it is one of.
    """

    id: str
    names: tuple[str, ...]
    parents: tuple[str, ...] = ()
    instance: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """What people said of one label.

    Attributes
    ----------
    safety
        None where nobody judged it.
    imageability
        From 1 (cannot be seen in a picture) to 5 (easily); None where nobody judged it.
    source, date
        Who says so, and when it was published or collected (ISO 8601).
    raters, agreement
        How many people were asked, and the share of them that said the same; None where that was not told.
    """

    id: str
    safety: Safety | None
    imageability: float | None
    source: str
    date: str
    raters: int | None = None
    agreement: float | None = None


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label of a dataset as it stands there, and how many images bear it.

    Attributes
    ----------
    label
        A folder's name, a category's, the name of a class number, the text of a ``.cls`` member.
    index
        Its number, where the dataset numbers its classes.
    id
        What it means in a taxonomy, where that could be told.
    """

    label: str
    images: int
    index: int | None = None
    id: str | None = None
