"""From one container to another and back: every member comes back, byte for byte."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.formats._parquet import ParquetReader
from overpaint.formats._parquet_rows import RowMaker
from overpaint.formats._parquet_writer import ParquetWriter, image_struct, schema_for_images
from overpaint.formats._record import Field, Record
from overpaint.formats._tar import TarReader
from overpaint.formats._tar_members import members_of_row, members_of_tar
from overpaint.formats._tar_writer import TarWriter
from overpaint.records import Sample

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
RECORDS = st.sampled_from(["a", "n01/b", "n01/c", "deep/er/d", "é", "\udcff", "train/x"])
FIELDS = st.sampled_from(
    ["jpg", "seg.png", "cls", "txt", "json", "npy", "image", "label", "__key__", "odd", "\udcff.txt", "webp", "JPG"]
)
DATA = st.binary(max_size=60) | st.just(PNG) | st.text(max_size=20).map(str.encode)
MEMBERS = st.dictionaries(st.tuples(RECORDS, FIELDS), DATA, max_size=14)


def tar_of(members: list[tuple[str, bytes]]) -> io.BytesIO:
    file = io.BytesIO()
    tar = TarWriter(file)
    for name, data in members:
        tar.add(name, data)
    tar.close()
    return file


def images_of(reader: TarReader | ParquetReader, record: Record) -> dict[str, bytes]:
    return {sample.key: reader.read(sample) for sample in record.samples}


@settings(max_examples=60, deadline=None)
@given(MEMBERS)
def test_tar_to_parquet_to_tar(chosen: dict[tuple[str, str], bytes]) -> None:
    members = [(f"{record}.{field}", data) for (record, field), data in sorted(chosen.items())]
    first = tar_of(members)
    tar = TarReader(first, key="0.tar", mtime_ns=1)
    labels = {one.label for one in tar.samples() if isinstance(one, Sample) and one.label}
    schema = schema_for_images(labels=labels, texts=["txt", "cls"], binaries=["npy", "\udcff.txt"], source="webdataset")
    maker, direct = RowMaker(schema), []
    writer = ParquetWriter(middle := io.BytesIO(), schema, rows_per_group=3)
    for record in tar.records():
        images = images_of(tar, record)
        direct += members_of_tar(record, images)
        writer.add(maker.row(record, images))
    writer.close()
    assert sorted(direct) == sorted(members)
    parquet = ParquetReader(middle, key="0.parquet", mtime_ns=1)
    back = [pair for record in parquet.records() for pair in members_of_row(record, images_of(parquet, record), schema)]
    assert sorted(back) == sorted(members)
    assert [s.label for s in parquet.samples()] == [s.label for s in tar.samples() if isinstance(s, Sample)]  # type: ignore[union-attr]
    assert tar_of(sorted(back)).getvalue() == tar_of(sorted(members)).getvalue()


def test_other_rows_become_members() -> None:
    table = pa.table(
        {
            "image": pa.array([{"bytes": PNG, "path": None}], IMAGE),
            "views": pa.array(
                [[{"bytes": PNG + b"1", "path": "v.png"}, None, {"bytes": b"?", "path": None}]], pa.list_(IMAGE)
            ),
            "label": [3],
            "raw/data": pa.array([b"\0\1"]),
            "gone": pa.array([None], pa.binary()),
            "when": pa.array([86400], pa.timestamp("s")),
            "odd": pa.array([1], pa.timestamp("ns")),
            "nan": [float("nan")],
            "deep": [{"a": b"x", "b": [1, None]}],
            "price": pa.array([1], pa.decimal128(5, 2)),
        }
    )
    writer = ParquetWriter(file := io.BytesIO(), table.schema)
    writer.add({name: table[name][0] for name in table.schema.names})
    writer.close()
    parquet = ParquetReader(file, key="d/t.parquet", mtime_ns=1)
    (record,) = parquet.records()
    members = dict(members_of_row(record, images_of(parquet, record), parquet.schema))
    assert json.loads(members.pop("d/t/00000000.json")) == {
        "label": 3, "when": "1970-01-02 00:00:00.000", "odd": "1970-01-01 00:00:00.000000001", "nan": None,
        "deep": {"a": "eA==", "b": [1, None]}, "price": "1.00",
    }  # fmt: skip
    assert members == {
        "d/t/00000000.image.png": PNG,
        "d/t/00000000.views.0.png": PNG + b"1",
        "d/t/00000000.views.2.bin": b"?",
        "d/t/00000000.raw_data": b"\0\1",
    }


def test_removed_images_leave_no_trace() -> None:
    tar = TarReader(tar_of([("a.jpg", PNG), ("a.png", PNG + b"2"), ("a.txt", b"x")]), key="0.tar", mtime_ns=1)
    (record,) = tar.records()
    assert members_of_tar(record, {record.samples[1].key: b"new"}) == [("a.png", b"new"), ("a.txt", b"x")]
    schema = schema_for_images(texts=["txt"], source="webdataset")
    row = RowMaker(schema).row(record, {record.samples[1].key: b"new"})
    assert row == {
        "image": {"bytes": b"new", "path": "a.png"},
        "more_images": [],
        "__key__": "a",
        "txt": "x",
        "__other__": [],
    }


def test_parquet_rows_with_other_bytes() -> None:
    rows = [
        {
            "image": image_struct(PNG, "/abs/a.png"),
            "more": [image_struct(b"1", None), None, image_struct(b"2", "x.png")],
        },
        {"image": None, "more": None},
        {"image": image_struct(b"3", "b.png"), "more": []},
    ]
    schema = pa.schema([("image", IMAGE), ("more", pa.list_(IMAGE))])
    writer = ParquetWriter(file := io.BytesIO(), schema)
    for row in rows:
        writer.add(row)
    writer.close()
    parquet = ParquetReader(file, key="t.parquet", mtime_ns=1)
    second = ParquetWriter(changed := io.BytesIO(), schema)
    for record in parquet.records():
        images = {key: data + b"!" for key, data in images_of(parquet, record).items() if data != b"1"}
        second.add(parquet.image_values(record, images))
    second.close()
    assert pa.parquet.read_table(changed).to_pylist() == [
        {"image": image_struct(PNG + b"!", "/abs/a.png"), "more": [None, None, image_struct(b"2!", "x.png")]},
        {"image": None, "more": None},
        {"image": image_struct(b"3!", "b.png"), "more": []},
    ]


def test_folders_as_rows() -> None:
    schema = schema_for_images(labels=["n01"], source="folder")
    sample = Sample("n01/a.jpg", 3, 0, label="n01", name="n01/a.jpg")
    record = Record("n01/a", (sample,), ())
    row = RowMaker(schema).row(record, {sample.key: b"x"})
    assert row == {"image": {"bytes": b"x", "path": "n01/a.jpg"}, "label": 0}
    with pytest.raises(UsageError, match="takes no fields"):
        RowMaker(schema).row(Record("n01/a", (sample,), (Field("txt", b"x", "text"),)), {})
    with pytest.raises(UsageError, match="schema_for_images"):
        RowMaker(pa.schema([("image", IMAGE)]))


def test_hidden_members_have_the_class_that_matters() -> None:
    tar = TarReader(tar_of([("a.emb.npy", b"1"), ("a.jpg", PNG), ("a.txt", b"x")]), key="0.tar", mtime_ns=1)
    schema = schema_for_images(source="webdataset")
    writer = ParquetWriter(file := io.BytesIO(), schema)
    for record in tar.records():
        writer.add(RowMaker(schema).row(record, images_of(tar, record)))
    writer.close()
    (record,) = ParquetReader(file, key="a.parquet", mtime_ns=1).records()
    assert {field.name: field.kind for field in record.fields} == {"__key__": "label", "__other__": "derived"}
