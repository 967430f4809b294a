"""A folder as a destination: every file appears whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from overpaint.errors import EngineError, SampleError

from ._flush import flush_disk
from ._keys import TEMPORARY, path_of, temporary_name

__all__ = ["FolderWriter", "FolderWriting"]

_BUFFER = 1 << 20
_KNOWN_PARENTS = 65_536
_ATTEMPTS = 16
_REMEDIES = {
    errno.ENOSPC: "the disk is full: free space and run again",
    errno.EDQUOT: "the quota is used up: free space and run again",
    errno.EROFS: "the file system is read-only: choose another DEST",
    errno.EACCES: "permission denied: make it writable or choose another DEST",
    errno.EPERM: "not permitted: make it writable or choose another DEST",
    errno.ENOENT: "the place that was written to is gone: put DEST back and run again",
    errno.EISDIR: "a directory of that name is in the way: choose an empty DEST",
    errno.ENOTDIR: "a file is in the way of a directory: choose an empty DEST",
}
# What the name of one sample, not the state of the disk, is to blame for.
_NAMES = {errno.ENAMETOOLONG: "name-too-long", errno.EILSEQ: "name-not-writable", errno.EINVAL: "name-not-writable"}


class FolderWriter:
    """Writes and removes files below one directory, by key.

    Symbolic links below `root` are never followed, so that nothing outside it (the source, above all) can be reached
    through one.

    Parameters
    ----------
    root
        The destination. Check it with `apart` first.
    make
        Make it where it is missing.
    """

    def __init__(self, root: str | os.PathLike[str], *, make: bool = True) -> None:
        self.root = Path(root)
        self._root = os.fsencode(os.path.realpath(root))
        self._parents: set[bytes] = set()
        try:
            if make:
                os.makedirs(self._root, exist_ok=True)  # noqa: PTH103 - the path is bytes
            self._identity = self._identify()
        except OSError as error:
            raise _stopped(self._root, error) from None

    def write(self, key: str, data: bytes, *, token: str) -> None:
        """Put `data` at `key`, replacing what is there in one step.

        Parameters
        ----------
        key
            Where, below the root; directories are made as needed.
        data
            The whole file.
        token
            Names the temporary file (``.overpaint-<token>.tmp`` in the key's own directory): at most one writer at a
            time may use a token, and work that is done again shall use the same one, so that it overwrites what a
            killed run left. Letters, digits, ``_`` and ``-``, at most 64.

        Raises
        ------
        SampleError
            ``refused-key``, ``name-too-long`` or ``name-not-writable`` on this file system.
        EngineError
            The destination cannot be written: full, read-only, forbidden, or something is in the way.
        """
        path, parent, temporary = self._places(key, token)
        try:
            self._write(temporary, parent, data)
            os.replace(temporary, path)  # noqa: PTH105 - the paths are bytes
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise _refused(path, error) from None

    def create(self, key: str, *, token: str) -> FolderWriting:
        """A big file at `key`, written piece by piece; it appears when it is committed.

        Raises
        ------
        SampleError, EngineError
            As `write`.
        """
        path, parent, temporary = self._places(key, token)
        try:
            return FolderWriting(self._create(temporary, parent), temporary, path)
        except OSError as error:
            raise _refused(path, error) from None

    def remove(self, key: str) -> bool:
        """Take `key` away, with the directories that are empty then; False where there was nothing.

        Raises
        ------
        SampleError
            ``refused-key``.
        EngineError
            It cannot be removed.
        """
        path = path_of(self._root, key)
        parent = path.rpartition(b"/")[0]
        try:
            self._refuse_links(parent)
            os.unlink(path)  # noqa: PTH108
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            if error.errno in _NAMES:  # no file of that name can be there
                return False
            raise _stopped(path, error) from None
        with suppress(OSError):
            while parent != self._root:
                os.rmdir(parent)  # noqa: PTH106
                self._parents.discard(parent)
                parent = parent.rpartition(b"/")[0]
        return True

    def sweep(self) -> int:
        """Remove temporary files that killed runs left anywhere below the root; return how many.

        Call it when no other writer is at work.
        """
        removed = 0
        try:
            for directory, _, names in os.walk(self._root):
                for name in names:
                    path = directory + b"/" + name
                    if TEMPORARY.fullmatch(name) and stat.S_ISREG(os.lstat(path).st_mode):
                        os.unlink(path)  # noqa: PTH108
                        removed += 1
        except OSError as error:
            raise _stopped(self._root, error) from None
        return removed

    def settle(self) -> None:
        """Have what was written outlive a power cut, before somebody notes that it is there.

        Raises
        ------
        EngineError
            The root is not the folder that it was: moved away, or a disk that is not mounted any more.
        """
        try:
            if self._identify() != self._identity:
                raise FileNotFoundError(errno.ENOENT, "another folder is in its place")
            flush_disk(self._root)
        except OSError as error:
            raise _stopped(self._root, error) from None

    def _identify(self) -> tuple[int, int]:
        info = os.stat(self._root)  # noqa: PTH116 - bytes
        return info.st_dev, info.st_ino

    def _places(self, key: str, token: str) -> tuple[bytes, bytes, bytes]:
        """The path of a key, its directory, and the temporary file there."""
        path = path_of(self._root, key)
        parent = path.rpartition(b"/")[0]
        return path, parent, parent + b"/" + temporary_name(token).encode()

    def _write(self, temporary: bytes, parent: bytes, data: bytes) -> None:
        descriptor = self._create(temporary, parent)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)

    def _create(self, temporary: bytes, parent: bytes) -> int:
        """A new, empty file: O_EXCL, so that neither a link nor a second name of some other file is written through."""
        for _ in range(_ATTEMPTS):
            try:
                self._make(parent)
                return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            except FileExistsError:
                os.unlink(temporary)  # noqa: PTH108
            except FileNotFoundError:
                self._identify()  # is it the root that is gone?
                self._parents.discard(parent)  # `remove` elsewhere found the directory empty, between two steps of ours
        raise OSError(errno.EBUSY, "the directory keeps disappearing")

    def _make(self, parent: bytes) -> None:
        if parent in self._parents or parent == self._root:
            return
        at = self._root
        for part in parent[len(self._root) + 1 :].split(b"/"):
            at += b"/" + part
            with suppress(FileExistsError):
                os.mkdir(at)  # noqa: PTH102
        self._refuse_links(parent)
        if len(self._parents) >= _KNOWN_PARENTS:
            self._parents.clear()
        self._parents.add(parent)

    def _refuse_links(self, parent: bytes) -> None:
        at = self._root
        for part in filter(None, parent[len(self._root) + 1 :].split(b"/")):
            at += b"/" + part
            mode = os.lstat(at).st_mode
            if stat.S_ISLNK(mode):
                raise EngineError(
                    f"DEST holds a symbolic link where a directory is needed: {_shown(at)}; choose an empty DEST"
                )
            if not stat.S_ISDIR(mode):
                raise NotADirectoryError(errno.ENOTDIR, "a file is in the way")


class FolderWriting:
    """A file of a folder being written under a temporary name (see `overpaint.formats._store.Writing`)."""

    def __init__(self, descriptor: int, temporary: bytes, path: bytes) -> None:
        self._file = io.BufferedWriter(io.FileIO(descriptor, "wb"), _BUFFER)
        self._temporary, self._path = temporary, path
        self._written = 0

    def write(self, data: bytes | memoryview, /) -> int:
        try:
            number = self._file.write(data)
        except OSError as error:
            raise _refused(self._path, error) from None
        self._written += number
        return number

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing."""

    def commit(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._temporary, self._path)  # noqa: PTH105 - the paths are bytes
        except OSError as error:
            with suppress(OSError):
                os.unlink(self._temporary)  # noqa: PTH108
            raise _refused(self._path, error) from None

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        if self.closed:
            return
        with suppress(OSError):
            os.unlink(self._temporary)  # noqa: PTH108
        with suppress(OSError):
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _refused(path: bytes, error: OSError) -> SampleError | EngineError:
    if error.errno in _NAMES:
        return SampleError(_NAMES[error.errno], error.strerror or "")
    return _stopped(path, error)


def _stopped(path: bytes, error: OSError) -> EngineError:
    remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror}: choose another DEST")
    return EngineError(f"cannot write {_shown(path)}: {remedy}")


def _shown(path: bytes) -> str:
    return f"{os.fsdecode(path)!a}"
