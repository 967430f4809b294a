"""COCO: images that say who looked at them, annotations that say who drew them; pixels of the stored frame."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from overpaint.review._questions import boxes_of
from overpaint.review.exchange._model import Labelled
from overpaint.review.exchange._names import place_of
from overpaint.review.exchange._spool import Task

__all__ = ["write_coco"]

_ABOUT = "Answers of people, written by overpaint. It names images that show people: keep it private."


def write_coco(groups: Iterable[list[Labelled | Task]], file: BinaryIO, later: BinaryIO, *, images: str) -> None:
    """Write answers, a group an image; annotations wait in a second file.

    The members ``answers`` of an image and ``worker``, ``answer``, ``from`` of an annotation are ours: programs that
    do not know them pass over them.
    """
    about = {"description": _ABOUT, "overpaint": {"frame": "stored"}}
    file.write(f'{{"info": {json.dumps(about)},\n"images": ['.encode())
    categories: dict[str, int] = {}
    annotations = 0
    for number, items in enumerate(groups, 1):
        answers = [item for item in items if isinstance(item, Labelled)]
        one = answers[0]
        image: dict[str, Any] = {"id": number, "file_name": place_of(images, one.sample)}
        image |= {"width": one.width, "height": one.height, "orientation": one.orientation}
        image["answers"] = [_answer(answer) for answer in answers]
        file.write(f"{',' if number > 1 else ''}\n{json.dumps(image)}".encode())
        for index, answer in enumerate(answers):
            category = categories.setdefault(answer.thing, len(categories) + 1)
            for drawn, box in zip(answer.value["boxes"], boxes_of(answer.value), strict=True):
                annotations += 1
                entry: dict[str, Any] = {"id": annotations, "image_id": number, "category_id": category}
                wide, tall = round(box.width, 2), round(box.height, 2)
                entry |= {"bbox": [box.x0, box.y0, wide, tall], "area": round(wide * tall, 4)}
                entry |= {"segmentation": [], "iscrowd": 0, "worker": answer.worker, "answer": index}
                if drawn["from"] is not None:
                    entry["from"] = drawn["from"]
                later.write(f"{',' if annotations > 1 else ''}\n{json.dumps(entry)}".encode())
    file.write(b'],\n"annotations": [')
    later.seek(0)
    while part := later.read(1 << 20):
        file.write(part)
    names = [{"id": index, "name": thing} for thing, index in categories.items()]
    file.write(f'],\n"categories": {json.dumps(names)}}}\n'.encode())


def _answer(answer: Labelled) -> dict[str, Any]:
    said: dict[str, Any] = {"worker": answer.worker, "thing": answer.thing}
    said |= {"seconds": answer.seconds, "at": answer.at, "question": answer.question}
    return {name: value for name, value in said.items() if value not in (None, "")}
