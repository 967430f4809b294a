"""TIFF, by its own bounded walk over directories (TIFF 6.0, Adobe 1992; BigTIFF; EXIF 2.32)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from overpaint.checks._contents import MOST_FRAMES, Contents, Frame, Part
from overpaint.checks._planes import apart
from overpaint.checks._tiff_tags import kind_of

__all__ = ["walk_tiff"]

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
# Pillow puts pages behind one another, each with a header of its own.
_HEADERS = (b"II*\0\x08", b"MM\0*\0\0\0\x08")
_MOST_ENTRIES, _MOST_PIECES, _ALLOWANCE = 4096, 1 << 20, 1 << 20
_WIDE, _HIGH, _BITS, _PHOTOMETRIC, _TURNED, _COLOURS, _ICC, _REDUCED = 256, 257, 258, 262, 274, 320, 34675, 254
_PLANAR = 284
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES, _OLD_AT, _OLD_SIZE = 273, 279, 324, 325, 513, 514
_PLACES = {_STRIPS: _STRIP_SIZES, _TILES: _TILE_SIZES, _OLD_AT: _OLD_SIZE}
_SUB, _EXIF, _GPS, _INTEROP = 330, 34665, 34853, 40965
_POINTERS = frozenset({_SUB, _EXIF, _GPS, _INTEROP})


@dataclass(slots=True)
class _Walk:
    data: bytes
    order: str
    big: bool
    frames: list[Frame] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    budget: int = 0

    def number(self, at: int, code: str) -> int:
        """One number, 0 beyond the end."""
        if at < 0 or at + struct.calcsize(code) > len(self.data):
            return 0
        (value,) = struct.unpack_from(self.order + code, self.data, at)
        return int(value)

    def bytes_at(self, start: int, size: int) -> bytes:
        """Some bytes of the file; none once far more were asked for than it has."""
        self.taken.append((start, start + size))
        found = self.data[start : start + size] if self.budget > 0 else b""
        self.budget -= len(found)
        return found


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    value: bytes
    numbers: tuple[int, ...]


def walk_tiff(data: bytes) -> Contents:
    """Take a TIFF apart: every page's directory, those below it, and bytes that nothing refers to."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2], "<")
    big = data[2:4] in {b"+\0", b"\0+"}
    # Directories may refer to the same bytes many times over; an honest file refers to each once or twice.
    walk = _Walk(data, order, big, budget=4 * len(data) + _ALLOWANCE)
    walk.taken.append((0, 16 if big else 8))
    at, complete = walk.number(8 if big else 4, "Q" if big else "I"), True
    while at:
        if at in walk.seen or len(walk.frames) >= MOST_FRAMES or at + 2 > len(data):
            complete = False
            break
        entries, at = _directory(walk, at)
        _page(walk, entries)
    loose = (data[start:stop].strip(b"\0") for start, stop in _gaps(walk.taken, len(data)))
    gaps = b"".join(found for found in loose if found not in _HEADERS)
    if gaps:
        walk.parts.append(Part("other", "bytes that nothing refers to", gaps))
    complete = complete and bool(walk.frames) and walk.budget > 0
    return Contents("tiff", tuple(walk.frames), tuple(walk.parts), complete=complete)


def _directory(walk: _Walk, at: int) -> tuple[list[_Entry], int]:
    """The entries of one directory, and where the next one lies (0: nowhere)."""
    walk.seen.add(at)
    count = walk.number(at, "Q" if walk.big else "H")
    first, size = at + (8 if walk.big else 2), 20 if walk.big else 12
    entries = []
    for index in range(min(count, _MOST_ENTRIES)):
        here = first + size * index
        if here + size > len(walk.data):
            break
        entries.append(_entry(walk, here))
    end = first + size * min(count, _MOST_ENTRIES)
    walk.taken.append((at, end + (8 if walk.big else 4)))
    return entries, walk.number(end, "Q" if walk.big else "I")


def _entry(walk: _Walk, here: int) -> _Entry:
    tag, form = walk.number(here, "H"), walk.number(here + 2, "H")
    count = walk.number(here + 4, "Q" if walk.big else "I")
    inline, start = (8, here + 12) if walk.big else (4, here + 8)
    length = _SIZES.get(form, 1) * count
    if length > inline:
        start = walk.number(start, "Q" if walk.big else "I")
    value = walk.bytes_at(start, length)
    code = _NUMBERS.get(form)
    if code is None:
        return _Entry(tag, value, ())
    number = min(len(value) // struct.calcsize(code), _MOST_PIECES)
    return _Entry(tag, value, struct.unpack_from(f"{walk.order}{number}{code}", value))


def _page(walk: _Walk, entries: list[_Entry]) -> None:
    """Note a page and all that its directory holds."""
    numbers = {e.tag: e.numbers for e in reversed(entries)}
    values = {e.tag: e.value for e in reversed(entries)}

    def one(tag: int, otherwise: int) -> int:
        return (numbers.get(tag) or (otherwise,))[0]

    turned, depth = one(_TURNED, 1), max(numbers.get(_BITS) or (1,))
    first = len(walk.parts)
    walk.parts.append(Part("picture", "pixels", b"".join(_pieces(walk, numbers))))
    _note(walk, entries, page=True)
    picture = ((p.name.encode(), len(p.payload), p.payload) for p in walk.parts[first:] if p.kind == "picture")
    walk.frames.append(
        Frame(
            one(_WIDE, 0),
            one(_HIGH, 0),
            depth=depth,
            orientation=turned if 1 <= turned <= 8 else 1,
            icc=values.get(_ICC, b""),
            palette=_palette(numbers.get(_COLOURS, ()), one(_PHOTOMETRIC, 0), one(_BITS, 1)),
            reduced=bool(one(_REDUCED, 0) & 1),
            planes=tuple(apart(walk.data, walk.order, numbers)) if depth == 16 and one(_PLANAR, 1) == 2 else (),
            coded=_digest(walk.order, picture),
        )
    )


def _digest(order: str, parts: Iterator[tuple[bytes, int, bytes]]) -> bytes:
    digest = hashlib.sha256(order.encode())
    for name, length, payload in parts:
        digest.update(b"%b %d " % (name, length))
        digest.update(payload)
    return digest.digest()


def _palette(colours: tuple[int, ...], photometric: int, bits: int) -> bytes:
    """The colours of a palette as 8 bits each (libtiff and Pillow take the upper byte); of few grey levels, these."""
    if photometric == 3 and len(colours) >= 3 << bits:
        third = 1 << bits
        return bytes(colours[part * third + i] >> 8 & 255 for i in range(third) for part in range(3))
    if photometric in {0, 1} and bits < 8:
        return bytes(level * 255 // ((1 << bits) - 1) for level in range(1 << bits) for _ in range(3))
    return b""


def _pieces(walk: _Walk, numbers: dict[int, tuple[int, ...]]) -> Iterator[bytes]:
    """Strips and tiles, in order."""
    for places, sizes in _PLACES.items():
        for start, size in zip(numbers.get(places, ()), numbers.get(sizes, ()), strict=False):
            yield walk.bytes_at(start, size)


def _note(walk: _Walk, entries: list[_Entry], *, page: bool, of: int = 0) -> None:
    """Sort a directory's tags by kind, and walk the directories that it points to."""
    for entry in entries:
        if entry.tag in _POINTERS:
            for at in entry.numbers[:MOST_FRAMES]:
                _below(walk, at, entry.tag)
        elif any(entry.value):
            kind = kind_of(entry.tag, inside={_EXIF: "exif", _GPS: "gps", _INTEROP: "interop"}.get(of, "page"))
            name = f"tag {entry.tag}"
            if kind == "picture" and (not page or entry.tag in _PLACES or entry.tag in _PLACES.values()):
                continue  # where strips lie says nothing of the picture, and is another one in every file
            walk.parts.append(Part(kind, name, entry.value))


def _below(walk: _Walk, at: int, tag: int) -> None:
    if at in walk.seen or at < 8 or at + 2 > len(walk.data) or len(walk.seen) > MOST_FRAMES:
        return
    entries, following = _directory(walk, at)
    if tag == _SUB:
        pieces = b"".join(_pieces(walk, {e.tag: e.numbers for e in entries}))
        if any(pieces):
            walk.parts.append(Part("preview", "a directory below a page", pieces))
        if following:
            _below(walk, following, tag)
    _note(walk, entries, page=False, of=tag)


def _gaps(taken: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, stop in sorted(taken):
        if start > at:
            yield at, min(start, size)
        at = max(at, stop)
    if at < size:
        yield at, size
