"""The metadata policy on a TIFF: which tags, directories and pages stay.

A file of which something goes is put together anew from the pages that stay and the strips and tiles they refer to,
whose bytes are not changed; so nothing is left between them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata import _photoshop
from overpaint.painting._metadata._pictures import picture_in, xmp_shows_picture
from overpaint.painting._metadata._technical import name_of, value_allowed
from overpaint.painting._metadata._tiff import EXIF_IFD, GPS_IFD, INTEROP_IFD, MAKER_NOTE, SUB_IFDS, Field, Place
from overpaint.painting._metadata._tiff_walk import (
    Entry,
    Page,
    Part,
    Segment,
    Tiff,
    gaps,
    read_directory,
    read_tiff,
    written_tiff,
)
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["edited_tiff", "is_reduced", "page_orientation", "strip_tiff"]

_STRIPS, _TILES = (273, 279), (324, 325)
_OLD_JPEG: Final = 6
_SHORT_TAGS: Final = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 266, 274, 277, 278, 280, 281, 282, 283, 284, 290, 292, 293, 296, 297}
    | {317, 318, 319, 321, 322, 323, 332, 334, 336, 338, 339, 340, 341, 529, 530, 531, 532}
)
"""What says how the page is coded and shown, in few numbers."""
_LONG_TAGS: Final = {291: 1 << 18, 301: 1 << 19, 320: 1 << 19, 347: 1 << 16, 34675: 1 << 24}
"""The same in many: grey response, transfer function, palette, JPEG tables, ICC; and the most bytes each has."""
_GEO: Final = frozenset({33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113})
_TEXTS: Final = frozenset(
    {269, 270, 271, 272, 285, 286, 287, 305, 306, 315, 316, 33432, 33723, 40091, 40092, 40093, 40094, 40095}
)
"""Known tags that `keep` keeps on a painted page unless a picture is found in them."""
_XMP, _PHOTOSHOP = 700, 34377
_DNG_VERSION: Final = 50706

Paint = Callable[[int, Page, "list[Segment]"], "Part | None"]
"""Page number, directory and strips of a page in; the page painted out, None where it is not to be painted."""


def strip_tiff(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A TIFF after the metadata policy; its strips and tiles are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        ``not-a-tiff``, ``damaged-header``, ``no-image-data``.
    Unsupported
        ``old-jpeg``, ``raw-photo``, ``too-many-pages``, ``overlapping-data``, ``too-large``.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    return edited_tiff(data, known, painted=frozenset(), paint=None, any_painted=painted)


def edited_tiff(
    data: bytes, policy: Policy, *, painted: Collection[int], paint: Paint | None, any_painted: bool
) -> Stripped:
    """The file with the pages of ``painted`` as ``paint`` writes them and the policy applied to all."""
    tiff = read_tiff(data)
    edit = _Edit(data, tiff, policy, any_painted)
    parts = []
    for number, page in enumerate(tiff.pages):
        if number and is_reduced(page) and number not in painted:
            edit.removed.add("reduced-page")
            edit.segments(page)
            continue
        segments = edit.segments(page)
        part = paint(number, page, segments) if paint and number in painted else None
        if part is None:
            tags = _STRIPS if _TILES[0] not in page.entries else _TILES
            part = Part([], tags, segments)
            edit.carry(page, part, structural=True)
        else:
            edit.carry(page, part, structural=False)
        parts.append(part)
    if edit.unreferenced():
        edit.removed.add("unreferenced")
    if not edit.removed and not painted:
        return Stripped(data, ())
    return stripped(written_tiff(tiff.order, parts, big=tiff.big), edit.removed)


def is_reduced(page: Page) -> bool:
    """Whether a page says that it is a smaller copy of another."""
    return bool(page.integer(254, 0) & 1) or page.integer(255, 1) == 2


def page_orientation(page: Page) -> int:
    """1 to 8; 1 where the page says none."""
    value = page.integer(274, 1)
    return value if 1 <= value <= 8 else 1


@dataclass(slots=True)
class _Edit:
    """One file on its way: what was used of it, and the names of what went."""

    data: bytes
    tiff: Tiff
    policy: Policy
    painted: bool
    removed: set[str] = field(default_factory=set)
    used: list[tuple[int, int]] = field(default_factory=list)
    views: dict[tuple[int, int], memoryview] = field(default_factory=dict)
    copied: int = 0

    def segments(self, page: Page) -> list[Segment]:
        """The coded strips or tiles of a page; parts beyond the end of the file are not there."""
        if page.integer(259, 1) == _OLD_JPEG or any(513 <= tag <= 521 for tag in page.entries):
            raise Unsupported("old-jpeg", "TIFFs with JPEG of the old style (compression 6) cannot be edited")
        if _DNG_VERSION in page.entries:
            raise Unsupported("raw-photo", "DNG files cannot be edited")
        tags = _TILES if _TILES[0] in page.entries else _STRIPS
        starts, sizes = page.integers(tags[0]), page.integers(tags[1])
        if not starts:
            raise DecodeError("no-image-data", "a page of the TIFF does not say where its strips are")
        if len(sizes) < len(starts):
            sizes = self._guessed(starts, page)
        out: list[Segment] = []
        view = memoryview(self.data)
        for start, size in zip(starts, sizes, strict=False):
            end = min(start + size, len(self.data))
            key = (start, end) if start < end else (0, 0)
            if key not in self.views:
                self.views[key] = view[key[0] : key[1]]
                self.copied += key[1] - key[0]
                if self.copied > 2 * len(self.data):
                    raise Unsupported("overlapping-data", "the TIFF's strips overlap each other")
                self.used.append(key)
            out.append(self.views[key])
        return out

    def _guessed(self, starts: list[int], page: Page) -> list[int]:
        """Sizes of strips in a file that does not tell: up to the next strip, or to the end of the file."""
        if _TILES[0] in page.entries:
            raise DecodeError("damaged-header", "a page of the TIFF does not say how long its tiles are")
        if page.integer(259, 1) == 1:
            bits = sum(page.integers(258)) or 1
            row = -(-page.integer(256, 0) * bits // 8)
            rows = min(page.integer(278, 1 << 31), page.integer(257, 0))
            return [row * rows] * len(starts)
        ends = sorted({*starts, len(self.data)})
        following = dict(itertools.pairwise(ends))
        return [following.get(start, start) - start for start in starts]

    def unreferenced(self) -> bool:
        """Whether bytes other than zeros lie where nothing refers to."""
        view = memoryview(self.data)
        return any(any(view[start:end]) for start, end in gaps(len(self.data), self.tiff.used + self.used))

    def carry(self, page: Page, part: Part, *, structural: bool) -> None:
        """Take over the tags of a page that stay; those that say how it is coded only where it is not painted."""
        there = {tag for tag, *_ in part.tags}
        for tag, entry in page.entries.items():
            if tag in {*_STRIPS, *_TILES} or tag in there:
                continue
            if tag in _SHORT_TAGS or tag in _LONG_TAGS:
                room = _LONG_TAGS.get(tag, 64)
                most = max(room, 16 * page.integer(277, 1)) if tag in _SHORT_TAGS else room
                if entry.kind == 2 or not 0 < len(entry.value) <= most:
                    self.removed.add("exif-other")
                elif structural or tag in _SHOWN:
                    part.tags.append((tag, entry.kind, entry.count, bytes(entry.value)))
            elif tag in {EXIF_IFD, GPS_IFD}:
                place: Place = "exif" if tag == EXIF_IFD else "gps"
                inner = self._inner(page, tag, place)
                if inner is not None:
                    part.inner[tag] = inner
            elif tag == SUB_IFDS:
                self._drop_further(page)
            elif self._stays(tag, entry):
                self._keep(part, tag, entry)
            else:
                self._name(tag, entry)

    def _stays(self, tag: int, entry: Entry) -> bool:
        if self.policy == "keep-safe":
            return value_allowed("image", _field(entry), bytes(entry.value))
        if self.policy == "strip":
            return False
        if not entry.value:
            return False
        if tag == _XMP:
            return not xmp_shows_picture(bytes(entry.value))
        return (tag == _PHOTOSHOP and entry.kind in {1, 7}) or (
            tag in _TEXTS | _GEO and picture_in(bytes(entry.value)) is None
        )

    def _keep(self, part: Part, tag: int, entry: Entry) -> None:
        value, count = bytes(entry.value), entry.count
        if tag == _PHOTOSHOP:
            value, names = _photoshop.without_pictures(value)
            count = len(value)
            self.removed |= names
        if value:
            part.tags.append((tag, entry.kind, count, value))

    def _name(self, tag: int, entry: Entry) -> None:
        name = name_of("image", tag)
        if tag in _GEO:
            name = "geotiff"
        elif name == "exif-other" and tag >= 32768:
            name = "vendor-tag"
        if tag == _XMP and xmp_shows_picture(bytes(entry.value)):
            self.removed.add("xmp-image")
        if name:
            self.removed.add(name)

    def _inner(self, page: Page, tag: int, place: Place) -> Part | None:
        """The EXIF or GPS directory that a tag points to, as far as it stays."""
        read = read_directory(self.data, self.tiff, page.integer(tag, 0))
        if read is None:
            self.removed.add("exif-broken")
            return None
        directory, _ = read
        part = Part([])
        for number, entry in directory.entries.items():
            value = bytes(entry.value)
            if number == INTEROP_IFD and place == "exif":
                inner = self._inner(directory, INTEROP_IFD, "interop")
                if inner is not None:
                    part.inner[number] = inner
            elif self._inner_stays(place, entry, value):
                part.tags.append((number, entry.kind, entry.count, value))
            elif name := name_of(place, number):
                self.removed.add(name)
                if self.policy == "strip" and place == "exif":
                    self.removed.add("exif")
        return part if part.tags or part.inner else None

    def _inner_stays(self, place: Place, entry: Entry, value: bytes) -> bool:
        if self.policy == "keep":
            return entry.tag != MAKER_NOTE and bool(value) and picture_in(value) is None
        return self.policy == "keep-safe" and value_allowed(place, _field(entry), value)

    def _drop_further(self, page: Page) -> None:
        """Directories of smaller or other pictures go with their strips."""
        self.removed.add("sub-image")
        for at in page.integers(SUB_IFDS)[:32]:
            read = read_directory(self.data, self.tiff, at)
            if read is not None:
                tags = _TILES if _TILES[0] in read[0].entries else _STRIPS
                self.used.extend(
                    (start, start + size)
                    for start, size in zip(read[0].integers(tags[0]), read[0].integers(tags[1]), strict=False)
                )


_SHOWN: Final = frozenset({254, 255, 274, 282, 283, 296, 297, 318, 319, 332, 334, 34675})
"""What a page that is painted keeps of how it is shown; how it is coded is said anew."""


def _field(entry: Entry) -> Field:
    return Field(entry.tag, entry.kind, entry.count, entry.start, len(entry.value))
