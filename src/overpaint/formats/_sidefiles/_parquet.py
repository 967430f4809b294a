"""Parquet beside images: ``metadata.parquet`` and tables like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from overpaint.errors import SourceError
from overpaint.formats._parquet_batches import DamagedError, OpenParquet, batches, open_parquet

from ._names import derived, is_naming, personal
from ._stream import Reader, Unreadable, View

__all__ = ["ArrowSink", "parquet_names_images", "rewrite_parquet"]

_MOST_PAGE = 256 << 20  # bytes of a page, decompressed
_MOST_HELD = 256 << 20  # bytes of a row group before it is written; a larger one becomes several
_MOST_COLUMNS = 16_384


def parquet_names_images(read: Reader, view: View) -> bool:
    """Whether a column called as such columns are names samples in the first rows.

    Raises
    ------
    Unreadable
        It is no parquet file that can be read within bounds.
    """
    with _opened(read) as opened:
        columns = _naming(opened.parquet.schema_arrow)
        for batch in batches(opened, 0, columns, most=_MOST_PAGE) if columns and opened.rows else ():
            return any(
                sum(view.samples.known(name, near=view.folder) for name in names if isinstance(name, str))
                >= 0.5 * max(1, len(names))
                for names in batch.rows.to_pydict().values()
            )
    return False


def rewrite_parquet(read: Reader, write: Callable[[bytes], object], view: View) -> None:
    """Rows of images without output go; schema, metadata and row groups stay.

    Columns derived from pixels, and columns of bytes, become null in the rows of painted images.
    """
    with _opened(read) as opened:
        schema = opened.parquet.schema_arrow
        naming = _naming(schema)
        hidden = {f.name for f in schema if f.name not in naming and _hidden(f)}
        taken = {f.name for f in schema if f.name not in naming and view.personal and personal(f.name)}
        if not naming:
            raise Unreadable("no column names images")
        if stuck := [name for name in hidden | taken if not schema.field(name).nullable]:
            raise Unreadable(f"columns that may not be null: {len(stuck)}")
        with pq.ParquetWriter(ArrowSink(write), schema, compression="zstd") as writer:
            for group in range(len(opened.rows)):
                held: list[Any] = []
                for batch in batches(opened, group, None, most=_MOST_PAGE):
                    held.append(_batch(batch.rows, naming, hidden, taken, view))
                    if sum(each.nbytes for each in held) > _MOST_HELD:
                        _flush(writer, held, schema)
                _flush(writer, held, schema)


def _flush(writer: Any, held: list[Any], schema: Any) -> None:
    table = pa.Table.from_batches(held, schema)
    if table.num_rows:
        writer.write_table(table, row_group_size=table.num_rows)
    held.clear()


def _batch(batch: Any, naming: list[str], hidden: set[str], taken: set[str], view: View) -> Any:
    fates = []
    for row in zip(*(batch.column(name).to_pylist() for name in naming), strict=True):
        names = [name for cell in row for name in (cell if isinstance(cell, list) else [cell]) if name]
        fates.append(view.fate([name for name in names if isinstance(name, str)]))
    view.entries += batch.num_rows
    view.removed += sum(lost for lost, _ in fates)
    painted = pa.array([was_painted for _, was_painted in fates], pa.bool_())
    for name in sorted(hidden | taken):
        at = batch.schema.get_field_index(name)
        column = batch.column(at)
        rule = pa.array([True] * len(fates), pa.bool_()) if name in taken else painted
        empties = pc.and_(rule, pc.is_valid(column))
        if count := pc.sum(empties).as_py():
            view.emptied += count
            keep = [index if not empty else None for index, empty in enumerate(empties.to_pylist())]
            batch = batch.set_column(at, batch.schema.field(at), column.take(pa.array(keep, pa.int64())))
    return batch.filter(pa.array([not lost for lost, _ in fates], pa.bool_()))


@contextmanager
def _opened(read: Reader) -> Iterator[OpenParquet]:
    with read() as file:
        try:
            opened = open_parquet(file, "")
            if len(opened.parquet.schema_arrow) > _MOST_COLUMNS:
                raise Unreadable("too many columns")
            yield opened
        except (SourceError, DamagedError, pa.ArrowException, ValueError) as error:
            raise Unreadable(str(error)) from None


def _naming(schema: Any) -> list[str]:
    """Columns of names, by what they are called and by type; a name that two columns share names none."""
    return [f.name for f in schema if is_naming(f.name) and _is_text(f.type) and schema.names.count(f.name) == 1]


def _is_text(kind: Any) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _hidden(field: Any) -> bool:
    return _holds_bytes(field.type) or (derived(field.name) and not pa.types.is_boolean(field.type))


def _holds_bytes(kind: Any) -> bool:
    """Whether values of this type are, or hold, bytes: perhaps a picture."""
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return True
    return any(_holds_bytes(kind.field(at).type) for at in range(kind.num_fields))


class ArrowSink:
    """The little of a file that Arrow's writer asks for."""

    closed = False

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._at = write, 0

    def write(self, data: Any) -> int:
        block = bytes(data)
        self._write(block)
        self._at += len(block)
        return len(block)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The caller commits."""
