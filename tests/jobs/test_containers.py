"""Datasets in containers, through all rooms and from any kind to any other."""

import json

import pyarrow.parquet as pq
import pytest
from container_datasets import BOX, files, folder, keeps_all, members, parquet, tars

import overpaint
from overpaint.errors import UsageError
from overpaint.rundir import Run, read_table


def boxes(path, keys):
    """A file of boxes for some images, in a format of ours."""
    x0, y0, x1, y1 = BOX
    images = [{"id": i, "file_name": key} for i, key in enumerate(keys)]
    marks = [{"image_id": i, "bbox": [x0, y0, x1 - x0, y1 - y0]} for i in range(len(keys))]
    path.write_text(json.dumps({"images": images, "annotations": marks}))
    return path


def outcomes(run):
    found = {}
    for file in (run / "private/samples").glob("*.parquet"):
        found |= {row["key"]: row["outcome"] for row in read_table(file).to_pylist()}
    return found


def test_folder_to_tar_to_parquet_to_folder_gives_the_same_files(tmp_path):
    source = folder(tmp_path / "source")
    policy = keeps_all(tmp_path / "keep.toml")
    given = boxes(tmp_path / "none.json", [])
    steps = [("source", "webdataset"), ("webdataset", "parquet"), ("parquet", "folder")]
    for before, after in steps:
        overpaint.scrub(tmp_path / before, tmp_path / after, to=after, policy=policy, boxes=given, workers=2)
        assert overpaint.verify(tmp_path / after).failed == 0
    back = files(tmp_path / "folder")
    assert back.pop("classes.json")  # what overpaint adds: the class list
    assert back == files(source)


def test_tars_keep_their_names_and_members(tmp_path):
    source = tars(tmp_path / "shards")
    policy = keeps_all(tmp_path / "keep.toml")
    overpaint.scrub(source, tmp_path / "out", policy=policy, boxes=boxes(tmp_path / "none.json", []), workers=2)
    assert members(tmp_path / "out") == members(source)
    assert overpaint.verify(tmp_path / "out").ok


def test_what_was_derived_from_a_painted_image_goes_and_the_rest_stays(tmp_path):
    source = tars(tmp_path / "shards")
    given = boxes(tmp_path / "boxes.json", ["train-000000.tar/00002.jpg", "train-000000.tar/00001.right.png"])
    overpaint.scrub(source, tmp_path / "out", boxes=given, workers=2)
    before, after = members(source), members(tmp_path / "out")
    assert set(before) - set(after) == {"train-000000.tar/00002.emb.npy", "train-000000.tar/00001.emb.npy"}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"train-000000.tar/00002.jpg", "train-000000.tar/00001.right.png"}
    assert overpaint.verify(tmp_path / "out").ok
    summary = json.loads((tmp_path / "out.run/public/summary.json").read_bytes())
    dropped = {(f["name"], f["kind"]): f for f in summary["fields"]}
    assert dropped["emb.npy", "derived"]["dropped"] == 2


def test_a_record_without_its_image_goes_whole(tmp_path):
    source = tars(tmp_path / "shards")
    remove = tmp_path / "remove.txt"
    remove.write_text("train-000001.tar/00007.jpg\ntrain-000000.tar/00001.jpg\n")
    overpaint.scrub(source, tmp_path / "out", boxes=boxes(tmp_path / "none.json", []), remove=remove, workers=2)
    gone = set(members(source)) - set(members(tmp_path / "out"))
    assert {name for name in gone if "/00007" in name} == {
        f"train-000001.tar/00007.{extension}" for extension in ("jpg", "cls", "txt", "json", "emb.npy")
    }
    assert {name for name in gone if "/00001" in name} == {
        "train-000000.tar/00001.jpg",
        "train-000000.tar/00001.emb.npy",
    }


def test_parquet_keeps_its_rows_columns_and_features(tmp_path):
    source = parquet(tmp_path / "hub")
    policy = keeps_all(tmp_path / "keep.toml")
    overpaint.scrub(source, tmp_path / "out", policy=policy, boxes=boxes(tmp_path / "none.json", []), workers=2)
    for path in sorted(source.rglob("*.parquet")):
        before, after = pq.read_table(path), pq.read_table(tmp_path / "out" / path.relative_to(source))
        assert after.schema.metadata == before.schema.metadata
        assert after.to_pylist() == before.to_pylist()
    assert overpaint.verify(tmp_path / "out").ok


def test_parquet_painted_and_removed(tmp_path):
    source = parquet(tmp_path / "hub")
    file = "data/train-00000-of-00002.parquet"
    given = boxes(tmp_path / "boxes.json", [f"{file}/00000001/image", f"{file}/00000002/views/1"])
    remove = tmp_path / "remove.txt"
    remove.write_text(f"{file}/00000000/image\n{file}/00000005/image\n")
    overpaint.scrub(source, tmp_path / "out", boxes=given, remove=remove, workers=2)
    before, after = pq.read_table(source / file).to_pylist(), pq.read_table(tmp_path / "out" / file).to_pylist()
    assert len(after) == len(before) - 1  # row 0 had no other image; row 5 has
    assert [row["caption"] for row in after] == [row["caption"] for row in before[1:]]
    painted, listed, _, _, last = after
    assert painted["image"]["bytes"] != before[1]["image"]["bytes"]
    assert painted["embedding"] is None
    assert listed["views"][0] == before[2]["views"][0]
    assert listed["views"][1]["bytes"] != before[2]["views"][1]["bytes"]
    assert last["image"] is None
    assert last["views"][0] == before[5]["views"][0]
    assert overpaint.verify(tmp_path / "out").ok


@pytest.mark.parametrize("make", [tars, parquet])
@pytest.mark.parametrize("to", ["folder", "webdataset", "parquet"])
def test_any_to_any(tmp_path, make, to):
    source = make(tmp_path / "source")
    summary = overpaint.scrub(source, tmp_path / "out", to=to, boxes=boxes(tmp_path / "none.json", []), workers=2)
    assert summary.conservation.reconciles
    assert summary.conservation.outcomes["failed"] == 0
    found = overpaint.verify(tmp_path / "out")
    assert (found.failed, found.absent) == (0, 0)
    again = overpaint.scan(tmp_path / "out", run=tmp_path / "again.run", boxes=boxes(tmp_path / "none.json", []))
    assert again.conservation.listed == summary.conservation.listed


def test_columns_become_a_metadata_file_that_imagefolder_reads(tmp_path):
    source = parquet(tmp_path / "hub", files=1)
    overpaint.scrub(source, tmp_path / "out", to="folder", boxes=boxes(tmp_path / "none.json", []))
    lines = [json.loads(line) for line in (tmp_path / "out/metadata.jsonl").read_text().splitlines()]
    assert [line["caption"] for line in lines if "caption" in line] == [f"caption {n}" for n in range(6)]
    for line in lines:
        for name, value in line.items():
            if name.endswith("file_name"):
                assert (tmp_path / "out" / value).is_file()


@pytest.mark.parametrize(
    ("make", "to"), [(folder, "folder"), (folder, "webdataset"), (tars, "webdataset"), (parquet, "parquet")]
)
def test_decisions_change_and_only_what_they_say(tmp_path, make, to):
    """Scan, decide and act give what scrub gives; and new decisions give what they would have given at once."""
    source = make(tmp_path / "source")
    keys = sorted(outcomes_of_scan(source, tmp_path / "look.run", tmp_path))
    given = boxes(tmp_path / "boxes.json", keys[:3])
    overpaint.scrub(source, tmp_path / "once", to=to, boxes=given, workers=2)
    overpaint.scan(source, run=tmp_path / "twice.run", boxes=given, workers=1)
    overpaint.decide(tmp_path / "twice.run", policy=keeps_all(tmp_path / "keep.toml"))
    overpaint.act(tmp_path / "twice.run", tmp_path / "twice", to=to)
    assert overpaint.verify(tmp_path / "twice").ok
    overpaint.decide(tmp_path / "twice.run")
    overpaint.act(tmp_path / "twice.run")
    assert overpaint.verify(tmp_path / "twice").ok
    assert outcomes(tmp_path / "twice.run") == outcomes(tmp_path / "once.run")
    if make is not folder or to == "folder":
        assert files(tmp_path / "twice") == files(tmp_path / "once")


def outcomes_of_scan(source, run, tmp_path):
    overpaint.scan(source, run=run, boxes=boxes(tmp_path / "none.json", []))
    return outcomes(run)


def test_the_same_bytes_for_any_number_of_workers(tmp_path):
    for make, name in ((tars, "shards"), (parquet, "hub")):
        source = make(tmp_path / name)
        for workers in (1, 2):
            overpaint.scrub(
                source, tmp_path / f"{name}-{workers}", boxes=boxes(tmp_path / "none.json", []), workers=workers
            )
        assert files(tmp_path / f"{name}-1") == files(tmp_path / f"{name}-2")


def test_an_overlay_holds_what_changed_and_says_what_to_take_away(tmp_path):
    source = folder(tmp_path / "source")
    remove = tmp_path / "remove.txt"
    remove.write_text("train/dog/001.jpg\n")
    given = boxes(tmp_path / "boxes.json", ["train/cat/002.jpg"])
    overpaint.scrub(source, tmp_path / "out", overlay=True, boxes=given, remove=remove, policy=None)
    lines = [json.loads(line) for line in (tmp_path / "out/overlay.jsonl").read_text().splitlines()]
    assert {(line["name"], line["action"]) for line in lines} == {
        ("train/cat/002.jpg", "replace"),
        ("train/dog/001.jpg", "remove"),
    }
    found = files(tmp_path / "out")
    images = {name for name in found if name.endswith((".jpg", ".png"))}
    assert images == {"train/cat/002.jpg"}
    assert {"annotations/instances.json", "train.txt"} <= set(found)  # they lost an entry
    assert "LICENSE" not in found
    assert overpaint.verify(tmp_path / "out").ok


def test_a_run_is_bound_to_the_form_of_its_output(tmp_path):
    source = tars(tmp_path / "shards")
    given = boxes(tmp_path / "none.json", [])
    overpaint.scrub(source, tmp_path / "out", boxes=given)
    with pytest.raises(UsageError, match="with other options"):
        overpaint.scrub(source, tmp_path / "out", boxes=given, to="parquet")
    assert Run(tmp_path / "out.run").destination()["kind"] == "webdataset"


def test_what_in_containers_and_folders_was_tampered_with_is_seen(tmp_path):
    source = tars(tmp_path / "shards")
    overpaint.scrub(source, tmp_path / "out", boxes=boxes(tmp_path / "none.json", []))
    path = tmp_path / "out/train-000001.tar"
    data = bytearray(path.read_bytes())
    start = data.index(b"\xff\xda") + 40
    data[start] ^= 0xFF
    path.write_bytes(data)
    found = overpaint.verify(tmp_path / "out")
    assert found.by_reason["swapped"] == 1
    path.unlink()
    assert overpaint.verify(tmp_path / "out").by_reason == {"missing-output": 6}
    tars(tmp_path / "more", shards=1)
    (tmp_path / "more/train-000000.tar").rename(tmp_path / "out/train-000009.tar")
    assert overpaint.verify(tmp_path / "out").by_reason["unexpected-file"] == 6


def test_a_single_file_is_a_source_too(tmp_path):
    source = tars(tmp_path / "shards")
    overpaint.scrub(source / "train-000001.tar", tmp_path / "out", boxes=boxes(tmp_path / "none.json", []))
    assert set(members(tmp_path / "out")) == {name for name in members(source) if name.startswith("train-000001")}


def test_a_side_file_that_was_changed_or_is_gone_is_seen(tmp_path):
    source = folder(tmp_path / "source")
    overpaint.scrub(source, tmp_path / "out", boxes=boxes(tmp_path / "none.json", []))
    (tmp_path / "out/LICENSE").write_text("Nobody may.\n")
    (tmp_path / "out/train.txt").unlink()
    (tmp_path / "out/other.txt").write_text("?")
    found = overpaint.verify(tmp_path / "out")
    assert found.by_reason == {"side-file-changed": 1, "side-file-missing": 1, "unexpected-file": 1}
    assert (found.passed, found.checked) == (10, 10)
