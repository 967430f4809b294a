"""A label policy goes the way of every other decision: with a basis, into the digest, and taken back by another one."""

import io
import json
import tarfile

import pyarrow.parquet as pq
import pytest
from labelled_datasets import (
    BALLPLAYER,
    CHURCH,
    CLASSES,
    DIVER,
    GOLF_BALL,
    GROOM,
    POLICY,
    RATINGS,
    TENCH,
    folder,
    table,
    tar,
)
from small_dataset import tree

import overpaint
from overpaint import labels
from overpaint.errors import LabelsError, RunError, UsageError
from overpaint.rundir import Run, read_table


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "labels.toml").write_text(POLICY)
    return {"labels": tmp_path / "labels.toml", "ratings": [tmp_path / "ratings.csv"]}


def scrub(source, dest, **more):
    return overpaint.scrub(source, dest, detectors="none", metadata="keep", shard_size=5, workers=1, **more)


def decisions(run):
    generation = Run(run).generation()
    files = sorted((run / "private" / "decisions" / generation).glob("*.parquet"))
    return [row for file in files for row in read_table(file).to_pylist()]


def test_a_folder(tmp_path, policy):
    source = folder(tmp_path / "in")
    outcomes = scrub(source, tmp_path / "out", **policy).conservation.outcomes
    assert (outcomes["identical"], outcomes["removed"], outcomes["quarantined"]) == (12, 3, 3)
    before, after = tree(source), tree(tmp_path / "out")
    kept = {key: digest for key, digest in before.items() if key.split("/")[1] in (CHURCH, GOLF_BALL, BALLPLAYER)}
    moved = {key.replace(f"/{TENCH}/", "/vertebrate/"): d for key, d in before.items() if f"/{TENCH}/" in key}
    ours = {"classes.json", "label-index.csv", "label-tombstones.json"}
    assert {key: digest for key, digest in after.items() if key not in ours}.items() >= kept.items()
    assert sorted(after.values())  # every picture that stays is there once, whatever it is called
    assert sorted(d for key, d in after.items() if key not in ours) == sorted([*kept.values(), *moved.values()])
    assert {key.split("/")[1] for key in after if key not in ours} == {CHURCH, GOLF_BALL, BALLPLAYER, "vertebrate"}
    rows = {row["key"].split("/")[1]: row for row in decisions(tmp_path / "out.run")}
    assert (rows[GROOM]["treatment"], rows[GROOM]["basis"]) == ("remove", "labels:rated")
    assert (rows[DIVER]["treatment"], rows[DIVER]["kind"]) == ("quarantine", "label")
    assert (rows[TENCH]["treatment"], rows[TENCH]["labels"]) == ("keep", ["vertebrate"])
    assert CHURCH not in rows
    assert overpaint.verify(tmp_path / "out").ok


def test_what_is_published_of_the_labels(tmp_path, policy):
    scrub(folder(tmp_path / "in"), tmp_path / "out", **policy)
    classes = labels.read_classes(tmp_path / "out" / "classes.json")
    assert classes.labels == tuple(sorted([CHURCH, GOLF_BALL, BALLPLAYER, "vertebrate"]))
    classes.check(sorted(place.name for place in (tmp_path / "out" / "train").iterdir()))
    stones = labels.read_tombstones(tmp_path / "out" / "label-tombstones.json")
    assert {stone.label: (stone.action, stone.images) for stone in stones.rows} == {
        GROOM: ("remove", 3),
        DIVER: ("hold", 3),
        TENCH: ("merge", 3),
    }
    index = (tmp_path / "out" / "label-index.csv").read_text().splitlines()
    assert index[0] == "old_index,old_label,new_index,new_label,action"
    assert f"0,{TENCH},3,vertebrate,merge" in index
    assert len(index) == 1 + len(CLASSES)


def test_another_policy_moves_what_it_changes_and_none_takes_all_back(tmp_path, policy):
    source = folder(tmp_path / "in")
    scrub(source, tmp_path / "out", **policy)
    run = tmp_path / "out.run"
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.JPEG")}
    (tmp_path / "other.toml").write_text(POLICY.replace('to = "vertebrate"', 'to = "animal"'))
    changed = overpaint.decide(run, labels=tmp_path / "other.toml", ratings=policy["ratings"])
    assert len(changed) == 3
    overpaint.act(run)
    assert overpaint.verify(tmp_path / "out").ok
    now = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.JPEG")}
    assert {path.parent.name for path in now.keys() - times.keys()} == {"animal"}
    assert {path.parent.name for path in times.keys() - now.keys()} == {"vertebrate"}
    assert all(now[path] == times[path] for path in now.keys() & times.keys())
    overpaint.decide(run, labels="none")
    overpaint.act(run)
    after = tree(tmp_path / "out")
    del after["classes.json"]
    assert after == tree(source)
    assert overpaint.verify(tmp_path / "out").ok


@pytest.mark.parametrize("workers", [1, 2])
def test_a_tar_with_numbers_and_several_labels(tmp_path, policy, workers):
    (tmp_path / "names.txt").write_text("\n".join(CLASSES) + "\n")
    source = tar(tmp_path / "in")
    outcomes = overpaint.scrub(
        source,
        tmp_path / "out",
        detectors="none",
        metadata="keep",
        workers=workers,
        label_list=str(tmp_path / "names.txt"),
        **policy,
    ).conservation.outcomes
    # two of three pictures of the removed class bear another label too, and stay under that
    assert (outcomes["identical"], outcomes["removed"], outcomes["quarantined"]) == (14, 1, 3)
    classes = labels.read_classes(tmp_path / "out" / "classes.json").labels
    said = {}
    for path in (tmp_path / "out").glob("*.tar"):
        with tarfile.open(path) as file:
            for member in file:
                record, _, extension = member.name.partition(".")
                said.setdefault(record, {})[extension] = file.extractfile(member).read()
    assert len(said) == 14
    for record, members in said.items():
        old = CLASSES[int(record[0])]
        names = json.loads(members["json"])["labels"]
        assert GROOM not in names and DIVER not in names and TENCH not in names
        if old == GROOM:
            assert names == [CHURCH]
        else:
            assert classes[int(members["cls"])] == names[0] == ("vertebrate" if old == TENCH else old)


def test_a_table_with_a_class_list_of_its_own(tmp_path, policy):
    outcomes = scrub(table(tmp_path / "in"), tmp_path / "out", **policy).conservation.outcomes
    assert (outcomes["identical"], outcomes["removed"], outcomes["quarantined"]) == (12, 3, 3)
    found = [pq.read_table(path) for path in sorted((tmp_path / "out").glob("*.parquet"))]
    classes = labels.read_classes(tmp_path / "out" / "classes.json").labels
    for one in found:
        features = json.loads(one.schema.metadata[b"huggingface"])["info"]["features"]
        assert tuple(features["label"]["names"]) == classes
    numbers = [number for one in found for number in one["label"].to_pylist()]
    assert sorted(classes[number] for number in numbers) == sorted(
        [*[CHURCH] * 3, *[GOLF_BALL] * 3, *[BALLPLAYER] * 3, *["vertebrate"] * 3]
    )


def test_numbers_that_shift_are_written_anew_everywhere(tmp_path, policy):
    """In a shard where no label goes, numbers still change when classes of other shards go."""
    scrub(table(tmp_path / "in", images=5), tmp_path / "out")
    overpaint.decide(tmp_path / "out.run", **policy)
    overpaint.act(tmp_path / "out.run", workers=1)
    classes = labels.read_classes(tmp_path / "out" / "classes.json").labels
    found = [pq.read_table(path) for path in sorted((tmp_path / "out").glob("*.parquet"))]
    numbers = [number for one in found for number in one["label"].to_pylist()]
    assert sorted({classes[number] for number in numbers}) == sorted([CHURCH, GOLF_BALL, BALLPLAYER, "vertebrate"])


def test_one_line_for_what_cannot_be(tmp_path, policy):
    source = folder(tmp_path / "in", images=1)
    with pytest.raises(UsageError, match="overlay"):
        scrub(source, tmp_path / "out", overlay=True, **policy)
    with pytest.raises(UsageError, match="--ratings goes with --labels"):
        scrub(source, tmp_path / "other", ratings=policy["ratings"])
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "a.jpg").write_bytes(picture := next((source / "train").rglob("*.JPEG")).read_bytes())
    assert picture
    with pytest.raises(LabelsError, match="--label-place"):
        scrub(flat, tmp_path / "third", **policy)


def test_a_run_goes_on_with_what_was_decided(tmp_path, policy):
    """Ratings may change on the disk later: what is in force was decided once."""
    source = folder(tmp_path / "in")
    scrub(source, tmp_path / "out", **policy)
    before = tree(tmp_path / "out")
    scrub(source, tmp_path / "out", **policy)
    assert tree(tmp_path / "out") == before


def test_verify_reads_the_labels_that_are_left(tmp_path, policy):
    """Not by the run's word: a label that was taken away and stands in a member again is found."""
    source = tar(tmp_path / "in")
    scrub(source, tmp_path / "out", label_places=[".json:labels"], **policy)
    assert overpaint.verify(tmp_path / "out").ok
    path = min((tmp_path / "out").glob("*.tar"))
    with tarfile.open(path) as file:
        members = [(member, file.extractfile(member).read()) for member in file]
    with tarfile.open(path, "w") as file:
        for member, data in members:
            changed = data.replace(b'"vertebrate"', f'"{TENCH}"'.encode()) if member.name.endswith(".json") else data
            member.size = len(changed)
            file.addfile(member, io.BytesIO(changed))
    found = overpaint.verify(tmp_path / "out")
    assert not found.ok
    assert found.by_reason["label-left"] == 3


def test_labels_that_only_files_beside_name_go_by_the_policy_too(tmp_path, policy):
    """COCO's categories are no folders: they are exchanged in the file, and decide of no image."""
    source = folder(tmp_path / "in")
    names = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.JPEG"))
    coco = {
        "images": [{"id": number, "file_name": name, "width": 32, "height": 24} for number, name in enumerate(names)],
        "categories": [{"id": 1, "name": "bicycle"}, {"id": 2, "name": "wibble"}],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1 + number % 2, "bbox": [1, 1, 5, 5]}
            for number in range(len(names))
        ],
    }
    (source / "instances.json").write_text(json.dumps(coco))
    more = '\n[[clause]]\nname = "wibble"\nreason = "It is no word."\nlabels = ["wibble"]\naction = "remove"\n'
    (tmp_path / "labels.toml").write_text(POLICY + more)
    scrub(source, tmp_path / "out", **policy)
    written = json.loads((tmp_path / "out" / "instances.json").read_text())
    assert [category["name"] for category in written["categories"]] == ["bicycle"]
    assert len(written["images"]) == 12
    assert {one["file_name"] for one in written["images"]} == {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.JPEG")
    }
    assert all(one["category_id"] == written["categories"][0]["id"] for one in written["annotations"])
    classes = labels.read_classes(tmp_path / "out" / "classes.json").labels
    assert "bicycle" not in classes
    stones = labels.read_tombstones(tmp_path / "out" / "label-tombstones.json")
    assert {stone.label for stone in stones.rows if stone.clause == "wibble"} == {"beside-label-002"}
    found = {one.label: one for one in labels.audit(source).classes}
    assert (found["wibble"].beside, found["wibble"].images, found[TENCH].beside) == (True, 9, False)
    assert overpaint.verify(tmp_path / "out").ok


def test_a_policy_that_was_refused_is_mended_and_the_run_goes_on(tmp_path, policy):
    source = folder(tmp_path / "in", images=1)
    (tmp_path / "labels.toml").write_text(POLICY.replace('to = "vertebrate"', 'to = "../up"'))
    with pytest.raises(LabelsError):
        scrub(source, tmp_path / "out", **policy)
    (tmp_path / "labels.toml").write_text(POLICY)
    assert scrub(source, tmp_path / "out", **policy).conservation.outcomes["identical"] == 4
    (tmp_path / "labels.toml").write_text(POLICY.replace('to = "vertebrate"', 'to = "animal"'))
    with pytest.raises(RunError, match="another labels"):
        scrub(source, tmp_path / "out", **policy)
