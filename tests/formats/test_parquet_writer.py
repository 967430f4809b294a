"""Writing parquet files: rows come back, equal input gives equal bytes, Hugging Face's metadata stays."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.formats._parquet import ParquetReader
from overpaint.formats._parquet_batches import open_parquet
from overpaint.formats._parquet_pages import _page
from overpaint.formats._parquet_writer import ParquetWriter, image_struct, schema_for_images

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
SCHEMA = pa.schema(
    [
        ("image", IMAGE),
        ("n", pa.int64()),
        ("words", pa.list_(pa.string())),
        ("when", pa.timestamp("ns")),
        ("vector", pa.list_(pa.float32(), 2)),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("deep", pa.struct([("a", pa.list_(pa.binary()))])),
    ],
    metadata={b"huggingface": b'{"info": {"features": {"image": {"_type": "Image"}}}}'},
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "image": st.none()
            | st.builds(image_struct, st.none() | st.binary(max_size=50), st.none() | st.just("a.jpg")),
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "words": st.none() | st.lists(st.none() | st.text(max_size=5), max_size=3),
            "when": st.none() | st.integers(-(2**62), 2**62).map(lambda n: pa.scalar(n, pa.timestamp("ns"))),
            "vector": st.none() | st.tuples(st.floats(width=32, allow_nan=False), st.just(0.5)).map(list),
            "kind": st.none() | st.sampled_from(["x", "y"]),
            "deep": st.none() | st.fixed_dictionaries({"a": st.none() | st.lists(st.binary(max_size=9), max_size=2)}),
        },
    ),
    max_size=12,
)


def written(rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA, **options: int) -> io.BytesIO:
    file = io.BytesIO()
    writer = ParquetWriter(file, schema, **options)
    for row in rows:
        writer.add(row)
    writer.close()
    return file


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(1, 5))
def test_rows_come_back_and_bytes_are_equal(rows: list[dict[str, Any]], size: int) -> None:
    file = written(rows, rows_per_group=size)
    assert file.getvalue() == written(rows, rows_per_group=size).getvalue()
    table = pq.read_table(file)
    assert table.schema.metadata == SCHEMA.metadata
    assert pq.ParquetFile(file).num_row_groups == -(-len(rows) // size)
    for name in SCHEMA.names:
        expected = pa.chunked_array([pa.array([row.get(name) for row in rows], SCHEMA.field(name).type)])
        assert table[name].combine_chunks().cast(expected.type).equals(expected.combine_chunks())


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_scalars_go_from_reader_to_writer(rows: list[dict[str, Any]]) -> None:
    first = written(rows)
    parquet = ParquetReader(first, key="a.parquet", mtime_ns=1)
    writer = ParquetWriter(second := io.BytesIO(), parquet.schema)
    for row, record in zip(rows, parquet.records(), strict=True):
        image = row.get("image")
        writer.add({"image": image, **{field.name: field.value for field in record.fields}})
        assert len(record.samples) == (image is not None)
    writer.close()
    assert pq.read_table(second).equals(pq.read_table(first), check_metadata=True)


def test_groups_end_by_bytes() -> None:
    file = written([{"image": image_struct(bytes(1000), None)}] * 10, bytes_per_group=2500)
    assert pq.ParquetFile(file).num_row_groups == 4
    file = written([{"words": pa.scalar(["x" * 1000])}] * 10, bytes_per_group=2500)
    assert pq.ParquetFile(file).num_row_groups == 4


def test_pages_are_small() -> None:
    """A reader takes memory by the page."""
    file = written([{"image": image_struct(bytes([n]) * 200_000, None)} for n in range(100)])
    opened = open_parquet(file, "a.parquet")
    (chunk, *_), at, pages = opened.chunks[0], opened.chunks[0][0].at, 0
    while at < chunk.at + chunk.bytes:
        page = _page(file, at)
        assert page.size <= 16 * 200_100
        at, pages = page.at + page.compressed, pages + 1
    assert pages == 7


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(UsageError, match="no column 'nobody'"):
        written([{"nobody": 1}])
    with pytest.raises(UsageError, match="column 'n' takes int64"):
        written([{"n": "text"}])


def test_schemas_for_images() -> None:
    folder = schema_for_images(labels=["n02", "n01", "n02"], source="folder")
    assert folder.names == ["image", "label"]
    assert json.loads(folder.metadata[b"huggingface"])["info"]["features"] == {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": ["n01", "n02"]},
    }
    tar = schema_for_images(texts=["txt", "json", "image"], binaries=["npy", "txt"], source="webdataset")
    assert tar.names == ["image", "more_images", "__key__", "json", "txt", "npy", "__other__"]
    assert schema_for_images(source="folder").names == ["image"]


def test_paths_that_are_no_utf8_are_escaped() -> None:
    file = written([{"image": image_struct(b"x", "a\udcff.jpg")}], schema_for_images(source="folder"))
    (sample,) = ParquetReader(file, key="a.parquet", mtime_ns=1).samples()
    assert sample.name == "a\udcff.jpg"  # type: ignore[union-attr]
