"""Columns that are called like an image's and are something else: a reason, or no sample, and never an exception."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_files import encoded

from overpaint.errors import SampleError, SourceError
from overpaint.formats._parquet import ParquetReader
from overpaint.records import Sample

PICTURE = encoded("PNG")


def struct(data: pa.DataType, path: pa.DataType) -> pa.DataType:
    return pa.struct([("bytes", data), ("path", path)])


def nested(depth: int) -> pa.Array:
    """One picture in so many lists, one in the other."""
    array: pa.Array = pa.array([{"bytes": PICTURE, "path": "a"}], struct(pa.binary(), pa.string()))
    for _ in range(depth):
        array = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), array)
    return array


COLUMNS: dict[str, Any] = {
    "numbers": lambda: pa.array([1, 2, 3]),
    "bytes-are-numbers": lambda: pa.array([{"bytes": 7, "path": "a"}], struct(pa.int64(), pa.string())),
    "path-is-number": lambda: pa.array([{"bytes": PICTURE, "path": 7}], struct(pa.binary(), pa.int64())),
    "bytes-are-text": lambda: pa.array([{"bytes": "text", "path": "a"}], struct(pa.string(), pa.string())),
    "bytes-are-lists": lambda: pa.array(
        [{"bytes": [PICTURE], "path": "a"}], struct(pa.list_(pa.binary()), pa.string())
    ),
    "struct-of-nothing": lambda: pa.array([{"other": None}], pa.struct([("other", pa.null())])),
    "map": lambda: pa.array([[("bytes", PICTURE)]], pa.map_(pa.string(), pa.binary())),
    "large-binary": lambda: pa.array([{"bytes": PICTURE, "path": "a"}], struct(pa.large_binary(), pa.large_string())),
    "fixed-size": lambda: pa.array([PICTURE[:16]], pa.binary(16)),
    "dictionary": lambda: pa.array([PICTURE, PICTURE]).dictionary_encode(),
    "decimal": lambda: pa.array([None], pa.decimal128(38, 37)),
    "nothing": lambda: pa.nulls(3),
    "no-rows": lambda: pa.array([], struct(pa.binary(), pa.string())),
    "lists-in-lists": lambda: nested(3),
    "lists-in-300-lists": lambda: nested(300),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("column", ["image", "jpg", "x"])
def test_wrong_types(name: str, column: str) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table({column: COLUMNS[name]()}), file)
    reader = ParquetReader(file, key="a.parquet", mtime_ns=1, max_bytes=1 << 20)
    try:
        found = list(reader.samples())
        records = list(reader.records())
    except SourceError:  # one line; that it names the file is tested elsewhere
        return
    assert len(records) >= sum(isinstance(one, Sample) for one in found)
    for one in found:
        if not isinstance(one, Sample):
            assert one[2]
            continue
        try:
            data = reader.read(one)
        except SampleError:
            continue
        assert data in {PICTURE, b"text", PICTURE[:16]}
