"""YOLO: a text file an image, ``class cx cy w h`` in parts of the sides of the picture as it is seen."""

from __future__ import annotations

from collections.abc import Sequence

from ._model import BoxedImage, Sink, number, seen
from ._words import WARNING, plain_name

__all__ = ["Yolo"]


class Yolo:
    """``labels/`` mirrors the source, ``classes.txt`` names the classes by line."""

    def __init__(self, sink: Sink, kinds: Sequence[str]) -> None:
        self._sink, self._kinds = sink, list(kinds)

    def head(self) -> None:
        for name, lines in (("classes.txt", self._kinds), ("README.txt", [WARNING])):
            with self._sink.open(name) as file:
                file.write("".join(f"{line}\n" for line in lines).encode())

    def add(self, image: BoxedImage) -> None:
        wide, tall = image.seen_size
        lines = []
        for each in image.boxes:
            box = seen(image, each.box)
            values = (box.x0 + box.x1) / 2 / wide, (box.y0 + box.y1) / 2 / tall, box.width / wide, box.height / tall
            lines.append(f"{self._kinds.index(each.kind)} {' '.join(number(v, 8) for v in values)}\n")
        with self._sink.open(f"labels/{stem(plain_name(image.key))}.txt") as file:
            file.write("".join(lines).encode())

    def tail(self) -> None:
        """The format has none."""


def stem(key: str) -> str:
    """A key without the extension of its last part; a name that begins with its only dot is kept."""
    folder, slash, name = key.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"
