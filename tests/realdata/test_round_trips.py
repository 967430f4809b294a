"""Folder → tars → parquet files → folder, on real ImageNet pictures: the same files come back."""

import json
from pathlib import Path

import pytest

import overpaint

pytestmark = pytest.mark.realdata


def test_imagenette_comes_back(realdata, tmp_path):
    source = realdata / "imagenette2-160"
    policy, boxes = tmp_path / "keep.toml", tmp_path / "none.json"
    policy.write_text('version = 1\n[metadata]\npolicy = "keep"\n')
    boxes.write_text(json.dumps({"images": [], "annotations": []}))
    place = source
    for kind in ("webdataset", "parquet", "folder"):
        summary = overpaint.scrub(place, tmp_path / kind, to=kind, policy=policy, boxes=boxes)
        place = tmp_path / kind
        assert summary.conservation.outcomes["identical"] == summary.conservation.listed
        assert [part.name for part in summary.splits] == ["train", "val"]
        if kind != "folder":
            assert len(summary.classes) == 6
    before = {path.relative_to(source): path for path in source.rglob("*") if path.is_file()}
    after = {path.relative_to(place): path for path in place.rglob("*") if path.is_file()}
    assert after.pop(Path("classes.json")).is_file()  # what overpaint adds: the class list
    assert before.keys() == after.keys()
    assert all(before[name].read_bytes() == after[name].read_bytes() for name in before)
