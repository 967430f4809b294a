"""Rows of a parquet file in batches that take a bounded amount of memory, whatever the file announces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import SourceError

from ._parquet_pages import OversizedError, inspect

__all__ = ["Batch", "DamagedError", "NotParquetError", "batches", "open_parquet"]

BUDGET = 64 << 20  # bytes of a batch, but for single values that are larger
ROWS = 1024
_FOOTER = 64 << 20
_BUFFER = 1 << 20  # bytes of a column chunk that are read at a time


class NotParquetError(SourceError):
    """The file is no parquet file that can be read; carries the reason besides."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[NotParquetError], tuple[str, str]]:
        return type(self), (self.reason, str(self))


class DamagedError(Exception):
    """A row group cannot be read (further)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and the number of the first in the file."""

    first: int
    rows: pa.RecordBatch

    def holds(self, row: int) -> bool:
        return bool(self.first <= row < self.first + self.rows.num_rows)


def open_parquet(file: BinaryIO, key: str) -> pq.ParquetFile:
    """The file, its footer read where that is of a bearable size.

    Raises
    ------
    NotParquetError
        ``not-a-parquet`` or ``broken-parquet``.
    """
    try:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 8))
        tail = file.read(8)
    except OSError as error:
        raise SourceError(f"cannot read {key!a}: {error.strerror or type(error).__name__}") from None
    if tail[4:] != b"PAR1":
        raise NotParquetError("not-a-parquet", f"{key!a} does not end as a parquet file does; copy it again")
    if int.from_bytes(tail[:4], "little") > min(_FOOTER, end):
        raise NotParquetError("broken-parquet", f"{key!a}: its footer is larger than {_FOOTER} bytes or the file")
    try:
        parquet = pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=_BUFFER,
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=1 << 22,
        )
        schema, metadata = parquet.schema_arrow, parquet.metadata
        rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise NotParquetError(
            "broken-parquet", f"{key!a} cannot be read: {type(error).__name__}; copy it again"
        ) from None
    if len(set(schema.names)) != len(schema.names) or min(rows, default=0) < 0 or sum(rows) != metadata.num_rows:
        raise NotParquetError("broken-parquet", f"{key!a}: its footer contradicts itself; write it again")
    return parquet


def batches(
    file: BinaryIO, parquet: pq.ParquetFile, group: int, columns: list[str] | None, *, most: int
) -> Iterator[Batch]:
    """The rows of one row group.

    A batch takes at most `BUDGET` bytes and two pages of every column; row groups of any size are streamed.

    Parameters
    ----------
    columns
        Columns or leaves (``image.path``); None: all.
    most
        Bytes that a page may take decompressed.

    Raises
    ------
    DamagedError
        ``oversized-page``, ``too-many-values``, ``broken-page``, ``broken-data``; perhaps amidst the rows.
    """
    metadata = parquet.metadata
    first = sum(metadata.row_group(one).num_rows for one in range(group))
    expected = metadata.row_group(group).num_rows
    try:
        size = _rows_at_once(file, parquet, group, columns, most)
        for rows in parquet.iter_batches(size, row_groups=[group], columns=columns, use_threads=False):
            yield Batch(first, rows)
            first, expected = first + rows.num_rows, expected - rows.num_rows
    except OversizedError as error:
        raise DamagedError(str(error)) from None
    except (pa.ArrowException, OSError, ValueError):
        raise DamagedError("broken-data") from None
    if expected:
        raise DamagedError("broken-data")


def _rows_at_once(file: BinaryIO, parquet: pq.ParquetFile, group: int, columns: list[str] | None, most: int) -> int:
    metadata, schema = parquet.metadata.row_group(group), parquet.schema
    row = 0
    for at in range(metadata.num_columns):
        path = schema.column(at).path
        if columns is None or any(path == name or path.startswith(name + ".") for name in columns):
            facts = inspect(file, metadata.column(at), schema.column(at), most=most)
            row += facts.value * max(1, -(-facts.values // max(1, metadata.num_rows)))
    return max(1, min(ROWS, BUDGET // max(1, row)))
