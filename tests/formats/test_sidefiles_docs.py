"""The example of the reference page, run; and its table of kinds."""

from __future__ import annotations

import doctest
import io
from pathlib import Path

from sidefiles_bench import Slot

from overpaint.formats import _sidefiles as sidefiles
from overpaint.formats._sidefiles._classify import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "side-files.md"
FILES = {
    "LICENSE": b"CC BY",
    "VOC/Annotations/1.xml": b"<annotation/>",
    "VOC/Annotations/2.xml": b"<annotation/>",
    "VOC/ImageSets/Main/train.txt": b"1\n2\n3\n",
    "clip.npy": b"\x93NUMPY",
    "instances.json": b'{"images": [{"id": 1, "file_name": "1.jpg"}, {"id": 2, "file_name": "2.jpg"}], '
    b'"annotations": [{"id": 7, "image_id": 1}, {"id": 8, "image_id": 2, "area": 1.50}]}',
}


def test_the_example() -> None:
    written: dict[str, bytes] = {}
    names = {
        "others": [(key, len(data), "not-an-image") for key, data in FILES.items()],
        "opened": lambda key: io.BytesIO(FILES[key]),
        "created": lambda key: Slot(written, key),
        "written": written,
    }
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, extraglobs=names)
    assert (failed, tried > 5) == (0, True)


def test_every_kind_is_explained() -> None:
    text = PAGE.read_text()
    assert all(f"| `{kind}` |" in text for kind in KINDS)
    assert sidefiles.__all__ == sorted(sidefiles.__all__)
