"""Reading and writing side files in pieces, and what a rewrite counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from overpaint.errors import EngineError

from ._gone import GONE, KEPT, PAINTED, Gone

__all__ = [
    "BLOCK",
    "BOM",
    "LONGEST_LINE",
    "Changed",
    "Output",
    "Reader",
    "Rewrite",
    "Sink",
    "Unreadable",
    "View",
    "lines",
]

BLOCK = 1 << 20
BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 64 << 20


class Unreadable(Exception):
    """What a file says cannot be told: it is broken, or a piece of it is larger than the bounds."""


class Changed(Exception):
    """The source could not be read as it was listed; the reason is a fixed word."""


class Output(Protocol):
    """A file being written: it takes its place with `commit`, and vanishes without."""

    def write(self, data: bytes, /) -> object: ...
    def commit(self) -> object: ...


class View:
    """The samples as one side file sees them, and a tally of what it said of them.

    Parameters
    ----------
    folder
        Where the side file lies: names are tried from there first.
    metadata
        The plan's metadata policy.
    """

    def __init__(self, gone: Gone, *, folder: str, metadata: str) -> None:
        self.samples, self.folder = gone, folder
        self.personal = metadata != "keep"
        self.entries = self.removed = self.emptied = self.ambiguous = self.relabelled = 0
        self.again = False  # a second reading: its entries were counted

    def find(self, name: str) -> int:
        """Flags of `Gone.find`, from this file's folder; ambiguous names are counted."""
        flags = self.samples.find(name, near=self.folder)
        if flags & GONE and flags & KEPT:
            self.ambiguous += 1
        return flags

    def fate(self, names: list[str]) -> tuple[bool, bool]:
        """Of an entry that names these images: whether one of them is gone, and whether one was painted."""
        flags = [self.find(name) for name in names]
        return GONE in flags, any(each & PAINTED for each in flags)

    @property
    def changed(self) -> bool:
        return bool(self.removed or self.emptied or self.relabelled)

    def entry(self) -> None:
        """Count an entry that speaks of an image or a label, if no earlier reading did."""
        self.entries += not self.again


Reader = Callable[[], BinaryIO]
Rewrite = Callable[[Reader, Callable[[bytes], object], View], None]


@contextmanager
def writing(key: str) -> Iterator[None]:
    """What the system refuses here is about the destination: an EngineError, not a fault of the file that is read."""
    try:
        yield
    except OSError as error:
        raise EngineError(f"cannot write side file {key!a}: {error.strerror or error}; mend it and run again") from None


class Sink:
    """Passes bytes on, and knows how many they were and their SHA-256."""

    def __init__(self, output: Output, key: str) -> None:
        self._output, self._key = output, key
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        with writing(self._key):
            self._output.write(data)
        self._digest.update(data)
        self.size += len(data)

    def commit(self) -> None:
        with writing(self._key):
            self._output.commit()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def lines(file: BinaryIO, most: int = LONGEST_LINE) -> Iterator[bytes]:
    """Lines with their ends.

    Raises
    ------
    Unreadable
        A line is longer than `most` bytes.
    """
    while line := file.readline(most + 1):
        if len(line) > most:
            raise Unreadable("a line is too long")
        yield line
