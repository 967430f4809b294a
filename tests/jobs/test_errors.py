"""One clear line for what cannot be done, and nothing lost by it."""

import json

import pytest
from small_dataset import tree

import overpaint
from overpaint.errors import OverpaintWarning, RunError, SampleError, SourceError, UsageError
from overpaint.jobs import _verify_shard
from overpaint.pipeline import _look
from overpaint.records import Sample
from overpaint.rundir import Run, read_table


@pytest.fixture
def scanned(dataset, tmp_path):
    overpaint.scan(dataset, run=tmp_path / "photos.run", profile="fast", shard_size=4)
    return tmp_path / "photos.run"


@pytest.fixture
def boxes(tmp_path):
    """One box in one picture, so that no detector is needed."""
    path = tmp_path / "boxes.json"
    path.write_text(
        json.dumps([{"url": "train/landscape/0.jpg", "bboxes": [{"x0": 20, "y0": 20, "x1": 60, "y1": 70}]}])
    )
    return path


def test_acting_needs_decisions_a_place_and_a_finished_scan(scanned, tmp_path):
    with pytest.raises(RunError, match="overpaint decide"):
        overpaint.act(scanned, tmp_path / "out")
    overpaint.decide(scanned)
    with pytest.raises(UsageError, match="DEST"):
        overpaint.act(scanned)
    marker = next((scanned / "private" / "shards").iterdir())
    marker.unlink()
    with pytest.raises(UsageError, match="not scanned to the end"):
        overpaint.act(scanned, tmp_path / "out")
    with pytest.raises(UsageError, match="1 of 4 shards"):
        overpaint.decide(scanned)


def test_deciding_needs_a_listing(dataset, scanned):
    (scanned / "private" / "listing" / "shards.parquet").unlink()
    with pytest.raises(RunError, match="no listing"):
        overpaint.decide(scanned)


def test_a_run_writes_to_one_place(scanned, tmp_path):
    overpaint.decide(scanned)
    overpaint.act(scanned, tmp_path / "out")
    with pytest.raises(UsageError, match="writes to"):
        overpaint.act(scanned, tmp_path / "elsewhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match="not a directory"):
        overpaint.scrub(tmp_path / "file", tmp_path / "new")


def test_a_policy_between_two_others_is_compared_without_deciding(scanned, tmp_path):
    loose, strict = tmp_path / "loose.toml", tmp_path / "strict.toml"
    rule = 'version = 1\n[[rule]]\nname = "f"\nkind = "face"\nmin_confidence = {}\ntreatment = "redact"\nreason = "r"\n'
    loose.write_text(rule.format(0.3))
    strict.write_text(rule.format(0.99))
    difference = overpaint.decide(scanned, policy=loose, diff=strict)
    assert len(difference) >= 5
    assert Run(scanned).generation() is None
    assert {str(a) + ">" + str(b) for a, b in difference.counts} == {"redact>keep"}
    overpaint.decide(scanned, policy=strict)
    assert len(overpaint.decide(scanned, diff=strict)) == 0, "compared with what is in force"


def test_verifying_says_what_it_needs(dataset, scanned, tmp_path):
    with pytest.raises(RunError, match="nothing to verify"):
        overpaint.verify(scanned)
    with pytest.raises(UsageError, match="both SOURCE and DEST"):
        overpaint.verify(scanned, detector="yunet")
    with pytest.raises(UsageError, match="no directory"):
        overpaint.verify(dataset, tmp_path / "nothing")
    with pytest.raises(UsageError, match="is a run directory"):
        overpaint.verify(scanned, dataset)
    overpaint.decide(scanned)
    overpaint.act(scanned, tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "moved")
    with pytest.raises(RunError, match="not there any more"):
        overpaint.verify(scanned)


def test_verifying_with_boxes_checks_those(dataset, tmp_path):
    boxes = tmp_path / "boxes.json"
    face = {"x0": 20, "y0": 20, "x1": 60, "y1": 70}
    keys = ["train/landscape/0.jpg", "train/landscape/1.jpg"]
    boxes.write_text(json.dumps([{"url": key, "bboxes": [face]} for key in keys]))
    overpaint.scrub(dataset, tmp_path / "out", boxes=boxes)
    result = overpaint.verify(dataset, tmp_path / "out", boxes=boxes)
    assert (result.mode, result.faces, result.failed, result.absent) == ("boxes", 2, 0, 3)
    boxes.write_text(json.dumps([{"url": key, "bboxes": [face]} for key in [*keys, "train/landscape/2.jpg"]]))
    result = overpaint.verify(dataset, tmp_path / "out", boxes=boxes)
    assert result.failed == 1
    assert set(result.by_reason) <= {"detail-left", "not-replaced"}


def test_a_source_that_vanished_fails_its_check(scrubbed, dataset, tmp_path):
    import shutil

    shutil.copytree(dataset, tmp_path / "photos", copy_function=shutil.copy2)
    overpaint.scrub(tmp_path / "photos", tmp_path / "out", profile="fast")
    (tmp_path / "photos" / "train/portrait/1.jpg").unlink()
    assert overpaint.verify(tmp_path / "out").by_reason == {"source-vanished": 1}


def test_a_fault_of_our_own_costs_one_sample(monkeypatch):
    class Source:
        def read(self, sample):
            return b"\xff\xd8 something"

    def broken(data):
        raise ZeroDivisionError

    monkeypatch.setattr(_look, "sniff", broken)
    looked = _look.look(Sample("a.jpg", 3, 0), Source(), None, None, max_pixels=100)
    assert (looked.row.outcome, looked.row.stage, looked.row.reason) == ("failed", "decode", "internal-error")
    assert looked.row.detail == "ZeroDivisionError"


def test_a_detector_that_fails_on_an_image_does_not_let_it_pass(monkeypatch):
    from PIL import Image

    from overpaint.detectors import Fault, Look

    class Looker:
        long_side, detectors, file_searches = 0, ("mine",), ()

        def look(self, image, *, label):
            return Look((), (Fault("mine", "raised"),), {"mine": 0.0}, blind=True)

    class Source:
        def read(self, sample):
            import io

            held = io.BytesIO()
            Image.new("RGB", (8, 8)).save(held, "JPEG")
            return held.getvalue()

    looked = _look.look(Sample("a.jpg", 3, 0), Source(), Looker(), None, max_pixels=100)
    assert (looked.row.looked, looked.row.stage, looked.row.reason) == (False, "look", "no-detector-worked")


def test_a_caption_that_cannot_be_read_now_is_read_when_the_sample_is_looked_at_again():
    import io

    from PIL import Image

    from overpaint.detectors import Looker, LookOptions
    from overpaint.detectors._names import open_names
    from overpaint.errors import SampleError
    from overpaint.pipeline import _look
    from overpaint.pipeline._again import unread
    from overpaint.records import Sample

    class Source:
        def read(self, sample):
            held = io.BytesIO()
            Image.new("RGB", (8, 8)).save(held, "JPEG")
            return held.getvalue()

        def texts(self, sample):
            raise SampleError("unreadable", "permission denied")

    looker = Looker([], files=[open_names(LookOptions())])
    row = _look.look(Sample("a.jpg", 3, 0), Source(), looker, None, max_pixels=100).row
    assert (row.looked, row.outcome, row.stage, row.reason) == (False, "failed", "read", "unreadable")
    assert unread(row)


def test_a_folder_without_images_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.warns(OverpaintWarning, match="no image was found"):
        summary = overpaint.scrub(tmp_path / "empty", tmp_path / "out", profile="fast")
    assert summary.conservation.listed == 0
    assert overpaint.verify(tmp_path / "out").samples == 0


def test_what_was_removed_comes_back_when_decided_again(scanned, tmp_path):
    """A sample that could not be looked at stays failed, whatever was decided in between."""
    (tmp_path / "gone.txt").write_text("val/landscape/cut.jpg\n")
    overpaint.decide(scanned, remove=tmp_path / "gone.txt")
    overpaint.act(scanned, tmp_path / "out")
    states = []
    for _ in (1, 2):
        tables = [read_table(f).to_pylist() for f in (scanned / "private" / "samples").glob("*.parquet")]
        (row,) = [r for t in tables for r in t if r["key"] == "val/landscape/cut.jpg"]
        states.append((row["outcome"], row["reason"]))
        overpaint.decide(scanned)
        overpaint.act(scanned)
    assert states == [("removed", "undecodable"), ("failed", "undecodable")]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_inner_box_has_the_face_as_its_core(orientation):
    from overpaint.painting import regions
    from overpaint.records import Box

    face = Box(300, 200, 500, 460)
    (group,) = regions(
        [_verify_shard._inner(face, orientation)], width=1000, height=900, orientation=orientation, cells=4
    ).groups
    assert all(abs(a - b) <= 3 for a, b in zip(group.cores[0], face.outward(), strict=True))


def test_a_sample_error_survives_pickling():
    import pickle

    error = pickle.loads(pickle.dumps(SampleError("empty", "no bytes")))
    assert (error.reason, error.detail, str(error)) == ("empty", "no bytes", "empty: no bytes")


def test_a_scan_may_finish_what_a_scrub_began(dataset, boxes, tmp_path):
    run = tmp_path / "out.run"
    overpaint.scrub(dataset, tmp_path / "out", boxes=boxes, shard_size=4, workers=1)
    first = min((run / "private" / "shards").iterdir())
    for kind in ("samples", "findings", "decisions/0001"):
        (run / "private" / kind / f"{first.stem}.parquet").unlink()
    first.unlink()
    before = tree(tmp_path / "out")
    overpaint.scan(dataset, run=run, boxes=boxes, shard_size=4, workers=1)
    overpaint.act(run, workers=1)
    assert tree(tmp_path / "out") == before
    assert overpaint.verify(run, workers=1).ok


def test_an_output_that_was_taken_away_is_said(dataset, boxes, tmp_path):
    import shutil

    overpaint.scrub(dataset, tmp_path / "out", boxes=boxes, workers=1)
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(RunError, match="not there any more"):
        overpaint.scrub(dataset, tmp_path / "out", boxes=boxes, workers=1)


def test_a_run_that_was_stopped_before_its_plan_was_written_can_be_begun_again(dataset, boxes, tmp_path):
    run = tmp_path / "a.run"
    for half in ("samples", "shards"):
        (run / "private" / half).mkdir(parents=True)
    (run / "private" / "policy.toml").write_text("vers")
    overpaint.scan(dataset, run=run, boxes=boxes, workers=1)
    (run / "plan.toml").unlink()
    with pytest.raises(RunError, match="no run directory"):
        overpaint.scan(dataset, run=run, boxes=boxes, workers=1)


def test_the_working_directory_may_be_the_destination(dataset, boxes, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    overpaint.scrub(dataset, ".", boxes=boxes, workers=1)
    assert (tmp_path / "out.run" / "plan.toml").is_file()
    assert overpaint.verify(".", workers=1).ok


def test_a_name_too_long_for_the_destination_costs_that_sample(tmp_path, monkeypatch, boxes):
    from PIL import Image

    source = tmp_path / "s"
    source.mkdir()
    Image.new("RGB", (16, 16)).save(source / "a.jpg")
    at, room = source, 4075
    while room - len(str(at)) > 8:
        at = at / ("d" * min(200, room - len(str(at)) - 6))
        at.mkdir()
    (at / "b.jpg").write_bytes((source / "a.jpg").read_bytes())
    boxes.write_text(json.dumps([{"url": "a.jpg", "bboxes": []}]))
    summary = overpaint.scrub(source, tmp_path / ("out" * 20), run=tmp_path / "r", boxes=boxes, workers=1)
    assert (summary.conservation.outcomes["failed"], summary.conservation.outcomes["identical"]) == (1, 1)


def test_a_run_directory_that_arrow_cannot_name_is_refused(dataset, boxes, tmp_path):
    with pytest.raises(UsageError, match="--run"):
        overpaint.scan(dataset, run=tmp_path / "a\udcff.run", boxes=boxes)
