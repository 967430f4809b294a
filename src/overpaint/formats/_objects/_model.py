"""An object as its file states it, where it lies in the picture at hand, and where a sample's file may be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from overpaint.errors import SampleError
from overpaint.formats._given import GivenBox
from overpaint.records import Box

__all__ = ["Annotations", "LabelledObject", "bytes_of", "candidates"]

_ALIKE = 0.02
_MOST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class LabelledObject:
    """One object: what it is called, and its box in pixels or (``relative``) in parts of the picture's sides.

    ``upright``: meant in the picture as it is seen. ``size``: width and height of the picture that it was drawn on,
    where the file says so; the picture at hand may be another size of the same shape. ``ignored``: the file says that
    whoever misses or finds it shall not be judged by it (VOC's ``difficult``); ``crowd``: one box for many, likewise.
    ``told``: what else the file says of it in words, such as its pose, by name.
    """

    label: str
    box: Box
    relative: bool = False
    upright: bool = False
    size: tuple[int, int] | None = None
    ignored: bool = False
    crowd: bool = False
    told: tuple[tuple[str, str], ...] = ()

    def placed(self, width: int, height: int, orientation: int) -> Box:
        """The box in pixels of the stored frame of that size, clipped to it.

        Raises
        ------
        SampleError
            ``boxes-do-not-fit``: drawn on a picture of another shape. ``box-outside``: nothing of it is inside.
        """
        if self.size is None or self.relative:
            given = GivenBox(self.box, relative=self.relative, upright=self.upright)
            return given.to_stored(width, height, orientation)
        upright = False
        if not _alike(self.size, (width, height)):
            if orientation < 5 or not _alike(self.size, (height, width)):
                drawn = f"{self.size[0]}x{self.size[1]}"
                raise SampleError("boxes-do-not-fit", f"drawn on {drawn} pixels, the image has {width}x{height}")
            upright = True
        wide, tall = self.size
        box = Box(self.box.x0 / wide, self.box.y0 / tall, self.box.x1 / wide, self.box.y1 / tall)
        return GivenBox(box, relative=True, upright=upright).to_stored(width, height, orientation)


def _alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes are of one shape, as whole pixels of a picture scaled down allow it to be known."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= _ALIKE * one[1] * other[0]


class Annotations(Protocol):
    """Objects by sample."""

    @property
    def format(self) -> str:
        """``coco``, ``xml`` or ``yolo``."""

    def lookup(self, key: str) -> Sequence[LabelledObject] | None:
        """The objects of one sample; None where the annotations do not speak of it.

        Raises
        ------
        SampleError
            ``annotation-unreadable``: there is a file and it cannot be understood.
        """


def candidates(key: str, extension: str) -> Iterator[str]:
    """Where below a directory of annotations a sample's file may lie, the likeliest first.

    The key with the other extension; then without leading directories (``JPEGImages/x.jpg``: ``x.xml``); then without
    inner ones (``val/n02930766/x.JPEG``: ``val/x.xml``).
    """
    parts = PurePosixPath(key).parts
    name = PurePosixPath(key).stem + extension
    for start in range(len(parts)):
        yield "/".join([*parts[start:-1], name])
    for end in range(len(parts) - 2, 0, -1):
        yield "/".join([*parts[:end], name])


def bytes_of(root: Path, names: Iterator[str]) -> bytes | None:
    """The first of these files that is there; None where none is."""
    for name in names:
        try:
            # a pipe must not hold us, and nothing is read without a bound
            with os.fdopen(os.open(root / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        except (OSError, ValueError):
            raise SampleError("annotation-unreadable", "its file of annotations cannot be read") from None
        if len(data) > _MOST_BYTES:
            raise SampleError("annotation-unreadable", "its file of annotations is larger than 4 MiB")
        return data
    return None
