"""Headers of AVIF and HEIC, as `sniff` reads them: a bounded walk through the boxes of an ISO base media file.

The picture is the primary item (ISO/IEC 23008-12: ``pitm``); its properties are found by way of ``ipma`` in ``ipco``:
``ispe`` is the coded size, ``clap`` a crop, ``irot`` a turn by quarters, ``imir`` a reflection. A decoder applies crop,
turn and reflection before it hands out a picture, and an orientation in the EXIF item is to be ignored. libheif does
so: the stored frame of HEIC is the picture after them, and its orientation is always 1. libavif leaves them to its
caller: the stored frame of AVIF is the picture as it is coded, and its orientation is the EXIF value that says the same
as ``irot`` and ``imir``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ._sniffed import Sniffed, size_of

__all__ = ["sniff_iso"]

_BOXES = 4096  # of one file, at all depths together
_ITEMS = 65_536
_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_SEQUENCES = {b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
_PICTURES = {b"av01", b"hvc1", b"hev1", b"avc1", b"jpeg", b"j2k1", b"unci", b"vvc1", b"grid", b"iovl", b"iden", b"tmap"}
# By quarter turns anticlockwise and then a mirror: none, top with bottom, left with right.
_TURNED = {0: (1, 4, 2), 1: (8, 5, 7), 2: (3, 2, 4), 3: (6, 7, 5)}
_INSIDE = {b"meta", b"iprp", b"moov", b"trak", b"mdia", b"minf", b"stbl"}


@dataclass
class _Facts:
    """What the walk finds; items by their number."""

    primary: int | None = None
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    owners: dict[int, list[int]] = field(default_factory=dict)
    pictures: set[int] = field(default_factory=set)
    beside: set[int] = field(default_factory=set)  # thumbnails, alpha planes, tiles of a grid: no pictures of their own
    handler: bytes = b""
    samples: int = 0
    size: tuple[int, int] | None = None


def sniff_iso(data: bytes) -> Sniffed:
    """AVIF and HEIC by the brands of their first box, sides by the primary item, frames by the tracks."""
    (size,) = struct.unpack_from(">I", data, 0)
    stop = min(size, len(data), 512) if size >= 16 else min(len(data), 12)
    major = data[8:12]
    brands = {data[at : at + 4] for at in range(16, stop - 3, 4)}
    if major in _AVIF or (major in (b"mif1", b"msf1", b"miaf") and brands & _AVIF):
        codec = "avif"
    elif major in _HEIC:
        codec = "heic"
    else:
        return Sniffed()
    facts = _Facts()
    for kind, body in _walk(data, [_BOXES]):
        _take(facts, kind, body)
    sides, bits, channels, orientation = _primary(facts, decoded=codec == "heic")
    if sides is None:
        sides = facts.size
    width, height = size_of(*sides) if sides is not None else (None, None)
    pictures = max(len(facts.pictures - facts.beside), facts.samples)
    animated = pictures > 1 or (major in _SEQUENCES and pictures != 1)
    return Sniffed(codec, width, height, orientation, animated, pictures or None, bits, channels)


def _walk(data: bytes, left: list[int], depth: int = 8) -> Iterator[tuple[bytes, bytes]]:
    """Every box that matters, with its content, cut off where the data ends."""
    at = 0
    while at + 8 <= len(data) and left[0] > 0:
        left[0] -= 1
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            if at + 16 > len(data):
                return
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = at + size if size else len(data)
        if end < start:
            return
        if kind in _INSIDE and depth:
            yield from _walk(data[start + 4 * (kind == b"meta") : end], left, depth - 1)
        elif kind == b"ipco":
            yield from ((b"ipco", entry) for entry in _properties(data[start:end], left))
        elif kind not in _INSIDE and kind not in (b"mdat", b"free", b"idat"):
            yield kind, data[start : min(end, start + (1 << 24))]
        at = end


def _properties(data: bytes, left: list[int]) -> Iterator[bytes]:
    """The properties in order, each with its name before it: `ipma` counts them."""
    at = 0
    while at + 8 <= len(data) and left[0] > 0:
        left[0] -= 1
        (size,) = struct.unpack_from(">I", data, at)
        if size < 8:
            return
        yield data[at + 4 : at + min(size, 64)]
        at += size


def _take(facts: _Facts, kind: bytes, body: bytes) -> None:
    """Note what one box says; one that is too short says nothing."""
    readers = {
        b"pitm": _pitm,
        b"ipma": _ipma,
        b"infe": _infe,
        b"iinf": _iinf,
        b"iref": _iref,
        b"hdlr": _hdlr,
        b"stsz": _stsz,
        b"stsd": _stsd,
    }
    if kind == b"ipco":
        facts.properties.append((body[:4], body[4:]))
    elif kind in readers and body:
        try:
            readers[kind](facts, body)
        except (struct.error, IndexError):
            return


def _pitm(facts: _Facts, body: bytes) -> None:
    (facts.primary,) = struct.unpack_from(">I" if body[0] else ">H", body, 4)


def _ipma(facts: _Facts, body: bytes) -> None:
    number, wide = (">I" if body[0] else ">H"), body[3] & 1
    (count,) = struct.unpack_from(">I", body, 4)
    at = 8
    for _ in range(min(count, _ITEMS)):
        (item,) = struct.unpack_from(number, body, at)
        at += struct.calcsize(number)
        held = body[at]
        at += 1
        found = struct.unpack_from(f">{held}{'H' if wide else 'B'}", body, at)
        at += held * (1 + wide)
        facts.owners.setdefault(item, [index & (0x7FFF if wide else 0x7F) for index in found])


def _iinf(facts: _Facts, body: bytes) -> None:
    at = 8 if body[0] else 6
    for _ in range(_ITEMS):
        size, kind = struct.unpack_from(">I4s", body, at)
        if kind == b"infe" and size >= 12:
            _infe(facts, body[at + 8 : at + size])
        at += max(8, size)


def _infe(facts: _Facts, body: bytes) -> None:
    if body[0] < 2:
        return
    number = ">I" if body[0] == 3 else ">H"
    (item,) = struct.unpack_from(number, body, 4)
    kind = body[6 + struct.calcsize(number) :][:4]
    if kind in _PICTURES and not body[3] & 1:  # bit 0: hidden
        facts.pictures.add(item)


def _iref(facts: _Facts, body: bytes) -> None:
    number = "I" if body[0] else "H"
    step, at = struct.calcsize(number), 4
    for _ in range(_ITEMS):
        size, kind = struct.unpack_from(">I4s", body, at)
        source, count = struct.unpack_from(f">{number}H", body, at + 8)
        if kind in (b"thmb", b"auxl"):
            facts.beside.add(source)
        elif kind == b"dimg":
            facts.beside.update(struct.unpack_from(f">{count}{number}", body, at + 10 + step))
        at += max(8, size)


def _hdlr(facts: _Facts, body: bytes) -> None:
    facts.handler = body[8:12]


def _stsz(facts: _Facts, body: bytes) -> None:
    if facts.handler in (b"pict", b"vide"):
        facts.samples = max(facts.samples, struct.unpack_from(">I", body, 8)[0])


def _stsd(facts: _Facts, body: bytes) -> None:
    if facts.handler in (b"pict", b"vide") and facts.size is None:
        facts.size = struct.unpack_from(">HH", body, 8 + 32)


def _primary(facts: _Facts, *, decoded: bool) -> tuple[tuple[int, int] | None, int | None, int | None, int]:
    """Sides (as ``decoded``: after crop and turn), bits, channels and orientation of the primary item."""
    sides: tuple[int, int] | None = None
    bits = channels = None
    turn = mirror = 0
    for index in facts.owners.get(-1 if facts.primary is None else facts.primary, ()):
        kind, body = facts.properties[index - 1] if 0 < index <= len(facts.properties) else (b"", b"")
        if kind == b"ispe" and len(body) >= 12 and sides is None:
            sides = struct.unpack_from(">II", body, 4)
        elif kind == b"pixi" and len(body) >= 6:
            channels, bits = body[4], body[5]
        elif kind == b"irot" and body:
            turn = body[0] & 3
            if decoded and turn & 1 and sides is not None:
                sides = sides[1], sides[0]
        elif kind == b"imir" and body:
            mirror = 1 + (body[0] & 1)
        elif kind == b"clap" and len(body) >= 16 and decoded and sides is not None:
            wide, of_wide, tall, of_tall = struct.unpack_from(">4I", body)
            if of_wide and of_tall and wide >= of_wide and tall >= of_tall:
                sides = min(sides[0], wide // of_wide), min(sides[1], tall // of_tall)
    return sides, bits, channels, 1 if decoded else _TURNED[turn][mirror]
