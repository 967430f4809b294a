"""Reading files of this machine that may change, vanish or turn into something else while they are read."""

from __future__ import annotations

import io
import os
import stat
from typing import Any, BinaryIO

from overpaint.errors import SampleError

__all__ = ["open_file", "read_listed", "unread"]

# Without O_NONBLOCK a pipe that took the file's place would hold the worker for ever.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_BUFFER = 1 << 16


def read_listed(path: bytes, *, size: int, mtime_ns: int, max_bytes: int) -> bytes:
    """The bytes of a file, which must be the one that was listed.

    Raises
    ------
    SampleError
        ``vanished``; ``changed`` since it was listed (size or modification time); ``unreadable``; ``too-large``.
    """
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            _expect(before, size, mtime_ns, max_bytes)
            data = _all(file.fileno(), before.st_size)
            _expect(os.fstat(file.fileno()), size, mtime_ns, max_bytes)
    except OSError as error:
        raise unread(error) from None
    if len(data) != size:
        raise SampleError("changed", f"{len(data)} bytes were read, {size} were listed")
    return data


def open_file(path: bytes) -> BinaryIO:
    """A regular file, buffered, to read and seek in.

    Raises
    ------
    SampleError
        ``vanished``; ``unreadable``, also while reading.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise unread(error) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SampleError("unreadable", "it is not a regular file")
    return io.BufferedReader(_Raw(descriptor), _BUFFER)


def unread(error: OSError) -> SampleError:
    """What a failed attempt to read means for the sample."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SampleError("vanished", "the file is no longer where it was listed")
    return SampleError("unreadable", error.strerror or type(error).__name__)


class _Raw(io.FileIO):
    """A file whose failures are the sample's."""

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise unread(error) from None

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise unread(error) from None


def _expect(info: os.stat_result, size: int, mtime_ns: int, max_bytes: int) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise SampleError("changed", "it was a regular file when it was listed")
    if info.st_size != size or info.st_mtime_ns != mtime_ns:
        raise SampleError("changed", "its size or modification time is not what was listed; list the source again")
    if info.st_size > max_bytes:
        raise SampleError("too-large", f"{info.st_size} bytes; at most {max_bytes} are read")


def _all(descriptor: int, size: int) -> bytes:
    """Up to `size` bytes and one more, so that a file that grew is noticed; a read may return less than asked."""
    parts: list[bytes] = []
    left = size + 1
    while left > 0 and (part := os.read(descriptor, min(left, 1 << 24))):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
