"""Records as the members of a tar, wherever they came from."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from overpaint.records import Sample, python_key

from ._parquet_columns import overpaint_of
from ._parquet_writer import KEY, LABEL, OTHER
from ._record import Record
from ._sniff import sniff

__all__ = ["extension_of", "member_name", "members_of_row", "members_of_tar"]

Members = list[tuple[str, bytes]]
_EXTENSIONS = {"jpeg": "jpg", "tiff": "tif", None: "bin"}


def member_name(record: str, field: str) -> str:
    """The inverse of `split_member`."""
    return f"{record}.{field}" if field else record


def extension_of(name: str, data: bytes) -> str:
    """The extension of an image's name, or where it has none, of its codec."""
    base = name.rpartition("/")[2]
    stem, dot, extension = base.rpartition(".")
    if stem and dot and extension:
        return extension
    codec = sniff(data[:64]).codec
    return _EXTENSIONS.get(codec) or str(codec)


def members_of_tar(record: Record, images: Mapping[str, bytes]) -> Members:
    """The members of a tar's record, sorted by name.

    Parameters
    ----------
    record
        Its fields hold bytes.
    images
        The bytes of its images by sample key; one that is missing (removed) gives no member.
    """
    members = [(one.name or one.key, images[one.key]) for one in record.samples if one.key in images]
    return sorted(members + [(member_name(record.name, field.name), field.value) for field in record.fields])


def members_of_row(record: Record, images: Mapping[str, bytes], schema: pa.Schema) -> Members:
    """The members for a parquet file's record, sorted by name.

    A row that `RowMaker` made gives the members that it was made of. Any other one gives its images as
    ``NAME.EXTENSION`` (``NAME.COLUMN.EXTENSION`` where there are several columns, ``NAME.COLUMN.ITEM.EXTENSION`` from
    lists), binary columns as members of their own, and everything else together as ``NAME.json``.

    Parameters
    ----------
    record
        Its fields hold Arrow scalars.
    images
        As in `members_of_tar`.
    schema
        The file's.
    """
    plan = overpaint_of(schema)
    values = {field.name: field.value for field in record.fields}
    if plan.get("source") == "webdataset" and KEY in values:
        return sorted(_as_they_were(record, images, values, plan))
    columns = {one.field for one in record.samples}
    members = [_image(record.name, one, images[one.key], columns) for one in record.samples if one.key in images]
    rest = {}
    for name, value in values.items():
        if _is_bytes(value.type):
            if value.is_valid:
                members.append((member_name(record.name, _part(name)), value.as_py()))
        else:
            rest[name] = _plain(value)
    if rest:
        text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        members.append((f"{record.name}.json", text.encode()))
    return sorted(members)


def _as_they_were(
    record: Record, images: Mapping[str, bytes], values: Mapping[str, Any], plan: Mapping[str, Any]
) -> Iterator[tuple[str, bytes]]:
    key = python_key(values[KEY].as_py() or record.name)
    for one in record.samples:
        if one.key in images:
            yield one.name or one.key, images[one.key]
    for name, value in values.items():
        if name in (KEY, LABEL) or not value.is_valid:
            continue
        if name == OTHER:
            for item in value.as_py():
                yield member_name(key, python_key(item["name"] or "")), item["data"] or b""
        elif name in plan.get("texts", ()):
            yield member_name(key, python_key(name)), bytes(value.as_buffer())
        elif name in plan.get("binaries", ()):
            yield member_name(key, python_key(name)), value.as_py()


def _image(record: str, sample: Sample, data: bytes, columns: set[str | None]) -> tuple[str, bytes]:
    parts = [] if len(columns) == 1 and sample.item < 0 else [_part(sample.field or "")]
    parts += [str(sample.item)] if sample.item >= 0 else []
    return ".".join([record, *parts, extension_of(sample.name or "", data)]), data


def _part(column: str) -> str:
    """A column's name as a part of a file's name."""
    return column.replace("/", "_").replace("\0", "_") or "_"


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind))


def _plain(value: Any) -> Any:
    """An Arrow scalar as what JSON can say: times and decimals as text, bytes in base 64, no numbers as null."""
    kind = value.type
    if not value.is_valid:
        return None
    if pt.is_struct(kind):
        return {name: _plain(value[name]) for name in value}
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind):
        return [_plain(one) for one in value.values]
    if pt.is_dictionary(kind):
        return _plain(value.value)
    if _is_bytes(kind):
        return base64.b64encode(value.as_py()).decode()
    if pt.is_floating(kind):
        number = float(value.as_py())
        return number if math.isfinite(number) else None
    if pt.is_string(kind) or pt.is_large_string(kind):
        return bytes(value.as_buffer()).decode("utf-8", "replace")
    if pt.is_integer(kind) or pt.is_boolean(kind):
        return value.as_py()
    try:
        return value.cast(pa.string()).as_py()  # whatever of pandas is installed
    except pa.ArrowException:
        return str(value)
