"""The box that lists a file's items, without some of them and as long as it was."""

from __future__ import annotations

import struct
from collections.abc import Set as AbstractSet
from typing import Final

from overpaint.errors import DecodeError
from overpaint.painting._metadata._isobmff import IsoBox, Items, boxes

__all__ = ["CHILDREN", "listing"]

CHILDREN: Final = {b"hdlr", b"pitm", b"iloc", b"iinf", b"iprp", b"iref", b"idat", b"dinf", b"grpl", b"ipro", b"free"}
"""What a ``meta`` box may hold; everything else in it goes."""


def listing(data: bytes, items: Items, kept: AbstractSet[int]) -> bytes:
    """The ``meta`` box of the items in ``kept``, followed by free space where it became shorter.

    Raises
    ------
    DecodeError
        ``damaged-header``: the room that is left is none that a box of free space can fill.
    """
    meta, gone = items.meta, items.items.keys() - kept
    pieces = [data[meta.body : meta.body + 4]]
    for box in items.children:
        whole = data[box.start : box.end]
        if box.kind not in CHILDREN or (box.kind == b"free" and any(whole[8:])) or (box.kind == b"grpl" and gone):
            continue
        if box.kind == b"iinf" and gone:
            pieces.append(_infos(data, box, items, kept))
        elif box.kind == b"iloc" and gone:
            pieces.append(_places(data, box, items, kept))
        elif box.kind == b"iref" and gone:
            pieces.append(_references(data, box, items, kept))
        elif box.kind == b"iprp" and gone:
            pieces.append(_properties(data, box, gone))
        else:
            pieces.append(whole)
    fresh = _box(b"meta", b"".join(pieces))
    room = meta.end - meta.start - len(fresh)
    if room < 0 or 0 < room < 8:
        raise DecodeError("damaged-header", "the file's description of its pictures holds bytes that are no boxes")
    return fresh + (_box(b"free", bytes(room - 8)) if room else b"")


def _infos(data: bytes, box: IsoBox, items: Items, kept: AbstractSet[int]) -> bytes:
    wide, known = data[box.body], kept & items.items.keys()
    told = []
    for info in boxes(data, box.body + (8 if wide else 6), box.end):
        width = 4 if data[info.body : info.body + 1] == b"\3" else 2
        if int.from_bytes(data[info.body + 4 : info.body + 4 + width], "big") in known:
            told.append(data[info.start : info.end])
    return _box(b"iinf", data[box.body : box.body + 4] + len(told).to_bytes(4 if wide else 2, "big") + b"".join(told))


def _places(data: bytes, box: IsoBox, items: Items, kept: AbstractSet[int]) -> bytes:
    """The rows of the items that stay, in the order and form they had."""
    rows = sorted(items.items[number].row for number in kept)
    told = [data[start:end] for start, end in rows if end > start]
    count = len(told).to_bytes(4 if data[box.body] == 2 else 2, "big")
    return _box(b"iloc", data[box.body : box.body + 6] + count + b"".join(told))


def _references(data: bytes, box: IsoBox, items: Items, kept: AbstractSet[int]) -> bytes:
    form = "I" if data[box.body] else "H"
    out = []
    for number in items.items.keys() & kept:
        for kind, targets in items.items[number].refers.items():
            left = [target for target in targets if target in kept or target not in items.items]
            if left:
                out.append(
                    (number, kind, _box(kind, struct.pack(f">{form}H{len(left)}{form}", number, len(left), *left)))
                )
    return _box(b"iref", data[box.body : box.body + 4] + b"".join(row for *_, row in sorted(out))) if out else b""


def _properties(data: bytes, box: IsoBox, gone: AbstractSet[int]) -> bytes:
    inner = boxes(data, box.body, box.end)
    pieces = [_associations(data, o, gone) if o.kind == b"ipma" else data[o.start : o.end] for o in inner]
    return _box(b"iprp", b"".join(pieces))


def _associations(data: bytes, box: IsoBox, gone: AbstractSet[int]) -> bytes:
    width, each = 4 if data[box.body] else 2, 2 if data[box.body + 3] & 1 else 1
    at, told = box.body + 8, []
    for _ in range(int.from_bytes(data[box.body + 4 : box.body + 8], "big")):
        if at + width >= box.end:
            raise DecodeError("damaged-header", "the file's description of its pictures is cut off")
        end = at + width + 1 + each * data[at + width]
        if int.from_bytes(data[at : at + width], "big") not in gone:
            told.append(data[at:end])
        at = end
    return _box(b"ipma", data[box.body : box.body + 4] + len(told).to_bytes(4, "big") + b"".join(told))


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload
