"""YOLO: a text file an image, ``class cx cy w h`` in parts of the sides of the picture as it is seen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from overpaint.errors import BoxesError, SampleError
from overpaint.records import Box

from ._model import LabelledObject, bytes_of, candidates

__all__ = ["YoloDirectory"]

_NAMES = ("classes.txt", "obj.names")


class YoloDirectory:
    """A directory of text files below ``labels/`` or at its top, with the names of classes in ``classes.txt``."""

    format = "yolo"

    def __init__(self, root: Path) -> None:
        self._root = root
        file = next((root / name for name in _NAMES if (root / name).is_file()), None)
        if file is None:
            raise BoxesError(f"--annotations {str(root)!a}: neither XML files nor YOLO's classes.txt are in it")
        self._names = [line.strip() for line in file.read_text("utf-8").splitlines()]

    def lookup(self, key: str) -> Sequence[LabelledObject] | None:
        """Objects of one sample; lines of polygons (more than six numbers) become their boxes."""
        data = bytes_of(self._root, self._places(key))
        if data is None:
            return None
        try:
            return [self._object(line.split()) for line in data.decode("ascii").splitlines() if line.strip()]
        except (ValueError, IndexError):
            raise SampleError("annotation-unreadable", "its text is no YOLO annotation") from None

    def _places(self, key: str) -> Iterator[str]:
        inner = key.replace("images/", "labels/", 1) if "images/" in key else key
        places = itertools.chain(candidates(inner, ".txt"), candidates(key, ".txt"))
        return itertools.chain.from_iterable((f"labels/{place}", place) for place in places)

    def _object(self, fields: list[str]) -> LabelledObject:
        number, values = int(fields[0]), [float(field) for field in fields[1:]]
        if number < 0 or len(values) < 4 or not all(math.isfinite(v) and -1 <= v <= 2 for v in values):
            raise ValueError
        if len(values) > 5:
            box = Box(min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2]))
        else:
            x, y, w, h = values[:4]
            box = Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        return LabelledObject(self._names[number], box, relative=True, upright=True)
