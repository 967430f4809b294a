"""Verifying again from the files: faults are caught by whoever holds only the two folders."""

import shutil

import pytest
from small_dataset import tree

import overpaint
from overpaint.errors import UsageError
from overpaint.rundir import Run


@pytest.fixture
def output(scrubbed, tmp_path):
    """A finished output and its run, to be damaged."""
    dataset, dest, _ = scrubbed
    shutil.copytree(dest, tmp_path / "out")
    shutil.copytree(dest.with_name("out.run"), tmp_path / "out.run")
    Run(tmp_path / "out.run").set_destination(tmp_path / "out")
    return dataset, tmp_path / "out"


def test_an_untouched_output_passes(output):
    result = overpaint.verify(output[1])
    assert (result.ok, result.failed, result.faces) == (True, 0, 7)
    assert (output[1].with_name("out.run") / "private" / "verify.json").exists()


def test_a_source_file_put_back_is_caught(output):
    dataset, dest = output
    shutil.copy(dataset / "train/portrait/2.jpg", dest / "train/portrait/2.jpg")
    result = overpaint.verify(dest)
    assert result.failed == 1
    assert {"swapped", "detail-left"} <= set(result.by_reason)


def test_files_missing_or_too_many_are_caught(output):
    dataset, dest = output
    (dest / "train/landscape/0.jpg").unlink()
    shutil.copy(dataset / "val/landscape/cut.jpg", dest / "val/landscape/cut.jpg")
    (dest / "train/extra.jpg").write_bytes((dataset / "train/landscape/0.jpg").read_bytes())
    (dest / "stray.txt").write_text("x")
    result = overpaint.verify(dest)
    assert result.by_reason == {"unexpected-file": 3, "missing-output": 1, "published-anyway": 1}


def test_without_a_run_another_detector_finds_the_faces(output, tmp_path):
    dataset, dest = output
    assert overpaint.verify(dataset, dest).failed == 0
    shutil.copy(dataset / "train/portrait/2.jpg", dest / "train/portrait/2.jpg")
    result = overpaint.verify(dataset, dest)
    assert result.mode == "detector"
    assert result.by_reason["detail-left"] == 1
    assert any("it missed were not checked" in line for line in result.lines())


def test_the_scrubs_own_detector_cannot_vouch_for_it(output):
    dataset, dest = output
    with pytest.raises(UsageError, match="cannot vouch"):
        overpaint.verify(dataset, dest, detector="yunet")


def test_verify_reads_only_and_leaves_nothing_behind(output, tmp_path, monkeypatch):
    dataset, dest = output
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = tree(dataset), tree(dest)
    overpaint.verify(dest)
    assert (tree(dataset), tree(dest)) == before
    overpaint.verify(dataset, dest)
    assert list(scratch.iterdir()) == []
