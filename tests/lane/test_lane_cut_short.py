"""What was cut short between one file and the next is finished by whoever comes after; nothing of the lane is left."""

import json

import pyarrow as pa
import pytest
from lane_stubs import magenta

import overpaint
from overpaint.errors import OverpaintError, RunError
from overpaint.pipeline import _lane
from overpaint.rundir import Run, read_table, write_table


@pytest.fixture
def run(tmp_path, lights):
    """A run with a picture, its copy in another shard, and one more; each shows a face."""
    lights.nudity, lights.faces = False, True
    (tmp_path / "photos").mkdir()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / f"photos/{name}.jpg").write_bytes(magenta(seed))
    overpaint.scrub(tmp_path / "photos", tmp_path / "out", detectors="faces,nudity", shard_size=1, look="fill")
    (tmp_path / "flagged.txt").write_text("a.jpg\n")
    return Run.open(tmp_path / "out.run")


def speaking_of(run, *keys):
    tables = {path: read_table(path) for path in run.private.rglob("*.parquet")}
    return {
        path.relative_to(run.private).parts[0]
        for path, table in tables.items()
        if "key" in table.column_names and not set(keys).isdisjoint(table["key"].to_pylist())
    }


@pytest.mark.parametrize("calls", [3, 8, 9, 10])
def test_a_copy_that_was_moved_by_half_is_moved_and_taken_back(run, tmp_path, monkeypatch, calls):
    left = [calls]
    reals = {name: getattr(_lane, name) for name in ("write_table", "write_lane", "write_prints", "_without")}

    def dies(name):
        def work(*given):
            if left[0] == 0:
                raise OverpaintError("killed")
            left[0] -= 1
            return reals[name](*given)

        return work

    for name in reals:
        monkeypatch.setattr(_lane, name, dies(name))
    with pytest.raises(OverpaintError, match="killed"):
        overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    for name, real in reals.items():
        monkeypatch.setattr(_lane, name, real)
    assert overpaint.lane(run.path, add=tmp_path / "flagged.txt").images == 2
    assert speaking_of(run, "a.jpg", "b.jpg") == {"listing", "samples"}
    assert [path.name for path in sorted((tmp_path / "out").glob("*.jpg"))] == ["c.jpg"]


def test_what_was_written_of_copies_forgets_it_too(run, tmp_path):
    (run.private / "duplicates/marks").mkdir(parents=True)
    clusters = run.private / "duplicates/clusters.parquet"
    write_table(clusters, pa.table({"key": ["a.jpg", "b.jpg", "c.jpg"]}))
    for path in (run.private / "samples").glob("*.parquet"):
        marks = run.private / f"duplicates/marks/0123-{path.name}"
        write_table(marks, pa.table({"key": read_table(path)["key"], "pdq": [b"x"]}))
    overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert read_table(clusters)["key"].to_pylist() == ["c.jpg"]
    assert speaking_of(run, "a.jpg", "b.jpg") == {"listing", "samples"}
    assert speaking_of(run, "c.jpg") >= {"duplicates", "findings"}


def test_boxes_made_elsewhere_are_forgotten_too(tmp_path, lights):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").write_bytes(magenta())
    (tmp_path / "photos/b.jpg").write_bytes(magenta(2))
    image = {"file_name": "a.jpg", "width": 96, "height": 80}
    boxes = {
        "images": [image | {"id": 1}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20]}],
        "categories": [{"id": 1, "name": "face"}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", boxes=tmp_path / "boxes.json", detectors="nudity")
    assert overpaint.lane(tmp_path / "run").images == 2
    assert speaking_of(Run.open(tmp_path / "run"), "a.jpg") == {"listing", "samples"}


def test_a_list_of_hashes_stays_what_it_was_where_nobody_looks(tmp_path, lights):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a.jpg").write_bytes(magenta())
    (tmp_path / "boxes.json").write_text('{"images": [], "annotations": []}')
    known = tmp_path / "known.txt"
    known.write_text("sha256:" + "0" * 64)
    options = {"run": tmp_path / "run", "boxes": tmp_path / "boxes.json", "hash_lists": [known]}
    overpaint.scan(tmp_path / "photos", **options)
    plan = Run.open(tmp_path / "run").plan()
    known.write_text("")
    from overpaint.pipeline import open_detectors

    with pytest.raises(RunError, match=r"known\.txt is not the list that the plan was made with"):
        open_detectors(plan, secret=b"x")


def test_a_run_of_before_there_was_a_lane_is_refused_in_one_line(run):
    text = run.plan_file.read_text()
    run.plan_file.write_text(
        "".join(line for line in text.splitlines(keepends=True) if not line.startswith("hash_lists"))
    )
    with pytest.raises(RunError, match=r"not a plan of this release of overpaint .*start a new run"):
        overpaint.report(run.path)


def test_a_file_whose_name_only_ends_like_one_of_the_lane_keeps_its_own(run, tmp_path):
    overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    for name in ("data.jpg", "a.jpg"):
        (tmp_path / "out" / name).write_bytes(magenta(5))
    overpaint.verify(tmp_path / "out")
    told = read_table(run.private / "verify.parquet")["key"].to_pylist()
    assert "data.jpg" in told
    assert not any(key.startswith("a.jpg") for key in told)


@pytest.mark.parametrize("dies", [False, True])
def test_what_an_experiment_made_of_a_picture_goes_with_it(run, tmp_path, monkeypatch, dies):
    """`measure utility` keeps decoded pictures while it trains, tables of keys, and networks that learned from them."""
    for name in ("pictures/original/0.bin", "pictures/original/0.json", "trained/small-0/weights.pt", "lock"):
        path = run.private / "utility" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a.jpg")
    if dies:  # before the row says so
        real = _lane.shutil.rmtree

        def killed(place):
            raise OverpaintError("killed")

        monkeypatch.setattr(_lane.shutil, "rmtree", killed)
        with pytest.raises(OverpaintError, match="killed"):
            overpaint.lane(run.path, add=tmp_path / "flagged.txt")
        monkeypatch.setattr(_lane.shutil, "rmtree", real)
    overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert [path.name for path in (run.private / "utility").iterdir()] == ["lock"]
    (run.private / "utility/trained").mkdir()  # of what is left
    overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert (run.private / "utility/trained").exists()
