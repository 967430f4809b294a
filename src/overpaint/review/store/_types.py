"""Columns that hold any Python string and any JSON object, the same in both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa

from overpaint.errors import ReviewError

__all__ = ["Document", "Exact", "Line", "Lines"]

Line: TypeAlias = sa.Row[*tuple[Any, ...]]
"""A row of whatever columns."""

Lines: TypeAlias = sa.Select[*tuple[Any, ...]]
"""A SELECT of whatever columns."""

_ODD = re.compile("[\\\\\x00\ud800-\udfff]")
_WRITTEN = re.compile(r"\\u([0-9a-f]{4})")


class Exact(sa.types.TypeDecorator[str]):
    r"""Any Python string, back as it was.

    File names may hold bytes that are no UTF-8 (lone surrogates here), and PostgreSQL's text takes neither those nor
    U+0000: they are written ``\uXXXX``, and so is the backslash itself.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else _WRITTEN.sub(lambda hex_: chr(int(hex_[1], 16)), value)


class Document(sa.types.TypeDecorator[dict[str, Any]]):
    """A JSON object as ASCII text: the same in both databases, whatever characters it holds."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        try:
            return json.dumps(dict(value), separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ReviewError(f"what is stored must be plain JSON: {error}") from error

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> dict[str, Any] | None:  # noqa: ARG002
        if value is None:
            return None
        told = json.loads(value)
        assert isinstance(told, dict)
        return told
