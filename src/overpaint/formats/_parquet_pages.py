"""What the pages of a parquet column would take to decode, by their headers alone.

A page says how large it will be when decompressed, and a decoder allocates that; a dictionary or a run length turns a
few bytes into any number of values. So the headers are read first, and a column that announces more than is allowed is
not given to the decoder. After parquet-format's README, ``Encodings.md`` and ``parquet.thrift``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from ._parquet_thrift import ThriftError, read_struct

__all__ = ["Chunk", "OversizedError", "PageFacts", "inspect"]

_HEADER = 4096  # bytes usually enough for a page header
_HEADERS = 1 << 20  # ... and the most, since statistics may hold long values
_PAGES = 1 << 22
_OVERHEAD = 16  # bytes a value: levels, offsets, flags
_DICTIONARY = {2, 8}
_PREFIXED = 7  # DELTA_BYTE_ARRAY: a value may repeat the one before
_SMALL = 1 << 16  # dictionaries up to here are not opened for their longest value
_CODECS = {1: "snappy", 2: "gzip", 4: "brotli", 5: "lz4_raw", 6: "zstd", 7: "lz4_raw"}


class OversizedError(Exception):
    """A column that would take more than allowed; carries the reason."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column of a row group: where its pages begin, their bytes, how many values, and the codec's number."""

    at: int
    bytes: int
    values: int
    codec: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Of a column chunk: the most bytes that a value takes decoded, on a page's average, and the number of values."""

    value: int
    values: int


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: where its data lies, sizes, and for data pages number of values and encoding."""

    at: int
    compressed: int
    size: int
    dictionary: bool = False
    values: int = 0
    encoding: int = 0


def inspect(file: BinaryIO, chunk: Chunk, column: pq.ColumnSchema, *, most: int) -> PageFacts:
    """Walk the page headers of a column chunk.

    Parameters
    ----------
    most
        Bytes that a page may take decompressed, if it grows to more than twice its size in the file: pyarrow writes
        pages of 1024 images, which are large and honest. The values of a repeated column may take twice that
        together, since all of them may be in one row.

    Raises
    ------
    OversizedError
        ``oversized-page``, ``too-many-values`` or ``broken-page``.
    OSError
        From the file.
    """
    at, end, wanted = chunk.at, chunk.at + chunk.bytes, chunk.values
    width = max(_OVERHEAD, column.length or 0)
    value = seen = longest = total = 0
    for _ in range(_PAGES):
        if seen >= wanted or at >= end:
            break
        page = _page(file, at)
        if page.at + page.compressed > end:
            raise OversizedError("broken-page")
        if page.size > max(most, 2 * page.compressed):
            raise OversizedError("oversized-page")
        if page.dictionary:
            longest = _longest(file, page, chunk.codec) if column.physical_type == "BYTE_ARRAY" else width
        else:
            seen += page.values
            one = _of_value(page, longest) + width
            value, total = max(value, one), total + one * page.values
        at = page.at + page.compressed
    else:
        raise OversizedError("broken-page")
    if column.max_repetition_level and total > 2 * most:
        raise OversizedError("too-many-values")
    return PageFacts(value, seen)


def _page(file: BinaryIO, at: int) -> _Page:
    fields, length = _header(file, at)
    compressed, size = fields.get(3), fields.get(2)
    if not isinstance(compressed, int) or not isinstance(size, int) or min(compressed, size) < 0:
        raise OversizedError("broken-page")
    for header, encoding in ((5, 2), (8, 4)):  # data pages of both versions
        data = fields.get(header)
        if isinstance(data, dict):
            counts = data.get(1, -1), data.get(encoding, -1)
            if not all(isinstance(count, int) and count >= 0 for count in counts):
                raise OversizedError("broken-page")
            return _Page(at + length, compressed, size, values=counts[0], encoding=counts[1])
    return _Page(at + length, compressed, size, dictionary=fields.get(1) == 2)


def _header(file: BinaryIO, at: int) -> tuple[dict[int, Any], int]:
    for size in (_HEADER, _HEADERS):
        file.seek(at)
        data = file.read(size)
        try:
            return read_struct(data)
        except ThriftError as error:
            if not error.cut or len(data) < size:
                break
    raise OversizedError("broken-page")


def _of_value(page: _Page, longest: int) -> int:
    if page.encoding in _DICTIONARY:
        return longest
    return page.size if page.encoding == _PREFIXED else -(-page.size // max(1, page.values))


def _longest(file: BinaryIO, page: _Page, codec: int) -> int:
    """Bytes of the longest value of a dictionary page; the whole page's where that cannot be told or is little."""
    if page.size <= _SMALL:
        return page.size
    file.seek(page.at)
    data = file.read(page.compressed)
    if codec != 0:
        name = _CODECS.get(codec)
        if name is None:
            raise OversizedError("broken-page")
        try:
            data = pa.decompress(data, page.size, codec=name, asbytes=True)
        except (pa.ArrowException, OSError, ValueError):
            return page.size
    longest = at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        longest, at = max(longest, length), at + 4 + length
    return min(longest, page.size)
