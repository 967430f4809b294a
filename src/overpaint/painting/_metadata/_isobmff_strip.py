"""The metadata policy on AVIF and HEIC: which items and boxes stay.

Coded pictures are neither changed nor moved. What goes is overwritten with zeros where it lies and taken out of the
list of items; the room that this leaves becomes a box of free space, so that no other offset changes.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata import _exif
from overpaint.painting._metadata._isobmff import IsoBox, Item, Items, boxes, brands, items_in, read_items
from overpaint.painting._metadata._isobmff_list import CHILDREN, listing
from overpaint.painting._metadata._pictures import xmp_shows_picture
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["exif_of", "strip_isobmff", "xmp_of"]

_SEQUENCES: Final = {b"avis", b"msf1", b"hevc", b"hevx", b"heis"}
_CONTAINERS: Final = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}
_TIMED: Final = {b"mvhd", b"tkhd", b"mdhd"}
_WORDS: Final = {b"udes", b"altt", b"crtt", b"mdft", b"uuid"}
"""Properties that hold descriptions and times, or anything."""
_MOST_BOXES: Final = 256
_XMP_TYPE = b"application/rdf+xml"


def strip_isobmff(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """An AVIF or HEIC after the metadata policy; its coded pictures are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`; a painted file is written anew from its pixels, and nothing of it comes here.

    Raises
    ------
    DecodeError
        ``no-image-data``, ``damaged-header``, ``truncated``.
    Unsupported
        ``too-many-items``, ``item-location``.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    return _Edit(data, read_items(data), known).result()


def exif_of(data: bytes, items: Items) -> bytes:
    """The TIFF structure of the first Exif item; nothing where there is none."""
    item = next((one for one in items.items.values() if one.kind == b"Exif"), None)
    payload = items.bytes_of(data, item) if item else b""
    return payload[_head_of(payload) :]


def xmp_of(data: bytes, items: Items) -> bytes:
    """The first XMP packet; nothing where there is none."""
    item = next((one for one in items.items.values() if one.mime == _XMP_TYPE), None)
    return items.bytes_of(data, item) if item else b""


def _head_of(payload: bytes) -> int:
    """How many bytes stand before the TIFF structure of an Exif item."""
    return min(4 + int.from_bytes(payload[:4], "big"), len(payload))


@dataclass(slots=True)
class _Edit:
    """One file on its way: what is overwritten, and the names of what went."""

    data: bytes
    items: Items
    policy: Policy
    removed: set[str] = field(default_factory=set)
    buffer: bytearray = field(default_factory=bytearray)
    kept: list[tuple[int, int]] = field(default_factory=list)

    def result(self) -> Stripped:
        self.buffer = bytearray(self.data)
        kept = self._kept_items()
        gone = [item for number, item in self.items.items.items() if number not in kept]
        top = list(boxes(self.data, 0, len(self.data)))
        if int.from_bytes(self.data[top[-1].start : top[-1].start + 4], "big") > len(self.data) - top[-1].start:
            raise DecodeError("truncated", "the file ends inside a box")
        self.kept = _joined(place for number in kept for place in self.items.places(self.items.items[number]))
        stores = [box for box in [*top, *self.items.children] if box.kind in {b"mdat", b"idat"}]
        if len(top) > _MOST_BOXES:
            raise Unsupported("too-many-items", f"the file has more than {_MOST_BOXES} boxes")
        if any(all(end > box.end or start < box.body for box in stores) for start, end in self.kept):
            raise DecodeError("damaged-header", "the file's main picture lies where no data are")
        self._zero_items(self.items, gone, stores)
        sequence = bool(brands(self.data) & _SEQUENCES)
        for box in top:
            self._edit_top(box, stores, sequence=sequence)
        end = top[-1].end
        if end < len(self.data):
            self.removed.add("unreferenced")
        meta = self._listed(kept)
        if not self.removed:
            return Stripped(self.data, ())
        out = bytes(self.buffer[: self.items.meta.start]) + meta + bytes(self.buffer[self.items.meta.end : end])
        return stripped(out, self.removed)

    def _kept_items(self) -> set[int]:
        kept = self.items.shown()
        for number, item in self.items.items.items():
            if number in kept:
                continue
            if item.kind == b"Exif" and self._technical(item):
                kept.add(number)
            elif item.kind == b"Exif":
                self.removed |= _exif.contents(exif_of(self.data, self.items))
            elif item.mime == _XMP_TYPE:
                shows = xmp_shows_picture(self.items.bytes_of(self.data, item))
                self.removed |= {"xmp", "xmp-image"} if shows else {"xmp"}
            elif b"thmb" in item.refers:
                self.removed.add("thumbnail-item")
            else:
                self.removed.add("auxiliary-image" if b"auxl" in item.refers else "other-item")
        return kept

    def _technical(self, item: Item) -> bool:
        """Whether an Exif item stays under `keep-safe`; it is written over the old one."""
        payload = self.items.bytes_of(self.data, item)
        head = _head_of(payload)
        if self.policy != "keep-safe" or len(item.extents) != 1:
            return False
        fresh, names = _exif.technical(payload[head:])
        start, end = self.items.places(item)[0]
        if not fresh or head + len(fresh) > len(payload) or end > len(self.data):
            return False
        if fresh != payload[head:]:
            self.removed |= names
            self.buffer[start:end] = (payload[:head] + fresh).ljust(end - start, b"\0")
            at, behind = item.length_at
            self.buffer[at:behind] = (head + len(fresh)).to_bytes(behind - at, "big")
        return True

    def _zero_items(self, items: Items, gone: list[Item], stores: list[IsoBox]) -> None:
        for start, end in _joined(place for item in gone for place in items.places(item)):
            for box in stores:  # what a damaged file says lies elsewhere is none of its own
                self._zero((max(start, box.body), min(end, box.end)))

    def _drop_items_of_track(self, box: IsoBox, stores: list[IsoBox]) -> None:
        """EXIF and XMP of a track: readers take them for the file's own."""
        listed = items_in(self.data, box)
        for item in listed.items.values():
            if item.kind == b"Exif":
                self.removed |= _exif.contents(exif_of(self.data, listed))
            else:
                self.removed.add("xmp" if item.mime == _XMP_TYPE else "other-item")
        self._zero_items(listed, list(listed.items.values()), stores)
        self._free(box, "vendor-box")

    def _zero(self, place: tuple[int, int]) -> None:
        """Overwrite a range but for what items that stay use of it."""
        start, end = max(0, place[0]), min(place[1], len(self.data))
        first = bisect.bisect_left(self.kept, (start, 0))
        while first and self.kept[first - 1][1] > start:
            first -= 1
        while start < end:
            upto = min(self.kept[first][0], end) if first < len(self.kept) else end
            if upto > start:
                self.buffer[start:upto] = bytes(upto - start)
            if first == len(self.kept):
                break
            start = max(start, self.kept[first][1])
            first += 1

    def _edit_top(self, box: IsoBox, stores: list[IsoBox], *, sequence: bool) -> None:
        if box.kind in {b"ftyp", b"meta"}:
            return
        if box.kind == b"mdat":
            before = bytes(self.buffer[box.body : box.end])
            if not sequence:
                self._zero((box.body, box.end))
            if bytes(self.buffer[box.body : box.end]) != before:
                self.removed.add("unreferenced")
        elif box.kind in {b"free", b"skip"}:
            self._free(box, "unreferenced")
        elif box.kind == b"moov" and sequence:
            self._edit_movie(box, stores)
        else:
            self._free(box, "vendor-box")

    def _edit_movie(self, outer: IsoBox, stores: list[IsoBox]) -> None:
        for box in boxes(self.data, outer.body, outer.end):
            if box.kind in _CONTAINERS:
                self._edit_movie(box, stores)
            elif box.kind == b"meta":
                self._drop_items_of_track(box, stores)
            elif box.kind in {b"udta", b"uuid"}:
                self._free(box, "vendor-box")
            elif box.kind in _TIMED:
                width = 16 if self.data[box.body] else 8
                times = slice(box.body + 4, min(box.body + 4 + width, box.end))
                if any(self.buffer[times]):
                    self.buffer[times] = bytes(times.stop - times.start)
                    self.removed.add("time")

    def _free(self, box: IsoBox, name: str) -> None:
        """Make a box free space of the same size."""
        if box.kind in {b"free", b"skip"} and not any(self.buffer[box.body : box.end]):
            return
        self.buffer[box.start + 4 : box.start + 8] = b"free"
        self.buffer[box.body : box.end] = bytes(box.end - box.body)
        self.removed.add(name)

    def _listed(self, kept: set[int]) -> bytes:
        """The box that lists the items, as long as it was."""
        for box in self.items.children:
            if box.kind not in CHILDREN or (box.kind == b"free" and any(self.data[box.body : box.end])):
                self.removed.add("vendor-box")
            for one in boxes(self.data, box.body, box.end) if box.kind == b"iprp" else ():
                for inner in boxes(self.data, one.body, one.end) if one.kind == b"ipco" else ():
                    if inner.kind in _WORDS:
                        self._free(inner, "vendor-box")  # items count properties, so places stay
        return listing(bytes(self.buffer), self.items, kept)


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, those that touch made one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        elif end > start:
            out.append((start, end))
    return out
