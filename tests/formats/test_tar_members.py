"""From one container to another and back: every member comes back, byte for byte."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.formats._parquet import ParquetReader
from overpaint.formats._parquet_writer import ParquetWriter, image_struct
from overpaint.formats._record import Record
from overpaint.formats._rows import Rows, as_members
from overpaint.formats._tar import TarReader
from overpaint.formats._tar_writer import TarWriter

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
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
    tar = TarReader(tar_of(members), key="0.tar", mtime_ns=1)
    rows = Rows.of_tar(["txt", "cls"], ["npy", "\udcff.txt"])
    writer = ParquetWriter(middle := io.BytesIO(), rows.schema, rows_per_group=3)
    for record in tar.records():
        images = images_of(tar, record)
        structs = [(sample, image_struct(images[sample.key], sample.name)) for sample in record.samples]
        writer.add(rows.row(record, structs, record.fields))
    writer.close()
    parquet = ParquetReader(middle, key="0.parquet", mtime_ns=1)
    back = []
    for row in parquet.records():
        images = images_of(parquet, row)
        record = as_members(row, parquet.schema)
        back += [(sample.name or "", images[sample.key]) for sample in record.samples]
        back += [(record.name + ("." + field.name if field.name else ""), field.value) for field in record.fields]
    assert sorted(back) == sorted(members)
    assert tar_of(sorted(back)).getvalue() == tar_of(sorted(members)).getvalue()


def test_hidden_members_have_the_class_that_matters() -> None:
    tar = TarReader(tar_of([("a.emb.npy", b"1"), ("a.jpg", PNG), ("a.txt", b"x")]), key="0.tar", mtime_ns=1)
    rows = Rows.of_tar([], [])
    writer = ParquetWriter(file := io.BytesIO(), rows.schema)
    for record in tar.records():
        writer.add(rows.row(record, [(s, image_struct(tar.read(s), s.name)) for s in record.samples], record.fields))
    writer.close()
    (record,) = ParquetReader(file, key="a.parquet", mtime_ns=1).records()
    assert {field.name: field.kind for field in record.fields} == {"__key__": "label", "__other__": "derived"}
