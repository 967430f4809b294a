"""Ratings: what people said of labels, from several sources, each entry with who said it and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from overpaint.labels._facts import Rating, Safety
from overpaint.labels._ratings_file import UNRATED, RatedRow, RatingsFile, read_ratings_file
from overpaint.labels._ratings_store import installed

__all__ = ["RatingSource", "Ratings", "ratings"]

_AND = "; imageability: "
"""Between the two sources of an entry whose safety and imageability are not of one."""


@dataclass(frozen=True, slots=True)
class RatingSource:
    """Whose ratings were read; the published ones are two files of one source.

    Attributes
    ----------
    name, date
        Who judged, and when it was published or collected (ISO 8601); empty where that was not told.
    entries
        Labels that it speaks of.
    sha256
        Of the file's bytes; of several files each, with a space between.
    attribution
        The paper to cite, for the published ones.
    """

    name: str
    date: str
    entries: int
    sha256: str
    attribution: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return {name: getattr(self, name) for name in ("name", "date", "entries", "sha256", "attribution")}


class Ratings(Mapping[str, Rating]):
    """Identifier → what people said of it. Nobody's judgement of a label: it is not in here.

    Parameters
    ----------
    entries
        By identifier.
    sources
        Where they came from, the weakest first.
    reasons
        What a maintainer wrote beside an entry.
    """

    def __init__(
        self,
        entries: Mapping[str, Rating] | None = None,
        *,
        sources: Iterable[RatingSource] = (),
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        self._entries = dict(sorted((entries or {}).items()))
        self.sources: tuple[RatingSource, ...] = tuple(sources)
        self.reasons: Mapping[str, str] = dict(reasons or {})

    def __getitem__(self, key: str) -> Rating:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Ratings({len(self)} labels, {', '.join(one.name for one in self.sources) or 'no source'})"

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all entries in the order of their identifiers, one JSON list a line; another entry, another
        digest.
        """
        sums = hashlib.sha256()
        for one in self._entries.values():
            told = (one.id, one.safety, one.imageability, one.source, one.date, one.raters, one.agreement)
            sums.update(json.dumps(told, ensure_ascii=True).encode() + b"\n")
        return sums.hexdigest()


def ratings(files: Iterable[str | Path] | str | Path = (), *, installed_too: bool = True) -> Ratings:
    """The ratings of this machine, with a maintainer's own `files` on top.

    An entry of a later file wins over the same entry of an earlier one; the published ones lie below all others. A
    cell that is empty says nothing, so that an imageability published in 2020 still holds where a maintainer judged
    only the safety; the entry's source then names both.

    Parameters
    ----------
    files
        CSV files, the strongest last; see `overpaint.labels.read_ratings_file` for their columns.
    installed_too
        False: only `files`.

    Returns
    -------
    Ratings
        Without sources where nothing is installed: ``ratings().sources == ()``.

    Raises
    ------
    LabelsError
        Where a file cannot be read; it names the file and the line.
    """
    given = [files] if isinstance(files, (str, Path)) else list(files)
    layers: list[tuple[RatingSource, RatingsFile]] = []
    if installed_too:
        for record, file in installed():
            source = RatingSource(record.source, record.date, len(file.rows), file.sha256, record.attribution)
            layers.append((source, file))
    for path in given:
        file = read_ratings_file(path)
        layers.append((RatingSource(Path(path).stem, "", len(file.rows), file.sha256), file))
    return _laid(layers)


def _laid(layers: Sequence[tuple[RatingSource, RatingsFile]]) -> Ratings:
    """Files on top of each other, the weakest first."""
    entries: dict[str, Rating] = {}
    reasons: dict[str, str] = {}
    for source, file in layers:
        for row in file.rows:
            entries[row.id] = _laid_over(entries.get(row.id), row, source)
            if row.reason:
                reasons[row.id] = row.reason
            elif row.safety is not None:
                reasons.pop(row.id, None)
    rated = {key: one for key, one in entries.items() if one.safety is not None or one.imageability is not None}
    return Ratings(rated, sources=_told(layers), reasons=reasons)


def _told(layers: Sequence[tuple[RatingSource, RatingsFile]]) -> list[RatingSource]:
    """Files of one source and day as one."""
    found: dict[tuple[str, str, str], list[RatingsFile]] = {}
    for source, file in layers:
        found.setdefault((source.name, source.date, source.attribution), []).append(file)
    return [
        RatingSource(
            name, date, len({row.id for one in mine for row in one.rows}), " ".join(one.sha256 for one in mine), by
        )
        for (name, date, by), mine in found.items()
    ]


def _laid_over(below: Rating | None, row: RatedRow, source: RatingSource) -> Rating:
    """The entry of a row over what weaker files said of the same label."""
    name, day = row.source or source.name, row.date or source.date
    score = None if row.imageability in (None, UNRATED) else cast("float", row.imageability)
    if below is not None and row.safety is None and row.imageability is None:
        return below
    if row.safety is None and below is not None and below.safety is not None:
        # it speaks of the imageability only: the judgement below stays, with who made it
        return replace(below, imageability=score, source=_joined(_judged_by(below), name, score))
    if row.imageability is None and below is not None and below.imageability is not None:
        score = below.imageability
        seen_by = below.source.partition(_AND)[2] or below.source
        name = _joined(name, seen_by, score)
    safety = None if row.safety in (None, UNRATED) else cast("Safety", row.safety)
    return Rating(row.id, safety, score, name, day, row.raters, row.agreement)


def _judged_by(entry: Rating) -> str:
    return entry.source.partition(_AND)[0]


def _joined(judged_by: str, seen_by: str, score: float | None) -> str:
    """One entry of two sources."""
    return judged_by if judged_by == seen_by or score is None else f"{judged_by}{_AND}{seen_by}"
