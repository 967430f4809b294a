"""What becomes of an EXIF block under each policy. A block here is the TIFF structure behind the word ``Exif``."""

from __future__ import annotations

from collections.abc import Iterator

from overpaint.painting._metadata._pictures import blank_pictures
from overpaint.painting._metadata._technical import LONGEST, name_of, value_allowed
from overpaint.painting._metadata._tiff import (
    MAKER_NOTE,
    ORIENTATION,
    Block,
    Directory,
    Field,
    Order,
    Place,
    Tag,
    byte_order,
    directories,
    integers,
    written,
)

__all__ = ["contents", "minimal", "orientation", "technical", "without_pictures"]


def _orientation_field(block: Block) -> tuple[Order, Field] | None:
    order = byte_order(block)
    directory = next(directories(block), None)
    if order is None or directory is None:
        return None
    found = next((field for field in directory.fields if field.tag == ORIENTATION), None)
    return (order, found) if found and found.length == 1 else None


def orientation(block: Block) -> int:
    """1 to 8 as the block's first orientation tag says; 1 where it is absent, unreadable or out of range."""
    found = _orientation_field(block)
    values = integers(block, *found) if found else []
    return values[0] if values and 1 <= values[0] <= 8 else 1


def minimal(block: Block) -> bytes:
    """A block of the orientation alone, in the same byte order and type; nothing where the picture is upright."""
    found = _orientation_field(block)
    if found is None or orientation(block) == 1:
        return b""
    order, field = found
    return written(order, {"image": [(field.tag, field.kind, 1, bytes(block[field.start : field.start + field.size]))]})


def contents(block: Block) -> set[str]:
    """The names of what a block holds beside technical tags."""
    names = {"exif"}
    if not (whole := list(directories(block))):
        names.add("exif-broken")
    for directory in whole:
        names.update(name for field in directory.fields if (name := name_of(directory.place, field.tag)))
        note = next((field for field in directory.fields if field.tag == MAKER_NOTE and field.start > 0), None)
        if note and block.find(b"\xff\xd8\xff", note.start, note.start + note.size) >= 0:
            names.add("nested-jpeg")
    names.discard("exif-other")
    return names


def technical(block: Block) -> tuple[bytes, set[str]]:
    """The block with technical tags alone, and the names of those that went; no names where nothing did.

    The block is written anew; where nothing but its layout would change it stays as it is.
    """
    order = byte_order(block)
    whole = list(directories(block))
    if order is None or not whole:
        return b"", {"exif", "exif-broken"}
    kept: dict[Place, list[Tag]] = {}
    removed: set[str] = set()
    for directory in whole:
        if directory.place == "preview":
            removed.add("exif-thumbnail")
            continue
        for field in directory.fields:
            readable = field.start >= 0 and field.size <= LONGEST
            value = bytes(block[field.start : field.start + field.size]) if readable else b""
            tags = kept.setdefault(directory.place, [])
            if value and value_allowed(directory.place, field, value) and all(tag[0] != field.tag for tag in tags):
                tags.append((field.tag, field.kind, field.length, value))
            elif name := name_of(directory.place, field.tag):
                removed.add(name)
    fresh = written(order, kept)
    if not removed:
        if len(block) <= len(fresh):
            return bytes(block), removed
        removed.add("exif-unreferenced")
    return fresh, removed


_PREVIEW_DATA = ((0x0201, 0x0202), (0x0111, 0x0117), (0x0144, 0x0145))
"""Pairs of tags: where a preview's bytes lie and how many they are (JPEG, strips, tiles)."""


def without_pictures(block: Block) -> tuple[bytes, set[str]]:
    """The block with every preview overwritten by zeros where it lies, and the names of what went.

    Nothing moves, so that offsets inside maker notes stay valid. Where a damaged block's offsets would take the
    orientation along, technical tags alone are kept; a block that cannot be read goes altogether.
    """
    order = byte_order(block)
    whole = list(directories(block))
    if order is None or not whole:
        return b"", {"exif-broken"}
    buffer = bytearray(block)
    removed: set[str] = set()
    for directory in whole:
        if directory.place in {"image", "preview"}:
            for start, end in _joined(_preview_ranges(block, order, directory)):
                _zero(buffer, start, end)
                removed.add("exif-thumbnail")
        if directory.place == "preview":
            _zero(buffer, directory.start, directory.end)
            removed.add("exif-thumbnail")
    if whole[0].link:
        _zero(buffer, whole[0].end - 4, whole[0].end)
    removed |= blank_pictures(buffer)
    if orientation(buffer) != orientation(block):
        fresh, names = technical(block)
        return fresh, names | removed
    return (bytes(buffer), removed) if buffer != block else (bytes(block), set())


def _preview_ranges(block: Block, order: Order, directory: Directory) -> Iterator[tuple[int, int]]:
    fields = {field.tag: field for field in directory.fields}
    for where, how_many in _PREVIEW_DATA:
        if where in fields and how_many in fields:
            starts, sizes = (integers(block, order, fields[tag]) for tag in (where, how_many))
            yield from ((start, start + size) for start, size in zip(starts, sizes, strict=False) if size)


def _joined(ranges: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges with those that touch made one, so that a crafted list of strips costs no more than its bytes."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((start, end))
    return out


def _zero(buffer: bytearray, start: int, end: int) -> None:
    start, end = min(start, len(buffer)), min(end, len(buffer))
    buffer[start:end] = bytes(max(0, end - start))
