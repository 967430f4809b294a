"""Parquet files that lie: nothing they announce is allocated, and no damage ends the process."""

from __future__ import annotations

import io
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import SampleError, SourceError
from overpaint.formats import _parquet_batches
from overpaint.formats._parquet import ParquetReader
from overpaint.formats._parquet_batches import batches, open_parquet
from overpaint.formats._parquet_thrift import ThriftError, read_struct
from overpaint.records import Sample

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def written(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def reader(data: bytes, max_bytes: int = 1 << 20) -> ParquetReader:
    return ParquetReader(io.BytesIO(data), key="a.parquet", mtime_ns=1, max_bytes=max_bytes)


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._parquet._SLACK", 1 << 16)


def everything(parquet: ParquetReader) -> list[str]:
    """Lists, streams and reads all there is; the reasons that came up."""
    reasons = []
    for found in parquet.samples():
        if not isinstance(found, Sample):
            reasons.append(found[2])
            continue
        try:
            parquet.read(found)
        except SampleError as error:
            reasons.append(error.reason)
    for record in parquet.records():
        for sample in record.samples:
            try:
                parquet.read(sample)
            except SampleError as error:
                reasons.append(error.reason)
    return reasons


@pytest.mark.usefixtures("tight")
@pytest.mark.parametrize("codec", ["zstd", "gzip", "snappy"])
def test_a_page_that_grows(codec: str) -> None:
    rows = [{"bytes": PNG + bytes(3_000_000), "path": "a.png"}, {"bytes": PNG, "path": "b.png"}]
    data = written(pa.table({"image": pa.array(rows, IMAGE), "label": [0, 1]}), compression=codec)
    assert len(data) < 300_000
    parquet = reader(data)
    assert everything(parquet) == ["oversized-page"] * 4
    assert parquet.damaged == {0: "oversized-page"}
    assert [(len(r.samples), r.fields) for r in parquet.records()] == [(1, ()), (1, ())]


@pytest.mark.usefixtures("tight")
def test_a_field_that_grows_costs_its_row_group_only() -> None:
    rows = [{"bytes": PNG, "path": f"{n}.png"} for n in range(4)]
    table = pa.table({"image": pa.array(rows, IMAGE), "note": ["x", "y", "z" * 3_000_000, "w"]})
    parquet = reader(written(table, row_group_size=2))
    found = [one for one in parquet.samples() if isinstance(one, Sample)]
    fields = [len(record.fields) for record in parquet.records()]
    assert (len(found), fields, parquet.damaged) == (4, [1, 1, 0, 0], {1: "oversized-page"})
    with pytest.raises(SampleError, match="oversized-page"):
        parquet.read(found[2])
    assert parquet.read(found[0]) == PNG


@pytest.mark.parametrize("codec", ["zstd", "gzip", "snappy", "brotli", "lz4", "none"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_dictionary_of_one_large_value(codec: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parquet_batches, "BUDGET", 6 << 20)
    large = PNG + bytes(1 << 20)
    table = pa.table({"jpg": pa.array([large] * 40, pa.binary())})
    data = written(
        table, compression=codec, use_dictionary=True, dictionary_pagesize_limit=1 << 30, data_page_version=version
    )
    assert len(data) < 2 << 20
    opened = open_parquet(io.BytesIO(data), "a.parquet")
    sizes = [batch.rows.num_rows for batch in batches(opened, 0, None, most=100 << 20)]
    assert (sum(sizes), max(sizes)) == (40, 5)


def test_prefixes_of_one_large_value() -> None:
    table = pa.table({"jpg": pa.array([PNG + bytes(6 << 20)] * 40, pa.binary())})
    data = written(table, column_encoding={"jpg": "DELTA_BYTE_ARRAY"}, use_dictionary=False, data_page_size=1 << 30)
    opened = open_parquet(io.BytesIO(data), "a.parquet")
    assert max(batch.rows.num_rows for batch in batches(opened, 0, None, most=300 << 20)) <= 10


@pytest.mark.usefixtures("tight")
def test_a_list_of_nothing_without_end() -> None:
    many = 400_000
    nothing = pa.ListArray.from_arrays(pa.array([0, many], pa.int32()), pa.nulls(many, IMAGE))
    data = written(pa.table({"images": nothing}))
    assert len(data) < 5000
    assert everything(reader(data)) == ["too-many-values"]


def test_a_row_group_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parquet_batches, "BUDGET", 1 << 20)
    draw = random.Random(1)
    rows = [{"bytes": PNG + draw.randbytes(30_000), "path": None} for _ in range(300)]
    opened = open_parquet(io.BytesIO(written(pa.table({"image": pa.array(rows, IMAGE)}))), "a.parquet")
    found = list(batches(opened, 0, None, most=100 << 20))
    assert max(batch.rows.nbytes for batch in found) < 2 << 20
    assert [row for batch in found for row in batch.rows.column("image").to_pylist()] == rows


def footer_of(depth: int) -> bytes:
    """A file whose schema is so many groups, one in the other."""
    group = b"\x35\0\x18\1a\x15\2\0"
    number = depth + 2
    length = bytes([(number & 127) | 128, (number >> 7 & 127) | 128, number >> 14])
    footer = b"\x15\2\x19\xfc" + length + b"\x48\1r\x15\2\0" + group * depth + b"\x15\2\x25\0\x18\1z\0\x16\0\x19\x0c\0"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def test_a_schema_without_bottom() -> None:
    assert everything(reader(footer_of(50))) == ["no-image-column"]
    with pytest.raises(SourceError, match=r"a\.parquet"):
        everything(reader(footer_of(50_000)))


def mixed() -> list[bytes]:
    rows = [{"bytes": PNG * (n % 9), "path": f"{n}.png"} if n % 5 else None for n in range(60)]
    table = pa.table(
        {
            "image": pa.array(rows, IMAGE),
            "images": pa.array([[{"bytes": PNG, "path": "x.png"}] * (n % 3) for n in range(60)], pa.list_(IMAGE)),
            "label": [n % 3 for n in range(60)],
            "text": ["hello" * (n % 7) for n in range(60)],
            "kind": pa.array(["a", "b"] * 30).dictionary_encode(),
        }
    )
    kinds = [("snappy", "1.0"), ("zstd", "2.0"), ("none", "1.0"), ("gzip", "2.0")]
    return [
        written(table, compression=codec, data_page_version=version, row_group_size=25, data_page_size=300)
        for codec, version in kinds
    ]


FILES = mixed()


def test_whole_files_are_whole() -> None:
    for data in FILES:
        parquet = reader(data)
        assert everything(parquet) == []
        assert len([1 for record in parquet.records() for _ in record.samples]) == 48 + 60


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_damage_ends_quietly(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(FILES)))
    for _ in range(data.draw(st.integers(1, 4))):
        footer = data.draw(st.booleans())
        at = data.draw(st.integers(max(0, len(raw) - 5000) if footer else 0, len(raw) - 9))
        raw[at] = data.draw(st.integers(0, 255) | st.sampled_from([0, 127, 128, 255]))
    parquet = reader(bytes(raw))
    try:
        reasons = set(everything(parquet))
    except SourceError:
        return
    assert reasons <= {
        "broken-parquet", "broken-data", "broken-page", "oversized-page", "too-many-values", "no-image-column",
        "no-bytes", "changed", "too-large",
    }  # fmt: skip


@given(st.binary(max_size=200))
def test_any_bytes_as_thrift(data: bytes) -> None:
    try:
        _, length = read_struct(data)
    except ThriftError:
        return
    assert 0 < length <= len(data)
