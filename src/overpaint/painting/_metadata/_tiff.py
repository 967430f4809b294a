"""Reading the TIFF structure of an EXIF block; every offset is checked, nothing raises."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = [
    "EXIF_IFD",
    "GPS_IFD",
    "INTEROP_IFD",
    "MAKER_NOTE",
    "ORIENTATION",
    "SIZES",
    "Directory",
    "Field",
    "Order",
    "Place",
]
__all__ += ["Block", "Tag", "byte_order", "directories", "integers", "written"]

Order = Literal["<", ">"]
Place = Literal["image", "exif", "gps", "interop", "preview"]

ORIENTATION, MAKER_NOTE = 0x0112, 0x927C
EXIF_IFD, GPS_IFD, INTEROP_IFD, SUB_IFDS = 0x8769, 0x8825, 0xA005, 0x014A

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value of each TIFF type."""

_ENTRIES = {"<": struct.Struct("<HHI4s"), ">": struct.Struct(">HHI4s")}
_MAX_DIRECTORIES = 32
_MAX_ENTRIES = 1024

Block = bytes | bytearray
Tag = tuple[int, int, int, bytes]
"""A tag to write: number, type, count, value."""


class Field(NamedTuple):
    """One tag: its ``length`` values are ``size`` bytes at ``start`` of the block; ``start`` is -1 if outside."""

    tag: int
    kind: int
    length: int
    start: int
    size: int


class Directory(NamedTuple):
    """One directory; its table is ``start:end``, ``link`` is the next one's offset, written at ``end`` - 4."""

    place: Place
    start: int
    end: int
    link: int
    fields: list[Field]


def byte_order(block: Block) -> Order | None:
    """``"<"`` or ``">"`` by the TIFF header, None where there is none."""
    if block[:4] == b"II*\0":
        return "<"
    return ">" if block[:4] == b"MM\0*" else None


def directories(block: Block) -> Iterator[Directory]:
    """Each directory once, the picture's own first.

    ``preview`` are all those behind it in the chain, and the sub-directories of any. A table that is cut off gives the
    entries that are there.
    """
    order = byte_order(block)
    if order is None or len(block) < 8:
        return
    pending: list[tuple[Place, int]] = [("image", int.from_bytes(block[4:8], _name(order)))]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_DIRECTORIES:
        place, offset = pending.pop(0)
        if offset in seen or not 8 <= offset <= len(block) - 2:
            continue
        seen.add(offset)
        directory = _directory(block, order, place, offset)
        yield directory
        if directory.link and place in {"image", "preview"}:
            pending.append(("preview", directory.link))
        for field in directory.fields:
            if field.tag in _INNER:
                inner = _INNER[field.tag] if place != "preview" else "preview"
                pending.extend((inner, value) for value in integers(block, order, field, at_most=_MAX_DIRECTORIES))


_INNER: dict[int, Place] = {EXIF_IFD: "exif", GPS_IFD: "gps", INTEROP_IFD: "interop", SUB_IFDS: "preview"}


def integers(block: Block, order: Order, field: Field, *, at_most: int = 65536) -> list[int]:
    """A field's values where it holds unsigned integers, else nothing."""
    code = {1: "B", 3: "H", 4: "I", 13: "I"}.get(field.kind)
    if code is None or field.start < 0:
        return []
    return list(struct.unpack_from(f"{order}{min(field.length, at_most)}{code}", block, field.start))


def _directory(block: Block, order: Order, place: Place, offset: int) -> Directory:
    count = min(int.from_bytes(block[offset : offset + 2], _name(order)), _MAX_ENTRIES)
    count = min(count, (len(block) - offset - 2) // 12)
    end = offset + 2 + 12 * count
    fields = []
    position = offset + 10
    for tag, kind, values, inline in _ENTRIES[order].iter_unpack(block[offset + 2 : end]):
        size = SIZES.get(kind, 0) * values
        start = position
        if size > 4:
            start = int.from_bytes(inline, _name(order))
            if start + size > len(block):
                start = -1
        fields.append(Field(tag, kind, values, start, size))
        position += 12
    link = int.from_bytes(block[end : end + 4], _name(order)) if end + 4 <= len(block) else 0
    return Directory(place, offset, min(end + 4, len(block)), link, fields)


def _name(order: Order) -> Literal["little", "big"]:
    return "little" if order == "<" else "big"


def written(order: Order, tags: dict[Place, list[Tag]]) -> bytes:
    """A TIFF structure with these tags in the image, exif and interop directories; nothing where there are none."""
    image, exif, interop = (list(tags.get(place, [])) for place in ("image", "exif", "interop"))
    if interop:
        exif.append((INTEROP_IFD, 4, 1, bytes(4)))
    if exif:
        image.append((EXIF_IFD, 4, 1, bytes(4)))
    if not image:
        return b""
    exif_at = 8 + _length(image)
    links = {EXIF_IFD: exif_at, INTEROP_IFD: exif_at + (_length(exif) if exif else 0)}
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    for table in (image, exif, interop):
        out += _table(order, table, len(out), links) if table else b""
    return out


def _length(table: list[Tag]) -> int:
    return 6 + 12 * len(table) + sum(len(value) + len(value) % 2 for *_, value in table if len(value) > 4)


def _table(order: Order, table: list[Tag], start: int, links: dict[int, int]) -> bytes:
    entries, values = struct.pack(f"{order}H", len(table)), b""
    values_at = start + 6 + 12 * len(table)
    for tag, kind, count, value in sorted(table):
        inline = struct.pack(f"{order}I", links[tag]) if tag in links else value.ljust(4, b"\0")
        if len(value) > 4:
            inline = struct.pack(f"{order}I", values_at + len(values))
            values += value + bytes(len(value) % 2)
        entries += struct.pack(f"{order}HHI", tag, kind, count) + inline
    return entries + bytes(4) + values
