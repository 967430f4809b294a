"""What all stores have in common that are not a directory of this machine."""

from __future__ import annotations

import io
import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from overpaint.errors import SampleError

from ._keys import bytes_of
from ._remote_errors import missing, passing, refused, steady, unlisted, unnameable, unreachable, unread
from ._store import Store

__all__ = ["BLOCK", "Fetch", "Remote", "version_of"]

T = TypeVar("T")
Fetch = Callable[[int, int], bytes]  # the bytes from one offset up to another

BLOCK = 1 << 22  # bytes asked for at once when a file is read piece by piece

# What changes with the content comes first: times are rounded by some services, and differ between their answers.
_TAGS = ("ETag", "etag", "blob_id", "xet_hash", "md5Hash", "content_md5", "md5", "content_hash", "generation")
_TIMES = ("mtime", "LastModified", "last_modified", "modified", "updated", "created", "timeCreated")


def version_of(info: Mapping[str, Any]) -> int | None:
    """63 bits that change with a file's entity tag, or else with its time; None where the place tells neither."""
    for name in _TAGS:
        if value := info.get(name):
            return _hashed(f"{name}\0{str(value).strip(chr(34))}")
    for name in _TIMES:
        if (value := info.get(name)) is not None:
            if isinstance(value, datetime):
                value = value.timestamp()
            return _hashed(f"{name}\0{round(value * 1e6) if isinstance(value, float) else value}")
    return None


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest()) >> 1


class Remote(Store):
    """A store that is reached through fsspec; connections are made in each process when they are first needed.

    Parameters
    ----------
    location
        The URL, which may hold credentials.
    url
        The same for people.
    options
        For the file system.
    """

    def __init__(self, location: str, *, url: str, options: Mapping[str, Any] | None) -> None:
        self._location, self._url, self._options = location, url, dict(options or {})
        self._connected: tuple[int, Any, str] | None = None

    @property
    def url(self) -> str:
        return self._url

    @property
    def local(self) -> Path | None:
        return None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connected": None}

    def _connect(self) -> tuple[Any, str]:
        """The file system and the root's path in it; made anew after a fork, which no connection survives."""
        if self._connected is None or self._connected[0] != os.getpid():
            from fsspec.core import url_to_fs

            filesystem, root = url_to_fs(self._location, skip_instance_cache=True, **self._options)
            cache: Any = getattr(filesystem, "dircache", None)
            if hasattr(cache, "use_listings_cache"):
                cache.use_listings_cache = False  # what was true a while ago is of no use here
            self._connected = os.getpid(), filesystem, root.rstrip("/")
        return self._connected[1], self._connected[2]

    # What a kind of store does in its own way; these raise whatever the service raises.

    @abstractmethod
    def _info(self, key: str) -> tuple[int, int]:
        """Size and version of a file; `FileNotFoundError` where none is."""

    @abstractmethod
    def _load(self, key: str, size: int) -> tuple[bytes, int]:
        """Up to `size` + 1 bytes of a file, and its version."""

    @abstractmethod
    def _start(self, key: str, length: int) -> bytes:
        """The first bytes of a file."""

    @abstractmethod
    def _fetch(self, key: str) -> tuple[int, Fetch, Callable[[], None]]:
        """The size of a file, what reads of it, and what closes it."""

    @abstractmethod
    def _delete(self, key: str) -> None: ...

    @abstractmethod
    def _probe(self) -> None:
        """Ask the place for a sign of life."""

    # What follows from these.

    def stat(self, key: str) -> tuple[int, int] | None:
        bytes_of(key)
        try:
            return self._asked(lambda: self._info(key))
        except SampleError as error:
            if error.reason == "vanished":
                return None
            raise

    def open(self, key: str) -> BinaryIO:
        bytes_of(key)
        size, fetch, close = self._asked(lambda: self._fetch(key))
        return io.BufferedReader(_Reading(size, lambda a, b: self._asked(lambda: fetch(a, b)), close), BLOCK)

    def head(self, key: str, length: int) -> bytes:
        bytes_of(key)
        return self._asked(lambda: self._start(key, length))

    def read(self, key: str, *, size: int, version: int, max_bytes: int) -> bytes:
        bytes_of(key)
        if size > max_bytes:
            raise SampleError("too-large", f"{size} bytes; at most {max_bytes} are read")
        data, now = self._asked(lambda: self._load(key, size))
        if len(data) != size or now != version:
            raise SampleError("changed", "its size or version is not what was listed; list the source again")
        return data

    def remove(self, key: str) -> bool:
        bytes_of(key)
        try:
            steady(lambda: self._info(key))
            steady(lambda: self._delete(key))
        except Exception as error:  # noqa: BLE001 - services raise what they like
            if missing(error) or unnameable(error):
                return False
            raise refused(self.url, key, error) from None
        return True

    def _asked(self, action: Callable[[], T]) -> T:
        """The answer of one file; where it does not come, the file is to blame if the place still answers."""
        try:
            return steady(action)
        except Exception as error:  # noqa: BLE001 - services raise what they like
            if unnameable(error):
                raise SampleError("vanished", "no file of this name can be there") from None
            if passing(error):
                self._answers(error)
            raise unread(error) from None

    def _answers(self, error: Exception) -> None:
        try:
            self._probe()
        except Exception as also:  # noqa: BLE001 - services raise what they like
            if not missing(also):
                raise unreachable(self.url, error) from None

    def _told(self, key: str, action: Callable[[], T]) -> T:
        """The answer to a request that changes something and may be repeated; a big file takes its time."""
        try:
            return steady(action, patience=600.0)
        except Exception as error:  # noqa: BLE001 - services raise what they like
            raise refused(self.url, key, error) from None

    def _listed(self, action: Callable[[], T]) -> T:
        try:
            return steady(action)
        except Exception as error:  # noqa: BLE001 - services raise what they like
            raise unlisted(self.url, error) from None


class _Reading(io.RawIOBase):
    """A file elsewhere, of which every read asks for its own range."""

    def __init__(self, size: int, fetch: Fetch, close: Callable[[], None]) -> None:
        self._size, self._at = size, 0
        self._fetch, self._done = fetch, close

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if at < 0:
            raise ValueError(f"cannot seek to {at}")
        self._at = at
        return at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        data = self._take(end)
        buffer[: len(data)] = data
        return len(data)

    def _take(self, end: int) -> bytes:
        data = self._fetch(self._at, end)
        if len(data) != end - self._at:
            raise SampleError("changed", "it holds fewer bytes than when it was opened")
        self._at = end
        return data

    def readall(self) -> bytes:
        """All that is left, by ranges of `BLOCK` (the inherited method asks for 8 KiB at a time)."""
        parts = []
        while self._at < self._size:
            parts.append(self._take(min(self._at + BLOCK, self._size)))
        return b"".join(parts)

    def close(self) -> None:
        if not self.closed:
            self._done()
        super().close()
