"""Verifying again from the files: faults are caught by whoever holds only the two folders."""

import shutil

import pyarrow as pa
import pytest
from PIL import Image
from small_dataset import tree

import overpaint
from overpaint.errors import UsageError
from overpaint.records import SAMPLES
from overpaint.rundir import Run, read_table, write_table


@pytest.fixture
def output(scrubbed, tmp_path):
    """A finished output and its run, to be damaged."""
    dataset, dest, _ = scrubbed
    shutil.copytree(dest, tmp_path / "out")
    shutil.copytree(dest.with_name("out.run"), tmp_path / "out.run")
    Run(tmp_path / "out.run").set_destination({"place": str(tmp_path / "out"), "kind": "folder"})
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
    for same in ("yunet", "fast", "thorough", "centerface,yunet"):
        with pytest.raises(UsageError, match="used yunet, which cannot vouch"):
            overpaint.verify(dataset, dest, detector=same)


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


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"subsampling": 0, "quality": 95}, "sampling-changed"), ({"format": "WEBP"}, "unknown-format")],
)
def test_a_file_that_cannot_be_compared_does_not_pass(output, options, reason):
    """Another program's output: without a measurement there is nothing to say for it."""
    dataset, dest = output
    key = "train/portrait/2.jpg"
    with Image.open(dataset / key) as image:
        image.save(dest / key, **options)
    assert reason in overpaint.verify(dataset, dest).by_reason


def test_the_output_that_is_named_is_the_one_that_is_checked(output, tmp_path):
    """Both were copied; the run still remembers the first place."""
    dataset, dest = output
    shutil.copytree(dest, tmp_path / "copy")
    shutil.copytree(dest.with_name("out.run"), tmp_path / "copy.run")
    shutil.copy(dataset / "train/portrait/2.jpg", tmp_path / "copy" / "train/portrait/2.jpg")
    assert overpaint.verify(tmp_path / "copy").failed == 1
    assert overpaint.verify(dest).ok


def test_a_run_that_claims_to_have_had_nothing_to_paint_is_not_believed(output):
    dataset, dest = output
    run, key = Run(dest.with_name("out.run")), "train/portrait/2.jpg"
    shutil.copy(dataset / key, dest / key)
    for file in (run.private / "samples").iterdir():
        rows = read_table(file).to_pylist()
        for row in rows:
            if row["key"] == key:
                row |= {"outcome": "identical", "output_sha256": row["sha256"]}
        write_table(file, pa.Table.from_pylist(rows, schema=SAMPLES))
    assert "not-replaced" in overpaint.verify(dest).by_reason


def test_rows_of_other_decisions_say_nothing(output):
    run = Run(output[1].with_name("out.run"))
    file = min((run.private / "samples").iterdir())
    rows = read_table(file).to_pylist()
    rows[0]["decision"] = "0" * 64
    write_table(file, pa.Table.from_pylist(rows, schema=SAMPLES))
    assert overpaint.verify(output[1]).by_reason == {"not-acted": 1}


def test_two_places_that_share_nothing_are_no_pass(dataset, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(UsageError, match="none of the 13 samples"):
        overpaint.verify(dataset, tmp_path / "elsewhere", workers=1)
