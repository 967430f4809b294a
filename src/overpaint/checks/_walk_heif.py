"""HEIF and AVIF: what the items of a file are to its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from overpaint.checks._contents import Contents, Frame, Part
from overpaint.checks._heif_items import Items, read_items
from overpaint.checks._walk_boxes import Found, behind_offset, boxes

__all__ = ["walk_heif"]

_KNOWN = frozenset({b"ftyp", b"meta", b"mdat", b"moov", b"free", b"skip"})
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
# EXIF orientation by angle (quarter turns anticlockwise) and mirror (none, top to bottom, left to right).
_TURNED = {(0, -1): 1, (1, -1): 8, (2, -1): 3, (3, -1): 6}
_TURNED |= {(0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7, (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5}
# Properties that describe the coded picture; others may hold words.
_PLAIN = frozenset(
    {b"ispe", b"pixi", b"pasp", b"colr", b"av1C", b"hvcC", b"irot", b"imir", b"clap", b"auxC", b"clli", b"mdcv"}
    | {b"cclv", b"a1op", b"a1lx", b"lsel", b"rloc", b"amve", b"tols", b"free"}
)


@dataclass(slots=True)
class _Walk:
    parts: list[Part] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)
    tracks: bool = False


def walk_heif(data: bytes, codec: str) -> Contents:
    """Take a HEIF or AVIF file apart.

    A track's pictures (an image sequence) are not walked: that they are the same is told by decoding them.
    """
    walk, items, at, media = _Walk(), Items(), 0, list[Found]()
    sequence = data[8:12] in {b"avis", b"hevc", b"msf1"}
    for box in boxes(data, 0, len(data)):
        at = box.stop
        if box.name == b"meta":
            items = read_items(data, box)
        elif box.name == b"mdat":
            media.append(box)
        elif box.name == b"moov":
            walk.tracks = True
            _track(data, box, walk, 0)
            walk.parts.append(Part("picture", "a track", data[box.start : box.stop]))
            if not sequence:
                walk.parts.append(Part("animation", "a track beside the picture", data[box.start : box.stop]))
        elif box.name not in _KNOWN or (box.name in {b"free", b"skip"} and any(data[box.start : box.stop])):
            walk.parts.append(Part("other", f"box {_letters(box.name)}", data[box.start : box.stop]))
    _sort(data, items, walk)
    if not walk.tracks:
        _loose(data, items, media, walk)
    frame = _frame(items, codec)
    return Contents(
        codec,
        (frame,) if frame else (),
        tuple(walk.parts),
        trailing=len(data) - at if at else 0,
        complete=frame is not None and items.given <= 4 * len(data),
        lossy=True,
    )


def _letters(name: bytes) -> str:
    return name.decode("ascii", "replace")


def _frame(items: Items, codec: str) -> Frame | None:
    shape = items.has(items.primary, b"ispe")
    if not shape or len(shape[0]) < 12:
        return None
    wide, high = int.from_bytes(shape[0][4:8], "big"), int.from_bytes(shape[0][8:12], "big")
    bits = items.has(items.primary, b"pixi")
    icc = [c[4:] for c in items.has(items.primary, b"colr") if c[:4] in {b"prof", b"rICC"}]
    turn = [c[0] & 3 for c in items.has(items.primary, b"irot") if c]
    mirror = [c[0] & 1 for c in items.has(items.primary, b"imir") if c]
    orientation = _TURNED[turn[0] if turn else 0, mirror[0] if mirror else -1]
    return Frame(
        wide,
        high,
        depth=max(bits[0][5:], default=8) if bits else 8,
        # HEIC's decoder turns the picture upright itself; what is "above" is so already.
        orientation=1 if codec == "heic" else orientation,
        icc=icc[0] if icc else b"",
    )


def _shown(items: Items) -> set[int]:
    """The items that the primary one is made of: its tiles, its opacity."""
    known, todo = set[int](), [items.primary]
    while todo:
        item = todo.pop()
        if item in known:
            continue
        known.add(item)
        todo += [to for start, to in items.references[b"dimg"] if start == item]
        todo += [start for start, to in items.references[b"auxl"] if to == item and _is_alpha(items, start)]
    return known


def _is_alpha(items: Items, item: int) -> bool:
    return any(c[4:].startswith(_ALPHA) for c in items.has(item, b"auxC"))


def _sort(data: bytes, items: Items, walk: _Walk) -> None:
    shown = _shown(items)
    for item in sorted(items.kinds.keys() | items.extents.keys()):
        kind, content = items.kinds.get(item, b""), items.data(data, item)
        if item in shown:
            settings = b"".join(items.has(item, b"av1C") + items.has(item, b"hvcC"))
            walk.parts.append(Part("picture", _letters(kind[:4]), settings + content))
        elif any(content):
            walk.parts.append(_beside(kind, content))
        elif kind in {b"grid", b"iovl", b"iden", b"tmap"}:
            walk.parts.append(Part("preview", _letters(kind), kind))
    for name, content in items.unknown:
        walk.parts.append(Part("text" if name in {b"name", b"xml "} else "other", f"box {_letters(name)}", content))
    for name, content in items.properties:
        if name not in _PLAIN and any(content):
            walk.parts.append(Part("text" if name == b"udes" else "other", f"property {_letters(name)}", content))


def _beside(kind: bytes, content: bytes) -> Part:
    if kind == b"Exif":
        return Part("exif", "Exif", behind_offset(content).removeprefix(b"Exif\0\0"))
    if kind.startswith(b"mime"):
        return Part("text" if b"xml" in kind else "other", "XMP" if b"rdf" in kind else "a MIME item", content)
    if kind.startswith(b"uri ") or not kind:
        return Part("other", "an item", content)
    # A thumbnail, a depth or gain map, another picture of a burst.
    return Part("preview", f"a second picture ({_letters(kind[:4])})", content)


def _loose(data: bytes, items: Items, media: list[Found], walk: _Walk) -> None:
    """Bytes in the media boxes that no item refers to."""
    taken = sorted((start, stop) for e in items.extents.values() for method, start, stop in e if method == 0)
    loose = b"".join(data[start:stop].strip(b"\0") for box in media for start, stop in _gaps(taken, box))
    if loose:
        walk.parts.append(Part("other", "bytes that no item refers to", loose))


def _gaps(taken: list[tuple[int, int]], box: Found) -> Iterator[tuple[int, int]]:
    at = box.start
    for start, stop in taken:
        if start > at:
            yield at, min(start, box.stop)
        at = max(at, stop)
        if at >= box.stop:
            return
    yield at, box.stop


def _track(data: bytes, box: Found, walk: _Walk, depth: int) -> None:
    """Look for words and further metadata below a movie box."""
    for inner in boxes(data, box.start, box.stop):
        content = data[inner.start : inner.stop]
        if inner.name in {b"udta", b"uuid", b"meta"} and any(content):
            walk.parts.append(
                Part("text" if inner.name == b"udta" else "other", f"box {_letters(inner.name)}", content)
            )
        elif inner.name in {b"trak", b"mdia", b"minf"} and depth < 4:
            _track(data, inner, walk, depth + 1)
