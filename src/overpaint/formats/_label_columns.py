"""Labels inside the values of a parquet column: numbers, texts, lists and parts of structs, with their types kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pyarrow as pa
import pyarrow.types as pt

from ._label_edit import Change, said_once

__all__ = ["edit_scalar", "nothing", "single"]


def edit_scalar(value: pa.Scalar, steps: Sequence[str], change: Change, *, once: bool = True) -> pa.Scalar | None:
    """A value with its labels exchanged; itself where none changed, None where its one label goes.

    A label in a list goes with its place there. In a struct of lists (Hugging Face's way to write a list of objects)
    the other lists of the same length lose that place too; in a list of structs the struct goes. Lists of fixed size
    get nulls.

    Parameters
    ----------
    steps
        Names of the parts of structs that lead to the label.
    once
        Of a plain list of labels, those that became one are said once.

    Raises
    ------
    pyarrow.ArrowException
        A new label is not of the column's type.
    """
    return _edit(value, tuple(steps), change, listed=False, once=once)[0]


def single(value: pa.Scalar, kind: pa.DataType) -> pa.Array:
    """One value as an array of one."""
    return pa.repeat(value, 1) if value.is_valid else pa.nulls(1, kind)


def nothing(field: pa.Field) -> pa.Scalar:
    """What says that there is no label: null; where a column allows none, -1 (Hugging Face's word) or an empty text."""
    if field.nullable:
        return pa.scalar(None, field.type)
    return pa.scalar(-1 if pt.is_signed_integer(field.type) else "" if _is_text(field.type) else None, field.type)


_Edited = tuple[pa.Scalar | None, list[bool] | None]


def _edit(value: pa.Scalar, steps: tuple[str, ...], change: Change, *, listed: bool, once: bool) -> _Edited:
    """The new value, and of a list which of its entries stay, where some go."""
    if not value.is_valid:
        return value, None
    kind = value.type
    if pt.is_dictionary(kind):
        new = _edit(value.value, steps, change, listed=listed, once=once)[0]
        if new is None or new is value.value or new.equals(value.value):
            return (None if new is None else value), None
        return pa.array([new.as_py()], kind.value_type).dictionary_encode().cast(kind)[0], None
    if _is_list(kind):
        return _list(value, steps, change, once=once and not steps)
    if pt.is_struct(kind) and steps:
        return _struct(value, steps, change, listed=listed), None
    return _leaf(value, change) if not steps else value, None


def _leaf(value: pa.Scalar, change: Change) -> pa.Scalar | None:
    if pt.is_integer(value.type):
        old: str | int = value.as_py()
    elif _is_text(value.type):
        old = bytes(value.as_buffer()).decode("utf-8", "surrogateescape")
    else:
        return value
    new = change(old)
    return value if new == old else None if new is None else pa.scalar(new, value.type)


def _list(value: pa.Scalar, steps: tuple[str, ...], change: Change, *, once: bool) -> _Edited:
    kind, entries = value.type, value.values
    old = [entries[at] for at in range(len(entries))]
    new = [_edit(one, steps, change, listed=True, once=False)[0] for one in old]
    if all(one is was for one, was in zip(new, old, strict=True)):
        return value, None
    field = kind.value_field
    if pt.is_fixed_size_list(kind):
        filled = [nothing(field) if one is None else one for one in new]
        return pa.FixedSizeListArray.from_arrays(_array(filled, field.type), type=kind)[0], None
    keep = [one is not None for one in new]
    if once:
        told = [None if one is None or not one.is_valid else one.as_py() for one in new]
        fresh = [one is not was for one, was in zip(new, old, strict=True)]
        once_each = said_once(told, [one if changed else None for one, changed in zip(told, fresh, strict=True)])
        keep = [stays and (one is None or first) for stays, one, first in zip(keep, told, once_each, strict=True)]
    kept = _array([one for one, stays in zip(new, keep, strict=True) if stays], field.type)
    return _listed(kept, kind), None if all(keep) else keep


def _struct(value: pa.Scalar, steps: tuple[str, ...], change: Change, *, listed: bool) -> pa.Scalar | None:
    kind = value.type
    at = kind.get_field_index(steps[0])
    if at < 0:
        return value
    parts = [value[place] for place in range(kind.num_fields)]
    new, keep = _edit(parts[at], steps[1:], change, listed=False, once=False)
    if new is parts[at]:
        return value
    if new is None:
        if listed:
            return None
        new = nothing(kind.field(at))
    if keep is not None:
        parts = [_parallel(part, keep) for part in parts]
    parts[at] = new
    fields = [kind.field(place) for place in range(kind.num_fields)]
    arrays = [single(part, field.type) for part, field in zip(parts, fields, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=fields)[0]


def _parallel(part: pa.Scalar, keep: Sequence[bool]) -> pa.Scalar:
    """A list beside a list of labels without the places that went there."""
    if not part.is_valid or not _is_list(part.type) or pt.is_fixed_size_list(part.type):
        return part
    if len(part.values) != len(keep):
        return part
    return _listed(part.values.filter(pa.array(keep, pa.bool_())), part.type)


def _listed(values: pa.Array, kind: pa.DataType) -> pa.Scalar:
    made = pa.LargeListArray if pt.is_large_list(kind) else pa.ListArray
    offsets = pa.array([0, len(values)], pa.int64() if pt.is_large_list(kind) else pa.int32())
    return made.from_arrays(offsets, values, type=kind)[0]


def _array(values: Sequence[pa.Scalar], kind: pa.DataType) -> pa.Array:
    if not values:
        return pa.array([], kind)
    return pa.concat_arrays([single(one, kind) for one in values])


def _is_list(kind: pa.DataType) -> bool:
    return bool(pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return cast("bool", pt.is_string(kind) or pt.is_large_string(kind))
