"""What is said of an image in words beside it: captions and the like, so much of them as is worth a look."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.types as pt

from overpaint.errors import SampleError

from ._fields import classify
from ._parquet_batches import OpenParquet, RowBatches
from ._reading import open_file

__all__ = ["MOST_BYTES", "MOST_FIELDS", "RowTexts", "neighbours", "read_text"]

MOST_FIELDS = 16
"""Of one image; those that follow are not read."""
MOST_BYTES = 65_536
"""Of one field; what follows is not read."""

_ENDINGS = (".txt", ".caption", ".json")
_SCANNED = 1024  # entries of a list of texts


def read_text(data: bytes) -> str:
    """UTF-8 as far as it is."""
    return data[:MOST_BYTES].decode("utf-8-sig", "replace")


def neighbours(path: bytes) -> dict[str, str]:
    """The files beside an image that are called as it is, by their ending: ``.txt``, ``.caption``, ``.json``.

    Raises
    ------
    SampleError
        ``unreadable``.
    """
    slash = path.rfind(b"/") + 1
    stem = path[:slash] + (path[slash:].rpartition(b".")[0] or path[slash:])
    found = dict[str, str]()
    for ending in _ENDINGS:
        try:
            with open_file(stem + ending.encode()) as file:
                found[ending[1:]] = read_text(file.read(MOST_BYTES))
        except SampleError as error:
            if os.path.isfile(stem + ending.encode()):  # noqa: PTH113 - bytes; a directory may be called so
                raise error from None
    return found


class RowTexts:
    """The columns of text of a parquet file, row by row; fast in the order of the file.

    Parameters
    ----------
    opened
        The file.
    images
        Columns that hold images.
    most
        Bytes that a page may take decompressed.
    """

    def __init__(self, opened: OpenParquet, images: frozenset[str], *, most: int) -> None:
        schema = opened.parquet.schema_arrow
        told = [field.name for field in schema if field.name not in images and _wordy(field.type)]
        self._names = [name for name in told if classify(name, schema.field(name).type) in {"text", "unknown"}]
        self._names = self._names[:MOST_FIELDS]
        self._rows = RowBatches(opened, self._names, most=most)

    def of(self, row: int) -> dict[str, str]:
        """The texts of one row by the names of their columns, without nulls.

        Raises
        ------
        SampleError
            ``changed``; or the reason why its row group cannot be read.
        """
        if not self._names:
            return {}
        batch = self._rows.at(row)
        texts = ((name, _said(batch.rows.column(name)[row - batch.first])) for name in self._names)
        return {name: text for name, text in texts if text}


def _wordy(kind: pa.DataType) -> bool:
    if pt.is_list(kind) or pt.is_large_list(kind):
        kind = kind.value_type
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def _said(value: pa.Scalar) -> str:
    if not value.is_valid:
        return ""
    if isinstance(value, pa.ListScalar | pa.LargeListScalar):
        parts = (_said(value.values[at]) for at in range(min(len(value.values), _SCANNED)))
        return "\n".join(part for part in parts if part)[:MOST_BYTES]
    return read_text(bytes(memoryview(value.as_buffer())[:MOST_BYTES]))
