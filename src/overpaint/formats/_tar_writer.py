"""Tars whose bytes depend on nothing but the names and data given: WebDataset's, readable by every tar program."""

from __future__ import annotations

import os
from typing import BinaryIO

from overpaint.errors import SampleError

from ._keys import path_of
from ._tar_walk import BLOCK

__all__ = ["TarWriter"]

_RECORD = 20 * BLOCK  # archives end at a multiple of this, as POSIX asks
_LONGEST = 8 << 30  # what eleven octal digits cannot say


class TarWriter:
    """Writes members one behind the other: mode 0644, no owner, no time; names over 100 bytes or beyond ASCII by pax.

    Parameters
    ----------
    file
        Open for writing in binary. It stays the caller's to close, after `close`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._names: set[str] = set()
        self._written = 0

    def add(self, name: str, data: bytes) -> None:
        """Write one member.

        Parameters
        ----------
        name
            Relative path; bytes that are no UTF-8 as surrogate escapes.

        Raises
        ------
        SampleError
            ``refused-key`` for a name that is absolute, climbs, holds a NUL or an empty part; ``duplicate-name`` for
            one that was written before; ``too-large`` from 8 GiB.
        OSError
            From the file.
        """
        path_of(b"", name)
        if name in self._names:
            raise SampleError("duplicate-name", f"the tar holds a member of this name: {name!a}")
        if len(data) >= _LONGEST:
            raise SampleError("too-large", f"{len(data)} bytes; a member of a tar holds less than 8 GiB")
        self._names.add(name)
        if not name.isascii() or len(name) > 100:
            records = _pax(os.fsencode(name))
            self._put(_header("././@PaxHeader", len(records), b"x", mode=0), records)
        self._put(_header(name, len(data), b"0", mode=0o644), data)

    def close(self) -> None:
        """Write the end of the archive; a tar without it is reported as cut short."""
        self._write(bytes(2 * BLOCK))
        self._write(bytes(-self._written % _RECORD))

    def _put(self, header: bytes, data: bytes) -> None:
        self._write(header)
        self._write(data)
        self._write(bytes(-len(data) % BLOCK))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._written += len(data)


def _header(name: str, size: int, kind: bytes, *, mode: int) -> bytes:
    """One ustar header; of a name that pax gives in full, what ASCII and 100 bytes hold."""
    start = name.encode("ascii", "replace")[:100].ljust(100, b"\0")
    fields = b"%07o\0" % mode + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0"
    rest = kind + bytes(100) + b"ustar\x0000" + bytes(247)
    total = sum(start) + sum(fields) + 8 * 0x20 + sum(rest)
    return start + fields + b"%06o\0 " % total + rest


def _pax(path: bytes) -> bytes:
    """The pax records that name a member."""
    try:
        path.decode()
        charset = b""
    except UnicodeDecodeError:
        charset = _pax_record(b"hdrcharset", b"BINARY")
    return charset + _pax_record(b"path", path)


def _pax_record(key: bytes, value: bytes) -> bytes:
    """``length key=value``, where the length counts its own digits."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    length = rest + len(str(length))
    return b"%d %b=%b\n" % (length, key, value)
