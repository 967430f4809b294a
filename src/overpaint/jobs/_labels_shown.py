"""What the labels of a dataset mean and how they are shown, for commands that tell of labels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from overpaint import labels, reports
from overpaint.records import shown_key

__all__ = ["Means", "names_of"]


@dataclass(frozen=True)
class Means:
    """A taxonomy, ratings of it, and the rule by which words are shown."""

    taxonomy: labels.Taxonomy
    ratings: labels.Ratings
    terms: labels.Terms
    names: reports.Names


def names_of(
    *,
    taxonomy: str | PathLike[str] | None = None,
    ratings: Sequence[str | PathLike[str]] = (),
    label_list: str = "",
    show_terms: bool = False,
) -> Means:
    """Read what labels are to be understood by.

    Parameters
    ----------
    taxonomy
        A file of a hierarchy; WordNet unless given.
    ratings
        Files of ratings before the installed ones.
    label_list
        What numbers mean: a class list by name or file.
    show_terms
        Print words that would be withheld.

    Raises
    ------
    LabelsError
        A file of these cannot be read.
    """
    tree = labels.wordnet() if taxonomy is None else labels.read_taxonomy(Path(taxonomy))
    known = labels.ratings(tuple(Path(file) for file in ratings))
    lists = (labels.class_list(label_list),) if label_list else ()
    terms = labels.Terms(known, tree, show=show_terms)
    unnamed: dict[str, int] = {}

    @functools.cache
    def resolve(label: str) -> str | None:
        return labels.resolve_label(label, taxonomy=tree, lists=lists).id

    def shown(label: str, id: str | None) -> tuple[str, str]:  # noqa: A002
        if id is not None:
            return id, terms.of(id)
        told = shown_key(terms.label(label))
        if not show_terms and terms.withholds(label):
            return f"label-{unnamed.setdefault(label, len(unnamed) + 1):03d}", told
        return told, told

    return Means(tree, known, terms, reports.Names(resolve, shown, terms.of))
