"""Datasets written with other labels: what is read back is what the map says, and no image is lost."""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relabel_bench import Job, files, folder, png, table, tar

from overpaint.errors import LabelsError
from overpaint.formats import About, LabelPlace, Relabelling, open_store
from overpaint.formats._label_names import tag
from overpaint.records import Outcome, Sample

WNIDS = ["n00000001", "n00000002", "n00000003"]
WORDS = ["tree", "red fox", "Haus-Boot"]
LABELS = [*WNIDS, *WORDS]
NEW = [*LABELS, "new", "other thing"]
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
counter = itertools.count()

maps = st.fixed_dictionaries({label: st.one_of(st.just(label), st.none(), st.sampled_from(NEW)) for label in LABELS})
bases = st.sampled_from(
    ["a.jpg", "a.b.jpg", "n00000001_1.jpg", "n00000002_1.jpg", "tree.png", "x_red_fox_3.jpg", "no", ".h.jpg"]
    + [f"a-{tag(label)}.jpg" for label in ("n00000001", "tree")]
)
below = st.sampled_from(["", "s/", "tree/", "n00000001/"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, int]:
    splits = draw(st.sampled_from([[""], ["train/", "val/"]]))
    names = draw(
        st.lists(st.tuples(st.sampled_from(splits), st.sampled_from(LABELS), below, bases), min_size=1, max_size=14)
    )
    return {f"{split}{label}/{deep}{base}": at for at, (split, label, deep, base) in enumerate(dict.fromkeys(names))}


def mapped(labels: Sequence[str], names: Mapping[str, str | None]) -> list[str]:
    return list(dict.fromkeys(new for new in map(names.get, labels) if new is not None))


def round_trip(
    source: Path,
    work: Path,
    names: Mapping[str, str | None],
    *,
    kind: str | None = None,
    numbers: Mapping[int, int | None] | None = None,
) -> tuple[Job, Job, Path]:
    """Write it with other labels; every image's labels, read back, are those that the map says."""
    before = Job(source, work / "before", kind=kind)
    told = before.labels()
    dest = work / "dest"
    placed = before.run(dest, before.relabelling(names, numbers))
    assert len(set(placed.values())) == len(placed) == len(told)
    after = Job(dest, work / "after")
    got = after.labels()
    assert {data: mapped(labels, names) for data, labels in told.items()} == {d: list(v) for d, v in got.items()}
    return before, after, dest


def here(tmp_path: Path) -> Path:
    return tmp_path / str(next(counter))


# ----------------------------------------------------------------------- folders


@few
@given(trees(), maps, st.sampled_from([None, "webdataset", "parquet"]))
def test_folders(tmp_path, tree: dict[str, int], names: dict[str, str | None], kind: str | None) -> None:
    work = here(tmp_path)
    round_trip(folder(work / "source", tree), work, names, kind=kind)


@few
@given(trees(), st.sampled_from([None, "webdataset", "parquet"]))
def test_a_map_that_changes_nothing_changes_no_byte(tmp_path, tree: dict[str, int], kind: str | None) -> None:
    work = here(tmp_path)
    job = Job(folder(work / "source", tree), work, kind=kind)
    job.run(work / "plain", None)
    job.run(work / "same", job.relabelling({label: label for label in LABELS}))
    assert files(work / "plain") == files(work / "same")


def name_of(path: str, names: Mapping[str, str | None]) -> str:
    parts = path.split("/")
    split = parts.pop(0) if parts[0] == "train" else None
    new = Relabelling(names, {}, (LabelPlace("path"),), ()).sample(Sample(path, 1, 1, parts[0], split))
    return new.name or new.key


def test_names_say_how_files_are_called() -> None:
    a, b, c = WNIDS
    assert name_of(f"{a}/{a}_7.JPEG", {a: b, b: b}) == f"{b}/{a}_7.JPEG"  # its own wnid says where it came from
    assert name_of("train/fox/x.tar.png", {"fox": "dog"}) == f"train/dog/x-{tag('fox')}.tar.png"
    assert name_of("fox/s/x.png", {"fox": "dog"}) == f"dog/s/x-{tag('fox')}.png"
    assert name_of(f"{b}/{a}_7.JPEG", {a: b, b: b}) == f"{b}/{a}_7-{tag(b)}.JPEG"  # the other one's name is taken
    assert name_of(f"{b}/{a}_7.JPEG", {a: a, b: b, c: b}) == f"{b}/{a}_7.JPEG"
    assert name_of(f"{b}/x-{tag(a)}.png", {a: b, b: b}) == f"{b}/x-{tag(a)}-{tag(b)}.png"


def test_names_of_labels_that_go_stay_in_no_name() -> None:
    a, *_ = WNIDS
    for path, label in [
        (f"train/{a}/{a}_7.JPEG", a),
        ("red_fox/deep/Red-Fox 3.png", "red_fox"),
        (f"{a}/{a}/{a}.png", a),
    ]:
        new = name_of(path, {label: None})
        assert label not in new and "fox" not in new.lower() and new.count("/") == path.startswith("train/")
    new = name_of("red fox/the_red_fox_3.png", {"red fox": "animal"})
    assert new.startswith("animal/the") and "fox" not in new
    assert name_of("1/1.png", {"1": "one"}) == f"one/1-{tag('1')}.png"  # a number names nothing


def test_a_name_that_grows_too_long_becomes_short() -> None:
    long = "x" * 250 + ".jpg"
    new = name_of(f"a/{long}", {"a": "b"})
    assert len(new.rpartition("/")[2]) < 60 and new.endswith(".jpg") and new.startswith("b/image-")


@pytest.mark.parametrize("new", ["a/b", "..", "", ".hidden", "train", "Test", "x" * 256, "a\0"])
def test_new_labels_must_be_directories_where_labels_are(new: str) -> None:
    with pytest.raises(LabelsError, match=r"new label .* cannot be the name of a directory"):
        Relabelling({"a": new}, {}, (LabelPlace("path"),), ())
    Relabelling({"a": new}, {}, (LabelPlace(".cls"),), ())


def test_it_can_be_sent_to_workers() -> None:
    made = Relabelling({"a": "b"}, {0: 1}, (LabelPlace("path"),), ("b",))
    assert made.touches
    assert pickle.loads(pickle.dumps(made)) == made


# --------------------------------------------------------------- runs after runs


def test_a_name_that_was_made_to_be_taken_is_left_free(tmp_path) -> None:
    goes = name_of("a/x.png", {"a": None})
    job = Job(folder(tmp_path / "s", {"a/x.png": 1, goes: 2, "y.png": 3}), tmp_path)
    told = job.run(tmp_path / "d", job.relabelling({"a": None}))
    assert told["a/x.png"] == goes != told[goes] and told["y.png"] == "y.png"
    assert sorted(files(tmp_path / "d").values()) == sorted(map(png, (1, 2, 3)))


def test_what_an_earlier_run_left_is_taken_away(tmp_path) -> None:
    tree = {"a/1.png": 1, "a/2.png": 2, "b/1.png": 3, "c/1.png": 4}
    job = Job(folder(tmp_path / "s", tree), tmp_path)
    job.run(tmp_path / "d", None)
    names = {"a": "b", "b": "a", "c": "c"}  # each other's names
    job.run(tmp_path / "d", job.relabelling(names), drop=["a/2.png"])
    told = files(tmp_path / "d")
    assert set(told) == {f"b/1-{tag('a')}.png", f"a/1-{tag('b')}.png", "c/1.png"}
    job.run(tmp_path / "d", job.relabelling(names), drop=["a/1.png", "b/1.png", "c/1.png"])
    assert set(files(tmp_path / "d")) == {f"b/2-{tag('a')}.png"}


@few
@given(trees(), maps, st.data())
def test_dropped_images_take_no_other_with_them(tmp_path, tree, names, data) -> None:
    work = here(tmp_path)
    job = Job(folder(work / "s", tree), work)
    drop = data.draw(st.lists(st.sampled_from(sorted(tree)), unique=True))
    placed = job.run(work / "d", job.relabelling(names), drop=drop)
    assert set(files(work / "d")) == set(placed.values()) and len(placed) == len(tree) - len(drop)


def test_a_name_that_another_image_took_is_left_to_it(tmp_path) -> None:
    a, b, _ = WNIDS
    tree = {f"{a}/{a}_1.jpg": 1, f"{b}/{a}_1.jpg": 2}
    job = Job(folder(tmp_path / "s", tree), tmp_path)
    job.run(tmp_path / "d", job.relabelling({a: b, b: b}), drop=[f"{b}/{a}_1.jpg"])
    assert files(tmp_path / "d") == {f"{b}/{a}_1.jpg": png(1)}


def test_an_output_of_an_earlier_map_can_be_removed(tmp_path) -> None:
    members: list[tuple[str, Any]] = [("a/1.png", 1), ("a/1.cls", b"a"), ("a/1.txt", b"words")]
    job = Job(tar(tmp_path / "s", members), tmp_path, kind="folder")
    first = job.run(tmp_path / "d", job.relabelling({"a": "b"}))
    assert set(files(tmp_path / "d")) == {f"b/1-{tag('a')}{end}" for end in (".png", ".cls", ".txt")}
    from overpaint.formats import Destination, Output

    to = Destination(Output(str(tmp_path / "d")), listing=job.listing, relabelling=job.relabelling({"a": "c"}))
    to.remove_output(first["00000.tar/a/1.png"], ["cls", "txt"])
    assert files(tmp_path / "d") == {}


def test_overlays_hold_what_has_another_name(tmp_path) -> None:
    job = Job(folder(tmp_path / "s", {"a/1.png": 1, "b/2.png": 2}), tmp_path)
    placed = job.run(tmp_path / "d", job.relabelling({"a": "c", "b": "b"}), overlay=True)
    assert placed == {"a/1.png": f"c/1-{tag('a')}.png"}


def test_destinations_find_what_they_wrote(tmp_path) -> None:
    from overpaint.formats import Destination, Output, read_shard, read_shards

    job = Job(folder(tmp_path / "s", {"a/1.png": 1}), tmp_path)
    relabelling = job.relabelling({"a": "b"})
    job.run(tmp_path / "d", relabelling)
    to = Destination(Output(str(tmp_path / "d")), listing=job.listing, relabelling=relabelling)
    (ref,) = read_shards(job.listing)
    (sample,) = read_shard(job.listing, ref)
    assert to.holds(ref, sample) and to.find(ref, sample) == png(1)
    to.take_back(ref, [sample])
    assert files(tmp_path / "d") == {}


# -------------------------------------------------------------------------- tars


@st.composite
def tars(draw: st.DrawFn) -> list[tuple[str, Any]]:
    texts = st.lists(st.sampled_from(LABELS), max_size=3, unique=True)
    members: list[tuple[str, Any]] = []
    for at in range(draw(st.integers(1, 6))):
        told, tags = draw(texts), draw(texts)
        members += [(f"{at:05}.png", at), (f"{at:05}.cls", ",".join(told).encode()), (f"{at:05}.txt", b"a tree")]
        value = {"tags": tags, "label": draw(st.sampled_from(LABELS)), "x": 1.50}
        members.append((f"{at:05}.json", json.dumps(value).encode()))
    return members


@few
@given(tars(), maps)
def test_tars(tmp_path, members, names) -> None:
    work = here(tmp_path)
    job = Job(tar(work / "s", members), work, places=[".cls", "json:tags", "json:label"])
    told = job.labels()
    job.run(work / "d", job.relabelling(names))
    after = Job(work / "d", work / "after", places=[".cls", "json:tags", "json:label"])
    assert {d: list(v) for d, v in after.labels().items()} == {d: mapped(v, names) for d, v in told.items()}
    job.run(work / "plain", None)
    job.run(work / "same", job.relabelling({label: label for label in LABELS}))
    assert files(work / "plain") == files(work / "same")


@few
@given(
    st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(["a", "b", "n00000001_1"])), unique=True, min_size=1),
    maps,
    st.sampled_from([None, "folder", "parquet"]),
)
def test_directories_in_tars(tmp_path, records, names, kind) -> None:
    work = here(tmp_path)
    members: list[tuple[str, Any]] = []
    for at, (label, stem) in enumerate(records):
        members += [
            (f"{label}/{stem}.png", at),
            (f"{label}/{stem}.txt", b"%d" % at),
            (f"{label}/{stem}.seg.png", 100 + at),
        ]
    _, after, dest = round_trip(tar(work / "s", members), work, names, kind=kind)
    if kind == "folder":
        got = files(dest)
        for name, data in got.items():
            if name.endswith(".txt"):  # the words lie beside their image still
                assert got[name.replace(".txt", ".png")] == png(int(data))
    elif kind is None:
        for record in after.source.records(Job.first(after)):
            (words,) = [field.value for field in record.fields]
            assert {after.source.read(sample) for sample in record.samples} == {png(int(words)), png(100 + int(words))}
        after.source.close()


def test_numbers_without_names(tmp_path) -> None:
    members: list[tuple[str, Any]] = []
    for at, text in enumerate((b"0", b"1 2", b"2", b"3\n")):
        members += [(f"{at}.png", at), (f"{at}.cls", text)]
    job = Job(tar(tmp_path / "s", members), tmp_path)
    job.run(
        tmp_path / "d",
        Relabelling({"0": "0", "1": None, "2": None, "3": "3"}, {0: 0, 1: None, 2: None, 3: 1}, job.places, ()),
    )
    after = Job(tmp_path / "d", tmp_path / "after", places=[".cls"])
    assert after.labels() == {png(0): ("0",), png(1): (), png(2): (), png(3): ("1",)}


def test_json_keeps_everything_but_the_label(tmp_path) -> None:
    text = b' {"b":1.50 , "label" :\t"tree", "big": 1e400, "u": "\\u00e9\xc3\xa9", "n": {"label": "tree"}}\n'
    job = Job(tar(tmp_path / "s", [("a.png", 1), ("a.json", text), ("b.png", 2), ("b.json", b"{")]), tmp_path)
    job.run(tmp_path / "d", job.relabelling({"tree": "wood"}))
    (got, _) = [record.fields for record in Job(tmp_path / "d", tmp_path / "after").records()]
    assert got[0].value == text.replace(b'\t"tree"', b'\t"wood"')
    assert _ == ()  # a member that cannot be read may say any label


# ----------------------------------------------------------------------- parquet

CLASSLABEL = {"_type": "ClassLabel", "names": LABELS}


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 6))
    numbers = st.integers(-1, len(LABELS) - 1)
    some = st.lists(st.integers(0, len(LABELS) - 1), max_size=4)
    boxes = draw(st.lists(some, min_size=rows, max_size=rows))
    return {
        "label": draw(st.lists(st.one_of(st.none(), numbers), min_size=rows, max_size=rows)),
        "tags": draw(
            st.lists(
                st.one_of(st.none(), st.lists(st.sampled_from(LABELS), max_size=3, unique=True)),
                min_size=rows,
                max_size=rows,
            )
        ),
        "objects": [
            {"category": each, "bbox": [[float(n)] for n in range(len(each))], "size": [1, 2]} for each in boxes
        ],
        "text": [f"{n} \N{SNOWMAN}" for n in range(rows)],
    }


TYPES = {
    "label": pa.int64(),
    "tags": pa.list_(pa.string()),
    "objects": pa.struct(
        [
            ("category", pa.list_(pa.int16())),
            ("bbox", pa.list_(pa.list_(pa.float32()))),
            ("size", pa.list_(pa.int8(), 2)),
        ]
    ),
}
FEATURES = {
    "label": CLASSLABEL,
    "objects": {"feature": {"category": CLASSLABEL, "bbox": {"_type": "Value"}}, "_type": "Sequence"},
}


@few
@given(tables(), maps)
def test_parquet(tmp_path, columns, names) -> None:
    work = here(tmp_path)
    _, _, dest = round_trip(table(work / "s", columns, types=TYPES, features=FEATURES), work, names)
    (path,) = dest.glob("*.parquet")
    got, before = pq.read_table(path), pq.read_table(next((work / "s").glob("*.parquet")))
    assert [(f.name, f.type) for f in got.schema] == [(f.name, f.type) for f in before.schema]
    assert got["text"].to_pylist() == columns["text"]
    for new, old in zip(got["objects"].to_pylist(), columns["objects"], strict=True):
        kept = [n for n, number in enumerate(old["category"]) if names[LABELS[number]] is not None]
        assert [box[0] for box in new["bbox"]] == kept and len(new["category"]) == len(kept) and new["size"] == [1, 2]
    told = json.loads(got.schema.metadata[b"huggingface"])["info"]["features"]["label"]["names"]
    assert set(told) == {new for new in names.values() if new is not None}


@few
@given(tables())
def test_parquet_that_does_not_change(tmp_path, columns) -> None:
    work = here(tmp_path)
    job = Job(table(work / "s", columns, types=TYPES, features=FEATURES), work)
    job.run(work / "plain", None)
    job.run(work / "same", job.relabelling({label: label for label in LABELS}))
    assert files(work / "plain") == files(work / "same")


def test_columns_of_other_types(tmp_path) -> None:
    columns = {
        "label": ["tree", "fox", None],
        "class": ["tree", "fox", "fox"],
        "category": [[0, 1], [1, 1], [0, 0]],
        "objects": [[{"label": "tree", "at": 1}, {"label": "fox", "at": 2}], [], None],
    }
    types = {
        "label": pa.dictionary(pa.int8(), pa.string()),
        "class": pa.large_string(),
        "category": pa.list_(pa.uint8(), 2),
        "objects": pa.list_(pa.struct([("label", pa.string()), ("at", pa.int32())])),
    }
    source = table(tmp_path / "s", columns, types=types)
    job = Job(source, tmp_path, places=["column:label", "column:class", "column:category", "column:objects.label"])
    job.run(tmp_path / "d", job.relabelling({"tree": "wood", "fox": None, "0": "0", "1": None}))
    got = pq.read_table(next((tmp_path / "d").glob("*.parquet")))
    assert got["label"].to_pylist() == ["wood", None, None] and got["class"].to_pylist() == ["wood", None, None]
    assert got["category"].to_pylist() == [[0, None], [None, None], [0, 0]]
    assert got["objects"].to_pylist() == [[{"label": "wood", "at": 1}], [], None]
    assert [got.schema.field(name).type for name in types] == list(types.values())


# -------------------------------------------------------------------- class lists


@pytest.mark.parametrize("kind", ["webdataset", "parquet"])
def test_numbers_and_class_lists_agree(tmp_path, kind: str) -> None:
    job = Job(folder(tmp_path / "s", {"a/1.png": 1, "b/2.png": 2, "c/3.png": 3, "d/4.png": 4}), tmp_path, kind=kind)
    names = {"a": "c", "b": None, "c": "c", "d": "z"}
    relabelling = Relabelling(names, {0: 1, 1: None, 2: 1, 3: 0}, job.places, ("z", "c"))
    job.run(tmp_path / "d", relabelling)
    about = About.read(open_store(str(tmp_path / "d")))
    assert about.classes == ("z", "c")
    if kind == "parquet":
        got = pq.read_table(next((tmp_path / "d").glob("*.parquet")))
        assert got["label"].to_pylist() == [1, None, 1, 0]
        assert json.loads(got.schema.metadata[b"huggingface"])["info"]["features"]["label"]["names"] == ["z", "c"]
    else:
        import tarfile

        with tarfile.open(next((tmp_path / "d").glob("*.tar"))) as file:
            numbers = [file.extractfile(each).read() for each in file if each.name.endswith(".cls")]
        assert numbers == [b"1", b"1", b"0"]


def test_fields_that_go_are_counted(tmp_path) -> None:
    job = Job(tar(tmp_path / "s", [("a.png", 1), ("a.cls", b"tree"), ("a.txt", b"x")]), tmp_path)
    from overpaint.formats import Destination, Output, read_shard, read_shards
    from overpaint.formats._output import identity_of

    (tmp_path / "d").mkdir()
    output = Output(str(tmp_path / "d"), kind="webdataset", identity=identity_of(tmp_path / "d"))
    to = Destination(output, listing=job.listing, relabelling=job.relabelling({"tree": None}))
    (ref,) = read_shards(job.listing)
    (sample,) = read_shard(job.listing, ref)
    with to.shelf(job.source, ref, [sample], metadata="keep") as shelf:
        shelf.put(sample, job.source.read(sample), Outcome.IDENTICAL)
        told = shelf.close()
    job.source.close()
    assert told.fields == {("cls", "label", "dropped"): 1, ("txt", "text", "kept"): 1}


def test_each_of_two_columns_keeps_a_class_list_of_its_own():
    """As CIFAR-100 has fine and coarse ones: a plan lists the classes of both, one after the other."""
    fine = LabelPlace("column:fine", ("tench", "gone", "cat"))
    coarse = LabelPlace("column:coarse", ("fish", "person", "mammal"))
    names = {"tench": "tench", "gone": None, "cat": "cat", "fish": "fish", "person": "person", "mammal": "mammal"}
    map_ = Relabelling(names, {0: 0, 1: None, 2: 1}, (fine, coarse), ("tench", "cat", "fish", "mammal", "person"))
    assert map_.classes_of(fine) == ("tench", "cat")
    assert [map_.change(fine)(number) for number in range(3)] == [0, None, 1]
    assert map_.classes_of(coarse) == ("fish", "person", "mammal")
    assert [map_.change(coarse)(number) for number in range(3)] == [0, 1, 2]
