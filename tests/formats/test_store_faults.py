"""Stores that fail: half-way, for a moment, for good, for one object only; and listings too long to be held."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from store_kinds import Objects, Renaming, register
from store_s3 import s3_server, s3_url  # noqa: F401 - fixtures

from overpaint.errors import EngineError, SampleError, SourceError
from overpaint.formats import _remote_errors
from overpaint.formats._location import open_store
from overpaint.formats._remote import version_of
from overpaint.formats._remote_errors import passing, steady
from overpaint.formats._store import Store, Writing
from overpaint.formats._store_s3 import S3Store


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    register()
    monkeypatch.setattr("overpaint.formats._remote_errors.WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr("overpaint.formats._store_s3._PART", 5 << 20)
    yield
    Objects.store.clear()


@pytest.fixture
def bucket(s3_url: str) -> S3Store:  # noqa: F811
    store = open_store(s3_url + "/pre", create=True)
    assert isinstance(store, S3Store)
    return store


def failing(store: S3Store, method: str, error: Exception, *, times: int = 1 << 30, after: int = 0) -> list[str]:
    """Make one method of S3 fail, after a number of calls that go well; return the names of all that is called."""
    real, calls = S3Store._call, []

    def call(name: str, **options: Any) -> dict[str, Any]:
        calls.append(name)
        if name == method and after < calls.count(name) <= after + times:
            raise error
        return real(store, name, **options)

    store._call = call  # type: ignore[method-assign]
    return calls


def denied() -> Exception:
    return PermissionError("Access Denied; arn:aws:iam::123:user/secret-name")


def weather() -> Exception:
    return OSError(errno.EIO, "https://bucket/key?X-Amz-Signature=secret")


def put(store: Store, key: str, data: bytes, *, end: Callable[[Writing], object] = lambda file: file.commit()) -> None:
    with store.create(key, token="t") as file:
        for at in range(0, len(data), 1 << 20):
            file.write(data[at : at + (1 << 20)])
        end(file)


def names(store: Store) -> list[bytes]:
    return sorted(key for key, _, _ in store.files())


def test_an_upload_that_fails_half_way_leaves_nothing(bucket: S3Store) -> None:
    bucket.write("big.tar", b"old", token="t")
    calls = failing(bucket, "upload_part", weather(), after=1)
    with pytest.raises(EngineError, match="also when asked again") as error:
        put(bucket, "big.tar", bytes(12 << 20))
    assert "secret" not in str(error.value) and "big.tar" in str(error.value)
    assert calls.count("upload_part") == 5
    assert calls.count("abort_multipart_upload") == 1
    assert bucket.head("big.tar", 9) == b"old"
    assert bucket.sweep() == 0


@pytest.mark.parametrize("method", ["create_multipart_upload", "upload_part", "complete_multipart_upload"])
def test_bad_weather_passes(bucket: S3Store, method: str) -> None:
    failing(bucket, method, weather(), times=3)
    with bucket.create("big.tar", token="t") as file:
        file.write(b"x" * (6 << 20))
        file.commit()
    with bucket.open("big.tar") as read:
        assert read.read() == b"x" * (6 << 20)


def test_an_abort_that_fails_hides_no_error_and_is_swept(bucket: S3Store) -> None:
    real = bucket._call
    failing(bucket, "abort_multipart_upload", weather())
    with pytest.raises(ZeroDivisionError):
        put(bucket, "big.tar", bytes(6 << 20), end=lambda _: 1 // 0)
    bucket._call = real  # type: ignore[method-assign]
    assert names(bucket) == []
    assert bucket.sweep() == 1


def test_sweeping_where_it_is_not_allowed(bucket: S3Store) -> None:
    failing(bucket, "list_multipart_uploads", denied())
    assert bucket.sweep() == 0
    failing(bucket, "list_multipart_uploads", weather())
    with pytest.raises(SourceError, match="cannot list"):
        bucket.sweep()


@pytest.mark.parametrize("scheme", ["memory", "sftp", "gs"])
def test_a_put_that_fails_half_way(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"sftp://host{tmp_path}/p" if scheme == "sftp" else f"{scheme}://{uuid.uuid4().hex}/p"
    store = open_store(place, create=True)
    store.write("a/1.tar", b"old", token="t")
    kind: Any = {"memory": MemoryFileSystem, "sftp": Renaming, "gs": Objects}[scheme]
    real = kind.put_file
    tries: list[int] = []

    def half(self: Any, one: str, other: str, **_: Any) -> None:
        tries.append(1)
        if len(tries) <= 4:
            if scheme != "gs":  # what puts in one step has no half
                self.pipe_file(other, b"ha")
            raise ConnectionResetError(errno.ECONNRESET, "reset")
        real(self, one, other)

    monkeypatch.setattr(kind, "put_file", half)
    with pytest.raises(EngineError, match="also when asked again"):
        put(store, "a/1.tar", b"new")
    assert (names(store), list(store.others())) == ([b"a/1.tar"], [])
    assert store.head("a/1.tar", 9) == b"old"
    tries[:] = [1, 1]
    with store.create("a/1.tar", token="t") as file:
        file.write(b"new")
        file.commit()
    assert store.head("a/1.tar", 9) == b"new"


def test_a_full_temporary_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"gs://{uuid.uuid4().hex}", create=True)
    with store.create("1.tar", token="t") as file:
        monkeypatch.setattr(file._file, "write", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))  # type: ignore[attr-defined]
        with pytest.raises(EngineError, match="set TMPDIR"):
            file.write(b"x")
    assert names(store) == []


def test_a_listing_that_breaks_off(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        bucket.write(f"{number}.jpg", b"x", token="t")
    real = bucket._call
    monkeypatch.setattr(bucket, "_call", lambda name, **o: real(name, **({"MaxKeys": 2} | o if "list" in name else o)))
    paged = bucket._call

    def breaking(times: int) -> Callable[..., Any]:
        calls: list[int] = []

        def call(name: str, **options: Any) -> Any:
            calls.append(1)
            if 2 <= len(calls) < 2 + times:
                raise weather()
            return paged(name, **options)

        return call

    monkeypatch.setattr(bucket, "_call", breaking(3))
    assert names(bucket) == [b"%d.jpg" % n for n in range(5)]
    monkeypatch.setattr(bucket, "_call", breaking(4))
    with pytest.raises(SourceError, match="cannot list") as error:
        names(bucket)
    assert "secret" not in str(error.value)


def test_a_directory_that_may_not_be_listed(tmp_path: Path) -> None:
    store = open_store(f"sftp://host{tmp_path}", create=True)
    for key in ("a/1", "b/2", "3"):
        store.write(key, b"x", token="t")
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    real = Renaming.ls

    def ls(self: Renaming, path: str, **options: Any) -> Any:
        if path.endswith("/a"):
            raise PermissionError("no")
        return real(self, path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renaming, "ls", ls)
        assert names(store) == [b"3", b"b/2"]
        assert sorted(store.others()) == [
            (b"a", 0, "unreadable"), (b"link", store_size(tmp_path / "link"), "symbolic-link"),
            (b"pipe", 0, "not-a-regular-file"),
        ]  # fmt: skip


def store_size(path: Path) -> int:
    return path.stat().st_size


def test_permission_denied(bucket: S3Store) -> None:
    bucket.write("1.jpg", b"x", token="t")
    (_, size, version) = next(bucket.files())
    calls = failing(bucket, "get_object", denied())
    with pytest.raises(SampleError) as sample:
        bucket.read("1.jpg", size=size, version=version, max_bytes=9)
    assert (sample.value.reason, sample.value.detail) == ("unreadable", "PermissionError")
    assert calls.count("get_object") == 1
    failing(bucket, "put_object", denied())
    with pytest.raises(EngineError, match="check the credentials") as error:
        bucket.write("1.jpg", b"x", token="t")
    assert "secret" not in str(error.value)
    failing(bucket, "list_objects_v2", denied())
    with pytest.raises(SourceError, match="check the credentials"):
        names(bucket)


def test_one_object_that_cannot_be_read_and_a_place_that_is_down(bucket: S3Store) -> None:
    bucket.write("1.jpg", b"x", token="t")
    (_, size, version) = next(bucket.files())
    failing(bucket, "get_object", weather(), times=3)
    assert bucket.read("1.jpg", size=size, version=version, max_bytes=9) == b"x"
    failing(bucket, "get_object", weather())
    with pytest.raises(SampleError, match="unreadable"):
        bucket.read("1.jpg", size=size, version=version, max_bytes=9)
    real = bucket._call
    failing(bucket, "get_object", weather())
    outage = bucket._call
    bucket._call = lambda name, **o: (_ for _ in ()).throw(weather()) if "list" in name else outage(name, **o)  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="run again to go on") as error:
        bucket.read("1.jpg", size=size, version=version, max_bytes=9)
    assert "secret" not in str(error.value)
    bucket._call = real  # type: ignore[method-assign]


def test_an_endpoint_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listened on
        for name, value in {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}.items():
            monkeypatch.setenv(name, value)
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        options = {"endpoint_url": endpoint, "config_kwargs": {"retries": {"max_attempts": 1}}}
        monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)
        with pytest.raises(SourceError, match="check the network"):
            open_store("s3://bucket/x", options=options)


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, s3_url: str) -> None:  # noqa: F811
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SourceError, match="give valid credentials"):
        open_store(s3_url)


def test_a_bucket_that_is_not_there(s3_url: str) -> None:  # noqa: F811
    with pytest.raises(EngineError, match="a bucket or repository is never made"):
        open_store(s3_url + "-not", create=True)
    with pytest.raises(SourceError, match="names no bucket"):
        open_store("s3://")


def test_replaced_while_it_is_read(bucket: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._remote.BLOCK", 1 << 16)
    bucket.write("1.tar", b"a" * (1 << 20), token="t")
    with bucket.open("1.tar") as file:
        assert file.read(10) == b"a" * 10
        bucket.write("1.tar", b"b" * (1 << 20), token="t")
        with pytest.raises(SampleError) as error:
            file.read(1 << 19)
        assert error.value.reason == "changed"
    gone = open_store(f"memory://{uuid.uuid4().hex}", create=True)
    gone.write("1", b"a" * (1 << 20), token="t")
    with gone.open("1") as file:
        gone._connect()[0].store.popitem()  # type: ignore[attr-defined]
        gone.write("1", b"a", token="t")
        assert file.read(3) == b"aaa"  # the file that was opened


def test_listing_a_bucket_stays_flat_in_memory() -> None:
    store = S3Store("s3://bucket/p", url="s3://bucket/p", options=None)
    pages = 25

    def call(_: str, **options: Any) -> dict[str, Any]:
        page = int(options.get("ContinuationToken", 0))
        keys = [
            {"Key": f"p/{page:05}/{n:04}.jpg", "Size": n, "ETag": f'"{page}-{n}"', "LastModified": datetime.now(UTC)}
            for n in range(1000)
        ]
        return {"Contents": keys, "IsTruncated": page + 1 < pages, "NextContinuationToken": str(page + 1)}

    store._call = call  # type: ignore[method-assign]
    tracemalloc.start()
    try:
        assert sum(1 for _ in store.files()) == 1000 * pages
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()


def test_listing_directories_stays_flat_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"gs://{uuid.uuid4().hex}"
    store = open_store(place, create=True)
    root = store._connect()[1]  # type: ignore[attr-defined]

    def ls(_: Objects, path: str, **__: Any) -> list[dict[str, Any]]:
        if path == root:
            return [{"name": f"{root}/{n}", "size": 0, "type": "directory"} for n in range(60)]
        return [{"name": f"{path}/{n}.jpg", "size": n, "type": "file", "etag": f"{path}{n}"} for n in range(300)]

    monkeypatch.setattr(Objects, "ls", ls)
    tracemalloc.start()
    try:
        assert sum(1 for _ in store.files()) == 60 * 300
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_objects_whose_names_are_no_paths_are_told(bucket: S3Store) -> None:
    for key in ("a//b.jpg", "/c.jpg", "d/../e.jpg", "f/", "g/.overpaint-x.tmp", "h.jpg"):
        bucket._call("put_object", Key="pre/" + key, Body=b"" if key.endswith("/") else b"x")
    bucket._call("put_object", Key="pre/", Body=b"")
    assert names(bucket) == [b"h.jpg"]
    assert sorted((key, why) for key, _, why in bucket.others()) == [
        (b"/c.jpg", "refused-key"),
        (b"a//b.jpg", "refused-key"),
        (b"d/../e.jpg", "refused-key"),
        (b"g/.overpaint-x.tmp", "overpaint-temporary"),
    ]


def test_names_beside_the_prefix_are_not_below_it(bucket: S3Store, s3_url: str) -> None:  # noqa: F811
    bucket._call("put_object", Key="prefix/1.jpg", Body=b"x")
    assert bucket.empty() and names(bucket) == []
    assert names(open_store(s3_url)) == [b"prefix/1.jpg"]


def _child(store: Store, queue: Any) -> None:
    queue.put([(key, store.read(key.decode(), size=s, version=v, max_bytes=9)) for key, s, v in store.files()])


def test_another_process_reads(bucket: S3Store) -> None:
    bucket.write("1.jpg", b"one", token="t")
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_child, args=(bucket, queue))
    child.start()
    assert queue.get(timeout=60) == [(b"1.jpg", b"one")]
    child.join()
    connected = bucket._connect()[0]
    assert bucket._connect()[0] is connected
    bucket._connected = (0, *bucket._connected[1:])  # type: ignore[index] # as after a fork
    assert bucket._connect()[0] is not connected


def test_versions() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert version_of({"created": at}) == version_of({"created": at.timestamp(), "size": 3})
    assert version_of({"ETag": '"a"', "LastModified": at}) == version_of({"ETag": "a"}) != version_of({"ETag": "b"})
    assert version_of({"mtime": 1.5}) != version_of({"mtime": 1.6})
    assert version_of({"ETag": "", "size": 3}) is None
    assert all(0 <= (version_of({"ETag": str(n)}) or -1) < 1 << 63 for n in range(100))


def test_what_is_tried_again() -> None:
    class HttpError(Exception):
        def __init__(self, code: int) -> None:
            self.code = code

    assert [c for c in (400, 401, 403, 404, 408, 412, 429, 500, 503) if passing(HttpError(c))] == [408, 429, 500, 503]
    for error in (FileNotFoundError(), PermissionError(), ValueError(), OSError(errno.ENOSPC, "")):
        assert not passing(error)
    assert passing(TimeoutError()) and passing(ConnectionResetError())
    tries: list[int] = []

    def act() -> None:
        tries.append(1)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        steady(act)
    assert len(tries) == 4 == len(_remote_errors.WAITS) + 1
    with pytest.raises(TimeoutError):
        steady(act, patience=-1.0)  # the first try took longer
    assert len(tries) == 5
