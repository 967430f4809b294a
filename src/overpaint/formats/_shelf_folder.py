"""Records as files of a folder: images by name, members beside them, columns as lines of one metadata file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from overpaint.records import Sample

from ._names import NAMES_OF_CODECS, named, nameless
from ._record import Field, Record
from ._values import plain

__all__ = ["FileWriter", "FolderRecords", "member_name"]


class FileWriter(Protocol):
    """Where files go."""

    def write(self, key: str, data: bytes, *, token: str) -> None: ...
    def remove(self, key: str) -> bool: ...


class FolderRecords:
    """See the module; a `RecordWriter`.

    Parameters
    ----------
    files
        The destination.
    token
        Names temporary files.
    """

    def __init__(self, files: FileWriter, *, token: str) -> None:
        self._files, self._token = files, token
        self._record = ""
        self._fields: Sequence[Field] = ()
        self._placed: dict[str, list[str]] = {}  # image column → names
        self._lines: list[bytes] = []

    def begin(self, record: Record) -> None:
        self._record, self._fields, self._placed = record.name, record.fields, {}

    def image(self, sample: Sample, data: bytes) -> str:
        name = named(sample, data)
        self._files.write(name, data, token=self._token)
        self._placed.setdefault(sample.field or "", []).append(name)
        return name

    def without(self, sample: Sample) -> None:
        name = sample.name or sample.key
        # without the image nobody knows which extension an earlier run gave it
        for candidate in [name + extension for extension in NAMES_OF_CODECS.values()] if nameless(sample) else [name]:
            self._files.remove(candidate)

    def end(self, fields: Sequence[Field]) -> None:
        line: dict[str, Any] = {}
        stay = {field.name for field in fields}
        for field in self._fields:
            if isinstance(field.value, bytes) and field.name not in stay:
                self._files.remove(member_name(self._record, field))  # earlier decisions may have left it there
        for field in fields:
            if isinstance(field.value, bytes):
                self._files.write(member_name(self._record, field), field.value, token=self._token)
            else:
                line[field.name] = plain(field.value)
        if line:
            where = self._file_names()
            columns = {f"{name}_column" if name in where else name: value for name, value in line.items()}
            self._lines.append(json.dumps(where | columns, ensure_ascii=False).encode() + b"\n")

    def nothing(self, record: Record) -> None:
        for field in record.fields:
            if isinstance(field.value, bytes):
                self._files.remove(member_name(record.name, field))

    def commit(self) -> list[bytes]:
        return self._lines

    def abort(self) -> None:
        """Files are published one by one; the next run writes them again."""

    def _file_names(self) -> dict[str, Any]:
        """As Hugging Face's ``imagefolder`` wants them."""
        if len(self._placed) == 1 and len(next(iter(self._placed.values()))) == 1:
            return {"file_name": next(iter(self._placed.values()))[0]}
        return {
            (f"{column}_file_name" if len(names) == 1 else f"{column}_file_names"): names[0]
            if len(names) == 1
            else names
            for column, names in self._placed.items()
        }


def member_name(record: str, field: Field) -> str:
    """What a tar's member is called: the record's name, a dot, and the field's where it has one."""
    return f"{record}.{field.name}" if field.name else record
