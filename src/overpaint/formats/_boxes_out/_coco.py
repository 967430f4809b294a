"""COCO: one JSON object with images, annotations and categories (cocodataset.org, "Data format")."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import BinaryIO

from ._model import BoxedImage, number
from ._words import WARNING, plain_name

__all__ = ["Coco"]


class Coco:
    """Images first; the annotations wait in a second file, for the order of members must not matter to memory."""

    def __init__(self, file: BinaryIO, later: BinaryIO, kinds: Sequence[str]) -> None:
        self._file, self._later = file, later
        self._category = {kind: index for index, kind in enumerate(kinds, 1)}
        self._images = self._annotations = 0

    def head(self) -> None:
        info = json.dumps({"description": WARNING})
        self._file.write(f'{{"info": {info},\n"images": ['.encode())

    def add(self, image: BoxedImage) -> None:
        name = json.dumps(plain_name(image.key))
        self._images += 1
        comma = "," if self._images > 1 else ""
        size = f'"width": {image.width}, "height": {image.height}'
        self._file.write(f'{comma}\n{{"id": {self._images}, "file_name": {name}, {size}}}'.encode())
        for each in image.boxes:
            self._annotations += 1
            box = each.box
            bbox = ", ".join(number(v) for v in (box.x0, box.y0, box.width, box.height))
            score = "" if each.score is None else f', "score": {number(each.score, 6)}'
            self._later.write(
                (
                    f"{',' if self._annotations > 1 else ''}\n"
                    f'{{"id": {self._annotations}, "image_id": {self._images}, '
                    f'"category_id": {self._category[each.kind]}, "bbox": [{bbox}], '
                    f'"area": {number(box.area)}, "segmentation": [], "iscrowd": 0{score}}}'
                ).encode()
            )

    def tail(self) -> None:
        self._file.write(b'],\n"annotations": [')
        self._later.seek(0)
        while part := self._later.read(1 << 20):
            self._file.write(part)
        names = [{"id": index, "name": kind} for kind, index in self._category.items()]
        self._file.write(f'],\n"categories": {json.dumps(names)}}}\n'.encode())
