"""Which row a worker is in: a number in memory that it shares with its parent.

A message a row would wake the parent for every image, which costs both of them more than the row's own bookkeeping;
and a number in shared memory outlives a worker that is killed.
"""

from __future__ import annotations

import mmap
import os
import tempfile

__all__ = ["Board"]


class Board:
    """One row number, written by a worker and read by its parent.

    Parameters
    ----------
    descriptor
        Of a file of `SIZE` bytes; closed with the board.
    """

    SIZE = 8

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._number = memoryview(mmap.mmap(descriptor, self.SIZE)).cast("q")

    @classmethod
    def create(cls) -> Board:
        """A new board, at row 0."""
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("overpaint-row")
        else:
            descriptor, name = tempfile.mkstemp(prefix="overpaint-row-")
            os.unlink(name)  # noqa: PTH108 - gone by name, alive by descriptor
        os.write(descriptor, bytes(cls.SIZE))
        return cls(descriptor)

    @property
    def row(self) -> int:
        """The row that the worker is in."""
        return self._number[0]

    @row.setter
    def row(self, value: int) -> None:
        self._number[0] = value

    def close(self) -> None:
        """Let go of the descriptor; the number stays readable."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
