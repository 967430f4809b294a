"""What a place that holds files by key can do, wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from ._walk import Other, Seen

__all__ = ["Store", "Writing"]


class Writing(Protocol):
    """A file being written: nothing of it is visible under its key before `commit`, and nothing stays without it.

    A context manager; leaving it without `commit` throws away what was written. Has what pyarrow and `tarfile` want
    of a sink (`flush`, `closed`).
    """

    def write(self, data: bytes | memoryview, /) -> int:
        """Append all of `data`; `EngineError` where the place refuses."""
        ...

    def tell(self) -> int:
        """Bytes written so far."""
        ...

    def commit(self) -> None:
        """Make the whole file appear under its key, replacing what is there; `EngineError` where that fails."""
        ...

    def flush(self) -> None:
        """Do nothing: a file that is half written is of no use to anyone."""
        ...

    def close(self) -> None:
        """Throw away what was written, unless it was committed; what leaving the block does."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it was committed or thrown away."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Store(Protocol):
    """A place that holds files by key: a directory, a bucket with a prefix, a repository.

    A key is the path below the place with ``/`` between parts; a key that is absolute, climbs, holds a NUL or an
    empty part is refused everywhere (`SampleError` ``refused-key``). Stores can be pickled; each process makes its
    own connections.

    Attributes
    ----------
    url
        As shown to people, without credentials.
    local
        The directory, where the place is one on this machine.
    """

    @property
    def url(self) -> str: ...

    @property
    def local(self) -> Path | None: ...

    def walk(self) -> Iterator[Seen | Other]:
        """Everything below, in any order and in bounded memory: `files` and `others` in one pass.

        Raises
        ------
        SourceError
            The place itself cannot be listed, or the listing broke off.
        """
        ...

    def files(self) -> Iterator[Seen]:
        """Regular files: key, size in bytes, version.

        The version is the modification time in ns on a disk, and elsewhere a number of 63 bits that changes with the
        entity tag, checksum or modification time, whichever the place has.

        Raises
        ------
        SourceError
            As `walk`.
        """
        return ((row[0], row[1], row[2]) for row in self.walk() if not isinstance(row[2], str))

    def others(self) -> Iterator[Other]:
        """What is no file that can be read by key: key, size in bytes, reason.

        Reasons: ``symlink-loop``, ``broken-symlink``, ``not-a-regular-file``, ``unreadable``, ``vanished``,
        ``overpaint-temporary``; of object stores ``refused-key`` (an object whose name cannot be a path).

        Raises
        ------
        SourceError
            As `walk`.
        """
        return ((row[0], row[1], row[2]) for row in self.walk() if isinstance(row[2], str))

    def directories(self) -> Iterator[bytes]:
        """Names of the directories at the top.

        Raises
        ------
        SourceError
            The place cannot be listed.
        """
        ...

    def stat(self, key: str) -> tuple[int, int] | None:
        """Size and version of a regular file as it is now; None where there is none.

        Raises
        ------
        SampleError
            ``refused-key``; ``unreadable``.
        SourceError
            The place cannot be reached.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """A file to read and seek in, buffered; reading raises the same errors as opening.

        Raises
        ------
        SampleError
            ``vanished``, ``unreadable``, ``refused-key``; ``changed`` where the place notices it while reading.
        SourceError
            The place cannot be reached.
        """
        ...

    def head(self, key: str, length: int) -> bytes:
        """The first `length` (1 or more) bytes of a file, fewer where it is shorter; in one request.

        Raises
        ------
        SampleError, SourceError
            As `open`.
        """
        ...

    def read(self, key: str, *, size: int, version: int, max_bytes: int) -> bytes:
        """All bytes of the file that was listed with this size and version.

        Raises
        ------
        SampleError
            ``vanished``; ``changed`` since it was listed; ``too-large`` (more than `max_bytes`); ``unreadable``;
            ``refused-key``.
        SourceError
            The place cannot be reached.
        """
        ...

    def write(self, key: str, data: bytes, *, token: str) -> None:
        """Put `data` at `key`, replacing what is there; whole or not at all.

        Parameters
        ----------
        token
            Names the temporary file where one is needed: at most one writer at a time may use a token, and work that
            is done again shall use the same one. Letters, digits, ``_`` and ``-``, at most 64.

        Raises
        ------
        SampleError
            ``refused-key``, ``name-too-long``, ``name-not-writable``.
        EngineError
            The place cannot be written.
        """
        ...

    def create(self, key: str, *, token: str) -> Writing:
        """A big file, written piece by piece; it appears with `Writing.commit`.

        Raises
        ------
        SampleError, EngineError
            As `write`.
        """
        ...

    def remove(self, key: str) -> bool:
        """Take `key` away; False where there was nothing.

        Raises
        ------
        SampleError
            ``refused-key``.
        EngineError
            It cannot be removed.
        """
        ...

    def sweep(self) -> int:
        """Remove what killed runs left half-written; return how many. Call it when no other writer is at work."""
        ...

    def settle(self) -> None:
        """Have what was written outlive a power cut, where that is not so already.

        Raises
        ------
        EngineError
            It failed, or the place is not the one any more that was written to.
        """
        return  # services keep what they have acknowledged

    def empty(self) -> bool:
        """Whether nothing is there; a place that does not exist yet is empty."""
        ...
