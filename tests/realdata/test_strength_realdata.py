"""The strength of our own painting on real photographs, judged as anybody's; boxes by size, whatever is in them."""

import json

import pytest
from PIL import Image

from overpaint.cli._main import _run
from overpaint.jobs import measure_strength

pytestmark = pytest.mark.realdata


def test_our_painting_of_photographs(realdata, tmp_path):
    pictures = sorted((realdata / "faces_wider/val").rglob("*.jpg"))[:12]
    entries, photos = [], tmp_path / "photos"
    photos.mkdir()
    for path in pictures:
        (photos / path.name).write_bytes(path.read_bytes())
        with Image.open(path) as image:
            w, h = image.size
        entries.append({"url": path.name, "bboxes": [{"x0": w // 4, "y0": h // 4, "x1": w // 2, "y1": h // 2}]})
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps(entries))
    assert _run(["scrub", str(photos), str(tmp_path / "out"), "--boxes", str(boxes), "--look", "blur", "--quiet"]) == 0
    figures = measure_strength(photos, tmp_path / "out", boxes=boxes).measured.figures
    assert figures["faces"] + figures["faces_without_detail"] == len(pictures)
    assert figures["detail_left"]["box"].value < 0.2
    assert figures["hard_core"]
