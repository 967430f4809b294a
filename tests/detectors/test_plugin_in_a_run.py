"""A whole run with a plug-in that dies, hangs and babbles: what the others see stays, and every sample says so."""

import os
from pathlib import Path

import cv2
import numpy as np
import pyarrow.dataset as ds
import pytest
from matplotlib import cbook

import overpaint
from overpaint import reports

MODULE = """
import os, sys, time
from overpaint.detectors import Detection
from overpaint.records import Box

class Odd:
    name, version, weights, kinds, long_side = "odd", "1", "", ("logo-brand",), 0
    licence, trained_on = "MIT", "three pictures of a lamp"

    def detect(self, image):
        print("this is", image.shape)
        what = int(image[0, 0, 0]) // 32  # flat pictures keep their grey through JPEG
        if what == 1: os._exit(5)
        if what == 2: raise RuntimeError("no")
        if what == 3: os.write(1, b"x" * 1000); os.write(2, b"x" * 1000)
        if what == 4: return [Detection("undeclared", 0.5, None)]
        return [Detection("logo-brand", 0.75, Box(0, 0, 10, 10))]

def make(*, threads): return Odd()
"""
WRONG = {1, 2, 4}


@pytest.fixture
def odd(tmp_path, monkeypatch):
    place = tmp_path / "installed"
    about = place / "odd-1.dist-info"
    about.mkdir(parents=True)
    (place / "odd.py").write_text(MODULE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[overpaint.detectors]\nodd = odd:make\n")
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])]))


@pytest.fixture
def photos(tmp_path):
    """Five flat pictures, one for each mishap, and one with a face."""
    place = tmp_path / "photos"
    place.mkdir()
    for number in range(5):
        flat = np.full((64, 64, 3), number * 32 + 16, np.uint8)
        cv2.imwrite(str(place / f"{number}.png"), flat)
    portrait = cv2.imread(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    portrait[0, 0] = 0
    cv2.imwrite(str(place / "portrait.png"), portrait)
    return place


def rows(run: Path, table: str):
    return ds.dataset(run / "private" / table).to_table().to_pylist()


def test_it_costs_its_own_findings_only(odd, photos, tmp_path, capfd):
    run = tmp_path / "a.run"
    summary = overpaint.scan(photos, run=run, detectors="faces,odd", workers=1)
    assert "looked at in part, because a detector failed: 3 images; their rows say which" in reports.lines(summary)
    samples = {row["key"]: row for row in rows(run, "samples")}
    assert len(samples) == 6
    assert not [row for row in samples.values() if row["outcome"] == "failed"]
    noted = {key for key, row in samples.items() if "detector-error:odd" in (row["note"] or "")}
    assert noted == {f"{number}.png" for number in WRONG}
    found = {(row["key"], row["kind"], row["detector"]) for row in rows(run, "findings")}
    assert {key for key, kind, _ in found if kind == "logo-brand"} == set(samples) - noted
    assert ("portrait.png", "face", "yunet") in found
    plan = (run / "plan.toml").read_text()
    assert 'name = "odd"' in plan
    assert 'trained_on = "three pictures of a lamp"' in plan
    assert "this is" not in "".join(capfd.readouterr())
