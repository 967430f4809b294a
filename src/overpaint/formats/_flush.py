"""Having a disk write what it was given."""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["flush_disk"]


def flush_disk(path: bytes) -> None:
    """Write to the disk what was written to the file system of a directory: once for many files, not once for each.

    Raises
    ------
    OSError
        The directory cannot be opened, or the disk failed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if sys.platform != "linux":
            os.sync()
        elif _libc.syncfs(descriptor) != 0:  # syncfs(2)
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), os.fsdecode(path))
    finally:
        os.close(descriptor)


_libc = ctypes.CDLL(None, use_errno=True)
