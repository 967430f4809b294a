"""Tables of labels as files: read twice, batch by batch, and written as they were but for their rows and labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from overpaint import formats
from overpaint.errors import LabelsError, SourceError

__all__ = ["ENDINGS", "TableFile", "TableWriter", "open_table"]

ENDINGS = (".parquet", ".csv", ".tsv", ".csv.gz", ".tsv.gz")
BATCH_BYTES = 64 << 20
"""Of rows that are held at a time, as the file says; a row larger than that is held alone."""
BATCH_ROWS = 1 << 20
SAMPLE_ROWS = 100
CSV_BLOCK = 16 << 20
MOST_HEADER = 1 << 20


class TableWriter(Protocol):
    """Takes rows one batch after the other."""

    def write(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class TableFile(Protocol):
    """A table that can be read several times."""

    path: Path
    schema: pa.Schema

    def classes(self, column: str) -> tuple[str, ...] | None:
        """The names of a column's numbers, where the file says them."""

    def labels(self, column: str) -> Iterator[pa.Array]:
        """One column, piece by piece, as a dictionary where it is text."""

    def rows(self, column: str) -> Iterator[pa.RecordBatch]:
        """Everything, piece by piece; the column as `labels` gives it, the others as they are."""

    def write_to(self, path: Path, *, column: str, classes: tuple[str, ...] | None) -> TableWriter:
        """Begin a table of the same kind; with other names of the column's numbers."""


def open_table(path: Path) -> TableFile:
    """A table by the ending of its file.

    Raises
    ------
    LabelsError
        Another ending.
    SourceError
        It cannot be read.
    """
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise LabelsError(f"{path}: is no label table by its ending; there are {', '.join(ENDINGS)} and COCO's .json")
    with _readable(path):
        return ParquetTable(path) if name.endswith(".parquet") else TextTable(path)


class ParquetTable:
    """A parquet file; codec, schema and metadata stay, row groups are gathered anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with pq.ParquetFile(path) as file:
            self.schema: pa.Schema = file.schema_arrow
            meta = file.metadata
            self._batch = _rows_at_once(file)
            first = meta.row_group(0).column(0).compression if meta.num_row_groups and meta.num_columns else "SNAPPY"
            self._codec = {"UNCOMPRESSED": "NONE"}.get(first, first)

    def classes(self, column: str) -> tuple[str, ...] | None:
        return formats.class_lists(self.schema).get((column,))

    def labels(self, column: str) -> Iterator[pa.Array]:
        for batch in self._batches(column, [column]):
            yield batch.column(0)

    def rows(self, column: str) -> Iterator[pa.RecordBatch]:
        yield from self._batches(column, None)

    def _batches(self, column: str, columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        kind = self.schema.field(column).type
        text = [column] if pa.types.is_string(kind) or pa.types.is_large_string(kind) else []
        with _readable(self.path), pq.ParquetFile(self.path, read_dictionary=text) as file:
            yield from file.iter_batches(self._batch, columns=columns)

    def write_to(self, path: Path, *, column: str, classes: tuple[str, ...] | None) -> TableWriter:
        schema = self.schema if classes is None else formats.with_classes(self.schema, (column,), classes)
        return _ParquetWriter(path, schema, self._codec)


def _rows_at_once(file: pq.ParquetFile) -> int:
    """So many rows that they fit in `BATCH_BYTES`, as the file says and as its first rows are once read."""
    meta = file.metadata
    said = sum(meta.row_group(n).total_byte_size for n in range(meta.num_row_groups)) / max(1, meta.num_rows)
    few = next(file.iter_batches(SAMPLE_ROWS), None)
    seen = few.nbytes / few.num_rows if few is not None and few.num_rows else 0
    return int(max(1, min(BATCH_ROWS, BATCH_BYTES / max(1, said, seen))))


class _ParquetWriter:
    """Gathers rows into row groups of about as many bytes as are held at a time."""

    def __init__(self, path: Path, schema: pa.Schema, codec: str) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression=codec)
        self._held: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        self._held.append(pa.RecordBatch.from_arrays(batch.columns, schema=self._schema))
        if (
            sum(one.nbytes for one in self._held) >= BATCH_BYTES
            or sum(one.num_rows for one in self._held) >= BATCH_ROWS
        ):
            self._flush()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self._held, schema=self._schema)
        self._held = []
        if table.num_rows:
            self._writer.write_table(table, row_group_size=table.num_rows)

    def close(self) -> None:
        self._flush()
        self._writer.close()


class TextTable:
    """CSV or TSV with a line of column names, gzipped or not; every other cell stays the text that it was.

    Quotes stand where they are needed afterwards, and lines end with a line feed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._delimiter = "\t" if ".tsv" in path.name.lower() else ","
        self._gzip = path.name.lower().endswith(".gz")
        self._names = self._header()
        self.schema: pa.Schema = pa.schema([(name, pa.string()) for name in self._names])

    def _header(self) -> list[str]:
        with pa.input_stream(str(self.path), compression="gzip" if self._gzip else None) as stream:
            head = stream.read(MOST_HEADER).decode("utf-8-sig", "replace")
        names = next(csv.reader(io.StringIO(head, newline=""), delimiter=self._delimiter), [])
        if not names or len(set(names)) != len(names):
            raise LabelsError(f"{self.path}: its first line has to hold names of columns, each once")
        return names

    def classes(self, column: str) -> tuple[str, ...] | None:
        del column
        return None

    def labels(self, column: str) -> Iterator[pa.Array]:
        for batch in self._batches(column, [column]):
            yield batch.column(0)

    def rows(self, column: str) -> Iterator[pa.RecordBatch]:
        yield from self._batches(column, self._names)

    def _batches(self, column: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
        types: dict[str, pa.DataType] = dict.fromkeys(self._names, pa.string())
        types[column] = pa.dictionary(pa.int32(), pa.string())
        with _readable(self.path):
            yield from pacsv.open_csv(
                str(self.path),
                read_options=pacsv.ReadOptions(block_size=CSV_BLOCK),
                parse_options=pacsv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
                convert_options=pacsv.ConvertOptions(
                    column_types=types,
                    include_columns=columns,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )

    def write_to(self, path: Path, *, column: str, classes: tuple[str, ...] | None) -> TableWriter:
        del column, classes
        return _TextWriter(path, self.schema, self._delimiter, gzip=self._gzip)


class _TextWriter:
    """Joins cells to lines; Arrow's own writer would put quotes around every cell."""

    def __init__(self, path: Path, schema: pa.Schema, delimiter: str, *, gzip: bool) -> None:
        self._schema = schema
        self._delimiter = delimiter
        self._special = f'["\r\n{delimiter}]'
        self._stream = pa.output_stream(str(path), compression="gzip" if gzip else None)
        names = [pa.array([name], pa.string()) for name in schema.names]
        self.write(pa.RecordBatch.from_arrays(names, schema=schema))

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        cells = [self._quoted(column) for column in batch.columns]
        # A line that is empty would be no row.
        none = '""' if len(cells) == 1 else ""
        lines = pc.binary_join_element_wise(*cells, self._delimiter, null_handling="replace", null_replacement=none)
        whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines), "\n")
        self._stream.write(whole[0].as_buffer())
        self._stream.write(b"\n")

    def _quoted(self, column: pa.Array) -> pa.Array:
        """Cells with quotes where they need them; what is empty and not null had them."""
        needs = pc.or_(pc.match_substring_regex(column, self._special), pc.equal(column, ""))
        if not pc.any(needs).as_py():
            return column
        doubled = pc.replace_substring(column, '"', '""')
        return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), column)

    def close(self) -> None:
        self._stream.close()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What Arrow says of a bad file holds cells of it; only the kind of error is told."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError, UnicodeError) as wrong:
        raise SourceError(f"{path}: cannot be read as a table ({type(wrong).__name__})") from None
