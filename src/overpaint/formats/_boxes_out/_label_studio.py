"""Label Studio: a JSON list of tasks with predictions, in per cent of the picture as a browser shows it."""

from __future__ import annotations

import json
from typing import Any, BinaryIO
from urllib.parse import quote

from ._model import BoxedImage, ScoredBox, seen
from ._words import plain_name

__all__ = ["LabelStudio"]


class LabelStudio:
    """For a labelling configuration ``<Image name="image" value="$image"/><RectangleLabels name="label" …>``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._images = file, 0

    def head(self) -> None:
        self._file.write(b"[")

    def add(self, image: BoxedImage) -> None:
        key = plain_name(image.key)
        results = [_result(image, each, index) for index, each in enumerate(image.boxes)]
        scores = [each.score for each in image.boxes if each.score is not None]
        prediction: dict[str, Any] = {"model_version": "overpaint", "result": results}
        if scores:
            prediction["score"] = round(min(scores), 6)  # what sorts first when asked for is the least certain
        task = {
            "data": {"image": f"/data/local-files/?d={quote(key)}", "key": key},
            "predictions": [prediction],
        }
        self._file.write(f"{',' if self._images else ''}\n{json.dumps(task)}".encode())
        self._images += 1

    def tail(self) -> None:
        self._file.write(b"\n]\n")


def _result(image: BoxedImage, each: ScoredBox, index: int) -> dict[str, Any]:
    wide, tall = image.seen_size
    box = seen(image, each.box)
    value = {
        "x": round(100 * box.x0 / wide, 8),
        "y": round(100 * box.y0 / tall, 8),
        "width": round(100 * box.width / wide, 8),
        "height": round(100 * box.height / tall, 8),
        "rotation": 0,
        "rectanglelabels": [each.kind],
    }
    result = {
        "id": f"box{index}",
        "type": "rectanglelabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": wide,
        "original_height": tall,
        "image_rotation": 0,
        "value": value,
    }
    return result if each.score is None else result | {"score": round(each.score, 6)}
