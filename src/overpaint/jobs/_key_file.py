"""A list of keys for `overpaint decide --remove`, written as it is made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import UsageError
from overpaint.records import python_key
from overpaint.rundir import disk_errors

__all__ = ["write_keys"]

_SCHEMA = pa.schema([pa.field("key", pa.string(), nullable=False)])


def write_keys(path: Path, chunks: Iterable[list[str]], *, option: str) -> None:
    """Write keys, as a run's tables hold them: ``.parquet`` has a column ``key``, anything else a key a line.

    The file is whole or absent, and for nobody else to read.

    Raises
    ------
    UsageError
        A key does not fit into a line of text.
    EngineError
        The disk is full, or cannot be written to.
    """
    temporary = path.with_name(f".{path.name[:100]}.tmp")
    with disk_errors(path):
        try:
            with temporary.open("wb") as file:
                temporary.chmod(0o600)
                if path.suffix.lower() == ".parquet":
                    with pq.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
                        for keys in chunks:
                            writer.write_table(pa.table({"key": pa.array(keys, pa.string())}, schema=_SCHEMA))
                else:
                    for keys in chunks:
                        file.write(_lines(keys, f"{option} {path}"))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _lines(keys: Iterable[str], place: str) -> bytes:
    plain = [python_key(key) for key in keys]
    if any("\n" in key or "\r" in key or key != key.strip() for key in plain):
        raise UsageError(f"{place}: a key in it does not fit into a line of text; call the file .parquet")
    return "".join(f"{key}\n" for key in plain).encode("utf-8", "surrogateescape")
