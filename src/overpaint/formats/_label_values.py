"""The labels of one field: read and exchanged, whatever the field is."""

from __future__ import annotations

import dataclasses

import pyarrow as pa

from ._label_columns import edit_scalar
from ._label_edit import Change, edit_json, edit_text
from ._label_places import LabelPlace
from ._record import Field

__all__ = ["UNREADABLE", "concerns", "edit_field"]

UNREADABLE = (ValueError, RecursionError, pa.ArrowException)
_MOST = 16 << 20  # bytes of a member that is looked into


def concerns(field: Field, place: LabelPlace) -> bool:
    """Whether a field holds the labels of a place."""
    if place.kind == "path" or field.name != place.field:
        return False
    text = isinstance(field.value, bytes)
    if place.kind == "json":
        return text or isinstance(field.value, pa.StringScalar | pa.LargeStringScalar)
    return text if place.kind == "member" else isinstance(field.value, pa.Scalar)


def edit_field(field: Field, place: LabelPlace, change: Change) -> Field | None:
    """A field with its labels exchanged; itself where nothing changes, None where it cannot be read or is empty."""
    if not concerns(field, place):
        return field
    try:
        return edited(field, place, change)
    except UNREADABLE:
        return None


def edited(field: Field, place: LabelPlace, change: Change) -> Field | None:
    """As `edit_field`, for a field that holds labels of the place.

    Raises
    ------
    ValueError, RecursionError, pyarrow.ArrowException
        It cannot be read.
    """
    value = field.value
    if place.kind == "column":
        new = edit_scalar(value, place.steps, change)
        new = pa.scalar(None, value.type) if new is None else new
        return field if new is value else dataclasses.replace(field, value=new)
    if not isinstance(value, bytes):
        return _text_column(field, place, change)
    if len(value) > _MOST:
        raise ValueError("too large")
    text = value.decode()
    after = edit_text(text, change) if place.kind == "member" else edit_json(text, place.steps, change)
    if after is None:
        return None
    return field if after == text else dataclasses.replace(field, value=after.encode("utf-8", "surrogatepass"))


def _text_column(field: Field, place: LabelPlace, change: Change) -> Field:
    """A column of text that is JSON."""
    value = field.value
    if not value.is_valid:
        return field
    raw = bytes(value.as_buffer())
    if len(raw) > _MOST:
        raise ValueError("too large")
    text = raw.decode()
    after = edit_json(text, place.steps, change)
    return field if after == text else dataclasses.replace(field, value=pa.scalar(after, value.type))
