"""Files of boxes (ISO/IEC 14496-12) and the items of HEIF (23008-12), on which AVIF and HEIC are built; read only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported

__all__ = ["IsoBox", "Item", "Items", "boxes", "brands", "child", "is_avif", "is_heic", "items_in", "read_items"]

_AVIF: Final = {b"avif", b"avis"}
_HEIC: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_NEEDED: Final = (b"dimg", b"base", b"pred", b"prem")
"""References to what a picture is made of."""
_MOST = 65536
"""Items, references and properties: more than any camera writes, few enough to be gone through."""


class IsoBox(NamedTuple):
    """One box: its bytes are ``start:end``, its payload ``body:end``."""

    kind: bytes
    start: int
    body: int
    end: int


class Property(NamedTuple):
    """A property of items, by its place in ``ipco``."""

    kind: bytes
    body: int
    end: int


@dataclass(slots=True)
class Item:
    """One item: what it is, where its bytes are, what it refers to and the numbers of its properties.

    ``row`` is where ``iloc`` tells its place, ``length_at`` the last length in it.
    """

    number: int
    kind: bytes
    mime: bytes = b""
    in_idat: bool = False
    extents: list[tuple[int, int]] = field(default_factory=list)
    refers: dict[bytes, list[int]] = field(default_factory=dict)
    properties: list[int] = field(default_factory=list)
    row: tuple[int, int] = (0, 0)
    length_at: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Items:
    """What a file's ``meta`` box says."""

    meta: IsoBox
    children: list[IsoBox]
    primary: int
    items: dict[int, Item]
    properties: list[Property]
    idat: int
    alphas: set[int] = field(default_factory=set)

    def bytes_of(self, data: bytes, item: Item) -> bytes:
        """An item's bytes, from all its extents."""
        return b"".join(data[start:end] for start, end in self.places(item))

    def places(self, item: Item) -> list[tuple[int, int]]:
        """Where an item's bytes lie in the file."""
        base = self.idat if item.in_idat else 0
        return [(base + start, base + start + size) for start, size in item.extents]

    def of(self, number: int, kind: bytes) -> Property | None:
        """The first property of that kind that an item has."""
        item = self.items.get(number)
        found = [self.properties[i] for i in item.properties if i < len(self.properties)] if item else []
        return next((one for one in found if one.kind == kind), None)

    def shown(self) -> set[int]:
        """The primary item, what it is derived from, and their alpha planes."""
        planes: dict[int, list[int]] = {}
        for number in self.alphas:
            for master in self.items[number].refers.get(b"auxl", []):
                planes.setdefault(master, []).append(number)
        kept, todo = set[int](), [self.primary]
        while todo:
            number = todo.pop()
            if number not in kept and number in self.items:
                kept.add(number)
                refers = self.items[number].refers
                todo += [to for kind in _NEEDED for to in refers.get(kind, [])] + planes.get(number, [])
        return kept


def brands(data: bytes) -> set[bytes]:
    """The brands that a file's first box names; none where it is no ``ftyp``."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}


def is_avif(data: bytes) -> bool:
    """Whether the file says that it is AVIF, or an AVIF sequence."""
    return bool(brands(data) & _AVIF)


def is_heic(data: bytes) -> bool:
    """Whether the file says that it is HEIF of another kind than AVIF."""
    found = brands(data)
    return bool(found & _HEIC) and not found & _AVIF


def boxes(data: bytes, start: int, end: int) -> Iterator[IsoBox]:
    """The boxes between two places, as far as they are whole; a size of 0 reaches to the end."""
    at = start
    for _ in range(_MOST):
        if at + 8 > end:
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1 and at + 16 <= end:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = end if size == 0 else at + size
        if size and size < head:
            return
        yield IsoBox(data[at + 4 : at + 8], at, at + head, min(stop, end))
        at = stop


def child(data: bytes, start: int, end: int, kind: bytes) -> IsoBox | None:
    """The first box of a kind between two places."""
    return next((box for box in boxes(data, start, end) if box.kind == kind), None)


def read_items(data: bytes) -> Items:
    """The items of a file.

    Raises
    ------
    DecodeError
        ``no-image-data``: no ``meta`` box with a primary item. ``damaged-header``: it is cut off.
    Unsupported
        ``too-many-items``; ``item-location`` where an item's bytes lie in another file or item.
    """
    meta = child(data, 0, len(data), b"meta")
    if meta is None:
        raise DecodeError("no-image-data", "the file has no box that describes pictures")
    found = items_in(data, meta)
    if found.primary not in found.items:
        raise DecodeError("no-image-data", "the file's main picture is not there")
    return found


def items_in(data: bytes, meta: IsoBox) -> Items:
    """The items that one ``meta`` box lists; in a track none is the main one."""
    children = list(boxes(data, meta.body + 4, meta.end))
    first = {box.kind: box for box in reversed(children)}
    reader = _Reader(data)
    try:
        primary = reader.whole(first[b"pitm"])(2, 4) if b"pitm" in first else -1
        found = Items(meta, children, primary, {}, [], first[b"idat"].body if b"idat" in first else 0)
        _read_infos(reader, first[b"iinf"], found)
        _read_places(reader, first[b"iloc"], found)
        if b"iref" in first:
            _read_references(reader, first[b"iref"], found)
        if b"iprp" in first:
            _read_properties(reader, first[b"iprp"], found)
    except (KeyError, IndexError) as error:
        raise DecodeError("damaged-header", "the file's description of its pictures is cut off or missing") from error
    return found


class _Cursor:
    """Numbers one after the other; IndexError behind the box."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self.at, self.end = data, at, end
        self.version = 0

    def __call__(self, size: int, wide: int | None = None) -> int:
        """The next number of ``size`` bytes, of ``wide`` bytes in boxes of a later version."""
        size = wide if wide is not None and self.version else size
        if self.at + size > self.end:
            raise IndexError
        self.at += size
        return int.from_bytes(self._data[self.at - size : self.at], "big")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def whole(self, box: IsoBox) -> _Cursor:
        """Behind version and flags."""
        cursor = _Cursor(self.data, box.body, box.end)
        version = cursor(1)
        cursor(3)
        cursor.version = version
        return cursor


def _few(count: int) -> int:
    if count > _MOST:
        raise Unsupported("too-many-items", f"the file has more than {_MOST} items, extents or references")
    return count


def _read_infos(reader: _Reader, box: IsoBox, out: Items) -> None:
    cursor = reader.whole(box)
    count = _few(cursor(2, 4))
    for number, info in enumerate(boxes(reader.data, cursor.at, box.end)):
        if number >= count or info.kind != b"infe":
            break
        inner = reader.whole(info)
        if inner.version < 2:
            raise Unsupported("item-location", "the file's items are described in a form of before 2012")
        inner.version -= 2
        item = inner(2, 4)
        inner(2)
        kind = reader.data[inner.at : inner.at + 4]
        texts = reader.data[inner.at + 4 : info.end].split(b"\0")
        out.items.setdefault(item, Item(item, kind, texts[1] if kind == b"mime" and len(texts) > 1 else b""))


def _read_places(reader: _Reader, box: IsoBox, out: Items) -> None:
    cursor = reader.whole(box)
    version, cursor.version = cursor.version, int(cursor.version == 2)
    sizes = cursor(2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0
    total = 0
    for _ in range(_few(cursor(2, 4))):
        row = cursor.at
        item = out.items.get(cursor(2, 4))
        method = cursor(2) & 15 if version else 0
        elsewhere = cursor(2)
        start = cursor(base)
        extents = []
        count = cursor(2)
        total = _few(total + count)
        for _ in range(count):
            cursor(index)
            at = cursor(offset)
            extents.append((start + at, cursor(length)))
        if item is None:
            continue
        if elsewhere or method > 1:
            raise Unsupported("item-location", "the bytes of an item lie in another file or item")
        item.in_idat, item.extents = method == 1, extents
        item.row, item.length_at = (row, cursor.at), (cursor.at - length, cursor.at)
        if not length and extents:
            item.extents = [(start, len(reader.data) - start)]


def _read_references(reader: _Reader, box: IsoBox, out: Items) -> None:
    cursor = reader.whole(box)
    total = 0
    for reference in boxes(reader.data, cursor.at, box.end):
        inner = _Cursor(reader.data, reference.body, reference.end)
        inner.version = cursor.version
        item = out.items.get(inner(2, 4))
        count = inner(2)
        total = _few(total + count)
        targets = [inner(2, 4) for _ in range(count)]
        if item is not None:
            item.refers.setdefault(reference.kind, []).extend(targets)


def _read_properties(reader: _Reader, box: IsoBox, out: Items) -> None:
    inner = list(boxes(reader.data, box.body, box.end))
    container = next((one for one in inner if one.kind == b"ipco"), None)
    if container is None:
        return
    out.properties = [Property(b.kind, b.body, b.end) for b in boxes(reader.data, container.body, container.end)]
    total = 0
    for one in inner:
        if one.kind != b"ipma":
            continue
        cursor = reader.whole(one)
        wide = reader.data[one.body + 3] & 1
        for _ in range(_few(cursor(4))):
            item = out.items.get(cursor(2, 4))
            count = cursor(1)
            total = _few(total + count)
            numbers = [(cursor(2) & 0x7FFF) if wide else (cursor(1) & 0x7F) for _ in range(count)]
            if item is not None:
                item.properties += [number - 1 for number in numbers if number]
    for number, item in out.items.items():
        for index in item.properties:
            if index < len(out.properties) and out.properties[index].kind == b"auxC":
                told = reader.data[out.properties[index].body + 4 : out.properties[index].end].partition(b"\0")[0]
                if told in {b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"}:
                    out.alphas.add(number)
