"""ImageFolder's metadata and other tables: rows go, the bytes of the others stay."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidefiles_bench import Dataset

OUTCOMES = st.sampled_from(["identical", "redacted", "removed"])
TEXTS = st.text(st.sampled_from("ab,;\"'\n\r é\t"), max_size=6)
TWO = Dataset({"train/a.jpg": "removed", "train/b.jpg": "identical", "train/c.jpg": "redacted"})


@settings(max_examples=80)
@given(
    st.lists(st.tuples(OUTCOMES, TEXTS, TEXTS), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_csv_rows_keep_their_bytes(rows, delimiter: str, end: str, quoting, bom: bool) -> None:
    names = [f"{i}.jpg" for i in range(len(rows))]

    def record(*fields: str) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerow(fields)
        return text.getvalue().encode()

    head = (b"\xef\xbb\xbf" if bom else b"") + record("text", "file_name", "more")
    written = [record(one, name, two) for name, (_, one, two) in zip(names, rows, strict=True)]
    data = Dataset({name: outcome for name, (outcome, _, _) in zip(names, rows, strict=True)})
    row, out = data.one("metadata.csv", head + b"".join(written))
    left = [raw for raw, (outcome, _, _) in zip(written, rows, strict=True) if outcome != "removed"]
    assert out == head + b"".join(left)
    assert row.kind == "imagefolder-metadata"
    assert (row.entries, row.entries_removed) == (len(rows), len(rows) - len(left))


def test_a_stray_quote_inside_a_field_opens_nothing() -> None:
    data = b'file_name,text\nb.jpg,5" wide\na.jpg,7" wide\nc.jpg,"x\n""y"\n'
    assert TWO.one("train/metadata.csv", data)[1] == b'file_name,text\nb.jpg,5" wide\nc.jpg,"x\n""y"\n'


def test_derived_columns_of_painted_rows_and_personal_columns() -> None:
    data = b'file_name,label,clip_embedding,exif,md5\r\na.jpg,1,"1,2",x,0\r\nb.jpg,2,"3,4",y,1\r\nc.jpg,3,"5,6",z,2'
    row, out = TWO.one("train/metadata.csv", data)
    assert out == b'file_name,label,clip_embedding,exif,md5\r\nb.jpg,2,"3,4",,1\r\nc.jpg,3,,,'
    assert (row.reason, row.entries, row.entries_removed) == ("fields-emptied", 3, 1)
    _, out = TWO.one("train/metadata.csv", data, metadata="keep")
    assert out == b'file_name,label,clip_embedding,exif,md5\r\nb.jpg,2,"3,4",y,1\r\nc.jpg,3,,z,'


def test_words_are_no_hashes() -> None:
    data = b"file_name,people_by_eye_thumbnail,phash\nb.jpg,yes,00ff\nc.jpg,yes,00ff\n"
    assert TWO.one("train/metadata.csv", data)[1] == data[:-5] + b"\n"
    line = b'{"file_name": "c.jpg", "has_thumbnail": true, "thumbnail_seen": "no"}\n'
    assert TWO.one("train/metadata.jsonl", line)[1] == line


def test_the_metadata_policy_acts_where_nothing_was_painted() -> None:
    data = Dataset({"a.jpg": "metadata-only"})
    row, out = data.one("metadata.csv", b"file_name,gps\na.jpg,1;2\n")
    assert (row.action, out) == ("rewritten", b"file_name,gps\na.jpg,\n")
    assert data.one("metadata.csv", b"file_name,gps\na.jpg,1;2\n", metadata="keep")[0].action == "copied"


def test_a_row_of_several_images_goes_with_any_of_them() -> None:
    data = b"image_file_name,mask_file_name\nb.jpg,c.jpg\nb.jpg,a.jpg\n"
    assert TWO.one("train/metadata.csv", data)[1] == b"image_file_name,mask_file_name\nb.jpg,c.jpg\n"


def test_jsonl() -> None:
    lines = [
        b'{"file_name": "a.jpg", "text": "x"}\n',
        b'{"file_name":  "b.jpg", "text": "\\u00e9", "n": 1.10}\r\n',
        b"\n",
        b'{"file_name": "c.jpg", "embedding": [0.5], "objects": {"bbox": [[1, 2, 3, 4]]}}\n',
        b'{"images_file_names": ["b.jpg", "a.jpg"]}',
    ]
    row, out = TWO.one("train/metadata.jsonl", b"".join(lines))
    assert out is not None and out.startswith(lines[1] + lines[2])
    assert json.loads(out.splitlines()[-1]) == {
        "file_name": "c.jpg", "embedding": None, "objects": {"bbox": [[1, 2, 3, 4]]}
    }  # fmt: skip
    assert (row.entries, row.entries_removed) == (4, 2)


def test_rows_inside_another_jsonl() -> None:
    row, out = TWO.one("captions.jsonl", b'{"image": "train/a.jpg"}\n{"image": "train/b.jpg"}\n')
    assert (row.kind, out) == ("imagefolder-metadata", b'{"image": "train/b.jpg"}\n')


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("metadata.csv", b'file_name,x\n"a.jpg,1\n'),
        ("metadata.csv", b"title,x\n1,2\n"),
        ("metadata.csv", b""),
        ("metadata.jsonl", b'{"file_name": "a.jpg"\n'),
        ("metadata.jsonl", b"[1]\n"),
        ("metadata.parquet", b"PAR1 no table PAR1"),
        ("metadata.parquet", b""),
    ],
)
def test_broken_metadata(name: str, data: bytes) -> None:
    row, _ = TWO.one("train/" + name, data)
    assert (row.action, row.reason) == ("dropped", "unreadable-imagefolder-metadata")
    assert Dataset({"train/a.jpg": "identical"}).one("train/" + name, data)[1] == data


def test_overlong_records_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._sidefiles._imagefolder._LONGEST_RECORD", 64)
    assert (
        TWO.one("train/metadata.csv", b"file_name,x\nb.jpg," + b"y" * 100)[0].reason
        == "unreadable-imagefolder-metadata"
    )
    assert TWO.one("train/metadata.csv", b'file_name,x\nb.jpg,"' + b"y\n" * 50)[0].action == "dropped"


def parquet(table: pa.Table, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


TABLE = pa.table(
    {
        "file_name": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
        "label": pa.array([1, 2, 3, 4], pa.int16()),
        "embedding": pa.array([[0.5], [1.5], [2.5], None], pa.list_(pa.float32())),
        "raw": pa.array([b"1", b"2", b"3", b"4"]),
        "image": pa.array([{"bytes": b"1", "path": "x"}] * 4),
    },
    schema=pa.schema(
        [
            pa.field("file_name", pa.string(), nullable=False),
            pa.field("label", pa.int16(), metadata={b"k": b"v"}),
            pa.field("embedding", pa.list_(pa.float32())),
            pa.field("raw", pa.binary()),
            pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ],
        metadata={b"huggingface": b'{"info": 1}'},
    ),
)


@pytest.mark.parametrize("key", ["train/metadata.parquet", "train/other.parquet"])
def test_parquet(key: str) -> None:
    data = parquet(TABLE, row_group_size=2)
    row, out = TWO.one(key, data)
    assert out is not None and (row.action, row.entries, row.entries_removed) == ("rewritten", 4, 1)
    left = pq.read_table(io.BytesIO(out))
    assert left.schema.equals(pq.read_table(io.BytesIO(data)).schema, check_metadata=True)
    assert left.column("file_name").to_pylist() == ["b.jpg", "c.jpg", "d.jpg"]
    assert left.column("embedding").to_pylist() == [[1.5], None, None]
    assert left.column("raw").to_pylist() == [b"2", None, b"4"]
    assert left.column("image").to_pylist() == [{"bytes": b"1", "path": "x"}, None, {"bytes": b"1", "path": "x"}]
    file = pq.ParquetFile(io.BytesIO(out))
    assert [file.metadata.row_group(i).num_rows for i in range(2)] == [1, 2]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_personal_columns_of_parquet() -> None:
    table = pa.table({"file_name": ["b.jpg", "c.jpg"], "exif": ["x", None], "label": [1, 2]})
    _, out = TWO.one("train/metadata.parquet", parquet(table))
    assert pq.read_table(io.BytesIO(out or b"")).to_pydict() == {
        "file_name": ["b.jpg", "c.jpg"], "exif": [None, None], "label": [1, 2]
    }  # fmt: skip
    assert TWO.one("train/metadata.parquet", parquet(table), metadata="keep")[0].action == "copied"


def test_parquet_that_names_nothing_gone_is_copied() -> None:
    data = parquet(pa.table({"file_name": ["b.jpg", "x.jpg"]}))
    assert TWO.one("train/metadata.parquet", data)[1] == data


def test_parquet_bounds_and_columns_that_cannot_be_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = pa.schema([pa.field("file_name", pa.string()), pa.field("md5", pa.string(), nullable=False)])
    data = parquet(pa.table({"file_name": ["b.jpg"], "md5": ["0"]}, schema=stuck))
    assert TWO.one("train/metadata.parquet", data)[0].reason == "unreadable-imagefolder-metadata"
    monkeypatch.setattr("overpaint.formats._sidefiles._parquet._MOST_HELD", 1)
    _, out = TWO.one("train/metadata.parquet", parquet(TABLE))
    assert pq.read_table(io.BytesIO(out or b"")).column("label").to_pylist() == [2, 3, 4]
    monkeypatch.setattr("overpaint.formats._sidefiles._parquet._MOST_PAGE", 1)
    assert TWO.one("train/metadata.parquet", parquet(TABLE))[0].action == "dropped"


def test_opaque_parquet_is_a_container() -> None:
    data = parquet(pa.table({"x": [b"1"]}))
    assert TWO.one("data/0000.parquet", data)[0].reason == "derived-from-pixels"
    assert Dataset({"a.jpg": "identical"}).one("data/0000.parquet", data)[1] == data


def test_kaggles_csv_of_imagenet() -> None:
    samples = {
        f"ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_{i:08d}.JPEG": "removed" if i == 3 else "identical"
        for i in range(1, 30)
    }
    body = [f"ILSVRC2012_val_{i:08d},n02017213 85 1 499 272 \n".encode() for i in range(1, 30)]
    row, out = Dataset(samples).one("LOC_val_solution.csv", b"ImageId,PredictionString\n" + b"".join(body))
    assert out == b"ImageId,PredictionString\n" + b"".join(body[:2] + body[3:])
    assert (row.kind, row.entries, row.entries_removed) == ("label-list", 29, 1)


def test_tables_that_name_no_image() -> None:
    data = b"id,name\n1,tench\n2,shark\n"
    samples = Dataset({"1.jpg": "removed", "2.jpg": "identical"})
    assert samples.one("table.csv", data)[0].kind == "unknown"
    assert samples.one("table.csv", data, unknown="drop")[0].reason == "unknown"
    assert samples.one("classes.csv", data)[1] == data
    assert samples.one("image_id.csv", b"image_id,y\n1,0\n2,0\n")[1] == b"image_id,y\n2,0\n"
    assert samples.one("no_header.csv", b"1.jpg,0\n2.jpg,0\n")[1] == b"2.jpg,0\n"
    assert samples.one("no_header.csv", b"\xef\xbb\xbf1.jpg,0\n2.jpg,0\n")[1] == b"\xef\xbb\xbf2.jpg,0\n"
