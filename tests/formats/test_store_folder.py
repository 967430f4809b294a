"""A folder elsewhere is listed and read as a folder here."""

from __future__ import annotations

import dataclasses
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kinds import Objects, register
from store_s3 import s3_server, s3_url  # noqa: F401 - fixtures

from overpaint.errors import SampleError, SourceError
from overpaint.formats import FolderSource, FolderWriter, read_others, read_shard, read_shards
from overpaint.formats._folder_remote import StoreFolder, StoreWriter
from overpaint.formats._location import open_store

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"
FILES = {
    "train/n01/1.JPEG": PNG, "train/n01/two words.jpg": b"no image at all", "train/n02/no-extension": PNG,
    "train/n02/empty.jpg": b"", "train/n02/empty": b"", "val/ü.png": PNG * 40, "val/._x.jpg": b"\0\5\x16\7",
    "val/.overpaint-x.tmp": PNG, "readme.txt": b"hello", "train/notes.txt": PNG,
}  # fmt: skip


@pytest.fixture(params=["memory", "sftp", "gs", "s3", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    register()
    if request.param == "s3":
        yield request.getfixturevalue("s3_url") + "/p"
    else:
        root = f"host{tmp_path}/there" if request.param == "sftp" else f"{uuid.uuid4().hex}/p"
        yield f"file://{tmp_path}/there" if request.param == "file" else f"{request.param}://{root}"
    Objects.store.clear()


def listed(source: FolderSource, run: Path) -> tuple[object, dict[str, object], list[tuple[str, int, str]]]:
    summary = source.write_listing(run, shard_size=2, chunk=3)
    samples = [sample for ref in read_shards(run) for sample in read_shard(run, ref)]
    found = {s.key: (dataclasses.replace(s, mtime_ns=0), source.read(s)) for s in samples}
    return (summary, source.layout), found, list(read_others(run))


def test_the_listing_is_that_of_a_folder_here(place: str, tmp_path: Path) -> None:
    here, there = FolderWriter(tmp_path / "here"), StoreWriter(open_store(place, create=True))
    for key, data in FILES.items():
        for writer in (here, there):
            writer.write(key, data, token="t")
    one = listed(FolderSource(tmp_path / "here"), tmp_path / "run1")
    other = listed(StoreFolder(open_store(place)), tmp_path / "run2")
    assert other == one
    assert len(one[1]) == 6 and len(one[2]) == 4
    ids = [ref.id for ref in read_shards(tmp_path / "run2")]
    StoreFolder(open_store(place)).write_listing(tmp_path / "run3", shard_size=2)
    assert [ref.id for ref in read_shards(tmp_path / "run3")] == ids
    assert there.sweep() == (0 if place.startswith(("s3", "gs")) else 1)
    assert there.remove("readme.txt") and not there.remove("readme.txt")


def test_what_changed_vanished_or_is_too_large(place: str, tmp_path: Path) -> None:
    store = open_store(place, create=True)
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        store.write(name, os.urandom(50), token="t")
    source = StoreFolder(store, max_bytes=50)
    source.write_listing(tmp_path / "run")
    samples = {s.key: s for ref in read_shards(tmp_path / "run") for s in read_shard(tmp_path / "run", ref)}
    store.write("1.jpg", os.urandom(50), token="t")
    store.remove("2.jpg")
    for key, reason in (("1.jpg", "changed"), ("2.jpg", "vanished")):
        with pytest.raises(SampleError) as error:
            source.read(samples[key])
        assert error.value.reason == reason
    assert len(source.read(samples["3.jpg"])) == 50
    source.max_bytes = 49
    with pytest.raises(SampleError, match="too-large"):
        source.read(samples["3.jpg"])


def test_a_source_that_is_not_there(place: str) -> None:
    with pytest.raises(SourceError):
        open_store(place)
