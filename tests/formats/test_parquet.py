"""Reading parquet files: what Hugging Face and others write, and what hostile ones cost."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from overpaint.errors import SampleError, SourceError
from overpaint.formats._parquet import ParquetReader
from overpaint.records import Sample

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def image(data: bytes | None, path: str | None) -> dict[str, Any]:
    return {"bytes": data, "path": path}


def parquet_of(columns: dict[str, pa.Array], features: dict[str, Any] | None = None, **options: Any) -> io.BytesIO:
    table = pa.table(columns)
    if features is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file


def reader(file: io.BytesIO, **options: Any) -> ParquetReader:
    return ParquetReader(file, key="data/train-00000-of-00001.parquet", mtime_ns=7, **options)


def samples(parquet: ParquetReader) -> list[Sample]:
    found = list(parquet.samples())
    assert all(isinstance(one, Sample) for one in found)
    return found  # type: ignore[return-value]


def test_a_file_as_hugging_face_writes_it() -> None:
    file = parquet_of(
        {
            "image": pa.array(
                [image(PNG, "n01/a.png"), None, image(PNG + b"2", None), image(PNG, "/home/me/b.png")], IMAGE
            ),
            "label": pa.array([1, 0, 0, None], pa.int64()),
            "caption": pa.array(["one", "two", None, "four"]),
        },
        {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}},
        row_group_size=3,
    )
    parquet = reader(file)
    found = samples(parquet)
    stem = "data/train-00000-of-00001"
    assert [(s.key, s.name, s.label, s.at) for s in found] == [
        (f"{stem}.parquet/00000000/image", "n01/a.png", "dog", 0),
        (f"{stem}.parquet/00000002/image", f"{stem}/00000002.", "cat", 2),
        (f"{stem}.parquet/00000003/image", "b.png", None, 3),
    ]
    assert {(s.size, s.mtime_ns, s.field, s.item, s.split, s.file) for s in found} == {
        (0, 7, "image", -1, "train", f"{stem}.parquet")
    }
    records = list(parquet.records())
    assert [r.name for r in records] == [f"{stem}/0000000{n}" for n in range(4)]
    assert [s for r in records for s in r.samples] == found
    values = [{f.name: (f.value.as_py(), f.kind) for f in r.fields} for r in records]
    assert values[0] == {"label": (1, "label"), "caption": ("one", "text")}
    assert values[3] == {"label": (None, "label"), "caption": ("four", "text")}
    assert [parquet.read(s) for s in found] == [PNG, PNG + b"2", PNG]
    assert [parquet.read(s) for s in reversed(found)] == [PNG, PNG + b"2", PNG]
    assert parquet.schema.names == ["image", "label", "caption"]


@pytest.mark.parametrize(
    "feature",
    [
        {"_type": "Sequence", "feature": {"_type": "Image"}},
        [{"_type": "Image"}],
        {"_type": "List", "feature": {"_type": "Image"}},
        None,
    ],
)
@pytest.mark.parametrize("many", [pa.list_, pa.large_list])
def test_lists_of_images(feature: Any, many: Any) -> None:
    rows = [[image(PNG, "a.png"), None, image(PNG + b"2", None)], [], None, [image(PNG, "b.png")]]
    features = None if feature is None else {"images": feature}
    file = parquet_of({"images": pa.array(rows, many(IMAGE)), "n": pa.array(range(4))}, features)
    parquet = reader(file)
    found = samples(parquet)
    assert [(s.at, s.item, s.name) for s in found] == [
        (0, 0, "a.png"), (0, 2, "data/train-00000-of-00001/00000000.2."), (3, 0, "b.png"),
    ]  # fmt: skip
    assert [s for record in parquet.records() for s in record.samples] == found
    assert [parquet.read(s) for s in found] == [PNG, PNG + b"2", PNG]
    assert found[1].key.endswith("/00000000/images/2")
    assert [record.lengths for record in parquet.records()] == [(("images", n),) for n in (3, 0, None, 1)]


def test_binary_columns_are_asked() -> None:
    file = parquet_of(
        {"jpg": pa.array([PNG, None, PNG]), "bytes": pa.array([b"hello", b"x", b"y"]), "key": pa.array(list("abc"))}
    )
    parquet = reader(file)
    assert parquet.images == ("jpg",)
    assert [s.at for s in samples(parquet)] == [0, 2]
    assert [[f.name for f in r.fields] for r in parquet.records()] == [["bytes", "key"]] * 3


def test_read_refuses() -> None:
    file = parquet_of({"image": pa.array([image(PNG, "a.png"), image(None, "b.png"), image(PNG * 9, "c.png")], IMAGE)})
    parquet = reader(file, max_bytes=100)
    first, nothing, large = samples(parquet)
    other = ParquetReader(file, key=parquet.key, mtime_ns=8)
    shorter = reader(parquet_of({"image": pa.array([None], IMAGE)}))
    for opened, sample, reason in [
        (other, first, "changed"),
        (parquet, nothing, "no-bytes"),
        (parquet, large, "too-large"),
        (shorter, large, "changed"),
        (shorter, first, "no-bytes"),
    ]:
        with pytest.raises(SampleError) as caught:
            opened.read(sample)
        assert caught.value.reason == reason


def test_files_without_images() -> None:
    whole = parquet_of({"image": pa.array([image(PNG, "a.png")], IMAGE)}).getvalue()
    for data, reason in [
        (b"", "not-a-parquet"),
        (b"hello" * 100, "not-a-parquet"),
        (whole[:-9], "not-a-parquet"),
        (whole[:-8] + b"\xff\xff\xff\x7fPAR1", "broken-parquet"),
        (whole[:-60] + bytes(52) + whole[-8:], "broken-parquet"),
        (parquet_of({"x": pa.array([1])}).getvalue(), "no-image-column"),
    ]:
        parquet = reader(io.BytesIO(data))
        assert [(key, why) for key, _, why in parquet.samples()] == [(parquet.key, reason)]  # type: ignore[misc]
        if reason != "no-image-column":
            with pytest.raises(SourceError, match="train-00000"):
                list(parquet.records())
