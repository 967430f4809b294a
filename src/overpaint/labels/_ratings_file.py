"""Reading a file of ratings: the published CSV files as they are, and a maintainer's own."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import get_args

from overpaint.errors import LabelsError
from overpaint.labels._facts import Safety

__all__ = ["MOST_BYTES", "UNRATED", "RatedRow", "RatingsFile", "read_bytes", "read_ratings_file"]

MOST_BYTES = 64 << 20
MOST_ROWS = 1_000_000
LONGEST = 1000
"""Characters of a cell that is kept: an identifier, a source, a reason."""

UNRATED = "unrated"
"""Says that no judgement counts; an empty cell says nothing, and what lies below shows through."""

_IDS = ("wnid", "id")
_SCORES = ("imageability", "imageability score")
_AS_THEY_ARE: tuple[str, ...] = ("safety", "date", "source", "raters", "agreement", "reason")


@dataclass(frozen=True, slots=True)
class RatedRow:
    """One row. ``safety`` and ``imageability``: None says nothing of it, ``"unrated"`` that there is no judgement."""

    id: str
    safety: str | None
    imageability: float | str | None
    date: str
    source: str
    raters: int | None
    agreement: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class RatingsFile:
    """What a file of ratings holds, in its order, and the SHA-256 of its bytes."""

    name: str
    sha256: str
    rows: tuple[RatedRow, ...]


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of at most 64 MiB; `LabelsError` names it."""
    try:
        with open(path, "rb", opener=_no_wait) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise LabelsError(f"{path} is not a file; name a CSV file of ratings")
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise LabelsError(f"{path} cannot be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:
        raise LabelsError(f"{path} is larger than {MOST_BYTES >> 20} MiB; a file of ratings has one row a label")
    return data


def read_ratings_file(path: str | Path, *, data: bytes | None = None) -> RatingsFile:
    """Read a CSV file with the columns ``wnid`` (or ``id``) and ``safety``, ``imageability`` (or ``imageability
    score``), or both; optional: ``raters``, ``agreement``, ``date``, ``source``, ``reason``. Other columns are left
    alone.

    Parameters
    ----------
    data
        The file's bytes, where they were read already.

    Raises
    ------
    LabelsError
        Where a row cannot be read; it names the file and the line.
    """
    path = Path(path)
    data = read_bytes(path) if data is None else data
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsError(f"{path} is not UTF-8 (byte {error.start}); save it as CSV in UTF-8") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: dict[str, RatedRow] = {}
    try:
        columns = _columns(reader.fieldnames, path)
        for raw in reader:
            where = f"{path}, line {reader.line_num}"
            if None in raw:
                raise LabelsError(f"{where}: it has more cells than the heading; quote cells that hold commas")
            row = _row({name: raw[column] or "" for name, column in columns.items()}, where)
            if row.id in rows:
                raise LabelsError(f"{where}: this label stands in the file twice; keep one of its rows")
            rows[row.id] = row
            if len(rows) > MOST_ROWS:
                raise LabelsError(f"{path} has more than {MOST_ROWS:,} rows; split it")
    except csv.Error as error:
        raise LabelsError(f"{path}, line {reader.line_num}: this is not CSV ({error})") from error
    return RatingsFile(path.name, hashlib.sha256(data).hexdigest(), tuple(rows.values()))


def _columns(names: object, path: Path) -> dict[str, str]:
    """What is read → the column that holds it."""
    given = {str(name).strip().casefold(): str(name) for name in (names if isinstance(names, list) else [])}
    found = {name: given[name] for name in _AS_THEY_ARE if name in given}
    for name, words in (("id", _IDS), ("imageability", _SCORES)):
        if word := next((word for word in words if word in given), None):
            found[name] = given[word]
    if "id" not in found or not {"safety", "imageability"} & found.keys():
        raise LabelsError(
            f"{path} has no columns of ratings; its first line must name wnid (or id) and safety or imageability"
        )
    return found


def _row(cells: Mapping[str, str], where: str) -> RatedRow:
    cells = {name: cell.strip() for name, cell in cells.items()}
    if not cells["id"]:
        raise LabelsError(f"{where}: the cell of wnid (or id) is empty")
    for name, cell in cells.items():
        if len(cell) > LONGEST:
            raise LabelsError(f"{where}: {name} is longer than {LONGEST} characters")
        if not cell.isprintable():
            raise LabelsError(f"{where}: {name} holds a character that cannot be printed; take it out")
    raters = _number(cells, "raters", 1, 1e6, where)
    if raters is not None and raters != int(raters):
        raise LabelsError(f"{where}: raters is a number of people; write a whole number")
    return RatedRow(
        cells["id"],
        _safety(cells.get("safety", ""), where),
        _imageability(cells, where),
        _date(cells.get("date", ""), where),
        cells.get("source", ""),
        None if raters is None else int(raters),
        _number(cells, "agreement", 0, 1, where),
        cells.get("reason", ""),
    )


def _safety(cell: str, where: str) -> str | None:
    word = cell.casefold()
    if word in (*get_args(Safety), UNRATED):
        return word
    if word:
        raise LabelsError(
            f"{where}: safety is {cell[:40]!r}; write offensive, sensitive, safe, {UNRATED}, or leave it empty"
        )
    return None


def _imageability(cells: Mapping[str, str], where: str) -> float | str | None:
    if cells.get("imageability", "").casefold() == UNRATED:
        return UNRATED
    return _number(cells, "imageability", 1, 5, where)


def _number(cells: Mapping[str, str], name: str, least: float, most: float, where: str) -> float | None:
    cell = cells.get(name, "")
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise LabelsError(
            f"{where}: {name} is {cell[:40]!r}; write a number from {least:g} to {most:g}, or leave it empty"
        )
    return value


def _date(cell: str, where: str) -> str:
    if not cell:
        return ""
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise LabelsError(f"{where}: date is {cell[:40]!r}; write YYYY-MM-DD") from None


def _no_wait(path: str, flags: int) -> int:
    """Open without waiting, should it be a pipe that nobody writes to."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
