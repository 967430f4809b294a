"""Records as the rows of one parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from overpaint.records import Sample

from ._names import named
from ._parquet_writer import ParquetWriter, image_struct
from ._record import Field, Record
from ._rows import Rows
from ._store import Store, Writing

__all__ = ["ParquetRecords"]


class ParquetRecords:
    """See the module; a `RecordWriter`.

    Parameters
    ----------
    store
        The destination.
    key
        The file's path in it.
    token
        Names the temporary file.
    rows
        How a record becomes a row.
    """

    def __init__(self, store: Store, key: str, *, token: str, rows: Rows) -> None:
        self._store, self._key, self._token, self._rows = store, key, token, rows
        self._out: Writing | None = None
        self._parquet: ParquetWriter | None = None
        self._record: Record | None = None
        self._images: list[tuple[Sample, dict[str, Any]]] = []
        self._number = 0

    def begin(self, record: Record) -> None:
        self._record, self._images = record, []

    def image(self, sample: Sample, data: bytes) -> str:
        assert self._record is not None
        column, item = self._rows.place(self._record, sample)
        self._images.append((sample, image_struct(data, self._rows.path(sample, named(sample, data)))))
        return f"{self._key}/{self._number:08d}/{column}" + (f"/{item}" if item >= 0 else "")

    def without(self, sample: Sample) -> None:
        """The file is written anew without it."""

    def end(self, fields: Sequence[Field]) -> None:
        assert self._record is not None
        self._opened().add(self._rows.row(self._record, self._images, fields))
        self._number += 1

    def nothing(self, record: Record) -> None:
        """The file is written anew without it."""

    def commit(self) -> list[bytes]:
        if self._parquet is None or self._out is None:  # no record is left: an earlier run may have had some
            self._store.remove(self._key)
            return []
        self._parquet.close()
        self._out.commit()
        return []

    def abort(self) -> None:
        if self._out is not None:
            self._out.close()

    def _opened(self) -> ParquetWriter:
        if self._parquet is None:
            self._out = self._store.create(self._key, token=self._token)
            self._parquet = ParquetWriter(cast("BinaryIO", self._out), self._rows.schema)
        return self._parquet
