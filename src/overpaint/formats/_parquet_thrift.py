"""Thrift's compact protocol, as far as parquet's headers use it: structs as dictionaries by field number.

After Thrift's "Compact protocol encoding" and parquet-format's ``parquet.thrift``. Binary values are passed over.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ThriftError", "read_struct"]

_DEPTH = 12


class ThriftError(ValueError):
    """The bytes are no such struct; `cut` where they might be with more of them."""

    def __init__(self, *, cut: bool = False) -> None:
        super().__init__("no Thrift struct")
        self.cut = cut


def read_struct(data: bytes) -> tuple[dict[int, Any], int]:
    """The struct at the beginning of `data`, and its length in bytes.

    Raises
    ------
    ThriftError
        Also where it is nested too deeply. Work is bounded by the length of the data.
    """
    try:
        return _struct(data, 0, _DEPTH)
    except IndexError:
        raise ThriftError(cut=True) from None


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    if depth == 0:
        raise ThriftError
    fields: dict[int, Any] = {}
    number = 0
    while True:
        head, at = data[at], at + 1
        if head == 0:
            return fields, at
        delta, kind = head >> 4, head & 15
        if delta:
            number += delta
        else:
            number, at = _zigzag(data, at)
        if kind in (1, 2):  # a flag is told by its type
            fields[number] = kind == 1
        else:
            fields[number], at = _value(data, at, kind, depth)


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (4, 5, 6):
        return _zigzag(data, at)
    if kind in (1, 2, 3):
        return data[at], at + 1
    if kind in (7, 8):
        length, at = (8, at) if kind == 7 else _varint(data, at)
        if at + length > len(data):
            raise IndexError
        return None, at + length
    if kind in (9, 10):
        return _list(data, at, depth)
    if kind == 12:
        return _struct(data, at, depth - 1)
    raise ThriftError  # parquet has no maps


def _list(data: bytes, at: int, depth: int) -> tuple[list[Any], int]:
    head, at = data[at], at + 1
    number, kind = head >> 4, head & 15
    if number == 15:
        number, at = _varint(data, at)
    values = []
    for _ in range(number):  # every value takes a byte or more, so this ends with the data
        value, at = _value(data, at, kind, depth - 1)
        values.append(value)
    return values, at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ThriftError


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at
