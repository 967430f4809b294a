"""What is said beside an image in words: the same, in any order, as the records of its container say."""

from __future__ import annotations

import io
import random
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from overpaint.errors import SampleError
from overpaint.formats import open_source, read_shard, read_shards
from overpaint.formats._parquet import ParquetReader
from overpaint.formats._tar import TarReader
from overpaint.formats._texts import MOST_BYTES, MOST_FIELDS
from overpaint.records import Sample

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def tar_of(*members: tuple[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def samples(reader: TarReader | ParquetReader) -> list[Sample]:
    return [one for one in reader.samples() if isinstance(one, Sample)]


def told(reader: TarReader | ParquetReader) -> dict[str, dict[str, Any]]:
    """The slow way: every record in full, and of its fields those of text."""
    found = dict[str, dict[str, Any]]()
    for record in reader.records():
        texts = {field.name: field.value for field in record.fields if field.kind == "text"}
        for sample in record.samples:
            found[sample.key] = {
                name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value.as_py()
                for name, value in texts.items()
            }
    return found


def many(tar: bool) -> tuple[io.BytesIO, type[TarReader | ParquetReader]]:
    words = [f"Jane {n}, jane{n}@example.org" for n in range(60)]
    if tar:
        rows = [
            [(f"{n:03}.caption", w.encode()), (f"{n:03}.cls", b"1"), (f"{n:03}.png", PNG + bytes([n]))]
            + [(f"{n:03}.{more}.png", PNG) for more in range(n % 3)]
            + [(f"{n:03}.txt", b"also " + w.encode()), (f"{n:03}.json", b'{"a": 1}')]
            for n, w in enumerate(words)
        ]
        return tar_of(*(member for row in rows for member in row)), TarReader
    file = io.BytesIO()
    images = pa.array([{"bytes": PNG + bytes([n]), "path": None} for n in range(60)], IMAGE)
    columns = {"image": images, "caption": pa.array(words), "label": pa.array(range(60)), "text": pa.array(words[::-1])}
    pq.write_table(pa.table(columns), file, row_group_size=17)
    return file, ParquetReader


@pytest.mark.parametrize("tar", [True, False])
def test_in_any_order_and_between_reads_of_images(tar: bool) -> None:
    file, made = many(tar)
    reader = made(file, key="a", mtime_ns=1)
    wanted = told(made(file, key="a", mtime_ns=1))
    listed = samples(reader)
    images = {one.key: reader.read(one) for one in listed}
    assert all(len(texts) >= 2 for texts in wanted.values())
    for order in (listed, listed[::-1], random.Random(3).sample(listed, len(listed))):
        for sample in order:
            assert reader.texts(sample) == wanted[sample.key]
            assert reader.read(sample) == images[sample.key]


def test_a_tar_that_was_listed_otherwise() -> None:
    reader = TarReader(tar_of(("a.png", PNG), ("a.txt", b"said")), key="a", mtime_ns=1)
    (sample,) = samples(reader)
    moved = Sample(sample.key, sample.size, 1, at=sample.at + 512, file="a")
    with pytest.raises(SampleError, match="changed"):
        reader.texts(moved)
    assert reader.texts(sample) == {"txt": "said"}


def test_a_file_that_was_listed_otherwise() -> None:
    file, _ = many(tar=False)
    reader = ParquetReader(file, key="a", mtime_ns=1)
    with pytest.raises(SampleError, match="changed"):
        reader.texts(Sample("a/99", 1, 1, file="a", at=99, field="image"))


def test_lists_nulls_and_columns_that_say_nothing() -> None:
    columns = {
        "image": pa.array([{"bytes": PNG, "path": None}], IMAGE),
        "captions": pa.array([["one", None, "two"]]),
        "author": pa.array([None], pa.string()),
        "clip_embedding": pa.array(["c29tZQ=="]),
        "license": pa.array(["MIT"]),
    }
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    reader = ParquetReader(file, key="a", mtime_ns=1)
    assert reader.texts(samples(reader)[0]) == {"captions": "one\ntwo"}


def test_what_is_read_is_bounded() -> None:
    long = b"x" * (MOST_BYTES + 9)
    names = [f"a.{n:02}.txt" for n in range(MOST_FIELDS + 3)]
    reader = TarReader(tar_of(("a.png", PNG), *((name, long) for name in names)), key="a", mtime_ns=1)
    texts = reader.texts(samples(reader)[0])
    assert len(texts) == MOST_FIELDS
    assert {len(text) for text in texts.values()} == {MOST_BYTES}
    columns = {"image": pa.array([{"bytes": PNG, "path": None}], IMAGE)}
    columns |= {f"text_{n}": pa.array([long.decode()]) for n in range(MOST_FIELDS + 3)}
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    parquet = ParquetReader(file, key="a", mtime_ns=1)
    assert {len(text) for text in parquet.texts(samples(parquet)[0]).values()} == {MOST_BYTES}
    assert len(parquet.texts(samples(parquet)[0])) == MOST_FIELDS


def listed(source: Any, tmp_path: Path) -> list[Sample]:
    source.write_listing(tmp_path / "listing")
    return [one for shard in read_shards(tmp_path / "listing") for one in read_shard(tmp_path / "listing", shard)]


def test_a_folder_has_files_called_alike(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    (root / "a.b").mkdir(parents=True)
    for name, data in {
        "one.png": PNG, "one.txt": b"\xef\xbb\xbfsaid", "one.json": b'{"by": "jane@example.org"}', "two.png": PNG,
        "a.b/three": PNG, "a.b/three.caption": b"caf\xe9",
    }.items():  # fmt: skip
        (root / name).write_bytes(data)
    (root / "two.txt").mkdir()
    (root / "two.json").symlink_to("nowhere")
    source = open_source(root)
    assert {sample.key: dict(source.texts(sample)) for sample in listed(source, tmp_path)} == {
        "one.png": {"txt": "said", "json": '{"by": "jane@example.org"}'},
        "two.png": {},
        "a.b/three": {"caption": "caf\ufffd"},
    }


def test_through_a_source_of_containers(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "0.tar").write_bytes(many(tar=True)[0].getvalue())
    (tmp_path / "set" / "1.tar").write_bytes(tar_of(("x.png", PNG), ("x.txt", b"last")).getvalue())
    source = open_source(tmp_path / "set")
    samples_ = listed(source, tmp_path)
    assert source.texts(samples_[0])["caption"] == "Jane 0, jane0@example.org"
    assert source.texts(samples_[-1]) == {"txt": "last"}
    source.close()


def test_a_place_elsewhere_is_not_asked_for_more() -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://texts/one.png", "wb") as file:
        file.write(PNG)
    with fsspec.open("memory://texts/one.txt", "wb") as file:
        file.write(b"said")
    assert dict(open_source("memory://texts").texts(Sample("one.png", len(PNG), 0))) == {}
