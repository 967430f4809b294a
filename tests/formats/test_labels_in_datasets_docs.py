"""The examples of the page on labels inside datasets, run."""

from __future__ import annotations

import doctest
import io
import json
from pathlib import Path

from overpaint.records import Sample

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "labels-in-datasets.md"


def test_examples() -> None:
    pairs = [(1, 1), (2, 1), (2, 1), (2, 2)]
    coco = {
        "images": [{"id": 1, "file_name": "1.jpg"}],
        "annotations": [{"image_id": image, "category_id": category} for image, category in pairs],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    files = {"classes.txt": b"cat\ndog\n", "instances.json": json.dumps(coco).encode()}
    given = {
        "Sample": Sample,
        "others": [(key, len(data), "not-an-image") for key, data in files.items()],
        "opened": lambda key: io.BytesIO(files[key]),
    }
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, extraglobs=given)
    assert (failed, tried > 6) == (0, True)
