"""`boxes` of a finished run: what is painted, what was found, and where it may not be written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import overpaint
from overpaint.errors import RunError, UsageError
from overpaint.formats import read_boxes
from overpaint.records import python_key
from overpaint.rundir import Run


@pytest.fixture
def run(scrubbed, tmp_path) -> Run:
    shutil.copytree(scrubbed[1].with_name("out.run"), tmp_path / "out.run")
    return Run.open(tmp_path / "out.run")


def rows(folder: Path) -> list[dict]:
    return [row for file in sorted(folder.glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def test_painted_boxes_with_their_confidence(run, tmp_path):
    result = overpaint.boxes(run.path, tmp_path / "faces.json")
    assert (result.format, result.which, result.frame) == ("coco", "decisions", "stored")
    painted = [r for r in rows(run.decisions_dir("0001")) if r["treatment"] == "redact"]
    assert result.boxes == result.scored == len(painted) > 5
    samples = rows(run.private / "samples")
    assert result.images + sum(result.images_left_out.values()) == len(samples)
    assert result.images == sum(s["looked"] for s in samples)
    confidence = {(f["key"], f["subject"]): f["confidence"] for f in rows(run.private / "findings")}
    read = read_boxes(tmp_path / "faces.json")
    for r in painted:
        held = [(g.box.x0, g.box.y0, g.score) for g in read.lookup(python_key(r["key"]))]
        assert (r["x0"], r["y0"], pytest.approx(confidence[r["key"], r["subject"]], abs=1e-6)) in held


def test_findings_and_a_least_score(run, tmp_path):
    every = overpaint.boxes(run.path, tmp_path / "all.json", which="findings")
    subjects = {(f["key"], f["subject"]) for f in rows(run.private / "findings")}
    assert every.boxes == len(subjects)
    scores = sorted(a["score"] for a in json.loads((tmp_path / "all.json").read_text())["annotations"])
    least = (scores[0] + scores[-1]) / 2
    some = overpaint.boxes(run.path, tmp_path / "some.json", which="findings", min_score=least)
    assert some.boxes_left_out["score-too-low"] == every.boxes - some.boxes > 0
    assert all(a["score"] >= least for a in json.loads((tmp_path / "some.json").read_text())["annotations"])
    assert every.images == some.images


def test_samples_that_are_taken_out_are_not_written(run, tmp_path):
    painted = [python_key(r["key"]) for r in rows(run.decisions_dir("0001")) if r["treatment"] == "redact"]
    key = next(key for key in painted if "\n" not in key)
    (tmp_path / "keys").write_text(f"{key}\n")
    overpaint.decide(run.path, remove=tmp_path / "keys")
    result = overpaint.boxes(run.path, tmp_path / "faces.json")
    assert result.images_left_out["decided-remove"] == 1
    assert key not in read_boxes(tmp_path / "faces.json")


def test_again_over_its_own_but_over_nothing_else(run, tmp_path):
    for out, form in ((tmp_path / "faces.json", "coco"), (tmp_path / "labels", "yolo")):
        overpaint.boxes(run.path, out, format=form)
        overpaint.boxes(run.path, out, format=form, which="findings")
        target = out if out.is_file() else out / "classes.txt"
        target.write_text("somebody's")
        with pytest.raises(UsageError, match="was changed since"):
            overpaint.boxes(run.path, out, format=form)
        assert target.read_text() == "somebody's"


def test_not_where_it_would_be_published_or_read(run, scrubbed, tmp_path):
    source, dest, _ = scrubbed
    (tmp_path / "way").symlink_to(dest)
    for place in (
        source / "faces.json",
        dest / "faces.json",
        tmp_path / "way/faces.json",
        run.public / "faces.json",
        dest,
    ):
        before = place.exists()
        with pytest.raises(UsageError, match="neither published nor read from"):
            overpaint.boxes(run.path, place)
        assert place.exists() == before


def test_wrong_words_and_runs_that_are_not_ready(run, tmp_path):
    with pytest.raises(UsageError, match="--which 'guesses'"):
        overpaint.boxes(run.path, tmp_path / "b", which="guesses")
    with pytest.raises(UsageError, match="--format 'csv'"):
        overpaint.boxes(run.path, tmp_path / "b", format="csv")
    with pytest.raises(UsageError, match="between 0 and 1"):
        overpaint.boxes(run.path, tmp_path / "b", min_score=2)
    next(iter((run.private / "shards").glob("*.json"))).unlink()
    with pytest.raises(UsageError, match="not scanned to the end"):
        overpaint.boxes(run.path, tmp_path / "b")
    (run.private / "decisions/current.json").unlink()
    with pytest.raises(RunError, match="--which findings"):
        overpaint.boxes(run.path, tmp_path / "b")
    assert not (tmp_path / "b").exists()
