"""Classes and splits, the small ones summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from overpaint.reports._facts import Part, Rate
from overpaint.reports._words import FEWEST, folder_name

__all__ = ["parts"]

_COUNTS = ("looked_at", "faces", "faces_above", "faces_painted", "painted", "removed", "quarantined", "failed")


def parts(rows: Sequence[dict[str, Any]]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Classes and splits from the rows of the query ``parts``.

    Those with fewer than `FEWEST` images share one last row: a folder may be named after the person in it.
    """
    return _of(rows, "class", "classes"), _of(rows, "split", "splits")


def _of(rows: Sequence[dict[str, Any]], part: str, plural: str) -> tuple[Part, ...]:
    own = [row for row in rows if row["part"] == part]
    small = [row for row in own if row["name"] is not None and row["listed"] < FEWEST]
    shown = [
        _part(f"(no {part})" if row["name"] is None else folder_name(row["name"]), [row])
        for row in own
        if row["name"] is None or row["listed"] >= FEWEST
    ]
    return (*shown, _part(f"{plural} with fewer than {FEWEST} images", small)) if small else tuple(shown)


def _part(name: str, rows: Sequence[dict[str, Any]]) -> Part:
    sums = {count: sum(row[count] for row in rows) for count in _COUNTS}
    with_faces = Rate.make(sum(row["with_faces"] for row in rows), sums["looked_at"])
    return Part(name=name, listed=sum(row["listed"] for row in rows), with_faces=with_faces, summed=len(rows), **sums)
