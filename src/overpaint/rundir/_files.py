"""How files of a run are written and read: whole or absent, and one line that says what a disk refused."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import EngineError, RunError

__all__ = ["disk_errors", "read_table", "rebuilding", "write_bytes", "write_table"]


def write_bytes(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file so that it is whole or absent, whatever happens in between, a power cut too."""
    temporary = path.with_name(f".{path.name[:100]}.tmp")
    with disk_errors(path):
        with temporary.open("wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a parquet file so that it is whole or absent; equal tables give equal bytes.

    It is on the disk when this returns: a marker that is written after it shall not outlive it.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with disk_errors(path):
        with temporary.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def read_table(path: Path, *, columns: list[str] | None = None) -> pa.Table:
    """Read a parquet file of a run; `RunError` where it is missing or damaged."""
    try:
        return pq.read_table(path, columns=columns, use_threads=False, memory_map=False, partitioning=None)
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"{path} cannot be read ({type(error).__name__}); {rebuilding(path)}") from error


def rebuilding(path: Path) -> str:
    """How a table of a run that is damaged or missing comes back."""
    if path.parent.name == "boxes":
        return "delete it and run again to rebuild it"
    if path.parent.parent.name == "decisions":
        return "delete it and run the scrub or act again to rebuild it"
    return "delete its shard's marker and run again to rebuild it"


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what a disk can say into one line with the remedy."""
    remedies = {
        errno.ENOSPC: "the disk is full; free some space and run the same command again to resume",
        errno.EDQUOT: "the quota is used up; free some space and run the same command again to resume",
        errno.EROFS: "the file system is read-only; choose another place",
        errno.EACCES: "permission denied; choose another place or change its mode",
        errno.EPERM: "not permitted; choose another place",
    }
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or path}: {remedies.get(error.errno or 0, str(error))}") from error
