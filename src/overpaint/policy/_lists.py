"""Lists that stand beside a policy: keys to remove, people's consents; as text, CSV, Parquet or TOML."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import PolicyError
from overpaint.policy._fields import Fields, suggestion, table_key

__all__ = ["read_bytes", "read_consent_tables", "read_keys", "toml_table"]

_BOX = ("x0", "y0", "x1", "y1")


def read_keys(path: Path) -> tuple[str, ...]:
    """The keys of a list, as the tables hold them, each once, in the list's order.

    ``.csv`` and ``.parquet`` need a column ``key``; any other file is text, one key a line (bytes as the file
    system has them; blank lines are passed over).

    Raises
    ------
    PolicyError
        The file cannot be read, has no such column, or holds something that is no key.
    """
    kind = path.suffix.lower()
    if kind == ".parquet":
        return _parquet_keys(path)
    data = read_bytes(path)
    if kind == ".csv":
        rows = _csv_rows(data, path)
        columns = list(rows[0][1]) if rows else []
        if rows and "key" not in columns:
            raise PolicyError(f"{path}: there is no column 'key'; {suggestion('key', columns)}")
        lines = [(number, row.get("key", "")) for number, row in rows]
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        lines = [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1)]
    keys: dict[str, None] = {}
    for number, line in lines:
        if line.strip():
            try:
                keys[table_key(line)] = None
            except ValueError as wrong:
                raise PolicyError(f"{path}: line {number}: {line!r}: {wrong}") from None
    return tuple(keys)


def read_consent_tables(path: Path) -> list[tuple[str, Mapping[str, object]]]:
    """The consents of a file of their own, unread: each with its place in the file.

    A ``.csv`` has the fields' names as its header, with ``x0,y0,x1,y1`` for the box; empty cells are not given. Any
    other file is TOML and holds ``[[consent]]`` tables only.
    """
    data = read_bytes(path)
    if path.suffix.lower() == ".csv":
        return [(f"line {number}", _consent_row(row, path, number)) for number, row in _csv_rows(data, path)]
    tables = Fields(toml_table(data, str(path)), file=str(path), where="", known=("consent",)).tables("consent")
    return [(f"consent {number}", table) for number, table in enumerate(tables, 1)]


def toml_table(data: bytes, name: str) -> dict[str, object]:
    """TOML bytes as a dictionary; the error names the file, line and column."""
    try:
        return tomllib.loads(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as wrong:
        raise PolicyError(f"{name}: not UTF-8 text (byte {wrong.start}); save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise PolicyError(f"{name}: not TOML: {wrong}") from None


def read_bytes(path: Path) -> bytes:
    """A file's bytes, or one clear line."""
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise PolicyError(f"{path}: cannot be read ({wrong.strerror}); check the path") from None


def _parquet_keys(path: Path) -> tuple[str, ...]:
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            if "key" not in columns:
                raise PolicyError(f"{path}: there is no column 'key'; {suggestion('key', columns)}")
            column = file.read(columns=["key"]).column("key").cast(pa.string())
    except (OSError, pa.ArrowException) as wrong:
        raise PolicyError(f"{path}: cannot be read as Parquet with text in column 'key' ({wrong})") from None
    keys: dict[str, None] = {}
    for number, key in enumerate(column.to_pylist(), 1):
        try:
            # A Parquet file already holds stored keys: text cannot carry the bytes that need escapes.
            keys[table_key(key or "")] = None
        except ValueError as wrong:
            raise PolicyError(f"{path}: row {number}: {key!r}: {wrong}") from None
    return tuple(keys)


def _csv_rows(data: bytes, path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows with their line numbers."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for row in reader:
            if None in row or None in row.values():
                names = ", ".join(reader.fieldnames or ())
                raise PolicyError(f"{path}: line {reader.line_num}: does not have the header's columns ({names})")
            rows.append((reader.line_num, row))
    except csv.Error as wrong:
        raise PolicyError(f"{path}: line {reader.line_num}: not CSV: {wrong}") from None
    return rows


def _consent_row(row: dict[str, str], path: Path, number: int) -> dict[str, object]:
    table: dict[str, object] = {name: cell for name, cell in row.items() if name not in _BOX and cell.strip()}
    # A column of licences is refused even where the cell is empty: the file was made with another idea of consent.
    table |= {name: cell for name, cell in row.items() if name.strip().lower().startswith(("licen", "license"))}
    corners = [row[name].strip() for name in _BOX if name in row]
    if any(corners):
        try:
            table["box"] = [float(cell) for cell in corners]
        except ValueError:
            raise PolicyError(f"{path}: line {number}: x0, y0, x1, y1 have to be four numbers, or all empty") from None
    return table
