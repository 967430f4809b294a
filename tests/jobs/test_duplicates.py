"""`duplicates`: copies within a run and across runs, leaks between splits, what is offered, and what is never read."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import overpaint
from overpaint import formats
from overpaint.errors import RunError, UsageError
from overpaint.jobs import _duplicates, _duplicates_find, _duplicates_shard
from overpaint.rundir import Run, read_table, write_table


def picture(seed: int) -> np.ndarray:
    small = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(small, (200, 150), interpolation=cv2.INTER_CUBIC)


def save(path: Path, image: np.ndarray, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(image)).save(path, **options)


def make(root: Path) -> Path:
    """Six pictures; of the first copies of every kind, of the second one in another split under another label."""
    for seed in range(6):
        save(root / f"train/a/{seed}.png", picture(seed))
    one = picture(0)
    (root / "train/a/same bytes.png").write_bytes((root / "train/a/0.png").read_bytes())
    save(root / "test/b/same pixels.bmp", one)
    save(root / "test/b/half.jpg", cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), quality=90)
    save(root / "test/b/mirror.jpg", one[:, ::-1], quality=90)
    save(root / "test/b/recompressed.jpg", one, quality=30)
    save(root / "test/b/crop.jpg", one[10 : 10 + 135, 15 : 15 + 180], quality=90)
    save(root / "test/b/of-one.jpg", picture(1), quality=80)
    save(root / "test/b/grey.png", np.full((60, 80, 3), 120, np.uint8))
    save(root / "test/b/grey-too.png", np.full((60, 81, 3), 121, np.uint8))
    (root / "test/b/broken.jpg").write_bytes((root / "test/b/half.jpg").read_bytes()[:150])
    return root


OF_ZERO = {"train/a/0.png", "train/a/same bytes.png"} | {
    f"test/b/{name}" for name in ("same pixels.bmp", "half.jpg", "mirror.jpg", "recompressed.jpg", "crop.jpg")
}
OF_ONE = {"train/a/1.png", "test/b/of-one.jpg"}


def scan(source: Path, run: Path) -> Path:
    boxes = source.parent / "none.json"
    boxes.write_text('{"images": [], "annotations": []}')
    overpaint.scan(source, run=run, boxes=boxes, shard_size=6, workers=1)
    return run


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    root = tmp_path_factory.mktemp("copies")
    make(root / "photos")
    scan(root / "photos", root / "photos.run")
    return root


@pytest.fixture(scope="module")
def network():
    from overpaint.measures import Features

    return Features.open(threads=1)


@pytest.fixture
def here(monkeypatch, network):
    """The work in this process, which is quicker than starting workers; one test starts them."""

    real = _duplicates.engines.run_local

    def run_local(job, items, *, workers, on_rows, on_done=None):
        if not job.work.startswith("overpaint.jobs._duplicates_shard:"):
            return real(job, items, workers=workers, on_rows=on_rows, on_done=on_done)
        room = _duplicates_shard.open_room(job.config)
        room.network = network
        work = getattr(_duplicates_shard, job.work.rpartition(":")[2])
        for number, item in enumerate(items):
            on_done(number, work(room, item, lambda row: None))
            on_rows(item.ref.rows)
        return None

    monkeypatch.setattr(_duplicates.engines, "run_local", run_local)


@pytest.fixture
def run(scanned, tmp_path):
    shutil.copytree(scanned / "photos.run", tmp_path / "photos.run")
    return tmp_path / "photos.run"


def clusters(result) -> dict[int, list[dict]]:
    found = defaultdict(list)
    for row in pq.read_table(result.clusters).to_pylist():
        found[row["cluster"]].append(row)
    return found


def keys(result) -> set[frozenset[str]]:
    return {frozenset(row["key"] for row in rows) for rows in clusters(result).values()}


@pytest.mark.usefixtures("here")
def test_copies_of_every_kind(run):
    result = overpaint.duplicates(run, workers=1)
    assert keys(result) == {frozenset(OF_ZERO), frozenset(OF_ONE)}
    rows = {row["key"]: row for rows in clusters(result).values() for row in rows}
    signals = {key.rsplit("/", 1)[1]: row["signal"] for key, row in rows.items()}
    assert signals == {
        "0.png": "bytes", "same bytes.png": "bytes", "same pixels.bmp": "pixels", "half.jpg": "near",
        "mirror.jpg": "near", "recompressed.jpg": "near", "crop.jpg": "near", "1.png": "near", "of-one.jpg": "near",
    }  # fmt: skip
    assert [key for key, row in rows.items() if row["mirrored"]] == ["test/b/mirror.jpg"]  # against the first
    assert all(row["likeness"] >= 0.85 for row in rows.values())
    c = result.counts
    assert (c["samples"], c["failed"], c["not_compared"], c["too_little_in_them"]) == (15, 1, {}, 2)
    assert (c["clusters"], c["samples_in_clusters"], c["largest"], c["labels_differ"]) == (2, 9, 7, 2)
    assert c["leaks"] == [
        {"one": {"dataset": 0, "split": "test"}, "other": {"dataset": 0, "split": "train"},
         "exact": 2, "near": 9, "clusters": 2}
    ]  # fmt: skip
    assert "between test and train: 2 exact and 9 near pairs" in result.lines()
    assert json.loads((run / "private/duplicates/counts.json").read_text()) == c


@pytest.mark.usefixtures("here")
def test_without_a_network_crops_are_mostly_lost(run, monkeypatch):
    def none(*_, **__):
        raise AssertionError("no network is needed")

    monkeypatch.setattr(_duplicates.models, "read", none)
    result = overpaint.duplicates(run, no_features=True, workers=1)
    assert keys(result) == {frozenset(OF_ZERO - {"test/b/crop.jpg"}), frozenset(OF_ONE)}
    for path in (run / "private/duplicates/marks").iterdir():
        assert pq.read_table(path).column("features").null_count == len(pq.read_table(path))


def test_workers_and_resuming_change_nothing(run, request):
    first = overpaint.duplicates(run, workers=2)
    before = first.clusters.read_bytes()
    marks = sorted((run / "private/duplicates/marks").iterdir())
    request.getfixturevalue("here")
    times = {path: path.stat().st_mtime_ns for path in marks}
    marks[0].unlink()  # as if it had been stopped there
    marks[1].write_bytes(marks[1].read_bytes()[:-9])
    (marks[0].parent / ".half.parquet.tmp").write_bytes(b"PAR1")
    again = overpaint.duplicates(run, workers=1)
    assert again.counts == first.counts
    assert again.clusters.read_bytes() == before
    assert sorted((run / "private/duplicates/marks").iterdir()) == marks
    assert [path.stat().st_mtime_ns == times[path] for path in marks] == [False, False, *[True] * (len(marks) - 2)]
    overpaint.duplicates(run, no_features=True, workers=1)
    assert marks[-1].stat().st_mtime_ns != times[marks[-1]], "marks with features are not taken for ones without"


@pytest.mark.usefixtures("here")
def test_copies_in_another_run(run, scanned, tmp_path):
    for key in ("train/a/0.png", "test/b/of-one.jpg"):
        (tmp_path / "more").mkdir(exist_ok=True)
        shutil.copy(scanned / "photos" / key, tmp_path / "more")
    save(tmp_path / "more/alone.png", picture(50))
    other = scan(tmp_path / "more", tmp_path / "more.run")
    untouched = sorted(path for path in other.rglob("*"))
    result = overpaint.duplicates(run, [other], workers=1)
    assert result.counts["datasets"] == 2
    found = {frozenset((row["dataset"], row["key"]) for row in rows) for rows in clusters(result).values()}
    assert found == {
        frozenset({(0, key) for key in OF_ZERO} | {(1, "0.png")}),
        frozenset({(0, key) for key in OF_ONE} | {(1, "of-one.jpg")}),
    }
    assert any("train of dataset 1 and no split of dataset 2" in line for line in result.lines())
    public = json.loads((run / "public/duplicates.json").read_text())
    assert public["leaks"] == {
        "between_datasets": {"exact": 4, "near": 5}, "between_splits": {"exact": 2, "near": 9}
    }  # fmt: skip
    assert sorted(path for path in other.rglob("*")) == untouched
    reversed_ = overpaint.duplicates(other, [run], workers=1)
    assert reversed_.counts["samples_in_clusters"] == result.counts["samples_in_clusters"]


@pytest.mark.usefixtures("here")
def test_a_decision_on_one_is_offered_for_its_copies(run, tmp_path):
    (tmp_path / "remove.txt").write_text("train/a/0.png\n")
    overpaint.decide(run, remove=tmp_path / "remove.txt")
    result = overpaint.duplicates(run, offer=tmp_path / "copies.txt", workers=1)
    assert result.counts["offer"] == {"gone": 1, "copies_of_gone": 6, "painted": 0, "copies_of_painted": 0}
    assert "1 removed or quarantined samples have 6 copies that are not" in result.lines()
    offered = (tmp_path / "copies.txt").read_text().splitlines()
    assert set(offered) == OF_ZERO - {"train/a/0.png"}
    assert result.offered == 6
    with (tmp_path / "remove.txt").open("a") as file:
        file.write("\n".join(offered))
    overpaint.decide(run, remove=tmp_path / "remove.txt")
    result = overpaint.duplicates(run, offer=tmp_path / "none.parquet", workers=1)
    assert result.counts["offer"]["gone"] == 0
    assert result.offered == pq.read_table(tmp_path / "none.parquet").num_rows == 0


@pytest.mark.usefixtures("here")
def test_painted_samples_with_copies_that_are_not(scanned, tmp_path):
    boxes = tmp_path / "boxes.json"
    face = {"x0": 20, "y0": 20, "x1": 60, "y1": 70}
    boxes.write_text(json.dumps([{"url": "train/a/1.png", "bboxes": [face]}]))
    overpaint.scrub(scanned / "photos", tmp_path / "out", boxes=boxes, workers=1)
    result = overpaint.duplicates(tmp_path / "out.run", workers=1)
    assert result.counts["offer"] == {"gone": 0, "copies_of_gone": 0, "painted": 1, "copies_of_painted": 1}
    treated = {row["key"]: row["treatment"] for row in clusters(result)[min(clusters(result))]}
    assert set(treated.values()) <= {"keep", "redact"}


def into_the_lane(run: Path, key: str, *, bare: bool) -> None:
    """As the lane leaves a sample: a row that says so and nothing else; or with all of it still there."""
    for path in (run / "private/samples").iterdir():
        rows = read_table(path).to_pylist()
        for row in rows:
            if row["key"] == key:
                kept = {name: row[name] for name in ("key", "label", "split", "size")}
                row |= (dict.fromkeys(row) | kept if bare else {}) | {"looked": True, "lane": True}
        write_table(path, pa.Table.from_pylist(rows, schema=read_table(path).schema))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("bare", [True, False])
def test_the_lane_is_not_read_hashed_or_listed(run, tmp_path, bare):
    before = overpaint.duplicates(run, workers=1)  # marks of it are there
    assert "test/b/mirror.jpg" in set(pq.read_table(before.clusters).column("key").to_pylist())
    into_the_lane(run, "test/b/mirror.jpg", bare=bare)
    read: list[str] = []
    dataset = _duplicates._dataset(Run(run))
    for ref in formats.read_shards(Run(run).listing):
        read += [sample.key for _, sample, _ in _duplicates_shard._wanted(dataset, ref)]
    assert len(read) == 14
    assert "test/b/mirror.jpg" not in read
    result = overpaint.duplicates(run, offer=tmp_path / "offer.txt", workers=1)
    assert keys(result) == {frozenset(OF_ZERO - {"test/b/mirror.jpg"}), frozenset(OF_ONE)}
    assert result.counts["samples"] == 14
    assert result.counts["failed"] == 1
    told = "\n".join(result.lines()) + json.dumps(result.to_dict())
    for path in [*(run / "private/duplicates").rglob("*"), run / "public/duplicates.json", tmp_path / "offer.txt"]:
        if path.is_file():
            table = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text()
            told += table
    assert "mirror.jpg" not in told


@pytest.mark.usefixtures("here")
def test_the_lane_s_own_file_is_asked_too(run):
    from overpaint import pipeline

    ref = next(
        ref for ref in formats.read_shards(Run(run).listing)
        if any(sample.key == "train/a/3.png" for sample in formats.read_shard(Run(run).listing, ref))
    )  # fmt: skip
    pipeline.move_to_lane(Run(run), ref, {"train/a/3.png": pipeline.REVIEWER})
    result = overpaint.duplicates(run, workers=1)
    assert result.counts["samples"] == 14


@pytest.mark.usefixtures("here")
def test_what_is_public_names_nothing(run):
    overpaint.duplicates(run, workers=1)
    text = (run / "public/duplicates.json").read_text()
    for word in ("train", "test", ".jpg", ".png", str(run)):
        assert word not in text
    assert json.loads(text)["clusters"] == 2


@pytest.mark.usefixtures("here")
def test_a_file_that_changed_is_counted(scanned, tmp_path):
    shutil.copytree(scanned / "photos", tmp_path / "photos", copy_function=shutil.copy2)
    run = scan(tmp_path / "photos", tmp_path / "photos.run")
    (tmp_path / "photos/train/a/4.png").unlink()
    save(tmp_path / "photos/train/a/5.png", picture(77))
    result = overpaint.duplicates(run, workers=1)
    assert sum(result.counts["not_compared"].values()) == 2
    assert result.counts["samples"] == 15


def test_a_chain_of_pairs_is_not_one_cluster():
    """Pairs whose looks are all confirmed, but whose ends are not alike."""
    looks = {}
    for step in range(12):
        image = np.zeros((32, 32), np.uint8)
        image[:, 2 * step : 2 * step + 6] = 200
        looks[step] = cv2.GaussianBlur(image, (0, 0), 2)
    one, other = np.arange(11), np.arange(1, 12)
    proposed = _duplicates_find.Proposed(np.arange(12), one, other, 0)
    found = _duplicates_find.cluster(proposed, looks, threads=1, beat=lambda *_: None)
    assert found.confirmed > 0
    assert found.apart > 0
    assert np.bincount(found.label).max() < 12


def test_what_is_wrong_is_said(run, scanned, tmp_path):
    with pytest.raises(UsageError, match="given twice"):
        overpaint.duplicates(run, [run])
    (tmp_path / "there.txt").write_text("mine")
    for path in ("there.txt", "nowhere/copies.txt"):
        with pytest.raises(UsageError, match="choose a new file"):
            overpaint.duplicates(run, offer=tmp_path / path)
    with pytest.raises(RunError, match="not a run directory"):
        overpaint.duplicates(scanned)
    next((run / "private/shards").iterdir()).unlink()
    with pytest.raises(UsageError, match="not scanned to the end"):
        overpaint.duplicates(run)
    with pytest.raises(UsageError, match="one a line, or as Parquet"):  # before hours of work, not after
        overpaint.duplicates(run, offer=tmp_path / "new.csv", workers=1)


def test_a_key_that_is_no_line_of_text(tmp_path):
    from overpaint.jobs._duplicates_told import write_offer

    with pytest.raises(UsageError, match=r"call the file \.parquet"):
        write_offer(tmp_path / "offer.txt", ["a\nb.jpg"])
    write_offer(tmp_path / "offer.parquet", ["a\nb.jpg", "c\0ff.jpg"])
    assert pq.read_table(tmp_path / "offer.parquet").column("key").to_pylist() == ["a\nb.jpg", "c\0ff.jpg"]
    write_offer(tmp_path / "offer.txt", ["c\0ff.jpg"])
    assert (tmp_path / "offer.txt").read_bytes() == b"c\xff.jpg\n"


@pytest.mark.usefixtures("here")
def test_an_empty_run(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.warns(overpaint.errors.OverpaintWarning):
        run = scan(tmp_path / "photos", tmp_path / "photos.run")
    result = overpaint.duplicates(run, workers=1)
    assert (result.counts["samples"], result.counts["clusters"]) == (0, 0)
    assert result.lines()
