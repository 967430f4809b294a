"""Pascal VOC: an XML file an image, whole pixels counted from 1, both ends inside (VOC2012 development kit)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ._model import BoxedImage, Sink, whole
from ._words import WARNING, written_name
from ._yolo import stem

__all__ = ["Voc"]


class Voc:
    """``Annotations/`` mirrors the source."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def head(self) -> None:
        with self._sink.open("README.txt") as file:
            file.write(f"{WARNING}\n".encode())

    def add(self, image: BoxedImage) -> None:
        folder, _, name = written_name(image.key).rpartition("/")
        lines = [
            "<annotation>",
            f"\t<folder>{_escaped(folder)}</folder>",
            f"\t<filename>{_escaped(name)}</filename>",
            "\t<source><database>overpaint</database></source>",
            f"\t<size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>",
            "\t<segmented>0</segmented>",
        ]
        for each in image.boxes:
            x0, y0, x1, y1 = whole(image, each.box)
            corners = zip(("xmin", "ymin", "xmax", "ymax"), (x0 + 1, y0 + 1, x1, y1), strict=True)
            lines += [
                "\t<object>",
                f"\t\t<name>{_escaped(each.kind)}</name>",
                "\t\t<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>",
                f"\t\t<bndbox>{''.join(f'<{side}>{value}</{side}>' for side, value in corners)}</bndbox>",
                "\t</object>",
            ]
        with self._sink.open(f"Annotations/{stem(image.key)}.xml") as file:
            file.write("\n".join([*lines, "</annotation>", ""]).encode())

    def tail(self) -> None:
        """The format has none."""


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})
