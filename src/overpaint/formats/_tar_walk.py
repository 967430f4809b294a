"""The members of a tar by its headers alone, of any honest dialect, in bounded time and memory for any other.

After POSIX.1-2001 (ustar and pax) and the GNU tar manual ("Basic Tar Format"). What a member holds is skipped,
not read, so an index costs one small read a member. Nothing that a header announces is allocated: extension headers are
at most `EXTENSION` bytes and `CHAIN` in a row, and every step goes forward.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["BLOCK", "HEAD", "Damage", "Member", "header_ok", "walk"]

BLOCK = 512
HEAD = 64  # bytes of a member's data that come with its header
EXTENSION = 1 << 20
CHAIN = 16
SPARSE_BLOCKS = 4096  # extension blocks of one old sparse header
TRAILER = 1 << 20  # bytes behind the end that are looked at

_ZERO = bytes(BLOCK)
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_LENGTH = re.compile(rb"([1-9][0-9]{0,6}) ([^=\0]{1,256})=")
_DATALESS = b"123456"  # links, devices, directories, pipes: no data whatever their size says
_COMPRESSED = re.compile(rb"\x1f\x8b|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18")


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its name, type, where its data lies, how long it is, its first `HEAD` bytes, and what is wrong.

    ``problem`` is None for a regular file that can be read, ``directory`` for a directory.
    """

    name: bytes
    at: int
    size: int
    head: bytes
    problem: str | None


@dataclass(frozen=True, slots=True)
class Damage:
    """Why the walk ended elsewhere than at the end of the archive, and how many bytes were left."""

    reason: str
    left: int


class _BrokenError(Exception):
    """Carries the reason."""


def header_ok(header: bytes) -> bool:
    """Whether 512 bytes are a tar header by their checksum, of unsigned or (some old programs) of signed bytes."""
    if len(header) != BLOCK:
        return False
    try:
        stated = _number(header[148:156])
    except _BrokenError:
        return False
    total = sum(header) - sum(header[148:156]) + 256
    if stated == total:
        return True
    return stated == total - 256 * sum(byte > 127 for byte in header[:148] + header[156:])


def walk(file: BinaryIO) -> Iterator[Member | Damage]:
    """Every member in the order of the archive; last, if anything is wrong with the archive itself, the damage.

    Reasons of damage: ``not-a-tar``, ``compressed-tar``, ``broken-header``, ``header-too-large``, ``truncated``,
    ``no-end-of-archive``, ``data-after-end``. Problems of members: ``not-a-regular-file``, ``sparse``, ``truncated``.
    """
    end = file.seek(0, os.SEEK_END)
    at = 0
    try:
        while (step := _next(file, at, end)) is not None:
            member, at = step
            yield member
            if member.problem == "truncated":
                return
        yield from _behind(file, at, end)
    except _BrokenError as broken:
        yield Damage(str(broken), max(0, end - at))


def _next(file: BinaryIO, at: int, end: int) -> tuple[Member, int] | None:
    """The member whose headers begin at `at`, and where the next begin; None at the end of the archive."""
    name: bytes | None = None
    size: int | None = None
    start, sparse = at, False
    for _ in range(CHAIN):
        file.seek(at)
        block = file.read(BLOCK + HEAD)
        header = block[:BLOCK]
        if header == _ZERO or not header:
            if at != start:
                raise _BrokenError("broken-header")  # extension headers that extend nothing
            if not header:
                raise _BrokenError("no-end-of-archive" if at else "not-a-tar")
            return None
        kind = _checked(header, at)
        if kind in b"xXgLK":
            data, following = _extension(file, header, at, end)
            if kind == b"L" and name is None:
                name = data.partition(b"\0")[0]
            elif kind in b"xXg":
                path, length, holes = _pax(data)
                if kind == b"g" and not (path is None and length is None and not holes):
                    raise _BrokenError("broken-header")  # one name or one size for all members
                name, size, sparse = path if name is None else name, length if size is None else size, sparse or holes
            at = following
            continue
        return _member(file, header, block[BLOCK:], at, end, kind=kind, name=name, size=size, sparse=sparse)
    raise _BrokenError("header-too-large")


def _checked(header: bytes, at: int) -> bytes:
    """The type of a header whose checksum is right."""
    if header_ok(header):
        return header[156:157]
    if at == 0:
        raise _BrokenError("compressed-tar" if _COMPRESSED.match(header) else "not-a-tar")
    raise _BrokenError("truncated" if len(header) < BLOCK else "broken-header")


def _extension(file: BinaryIO, header: bytes, at: int, end: int) -> tuple[bytes, int]:
    """What an extension header holds, and where the next header begins."""
    size = _number(header[124:136])
    if size > EXTENSION:
        raise _BrokenError("header-too-large")
    if at + BLOCK + size > end:
        raise _BrokenError("truncated")
    file.seek(at + BLOCK)
    return file.read(size), at + BLOCK + _padded(size)


def _member(
    file: BinaryIO,
    header: bytes,
    head: bytes,
    at: int,
    end: int,
    *,
    kind: bytes,
    name: bytes | None,
    size: int | None,
    sparse: bool,
) -> tuple[Member, int]:
    data, stored = at + BLOCK, _number(header[124:136]) if size is None else size
    if name is None:
        name = _text(header[:100])
        prefix = _text(header[345:500])
        if prefix and header[257:265] != b"ustar  \0":  # GNU's own dialect keeps times there
            name = prefix + b"/" + name
    problem = None
    if kind == b"S":
        data, sparse = _behind_sparse_map(file, header, data), True
    if kind == b"5" or (kind == b"\0" and name.endswith(b"/")):
        problem = "directory"
    elif kind in _DATALESS or kind in b"DMVNI":
        problem = "not-a-regular-file"
    elif sparse:
        problem = "sparse"
    if kind in _DATALESS:
        return Member(name, data, 0, b"", problem), data
    if data + stored > end:
        problem = "truncated"
    return Member(name, data, stored, head[:stored], problem), data + _padded(stored)


def _behind_sparse_map(file: BinaryIO, header: bytes, data: int) -> int:
    """Where the data of an old GNU sparse member begins: behind the blocks that continue its map."""
    more = header[482]
    for _ in range(SPARSE_BLOCKS):
        if not more:
            return data
        file.seek(data)
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            raise _BrokenError("truncated")
        more, data = block[504], data + BLOCK
    raise _BrokenError("header-too-large")


def _pax(data: bytes) -> tuple[bytes | None, int | None, bool]:
    """Of pax records: the path, the size, and whether the member is sparse."""
    path: bytes | None = None
    size: int | None = None
    sparse, at = False, 0
    while at < len(data) and data[at]:
        head = _LENGTH.match(data, at)
        following = at + int(head[1]) if head else 0
        if head is None or not head.end() < following <= len(data) or data[following - 1] != 0x0A:
            raise _BrokenError("broken-header")
        key, value = head[2], data[head.end() : following - 1]
        if key == b"path":
            path = value
        elif key == b"size":
            if not value.isdigit() or len(value) > 18:
                raise _BrokenError("broken-header")
            size = int(value)
        elif key.startswith(b"GNU.sparse."):
            sparse = True
            path = value if key == b"GNU.sparse.name" else path
        at = following
    return path, size, sparse


def _behind(file: BinaryIO, at: int, end: int) -> Iterator[Damage]:
    """Archives that were put one behind the other end for every reader at the first one's end: say so."""
    file.seek(at)
    if file.read(TRAILER).strip(b"\0"):
        yield Damage("data-after-end", end - at)


def _number(field: bytes) -> int:
    """A number in octal digits, or in base 256 behind a first byte 0x80."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = _OCTAL.fullmatch(field)
    if digits is None:
        raise _BrokenError("broken-header")  # a negative one (first byte 0xff) among them
    return int(digits[1] or b"0", 8)


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
