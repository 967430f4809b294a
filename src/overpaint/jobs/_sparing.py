"""A destination where a side file that is there already, byte for byte, is not written again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from overpaint import formats
from overpaint.records import python_key
from overpaint.rundir import read_table

__all__ = ["Sparing", "digests"]


def digests(table: Path) -> dict[str, str]:
    """SHA-256 by key of what an earlier command of this run says that it wrote; nothing before the first."""
    if not table.exists():
        return {}
    rows = read_table(table, columns=["key", "output_sha256"]).to_pylist()
    return {python_key(row["key"]): row["output_sha256"] for row in rows if row["output_sha256"] is not None}


class Sparing:
    """A file being written (`formats.Writing`) that is thrown away where the same was written before.

    What lies there may have been changed since by others: that is for ``verify`` to see, and not to be hidden.
    """

    def __init__(self, store: formats.Store, key: str, *, token: str, before: Mapping[str, str]) -> None:
        self._store, self._key, self._before = store, key, before.get(key)
        self._file = store.create(key, token=token)
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview, /) -> int:
        self._digest.update(data)
        return self._file.write(data)

    def commit(self) -> None:
        if self._digest.hexdigest() == self._before:
            found = self._store.stat(self._key)
            if found is not None and found[0] == self._file.tell():
                return
        self._file.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
