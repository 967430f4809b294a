"""CVAT for images 1.1: one XML file; pixels of the picture as CVAT shows it, turned as EXIF says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from ._model import BoxedImage, number, seen
from ._words import WARNING, written_name

__all__ = ["Cvat"]


class Cvat:
    """``<image>`` with ``<box>``; names are those under which the pictures lie below the source."""

    def __init__(self, file: BinaryIO, kinds: Sequence[str]) -> None:
        self._file, self._kinds, self._images = file, kinds, 0

    def head(self) -> None:
        labels = "".join(f"<label><name>{escape(kind)}</name><attributes></attributes></label>" for kind in self._kinds)
        self._file.write(
            (
                f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {WARNING} -->\n<annotations>\n<version>1.1</version>\n'
                f"<meta><task><labels>{labels}</labels></task></meta>\n"
            ).encode()
        )

    def add(self, image: BoxedImage) -> None:
        name = quoteattr(written_name(image.key), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
        wide, tall = image.seen_size
        lines = [f'<image id="{self._images}" name={name} width="{wide}" height="{tall}">']
        for each in image.boxes:
            box = seen(image, each.box)
            corners = zip(("xtl", "ytl", "xbr", "ybr"), (box.x0, box.y0, box.x1, box.y1), strict=True)
            text = " ".join(f'{side}="{number(value)}"' for side, value in corners)
            lines.append(f'  <box label={quoteattr(each.kind)} source="auto" occluded="0" {text} z_order="0"></box>')
        self._file.write("\n".join([*lines, "</image>", ""]).encode())
        self._images += 1

    def tail(self) -> None:
        self._file.write(b"</annotations>\n")
