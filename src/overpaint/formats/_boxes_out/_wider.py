"""WIDER FACE's text: a name, a number, so many lines of ten numbers (Yang et al., CVPR 2016)."""

from __future__ import annotations

from typing import BinaryIO

from ._model import BoxedImage, whole
from ._words import lined_name

__all__ = ["Wider"]


class Wider:
    """``x y w h blur expression illumination invalid occlusion pose``, the last six 0: nothing is known of them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def head(self) -> None:
        """The format has none."""

    def add(self, image: BoxedImage) -> None:
        lines = [lined_name(image.key), str(len(image.boxes)).encode()]
        for each in image.boxes:
            x0, y0, x1, y1 = whole(image, each.box)
            lines.append(f"{x0} {y0} {x1 - x0} {y1 - y0} 0 0 0 0 0 0".encode())
        if not image.boxes:
            lines.append(b"0 0 0 0 0 0 0 0 0 0")  # as the official file does
        self._file.write(b"\n".join(lines) + b"\n")

    def tail(self) -> None:
        """The format has none."""
