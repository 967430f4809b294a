"""Parquet files as Hugging Face reads them; equal rows give equal bytes with one version of pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from overpaint.errors import UsageError
from overpaint.records import stored_key

__all__ = ["IMAGE", "KEY", "LABEL", "MORE", "OTHER", "ParquetWriter", "image_struct", "schema_for_images"]

IMAGE, MORE, LABEL, KEY, OTHER = "image", "more_images", "label", "__key__", "__other__"
_AT_ONCE = 16  # values between two looks at the size of a page; by default pages hold 1024 images
_STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_MEMBER = pa.struct([("name", pa.string()), ("data", pa.binary())])


class ParquetWriter:
    """Writes rows in groups of bounded size.

    Parameters
    ----------
    file
        Open for writing in binary. It stays the caller's to close, after `close`.
    schema
        Columns and metadata; both are kept as they are.
    rows_per_group, bytes_per_group
        A row group ends with the row that reaches either.
    """

    def __init__(
        self, file: BinaryIO, schema: pa.Schema, *, rows_per_group: int = 1000, bytes_per_group: int = 64 << 20
    ) -> None:
        self.schema = schema
        self._rows_per_group = rows_per_group
        self._bytes_per_group = bytes_per_group
        self._rows: list[Mapping[str, Any]] = []
        self._bytes = 0
        # Statistics and dictionaries of image bytes cost time and help nobody.
        plain = [field.name for field in schema if not pt.is_nested(field.type) and not _is_bytes(field.type)]
        self._writer = pq.ParquetWriter(
            file,
            schema,
            compression="snappy",
            use_dictionary=plain,
            write_statistics=plain,
            write_batch_size=_AT_ONCE,
            version="2.6",
        )

    def add(self, row: Mapping[str, Any]) -> None:
        """Write one row.

        Parameters
        ----------
        row
            Values by column, of Python or Arrow; a missing one is a null.

        Raises
        ------
        UsageError
            A column that the schema has not, or, at the end of a row group, a value that is not of its column's type.
        OSError
            From the file.
        """
        unknown = sorted(set(row) - set(self.schema.names))
        if unknown:
            raise UsageError(f"the schema has no column {unknown[0]!a}; give a schema that has it")
        self._rows.append(row)
        self._bytes += sum(map(_size, row.values()))
        if len(self._rows) >= self._rows_per_group or self._bytes >= self._bytes_per_group:
            self._flush()

    def close(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [_column([row.get(field.name) for row in self._rows], field) for field in self.schema]
        table = pa.Table.from_arrays(columns, schema=self.schema)
        self._writer.write_table(table, row_group_size=len(self._rows))
        self._rows, self._bytes = [], 0


def image_struct(data: bytes | None, path: str | None) -> dict[str, Any]:
    """An image as a value of an image column; the path may hold surrogate escapes (`stored_key`)."""
    return {"bytes": data, "path": None if path is None else stored_key(path)}


def schema_for_images(
    *,
    labels: Iterable[str] = (),
    texts: Iterable[str] = (),
    binaries: Iterable[str] = (),
    source: Literal["folder", "webdataset"],
    ordered: bool = False,
) -> pa.Schema:
    """The schema for a folder or for tars as a source, with Hugging Face's metadata.

    Columns: ``image``; ``label`` where there are labels (a ClassLabel of the names, sorted unless `ordered`); for tars
    ``more_images`` (further images of a record), ``__key__``, a string column a text field, a binary column a field of
    another class, and ``__other__`` for members that fit none of these. Metadata ``overpaint`` says how to get the tar
    back.

    Parameters
    ----------
    texts, binaries
        Names of fields; those that are called as one of the columns above go to ``__other__``.
    """
    names = list(dict.fromkeys(labels)) if ordered else sorted(set(labels))
    columns: list[tuple[str, pa.DataType, Any]] = [(IMAGE, _STRUCT, {"_type": "Image"})]
    if names:
        columns.append((LABEL, pa.int64(), {"names": names, "_type": "ClassLabel"}))
    plan: dict[str, Any] = {"version": 1, "source": source}
    if source == "webdataset":
        columns.append((MORE, pa.list_(_STRUCT), {"feature": {"_type": "Image"}, "_type": "Sequence"}))
        reserved = {IMAGE, MORE, LABEL, KEY, OTHER, ""}
        plan["texts"] = sorted(set(map(stored_key, texts)) - reserved)
        plan["binaries"] = sorted(set(map(stored_key, binaries)) - reserved - set(plan["texts"]))
        columns.append((KEY, pa.string(), _value("string")))
        columns += [(name, pa.large_string(), _value("large_string")) for name in plan["texts"]]
        columns += [(name, pa.large_binary(), _value("large_binary")) for name in plan["binaries"]]
        columns.append((OTHER, pa.list_(_MEMBER), [{"name": _value("string"), "data": _value("binary")}]))
    features = {name: feature for name, _, feature in columns}
    metadata = {
        b"huggingface": json.dumps({"info": {"features": features}}).encode(),
        b"overpaint": json.dumps(plan).encode(),
    }
    return pa.schema([(name, kind) for name, kind, _ in columns], metadata=metadata)


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    try:
        if pt.is_primitive(field.type) or not any(isinstance(value, pa.Scalar) for value in values):
            return pa.array(values, type=field.type)
        return pa.concat_arrays([_single(value, field.type) for value in values])
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        why = f"column {field.name!a} takes {field.type}: {type(error).__name__}"
        raise UsageError(f"{why}; give values of that type") from None


def _single(value: Any, kind: pa.DataType) -> pa.Array:
    """One value as an array; `pyarrow.array` does not take scalars that are lists."""
    if not isinstance(value, pa.Scalar):
        return pa.array([value], type=kind)
    one = pa.repeat(value, 1) if value.is_valid else pa.nulls(1, kind)
    return one if one.type.equals(kind) else one.cast(kind)


def _size(value: Any) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, pa.Scalar):
        if not value.is_valid:
            return 16
        if isinstance(value, pa.ListScalar | pa.LargeListScalar | pa.FixedSizeListScalar):
            return int(value.values.nbytes)
        if isinstance(value, pa.StructScalar):
            return sum(_size(one) for one in value.values())
        return len(value.as_buffer() or b"") + 16 if hasattr(value, "as_buffer") else 16
    if isinstance(value, bytes | str):
        return len(value) + 16
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list | tuple) else 16


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind))
