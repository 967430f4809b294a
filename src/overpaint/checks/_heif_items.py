"""The items of a HEIF or AVIF file: their kinds, data, references and properties (ISO/IEC 23008-12)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from overpaint.checks._walk_boxes import Found, boxes

__all__ = ["Items", "read_items"]

# What libavif and libheif name their items.
_ORDINARY = frozenset({b"", b"Color", b"Alpha", b"Exif", b"XMP"})
_MOST_ITEMS, _MOST_EXTENTS = 16384, 65536


@dataclass(slots=True)
class Items:
    """What the ``meta`` box says.

    Attributes
    ----------
    primary
        The item that is shown.
    kinds
        Four letters of each item, a MIME item's content type behind them.
    extents
        Where each item's bytes lie: construction method (0 in the file, 1 in ``idat``), start, stop.
    references
        By kind (``dimg``, ``thmb``, ``auxl``, ``cdsc``) the pairs from, to.
    properties
        All properties: four letters and content.
    of
        Which properties each item has, in order.
    """

    primary: int = -1
    kinds: dict[int, bytes] = field(default_factory=dict)
    extents: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    references: dict[bytes, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    inner: tuple[int, int] = (0, 0)
    given: int = 0
    unknown: list[tuple[bytes, bytes]] = field(default_factory=list)

    def data(self, whole: bytes, item: int) -> bytes:
        """An item's bytes, its extents joined; none once far more were asked for than the file has."""
        found: list[bytes] = []
        for method, start, stop in self.extents.get(item, ()):
            base = self.inner[0] if method == 1 else 0
            end = self.inner[1] if method == 1 else len(whole)
            if self.given <= 4 * len(whole):
                found.append(whole[base + start : min(end, base + stop)])
                self.given += len(found[-1])
        return b"".join(found)

    def has(self, item: int, name: bytes) -> list[bytes]:
        """The contents of an item's properties of one name."""
        chosen = (self.properties[i - 1] for i in self.of.get(item, ()) if 0 < i <= len(self.properties))
        return [content for found, content in chosen if found == name]


def read_items(data: bytes, meta: Found) -> Items:
    """Read a ``meta`` box; damage ends the part it is in."""
    items = Items()
    for box in boxes(data, meta.start + 4, meta.stop):
        content = data[box.start : box.stop]
        try:
            if box.name == b"pitm":
                items.primary = _int(content, 4, 2 if content[0] == 0 else 4)
            elif box.name == b"iinf":
                _kinds(content, items)
            elif box.name == b"iloc":
                _extents(content, items)
            elif box.name == b"iref":
                _references(content, items)
            elif box.name == b"iprp":
                _properties(content, items)
            elif box.name == b"idat":
                items.inner = (box.start, box.stop)
            elif box.name not in {b"hdlr", b"dinf", b"grpl"} and any(content):
                items.unknown.append((box.name, content))
        except IndexError:
            continue
    return items


def _int(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + size], "big")


def _kinds(content: bytes, items: Items) -> None:
    at = 6 if content[0] == 0 else 8
    for box in boxes(content, at, len(content)):
        entry = content[box.start : box.stop]
        if box.name != b"infe" or len(entry) < 12 or entry[0] not in {2, 3} or len(items.kinds) >= _MOST_ITEMS:
            continue
        wide = 2 if entry[0] == 2 else 4
        kind = entry[6 + wide : 10 + wide]
        names = entry[10 + wide :].split(b"\0")
        if len(names) > 1 and names[0] not in _ORDINARY:  # a name that somebody gave the item
            items.unknown.append((b"name", names[0]))
        items.kinds[_int(entry, 4, wide)] = kind + (names[1] if kind in {b"mime", b"uri "} and len(names) > 1 else b"")


def _extents(content: bytes, items: Items) -> None:
    version = content[0]
    sizes = _int(content, 4, 2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    wide = 2 if version < 2 else 4
    count, at, total = _int(content, 6, wide), 6 + wide, 0
    for _ in range(min(count, _MOST_ITEMS)):
        item, at = _int(content, at, wide), at + wide
        method = _int(content, at, 2) & 15 if version else 0
        at += 4 if version else 2
        start, at = _int(content, at, base), at + base
        pieces, at = _int(content, at, 2), at + 2
        for _ in range(pieces):
            total += 1
            if total > _MOST_EXTENTS:
                return
            at += index if version else 0
            here, size = start + _int(content, at, offset), _int(content, at + offset, length)
            at += offset + length
            items.extents.setdefault(item, []).append((method, here, here + (size or 1 << 62)))


def _references(content: bytes, items: Items) -> None:
    wide = 2 if content[0] == 0 else 4
    for box in boxes(content, 4, len(content)):
        start = _int(content, box.start, wide)
        for index in range(min(_int(content, box.start + wide, 2), _MOST_ITEMS)):
            items.references[box.name].append((start, _int(content, box.start + wide + 2 + wide * index, wide)))


def _properties(content: bytes, items: Items) -> None:
    for box in boxes(content, 0, len(content)):
        inner = content[box.start : box.stop]
        if box.name == b"ipco":
            items.properties = [(p.name, inner[p.start - box.start : p.stop - box.start]) for p in _all(content, box)]
        elif box.name == b"ipma":
            _associations(inner, items)


def _all(content: bytes, box: Found) -> list[Found]:
    return list(boxes(content, box.start, box.stop))


def _associations(content: bytes, items: Items) -> None:
    wide, big = 4 if content[0] else 2, content[3] & 1
    at = 8
    for _ in range(min(_int(content, 4, 4), _MOST_ITEMS)):
        item, number, at = _int(content, at, wide), _int(content, at + wide, 1), at + wide + 1
        for _ in range(number):
            found = _int(content, at, 2 if big else 1)
            items.of[item].append(found & (0x7FFF if big else 0x7F))
            at += 2 if big else 1
