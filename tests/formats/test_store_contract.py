"""What every store promises, asked of every kind of store."""

from __future__ import annotations

import functools
import os
import pickle
import tarfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_kinds import Objects, register
from store_s3 import s3_server, s3_url  # noqa: F401 - fixtures

from overpaint.errors import EngineError, OverpaintError, SampleError, SourceError
from overpaint.formats._location import open_store
from overpaint.formats._store import Store, Writing
from overpaint.formats._store_local import LocalStore

KINDS = ["path", "file", "memory", "sftp", "gs", "s3"]
ODD = [
    "a b.jpg", "100%.jpg", "100%25.jpg", "#1.jpg", "a?b=c&d.jpg", "a?versionId=1", "*.jpg", "[a].jpg", "{b}.jpg", "~",
    "\\.jpg", "\t.jpg", "'\".jpg", "ü/e\u0301/é.jpg", "\U0001f600.jpg", "\u202e.jpg", " x ", "a:b@c", "+=;,.jpg", "-",
    "a\nb.jpg",
]  # fmt: skip


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    register()
    monkeypatch.setattr("overpaint.formats._remote_errors.WAITS", (0.0, 0.0, 0.0))
    name = uuid.uuid4().hex
    if request.param == "s3":
        yield request.getfixturevalue("s3_url") + "/some/place"
    else:
        root = tmp_path / "place"
        yield {
            "path": str(root), "file": f"file://{root}", "sftp": f"sftp://host{root}", "memory": f"memory://{name}",
            "gs": f"gs://{name}/some/place",
        }[request.param]  # fmt: skip
    Objects.store.clear()


@pytest.fixture
def store(place: str) -> Store:
    return open_store(place, create=True)


def contents(store: Store) -> dict[str, bytes]:
    found = {}
    for key, size, version in store.files():
        name = os.fsdecode(key)
        assert store.stat(name) == (size, version), name
        found[name] = store.read(name, size=size, version=version, max_bytes=1 << 30)
    return found


def begin(store: Store, key: str, blocks: list[bytes], *, end: Callable[[Writing], object]) -> None:
    with store.create(key, token="t") as file:
        for block in blocks:
            file.write(block)
        end(file)


def reason(act: object) -> str:
    assert callable(act)
    with pytest.raises(SampleError) as error:
        act()
    return error.value.reason


def test_write_replace_remove(store: Store) -> None:
    assert store.empty()
    assert list(store.walk()) == []
    store.write("a/b/1.jpg", b"one", token="t")
    store.write("a/b/1.jpg", b"two!", token="t")
    store.write("2.txt", b"", token="t")
    assert contents(store) == {"a/b/1.jpg": b"two!", "2.txt": b""}
    assert list(store.others()) == []
    assert not store.empty()
    assert list(store.directories()) == [b"a"]
    assert store.stat("a") is None
    assert store.stat("a/b/2.jpg") is None
    assert store.stat("2.txt/3") is None
    assert store.remove("a/b/1.jpg")
    assert not store.remove("a/b/1.jpg")
    assert not store.remove("nowhere/at/all")
    assert contents(store) == {"2.txt": b""}
    assert store.sweep() == 0


def test_odd_names_come_back(store: Store, place: str) -> None:
    keys = [key for key in ODD if not (place.startswith("s3") and "\n" in key)]  # moto's server routes none with \n
    for key in keys:
        store.write(key, key.encode(), token="t")
    assert contents(store) == {key: key.encode() for key in keys}
    for key in keys:
        with store.open(key) as file:
            assert file.read() == key.encode()
        assert store.remove(key)
    assert contents(store) == {}


def test_keys_that_lead_out_are_refused(store: Store) -> None:
    for key in ("../a", "/a", "a/../../b", "", "a//b", "a\0b", ".", "a/.", "a/"):
        for act in (
            lambda key: store.write(key, b"x", token="t"),
            lambda key: store.create(key, token="t"),
            lambda key: store.remove(key),
            lambda key: store.stat(key),
            lambda key: store.open(key),
            lambda key: store.head(key, 9),
            lambda key: store.read(key, size=1, version=1, max_bytes=9),
        ):
            assert reason(functools.partial(act, key)) == "refused-key"
    with pytest.raises(ValueError, match="token"):
        store.write("a", b"x", token="../x")


def test_names_that_are_no_text(store: Store) -> None:
    key = os.fsdecode(b"a/\xff.jpg")
    if store.local is not None:
        store.write(key, b"x", token="t")
        assert contents(store) == {key: b"x"}
        return
    assert reason(lambda: store.write(key, b"x", token="t")) == "name-not-writable"
    assert store.stat(key) is None
    assert reason(lambda: store.open(key)) == "vanished"
    assert not store.remove(key)


def test_a_file_that_is_no_longer_what_was_listed(store: Store) -> None:
    store.write("1.jpg", b"one", token="t")
    (_, size, version) = next(store.files())

    def read(size: int = size, version: int = version, most: int = 9) -> bytes:
        return store.read("1.jpg", size=size, version=version, max_bytes=most)

    assert read() == b"one"
    assert reason(lambda: read(most=2)) == "too-large"
    for wrong in (0, 2, 4):
        assert reason(lambda wrong=wrong: read(size=wrong)) == "changed"
    assert reason(lambda: read(version=version ^ 1)) == "changed"
    store.write("1.jpg", b"two", token="t")
    assert reason(read) == "changed"
    store.write("1.jpg", b"three", token="t")
    assert reason(read) == "changed"
    store.remove("1.jpg")
    assert reason(read) == "vanished"
    assert reason(lambda: store.open("1.jpg")) == "vanished"
    assert reason(lambda: store.head("1.jpg", 4)) == "vanished"


def test_reading_and_seeking(store: Store) -> None:
    data = os.urandom(300_000)
    store.write("d/1.bin", data, token="t")
    with store.open("d/1.bin") as file, store.open("d/1.bin") as other:
        assert file.seek(0, 2) == len(data)
        assert file.read() == b""
        assert file.seek(-5, 2) == len(data) - 5
        assert file.read() == data[-5:]
        file.seek(1000)
        assert (file.read(7), other.read(3), file.read(7)) == (data[1000:1007], data[:3], data[1007:1014])
        assert file.tell() == 1014
        assert file.seek(len(data) + 10) == len(data) + 10
        assert file.read(1) == b""
        file.seek(0)
        assert file.read() == data
    assert store.head("d/1.bin", 64) == data[:64]
    assert store.head("d/1.bin", len(data) + 1) == data
    store.write("0", b"", token="t")
    assert store.head("0", 64) == b""
    with store.open("0") as file:
        assert file.read() == b""


def test_a_big_file_appears_whole_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._store_s3._PART", 5 << 20)  # the least that S3 takes
    block = os.urandom(1 << 20)
    with store.create("d/big.tar", token="t") as file:
        for _ in range(11):
            assert file.write(memoryview(block)) == len(block)
        assert file.tell() == 11 << 20
        assert [key for key, _, _ in store.files()] == []
        assert not file.closed
        file.commit()
        assert file.closed
    assert contents(store) == {"d/big.tar": block * 11}
    with pytest.raises(ZeroDivisionError):
        begin(store, "d/big.tar", [block] * 7, end=lambda _: 1 // 0)
    with store.create("d/other.tar", token="t") as file:
        file.write(block)
    assert contents(store) == {"d/big.tar": block * 11}
    with store.create("empty", token="t") as file:
        file.commit()
    assert contents(store) == {"d/big.tar": block * 11, "empty": b""}
    assert store.sweep() == 0


def test_what_a_killed_run_left_is_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._store_s3._PART", 5 << 20)
    store.write("a/1.jpg", b"1", token="t")
    left = store.create("a/big.tar", token="u")
    left.write(bytes(6 << 20))
    if store.url.startswith(("memory", "sftp")):  # a file of theirs is sent at once: killed between two steps
        store._place("a/2.jpg", ".overpaint-v.tmp", lambda fs, path: fs.pipe_file(path, b"half"))  # type: ignore[attr-defined]
        filesystem, path = store._at("a/2.jpg")  # type: ignore[attr-defined]
        filesystem.mv(path, path.replace("2.jpg", ".overpaint-v.tmp"))
    assert list(store.files()) == [(b"a/1.jpg", *(store.stat("a/1.jpg") or ()))]
    found = [(key, why) for key, _, why in store.others()]
    swept = store.sweep()
    if store.url.startswith("gs"):
        assert (found, swept) == ([], 0)
    elif store.url.startswith("s3"):
        assert (found, swept) == ([], 1)
    else:
        assert found == [
            (b"a/.overpaint-v.tmp" if store.local is None else b"a/.overpaint-u.tmp", "overpaint-temporary")
        ]
        assert swept == 1
    assert store.sweep() == 0
    left.close()
    assert contents(store) == {"a/1.jpg": b"1"}


def test_what_other_libraries_write_and_read(store: Store, tmp_path: Path) -> None:
    table = pa.table({"image": [b"x" * 1000] * 50, "label": list(range(50))})
    with store.create("p.parquet", token="t") as file:
        pq.write_table(table, file, row_group_size=7)
        file.commit()
    with store.open("p.parquet") as read:
        assert pq.read_table(read).equals(table)
    (tmp_path / "member").write_bytes(b"m" * 700)
    with store.create("a.tar", token="t") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(tmp_path / "member", "member")
        file.commit()
    with store.open("a.tar") as read, tarfile.open(fileobj=read) as archive:
        member = archive.extractfile("member")
        assert member is not None and member.read() == b"m" * 700


def test_a_store_goes_to_other_processes(store: Store) -> None:
    store.write("1.jpg", b"one", token="t")
    other = pickle.loads(pickle.dumps(store))
    assert other.url == store.url
    assert contents(other) == {"1.jpg": b"one"}


def test_nothing_there(place: str) -> None:
    with pytest.raises(SourceError):
        open_store(place)
    assert open_store(place, create=True).empty()


def test_a_file_is_no_place(place: str) -> None:
    open_store(place, create=True).write("f", b"x", token="t")
    with pytest.raises(OverpaintError):
        open_store(place + "/f")


def test_something_in_the_way(store: Store) -> None:
    if store.url.startswith("gs"):
        return  # its stand-in has directories, which the service has not
    if store.url.startswith("s3"):
        for key in ("a", "a/b.jpg"):  # an object store has no directories: nothing is in the way
            store.write(key, b"file", token="t")
        assert {key for key, _, _ in store.files()} >= {b"a", b"a/b.jpg"}
        return
    store.write("a", b"file", token="t")
    with pytest.raises(EngineError, match="choose an empty DEST"):
        store.write("a/b.jpg", b"x", token="t")
    if store.url.startswith("memory"):
        return
    store.write("d/b.jpg", b"x", token="t")
    with pytest.raises(EngineError, match="choose an empty DEST"):
        store.write("d", b"x", token="t")
    assert set(contents(store)) == {"a", "d/b.jpg"}


def test_too_long_a_name_costs_one_sample(store: Store) -> None:
    key = "/".join(["d" * 200] * 30)
    if store.url.startswith(("memory", "gs")):
        store.write(key, b"x", token="t")  # any name is taken
        assert store.remove(key)
        return
    assert reason(lambda: store.write(key, b"x", token="t")) == "name-too-long"
    assert store.stat(key) is None
    assert not store.remove(key)


def test_local_tells_where_it_is(store: Store, place: str) -> None:
    local = not place.startswith(("s3", "gs", "memory", "sftp"))
    assert (store.local is not None) == local == isinstance(store, LocalStore)
