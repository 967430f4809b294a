"""From a picture to the lane and never back: scans, policies, lists of hashes, reviewers, copies, deaths in between."""

import contextlib
import hashlib
import io
import json
import re
import tarfile
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from container_datasets import files, folder, keeps_all, members, parquet, picture, tars
from lane_stubs import hashes, magenta
from PIL import Image

import overpaint
from overpaint import pipeline
from overpaint.errors import OverpaintError, OverpaintWarning, SourceError, UsageError
from overpaint.rundir import Run, read_table

SECRET = "train/cat/dont-look.jpg"


@pytest.fixture
def dataset(tmp_path):
    root = folder(tmp_path / "photos", 8)
    (root / SECRET).write_bytes(magenta())
    return root


def rows(run, *columns):
    tables = [read_table(p) for p in sorted((run.private / "samples").glob("*.parquet"))]
    return {row["key"]: row for table in tables for row in table.to_pylist()}


def scrub(source, dest, **options):
    return overpaint.scrub(source, dest, **({"detectors": "faces,nudity", "shard_size": 3} | options))


def run_of(dest):
    return Run.open(dest.with_name(f"{dest.name}.run"))


def test_a_lane_image_is_held_and_nothing_of_it_is_kept(dataset, tmp_path, lights):
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    row = rows(run)[SECRET]
    assert (row["outcome"], row["lane"], row["output"]) == ("quarantined", True, None)
    assert {name for name, value in row.items() if value is not None} <= {
        *("key", "label", "split", "size", "looked", "outcome", "decision", "lane")
    }
    assert not (tmp_path / "out" / SECRET).exists()
    lane = [pq.read_table(p).to_pylist() for p in (run.private / "lane").glob("*.parquet") if "prints" not in p.name]
    assert lane == [[{"id": run.keyed(SECRET), "reason": "nudity-adulthood-not-established"}]]
    assert overpaint.lane(run.path).to_dict()["images"] == 1
    assert sum(row["lane"] is None for row in rows(run).values()) == 8


def test_an_adult_is_no_lane_image_but_the_policy_decides(tmp_path, lights):
    lights.adults = True
    (tmp_path / "photos/a").mkdir(parents=True)
    (tmp_path / "photos/a/x.jpg").write_bytes(magenta(face=True))
    summary = scrub(tmp_path / "photos", tmp_path / "out")
    assert overpaint.lane(tmp_path / "out.run").images == 0
    assert summary.conservation.outcomes["removed"] == 1  # both classifiers are sure


def test_people_and_ages_are_asked_only_where_nudity_is_seen(dataset, tmp_path, lights):
    overpaint.scan(dataset, run=tmp_path / "run", detectors="faces,nudity")
    assert lights.asked["one"] == 9
    assert lights.asked["stub-people"] == lights.asked["stub-ages"] == 1


KEEP = 'version = 1\n[metadata]\npolicy = "keep"\n[[allow]]\nsamples = "*"\nkind = "*"\nreason = "All of it."\n'


def test_no_policy_lets_it_out(dataset, tmp_path, lights):
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    (tmp_path / "keep.toml").write_text(KEEP)
    changed = overpaint.decide(run.path, policy=tmp_path / "keep.toml")
    assert SECRET not in list(changed.keys())
    overpaint.act(run.path)
    assert rows(run)[SECRET]["outcome"] == "quarantined"
    assert set(files(tmp_path / "out")) & {SECRET} == set()
    assert overpaint.verify(tmp_path / "out").ok


def test_whoever_is_in_the_lane_stays_there_when_a_shard_is_scanned_again(dataset, tmp_path, lights):
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (run.private / "lane").iterdir()}
    for marker in (run.private / "shards").glob("*.json"):
        marker.unlink()
    lights.nudity = False  # another look would not see it
    (dataset / SECRET).unlink()  # and it is not even read
    scrub(dataset, tmp_path / "out")
    assert rows(run)[SECRET]["lane"] is True
    assert rows(run)[SECRET]["outcome"] == "quarantined"
    lane = {p.name: p.read_bytes() for p in (run.private / "lane").iterdir() if "prints" not in p.name}
    assert lane.items() <= before.items()
    assert overpaint.lane(run.path).images == 1


def test_a_scan_that_is_cut_short_goes_on(dataset, tmp_path, lights, monkeypatch):
    calls = []
    real = pipeline._shard.write_table

    def dies(path, table):
        calls.append(path)
        if len(calls) == 3:
            raise OverpaintError("the disk is full")
        real(path, table)

    monkeypatch.setattr(pipeline._shard, "write_table", dies)
    with pytest.raises(OverpaintError):
        scrub(dataset, tmp_path / "out")
    monkeypatch.setattr(pipeline._shard, "write_table", real)
    scrub(dataset, tmp_path / "out")
    assert rows(run_of(tmp_path / "out"))[SECRET]["lane"] is True
    assert not (tmp_path / "out" / SECRET).exists()


@pytest.mark.parametrize("kind", ["md5", "sha256", "pdq"])
def test_a_hash_list_needs_no_detector(dataset, tmp_path, lights, kind):
    lights.nudity = False
    data = (dataset / SECRET).read_bytes()
    md5, _, sha256, pdq, _ = hashes(data)
    (tmp_path / "list.txt").write_text(f"{kind}:{ {'md5': md5, 'sha256': sha256, 'pdq': pdq}[kind] }\n")
    (tmp_path / "boxes.json").write_text('{"images": [], "annotations": []}')
    overpaint.scrub(
        dataset, tmp_path / "out", boxes=tmp_path / "boxes.json", hash_lists=[tmp_path / "list.txt"], shard_size=3
    )
    run = run_of(tmp_path / "out")
    assert rows(run)[SECRET]["lane"] is True
    assert dict(overpaint.lane(run.path).by_reason) == {"hash-list": 1}
    assert lights.asked == {}


def test_a_list_of_pdq_knows_a_smaller_copy_and_its_mirror_image(tmp_path, lights):
    lights.nudity = False
    data = magenta(size=(300, 260), quality=95)
    (tmp_path / "list.txt").write_text(f"pdq:{hashes(data)[3]}\n")
    (tmp_path / "photos").mkdir()
    image = Image.open(io.BytesIO(data))
    image.resize((160, 140)).save(tmp_path / "photos/small.jpg")
    image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "photos/mirror.png")
    (tmp_path / "photos/other.jpg").write_bytes(magenta(7))
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", hash_lists=[tmp_path / "list.txt"])
    assert {key for key, row in rows(Run.open(tmp_path / "run")).items() if row["lane"]} == {"small.jpg", "mirror.png"}


def test_bytes_in_a_list_are_not_even_decoded(tmp_path, lights):
    broken = magenta()[:300]
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/broken.jpg").write_bytes(broken)
    (tmp_path / "list.txt").write_text(f"sha256:{hashlib.sha256(broken).hexdigest()}")
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", hash_lists=[tmp_path / "list.txt"])
    assert rows(Run.open(tmp_path / "run"))["broken.jpg"]["lane"] is True


def make(kind, root):
    source = {"folder": folder, "webdataset": tars, "parquet": parquet}[kind](root)
    if kind == "folder":
        (source / "val/dog/again.jpg").write_bytes((source / "train/cat/002.jpg").read_bytes())
    return source


def key_of(run, part):
    (found,) = [key for key in rows(run) if part in key]
    return found


@pytest.mark.parametrize(
    ("kind", "to", "part"),
    [
        ("folder", None, "train/cat/002"),
        ("webdataset", None, "train-000000.tar/00002.jpg"),
        ("webdataset", "folder", "train-000000.tar/00002.jpg"),
        ("folder", "webdataset", "train/cat/002"),
        ("folder", "parquet", "train/cat/002"),
    ],
)
def test_a_reviewers_word_takes_back_what_was_published(tmp_path, lights, kind, to, part):
    lights.nudity, lights.faces = False, True
    source = make(kind, tmp_path / "source")
    scrub(source, tmp_path / "out", to=to, policy=keeps_all(tmp_path / "keep.toml"))
    run = run_of(tmp_path / "out")
    key = key_of(run, part)
    data = next(d for s, d in pictures_of(run) if s.key == key)
    assert data in published(tmp_path / "out")
    copies = [s.key for s, d in pictures_of(run) if d == data and s.key != key]
    others = [d for s, d in pictures_of(run) if d != data]
    overpaint.boxes(run.path, tmp_path / "boxes.json", which="findings")
    assert speaking_of(run, key) >= {"findings", "decisions"}
    (tmp_path / "flagged.txt").write_text(f"{key}\n")
    result = overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert (result.images, result.added, result.copies) == (1 + len(copies), 1, len(copies))
    assert result.exports_removed == 1
    assert not (tmp_path / "boxes.json").exists()
    now = published(tmp_path / "out")
    assert data not in now
    assert all(other in now for other in others)
    assert rows(run)[key]["outcome"] == "quarantined"
    assert rows(run)[key]["sha256"] is None
    verification = overpaint.verify(tmp_path / "out")
    assert verification.ok, verification.lines()
    assert speaking_of(run, key) <= {"listing", "samples"}
    again = overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert (again.images, again.added) == (1 + len(copies), 0)


def speaking_of(run, key):
    """Which parts of a run hold a key in a table."""
    tables = {path: pq.read_table(path) for path in run.private.rglob("*.parquet")}
    return {
        path.relative_to(run.private).parts[0]
        for path, table in tables.items()
        if "key" in table.column_names and key in table["key"].to_pylist()
    }


def pictures_of(run):
    from overpaint import formats

    plan = run.plan()
    with contextlib.closing(formats.open_source(plan.source, kind=plan.container)) as source:
        return [
            (sample, source.read(sample))
            for ref in formats.read_shards(run.listing)
            for sample in formats.read_shard(run.listing, ref)
        ]


def published(dest):
    """Every image in a destination, containers opened."""
    found = []
    for path in sorted(p for p in dest.rglob("*") if p.is_file()):
        if path.suffix == ".tar":
            with tarfile.open(path) as tar:
                found += [tar.extractfile(member).read() for member in tar if member.isfile()]
        elif path.suffix == ".parquet":
            for row in pq.read_table(path).to_pylist():
                found += [value["bytes"] for value in row.values() if isinstance(value, dict) and "bytes" in value]
        else:
            found.append(path.read_bytes())
    return found


def test_a_copy_with_other_bytes_follows_by_its_pdq(tmp_path, lights):
    lights.nudity = False
    (tmp_path / "photos").mkdir()
    data = magenta(size=(300, 260), codec="PNG", quality=None)
    (tmp_path / "photos/a.png").write_bytes(data)
    Image.open(io.BytesIO(data)).save(tmp_path / "photos/b.png", compress_level=1)
    (tmp_path / "photos/c.jpg").write_bytes(magenta(9))
    scrub(tmp_path / "photos", tmp_path / "out", shard_size=1)
    (tmp_path / "flagged.txt").write_text("a.png\n")
    result = overpaint.lane(tmp_path / "out.run", add=tmp_path / "flagged.txt")
    assert (result.added, result.copies) == (1, 1)
    assert sorted(p.name for p in (tmp_path / "out").glob("*.*g")) == ["c.jpg"]


def test_a_copy_in_another_shard_is_held_in_the_same_scan(tmp_path, lights, monkeypatch):
    (tmp_path / "photos").mkdir()
    for name in "abc":
        (tmp_path / f"photos/{name}.jpg").write_bytes(magenta() if name != "b" else picture(3))
    real = lights.__class__.__getattribute__
    shown = []

    def first_alone(self, name):  # a classifier that sees it in the first shard only
        if name == "nudity":
            shown.append(name)
            return len(shown) <= 2
        return real(self, name)

    monkeypatch.setattr(lights.__class__, "__getattribute__", first_alone)
    scrub(tmp_path / "photos", tmp_path / "out", shard_size=1)
    assert dict(overpaint.lane(tmp_path / "out.run").by_reason) == {"copy": 1, "nudity-adulthood-not-established": 1}
    assert sorted(p.name for p in (tmp_path / "out").glob("*.jpg")) == ["b.jpg"]


def test_a_source_that_is_gone_does_not_keep_it_published(tmp_path, lights):
    lights.nudity = False
    source = tars(tmp_path / "source")
    scrub(source, tmp_path / "out", policy=keeps_all(tmp_path / "keep.toml"))
    run = run_of(tmp_path / "out")
    key = key_of(run, "train-000000.tar/00002.jpg")
    data = next(d for s, d in pictures_of(run) if s.key == key)
    source.rename(tmp_path / "away")
    (tmp_path / "flagged.txt").write_text(f"{key}\n")
    with pytest.raises(SourceError) as error:
        overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert "000002" not in str(error.value)
    assert data not in published(tmp_path / "out")
    (tmp_path / "away").rename(source)
    overpaint.act(run.path)
    now = members(tmp_path / "out")
    assert data not in now.values()
    assert len([name for name in now if name.endswith("jpg")]) > 8
    assert overpaint.verify(tmp_path / "out").ok


def test_a_word_before_the_scan_counts(dataset, tmp_path, lights):
    lights.nudity = False
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    for path in (run.private / "shards").glob("*.json"):
        path.unlink()
    (tmp_path / "flagged.txt").write_text(f"{SECRET}\n")
    assert overpaint.lane(run.path, add=tmp_path / "flagged.txt").added == 1
    assert not (tmp_path / "out" / SECRET).exists()  # what a scrub that was cut short had published
    scrub(dataset, tmp_path / "out")
    assert rows(run)[SECRET]["lane"] is True
    assert dict(overpaint.lane(run.path).by_reason) == {"reviewer": 1}


def test_what_is_wrong_with_a_list_is_said_without_its_keys(dataset, tmp_path, lights):
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    (tmp_path / "bad.txt").write_text("/private-name.jpg\n")
    (tmp_path / "none.txt").write_text("nobody/private-name.jpg\n")
    for name in ("bad.txt", "none.txt", "absent.txt"):
        with pytest.raises(UsageError) as error:
            overpaint.lane(run.path, add=tmp_path / name)
        assert "private-name" not in str(error.value)
        assert name in str(error.value)
    (tmp_path / "some.txt").write_text(f"nobody/private-name.jpg\n{SECRET}\n")
    with pytest.warns(OverpaintWarning, match="1 of the 2 keys"):
        overpaint.lane(run.path, add=tmp_path / "some.txt")


def test_an_export_that_was_changed_is_left_and_counted(dataset, tmp_path, lights):
    lights.nudity = False
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    overpaint.boxes(run.path, tmp_path / "voc", format="voc", which="findings")
    overpaint.boxes(run.path, tmp_path / "coco.json", which="findings")
    (tmp_path / "coco.json").write_text(json.dumps("mine now"))
    (tmp_path / "flagged.txt").write_text(f"{SECRET}\n")
    result = overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert (result.exports_removed, result.exports_left) == (1, 1)
    assert not (tmp_path / "voc").exists()
    assert (tmp_path / "coco.json").exists()


def test_classes_are_ranked_by_the_query_of_the_page(tmp_path, lights, monkeypatch):
    for number in range(12):
        for label in ("fish", "wall"):
            path = tmp_path / f"photos/{label}/{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(magenta(number, size=(60, 50)) if label == "fish" and number < 3 else picture(number))
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", detectors="nudity")
    page = Path(__file__).parents[2] / "docs/reference/nudity-and-lane.md"
    (query,) = re.findall("```sql\n(.*?)```", page.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path / "run/private")
    found = duckdb.sql(query).fetchall()
    assert [(label, images, share) for label, images, share, _ in found] == [("fish", 12, 0.25), ("wall", 12, 0.0)]


def test_a_wrong_hash_list_is_told_before_anything_is_done(dataset, tmp_path, lights):
    with pytest.raises(UsageError, match="no such file"):
        overpaint.scan(dataset, run=tmp_path / "run", hash_lists=[tmp_path / "absent.txt"])
    (tmp_path / "list.txt").write_text("not a hash\n")
    with pytest.raises(UsageError, match=r"list\.txt"):
        overpaint.scan(dataset, run=tmp_path / "run", hash_lists=[tmp_path / "list.txt"])
    assert not (tmp_path / "run/plan.toml").exists()
    (tmp_path / "list.txt").write_text(f"sha256:{'0' * 64}\nsha256:zz\n")
    with pytest.warns(OverpaintWarning, match="1 of 2 entries"):
        overpaint.scan(dataset, run=tmp_path / "run", hash_lists=[tmp_path / "list.txt"])


def test_the_example_of_a_key_is_never_one_of_the_lane(tmp_path, lights):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/a-first.jpg").write_bytes(magenta())
    (tmp_path / "photos/b-second.jpg").write_bytes(picture(1))
    overpaint.scan(tmp_path / "photos", run=tmp_path / "run", detectors="nudity")
    (tmp_path / "keys.txt").write_text("nobody.jpg\n")
    with pytest.warns(OverpaintWarning) as told:
        overpaint.decide(tmp_path / "run", remove=tmp_path / "keys.txt")
    assert any("b-second" in str(one.message) for one in told)
    assert not any("a-first" in str(one.message) for one in told)


def test_what_could_not_be_read_at_first_is_held_once_it_can(dataset, tmp_path, lights):
    overpaint.scan(dataset, run=tmp_path / "run", detectors="nudity", shard_size=3)
    run = Run.open(tmp_path / "run")
    for marker in (run.private / "shards").glob("*.json"):
        marker.unlink()
    for path in (run.private / "lane").iterdir():
        path.unlink()
    (dataset / SECRET).rename(tmp_path / "aside.jpg")
    overpaint.scan(dataset, run=run.path, detectors="nudity", shard_size=3)
    assert rows(run)[SECRET]["outcome"] == "failed"
    (tmp_path / "aside.jpg").rename(dataset / SECRET)
    overpaint.scan(dataset, run=run.path, detectors="nudity", shard_size=3)
    assert rows(run)[SECRET]["lane"] is True
    assert overpaint.lane(run.path).images == 1


def test_a_run_that_never_looked_for_nudity_has_a_lane_too(tmp_path, lights):
    source = make("folder", tmp_path / "source")
    scrub(source, tmp_path / "out", detectors="faces")
    run = run_of(tmp_path / "out")
    assert list((run.private / "lane").iterdir()) == []
    overpaint.duplicates(run.path, no_features=True)
    assert "duplicates" in speaking_of(run, key_of(run, "train/cat/002"))
    (tmp_path / "flagged.txt").write_text(f"{key_of(run, 'train/cat/002')}\n")
    result = overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    assert (result.images, result.added, result.copies) == (2, 1, 1)
    assert not (tmp_path / "out/val/dog/again.jpg").exists()
    assert speaking_of(run, key_of(run, "train/cat/002")) == {"listing", "samples"}
    assert speaking_of(run, "val/dog/again.jpg") == {"listing", "samples"}


def test_truth_of_other_images_is_refused_without_a_name_of_the_lane(dataset, tmp_path, lights):
    """The message shows what images are called here: by one that may be seen."""
    scrub(dataset, tmp_path / "out")
    run = run_of(tmp_path / "out")
    hidden, shown, *_ = sorted(rows(run))
    (tmp_path / "flagged.txt").write_text(f"{hidden}\n")
    overpaint.lane(run.path, add=tmp_path / "flagged.txt")
    box = {"images": [{"id": 1, "file_name": "nobody.jpg"}], "categories": [{"id": 1, "name": "face"}]}
    box["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 30]}]
    (tmp_path / "others.json").write_text(json.dumps(box))
    asked = {"truth": tmp_path / "others.json", "boxes": {"others": tmp_path / "others.json"}, "run": run.path}
    with pytest.raises(OverpaintError, match="names none") as told:
        overpaint.measures.detection(dataset, **asked)
    assert hidden not in str(told.value) and shown in str(told.value)
