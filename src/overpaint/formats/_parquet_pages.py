"""What the pages of a parquet column would take to decode, by their headers alone.

A page says how large it will be when decompressed, and a decoder allocates that; a dictionary or a run length turns a
few bytes into any number of values. So the headers are read first, and a column that announces more than is allowed is
not given to the decoder. Page headers are Thrift's compact protocol (parquet-format, ``parquet.thrift``; Thrift,
"Compact protocol encoding").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["OversizedError", "PageFacts", "inspect"]

_HEADER = 4096  # bytes usually enough for a page header
_HEADERS = 1 << 20  # ... and the most, since statistics may hold long values
_PAGES = 1 << 22
_DEPTH = 6
_VALUES = 1 << 26  # values of a repeated column in one row group
_OVERHEAD = 16  # bytes a value: levels, offsets, flags
_DICTIONARY = {2, 8}
_PREFIXED = 7  # DELTA_BYTE_ARRAY: a value may repeat the one before


class OversizedError(Exception):
    """A column that would take more than allowed; carries the reason."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Of a column chunk: bytes of its largest page, most bytes of a value on a page's average, number of values."""

    largest_page: int
    value: int
    values: int


class _ThriftError(Exception):
    pass


def inspect(file: BinaryIO, chunk: pq.ColumnChunkMetaData, column: pq.ColumnSchema, *, most: int) -> PageFacts:
    """Walk the page headers of a column chunk.

    Parameters
    ----------
    most
        Bytes that a page may take decompressed.

    Raises
    ------
    OversizedError
        ``oversized-page``, ``too-many-values`` or ``broken-page``.
    OSError
        From the file.
    """
    at = chunk.data_page_offset
    first = chunk.dictionary_page_offset or 0
    at = first if 0 < first < at else at
    end, wanted = at + chunk.total_compressed_size, chunk.num_values
    width = max(_OVERHEAD, column.length or 0)
    largest = value = seen = longest = 0
    for _ in range(_PAGES):
        if seen >= wanted or at >= end:
            break
        page, length = _page_header(file, at)
        compressed, decompressed = page.get(3, -1), page.get(2, -1)
        if compressed < 0 or decompressed < 0:
            raise OversizedError("broken-page")
        if max(compressed, decompressed) > most:
            raise OversizedError("oversized-page")
        at += length
        largest = max(largest, decompressed)
        if page.get(1) == 2:
            longest = _longest(file, at, compressed, decompressed, chunk, column)
        else:
            number, encoding = _values(page)
            seen += number
            value = max(value, _of_value(encoding, number, decompressed, longest) + width)
        at += compressed
    else:
        raise OversizedError("broken-page")
    if column.max_repetition_level and seen > _VALUES:
        raise OversizedError("too-many-values")
    return PageFacts(largest, value, seen)


def _values(page: dict[int, Any]) -> tuple[int, int]:
    """Number of values and encoding of a data page, of either version; none for pages of other kinds."""
    if isinstance(header := page.get(5), dict):
        number, encoding = header.get(1, -1), header.get(2, -1)
    elif isinstance(header := page.get(8), dict):
        number, encoding = header.get(1, -1), header.get(4, -1)
    else:
        return 0, 0
    if not isinstance(number, int) or not isinstance(encoding, int) or number < 0 or encoding < 0:
        raise OversizedError("broken-page")
    return number, encoding


def _of_value(encoding: int, number: int, size: int, longest: int) -> int:
    if encoding in _DICTIONARY:
        return longest
    return size if encoding == _PREFIXED else -(-size // max(1, number))


def _longest(
    file: BinaryIO,
    at: int,
    compressed: int,
    decompressed: int,
    chunk: pq.ColumnChunkMetaData,
    column: pq.ColumnSchema,
) -> int:
    """Bytes of the longest value of a dictionary page; the whole page's where that cannot be told."""
    if column.physical_type != "BYTE_ARRAY":
        return max(8, column.length or 0)
    file.seek(at)
    data = file.read(compressed)
    codec = chunk.compression.lower()
    if codec != "uncompressed":
        try:
            data = pa.decompress(data, decompressed, codec="lz4_raw" if codec == "lz4" else codec, asbytes=True)
        except (pa.ArrowException, OSError, ValueError):
            return decompressed
    longest = place = 0
    while place + 4 <= len(data):
        length = int.from_bytes(data[place : place + 4], "little")
        longest, place = max(longest, length), place + 4 + length
    return min(longest, decompressed)


def _page_header(file: BinaryIO, at: int) -> tuple[dict[int, Any], int]:
    """The fields of the header at `at` by number, and its bytes."""
    for size in (_HEADER, _HEADERS):
        file.seek(at)
        data = file.read(size)
        try:
            return _struct(data, 0, _DEPTH)
        except IndexError:
            if len(data) < size:
                break
        except _ThriftError:
            break
    raise OversizedError("broken-page")


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    if depth == 0:
        raise _ThriftError
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
    if kind == 3:
        return data[at], at + 1
    if kind == 8:
        length, at = _varint(data, at)
        if at + length > len(data):
            raise IndexError
        return None, at + length
    if kind == 7:
        return None, at + 8
    if kind == 12:
        return _struct(data, at, depth - 1)
    raise _ThriftError  # page headers have no lists and no maps


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _ThriftError


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at
