"""HEIF files put together by hand around coded pictures: items, where they lie, what they refer to."""

from __future__ import annotations

import struct


def box(kind: bytes, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, version: int, *payload: bytes) -> bytes:
    return box(kind, bytes((version, 0, 0, 0)), *payload)


def heif(
    items: list[tuple[int, bytes, bytes, bytes]],
    references: list[tuple[bytes, int, int]],
    properties: list[bytes],
    associations: dict[int, list[int]],
    *,
    brand: bytes = b"avif",
    behind: bytes = b"",
    hidden: bytes = b"",
    version: int = 0,
) -> bytes:
    """Items are (number, kind, content type, bytes); ``hidden`` lies in ``mdat`` where no item is."""
    ftyp = box(b"ftyp", brand, bytes(4), brand, b"mif1", b"miaf")
    infos = [
        full(b"infe", 2, struct.pack(">HH", number, 0), kind, b"name\0", mime + b"\0" if mime else b"")
        for number, kind, mime, _ in items
    ]
    links = [box(kind, struct.pack(">HHH", start, 1, to)) for kind, start, to in references]
    rows = [struct.pack(f">HB{len(places)}B", number, len(places), *places) for number, places in associations.items()]
    ipma = full(b"ipma", 0, struct.pack(">I", len(rows)), *rows)

    def meta(start: int) -> bytes:
        told = b""
        for number, _, _, payload in items:
            told += struct.pack(">HH" if version == 0 else ">HHH", number, *([0] if version == 0 else [0, 0]))
            told += struct.pack(">HII", 1, start, len(payload))
            start += len(payload)
        iloc = full(b"iloc", version, b"\x44\0", struct.pack(">H", len(items)), told)
        return full(
            b"meta",
            0,
            full(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
            full(b"pitm", 0, struct.pack(">H", items[0][0])),
            iloc,
            full(b"iinf", 0, struct.pack(">H", len(infos)), *infos),
            box(b"iprp", box(b"ipco", *properties), ipma),
            full(b"iref", 0, *links) if links else b"",
        )

    start = len(ftyp) + len(meta(0)) + 8
    payloads = b"".join(payload for *_, payload in items)
    return ftyp + meta(start) + box(b"mdat", payloads, hidden) + behind
