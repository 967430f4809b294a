"""The label column of a table: from what stands in it to codes of a plan, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from overpaint.errors import LabelsError

__all__ = ["Codes", "Column", "Offsets", "Value", "column_of"]

USUAL = ("label", "labels", "wnid", "synset", "class", "category", "classes", "categories")
"""What label columns are called; the first that is there is taken."""

Codes = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Value = str | int


@dataclass(frozen=True)
class Column:
    """How labels stand in a column.

    Attributes
    ----------
    name, type
        Of the column.
    separator
        Text between the labels of one row; None where a row is one label, or a list.
    """

    name: str
    type: pa.DataType
    separator: str | None = None

    @property
    def listed(self) -> bool:
        """Whether a row has a list of labels."""
        return bool(pa.types.is_list(self.type) or pa.types.is_large_list(self.type))

    @property
    def value_type(self) -> pa.DataType:
        """Of one label."""
        inner = self.type.value_type if self.listed else self.type
        return inner.value_type if pa.types.is_dictionary(inner) else inner

    def parts(self, chunk: pa.Array) -> tuple[list[Value], Codes, Offsets | None]:
        """The different values of a chunk, for each label the place of its value (-1: none), and where rows begin."""
        offsets: Offsets | None = None
        if self.separator is not None:
            chunk = pc.split_pattern(chunk.cast(pa.string()), self.separator)
        if self.listed or self.separator is not None:
            lengths = pc.fill_null(pc.list_value_length(chunk), 0).to_numpy(zero_copy_only=False)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
            chunk = chunk.flatten()
        coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        codes = pc.fill_null(coded.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
        values = coded.dictionary.to_pylist()
        if self.separator is not None:
            values = [value.strip() for value in values]
        return values, codes, offsets

    def built(self, old: pa.Array, codes: Codes, offsets: Offsets | None, values: pa.Array) -> pa.Array:
        """The column with new labels.

        Parameters
        ----------
        old
            The rows as they were: a list that was null stays null.
        codes, offsets
            Places in `values` (-1: null), and where rows begin in them if a row may have several.
        """
        coded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values)
        if offsets is None:
            return _as_type(coded, self.type)
        if self.separator is not None:
            lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), coded.cast(pa.string()))
            none = pa.array(np.diff(offsets) == 0)
            return pc.if_else(none, pa.scalar(None, pa.string()), pc.binary_join(lists, self.separator)).cast(self.type)
        large = pa.types.is_large_list(self.type)
        starts = pa.array(offsets, pa.int64() if large else pa.int32())
        kind = pa.LargeListArray if large else pa.ListArray
        mask = old.is_null() if old.null_count else None
        return kind.from_arrays(starts, _as_type(coded, self.type.value_type), type=self.type, mask=mask)


def column_of(schema: pa.Schema, name: str | None, separator: str | None, *, file: str) -> Column:
    """The label column of a table: the one that was named, else the first that is called as such columns are.

    Raises
    ------
    LabelsError
        Where there is none, or it holds something else than labels.
    """
    there = ", ".join(schema.names[:20])
    found = name or next((usual for usual in USUAL if usual in schema.names), None)
    if found is None or schema.names.count(found) != 1:
        raise LabelsError(f"{file}: which column holds the labels? Name it (column=, --column); there are {there}")
    column = Column(found, schema.field(found).type, separator)
    value = column.value_type
    text = pa.types.is_string(value) or pa.types.is_large_string(value)
    if not text and not pa.types.is_integer(value):
        raise LabelsError(
            f"{file}: column '{found}' holds {column.type}; labels are text, whole numbers or lists of these"
        )
    if separator is not None and (not separator or column.listed or not text):
        raise LabelsError(f"{file}: a separator stands in a column of text; column '{found}' holds {column.type}")
    return column


def _as_type(coded: pa.DictionaryArray, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return coded.cast(kind)
    indices, values = coded.indices.cast(kind.index_type), coded.dictionary.cast(kind.value_type)
    return pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered)
