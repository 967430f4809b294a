"""The main job, through all rooms: every sample is accounted for, and nothing is published unchecked."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_dataset import tree

import overpaint
from overpaint import formats, pipeline
from overpaint.errors import BoxesError, OverpaintWarning, RunError, UsageError
from overpaint.formats import Output
from overpaint.rundir import Run, read_table


def rows(run: Path) -> dict[str, dict]:
    found = {}
    for file in sorted((run / "private" / "samples").glob("*.parquet")):
        found |= {row["key"]: row for row in read_table(file).to_pylist()}
    return found


def test_every_sample_has_one_outcome_and_only_the_good_are_published(scrubbed):
    dataset, dest, _ = scrubbed
    found = rows(dest.with_name("out.run"))
    outcomes = {key: row["outcome"] for key, row in found.items()}
    assert outcomes == {
        "train/landscape/0.jpg": "identical",
        "train/landscape/1.jpg": "identical",
        "train/landscape/2.jpg": "identical",
        "train/portrait/0.jpg": "redacted",
        "train/portrait/1.jpg": "redacted",
        "train/portrait/2.jpg": "redacted",
        "train/portrait/drawn.png": "redacted",
        "train/portrait/two.JPEG": "redacted",
        "val/landscape/comment.jpg": "metadata-only",
        "val/landscape/cut.jpg": "failed",
        "val/landscape/empty.jpg": "failed",
        "val/landscape/web.webp": "failed",
        "val/portrait/thumb\nnail.jpg": "redacted",
    }
    published = {key for key, outcome in outcomes.items() if outcome != "failed"}
    assert set(tree(dest)) == published | {"readme.txt", "classes.json"}
    assert {
        found[k]["reason"] for k in ("val/landscape/cut.jpg", "val/landscape/empty.jpg", "val/landscape/web.webp")
    } == {
        "undecodable",
        "empty",
        "truncated-header",
    }
    for key in published:
        assert found[key]["output_sha256"] == tree(dest)[key]
    for key in ("train/landscape/0.jpg", "train/landscape/1.jpg"):
        assert (dest / key).read_bytes() == (dataset / key).read_bytes()


def test_the_thumbnail_and_the_place_are_gone(scrubbed):
    dataset, dest, _ = scrubbed
    key = "val/portrait/thumb\nnail.jpg"
    assert (dataset / key).read_bytes().count(b"\xff\xd8\xff") == 2
    assert (dest / key).read_bytes().count(b"\xff\xd8\xff") == 1
    removed = rows(dest.with_name("out.run"))[key]["metadata_removed"]
    assert {"exif-thumbnail", "gps"} <= set(removed)


def test_the_output_is_the_same_for_any_number_of_workers_and_shard_size(scrubbed, tmp_path):
    dataset, dest, _ = scrubbed
    overpaint.scrub(dataset, tmp_path / "out", profile="fast", shard_size=512, workers=1)
    assert tree(tmp_path / "out") == tree(dest)


def test_scan_decide_act_give_what_scrub_gives(scrubbed, tmp_path):
    dataset, dest, _ = scrubbed
    run = tmp_path / "photos.run"
    overpaint.scan(dataset, run=run, profile="fast", shard_size=4)
    assert all(row["outcome"] in {None, "failed"} for row in rows(run).values())
    overpaint.decide(run)
    overpaint.act(run, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(dest)


def test_a_finished_scrub_again_writes_nothing(scrubbed, monkeypatch):
    dataset, dest, first = scrubbed
    before = {path: path.stat().st_mtime_ns for path in dest.rglob("*")}
    again = overpaint.scrub(dataset, dest, profile="fast", shard_size=4)
    assert {path: path.stat().st_mtime_ns for path in dest.rglob("*")} == before
    assert again.to_dict() == first.to_dict()


def test_new_decisions_rewrite_only_what_they_change(dataset, tmp_path):
    dest, run = tmp_path / "out", tmp_path / "out.run"
    overpaint.scrub(dataset, dest, profile="fast", shard_size=4)
    original = tree(dest)
    times = {path: path.stat().st_mtime_ns for path in dest.rglob("*") if path.is_file()}
    (tmp_path / "gone.txt").write_text("train/portrait/0.jpg\ntrain/landscape/1.jpg\n")
    changes = overpaint.decide(run, remove=tmp_path / "gone.txt")
    assert len(changes) == 2
    overpaint.act(run)
    assert set(original) - set(tree(dest)) == {"train/portrait/0.jpg", "train/landscape/1.jpg"}
    assert all(path.stat().st_mtime_ns == times[path] for path in dest.rglob("*") if path.is_file())
    overpaint.decide(run)
    overpaint.act(run)
    assert tree(dest) == original


def test_boxes_made_elsewhere_are_painted_without_a_detector(dataset, tmp_path):
    entries = [
        {"url": "train/landscape/0.jpg", "bboxes": [{"x0": 20, "y0": 20, "x1": 60, "y1": 70}]},
        {"url": "train/landscape/1.jpg", "bboxes": []},
    ]
    boxes = tmp_path / "face_annotations_ILSVRC.json"
    boxes.write_text(json.dumps(entries))
    dest = tmp_path / "out"
    overpaint.scrub(dataset, dest, boxes=boxes)
    found = rows(tmp_path / "out.run")
    assert found["train/landscape/0.jpg"]["outcome"] == "redacted"
    assert found["train/landscape/1.jpg"]["outcome"] == "identical"
    assert found["train/portrait/0.jpg"]["outcome"] == "identical"
    assert found["train/portrait/0.jpg"]["note"] == "no-boxes-given"
    assert overpaint.verify(dest).faces == 1


@pytest.mark.parametrize("after", [0.6, 1.2, 2.0])
def test_killed_anywhere_and_resumed_gives_the_same_bytes(dataset, scrubbed, tmp_path, after):
    dest = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "overpaint",
        "scrub",
        str(dataset),
        str(dest),
        "--profile",
        "fast",
        "--shard-size",
        "2",
        "-j",
        "1",
    ]
    for _ in range(3):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(after)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr  # three files cannot be handled
    assert tree(dest) == tree(scrubbed[1])


def test_the_private_half_is_closed_and_the_run_lies_beside(scrubbed):
    _, dest, _ = scrubbed
    run = dest.with_name("out.run")
    assert stat.S_IMODE((run / "private").stat().st_mode) == 0o700
    assert not (dest / "plan.toml").exists()


def test_the_public_half_names_no_sample(scrubbed):
    dataset, dest, _ = scrubbed
    run = dest.with_name("out.run")
    found = rows(run)
    secrets = {str(dataset), str(dest)}
    for key, row in found.items():
        secrets |= {key, Path(key).name, row["sha256"] or key, row["output_sha256"] or key}
    for file in (run / "public").rglob("*"):
        text = file.read_text("utf-8", "replace")
        assert [secret for secret in secrets if secret in text and len(secret) > 5] == []


def test_two_runs_on_one_directory_are_told_so(dataset, tmp_path):
    overpaint.scan(dataset, run=tmp_path / "a.run", profile="fast")
    with Run(tmp_path / "a.run").lock(), pytest.raises(RunError, match="in use"):
        overpaint.scan(dataset, run=tmp_path / "a.run", profile="fast")


def test_another_plan_on_the_same_run_is_refused_by_name(scrubbed):
    dataset, dest, _ = scrubbed
    with pytest.raises(RunError, match="policy"):
        overpaint.scrub(dataset, dest, profile="fast", shard_size=4, look="blur")
    with pytest.raises(RunError, match=r"profile.*detectors"):
        overpaint.scrub(dataset, dest, profile="balanced", shard_size=4)


def test_a_destination_with_other_things_in_it_is_refused(dataset, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "precious.txt").write_text("mine")
    with pytest.raises(RunError, match="not empty"):
        overpaint.scrub(dataset, tmp_path / "out", profile="fast")
    with pytest.raises(UsageError):
        overpaint.scrub(dataset, dataset / "out", profile="fast")
    with pytest.raises(UsageError, match="DEST"):
        overpaint.scrub(dataset, tmp_path / "new", run=tmp_path / "new" / "run", profile="fast")


def test_a_source_that_changed_after_the_look_is_not_published(dataset, tmp_path):
    import shutil

    copy = tmp_path / "photos"
    shutil.copytree(dataset, copy)
    run = tmp_path / "photos.run"
    overpaint.scan(copy, run=run, profile="fast")
    (copy / "train/portrait/1.jpg").write_bytes((dataset / "train/portrait/2.jpg").read_bytes())
    (copy / "train/landscape/0.jpg").unlink()
    overpaint.decide(run)
    overpaint.act(run, tmp_path / "out")
    found = rows(run)
    assert found["train/portrait/1.jpg"]["reason"] == "changed"
    assert found["train/landscape/0.jpg"]["reason"] == "vanished"
    assert "train/portrait/1.jpg" not in tree(tmp_path / "out")


def test_boxes_of_another_dataset_or_another_picture_are_told(dataset, tmp_path):
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps([{"url": "test/nothing.jpg", "bboxes": []}]))
    with pytest.raises(BoxesError, match=r"none of its 1 images is in SOURCE.*test/nothing\.jpg"):
        overpaint.scrub(dataset, tmp_path / "a", boxes=boxes)
    coco = {
        "images": [{"id": 1, "file_name": "train/landscape/0.jpg", "width": 999, "height": 10}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}],
        "categories": [{"id": 1, "name": "face"}],
    }
    boxes.write_text(json.dumps(coco))
    overpaint.scrub(dataset, tmp_path / "b", boxes=boxes)
    assert rows(tmp_path / "b.run")["train/landscape/0.jpg"]["reason"] == "boxes-do-not-fit"


def test_a_policy_that_cannot_match_or_names_nobody_is_said(dataset, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'version = 1\n[[rule]]\nname = "odd"\nkind = "faces"\ntreatment = "redact"\nreason = "misspelt"\n'
        '[[remove]]\nkeys = ["no/such.jpg"]\nreason = "asked for"\n'
    )
    with pytest.warns(OverpaintWarning) as said:
        overpaint.scrub(dataset, tmp_path / "out", policy=policy, profile="fast")
    assert {"'odd'" in str(w.message) or "no/such.jpg" in str(w.message) for w in said} == {True}


def test_the_plan_names_no_key_and_no_person(dataset, tmp_path):
    (tmp_path / "gone.txt").write_text("train/portrait/0.jpg\n")
    overpaint.scrub(dataset, tmp_path / "out", profile="fast", remove=tmp_path / "gone.txt")
    assert "portrait" not in (tmp_path / "out.run" / "plan.toml").read_text()
    assert "train/portrait/0.jpg" not in tree(tmp_path / "out")


def test_a_plan_whose_policy_was_changed_by_hand_is_refused(dataset, tmp_path):
    overpaint.scan(dataset, run=tmp_path / "a.run", profile="fast")
    policy = tmp_path / "a.run" / "private" / "policy.toml"
    policy.write_text(policy.read_text().replace("0.6", "0.9"))
    with pytest.raises(RunError, match="not the one that was frozen"):
        overpaint.decide(tmp_path / "a.run")


def test_an_act_that_died_and_decisions_taken_back_leave_nothing_of_it(dataset, tmp_path):
    """Outputs of decisions that were given up must not stay: here a face that they would have left unpainted."""
    boxes = tmp_path / "boxes.json"
    face = {"x0": 20, "y0": 20, "x1": 60, "y1": 70}
    boxes.write_text(json.dumps([{"url": f"train/landscape/{i}.jpg", "bboxes": [face]} for i in (0, 1)]))
    dest, run = tmp_path / "out", Run(tmp_path / "out.run")
    overpaint.scrub(dataset, dest, boxes=boxes, workers=1, shard_size=64)
    painted = tree(dest)
    (tmp_path / "none.toml").write_text("version = 1\n")
    overpaint.decide(run.path, policy=tmp_path / "none.toml")
    refs = formats.read_shards(run.listing)  # one a split
    ref = next(r for r in refs if formats.read_shard(run.listing, r)[0].split == "train")
    room = pipeline.open_room(
        pipeline.RoomConfig(run=run.path, generation="0002", output=Output(str(dest)), looks=False)
    )
    index = [s.key for s in formats.read_shard(run.listing, ref)].index("train/landscape/1.jpg")

    def dies(row):
        if row == index:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.act_shard(room, ref, dies)
    assert (dest / "train/landscape/0.jpg").read_bytes() == (dataset / "train/landscape/0.jpg").read_bytes()
    overpaint.decide(run.path)
    overpaint.act(run.path, workers=1)
    assert tree(dest) == painted
