"""`objects`: shares of labelled objects that were painted, a classifier's scores, and what is flagged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

import overpaint
from overpaint.errors import BoxesError, RunError, UsageError
from overpaint.reports import summarise
from overpaint.rundir import Run

WNID = "n03394916"  # French horn
FACE = [60, 40, 40, 40]  # x, y, width, height; core 54..106 x 28..86, footprint 5 pixels more


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (15, 20, 3), np.uint8)
    Image.fromarray(noise).resize((160, 120)).save(path, quality=90)


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """Twelve pictures of a class that the classifier knows and two of one that it does not; three are painted."""
    root = tmp_path_factory.mktemp("objects")
    keys = [f"{WNID}/{n}.jpg" for n in range(12)] + ["somebody/0.jpg", "somebody/1.jpg"]
    for seed, key in enumerate(keys):
        picture(root / "photos" / key, seed)
    images = [{"id": n, "file_name": key, "width": 160, "height": 120} for n, key in enumerate(keys)]
    faces = [{"id": n, "image_id": n, "category_id": 1, "bbox": FACE} for n in (0, 1, 12)]
    coco = {"images": images, "annotations": faces, "categories": [{"id": 1, "name": "face"}]}
    (root / "faces.json").write_text(json.dumps(coco))
    boxes = {0: [60, 40, 40, 40], 1: [0, 0, 160, 120], 2: [60, 40, 40, 40], 12: [90, 60, 40, 40]}
    objects = [{"id": n, "image_id": n, "category_id": 2, "bbox": box} for n, box in boxes.items()]
    coco |= {"annotations": objects, "categories": [{"id": 2, "name": WNID}]}
    coco["annotations"][-1]["category_id"] = 3
    coco["categories"].append({"id": 3, "name": "hat"})
    (root / "objects.json").write_text(json.dumps(coco))
    overpaint.scrub(root / "photos", root / "out", boxes=root / "faces.json", shard_size=5, workers=2)
    return root


def rows(root: Path) -> list[dict]:
    return pq.read_table(root / "out.run/private/objects.parquet").to_pylist()


def test_shares_and_scores(painted):
    result = overpaint.objects(painted / "out.run", annotations=painted / "objects.json", workers=2)
    found = {(row["key"], row["label"]): row for row in rows(painted)}
    assert set(found) == {(f"{WNID}/{n}.jpg", WNID) for n in (0, 1, 2)} | {("somebody/0.jpg", "hat")}
    inside, around, untouched, hat = (found[key] for key in sorted(found))
    assert (inside["share_core"], inside["share_painted"], inside["flagged"]) == (1, 1, True)
    assert "covered" in inside["reason"]
    assert around["share_core"] == pytest.approx((106 - 54) * (86 - 28) / (160 * 120))
    assert around["share_painted"] == pytest.approx((111 - 49) * (91 - 23) / (160 * 120))
    assert (untouched["share_painted"], untouched["score_before"], untouched["flagged"]) == (0, None, False)
    assert hat["share_core"] == pytest.approx((106 - 90) * (86 - 60) / 1600)
    assert hat["score_before"] is None
    for row in (inside, around):
        assert 0 < row["score_before"] < 1
        assert 0 < row["score_after"] < 1
        assert row["score_before"] != row["score_after"]
    c = result.counts
    assert (c["objects"], c["images_with_objects"], c["touched"], c["painted"], c["scored"]) == (4, 4, 3, 3, 2)
    assert c["unusable"] == {}
    assert [each["label"] for each in c["classes"]] == ["hat", WNID]
    assert "classes" not in result.to_dict()
    assert not any("somebody" in line for line in result.lines())
    again = overpaint.objects(painted / "out.run", annotations=painted / "objects.json", workers=1)
    assert again.counts == result.counts
    assert not [p for p in (painted / "out.run/private").iterdir() if p.name.startswith(".objects")]


def test_without_annotations_classes_are_asked_about(painted):
    result = overpaint.objects(painted / "out.run", drop=1e-9)
    assert [(row["key"], row["x0"], row["share_painted"]) for row in rows(painted)] == [
        (f"{WNID}/{n}.jpg", None, None) for n in (0, 1)
    ]
    for row in rows(painted):
        assert row["flagged"] == (row["score_before"] - row["score_after"] >= 1e-9)
    assert (result.counts["objects"], result.counts["scored"]) == (0, 2)


def test_an_output_that_is_gone_is_counted(painted, tmp_path):
    gone = painted / "out" / f"{WNID}/0.jpg"
    gone.rename(tmp_path / "away.jpg")
    try:
        result = overpaint.objects(painted / "out.run")
    finally:
        (tmp_path / "away.jpg").rename(gone)
    assert result.counts["unusable"] == {"missing-output": 1}
    assert result.counts["scored"] == 1


def test_outputs_of_other_decisions_are_not_scored(painted, tmp_path):
    shutil.copytree(painted / "out.run", tmp_path / "out.run")
    overpaint.decide(tmp_path / "out.run", look="mosaic")
    result = overpaint.objects(tmp_path / "out.run", annotations=painted / "objects.json")
    assert (result.counts["painted"], result.counts["scored"]) == (0, 0)
    assert result.counts["touched"] == 3  # of the decisions in force, carried out or not


def test_the_report_sums_small_classes(painted):
    overpaint.objects(painted / "out.run", annotations=painted / "objects.json")
    facts = summarise(Run.open(painted / "out.run")).objects
    assert [(c.name, c.objects, c.summed) for c in facts.classes] == [("classes with fewer than 10 images", 4, 2)]
    assert not facts.earlier
    public = (painted / "out.run/public/summary.json").read_text() + (
        painted / "out.run/public/report.html"
    ).read_text()
    assert (
        "hat" not in json.loads((painted / "out.run/public/summary.json").read_text())["objects"]["classes"][0]["name"]
    )
    assert "somebody/" not in public
    assert 'id="objects"' in public


def test_what_is_wrong_is_said(painted, tmp_path):
    with pytest.raises(UsageError, match="--cover 0 must lie"):
        overpaint.objects(painted / "out.run", cover=0)
    with pytest.raises(UsageError, match="--drop 2 must lie"):
        overpaint.objects(painted / "out.run", drop=2)
    other = {"images": [{"id": 1, "file_name": "elsewhere.jpg"}]}
    (tmp_path / "c.json").write_text(json.dumps(other))
    with pytest.raises(BoxesError, match="none of the 14 samples"):
        overpaint.objects(painted / "out.run", annotations=tmp_path / "c.json")
    overpaint.scan(painted / "photos", run=tmp_path / "scan.run", boxes=painted / "faces.json")
    with pytest.raises(RunError, match="no decisions yet"):
        overpaint.objects(tmp_path / "scan.run")
