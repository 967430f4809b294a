"""Groups that a maintainer supplies, of images or of single boxes: read, bounded, and never inferred."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import UsageError

__all__ = ["MOST_ATTRIBUTES", "MOST_VALUES", "Supplied", "read_groups"]

MOST_ATTRIBUTES = 20
MOST_VALUES = 200
_MOST_ROWS = 5_000_000
_LONGEST = 64
_FIELD = 65_536

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Supplied:
    """Attributes and values of images by key, and of single boxes by key and number."""

    attributes: tuple[str, ...]
    images: Mapping[str, Pairs]
    boxes: Mapping[tuple[str, int], Pairs]

    def of_image(self, key: str) -> Pairs:
        """What is said of a whole image."""
        return self.images.get(key, ())

    def of_box(self, key: str, box: int) -> Pairs:
        """What is said of one box of it, beside what is said of the image."""
        return self.boxes.get((key, box), ())


def read_groups(path: str | os.PathLike[str]) -> Supplied:
    """Read a file of groups.

    Parameters
    ----------
    path
        CSV or Parquet with a column ``key`` (the image below the source) and a column for each attribute; or ``key``,
        ``attribute``, ``value``. With a column ``box``, the number of a box in the truth's order from 0, a row is of
        that box; where the cell is empty, of the image. Empty cells say nothing. An image may have several values.

    Raises
    ------
    UsageError
        It cannot be read, has no ``key``, or more attributes or values than groups can have; names the file.
    """
    place = Path(path)
    images: dict[str, dict[tuple[str, str], None]] = {}
    boxes: dict[tuple[str, int], dict[tuple[str, str], None]] = {}
    values: dict[str, set[str]] = {}
    try:
        for number, row in enumerate(_rows(place), 2):
            where = f"--groups {place}: row {number}"
            if number > _MOST_ROWS:
                raise UsageError(f"{where}: more than {_MOST_ROWS:,} rows; split the file")
            key, box, told = _told(row, where)
            for pair in told:
                values.setdefault(pair[0], set()).add(pair[1])
                (images.setdefault(key, {}) if box is None else boxes.setdefault((key, box), {}))[pair] = None
                _bounded(values, where)
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise UsageError(f"--groups {place}: it cannot be read as a table ({error}); save it as UTF-8 CSV") from None
    if not values:
        raise UsageError(f"--groups {place}: no cell has a value; columns are key and names, or key,attribute,value")
    return Supplied(
        tuple(sorted(values)),
        {key: tuple(pairs) for key, pairs in images.items()},
        {key: tuple(pairs) for key, pairs in boxes.items()},
    )


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    if path.suffix.lower() == ".parquet":
        with pq.ParquetFile(path) as file:
            _named(file.schema_arrow.names, path)
            for batch in file.iter_batches(8192):
                yield from ({_plain(name): _text(cell) for name, cell in row.items()} for row in batch.to_pylist())
        return
    csv.field_size_limit(_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        _named(header, path)
        names = [_plain(name) for name in header]
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                raise UsageError(f"--groups {path}: line {reader.line_num} has {len(row)} cells, not {len(names)}")
            yield dict(zip(names, row, strict=True))


def _named(header: Sequence[str], path: Path) -> None:
    names = [_plain(name) for name in header]
    if "key" not in names:
        raise UsageError(f"--groups {path}: there is no column 'key'; it names each image below the source")
    if len(set(names)) < len(names):
        raise UsageError(f"--groups {path}: a column comes twice; rename one")
    others = [name for name in names if name not in {"key", "box"}]
    if not 0 < len(others) <= MOST_ATTRIBUTES + 2:
        raise UsageError(f"--groups {path}: {len(others)} columns of groups; give 1 to {MOST_ATTRIBUTES}")


def _plain(name: str) -> str:
    """A column's name; those with a meaning in any case."""
    name = name.strip()
    return name.lower() if name.lower() in {"key", "box", "attribute", "value"} else name


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _told(row: Mapping[str, str], where: str) -> tuple[str, int | None, list[tuple[str, str]]]:
    """A row's key, its box and what it says."""
    number = row.get("box", "").strip()
    if number and not (number.isascii() and number.isdecimal() and len(number) < 8):
        raise UsageError(f"{where}: box is {number[:20]!a}; it counts the boxes of its image from 0")
    if {"attribute", "value"} <= row.keys():
        pairs = [(row["attribute"].strip(), row["value"].strip())]
    else:
        pairs = [(name, cell.strip()) for name, cell in row.items() if name not in {"key", "box"}]
    pairs = [(name, value) for name, value in pairs if name and value]
    if any(len(text) > _LONGEST or not text.isprintable() for pair in pairs for text in pair):
        raise UsageError(f"{where}: an attribute or value has more than {_LONGEST} characters or lines; give words")
    return row["key"].strip(), int(number) if number else None, pairs


def _bounded(values: Mapping[str, set[str]], where: str) -> None:
    if len(values) > MOST_ATTRIBUTES:
        raise UsageError(f"{where}: more than {MOST_ATTRIBUTES} attributes; give fewer")
    full = next((name for name, own in values.items() if len(own) > MOST_VALUES), None)
    if full is not None:
        raise UsageError(f"{where}: {full[:_LONGEST]!a} has more than {MOST_VALUES} values; groups are few")
