"""Values of a parquet column as JSON knows them."""

from __future__ import annotations

import base64
import math
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

__all__ = ["plain"]


def plain(value: pa.Scalar) -> Any:
    """An Arrow scalar in JSON's own kinds.

    Times and decimals become text, bytes base64, numbers that JSON cannot say (NaN, infinities) null. Text that is no
    UTF-8 gets replacement characters.
    """
    kind = value.type
    if not value.is_valid:
        return None
    if pt.is_struct(kind):
        return {name: plain(value[name]) for name in value}
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind) or pt.is_map(kind):
        return [plain(one) for one in value.values]
    if pt.is_dictionary(kind):
        return plain(value.value)
    if pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind):
        return base64.b64encode(value.as_py()).decode()
    if pt.is_string(kind) or pt.is_large_string(kind):
        return bytes(value.as_buffer()).decode("utf-8", "replace")
    if pt.is_floating(kind):
        number = float(value.as_py())
        return number if math.isfinite(number) else None
    return value.as_py() if pt.is_integer(kind) or pt.is_boolean(kind) else _text(value)


def _text(value: pa.Scalar) -> str:
    try:
        return str(value.cast(pa.string()).as_py())  # as_py of a time in nanoseconds asks for pandas
    except pa.ArrowException:
        return str(value)
