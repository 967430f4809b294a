"""Listing and reading a folder, with the names and the layouts that people have."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import random
import resource
import shutil
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import EngineError, RunError, SampleError, SourceError
from overpaint.formats import FolderSource, Layout, read_others, read_shard, read_shards
from overpaint.formats._layout import layout_of
from overpaint.formats._sorting import Sorter
from overpaint.records import LISTING, OTHERS, Sample, stored_key

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"


def make(root: Path, *names: str | bytes, data: bytes = PNG) -> Path:
    for name in names:
        path = Path(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def listed(source: FolderSource, directory: Path, **options: int) -> list[Sample]:
    summary = source.write_listing(directory, **options)
    shards = read_shards(directory)
    samples = [sample for ref in shards for sample in read_shard(directory, ref)]
    assert (summary.samples, summary.shards) == (len(samples), len(shards))
    assert summary.others == len(list(read_others(directory)))
    assert [ref.row_group for ref in shards] == list(range(len(shards)))
    return samples


def reasons(directory: Path) -> dict[str, str]:
    return {key: reason for key, _, reason in read_others(directory)}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["n01/a.jpg", "n02/b.JPEG"], {("n01/a.jpg", "n01", None), ("n02/b.JPEG", "n02", None)}),
        (["train/n01/a.jpg", "VAL/n01/b.jpg"], {("train/n01/a.jpg", "n01", "train"), ("VAL/n01/b.jpg", "n01", "VAL")}),
        (
            ["train/n01/a.jpg", "other/n01/b.jpg"],
            {("train/n01/a.jpg", "train", None), ("other/n01/b.jpg", "other", None)},
        ),
        (["val/ILSVRC2012_val_00000001.JPEG"], {("val/ILSVRC2012_val_00000001.JPEG", None, "val")}),
        (["a.jpg", "b.jpg"], {("a.jpg", None, None), ("b.jpg", None, None)}),
        (["n01/deep/er/a.jpg"], {("n01/deep/er/a.jpg", "n01", None)}),
        (["train/n01/deep/a.jpg", "a.jpg"], {("train/n01/deep/a.jpg", "n01", "train"), ("a.jpg", None, None)}),
        (["train/x/a.jpg", ".cache/b.jpg"], {("train/x/a.jpg", "x", "train"), (".cache/b.jpg", ".cache", None)}),
    ],
)
def test_layouts(tmp_path: Path, names: list[str], expected: set[tuple[str, str | None, str | None]]) -> None:
    source = FolderSource(make(tmp_path / "src", *names))
    samples = listed(source, tmp_path / "run")
    assert {(s.key, s.label, s.split) for s in samples} == expected
    assert all(source.read(s) == PNG for s in samples)


def test_layout_of_nothing() -> None:
    assert layout_of([]) == Layout()
    assert layout_of([b"train", b"test"]).place("train/a/b/c.png") == ("a", "train")
    assert layout_of([b"train", b"test"]).place("c.png") == (None, None)


def test_names_of_any_bytes(tmp_path: Path) -> None:
    names = [
        b"caf\xe9.jpg",
        b"new\nline.JPEG",
        b"caf\xc3\xa9.jpg",
        b"a" * 251 + b".png",
        b"\xff\xfe/\x80.jpg",
        b"-rf.jpg",
        b" .jpg",
    ]
    samples = listed(FolderSource(make(tmp_path / "src", *names)), tmp_path / "run")
    assert [os.fsencode(s.key) for s in samples] == sorted(names)
    assert {os.fsencode(s.label) for s in samples if s.label} == {b"\xff\xfe"}
    keys = pq.read_table(tmp_path / "run/listing.parquet")["key"].to_pylist()
    assert keys == [stored_key(os.fsdecode(name)) for name in sorted(names)]


def test_what_is_a_sample(tmp_path: Path) -> None:
    root = make(tmp_path / "src", "a.jpg", "b.JPeG", "noext", "c.weird", "d.txt", "e.jpg.bak", "old.TIF")
    make(root, "readme.txt", "Thumbs.db", ".DS_Store", "x/._a.jpg", ".jpg", data=b"text")
    make(root, "liar.png", "empty.jpg", data=b"")
    make(root, ".overpaint-abc.tmp")
    os.mkfifo(root / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(root / "s.jpg"))
    samples = listed(FolderSource(root), tmp_path / "run")
    assert [s.key for s in samples] == [
        "a.jpg",
        "b.JPeG",
        "c.weird",
        "d.txt",
        "e.jpg.bak",
        "empty.jpg",
        "liar.png",
        "noext",
        "old.TIF",
    ]
    assert reasons(tmp_path / "run") == {
        ".DS_Store": "not-an-image",
        ".jpg": "not-an-image",
        ".overpaint-abc.tmp": "overpaint-temporary",
        "Thumbs.db": "not-an-image",
        "pipe.jpg": "not-a-regular-file",
        "readme.txt": "not-an-image",
        "s.jpg": "not-a-regular-file",
        "x/._a.jpg": "not-an-image",
    }


def test_symbolic_links(tmp_path: Path) -> None:
    root = make(tmp_path / "src", "real/a.jpg")
    elsewhere = make(tmp_path / "elsewhere", "deep/b.jpg")
    (root / "file.jpg").symlink_to(elsewhere / "deep/b.jpg")
    (root / "dir").symlink_to(elsewhere)
    (root / "again").symlink_to(root / "real")
    (root / "real/up").symlink_to(root)
    (root / "real/self").symlink_to(root / "real")
    (root / "gone.jpg").symlink_to(root / "nowhere")
    (root / "loop.jpg").symlink_to(root / "loop.jpg")
    (tmp_path / "link").symlink_to(root)
    samples = listed(FolderSource(tmp_path / "link"), tmp_path / "run")
    assert [s.key for s in samples] == ["again/a.jpg", "dir/deep/b.jpg", "file.jpg", "real/a.jpg"]
    assert reasons(tmp_path / "run") == {
        "again/self": "symlink-loop",
        "again/up": "symlink-loop",
        "gone.jpg": "broken-symlink",
        "loop.jpg": "symlink-loop",
        "real/self": "symlink-loop",
        "real/up": "symlink-loop",
    }


def test_a_run_directory_is_not_part_of_a_dataset(tmp_path: Path) -> None:
    root = make(tmp_path / "src", "a.jpg")
    make(tmp_path / "other.run", "plan.toml", "private/x.json", "public/report.png")
    (root / "up").symlink_to(tmp_path)
    kept = ["a.jpg", "b/c.jpg", "b/plan.toml", "d/private/e.jpg", "private/f.jpg"]
    make(root, *kept)
    assert [s.key for s in listed(FolderSource(root), tmp_path / "run")] == kept
    assert reasons(tmp_path / "run")["up/other.run"] == "overpaint-run"


def test_deeper_than_the_directories_kept_open(tmp_path: Path) -> None:
    deep = "/".join(f"d{i}" for i in range(200))
    source = FolderSource(make(tmp_path / "src", f"{deep}/a.jpg", f"{deep}/b/c.jpg", "d0/z.jpg"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.open(os.devnull, os.O_RDONLY)  # the lowest descriptor that is free
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + 100, hard))
    try:
        samples = listed(source, tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [s.key for s in samples] == [f"{deep}/a.jpg", f"{deep}/b/c.jpg", "d0/z.jpg"]


def test_a_directory_that_cannot_be_read_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(tmp_path / "src", "shut/a.jpg", "noext", "b.jpg")
    real_scandir, real_open = os.scandir, os.open

    def scandir(path: bytes) -> object:
        if os.fsencode(path).endswith(b"shut"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    def opened(path: bytes, *rest: int) -> int:
        if os.fsencode(path).endswith((b"noext", b"b.jpg")):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest)

    monkeypatch.setattr("overpaint.formats._walk.os.scandir", scandir)
    monkeypatch.setattr("overpaint.formats._walk.os.open", opened)
    (sample,) = listed(FolderSource(root), tmp_path / "run")
    assert reasons(tmp_path / "run") == {"noext": "unreadable", "shut": "unreadable"}
    assert reason_of(FolderSource(root), sample) == "unreadable"


def test_twenty_thousand_names_in_runs_of_700(tmp_path: Path) -> None:
    root = tmp_path / "src"
    rng = random.Random(7)
    names = [f"c{i % 20:02}/{rng.randrange(16**12):012x}{'.JPEG' if i % 9 else '.txt'}" for i in range(20_000)]
    for i in range(20):
        (root / f"c{i:02}").mkdir(parents=True)
    for name in names:
        os.close(os.open(root / name, os.O_CREAT))
    seen: list[int] = []
    source = FolderSource(root)
    summary = source.write_listing(tmp_path / "run", shard_size=100, chunk=700, progress=seen.append)
    expected = sorted(name for name in names if name.endswith(".JPEG"))
    shards = read_shards(tmp_path / "run")
    assert (summary.samples, summary.shards) == (len(expected), -(-len(expected) // 100))
    assert [s.key for ref in shards for s in read_shard(tmp_path / "run", ref)] == expected
    assert [key for key, _, _ in read_others(tmp_path / "run")] == sorted(set(names) - set(expected))
    assert seen[-1] == 20_000
    assert seen == sorted(seen)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [
        "listing.parquet",
        "others.parquet",
        "shards.parquet",
    ]
    source.write_listing(tmp_path / "whole", shard_size=100)
    for name in ("listing.parquet", "others.parquet", "shards.parquet"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@given(st.sets(st.binary(min_size=1, max_size=12), max_size=80), st.integers(1, 9))
@settings(max_examples=30, deadline=None)
def test_sorting_equals_sorted(tmp_path_factory: pytest.TempPathFactory, keys: set[bytes], chunk: int) -> None:
    directory = tmp_path_factory.mktemp("sort")
    sorter = Sorter(pa.schema([("key", pa.binary()), ("size", pa.int64())]), directory, "x", chunk=chunk)
    for number, key in enumerate(keys):
        sorter.add((key, number))
    assert list(sorter.rows()) == sorted((key, number) for number, key in enumerate(keys))


def test_more_runs_than_are_merged_at_once(tmp_path: Path) -> None:
    sorter = Sorter(pa.schema([("key", pa.binary())]), tmp_path, "x", chunk=1)
    keys = [(bytes([i % 256, i // 256]),) for i in range(300)]
    for key in keys:
        sorter.add(key)
    assert len(list(tmp_path.iterdir())) < 128
    assert list(sorter.rows()) == sorted(keys)


def test_schemas_and_shard_ids(tmp_path: Path) -> None:
    samples = listed(
        FolderSource(make(tmp_path / "src", "a/1.jpg", "a/2.jpg", "b/3.jpg", "b.txt")), tmp_path / "run", shard_size=2
    )
    assert pq.read_schema(tmp_path / "run/listing.parquet").equals(LISTING)
    make(tmp_path / "src", "others.txt", data=b"text")
    shards = read_shards(tmp_path / "run")
    rows = b"".join(os.fsencode(s.key) + f"\0{s.size}\0{s.mtime_ns}\0".encode() for s in samples[:2])
    assert shards[0].id == hashlib.sha256(rows).hexdigest()[:32]
    listed(FolderSource(tmp_path / "src"), tmp_path / "run2", shard_size=2)
    assert pq.read_schema(tmp_path / "run2/others.parquet").equals(OTHERS)


def test_a_shard_keeps_its_id_when_others_change(tmp_path: Path) -> None:
    source = FolderSource(make(tmp_path / "src", *(f"{i}.jpg" for i in range(8))))
    source.write_listing(tmp_path / "run", shard_size=4)
    before = read_shards(tmp_path / "run")
    make(tmp_path / "src", "9.jpg", "readme", data=b"text")
    os.utime(tmp_path / "src/5.jpg", ns=(1, 1))
    source.write_listing(tmp_path / "run", shard_size=4)
    after = read_shards(tmp_path / "run")
    assert (after[0].id, len(after)) == (before[0].id, 3)
    assert after[1].id != before[1].id
    with pytest.raises(RunError, match="not the listing that shard"):
        read_shard(tmp_path / "run", before[1])


def test_missing_and_damaged_listings(tmp_path: Path) -> None:
    source = FolderSource(make(tmp_path / "src", "a.jpg"))
    with pytest.raises(RunError, match="list the source again"):
        read_shards(tmp_path / "run")
    source.write_listing(tmp_path / "run")
    (ref,) = read_shards(tmp_path / "run")
    (tmp_path / "run/listing.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "run/others.parquet").write_bytes(b"")
    with pytest.raises(RunError, match=r"listing\.parquet"):
        read_shard(tmp_path / "run", ref)
    with pytest.raises(RunError, match=r"others\.parquet"):
        list(read_others(tmp_path / "run"))
    shutil.copy(tmp_path / "run/shards.parquet", tmp_path / "run/listing.parquet")
    with pytest.raises(RunError, match="does not hold shard"):
        read_shard(tmp_path / "run", ref)


def test_an_empty_source_and_no_source(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    assert listed(FolderSource(tmp_path / "src"), tmp_path / "run") == []
    for wrong in (tmp_path / "nowhere", make(tmp_path, "file")):
        with pytest.raises(SourceError, match="is not a directory"):
            FolderSource(wrong / "file")


def test_the_listing_cannot_be_written(tmp_path: Path) -> None:
    source = FolderSource(make(tmp_path / "src", "a.jpg"))
    with pytest.raises(EngineError, match="cannot write the listing"):
        source.write_listing(make(tmp_path, "file") / "file")


def test_a_failed_listing_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FolderSource(make(tmp_path / "src", *(f"{i}.jpg" for i in range(9))))
    source.write_listing(tmp_path / "run")
    before = {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()}
    calls = itertools.count()

    def fail(*_: object) -> str:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")
        return "0"

    monkeypatch.setattr("overpaint.formats._listing._shard_id", fail)
    with pytest.raises(EngineError, match="No space left"):
        source.write_listing(tmp_path / "run", shard_size=3)
    assert {p.name: p.read_bytes() for p in (tmp_path / "run").iterdir()} == before


def reason_of(source: FolderSource, sample: Sample) -> str:
    with pytest.raises(SampleError) as error:
        source.read(sample)
    return error.value.reason


def test_reading_notices_what_changed(tmp_path: Path) -> None:
    root = make(tmp_path / "src", "d/a.jpg")
    source = FolderSource(root)
    (sample,) = listed(source, tmp_path / "run")
    assert source.read(sample) == PNG
    os.utime(root / "d/a.jpg", ns=(5, 5))
    assert reason_of(source, sample) == "changed"
    make(root, "d/a.jpg", data=PNG + b"x")
    assert reason_of(source, sample) == "changed"
    (root / "d/a.jpg").unlink()
    assert reason_of(source, sample) == "vanished"
    os.mkfifo(root / "d/a.jpg")
    assert reason_of(source, sample) == "changed"
    (root / "d/a.jpg").unlink()
    (root / "d/a.jpg").mkdir()
    assert reason_of(source, sample) in {"changed", "unreadable"}
    shutil.rmtree(root / "d")
    make(root, "d")
    assert reason_of(source, sample) == "vanished"


def test_reading_refuses(tmp_path: Path) -> None:
    root = make(tmp_path / "src", "a.jpg")
    make(tmp_path, "secret.jpg")
    (sample,) = listed(FolderSource(root), tmp_path / "run")
    assert reason_of(FolderSource(root, max_bytes=len(PNG) - 1), sample) == "too-large"
    for key in (
        "../secret.jpg",
        f"{tmp_path}/secret.jpg",
        "a/../../secret.jpg",
        "a.jpg\0",
        "",
        ".",
        "a//b",
        "./a.jpg",
        "\ud800",
    ):
        assert reason_of(FolderSource(root), dataclasses.replace(sample, key=key)) == "refused-key"


@pytest.mark.parametrize(
    ("count", "shards", "largest"), [(0, 0, 0), (1, 1, 1), (24, 12, 2), (930, 16, 59), (5000, 20, 256)]
)
def test_shards_follow_the_number_of_samples(tmp_path: Path, count: int, shards: int, largest: int) -> None:
    root = tmp_path / "src"
    root.mkdir()
    for number in range(count):
        (root / f"{number:05}.jpg").touch()
    FolderSource(root).write_listing(tmp_path / "run")
    refs = read_shards(tmp_path / "run")
    assert (len(refs), max((ref.rows for ref in refs), default=0)) == (shards, largest)
