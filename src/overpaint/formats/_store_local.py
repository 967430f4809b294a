"""A directory of this machine as a store."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import SourceError

from ._keys import path_of
from ._reading import open_file, read_listed, unread
from ._store import Store
from ._walk import Other, Seen, subdirectories, walk
from ._writer import FolderWriter, FolderWriting

__all__ = ["LocalStore"]

_NO_SUCH_NAME = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


class LocalStore(Store):
    """The files below one directory.

    Reading follows symbolic links, writing never does (see `FolderWriter`).

    Parameters
    ----------
    root
        The directory.
    create
        Make it where it is missing; else it must be there.
    make
        Make it anew should it be missing when something is written.

    Raises
    ------
    SourceError
        `root` is no directory.
    EngineError
        `root` cannot be made.
    """

    def __init__(self, root: str | os.PathLike[str], *, create: bool = False, make: bool = True) -> None:
        self._path = Path(root)
        self._root = os.fsencode(os.path.realpath(root))
        self._make = make
        if create or not make:
            self._writer.root  # noqa: B018 - made now, so that a forbidden place is told before the work begins
        elif not self._path.is_dir():
            raise SourceError(f"{os.fspath(root)!a} is not a directory; give the folder that holds the files")

    @property
    def url(self) -> str:
        return os.fspath(self._path)

    @property
    def local(self) -> Path:
        return self._path

    @cached_property
    def _writer(self) -> FolderWriter:
        return FolderWriter(self._path, make=self._make)

    def walk(self) -> Iterator[Seen | Other]:
        try:
            yield from walk(self._root, images=False)
        except OSError as error:
            raise self._unlisted(error) from None

    def directories(self) -> Iterator[bytes]:
        try:
            yield from subdirectories(self._root)
        except OSError as error:
            raise self._unlisted(error) from None

    def stat(self, key: str) -> tuple[int, int] | None:
        try:
            info = os.stat(path_of(self._root, key))  # noqa: PTH116 - bytes
        except OSError as error:
            if error.errno in _NO_SUCH_NAME:
                return None
            raise unread(error) from None
        return (info.st_size, info.st_mtime_ns) if stat.S_ISREG(info.st_mode) else None

    def open(self, key: str) -> BinaryIO:
        return open_file(path_of(self._root, key))

    def head(self, key: str, length: int) -> bytes:
        with self.open(key) as file:
            return file.read(length)

    def read(self, key: str, *, size: int, version: int, max_bytes: int) -> bytes:
        return read_listed(path_of(self._root, key), size=size, mtime_ns=version, max_bytes=max_bytes)

    def write(self, key: str, data: bytes, *, token: str) -> None:
        self._writer.write(key, data, token=token)

    def create(self, key: str, *, token: str) -> FolderWriting:
        return self._writer.create(key, token=token)

    def remove(self, key: str) -> bool:
        return self._writer.remove(key)

    def sweep(self) -> int:
        return self._writer.sweep()

    def settle(self) -> None:
        self._writer.settle()

    def empty(self) -> bool:
        try:
            with os.scandir(self._root) as entries:
                return next(entries, None) is None
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._unlisted(error) from None

    def _unlisted(self, error: OSError) -> SourceError:
        return SourceError(f"cannot list {self.url!a}: {error.strerror}; check its permissions")
