"""``face_annotations_ILSVRC.json`` of "A Study of Face Obfuscation in ImageNet" (Yang et al., ICML 2022)."""

from __future__ import annotations

import json
from typing import BinaryIO

from ._model import BoxedImage, number
from ._words import plain_name

__all__ = ["Ilsvrc"]


class Ilsvrc:
    """A list of ``{"url", "bboxes": [{"x0", "y0", "x1", "y1"}]}``, in pixels as its authors' blur reads it: stored."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._first = file, True

    def head(self) -> None:
        self._file.write(b"[")

    def add(self, image: BoxedImage) -> None:
        name = json.dumps(plain_name(image.key))
        sides = ("x0", "y0", "x1", "y1")
        boxes = ", ".join(
            "{" + ", ".join(f'"{side}": {number(getattr(each.box, side))}' for side in sides) + "}"
            for each in image.boxes
        )
        self._file.write(f'{"" if self._first else ","}\n{{"url": {name}, "bboxes": [{boxes}]}}'.encode())
        self._first = False

    def tail(self) -> None:
        self._file.write(b"\n]\n")
