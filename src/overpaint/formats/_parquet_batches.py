"""Rows of a parquet file in batches that take a bounded amount of memory, whatever the file announces."""

from __future__ import annotations

import bisect
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import SampleError, SourceError

from ._parquet_pages import Chunk, OversizedError, inspect
from ._parquet_thrift import ThriftError, read_struct

__all__ = ["Batch", "DamagedError", "NotParquetError", "OpenParquet", "RowBatches", "batches", "open_parquet"]

BUDGET = 64 << 20  # bytes of a batch, but for single values that are larger
ROWS = 1024
_FOOTER = 32 << 20
_CONTAINER = 1 << 20  # entries of one list in the footer
_MOVED = "no row lies where it was listed; list the source again"
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


class OpenParquet:
    """A file whose footer was read; `starts` says how many rows come before each row group."""

    def __init__(self, file: BinaryIO, parquet: pq.ParquetFile, footer: tuple[int, int], rows: list[int]) -> None:
        self.file = file
        self.parquet = parquet
        self.rows = rows
        self.starts = list(itertools.accumulate(rows, initial=0))
        self._footer = footer

    def group_of(self, row: int) -> int | None:
        """The row group that holds a row."""
        found = bisect.bisect_right(self.starts, row) - 1
        return found if 0 <= found < len(self.rows) else None

    @cached_property
    def chunks(self) -> list[list[Chunk]]:
        """The column chunks of every row group.

        Read here and not asked of pyarrow, which ends the process where the footer holds a codec or a histogram that
        it does not know.

        Raises
        ------
        ThriftError
            The footer cannot be read so.
        OSError
            From the file.
        """
        self.file.seek(self._footer[0])
        fields, _ = read_struct(self.file.read(self._footer[1]))
        try:
            chunks = [[_chunk(column[3]) for column in group[1]] for group in fields[4]]
        except (KeyError, TypeError, IndexError):
            raise ThriftError from None
        if any(min(one.at, one.bytes) < 0 or one.at + one.bytes > self._footer[0] for one in itertools.chain(*chunks)):
            raise ThriftError
        return chunks


def _chunk(fields: dict[int, Any]) -> Chunk:
    first, dictionary = int(fields[9]), int(fields.get(11, 0))
    first = dictionary if 0 < dictionary < first else first
    return Chunk(first, int(fields[7]), int(fields[5]), int(fields[4]))


def open_parquet(file: BinaryIO, key: str) -> OpenParquet:
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
    length = int.from_bytes(tail[:4], "little")
    if length > min(_FOOTER, end - 8):
        raise NotParquetError("broken-parquet", f"{key!a}: its footer is larger than {_FOOTER} bytes or the file")
    try:
        parquet = pq.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=_BUFFER,
            thrift_string_size_limit=_FOOTER,
            thrift_container_size_limit=_CONTAINER,
        )
        names, metadata = parquet.schema_arrow.names, parquet.metadata
        rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        why = f"{key!a} cannot be read: {type(error).__name__}; copy it again"
        raise NotParquetError("broken-parquet", why) from None
    if len(set(names)) != len(names) or min(rows, default=0) < 0 or sum(rows) != metadata.num_rows:
        raise NotParquetError("broken-parquet", f"{key!a}: its footer contradicts itself; write it again")
    return OpenParquet(file, parquet, (end - 8 - length, length), rows)


def batches(opened: OpenParquet, group: int, columns: list[str] | None, *, most: int) -> Iterator[Batch]:
    """The rows of one row group, of any size, in batches.

    A batch takes about `BUDGET` bytes, one page more of every column (about three times, while it is decoded), and a
    single row whatever it needs: of lists at most twice `most`.

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
    first, expected = opened.starts[group], opened.rows[group]
    try:
        size = _rows_at_once(opened, group, columns, most)
        for rows in opened.parquet.iter_batches(size, row_groups=[group], columns=columns, use_threads=False):
            yield Batch(first, rows)
            first, expected = first + rows.num_rows, expected - rows.num_rows
    except OversizedError as error:
        raise DamagedError(str(error)) from None
    except (pa.ArrowException, OSError, ValueError, IndexError):  # among them ThriftError
        raise DamagedError("broken-data") from None
    if expected:
        raise DamagedError("broken-data")


class RowBatches:
    """Some columns row by row; fast in the order of the file.

    Parameters
    ----------
    columns
        Their names; none gives batches without columns.
    most
        Bytes that a page may take decompressed.
    """

    def __init__(self, opened: OpenParquet, columns: list[str], *, most: int) -> None:
        self._opened, self._columns, self._most = opened, columns, most
        self._batch: Batch | None = None
        self._coming: Iterator[Batch] = iter(())
        self._group = -1

    def at(self, row: int) -> Batch:
        """The batch that holds a row.

        Raises
        ------
        SampleError
            ``changed``; or the reason why its row group cannot be read.
        """
        if self._batch is not None and self._batch.holds(row):
            return self._batch
        group = self._opened.group_of(row)
        if group is None:
            raise SampleError("changed", _MOVED)
        if group != self._group or self._batch is None or row < self._batch.first:
            self._group, self._coming = group, batches(self._opened, group, self._columns, most=self._most)
        self._batch = None
        try:
            for batch in self._coming:
                if batch.holds(row):
                    self._batch = batch
                    return batch
        except DamagedError as damage:
            raise SampleError(damage.reason, "what stands beside it in its row cannot be read") from None
        raise SampleError("changed", _MOVED)


def _rows_at_once(opened: OpenParquet, group: int, columns: list[str] | None, most: int) -> int:
    schema, row = opened.parquet.schema, 0
    for at, chunk in enumerate(opened.chunks[group]):
        path = schema.column(at).path
        if columns is None or any(path == name or path.startswith(name + ".") for name in columns):
            facts = inspect(opened.file, chunk, schema.column(at), most=most)
            row += facts.value * max(1, -(-facts.values // max(1, opened.rows[group])))
    return max(1, min(ROWS, BUDGET // max(1, row)))
