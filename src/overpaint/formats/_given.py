"""Boxes that somebody or something else made, held compactly and looked up by key."""

from __future__ import annotations

import math
import os
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from overpaint.errors import BoxesError, SampleError
from overpaint.records import Box

__all__ = ["Collector", "GivenBox", "GivenBoxes"]

_NAMES_AT_ONCE = 65_536
_MOST_PIXELS = 1e7
_MOST_RELATIVE = 16.0


@dataclass(frozen=True, slots=True)
class GivenBox:
    """One box as its file states it.

    Parameters
    ----------
    box
        In pixels, or in parts of the picture's sides where `relative`.
    score
        0 to 1, None where the file gives none.
    relative, upright
        Whether the coordinates are parts of the sides; whether they are meant in the picture as it is seen (turned as
        its EXIF orientation says) instead of as it is stored.
    size
        Width and height of the picture that the box was drawn on, where the file states them.
    """

    box: Box
    score: float | None = None
    relative: bool = False
    upright: bool = False
    size: tuple[int, int] | None = None

    def to_stored(self, width: int, height: int, orientation: int) -> Box:
        """The box in pixels of the stored frame, clipped to it.

        Parameters
        ----------
        width, height
            Of the stored frame.
        orientation
            EXIF orientation, 1 to 8.

        Raises
        ------
        SampleError
            ``boxes-do-not-fit``: drawn on a picture of another size. ``box-outside``: nothing of it is in the picture.
            Both mean that the box belongs to another file; to paint by it would leave the face.
        """
        if self.box.page:
            return self.box  # of an earlier run, already in pixels of its own page, whose size is not the first one's
        turned = orientation >= 5
        upright = self.upright
        if self.size is not None:
            if self.size not in ((width, height), (height, width) if turned else (width, height)):
                drawn = f"{self.size[0]}x{self.size[1]}"
                raise SampleError("boxes-do-not-fit", f"drawn on {drawn} pixels, the image has {width}x{height}")
            upright = self.size != (width, height) if turned else upright
        wide, tall = (height, width) if upright and turned else (width, height)
        box = self.box
        if self.relative:
            box = Box(box.x0 * wide, box.y0 * tall, box.x1 * wide, box.y1 * tall, box.page)
        if upright:
            box = _stored(box, width, height, orientation)
        box = box.clipped(width, height)
        if box.area <= 0:
            raise SampleError("box-outside", f"a given box lies outside the {width}x{height} pixels of the image")
        return box


def _stored(box: Box, width: int, height: int, orientation: int) -> Box:
    """From the picture as seen to the picture as stored (EXIF 2.32, tag 0x0112)."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if orientation >= 5:  # rows of the stored picture are columns of the seen one
        x0, y0, x1, y1 = y0, x0, y1, x1
    if orientation in (2, 3, 7, 8):
        x0, x1 = width - x1, width - x0
    if orientation in (3, 4, 6, 7):
        y0, y1 = height - y1, height - y0
    return Box(x0, y0, x1, y1, box.page)


class GivenBoxes:
    """All boxes of one file: sorted keys, and for each a range of one array of boxes.

    Attributes
    ----------
    format : str
        ``coco``, ``wider``, ``ilsvrc``, ``rekognition`` or ``findings``.
    images, boxes : int
        Different images named (with boxes or without), and boxes held.
    skipped : Mapping[str, int]
        Boxes left out, by reason.
    """

    def __init__(self, collector: Collector) -> None:
        self.format = collector.format
        self.skipped: Mapping[str, int] = MappingProxyType(dict(sorted(collector.skipped.items())))
        self._relative = collector.relative
        names, group = _unique(collector.names())
        _, offsets, data = names.buffers()
        self._ends = np.frombuffer(offsets, np.int64, len(names) + 1)
        self._names = memoryview(data or b"")
        boxes = np.frombuffer(collector.values, np.float64).reshape(-1, 6)
        sizes = np.frombuffer(collector.sizes, np.int32).reshape(-1, 2)
        rows = np.frombuffer(collector.rows, np.int64)
        order = np.argsort(group[rows], kind="stable")
        self._values, self._sizes = boxes[order], sizes[rows[order]]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(group[rows], minlength=len(names)))])
        self.images, self.boxes = len(names), len(boxes)

    def lookup(self, key: str) -> list[GivenBox] | None:
        """The boxes of one image in the file's order; None where the file does not name it."""
        at = self._find(os.fsencode(key))
        if at is None:
            return None
        upright = self._relative and not key.lower().endswith(".png")
        begin, end = int(self._starts[at]), int(self._starts[at + 1])
        return [self._box(i, upright=upright) for i in range(begin, end)]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._find(os.fsencode(key)) is not None

    def keys(self) -> Iterator[str]:
        """The images named, sorted as a listing is."""
        return (os.fsdecode(self._name(i)) for i in range(self.images))

    def _name(self, at: int) -> bytes:
        return bytes(self._names[self._ends[at] : self._ends[at + 1]])

    def _find(self, name: bytes) -> int | None:
        low, high = 0, self.images
        while low < high:
            middle = (low + high) // 2
            if self._name(middle) < name:
                low = middle + 1
            else:
                high = middle
        return low if low < self.images and self._name(low) == name else None

    def _box(self, at: int, *, upright: bool) -> GivenBox:
        x0, y0, x1, y1, score, page = self._values[at].tolist()
        wide, tall = self._sizes[at].tolist()
        return GivenBox(
            Box(x0, y0, x1, y1, int(page)),
            None if math.isnan(score) else score,
            relative=self._relative,
            upright=upright,
            size=(wide, tall) if wide > 0 and tall > 0 else None,
        )


def _unique(names: pa.LargeBinaryArray) -> tuple[pa.LargeBinaryArray, npt.NDArray[np.int64]]:
    """The different names, sorted, and for each of the given ones its place among them."""
    if len(names) == 0:
        return pa.array([b""], pa.large_binary()).slice(1), np.zeros(0, np.int64)
    order = pc.sort_indices(names)
    ordered = names.take(order)
    fresh = np.ones(len(names), bool)
    fresh[1:] = pc.not_equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False)
    group = np.empty(len(names), np.int64)
    group[order.to_numpy()] = np.cumsum(fresh) - 1
    names = ordered.filter(pa.array(fresh))
    del ordered, order
    pa.default_memory_pool().release_unused()
    return names, group


class Collector:
    """What a reader of one format fills: images and boxes, checked as they come.

    Parameters
    ----------
    path
        The file, for messages.
    form
        The format's name.
    relative
        Coordinates are parts of the sides of the picture as seen.
    """

    def __init__(self, path: str, form: str, *, relative: bool = False) -> None:
        self.path, self.format, self.relative = path, form, relative
        self.skipped: Counter[str] = Counter()
        self.values, self.rows, self.sizes = array("d"), array("q"), array("i")
        self._names: list[bytes] = []
        self._packed: list[pa.Array] = []
        self._images = 0

    def image(self, name: object, where: str, *, width: object = None, height: object = None) -> int:
        """Take up an image by its file name; the number by which boxes are added to it."""
        self._names.append(self._key(name, where))
        if len(self._names) == _NAMES_AT_ONCE:
            self._pack()
        known = isinstance(width, int) and isinstance(height, int) and 0 < width < 2**31 and 0 < height < 2**31
        self.sizes.extend((width, height) if known else (0, 0))  # type: ignore[arg-type]
        self._images += 1
        return self._images - 1

    def box(
        self, image: int, corners: tuple[object, object, object, object], score: object, where: str, *, page: int = 0
    ) -> None:
        """Take up a box of an image; one without area is skipped and counted."""
        x0, y0, x1, y1 = (self.number(value, where) for value in corners)
        value = math.nan if score is None else self.number(score, where)
        if score is not None and not 0 <= value <= 1:
            raise self.error(where, f"a score must lie between 0 and 1, not {value:g}")
        if x0 >= x1 or y0 >= y1:
            self.skipped["degenerate"] += 1
            return
        self.values.extend((x0, y0, x1, y1, value, page))
        self.rows.append(image)

    def number(self, value: object, where: str) -> float:
        """A finite number of a size that pixels, or parts of a side, can have."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(where, f"a number is expected, not {type(value).__name__}")
        most = _MOST_RELATIVE if self.relative else _MOST_PIXELS
        if not -most <= value <= most:  # NaN too
            unit = "a part of the image's side" if self.relative else "a coordinate in pixels"
            raise self.error(
                where, f"{str(value)[:24]} is not {unit}" if isinstance(value, float) else f"too large for {unit}"
            )
        return float(value)

    def error(self, where: str, what: str) -> BoxesError:
        return BoxesError(f"--boxes {self.path!a}: {where}: {what}")

    def names(self) -> pa.LargeBinaryArray:
        self._pack()
        packed, self._packed = self._packed, []
        return pa.concat_arrays(packed)  # handed over, not kept: the sorted copy takes its place

    def _pack(self) -> None:
        self._packed.append(pa.array(self._names, pa.large_binary()))
        self._names = []

    def _key(self, name: object, where: str) -> bytes:
        if not isinstance(name, str) or not name:
            raise self.error(where, "the image's file name is missing or no text")
        while name.startswith("./"):
            name = name[2:]
        try:
            raw = os.fsencode(name)
        except UnicodeEncodeError:
            raise self.error(where, f"{name[:80]!a} is no possible file name") from None
        if b"\0" in raw or any(part in (b"", b".", b"..") for part in raw.split(b"/")):
            raise self.error(where, f"{name[:80]!a} must be relative to SOURCE, without '..' or empty parts")
        return raw
