"""How a record of any source becomes a row of a parquet file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from overpaint.records import Sample, python_key, stored_key

from ._fields import classify
from ._names import nameless
from ._parquet_columns import overpaint_of
from ._parquet_writer import IMAGE, KEY, LABEL, MORE, OTHER, schema_for_images
from ._record import Field, Record

__all__ = ["Rows", "as_members"]


@dataclass(frozen=True)
class Rows:
    """The columns of an output and what goes into them.

    Attributes
    ----------
    schema
        With all columns nullable: what is dropped becomes a null.
    numbers
        The number of each label, for the column ``label``.
    by_column
        Images stay in the column that they came from; else the first of a record is its image.
    """

    schema: pa.Schema
    numbers: Mapping[str, int] = field(default_factory=dict)
    by_column: bool = False

    @classmethod
    def of_folder(cls, classes: Sequence[str]) -> Rows:
        """For images that have nothing but a path; numbers follow the order of the classes."""
        schema = schema_for_images(labels=classes, source="folder", ordered=True)
        return cls(schema, {n: i for i, n in enumerate(dict.fromkeys(classes))})

    @classmethod
    def of_tar(cls, texts: Sequence[str], binaries: Sequence[str]) -> Rows:
        """For the members of tars."""
        return cls(schema_for_images(texts=texts, binaries=binaries, source="webdataset"))

    @classmethod
    def of_parquet(cls, schema: pa.Schema) -> Rows:
        """For the rows of another file."""
        columns = [pa.field(one.name, one.type, nullable=True, metadata=one.metadata) for one in schema]
        return cls(pa.schema(columns, metadata=schema.metadata), by_column=True)

    def place(self, record: Record, sample: Sample) -> tuple[str, int]:
        """The column that takes an image, and its place in a list there or -1."""
        if self.by_column and sample.field is not None:
            return sample.field, sample.item
        at = [one.key for one in record.samples].index(sample.key)
        return (IMAGE, -1) if at == 0 else (MORE, at - 1)

    def path(self, sample: Sample, name: str) -> str | None:
        """What a row says of where an image came from: nothing where it said nothing."""
        if not self.by_column:
            return name
        return None if nameless(sample) else name

    def row(
        self, record: Record, images: Sequence[tuple[Sample, dict[str, Any]]], fields: Sequence[Field]
    ) -> dict[str, Any]:
        """Values by column."""
        row: dict[str, Any] = {}
        for sample, value in images:
            column, item = self.place(record, sample)
            if item < 0:
                row[column] = self._image(column, value)
            else:
                row.setdefault(column, [None] * self._length(record, column))[item] = self._image(column, value)
        if self.by_column:
            for column, length in record.lengths:
                row.setdefault(column, None if length is None else [None] * length)
        if self._source == "folder":
            label = next((s.label for s, _ in images if s.label is not None), None)
            if label is not None and label in self.numbers:
                row[LABEL] = self.numbers[label]
        for one in fields:
            self._put(row, one)
        if KEY in self.columns and self._source == "webdataset":
            row[KEY] = stored_key(record.name)
        return row

    @cached_property
    def columns(self) -> frozenset[str]:
        """Names of the columns."""
        return frozenset(self.schema.names)

    @cached_property
    def _source(self) -> str | None:
        return overpaint_of(self.schema).get("source")

    def _length(self, record: Record, column: str) -> int:
        if self.by_column and (length := dict(record.lengths).get(column)) is not None:
            return length
        return 1 + max(item for where, item in (self.place(record, s) for s in record.samples) if where == column)

    def _image(self, column: str, value: dict[str, Any]) -> Any:
        kind = self.schema.field(column).type
        kind = kind.value_type if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind) else kind
        if not pt.is_struct(kind):
            return value["bytes"]
        return {name: value.get(name) for name in (kind.field(i).name for i in range(kind.num_fields))}

    def _put(self, row: dict[str, Any], one: Field) -> None:
        if not isinstance(one.value, bytes):
            row[one.name] = one.value
            return
        name = stored_key(one.name)
        if name in self.columns and name not in {IMAGE, MORE, LABEL, KEY, OTHER}:
            kind = self.schema.field(name).type
            if pt.is_large_binary(kind):
                row[name] = one.value
                return
            try:
                row[name] = one.value.decode()
            except UnicodeDecodeError:
                pass
            else:
                return
        row.setdefault(OTHER, []).append({"name": name, "data": one.value})


def as_members(record: Record, schema: pa.Schema) -> Record:
    """A row of a file that overpaint made from tars as the record it was; rows of other files as they are."""
    if overpaint_of(schema).get("source") != "webdataset":
        return record
    name, fields = record.name, list[Field]()
    for one in record.fields:
        value = one.value.as_py()
        if value is None:
            continue
        if one.name == KEY:
            name = python_key(value)
        elif one.name == OTHER:
            fields += [_member(python_key(entry["name"]), entry["data"]) for entry in value]
        elif one.name != LABEL:
            fields.append(_member(python_key(one.name), value.encode() if isinstance(value, str) else value))
    return dataclasses.replace(record, name=name, fields=tuple(fields))


def _member(name: str, data: bytes) -> Field:
    return Field(name, data, classify(name, data))
