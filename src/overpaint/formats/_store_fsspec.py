"""Any file system that fsspec knows as a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import fsspec
from fsspec.spec import AbstractFileSystem

from overpaint.errors import EngineError, OverpaintError, SourceError

from ._keys import TEMPORARY, bytes_of, temporary_name
from ._location import shown
from ._remote import Fetch, Remote, version_of
from ._remote_errors import missing, steady, unlisted
from ._spooled import Spooled
from ._store import Store
from ._store_s3 import S3Store
from ._walk import Other, Seen

__all__ = ["FsspecStore", "open_remote"]

_DEEPEST = 128  # directories below one another; deeper is a loop
_KNOWN_PARENTS = 65_536
#: Here a file that is being written can be seen: it is written under a temporary name and renamed. All others are
#: services where an object appears when its upload is complete.
_RENAMES = frozenset({"memory", "sftp", "smb", "hdfs", "arrow_hdfs", "webhdfs"})
_S3 = frozenset({"s3", "s3a"})
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "abfs": "adlfs",
    "abfss": "adlfs", "az": "adlfs", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol",
    "http": "aiohttp", "https": "aiohttp", "oci": "ocifs", "webdav": "webdav4",
}  # fmt: skip
_EXTRAS = {"s3fs": "s3", "gcsfs": "gcs", "huggingface_hub": "hf"}


def open_remote(location: str, *, create: bool, options: Mapping[str, Any] | None) -> Store:
    """The store at a URL; see `overpaint.formats.open_store`."""
    scheme, url = location.partition("://")[0].lower(), shown(location)
    kind = EngineError if create else SourceError
    try:
        fsspec.get_filesystem_class(scheme)
        store = (S3Store if scheme in _S3 else FsspecStore)(location, url=url, options=options)
        store.check(create=create)
    except ImportError:
        package = _PACKAGES.get(scheme, f"the package that brings {scheme}:// to fsspec")
        extra = f" or pip install 'overpaint[{_EXTRAS[package]}]'" if package in _EXTRAS else ""
        raise kind(f"cannot open {url!a}: {scheme}:// is not installed (pip install {package}{extra})") from None
    except OverpaintError:
        raise
    except Exception as error:  # noqa: BLE001 - services raise what they like
        if isinstance(error, ValueError) and str(error).startswith("Protocol not known"):
            raise kind(f"cannot open {url!a}: fsspec knows no {scheme}://; check the URL") from None
        raise kind(str(unlisted(url, error))) from None
    return store


class FsspecStore(Remote):
    """Files below a URL of any file system that fsspec knows.

    Listing asks for one directory after another: memory is bounded by the largest directory, not by their number.
    """

    def __init__(self, location: str, *, url: str, options: Mapping[str, Any] | None) -> None:
        super().__init__(location, url=url, options=options)
        self._scheme = location.partition("://")[0].lower()
        # The one that answers from what it listed before, unless it is asked not to.
        self._fresh = {"expand_info": True, "refresh": True} if self._scheme == "hf" else {}
        self._parents: set[str] = set()

    def check(self, *, create: bool) -> None:
        """Refuse a source that is not there; make a directory, where there are such things."""
        if create and self._scheme in _RENAMES and self._scheme != "memory":
            self._told("", lambda: self._connect()[0].makedirs(self._connect()[1], exist_ok=True))
        info = self._listed(self._root_info)
        if info is None and not create:
            raise SourceError(f"there is nothing at {self.url!a}: check the URL")
        if info is not None and info.get("type") == "file":
            raise (EngineError if create else SourceError)(f"{self.url!a} is a file: give the folder it lies in")

    def walk(self) -> Iterator[Seen | Other]:
        levels: list[tuple[str, Iterator[dict[str, Any]]]] = [("", iter(self._entries()))]
        while levels:
            prefix, entries = levels[-1]
            entry = next(entries, None)
            if entry is None:
                levels.pop()
                continue
            key = prefix + _last(entry)
            name = key.encode("utf-8", "surrogateescape")
            why = _no_file(entry, key)
            if why is not None:
                yield name, entry.get("size") or 0, why
            elif entry["type"] == "file":
                yield self._seen(entry, name, key)
            elif len(levels) >= _DEEPEST:
                yield name, 0, "symlink-loop"
            else:
                try:
                    levels.append((key + "/", iter(self._entries(entry["name"]))))
                except _Closed:
                    yield name, 0, "unreadable"

    def directories(self) -> Iterator[bytes]:
        for entry in self._entries():
            if entry["type"] == "directory":
                yield _last(entry).encode("utf-8", "surrogateescape")

    def empty(self) -> bool:
        return not self._entries()

    def write(self, key: str, data: bytes, *, token: str) -> None:
        name = temporary_name(token)
        self._place(key, name, lambda system, path: system.pipe_file(path, data))

    def create(self, key: str, *, token: str) -> Spooled:
        name = temporary_name(token)
        bytes_of(key)
        return Spooled(lambda file: self._place(key, name, lambda system, path: system.put_file(file, path)))

    def sweep(self) -> int:
        removed = 0
        if self._scheme in _RENAMES:
            for name, _, why in self.others():
                if why == "overpaint-temporary":
                    removed += self.remove(name.decode("utf-8", "surrogateescape"))
        return removed

    def _place(self, key: str, temporary: str, put: Callable[[Any, str], object]) -> None:
        bytes_of(key)

        def act() -> None:
            filesystem, path = self._at(key)
            if self._scheme not in _RENAMES:
                put(filesystem, path)
                return
            parent = path.rpartition("/")[0]
            other = parent + "/" + temporary
            self._make(filesystem, parent)
            try:
                put(filesystem, other)
                _rename(filesystem, other, path)
            except BaseException:
                with suppress(Exception):
                    filesystem.rm_file(other)
                raise

        self._told(key, act)

    def _make(self, filesystem: Any, parent: str) -> None:
        if self._scheme != "memory" and parent not in self._parents:
            filesystem.makedirs(parent, exist_ok=True)
            if len(self._parents) >= _KNOWN_PARENTS:
                self._parents.clear()
            self._parents.add(parent)

    def _at(self, key: str) -> tuple[Any, str]:
        filesystem, root = self._connect()
        key.encode()  # a name that is no UTF-8 is refused here, in one way
        return filesystem, f"{root}/{key}"

    def _root_info(self) -> dict[str, Any] | None:
        filesystem, root = self._connect()
        try:
            info: dict[str, Any] = filesystem.info(root)
        except FileNotFoundError:
            return None
        return info

    def _entries(self, path: str | None = None) -> list[dict[str, Any]]:
        """What lies in one directory, without the entries that stand for the directory itself."""

        def act() -> list[dict[str, Any]]:
            filesystem, root = self._connect()
            at = root if path is None else path
            filesystem.invalidate_cache(at)
            own = at.strip("/")
            return [entry for entry in filesystem.ls(at, detail=True) if entry["name"].strip("/") != own]

        try:
            return steady(act)
        except Exception as error:  # noqa: BLE001 - services raise what they like
            if missing(error):  # an object store has no empty directories; others may lose one meanwhile
                return []
            if path is not None and isinstance(error, PermissionError):
                raise _Closed from None
            raise unlisted(self.url, error) from None

    def _seen(self, entry: Mapping[str, Any], name: bytes, key: str) -> Seen | Other:
        """A listed file; asked for by name where the listing does not tell its size and version."""
        size, version = entry.get("size"), version_of(entry)
        if size is not None and version is not None:
            return name, size, version
        found = self.stat(key)
        return (name, 0, "vanished") if found is None else (name, *found)

    def _info(self, key: str) -> tuple[int, int]:
        filesystem, path = self._at(key)
        info = filesystem.info(path, **self._fresh)
        if info["type"] != "file":
            raise FileNotFoundError(path)
        return info["size"] or 0, version_of(info) or 0

    def _load(self, key: str, size: int) -> tuple[bytes, int]:
        filesystem, path = self._at(key)
        data: bytes = filesystem.cat_file(path, start=0, end=size + 1) if size else b""
        # Asked for afterwards: a version that is still the listed one was so while the bytes were read.
        now, version = self._info(key)
        return (data if now == size else b"\0" * (size + 1)), version

    def _start(self, key: str, length: int) -> bytes:
        filesystem, path = self._at(key)
        data: bytes = filesystem.cat_file(path, start=0, end=length)
        return data

    def _fetch(self, key: str) -> tuple[int, Fetch, Callable[[], None]]:
        filesystem, path = self._at(key)
        size, _ = self._info(key)
        file = filesystem.open(path, "rb", cache_type="none")

        def fetch(start: int, end: int) -> bytes:
            file.seek(start)
            data: bytes = file.read(end - start)
            return data

        return size, fetch, file.close

    def _delete(self, key: str) -> None:
        filesystem, path = self._at(key)
        filesystem.rm_file(path)

    def _probe(self) -> None:
        self._root_info()


class _Closed(Exception):
    """A directory that may not be listed."""


def _last(entry: Mapping[str, Any]) -> str:
    """The last part of an entry's name."""
    return str(entry["name"]).rstrip("/").rpartition("/")[2]


def _no_file(entry: Mapping[str, Any], key: str) -> str | None:
    """Why an entry is neither a file nor a directory to look into."""
    name, kind = key.rpartition("/")[2], entry["type"]
    if name in {"", ".", ".."} or "\0" in name:
        return "refused-key"
    if kind == "link" or entry.get("islink"):
        return "symbolic-link"
    if kind == "directory":
        return None
    if kind != "file":
        return "not-a-regular-file"
    return "overpaint-temporary" if TEMPORARY.fullmatch(name.encode("utf-8", "surrogateescape")) else None


def _rename(filesystem: Any, old: str, new: str) -> None:
    """Move a file, in one step where the place can; never by patterns, which names may look like."""
    if type(filesystem).mv is AbstractFileSystem.mv:
        filesystem.cp_file(old, new)
        filesystem.rm_file(old)
    else:
        filesystem.mv(old, new)
