"""Records as the members of one tar."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, cast

from overpaint.records import Sample

from ._names import named, nameless, stem
from ._record import Field, Record
from ._shelf_folder import member_name
from ._store import Store, Writing
from ._tar_writer import TarWriter
from ._values import plain

__all__ = ["TarRecords"]


class TarRecords:
    """See the module; a `RecordWriter`.

    Parameters
    ----------
    store
        The destination.
    key
        The tar's path in it.
    token
        Names the temporary file.
    classes
        Numbers by label: an image of a folder gets a ``.cls`` member beside it. Of containers there is none to add.
    rows
        The records are rows of a table: their images are called after the first, so that they and their columns are
        one record to WebDataset too.
    """

    def __init__(
        self, store: Store, key: str, *, token: str, classes: Mapping[str, int] | None = None, rows: bool = False
    ) -> None:
        self._store, self._key, self._token, self._classes = store, key, token, classes or {}
        self._rows, self._first = rows, ""
        self._out: Writing | None = None
        self._tar: TarWriter | None = None
        self._record = ""
        self._labels: dict[str, str] = {}
        self._said: set[str] = set()

    def begin(self, record: Record) -> None:
        self._record, self._labels = record.name, {}
        if self._rows and record.samples:
            self._first, self._record = record.samples[0].key, self._key_of(record.samples[0])

    def image(self, sample: Sample, data: bytes) -> str:
        name = self._called(sample, data) if self._rows else named(sample, data)
        self._opened().add(name, data)
        if sample.label is not None and sample.label in self._classes:
            self._labels[stem(name)] = sample.label
        return f"{self._key}/{name}"

    def without(self, sample: Sample) -> None:
        """The tar is written anew without it."""

    def end(self, fields: Sequence[Field]) -> None:
        columns: dict[str, Any] = {}
        for field in fields:
            if isinstance(field.value, bytes):
                self._opened().add(member_name(self._record, field), field.value)
            else:
                columns[field.name] = plain(field.value)
        if columns:
            self._opened().add(f"{self._record}.json", json.dumps(columns, ensure_ascii=False).encode())
        for name, label in self._labels.items():
            if name not in self._said:  # a.jpg and a.png are one record to WebDataset
                self._said.add(name)
                self._opened().add(f"{name}.cls", str(self._classes[label]).encode())

    def _key_of(self, first: Sample) -> str:
        """A name that no earlier record of the tar has."""
        name = stem(first.name or first.key)
        if name in self._said:
            name = f"{name}-{first.at:08d}"
        self._said.add(name)
        return name

    def _called(self, sample: Sample, data: bytes) -> str:
        name = sample.name or sample.key
        extension = "" if nameless(sample) else name[len(stem(name)) + 1 :]
        extension = extension or named(replace(sample, name="."), data)[1:]
        if sample.key != self._first:  # by its column, since several may be called the same
            place = (sample.field or "").replace("/", "_") + (f".{sample.item}" if sample.item >= 0 else "")
            extension = f"{place}.{extension.rpartition('.')[2]}"
        return f"{self._record}.{extension}"

    def nothing(self, record: Record) -> None:
        """The tar is written anew without it."""

    def commit(self) -> list[bytes]:
        if self._tar is None or self._out is None:  # no record is left: an earlier run may have had some
            self._store.remove(self._key)
            return []
        self._tar.close()
        self._out.commit()
        self._out.close()
        return []

    def abort(self) -> None:
        if self._out is not None:
            self._out.close()

    def _opened(self) -> TarWriter:
        if self._tar is None:
            self._out = self._store.create(self._key, token=self._token)
            self._tar = TarWriter(cast("BinaryIO", self._out))
        return self._tar
