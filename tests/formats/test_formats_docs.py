"""The examples of the two reference pages, run."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest

import overpaint.formats

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"


def lay_out(root: Path) -> None:
    for name in ("train/n02930766/1.JPEG", "train/n02930766/2.jpg", "val/3.jpg"):
        (root / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "photos" / name).write_bytes(PNG)
    (root / "photos/readme.txt").write_text("hello")
    (root / "photos/val/gone.jpg").symlink_to("nowhere")
    box, flat = {"x0": 10, "y0": 20, "x1": 50, "y1": 70}, {"x0": 10, "y0": 20, "x1": 10, "y1": 70}
    entries = [
        {"url": "val/ILSVRC2012_val_00000001.JPEG", "bboxes": [box, flat]},
        {"url": "train/n02930766/1.JPEG", "bboxes": []},
    ]
    (root / "face_annotations_ILSVRC.json").write_text(json.dumps(entries))
    entries[1]["bboxes"] = [box | {"x0": "10"}]
    (root / "wrong.json").write_text(json.dumps(entries))


@pytest.mark.parametrize("page", ["sources.md", "boxes.md"])
def test_examples(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False)
    assert (failed, tried > 4) == (0, True)


def test_all_is_sorted_and_there() -> None:
    names = overpaint.formats.__all__
    # constants, classes, functions, as ruff sorts them
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(hasattr(overpaint.formats, name) for name in names)
