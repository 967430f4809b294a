"""A TIFF or BigTIFF file as pages with their tags, and such pages as a file again."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._tiff import SIZES, Order

__all__ = ["Entry", "Page", "Part", "Segment", "Tiff", "entry_of", "gaps", "is_tiff", "read_directory", "read_tiff"]
__all__ += ["written_tiff"]

_LONG: Final = 4
_LONG8: Final = 16
_SIZES: Final = {**SIZES, 16: 8, 17: 8, 18: 8}
_CODES: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_PAGES: Final = 10_000
_MOST_ENTRIES: Final = 200_000
"""In all pages of a file together: a directory can be crafted to overlap others."""

Segment = bytes | memoryview
"""The coded bytes of one strip or tile."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag as it is in the file; ``value`` is empty where it lies outside, ``start`` where it lies."""

    tag: int
    kind: int
    count: int
    value: memoryview
    start: int


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of a file."""

    order: Order
    entries: dict[int, Entry]

    def integers(self, tag: int) -> list[int]:
        """The values of a tag that holds unsigned integers; nothing where it is absent or holds something else."""
        found = self.entries.get(tag)
        code = _CODES.get(found.kind) if found else None
        if found is None or code is None:
            return []
        count = len(found.value) // struct.calcsize(code)
        return list(struct.unpack(f"{self.order}{count}{code}", found.value[: count * struct.calcsize(code)]))

    def integer(self, tag: int, default: int) -> int:
        """The first value of a tag."""
        values = self.integers(tag)
        return values[0] if values else default


@dataclass(slots=True)
class Spent:
    """How many tags were read, and how many bytes their values have: directories can be crafted to overlap."""

    tags: int = 0
    value_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Tiff:
    """A file's pages, and the byte ranges in which its header, directories and values lie."""

    order: Order
    big: bool
    pages: list[Page]
    used: list[tuple[int, int]]
    spent: Spent

    @property
    def name(self) -> Literal["little", "big"]:
        return "little" if self.order == "<" else "big"


@dataclass(slots=True)
class Part:
    """A directory to write: its tags, the strips or tiles its two tags count, and the directories it points to."""

    tags: list[tuple[int, int, int, bytes]]
    segment_tags: tuple[int, int] = (273, 279)
    segments: Sequence[Segment] = ()
    inner: dict[int, Part] = field(default_factory=dict)


def is_tiff(data: bytes) -> bool:
    """Whether the bytes start like a TIFF or BigTIFF file."""
    return data[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def read_tiff(data: bytes) -> Tiff:
    """Read every page's directory; strips and tiles are not looked into.

    Raises
    ------
    DecodeError
        ``not-a-tiff``, ``damaged-header`` where there is no first page.
    Unsupported
        ``too-many-pages``: more than 10,000, or 200,000 tags in all.
    """
    if not is_tiff(data):
        raise DecodeError("not-a-tiff", "the file does not begin with TIFF's signature")
    order: Order = "<" if data[:1] == b"I" else ">"
    big = data[:4] in {b"II+\0", b"MM\0+"}
    name: Literal["little", "big"] = "little" if order == "<" else "big"
    head, link = (16, data[8:16]) if big else (8, data[4:8])
    if len(data) < head or (big and data[4:8] != (b"\x08\0\0\0" if order == "<" else b"\0\x08\0\0")):
        raise DecodeError("damaged-header", "the TIFF's header is cut off or names an unknown size of offsets")
    tiff = Tiff(order, big, [], [(0, head)], Spent())
    at, seen = int.from_bytes(link, name), set[int]()
    while at and at not in seen:
        seen.add(at)
        read = read_directory(data, tiff, at)
        if read is None:
            break
        page, at = read
        tiff.pages.append(page)
        if len(tiff.pages) > _MOST_PAGES:
            raise Unsupported("too-many-pages", f"the TIFF has more than {_MOST_PAGES} pages")
    if not tiff.pages or not tiff.pages[0].entries:
        raise DecodeError("damaged-header", "the TIFF has no directory that can be read")
    return tiff


def read_directory(data: bytes, tiff: Tiff, at: int) -> tuple[Page, int] | None:
    """The directory at an offset and where the next lies; None where there is none. Notes what it uses."""
    count_size, entry_size, link_size = (8, 20, 8) if tiff.big else (2, 12, 4)
    if not 8 <= at <= len(data) - count_size:
        return None
    count = int.from_bytes(data[at : at + count_size], tiff.name)
    first = at + count_size
    count = min(count, (len(data) - first) // entry_size)
    entries: dict[int, Entry] = {}
    view = memoryview(data)
    form, inline = (struct.Struct(f"{tiff.order}HHQ"), 8) if tiff.big else (struct.Struct(f"{tiff.order}HHI"), 4)
    tiff.spent.tags += count
    if tiff.spent.tags > _MOST_ENTRIES:
        raise Unsupported("too-many-pages", f"the TIFF has more than {_MOST_ENTRIES} tags")
    for number in range(count):
        place = first + number * entry_size
        tag, kind, values = form.unpack_from(data, place)
        size = _SIZES.get(kind, 0) * values
        start = place + entry_size - inline
        if size > inline:
            start = int.from_bytes(data[start : start + inline], tiff.name)
            tiff.spent.value_bytes += size if start + size <= len(data) else 0
            if start + size > len(data) or tiff.spent.value_bytes > 2 * len(data):
                start, size = 0, 0
            else:
                tiff.used.append((start, start + size))
        entries.setdefault(tag, Entry(tag, kind, values, view[start : start + size], start))
    end = first + count * entry_size
    link = int.from_bytes(data[end : end + link_size], tiff.name) if end + link_size <= len(data) else 0
    tiff.used.append((at, min(end + link_size, len(data))))
    return Page(tiff.order, entries), link


def entry_of(order: Order, tag: int, kind: int, *values: int) -> tuple[int, int, int, bytes]:
    """A tag to write."""
    return tag, kind, len(values), struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)


def written_tiff(order: Order, parts: Sequence[Part], *, big: bool) -> bytes:
    """A file of these pages: nothing lies in it that they do not refer to.

    A strip or tile that occurs more than once as the same view of the same bytes is written once.

    Raises
    ------
    Unsupported
        ``too-large`` for 32-bit offsets.
    """
    out = bytearray(16 if big else 8)
    places: dict[tuple[int, int], int] = {}
    name: Literal["little", "big"] = "little" if order == "<" else "big"
    if big:
        out[:8] = b"II+\0\x08\0\0\0" if order == "<" else b"MM\0+\0\x08\0\0"
    else:
        out[:4] = b"II*\0" if order == "<" else b"MM\0*"
    width = 8 if big else 4
    link = len(out) - width
    for part in parts:
        at, end = _placed(out, part, order, big=big, places=places)
        if not big and len(out) >= 1 << 32:
            raise Unsupported("too-large", "the TIFF would need offsets of 64 bits")
        out[link : link + width] = at.to_bytes(width, name)
        link = end
    return bytes(out)


def _placed(
    out: bytearray, part: Part, order: Order, *, big: bool, places: dict[tuple[int, int], int]
) -> tuple[int, int]:
    """Append a directory and what it refers to; where it lies, and where the next one's offset is to be written."""
    kind, width = (_LONG8, 8) if big else (_LONG, 4)
    tags = list(part.tags)
    if part.segments:
        offsets = [_offset(out, segment, places) for segment in part.segments]
        if not big and len(out) >= 1 << 32:
            raise Unsupported("too-large", "the TIFF would need offsets of 64 bits")
        tags.append(entry_of(order, part.segment_tags[0], kind, *offsets))
        tags.append(entry_of(order, part.segment_tags[1], kind, *map(len, part.segments)))
    for pointer, inner in part.inner.items():
        at, _ = _placed(out, inner, order, big=big, places=places)
        tags.append(entry_of(order, pointer, kind, at))
    rows = []
    for tag, form, count, value in sorted(tags, key=lambda row: row[0]):
        inline = value.ljust(width, b"\0")
        if len(value) > width:
            out += bytes(len(out) % 2)
            inline = struct.pack(f"{order}{'Q' if big else 'I'}", len(out))
            out += value
        rows.append(struct.pack(f"{order}HH{'Q' if big else 'I'}", tag, form, count) + inline)
    out += bytes(len(out) % 2)
    start = len(out)
    out += struct.pack(f"{order}{'Q' if big else 'H'}", len(rows)) + b"".join(rows)
    end = len(out)
    out += bytes(width)
    return start, end


def _offset(out: bytearray, segment: Segment, places: dict[tuple[int, int], int]) -> int:
    if not len(segment):
        return 0  # a tile that was left out
    key = (id(segment), len(segment))
    if key not in places:
        out += bytes(len(out) % 2)
        places[key] = len(out)
        out += segment
    return places[key]


def gaps(size: int, used: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The ranges of a file that no used range covers."""
    at = 0
    for start, end in sorted(used):
        if start > at:
            yield at, start
        at = max(at, end)
    if at < size:
        yield at, size
