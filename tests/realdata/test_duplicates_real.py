"""Planted copies of real pictures are found in a run, and nothing else; PDQ does not depend on a picture's size."""

from collections import defaultdict

import cv2
import pyarrow.parquet as pq
import pytest

import overpaint
from overpaint.fingerprints import pdq_levelled

pytestmark = pytest.mark.realdata

SHARE = 40  # every so-manieth picture


def test_planted_copies(realdata, tmp_path):
    files = sorted((realdata / "imagenette2-160").glob("*/*/*.JPEG"))[::SHARE]
    for file in files:
        image = cv2.imread(str(file))
        height, width = image.shape[:2]
        copies = {
            "original": image,
            "half": cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA),
            "crop": image[height // 20 : height // 20 + round(0.9 * height), : round(0.9 * width)],
            "mirror": image[:, ::-1],
        }
        for name, copy in copies.items():
            (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(tmp_path / "photos" / name / f"{file.stem}.jpg"), copy)
    boxes = tmp_path / "none.json"
    boxes.write_text('{"images": [], "annotations": []}')
    overpaint.scan(tmp_path / "photos", run=tmp_path / "photos.run", boxes=boxes, workers=1)
    result = overpaint.duplicates(tmp_path / "photos.run", workers=2)
    clusters = defaultdict(list)
    for row in pq.read_table(result.clusters).to_pylist():
        clusters[row["cluster"]].append(row["key"].split("/"))
    assert all(len({name for _, name in members}) == 1 for members in clusters.values()), "unrelated ones together"
    found = [kind for members in clusters.values() for kind, _ in members]
    for kind, share in {"original": 0.97, "half": 0.97, "crop": 0.9, "mirror": 0.95}.items():
        assert found.count(kind) >= share * len(files), kind


def test_halves_are_a_few_bits_away(realdata):
    for file in sorted((realdata / "imagenet_samples").glob("*.JPEG")):
        image = cv2.imread(str(file))
        half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        assert pdq_levelled(image)[0].distance(pdq_levelled(half)[0]) <= 10
