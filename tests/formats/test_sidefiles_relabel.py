"""Files beside the images after labels changed: names, numbers and paths agree with the images, or the file goes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidefiles_bench import Dataset

from overpaint.formats import LabelPlace, Relabelling, read_side_labels
from overpaint.formats._label_names import tag
from overpaint.records import Sample

A, B, C, D = "n00000001", "n00000002", "n00000003", "n00000004"
NAMES: dict[str, str | None] = {A: A, B: A, C: None, D: D}  # B becomes A, C goes
SAMPLES = {f"train/{label}/{label}_{number}.jpg": "identical" for label in (A, B, C, D) for number in (1, 2)}
LABELS = {name: name.split("/")[1] for name in SAMPLES}


def relabelling(
    names: Mapping[str, str | None] = NAMES, numbers: Mapping[int, int | None] | None = None
) -> Relabelling:
    classes = tuple(dict.fromkeys(name for name in names.values() if name is not None))
    if numbers is None:
        at = {name: number for number, name in enumerate(classes)}
        numbers = {n: None if new is None else at[new] for n, new in enumerate(names.values())}
    return Relabelling(dict(names), dict(numbers), (LabelPlace("path"),), classes)


def where(name: str, names: Mapping[str, str | None] = NAMES) -> str:
    split, label, _ = name.split("/")
    new = relabelling(names).sample(Sample(name, 1, 1, label, split))
    return new.name or new.key


def one(key: str, data: bytes | str, *, map_: Relabelling | None = None, **more: Any) -> tuple[Any, bytes | None]:
    samples = more.pop("samples", SAMPLES)
    labels = more.pop("labels", LABELS)
    data = data.encode() if isinstance(data, str) else data
    return Dataset(samples, labels).one(key, data, relabelling=map_ or relabelling(), **more)


def all_of(files: Mapping[str, bytes | str], *, map_: Relabelling | None = None, **more: Any) -> tuple[Any, Any]:
    told = {key: data.encode() if isinstance(data, str) else data for key, data in files.items()}
    return Dataset(more.pop("samples", SAMPLES), more.pop("labels", LABELS)).carry(
        told, relabelling=map_ or relabelling(), **more
    )


# ------------------------------------------------------------------------- COCO


def coco(categories: list[dict[str, Any]], annotations: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "images": [{"id": n, "file_name": f"train/{D}/{D}_{n}.jpg", "width": 9, "height": 9} for n in (1, 2)],
        "annotations": [
            {"id": at, "image_id": image, "category_id": category, "bbox": [1, 2, 3, 4], "area": 1.50, "iscrowd": 0}
            for at, (image, category) in enumerate(annotations, start=1)
        ],
        "categories": categories,
    }


def test_coco_merges_removes_and_reads_back(tmp_path) -> None:
    from pycocotools.coco import COCO

    made = coco(
        [{"id": 18, "name": B, "supercategory": C}, {"id": 3, "name": A}, {"id": 7, "name": C}, {"id": 9, "name": D}],
        [(1, 18), (1, 3), (2, 7), (2, 9), (2, 18)],
    )
    row, out = one("annotations/instances.json", json.dumps(made))
    assert row.action == "rewritten" and row.entries_removed == 3  # two categories and an annotation
    (tmp_path / "a.json").write_bytes(out)
    read = COCO(tmp_path / "a.json")
    assert {each["id"]: each["name"] for each in read.loadCats(read.getCatIds())} == {3: A, 9: D}
    assert sorted(each["category_id"] for each in read.loadAnns(read.getAnnIds())) == [3, 3, 3, 9]
    assert len(read.getAnnIds(catIds=read.getCatIds(catNms=[A]))) == 3
    assert b"1.5" in out and C.encode() not in out and B.encode() not in out


def test_coco_ids_follow_where_they_are_the_datasets_numbers() -> None:
    made = coco([{"id": n, "name": name} for n, name in enumerate((A, B, C, D))], [(1, 1), (1, 2), (2, 3)])
    _, out = one("instances.json", json.dumps(made))
    got = json.loads(out)
    assert [(each["id"], each["name"]) for each in got["categories"]] == [(0, A), (1, D)]
    assert [each["category_id"] for each in got["annotations"]] == [0, 1]


def test_coco_images_follow() -> None:
    made = {"images": [{"id": 1, "file_name": f"{B}_1.jpg"}, {"id": 2, "file_name": f"train/{C}/{C}_2.jpg"}]}
    _, out = one("annotations/captions.json", json.dumps(made))
    assert [each["file_name"] for each in json.loads(out)["images"]] == [
        where(f"train/{B}/{B}_1.jpg").rpartition("/")[2],
        where(f"train/{C}/{C}_2.jpg"),
    ]


def test_coco_panoptic_and_lvis() -> None:
    made = coco([{"id": n, "name": name} for n, name in ((5, A), (6, B), (7, C))], [])
    made["annotations"] = [
        {
            "image_id": 1,
            "file_name": "1.png",
            "segments_info": [{"id": 1, "category_id": 6}, {"id": 2, "category_id": 7}],
        }
    ]
    made["images"][0]["neg_category_ids"] = [7, 6, 5]
    _, out = one("panoptic.json", json.dumps(made))
    got = json.loads(out)
    assert got["annotations"][0]["segments_info"] == [{"id": 1, "category_id": 5}]
    assert got["images"][0]["neg_category_ids"] == [5]


@pytest.mark.parametrize("names", [["something else"], [A, "something else"]])
def test_coco_that_nobody_judged_goes(names: list[str]) -> None:
    made = coco([{"id": n, "name": name} for n, name in enumerate(names)], [(1, 0)])
    row, out = one("instances.json", json.dumps(made))
    assert (row.action, row.reason, out) == ("dropped", "label-names-unsure", None)
    row, _ = one("instances.json", json.dumps({k: v for k, v in made.items() if k != "categories"}))
    assert row.reason == "label-names-unsure"
    assert one("instances.json", json.dumps(made), overrides={"*": "keep"})[0].action == "copied"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([A, B, C, D, "x", "y z"]), unique=True, min_size=1),
    st.dictionaries(st.sampled_from([A, B, C, D, "x", "y z"]), st.sampled_from([None, A, D, "new"])),
    st.lists(st.tuples(st.integers(1, 2), st.integers(0, 5)), max_size=9),
)
def test_coco_says_what_the_map_says(names, changes, annotations) -> None:
    full = {name: name for name in [A, B, C, D, "x", "y z"]} | changes
    made = coco(
        [{"id": 10 + n, "name": name} for n, name in enumerate(names)],
        [(image, 10 + at % len(names)) for image, at in annotations],
    )
    _, out = one("instances.json", json.dumps(made), map_=relabelling(full, {}))
    got = json.loads(out)
    old = {each["id"]: each["name"] for each in made["categories"]}
    new = {each["id"]: each["name"] for each in got["categories"]}
    assert len(set(new.values())) == len(new) and set(new.values()) == {full[n] for n in names} - {None}
    told = {each["id"]: full[old[each["category_id"]]] for each in made["annotations"]}
    assert {each["id"]: new[each["category_id"]] for each in got["annotations"]} == {
        identity: name for identity, name in told.items() if name is not None
    }


# -------------------------------------------------------------------------- XML


VOC = """<annotation>
  <folder>{label}</folder><filename>{label}_1.jpg</filename>
  <object><name>{label}</name><bndbox><xmin>1</xmin></bndbox></object>
  <!-- said by hand -->
  <object>
    <name>{other}</name>
  </object>
</annotation>
"""


def test_voc_moves_with_its_image() -> None:
    text = VOC.format(label=B, other=C)
    row, out = one(f"Annotations/train/{B}/{B}_1.xml", text)
    image = where(f"train/{B}/{B}_1.jpg")
    assert row.key == "Annotations/" + image.replace(".jpg", ".xml") and row.source_key.startswith("Annotations/train/")
    kept = text.replace(B + "</", A + "</").replace(f"{B}_1.jpg", image.rpartition("/")[2])
    begin = kept.index("\n  <object>\n    <name>")
    assert out.decode() == kept[:begin] + kept[kept.index("</object>\n</ann") + len("</object>") :]


def test_voc_of_a_label_that_goes_keeps_no_name_of_it() -> None:
    row, out = one(f"Annotations/train/{C}/{C}_1.xml", VOC.format(label=C, other=A))
    assert C not in row.key and C.encode() not in out and A.encode() in out
    assert row.key == "Annotations/" + where(f"train/{C}/{C}_1.jpg").replace(".jpg", ".xml")


def test_voc_that_names_what_nobody_judged_goes() -> None:
    row, _ = one(f"Annotations/train/{A}/{A}_1.xml", VOC.format(label=A, other="a &amp; b"))
    assert row.reason == "label-names-unsure"
    full = {**NAMES, "a & b": "c < d"}
    _, out = one(f"Annotations/train/{A}/{A}_1.xml", VOC.format(label=A, other="a &amp; b"), map_=relabelling(full))
    assert b"<name>c &lt; d</name>" in out


@pytest.mark.parametrize(("text", "action"), [("", "copied"), ("<label>cat</label>", "dropped")])
def test_xml_of_many_images_stays_where_it_names_no_class(text: str, action: str) -> None:
    made = f"<dataset><images><image file='1.jpg'><box top='1'>{text}</box></image></images></dataset>"
    samples = {"1.jpg": "identical"}
    assert one("training.xml", made, map_=by_name(), samples=samples, labels={})[0].action == action
    assert one("training.xml", made)[0].reason == "label-names-unsure"


# ------------------------------------------------------------------------- YOLO


YOLO_SAMPLES = {"images/train/1.jpg": "identical", "images/train/2.jpg": "identical"}
NOT_PATHS: dict[str, str | None] = {"cat": "cat", "dog": "animal", "horse": "animal", "gone": None, "car": "car"}


def by_name(names: Mapping[str, str | None] = NOT_PATHS) -> Relabelling:
    classes = tuple(dict.fromkeys(name for name in names.values() if name is not None))
    return Relabelling(names, {}, (LabelPlace(".cls"),), classes)


@pytest.mark.parametrize(
    "names",
    [
        "names: [cat, 'dog', \"horse\", gone, car]",
        "names:\n  0: cat\n  1: dog  # barks\n  2: horse\n  3: 'gone'\n  4: car",
        "names:\n- cat\n- dog\n- horse\n- gone\n- car",
    ],
)
def test_yolo_numbers_and_names(names: str) -> None:
    yaml = pytest.importorskip("yaml")
    made = {
        "data.yaml": f"path: ../x\nnc: 5\n{names}\ntrain: images/train\n",
        "labels/train/1.txt": "0 .1 .2 .3 .4\n2 .5 .5 .5 .5\n3 .1 .1 .1 .1\n4 .2 .2 .2 .2\n",
        "labels/train/2.txt": "",
    }
    rows, out = all_of(made, map_=by_name(), samples=YOLO_SAMPLES, labels={})
    told = yaml.safe_load(out["data.yaml"])
    got = told["names"] if isinstance(told["names"], list) else [told["names"][n] for n in range(told["nc"])]
    assert (got, told["nc"], told["train"]) == (["cat", "animal", "car"], 3, "images/train")
    assert out["labels/train/1.txt"] == b"0 .1 .2 .3 .4\n1 .5 .5 .5 .5\n2 .2 .2 .2 .2\n"
    assert rows["labels/train/1.txt"].entries_removed == 1 and rows["labels/train/2.txt"].action == "copied"


def test_yolo_without_names_goes() -> None:
    rows, _ = all_of({"labels/train/1.txt": "0 .1 .2 .3 .4\n"}, map_=by_name(), samples=YOLO_SAMPLES, labels={})
    assert rows["labels/train/1.txt"].reason == "label-names-unsure"
    rows, _ = all_of(
        {"data.yaml": "names: {0: cat, 1: dog}\n", "labels/train/1.txt": "0 .1 .2 .3 .4\n"},
        map_=by_name(),
        samples=YOLO_SAMPLES,
        labels={},
    )
    assert {row.reason for row in rows.values()} == {"label-names-unsure"}


# ------------------------------------------------------------------------ lists


def test_lists_of_classes() -> None:
    files = {
        "classes.txt": f"{A}\n{B}\n{C}\n{D}\n",
        "LOC_synset_mapping.txt": f"{A} one, uno\n{B} two\n{C} three\n{D} four\n",
        "labels.txt": f"{A} 0\n{B} 1\n{C} 2\n{D} 3\n",
        "imagenet_class_index.json": json.dumps({str(n): [w, f"w{n}"] for n, w in enumerate((A, B, C, D))}),
        "class_to_idx.json": json.dumps({w: n for n, w in enumerate((A, B, C, D))}),
        "names.json": json.dumps([A, B, C, D]),
    }
    _, out = all_of(files)
    assert out["classes.txt"].decode() == f"{A}\n{D}\n"
    assert out["LOC_synset_mapping.txt"].decode() == f"{A} one, uno\n{D} four\n"
    assert out["labels.txt"].decode() == f"{A} 0\n{D} 1\n"
    assert json.loads(out["imagenet_class_index.json"]) == {"0": [A, "w0"], "1": [D, "w3"]}
    assert json.loads(out["class_to_idx.json"]) == {A: 0, D: 1}
    assert json.loads(out["names.json"]) == [A, D]


def test_a_list_of_classes_that_nobody_judged_goes() -> None:
    rows, _ = all_of(
        {"classes.txt": "tree\nhouse\n", "synsets.txt": f"{A}\nn99999999\n", "words.txt": f"{A}\tword\nx y\n"}
    )
    assert {row.reason for row in rows.values()} == {"label-names-unsure"}


def test_paths_and_numbers() -> None:
    told = [(name, list(NAMES).index(LABELS[name])) for name in SAMPLES]
    _, out = one("train.txt", "".join(f"{name.removeprefix('train/')} {number}\n" for name, number in told))
    assert out.decode() == "".join(
        f"{where(name).removeprefix('train/')} {0 if number < 2 else 1}\n" for name, number in told if number != 2
    )


def test_paths_alone_follow() -> None:
    _, out = one("train_files.txt", "".join(f"ImageNet/{name}\n" for name in SAMPLES))
    assert out.decode() == "".join(f"ImageNet/{where(name)}\n" for name in SAMPLES)
    _, out = one("split_list.txt", "".join(f"{name.rpartition('/')[2].partition('.')[0]}\n" for name in SAMPLES))
    assert out.decode() == "".join(f"{where(name).rpartition('/')[2].partition('.')[0]}\n" for name in SAMPLES)


def test_numbers_of_another_order_go() -> None:
    row, _ = one("train.txt", "".join(f"{name} {9 - list(NAMES).index(LABELS[name])}\n" for name in SAMPLES))
    assert row.reason == "label-names-unsure"
    row, _ = one("val_ground_truth.txt", "3\n1\n2\n0\n" * 5)
    assert row.reason == "label-names-unsure"


def test_numbers_by_a_list_near() -> None:
    files = {"classes.txt": f"{D}\n{C}\n{B}\n{A}\n", "val_list.txt": "1.jpg 0\n2.jpg 3\n3.jpg 2\n4.jpg 1\n"}
    samples = {f"val/{n}.jpg": "identical" for n in range(1, 5)}
    _, out = all_of(files, samples=samples, labels={})
    assert out["classes.txt"].decode() == f"{D}\n{A}\n" and out["val_list.txt"] == b"1.jpg 0\n2.jpg 1\n3.jpg 1\n"


def test_vocs_presence_is_no_class() -> None:
    samples = {f"JPEGImages/{n:06d}.jpg": "identical" for n in (1, 2)}
    files = {f"ImageSets/Main/{label}_train.txt": "000001 -1\n000002  1\n" for label in ("cat", "gone")}
    rows, _ = all_of(files, map_=Relabelling({**NOT_PATHS}, {}, (LabelPlace("path"),), ()), samples=samples, labels={})
    assert rows["ImageSets/Main/cat_train.txt"].action == "copied"
    assert rows["ImageSets/Main/gone_train.txt"].reason == "label-gone"


# ----------------------------------------------------------------------- tables


def test_csv() -> None:
    rows = "".join(f'{name},{LABELS[name]},"said, {n}"\r\n' for n, name in enumerate(SAMPLES))
    row, out = one("metadata.csv", "file_name,label,caption\r\n" + rows)
    got = list(csv.reader(io.StringIO(out.decode())))[1:]
    assert [each[0] for each in got] == [where(name) for name in SAMPLES]
    assert [each[1] for each in got] == [NAMES[LABELS[name]] or "" for name in SAMPLES]
    assert [each[2] for each in got] == [f"said, {n}" for n in range(len(SAMPLES))]
    row, out = one("metadata.csv", "file_name,label\n" + "".join(f"{name},thing\n" for name in SAMPLES))
    assert b"thing" not in out and row.reason == "fields-emptied"


def test_kaggles_solutions() -> None:
    text = f"ImageId,PredictionString\n{B}_1,{B} 1 2 3 4 {C} 5 6 7 8 \n{A}_1,{A} 1 2 3 4 \n"
    _, out = one("LOC_train_solution.csv", text)
    assert out.decode() == f"ImageId,PredictionString\n{B}_1,{A} 1 2 3 4 \n{A}_1,{A} 1 2 3 4 \n"


def test_json_lines() -> None:
    lines = [
        {"file_name": name, "label": LABELS[name], "objects": {"category": [B, C], "bbox": [[1], [2]]}, "x": 1.50}
        for name in SAMPLES
    ]
    _, out = one("train/metadata.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    got = [json.loads(line) for line in out.decode().splitlines()]
    assert [line["file_name"] for line in got] == [where(name) for name in SAMPLES]
    assert [line["label"] for line in got] == [NAMES[LABELS[name]] for name in SAMPLES]
    assert all(line["objects"] == {"category": [A], "bbox": [[1]]} for line in got)
    assert '"x": 1.50}'.replace("0}", "}") in out.decode()


def test_parquet() -> None:
    features = {"label": {"_type": "ClassLabel", "names": [A, B, C, D]}}
    table = pa.table(
        {
            "file_name": list(SAMPLES),
            "label": [list(NAMES).index(LABELS[name]) for name in SAMPLES],
            "tags": [[C, B]] * 8,
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    pq.write_table(table, out)
    _, made = one("metadata.parquet", out.getvalue())
    got = pq.read_table(io.BytesIO(made))
    names = json.loads(got.schema.metadata[b"huggingface"])["info"]["features"]["label"]["names"]
    assert names == [A, D]
    assert [None if n is None else names[n] for n in got["label"].to_pylist()] == [
        NAMES[LABELS[name]] for name in SAMPLES
    ]
    assert got["file_name"].to_pylist() == [where(name) for name in SAMPLES]
    assert got["tags"].to_pylist() == [[A]] * 8 and got.schema.types == table.schema.types


def test_json_beside_one_image() -> None:
    made = {"imagePath": f"{B}_1.jpg", "shapes": [{"label": B, "points": [[1, 2.50]]}, {"label": C}], "version": "5.0"}
    row, out = one(f"train/{B}/{B}_1.json", json.dumps(made))
    assert row.key == where(f"train/{B}/{B}_1.jpg").replace(".jpg", ".json")
    assert json.loads(out) == {
        "imagePath": where(f"train/{B}/{B}_1.jpg").rpartition("/")[2],
        "shapes": [{"label": A, "points": [[1, 2.5]]}],
        "version": "5.0",
    }


def test_json_by_path() -> None:
    _, out = one("labels.json", json.dumps({name: LABELS[name] for name in SAMPLES}))
    assert json.loads(out) == {where(name): NAMES[LABELS[name]] for name in SAMPLES}


# ------------------------------------------------------------------------ files


def test_what_lies_in_a_labels_directory() -> None:
    names = {A: "new", B: A, C: None, D: D}
    files = {f"train/{label}/README.md": "words" for label in names}
    rows, out = all_of(files, map_=relabelling(names))
    assert rows[f"train/{C}/README.md"].reason == "label-gone"
    expected = [f"train/{A}/README-{tag(B)}.md", f"train/{D}/README.md", f"train/new/README-{tag(A)}.md"]
    assert sorted(out) == expected
    rows, out = all_of(files)  # A and B share a directory
    assert sorted(out) == [f"train/{A}/README-{tag(B)}.md", f"train/{A}/README.md", f"train/{D}/README.md"]


def test_no_two_files_come_to_be_called_the_same() -> None:
    files = {
        f"{label}/{name}" for label in (A, B, D, "new") for name in (f"{B}_urls.txt", f"urls-{tag(B)}.txt", "urls.txt")
    }
    rows, out = all_of(dict.fromkeys(files, "x"), map_=relabelling({A: A, B: A, D: "new"}))
    assert len(out) == len(rows) == len(files)


def test_words_beside_an_image_follow_it() -> None:
    _, out = all_of({f"train/{B}/{B}_1.txt": "a thing", f"train/{B}/{B}_2.jpg.txt": "b"})
    assert set(out) == {
        where(f"train/{B}/{B}_{n}.jpg").replace(".jpg", end) for n, end in ((1, ".txt"), (2, ".jpg.txt"))
    }


def test_labels_in_arrays_go() -> None:
    rows, _ = all_of({"train_labels.npy": b"\x93NUMPY\0", "other.npy": b"\x93NUMPY\0"})
    assert rows["train_labels.npy"].reason == "label-names-unsure" and rows["other.npy"].action == "copied"


def test_images_that_are_gone_and_labels_in_one_pass() -> None:
    samples = SAMPLES | {f"train/{C}/{C}_{n}.jpg": "removed" for n in (1, 2)} | {f"train/{B}/{B}_1.jpg": "redacted"}
    row, out = one("train_files.txt", "".join(f"{name}\n" for name in SAMPLES), samples=samples)
    assert out.decode() == "".join(f"{where(name)}\n" for name in SAMPLES if C not in name)
    assert (row.entries, row.entries_removed) == (8, 2)


def test_a_map_that_changes_nothing_leaves_every_byte() -> None:
    same = relabelling({name: name for name in NAMES}, {})
    made = coco([{"id": 1, "name": "anything"}], [(1, 1)])
    files = {
        "instances.json": json.dumps(made, indent=3),
        "classes.txt": "tree\nhouse\n",
        f"train/{A}/README.md": "x",
        "train.txt": "".join(f"{name}  7\n" for name in SAMPLES),
    }
    rows, out = all_of(files, map_=same)
    assert {row.action for row in rows.values()} == {"copied"} and {k: v.decode() for k, v in out.items()} == files


# ------------------------------------------------------------------------ reading


def test_what_side_files_name_can_be_judged_first() -> None:
    made = coco([{"id": 5, "name": "cat"}, {"id": 6, "name": "dog"}], [(1, 5), (1, 5), (2, 5)])
    files = {
        "instances.json": json.dumps(made).encode(),
        "Annotations/1.xml": VOC.format(label="x", other="y").encode(),
        "data.yaml": b"names: [cat, car]\n",
        "labels/1.txt": b"1 .1 .2 .3 .4\n1 .1 .2 .3 .4\n",
        "classes.csv": b"",
        "train.csv": b"file_name,label\n1.jpg,cat\n2.jpg,cat\n3.jpg,\n",
        "metadata.jsonl": b'{"file_name": "1.jpg", "tags": ["p", "q"]}\n',
        "imagenet_class_index.json": json.dumps({"1": [B, "b"], "0": [A, "a"]}).encode(),
        "broken.json": b'{"images": [',
    }
    rows = [(key, len(data), "not-an-image") for key, data in files.items()] + [("link", 0, "symlink")]

    def opened(key: str) -> io.BytesIO:
        if key not in files:
            raise FileNotFoundError(key)
        return io.BytesIO(files[key])

    told = {each.key: each for each in read_side_labels(rows, open=opened)}
    assert {key: dict(each.images) for key, each in told.items() if each.images} == {
        "instances.json": {"cat": 2, "dog": 0},
        "Annotations/1.xml": {"x": 1, "y": 1},
        "data.yaml": {"cat": 0, "car": 0},
        "labels/1.txt": {"car": 1},
        "train.csv": {"cat": 2},
        "metadata.jsonl": {"p": 1, "q": 1},
        "imagenet_class_index.json": {A: 0, B: 0},
    }
    assert told["imagenet_class_index.json"].classes == (A, B)


# ------------------------------------------------------------------------ hostile

KEYS = [
    "instances.json", "a.json", "classes.txt", "imagenet_class_index.json", "data.yaml", "labels/x.txt", "train.txt",
    f"Annotations/train/{B}/{B}_1.xml", f"train/{B}/{B}_1.json", "metadata.csv", "metadata.jsonl", "metadata.parquet",
    "train_labels.npy", "training.xml", "LOC_train_solution.csv", "words.pbtxt", "notes.json",
]  # fmt: skip
PIECES = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\0", b"\xff", b" ", b"<", b">", b"/", b"-", b"1", b"99999999999",
    b'"images":', b'"annotations":', b'"categories":', b'"id":1', b'"name":', b'"category_id":', b'"label":', b"names:",
    b"<annotation>", b"<object>", b"<name>", b"</name>", b"</object>", b"</annotation>", b"nc: 3", b"null", b"1e999",
    b"file_name,label", b"PAR1", A.encode(), B.encode(), C.encode(), f"train/{B}/{B}_1.jpg".encode(), b'"shapes":',
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(KEYS), st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join), st.booleans())
def test_whatever_a_file_holds_it_is_told_of(key: str, data: bytes, lost: bool) -> None:
    samples = SAMPLES | ({f"train/{A}/{A}_1.jpg": "removed"} if lost else {})
    row, out = one(key, data, samples=samples)
    assert row.action in ("copied", "rewritten", "dropped", "listed")
    if row.action == "rewritten" and row.kind == "coco":
        json.loads(out.decode("utf-8-sig"))
    list(read_side_labels([(key, len(data), "not-an-image")], open=lambda _: io.BytesIO(data)))


# --------------------------------------------------------------- cards of Hugging Face

CARD = f"""---
license: mit
dataset_info:
- config_name: default
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': {A}

          '1': {C}
# of the splits
  splits:
  - name: train
configs:
- config_name: default
---
# About {A}
dataset_info: in the text, nothing
"""


def test_the_class_list_of_a_card_goes_since_loaders_believe_it_more_than_the_data() -> None:
    row, out = one("README.md", CARD)
    assert row.action == "rewritten" and row.entries_removed == 1
    head, tail = CARD.index("dataset_info:"), CARD.index("configs:")
    assert out.decode() == CARD[:head] + CARD[tail:]


@pytest.mark.parametrize("text", ["# no YAML\n", "---\nlicense: mit\ndataset_info:\n  features: []\n---\n", ""])
def test_a_card_without_a_class_list_stays(text: str) -> None:
    row, out = one("README.md", text)
    assert row.action == "copied" and out == text.encode()


def test_a_card_without_an_end_and_the_older_form_go() -> None:
    assert one("README.md", "---\ndataset_info:\n  class_label: 1\n")[0].reason == "unreadable-licence"
    assert one("dataset_infos.json", '{"default": {"features": {}}}')[0].reason == "label-names-unsure"


# ----------------------------------------------------------------- JSON of no known form


@pytest.mark.parametrize("gone", [B, C])
def test_json_of_no_known_form_goes_where_it_says_a_label_that_changed(gone: str) -> None:
    row, out = one("config.json", json.dumps({"model": {"id2label": {"0": A, "1": gone}}, "size": 3}))
    assert (row.action, row.reason, out) == ("dropped", "label-names-unsure", None)


def test_json_of_no_known_form_stays_where_it_says_none() -> None:
    text = json.dumps({"model": {"id2label": {"0": A, "1": D}}, "about": f"once {C} was here"})
    row, out = one("config.json", text)
    assert row.action == "copied" and out == text.encode()


def test_a_label_across_two_blocks_of_json_is_seen(monkeypatch) -> None:
    from overpaint.formats._sidefiles import _relabel_file

    monkeypatch.setattr(_relabel_file, "BLOCK", 16)
    assert one("config.json", json.dumps({"model": {"x": [A, D, A, C]}}))[0].reason == "label-names-unsure"


def test_synonyms_of_a_category_do_not_say_what_went() -> None:
    made = coco([{"id": 3, "name": A, "synonyms": [A, C, B, "other"]}, {"id": 9, "name": D}], [(1, 3)])
    _, out = one("annotations/lvis.json", json.dumps(made))
    assert json.loads(out)["categories"] == [{"id": 3, "name": A, "synonyms": [A, "other"]}, {"id": 9, "name": D}]
