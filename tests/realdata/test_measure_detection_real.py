"""``measure detection`` on WIDER's pictures: the figures of the benchmark, and truth of other formats."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import detection
from _detection import figures, match
from _wider import pictures
from overpaint import jobs
from overpaint.detectors import open_looker

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def looked(realdata, tmp_path_factory):
    """`fast` on WIDER's validation pictures at 500 pixels."""
    wider = realdata / "faces_wider"
    return jobs.measure_detection(
        wider / "val", truth=wider / "val_bbx_gt.txt", profiles="fast", long_side=500, recall=0.9, plots=False
    )


def test_it_is_the_benchmark_up_to_what_a_finding_is_rounded_to(realdata, looked):
    """Findings are stored in sixteenths of a pixel; the benchmark's boxes, rounded so, give the same figures."""
    run = detection.by_looker(open_looker("fast"))
    plain, rounded = [], []
    for picture in pictures(realdata / "faces_wider"):
        boxes, scores = run(picture.image)
        plain.append(match(boxes, scores, picture.boxes, picture.counted))
        rounded.append(match(np.round(16 * boxes) / 16, scores, picture.boxes, picture.counted))
    told = looked.measured.figures
    assert (told["images"], told["boxes"]) == (60, 194)
    way = told["ways"]["fast"]
    theirs, exact = figures(plain, threshold=0.6), figures(rounded, threshold=0.6)
    for name in ("recall", "precision", "ap"):
        assert way[name].value == pytest.approx(getattr(exact, name), abs=1e-12)
        assert way[name].value == pytest.approx(getattr(theirs, name), abs=0.006)  # one box of 192 is 0.005
    sizes = [row["recall"].value for row in way["by"]["size"].values()]
    assert sizes == pytest.approx(exact.recall_by_size)
    assert sum(row["boxes"] for row in way["by"]["size"].values()) == 194


def test_what_is_hidden_is_found_less_often(looked):
    by = looked.measured.figures["ways"]["fast"]["by"]
    assert by["occlusion"]["none"]["recall"].low > by["occlusion"]["fewer than 10"]["recall"].value
    assert by["blur"]["clear"]["recall"].value > by["blur"]["normal"]["recall"].value
    chosen = looked.measured.figures["ways"]["fast"]["for_recall"]
    assert chosen["threshold"].value > 0.6 and chosen["recall"].value >= 0.9
    assert chosen["recall_elsewhere"].value < 0.93 and chosen["reached"] > 0.8


def test_imglab_of_dlib(realdata):
    folder = realdata / "faces_dlib"
    told = jobs.measure_detection(folder, truth=folder / "testing.xml", profiles="fast", plots=False, workers=1)
    told = told.measured.figures
    assert told["images"] >= 5 and told["boxes"] > 20
    assert told["ways"]["fast"]["recall"].value > 0.8


def test_plates_in_coco(realdata, tmp_path):
    """OpenALPR's photos, a fifth of them, at the threshold of the default policy."""
    images, boxes = [], []
    for number, file in enumerate(sorted((realdata / "plates_openalpr").glob("us/*.txt"))[::5]):
        name, x, y, width, height = file.read_text("utf-8").split("\t")[:5]
        images.append({"id": number, "file_name": f"us/{name}"})
        boxes.append({"image_id": number, "category_id": 1, "bbox": [float(v) for v in (x, y, width, height)]})
    coco = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "licence plate"}]}
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    told = jobs.measure_detection(
        realdata / "plates_openalpr", truth=tmp_path / "coco.json", kind="plate", plots=False, least=0, workers=1
    ).measured.figures
    assert told["images"] == len(images) and set(told["ways"]) == {"plates"}
    way = told["ways"]["plates"]
    assert way["threshold"] == 0.5 and way["recall"].value > 0.6
