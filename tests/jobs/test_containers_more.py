"""Datasets in containers as people have them: names twice, tars cut short, what lies beside, decisions that change."""

import io
import json
import pkgutil
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from container_datasets import BOX, files, folder, keeps_all, members, parquet, picture, tars

import overpaint
from overpaint import engines
from overpaint.errors import OverpaintError, OverpaintWarning
from overpaint.rundir import read_table

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The work of workers in this process: what is tested are the data, and processes take seconds to begin."""

    def run_here(job, items, *, workers, on_rows, on_done=None):
        room = pkgutil.resolve_name(job.open)(job.config)
        for index, item in enumerate(items):
            result = pkgutil.resolve_name(job.work)(room, item, lambda row: None)
            if on_done is not None:
                on_done(index, result)
        room.source.close()
        if room.dest is not None:
            room.dest.close()

    monkeypatch.setattr(engines, "run_local", run_here)


@pytest.fixture
def none(tmp_path):
    """No boxes at all: nothing is painted."""
    return boxes(tmp_path / "none.json", [])


def boxes(path, keys):
    x0, y0, x1, y1 = BOX
    images = [{"id": i, "file_name": key} for i, key in enumerate(keys)]
    marks = [{"image_id": i, "bbox": [x0, y0, x1 - x0, y1 - y0]} for i in range(len(keys))]
    path.write_text(json.dumps({"images": images, "annotations": marks}))
    return path


def tar_of(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def hub_of(path, rows, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("image", IMAGE), *columns.items()])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def same_names(root):
    """Two tars that count their records from 0."""
    for shard in range(2):
        tar_of(
            root / f"train-{shard:06}.tar",
            {
                f"{n}.{extension}": data
                for n in range(3)
                for extension, data in (("jpg", picture(10 * shard + n)), ("txt", f"{shard} {n}".encode()))
            },
        )
    return root


def carried(run):
    rows = read_table(run / "private/carried.parquet").to_pylist()
    return {row["key"]: (row["action"], row["reason"]) for row in rows}


@pytest.mark.parametrize("cut", [1024, 10240])
def test_a_tar_without_its_end_is_published_all_the_same(tmp_path, none, cut):
    source = tars(tmp_path / "shards", shards=1)
    path = source / "train-000000.tar"
    before = members(source)
    data = path.read_bytes().rstrip(b"\0")
    data += bytes(-len(data) % 512)
    path.write_bytes(data if cut == 1024 else data + b"x" * 512)
    summary = overpaint.scrub(source, tmp_path / "out", boxes=none)
    assert summary.conservation.listed == 6
    assert members(tmp_path / "out") == before
    assert overpaint.verify(tmp_path / "out").ok


def test_a_table_beside_tars_does_not_take_the_place_of_images(tmp_path, none):
    """As img2dataset writes them: 00000.tar, 00000.parquet, 00000_stats.json."""
    source = tars(tmp_path / "shards", shards=1)
    (source / "train-000000.tar").rename(source / "00000.tar")
    pq.write_table(pa.table({"url": ["http://a/1.jpg"], "caption": ["a"]}), source / "00000.parquet")
    (source / "00000_stats.json").write_text('{"count": 6}')
    overpaint.scrub(source, tmp_path / "hub", to="parquet", boxes=none)
    assert overpaint.verify(tmp_path / "hub").ok
    assert pq.read_table(tmp_path / "hub/00000.parquet").num_rows == 6
    assert carried(tmp_path / "hub.run")["00000.parquet"] == ("dropped", "name-taken")


@pytest.mark.parametrize("to", ["webdataset", "parquet"])
def test_records_of_two_tars_that_are_called_the_same_stay_together(tmp_path, none, to):
    source = same_names(tmp_path / "shards")
    overpaint.scrub(source, tmp_path / "one", to=to, boxes=none)
    assert overpaint.verify(tmp_path / "one").ok
    overpaint.scrub(tmp_path / "one", tmp_path / "two", to="webdataset", boxes=none)
    assert members(tmp_path / "two") == members(source)


def test_records_of_two_tars_that_are_called_the_same_in_a_folder(tmp_path, none):
    source = same_names(tmp_path / "shards")
    overpaint.scrub(source, tmp_path / "out", to="folder", boxes=none)
    want = {name.replace(".tar/", "/"): data for name, data in members(source).items()}
    assert files(tmp_path / "out") == want


def rows_called(name, count=3):
    return [{"image": {"bytes": picture(n), "path": name}, "label": n} for n in range(count)]


@pytest.mark.parametrize("to", ["folder", "webdataset", "parquet"])
def test_rows_whose_images_are_called_the_same_are_all_published(tmp_path, none, to):
    hub_of(tmp_path / "hub/train.parquet", rows_called("image.jpg"), label=pa.int64())
    remove = tmp_path / "remove.txt"
    remove.write_text("train.parquet/00000000/image\n")
    overpaint.scrub(tmp_path / "hub", tmp_path / "out", to=to, boxes=none, remove=remove)
    assert overpaint.verify(tmp_path / "out").ok
    again = overpaint.scan(tmp_path / "out", run=tmp_path / "again.run", boxes=none)
    assert again.conservation.listed == 2


@pytest.mark.parametrize("path", [None, "/home/somebody/a.jpg"])
@pytest.mark.parametrize("to", ["folder", "webdataset", "parquet"])
def test_verify_knows_rows_without_a_path_when_others_are_removed(tmp_path, none, to, path):
    hub_of(tmp_path / "hub/train.parquet", rows_called(path), label=pa.int64())
    remove = tmp_path / "remove.txt"
    remove.write_text("train.parquet/00000000/image\n")
    overpaint.scrub(tmp_path / "hub", tmp_path / "out", to=to, boxes=none, remove=remove)
    assert overpaint.verify(tmp_path / "out").ok


def test_columns_become_members_of_their_image_s_record(tmp_path, none):
    """What WebDataset shows as one sample is what was one row."""
    source = parquet(tmp_path / "hub", files=1)
    overpaint.scrub(source, tmp_path / "out", to="webdataset", boxes=none)
    with tarfile.open(next((tmp_path / "out").rglob("*.tar"))) as tar:
        names = tar.getnames()
        captions = [json.load(tar.extractfile(name))["caption"] for name in names if name.endswith(".json")]
    assert captions == [f"caption {n}" for n in range(6)]
    keys = {}
    for name in names:
        directory, slash, base = name.rpartition("/")
        keys.setdefault(directory + slash + base.partition(".")[0], []).append(base.partition(".")[2])
    for extensions in keys.values():
        assert "json" in extensions
        assert len(extensions) > 1
    assert len(keys) == len(captions)


def test_a_path_that_begins_as_its_file_is_called_is_kept(tmp_path, none):
    rows = [{"image": {"bytes": picture(n), "path": f"train/{n}.jpg"}} for n in range(2)]
    hub_of(tmp_path / "hub/train.parquet", rows)
    overpaint.scrub(tmp_path / "hub", tmp_path / "out", policy=keeps_all(tmp_path / "keep.toml"), boxes=none)
    assert pq.read_table(tmp_path / "out/train.parquet").to_pylist() == rows


def test_an_embedding_goes_from_a_folder_when_its_image_is_painted_later(tmp_path):
    source = tars(tmp_path / "shards", shards=1)
    given = boxes(tmp_path / "boxes.json", ["train-000000.tar/00002.jpg"])
    overpaint.scan(source, run=tmp_path / "the.run", boxes=given)
    overpaint.decide(tmp_path / "the.run", policy=keeps_all(tmp_path / "keep.toml"))
    overpaint.act(tmp_path / "the.run", tmp_path / "out", to="folder")
    assert (tmp_path / "out/00002.emb.npy").exists()
    overpaint.decide(tmp_path / "the.run")
    overpaint.act(tmp_path / "the.run")
    assert not (tmp_path / "out/00002.emb.npy").exists()
    assert (tmp_path / "out/00003.emb.npy").exists()


@pytest.mark.parametrize("to", ["folder", "webdataset"])
def test_a_dataset_json_of_somebody_else_is_a_side_file(tmp_path, none, to):
    source = folder(tmp_path / "source")
    (source / "dataset.json").write_text('{"images": []}')
    overpaint.scrub(source, tmp_path / "out", to=to, boxes=none)
    if to == "folder":
        assert (tmp_path / "out/dataset.json").read_text() == '{"images": []}'
    else:
        assert json.loads((tmp_path / "out/dataset.json").read_text())["written_by"] == "overpaint"
    assert overpaint.verify(tmp_path / "out").ok


def test_side_files_do_not_replace_members(tmp_path, none):
    tar_of(tmp_path / "shards/a.tar", {"1.jpg": picture(1), "LICENSE": b"inner", "1.txt": b"inner"})
    (tmp_path / "shards/LICENSE").write_text("outer")
    (tmp_path / "shards/1.txt").write_text("outer")
    overpaint.scrub(tmp_path / "shards", tmp_path / "out", to="folder", boxes=none)
    found = files(tmp_path / "out")
    assert {b"inner", b"outer"} & set(found.values()) == {b"inner"}
    assert carried(tmp_path / "out.run")["LICENSE"] == ("dropped", "name-taken")


@pytest.mark.parametrize("beside", ["teaser.jpg", "assets/teaser.png"])
def test_images_beside_containers_are_spoken_of(tmp_path, none, beside):
    source = parquet(tmp_path / "hub", files=1)
    (source / beside).parent.mkdir(exist_ok=True)
    (source / beside).write_bytes(picture(5))
    with pytest.warns(OverpaintWarning, match="container"):
        overpaint.scrub(source, tmp_path / "out", boxes=none)
    assert not list((tmp_path / "out").rglob("*.parquet"))
    with pytest.warns(OverpaintWarning, match="images"):
        overpaint.scrub(source, tmp_path / "hub2", container="parquet", boxes=none)
    assert not (tmp_path / "hub2" / beside).exists()


def test_names_that_end_in_a_dot_are_names(tmp_path, none):
    source = tmp_path / "source"
    source.mkdir()
    (source / "photo.jpg").write_bytes(picture(1))
    (source / "photo.").write_bytes(picture(2))
    remove = tmp_path / "remove.txt"
    overpaint.scrub(source, tmp_path / "out", boxes=none)
    assert files(tmp_path / "out") == files(source)
    remove.write_text("photo.\n")
    overpaint.decide(tmp_path / "out.run", remove=remove)
    overpaint.act(tmp_path / "out.run")
    assert set(files(tmp_path / "out")) == {"photo.jpg"}


def test_shards_of_a_scan_hold_one_split_each(tmp_path, none):
    """Else pictures of one split would lie in a tar that is called after the other."""
    for index, split in enumerate(("train", "val")):
        (tmp_path / "source" / split).mkdir(parents=True)
        (tmp_path / "source" / split / "1.jpg").write_bytes(picture(index))
    overpaint.scan(tmp_path / "source", run=tmp_path / "the.run", boxes=none)
    overpaint.decide(tmp_path / "the.run")
    overpaint.act(tmp_path / "the.run", tmp_path / "out", to="webdataset")
    assert set(members(tmp_path / "out")) == {"train-000000.tar/train/1.jpg", "val-000000.tar/val/1.jpg"}


def test_splits_that_differ_in_case_are_not_one_file(tmp_path, none):
    for index, split in enumerate(("Val", "val")):
        (tmp_path / "source" / split).mkdir(parents=True)
        (tmp_path / "source" / split / "1.jpg").write_bytes(picture(index))
    overpaint.scrub(tmp_path / "source", tmp_path / "out", to="webdataset", boxes=none)
    assert len([name for name in members(tmp_path / "out") if name.endswith(".jpg")]) == 2
    assert overpaint.verify(tmp_path / "out").ok


def test_a_column_called_file_name_does_not_hide_where_the_image_is(tmp_path, none):
    rows = [{"image": {"bytes": picture(n), "path": None}, "file_name": f"old/{n}.jpg"} for n in range(2)]
    hub_of(tmp_path / "hub/train.parquet", rows, file_name=pa.string())
    overpaint.scrub(tmp_path / "hub", tmp_path / "out", to="folder", boxes=none)
    lines = [json.loads(line) for line in (tmp_path / "out/metadata.jsonl").read_text().splitlines()]
    assert all((tmp_path / "out" / line["file_name"]).is_file() for line in lines)
    assert [line["file_name_column"] for line in lines] == ["old/0.jpg", "old/1.jpg"]


@pytest.mark.parametrize("wish", [{"field": {"emb.npy": "nonsense"}}, {"file": {"*.txt": "nonsense"}}])
def test_a_wish_that_means_nothing_is_refused_before_anything_is_written(tmp_path, none, wish):
    source = tars(tmp_path / "shards", shards=1)
    with pytest.raises(OverpaintError, match="nonsense"):
        overpaint.scrub(source, tmp_path / "out", boxes=none, **wish)
    overpaint.scrub(source, tmp_path / "out", boxes=none)


def test_what_lies_in_a_directory_called_like_a_container_is_carried(tmp_path, none):
    source = folder(tmp_path / "source")
    (source / "table.parquet").mkdir()
    (source / "table.parquet/_SUCCESS").write_text("")
    (source / "table.parquet/part-0.csv").write_text("a,b\n1,2\n")
    overpaint.scrub(source, tmp_path / "out", boxes=none)
    assert (tmp_path / "out/table.parquet/part-0.csv").read_text() == "a,b\n1,2\n"


def test_boxes_may_name_images_of_tars_as_they_are_called_inside(tmp_path):
    source = tars(tmp_path / "shards")
    given = boxes(tmp_path / "boxes.json", ["00002.jpg"])
    summary = overpaint.scrub(source, tmp_path / "out", boxes=given)
    assert summary.conservation.outcomes["redacted"] == 1


def test_a_dataset_without_images_is_carried(tmp_path, none):
    tar_of(tmp_path / "shards/a.tar", {"1.txt": b"x"})
    (tmp_path / "shards/README.md").write_text("none")
    with pytest.warns(OverpaintWarning, match="no image"):
        summary = overpaint.scrub(tmp_path / "shards", tmp_path / "out", boxes=none)
    assert summary.conservation.listed == 0
    assert (tmp_path / "out/README.md").exists()


def test_hashes_in_a_struct_go_with_the_painted_image(tmp_path):
    meta = pa.struct([("phash", pa.string()), ("width", pa.int64()), ("inner", pa.struct([("exif", pa.string())]))])
    rows = [
        {
            "image": {"bytes": picture(n), "path": f"{n}.jpg"},
            "meta": {"phash": "ab", "width": 64, "inner": {"exif": "{}"}},
        }
        for n in range(2)
    ]
    hub_of(tmp_path / "hub/train.parquet", rows, meta=meta)
    given = boxes(tmp_path / "boxes.json", ["train.parquet/00000000/image"])
    overpaint.scrub(tmp_path / "hub", tmp_path / "out", boxes=given)
    after = [row["meta"] for row in pq.read_table(tmp_path / "out/train.parquet").to_pylist()]
    assert after == [
        {"phash": None, "width": 64, "inner": {"exif": None}},
        {"phash": "ab", "width": 64, "inner": {"exif": None}},
    ]
