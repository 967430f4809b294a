"""A TIFF whose components lie apart, as one TIFF for each: OpenCV does not read 16 bits that lie so."""

from __future__ import annotations

import struct

__all__ = ["apart"]

_SHORT, _LONG = 3, 4
_COPIED = (256, 257, 259, 266, 278, 317, 322, 323)  # sides, compression, bit order, rows of a strip, predictor, tiles


def apart(data: bytes, order: str, numbers: dict[int, tuple[int, ...]]) -> list[bytes]:
    """One little TIFF of grey for each component of a page, around the coded bytes as they are.

    Parameters
    ----------
    data
        The file.
    order
        ``<`` or ``>``, in which its samples are.
    numbers
        The page's tags.
    """
    count = (numbers.get(277) or (1,))[0]
    tiled = 324 in numbers
    places, sizes = numbers.get(324 if tiled else 273, ()), numbers.get(325 if tiled else 279, ())
    each = len(places) // count if 0 < count <= 8 else 0
    found = []
    for plane in range(count if each else 0):
        chosen = slice(plane * each, (plane + 1) * each)
        pieces = [data[at : at + size] for at, size in zip(places[chosen], sizes[chosen], strict=False)]
        if sum(map(len, pieces)) > len(data):  # strips that lie upon one another
            return []
        found.append(_grey(pieces, order, {tag: numbers[tag][0] for tag in _COPIED if numbers.get(tag)}, tiled=tiled))
    return found


def _grey(pieces: list[bytes], order: str, tags: dict[int, int], *, tiled: bool) -> bytes:
    sizes = [len(piece) for piece in pieces]
    rows = tags | {258: 16, 262: 1, 277: 1}
    names = (324, 325) if tiled else (273, 279)
    table = 8 + 2 + 12 * (len(rows) + 2) + 4
    start = table + 8 * len(pieces)
    offsets = [start + sum(sizes[:index]) for index in range(len(pieces))]
    lists = {names[0]: (offsets, table), names[1]: (sizes, table + 4 * len(pieces))}
    entries = []
    for tag in sorted({**rows, **lists}):
        if tag in lists:
            values, at = lists[tag]
            entries.append((tag, _LONG, len(values), values[0] if len(values) == 1 else at))
        else:
            entries.append((tag, _LONG if tag in {256, 257, 278, 322, 323} else _SHORT, 1, rows[tag]))
    head = struct.pack(order + "2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(entries))
    body = b"".join(_packed(order, *entry) for entry in entries)
    tables = struct.pack(f"{order}{2 * len(pieces)}I", *offsets, *sizes)
    return head + body + b"\0\0\0\0" + tables + b"".join(pieces)


def _packed(order: str, tag: int, form: int, count: int, value: int) -> bytes:
    if form == _SHORT:
        return struct.pack(order + "HHIHH", tag, form, count, value, 0)
    return struct.pack(order + "HHII", tag, form, count, value)
