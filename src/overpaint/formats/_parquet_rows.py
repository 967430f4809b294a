"""Records of a tar as rows of `schema_for_images`, so that nothing is lost on the way there or back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from overpaint.errors import UsageError
from overpaint.records import stored_key

from ._parquet_columns import features_of
from ._parquet_writer import IMAGE, KEY, LABEL, MORE, OTHER, image_struct
from ._record import Record

__all__ = ["RowMaker"]


class RowMaker:
    """Makes rows for `ParquetWriter.add`.

    Parameters
    ----------
    schema
        By `schema_for_images`.

    Raises
    ------
    UsageError
        The schema is another one.
    """

    def __init__(self, schema: pa.Schema) -> None:
        try:
            plan = json.loads(schema.metadata[b"overpaint"])
            self._texts, self._binaries = set(plan.get("texts", ())), set(plan.get("binaries", ()))
        except (KeyError, TypeError, ValueError):
            raise UsageError("the schema is not one of schema_for_images; make it there") from None
        self._columns = set(schema.names)
        names = features_of(schema).get(LABEL, {}).get("names", [])
        self._labels = {name: number for number, name in enumerate(names)}

    def row(self, record: Record, images: Mapping[str, bytes]) -> dict[str, Any]:
        """One record as a row.

        Parameters
        ----------
        record
            Its fields hold bytes. Images beyond the first go to ``more_images``, fields without a column, or
            whose text is no UTF-8, to ``__other__``.
        images
            The bytes of its images by sample key; one that is missing (removed) leaves no trace.

        Raises
        ------
        UsageError
            A record of several images or with fields for a schema that was made for a folder.
        """
        kept = [image_struct(images[one.key], one.name) for one in record.samples if one.key in images]
        row: dict[str, Any] = {IMAGE: kept[0] if kept else None, MORE: kept[1:], KEY: stored_key(record.name)}
        label = record.samples[0].label if record.samples else None
        if label is not None and LABEL in self._columns:
            row[LABEL] = self._labels.get(label)
        other = []
        for field in record.fields:
            name, value = stored_key(field.name), _value(field.value, text=stored_key(field.name) in self._texts)
            if value is not None and name in self._texts | self._binaries:
                row[name] = value
            else:
                other.append({"name": name, "data": field.value})
        row[OTHER] = other
        if KEY not in self._columns:
            if kept[1:] or record.fields:
                raise UsageError("the schema is for a folder's images and takes no fields; make it for webdataset")
            return {name: row[name] for name in row if name in self._columns}
        return row


def _value(data: bytes, *, text: bool) -> bytes | str | None:
    if not text:
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
