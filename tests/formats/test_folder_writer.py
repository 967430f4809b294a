"""Writing a folder: whole files only, nothing outside it, nothing left behind."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import EngineError, SampleError, UsageError
from overpaint.formats import FolderWriter, apart


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if not p.is_dir()}


def test_write_replace_remove(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "out")
    writer.write("a/b/1.jpg", b"one", token="t")
    writer.write("a/b/1.jpg", b"two", token="t")
    writer.write("a/2.jpg", b"", token="t")
    assert files(tmp_path / "out") == {"a/b/1.jpg": b"two", "a/2.jpg": b""}
    assert writer.remove("a/b/1.jpg")
    assert not writer.remove("a/b/1.jpg")
    assert not writer.remove("nowhere/at/all.jpg")
    assert not (tmp_path / "out/a/b").exists()
    writer.write("a/b/1.jpg", b"again", token="t")
    assert writer.remove("a/b/1.jpg")
    assert writer.remove("a/2.jpg")
    assert list((tmp_path / "out").iterdir()) == []


@given(st.lists(st.binary(min_size=1, max_size=255).filter(lambda b: not {0, 47} & {*b}), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_names_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]) -> None:
    writer = FolderWriter(tmp_path_factory.mktemp("out"))
    key = os.fsdecode(b"/".join(parts))
    if any(part in (b".", b"..") for part in parts):
        with pytest.raises(SampleError):
            writer.write(key, b"x", token="t")
    else:
        writer.write(key, b"x", token="t")
        assert (writer.root / key).read_bytes() == b"x"
        assert writer.remove(key)


@pytest.mark.parametrize("key", ["../a", "/a", "a/../../b", "", "a//b", "a\0b", ".", "a/."])
def test_keys_that_lead_out_are_refused(tmp_path: Path, key: str) -> None:
    writer = FolderWriter(tmp_path / "out")
    for act in (lambda: writer.write(key, b"x", token="t"), lambda: writer.remove(key)):
        with pytest.raises(SampleError) as error:
            act()
        assert error.value.reason == "refused-key"


def test_what_a_killed_run_left_is_overwritten_or_swept(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "out")
    writer.write("a/1.jpg", b"1", token="shard1")
    (tmp_path / "out/a/.overpaint-shard1.tmp").write_bytes(b"half of a much longer file")
    (tmp_path / "out/.overpaint-other.tmp").write_bytes(b"half")
    (tmp_path / "out/a/.overpaint-.tmp").write_bytes(b"not ours")
    writer.write("a/2.jpg", b"2", token="shard1")
    assert files(tmp_path / "out") == {
        "a/1.jpg": b"1",
        "a/2.jpg": b"2",
        ".overpaint-other.tmp": b"half",
        "a/.overpaint-.tmp": b"not ours",
    }
    assert writer.sweep() == 1
    assert writer.sweep() == 0
    assert sorted(files(tmp_path / "out")) == ["a/.overpaint-.tmp", "a/1.jpg", "a/2.jpg"]


def test_links_never_lead_to_the_source(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "a").mkdir(parents=True)
    (source / "a/1.jpg").write_bytes(b"source")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a").symlink_to(source / "a")
    (out / "1.jpg").symlink_to(source / "a/1.jpg")
    (out / ".overpaint-t.tmp").symlink_to(source / "a/1.jpg")
    os.link(source / "a/1.jpg", out / ".overpaint-u.tmp")
    writer = FolderWriter(out)
    for act in (lambda: writer.write("a/1.jpg", b"x", token="t"), lambda: writer.remove("a/1.jpg")):
        with pytest.raises(EngineError, match="symbolic link"):
            act()
    writer.write("1.jpg", b"mine", token="t")
    writer.write("2.jpg", b"mine", token="u")
    assert (source / "a/1.jpg").read_bytes() == b"source"
    assert not (out / "1.jpg").is_symlink()
    writer.sweep()
    assert (source / "a/1.jpg").read_bytes() == b"source"


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full: free space"), (errno.EROFS, "read-only")]
)
def test_a_disk_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    writer = FolderWriter(tmp_path / "out")
    writer.write("a.jpg", b"old", token="t")

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("overpaint.formats._writer.os.write", refuse)
    with pytest.raises(EngineError, match=words) as error:
        writer.write("a.jpg", b"new", token="t")
    assert "a.jpg" in str(error.value)
    assert files(tmp_path / "out") == {"a.jpg": b"old"}


def test_something_in_the_way(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "out")
    writer.write("a", b"file", token="t")
    with pytest.raises(EngineError, match="choose an empty DEST"):
        writer.write("a/b.jpg", b"x", token="t")
    writer.write("d/b.jpg", b"x", token="t")
    with pytest.raises(EngineError, match="choose an empty DEST"):
        writer.write("d", b"x", token="t")
    assert sorted(files(tmp_path / "out")) == ["a", "d/b.jpg"]


def test_a_name_too_long_costs_one_sample(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "out")
    with pytest.raises(SampleError) as error:
        writer.write("/".join(["d" * 200] * 30) + "/a.jpg", b"x", token="t")
    assert error.value.reason == "name-too-long"
    with pytest.raises(ValueError, match="token"):
        writer.write("a.jpg", b"x", token="../x")


def test_writing_while_another_prunes(tmp_path: Path) -> None:
    writers = [FolderWriter(tmp_path / "out") for _ in range(2)]

    def churn() -> None:
        for _ in range(300):
            writers[0].write("a/b/1.jpg", b"1", token="one")
            writers[0].remove("a/b/1.jpg")

    thread = threading.Thread(target=churn)
    thread.start()
    for _ in range(300):
        writers[1].write("a/b/2.jpg", b"2", token="two")
        writers[1].remove("a/b/2.jpg")
    thread.join()
    assert files(tmp_path / "out") == {}


def test_apart(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to(source / "in")
    apart(source, tmp_path / "out")
    apart(source, tmp_path / "src2")
    apart(source, tmp_path / "out/deep/er")
    for dest in (
        source,
        source / "out/deep",
        tmp_path,
        tmp_path / "link",
        tmp_path / "link/out",
        tmp_path / "out/../src/x",
        "/",
    ):
        with pytest.raises(UsageError, match="choose a DEST beside SOURCE"):
            apart(source, dest)
