"""Copies with different labels: at most one of two different labels of the same picture is all there is to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = ["Conflict", "conflicts"]

Related = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A sample whose copies bear labels that its own does not agree with.

    Attributes
    ----------
    share
        Of all in its cluster, itself included, so many bear a label that agrees with its own.
    other
        The label that most of those bear that do not agree with it.
    exact
        One of those is the same picture, pixel by pixel.
    """

    cluster: int
    split: str | None
    given: str
    share: float
    other: str
    exact: bool


def conflicts(
    clusters: pa.Table, related: Related, *, known: Mapping[str, str], pixels: Mapping[str, bytes]
) -> tuple[dict[str, Conflict], dict[str, int]]:
    """Conflicts of the samples of the first dataset, by key; and counts of clusters.

    Parameters
    ----------
    clusters
        As `overpaint duplicates` wrote it; samples of other runs count as copies, and are not named.
    related
        Whether two labels agree: they are the same, or one is a kind of the other.
    known
        The labels of the samples of the first dataset that count, by key.
    pixels
        Hashes of the pictures of the first dataset, by key, as far as they are known.
    """
    held: dict[int, list[Mapping[str, Any]]] = {}
    names = ["cluster", "dataset", "key", "split", "label"]
    for row in clusters.select(names).to_pylist():
        if row["dataset"] == 0:
            row["label"] = known.get(row["key"])
        if row["label"]:
            held.setdefault(row["cluster"], []).append(row)
    found: dict[str, Conflict] = {}
    counts = Counter[str]()
    for cluster, rows in held.items():
        labels = Counter(row["label"] for row in rows)
        if len(labels) < 2:
            continue
        against = {label: [other for other in labels if not related(label, other)] for label in labels}
        if not any(against.values()):
            counts["coarser"] += 1
            continue
        counts["different"] += 1
        counts["across_splits"] += _across(rows, against)
        mine = [row for row in rows if row["dataset"] == 0 and against[row["label"]]]
        seen = {(pixels[row["key"]], row["label"]) for row in mine if row["key"] in pixels}
        for row in mine:
            others, picture = against[row["label"]], pixels.get(row["key"])
            share = 1 - sum(labels[other] for other in others) / len(rows)
            other = min(others, key=lambda label: (-labels[label], label))
            exact = picture is not None and any((picture, other) in seen for other in others)
            found[row["key"]] = Conflict(cluster, row["split"], row["label"], share, other, exact)
        counts["exact"] += any(found[row["key"]].exact for row in mine)
    return found, {name: counts[name] for name in ("different", "exact", "across_splits", "coarser")}


def _across(rows: list[Mapping[str, Any]], against: Mapping[str, list[str]]) -> bool:
    """Whether two that do not agree are in different splits (or datasets)."""
    parts: dict[str, set[tuple[int, str | None]]] = {}
    for row in rows:
        parts.setdefault(row["label"], set()).add((row["dataset"], row["split"]))
    return any(len(parts[label] | parts[other]) > 1 for label in parts for other in against[label])
