"""What the images of a parquet file are called: keys, names, records, labels."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from overpaint.errors import SampleError
from overpaint.records import Sample, python_key

from ._keys import path_of
from ._parquet_batches import Batch
from ._parquet_columns import ImageColumn, label_column, overpaint_of
from ._record import place_in_container

__all__ = ["Naming", "lengths_of"]

Place = tuple[int, str | None]  # place in a list or -1, path


class Naming:
    """Makes the samples of the rows of one file."""

    def __init__(self, key: str, mtime_ns: int, schema: pa.Schema, columns: tuple[ImageColumn, ...]) -> None:
        self.label = label_column(schema)
        self._key = key
        self._stem = key[: -len(".parquet")] if key.lower().endswith(".parquet") else key
        self._mtime_ns = mtime_ns
        self._columns = columns
        self._escaped = bool(overpaint_of(schema))

    def record(self, row: int) -> str:
        return f"{self._stem}/{row:08d}"

    def samples(self, batch: Batch) -> list[list[Sample]]:
        """The images of every row of a batch, which needs not hold their bytes."""
        number = batch.rows.num_rows
        labels = self._labels(batch)
        found: list[list[Sample]] = [[] for _ in range(number)]
        for column in self._columns:
            for at, places in enumerate(_places(batch.rows.column(column.name), column)):
                found[at] += [self._sample(batch.first + at, column, place, labels[at]) for place in places]
        return found

    def _sample(self, row: int, column: ImageColumn, place: Place, label: str | None) -> Sample:
        item, path = place
        name = self._named(path) if path else None
        stated, split = place_in_container(self._key, name or "")
        if name is None:
            # Several images of a row need names of their own.
            more = f".{column.name}" if len(self._columns) > 1 else ""
            more += f".{item}" if item >= 0 else ""
            name = f"{self._stem}/{row:08d}{more.replace('/', '_')}."
        return Sample(
            key=f"{self._key}/{row:08d}/{column.name}" + (f"/{item}" if item >= 0 else ""),
            size=0,
            mtime_ns=self._mtime_ns,
            label=stated if label is None else label,
            split=split,
            name=name,
            record=self.record(row),
            file=self._key,
            at=row,
            field=column.name,
            item=item,
        )

    def _named(self, path: str) -> str | None:
        """A path as a relative name; of absolute paths, URLs and climbing ones the base name alone."""
        path = python_key(path) if self._escaped else path
        outside = "://" in path or "\\" in path or path.startswith("/")
        if outside:
            path = path.partition("::")[0].replace("\\", "/").rpartition("/")[2]
        for name in (path, path.rpartition("/")[2]):
            try:
                path_of(b"", name)
            except SampleError:
                continue
            return name if len(name) <= 4096 and not name.endswith(".") else None
        return None

    def _labels(self, batch: Batch) -> list[str | None]:
        if self.label is None or self.label[0] not in batch.rows.schema.names:
            return [None] * batch.rows.num_rows
        column, names = self.label
        values = _texts(batch.rows.column(column))
        if names is None:
            return [None if value is None else str(value) for value in values]
        return [None if v is None else names[v] if 0 <= v < len(names) else str(v) for v in values]


def lengths_of(values: pa.Array) -> list[int | None]:
    """Of every list its length, None for a null."""
    lengths: list[int | None] = pc.list_value_length(values).to_pylist()
    return lengths


def _places(values: pa.Array, column: ImageColumn) -> list[list[Place]]:
    """Of every row the images that are no nulls."""
    if not column.many:
        return [[(-1, path)] if there else [] for there, path in _there(values, column)]
    lengths = lengths_of(values)
    flat = iter(_there(values.flatten(), column))
    found = []
    for length in lengths:
        row = [next(flat) for _ in range(length or 0)]
        found.append([(item, path) for item, (there, path) in enumerate(row) if there])
    return found


def _there(values: pa.Array, column: ImageColumn) -> list[tuple[bool, str | None]]:
    """Whether each is an image, and its path."""
    there = values.is_valid().to_pylist()
    paths = _texts(pc.struct_field(values, "path")) if column.path else [None] * len(there)
    return list(zip(there, paths, strict=True))


def _texts(values: pa.Array) -> list[Any]:
    """Values in Python; of texts that are no UTF-8 the bytes as surrogate escapes."""
    try:
        found: list[Any] = values.to_pylist()
    except UnicodeDecodeError:
        raw = values.cast(pa.large_binary()).to_pylist()
        found = [None if one is None else one.decode("utf-8", "surrogateescape") for one in raw]
    return found
