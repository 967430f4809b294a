"""A label policy over tables: the fast way says what the plan says row by row; nothing else of a table changes."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overpaint import labels
from overpaint.errors import EngineError, LabelsError, OverpaintWarning, SourceError
from overpaint.jobs import TableFiltered, _labels_table_files, filter_table, is_label_table
from overpaint.labels import Class, ImageRule, LabelDecision, LabelPlan, PlanCodes
from overpaint.labels._label_table import _first
from overpaint.labels._plan_facts import Origin

# Three fishes and a bird of ILSVRC, and made-up words; nothing here is anybody's label.
TENCH, GOLDFISH, SHARK, COCK = "n01440764", "n01443537", "n01484850", "n01514668"
POLICY = f"""
version = 1
title = "fishes"
use = "a test"
community = "nobody"
revision = 2026-01-02

[hold]
under = []

[images]
without_labels = "{{without}}"
with_other_labels = "{{others}}"

[[clause]]
name = "no sharks"
reason = "They bite."
ids = ["{SHARK}"]
action = "remove"

[[clause]]
name = "one fish"
reason = "They are alike."
ids = ["{GOLDFISH}"]
action = "merge"
to = "{TENCH}"

[[clause]]
name = "words"
reason = "Somebody should look."
labels = ["madeup*"]
action = "hold"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY.format(without="remove", others="keep"))
    return path


@pytest.fixture(autouse=True)
def no_installed_ratings(tmp_path, monkeypatch):
    monkeypatch.setattr(labels, "ratings", lambda files=(): dict(labels_of(files)))


def labels_of(files: Any) -> Any:
    del files
    return ()


ROWS: list[tuple[str, str | None]] = [
    ("a/1.jpg", TENCH),
    ("a/2.jpg", SHARK),
    ("b/3.jpg", GOLDFISH),
    ("b/4.jpg", "madeup one"),
    ("b/5.jpg", None),
    ("b/6.jpg", COCK),
]
LEFT = [("a/1.jpg", TENCH), ("b/3.jpg", TENCH), ("b/5.jpg", None), ("b/6.jpg", COCK)]


def as_table(rows: list[tuple[Any, Any]], kind: pa.DataType) -> pa.Table:
    keys, values = zip(*rows, strict=True)
    return pa.table({"key": pa.array(keys), "label": pa.array(values, kind), "n": pa.array(range(len(keys)))})


def told(found: TableFiltered) -> tuple[int, int, int, int, int]:
    return found.rows, found.kept, found.relabelled, found.removed, found.quarantined


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
def test_parquet_with_text(tmp_path, policy, kind):
    table = as_table(ROWS, kind).replace_schema_metadata({"mine": "stays"})
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    before = (tmp_path / "t.parquet").read_bytes()
    found = filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    assert told(found) == (6, 4, 1, 1, 1)
    out = pq.read_table(tmp_path / "o.parquet")
    assert out.schema.equals(pq.read_schema(tmp_path / "t.parquet"), check_metadata=True)
    assert out.schema.metadata == {b"mine": b"stays"}
    assert list(zip(out["key"].to_pylist(), out["label"].to_pylist(), strict=True)) == LEFT
    assert out["n"].to_pylist() == [0, 2, 4, 5]
    assert pq.ParquetFile(tmp_path / "o.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    waits = pq.read_table(tmp_path / "o.parquet.private" / "quarantined.parquet")
    assert waits.schema.equals(out.schema)
    assert waits["label"].to_pylist() == ["madeup one"]
    assert (tmp_path / "t.parquet").read_bytes() == before


@pytest.mark.parametrize("kind", [pa.int64(), pa.int16(), pa.uint8(), pa.dictionary(pa.int8(), pa.int32())], ids=str)
def test_parquet_with_numbers_of_a_list(tmp_path, policy, kind):
    names = tmp_path / "names.txt"
    names.write_text(f"{COCK}\n{SHARK}\n{GOLDFISH}\n{TENCH}\n")
    table = as_table([("a", 0), ("b", 1), ("c", 2), ("d", 3), ("e", None)], kind)
    pq.write_table(table, tmp_path / "t.parquet")
    found = filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy, label_list=names)
    out = pq.read_table(tmp_path / "o.parquet")
    assert out.schema.equals(pq.read_schema(tmp_path / "t.parquet"))
    assert out["label"].to_pylist() == [0, 1, 1, None]
    assert told(found) == (5, 4, 1, 1, 0)  # the third was called otherwise
    assert (tmp_path / "o.parquet.label-index.csv").read_text().splitlines() == [
        "old_index,old_label,new_index,new_label,action",
        f"0,{COCK},0,{COCK},keep",
        f"1,{SHARK},,,remove",
        f"2,{GOLDFISH},1,{TENCH},merge",
        f"3,{TENCH},1,{TENCH},keep",
    ]
    labels.read_classes(tmp_path / "o.parquet.classes.json").check([COCK, TENCH])
    assert [row.label for row in labels.read_tombstones(tmp_path / "o.parquet.label-tombstones.json").rows] == [
        SHARK,
        GOLDFISH,
    ]


def hugging_face(feature: Any) -> dict[bytes, bytes]:
    return {b"huggingface": json.dumps({"info": {"features": {"label": feature}}}).encode()}


def test_parquet_of_hugging_face_says_what_its_numbers_are(tmp_path, policy):
    names = [SHARK, TENCH, GOLDFISH, COCK]
    table = as_table([("a", 0), ("b", 1), ("c", 3), ("d", -1)], pa.int64())
    table = table.replace_schema_metadata(hugging_face({"names": names, "_type": "ClassLabel"}))
    pq.write_table(table, tmp_path / "t.parquet")
    filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    out = pq.read_table(tmp_path / "o.parquet")
    assert out["label"].to_pylist() == [0, 1, -1]
    features = json.loads(out.schema.metadata[b"huggingface"])["info"]["features"]
    assert features["label"]["names"] == [TENCH, COCK]


LISTS: list[tuple[str, list[str] | None]] = [
    ("a", [TENCH, COCK]),
    ("b", [SHARK, COCK]),
    ("c", [SHARK]),
    ("d", [GOLDFISH, TENCH, COCK]),
    ("e", ["madeup two", COCK]),
    ("f", []),
    ("g", None),
]
LISTS_LEFT = [("a", [TENCH, COCK]), ("b", [COCK]), ("d", [TENCH, COCK]), ("f", []), ("g", None)]


@pytest.mark.parametrize(
    "kind",
    [pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_(pa.dictionary(pa.int32(), pa.string()))],
    ids=str,
)
def test_parquet_with_lists(tmp_path, policy, kind):
    table = as_table(LISTS, kind)
    pq.write_table(table, tmp_path / "t.parquet")
    found = filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    out = pq.read_table(tmp_path / "o.parquet")
    assert out.schema.equals(pq.read_schema(tmp_path / "t.parquet"))
    assert list(zip(out["key"].to_pylist(), out["label"].to_pylist(), strict=True)) == LISTS_LEFT
    assert told(found) == (7, 5, 2, 1, 1)


def test_parquet_with_lists_of_numbers(tmp_path, policy):
    table = as_table([("a", [0, 1]), ("b", [2, 1, 3])], pa.list_(pa.int64()))
    feature = {"feature": {"names": [SHARK, TENCH, GOLDFISH, COCK], "_type": "ClassLabel"}, "_type": "Sequence"}
    pq.write_table(table.replace_schema_metadata(hugging_face(feature)), tmp_path / "t.parquet")
    filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    out = pq.read_table(tmp_path / "o.parquet")
    assert out["label"].to_pylist() == [[0], [0, 1]]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".tsv.gz"])
def test_text_tables_stay_as_they_are_but_for_labels(tmp_path, policy, ending):
    apart = "\t" if "tsv" in ending else ","
    lines = [
        ["key", "label", "a name", "number"],
        ["a", TENCH, "0012", "1.50"],
        ["b", SHARK, "", "2"],
        ["c", GOLDFISH, f'with {apart} and " and\nline', "NaN"],
        ["d", COCK, "ümlaut", "null"],
        ["e", "", "no label", "true"],
        ["f", "madeup", "waits", "-0"],
    ]
    source, dest = tmp_path / f"t{ending}", tmp_path / f"o{ending}"
    opened = gzip.open if ending.endswith(".gz") else open
    with opened(source, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=apart, lineterminator="\n").writerows(lines)
    found = filter_table(source, dest, policy=policy)
    assert told(found) == (6, 4, 1, 1, 1)
    lines[3][1] = TENCH
    with opened(dest, "rt", encoding="utf-8", newline="") as file:
        out = file.read()
    expected = tmp_path / "expected"
    with expected.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=apart, lineterminator="\n").writerows([lines[n] for n in (0, 1, 3, 4, 5)])
    assert out == expected.read_text("utf-8")
    waits = tmp_path / f"o{ending}.private" / f"quarantined{ending}"
    with opened(waits, "rt", encoding="utf-8") as file:
        assert file.read() == apart.join(lines[0]) + "\n" + apart.join(lines[6]) + "\n"


def test_text_of_numbers_and_of_separated_labels(tmp_path, policy):
    (tmp_path / "t.csv").write_text("key,label\na,0\nb,1\nc,390\n")
    filter_table(tmp_path / "t.csv", tmp_path / "o.csv", policy=policy, label_list="ilsvrc")
    assert (tmp_path / "o.csv").read_text() == "key,label\na,0\nb,0\nc,388\n"
    (tmp_path / "s.csv").write_text(f"key,tags\na,{TENCH}; {COCK}\nb,{SHARK};{COCK}\nc,{SHARK}\nd,{GOLDFISH};{TENCH}\n")
    filter_table(tmp_path / "s.csv", tmp_path / "p.csv", policy=policy, column="tags", separator=";")
    assert (tmp_path / "p.csv").read_text() == f"key,tags\na,{TENCH};{COCK}\nb,{COCK}\nd,{TENCH}\n"


def test_a_table_of_one_column_keeps_its_empty_rows(tmp_path, policy):
    (tmp_path / "t.csv").write_text(f'label\n{TENCH}\n""\n{SHARK}\n')
    filter_table(tmp_path / "t.csv", tmp_path / "o.csv", policy=policy)
    assert (tmp_path / "o.csv").read_text() == f'label\n{TENCH}\n""\n'


@pytest.mark.parametrize(
    ("content", "out"),
    [
        (b"key,label\n", b"key,label\n"),
        (b"\xef\xbb\xbfkey,label\na,x\n", b"key,label\na,x\n"),
        (b"key,label\r\na,x\r\nb,y", b"key,label\na,x\nb,y\n"),
        (b'"ke\ny","my ""own""",label\na,b,x\n', b'"ke\ny","my ""own""",label\na,b,x\n'),
        (b"key,label\n" + b"k" * (17 << 20) + b",x\n", b"key,label\n" + b"k" * (17 << 20) + b",x\n"),
    ],
    ids=["no rows", "byte order mark", "other line ends", "odd names", "a long cell"],
)
def test_odd_text_tables(tmp_path, policy, content, out):
    (tmp_path / "t.csv").write_bytes(content)
    filter_table(tmp_path / "t.csv", tmp_path / "o.csv", policy=policy)
    assert (tmp_path / "o.csv").read_bytes() == out


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("t.csv", b'key,label\na,"x\nb,y\n', LabelsError, "is a quote not closed"),
        ("t.csv", b"key,label\na\xff,x\n", SourceError, "cannot be read as a table"),
        ("t.csv.gz", b"no gzip", SourceError, "cannot be read as a table"),
        ("t.parquet", b"no parquet", SourceError, "cannot be read as a table"),
        ("t.json", b"{", SourceError, "is no JSON"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, policy, name, content, kind, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(kind, match=message):
        filter_table(tmp_path / name, tmp_path / f"o-{name}", policy=policy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.toml", name]


def test_a_table_without_rows(tmp_path, policy):
    pq.write_table(pa.table({"label": pa.array([], pa.string())}), tmp_path / "t.parquet")
    assert told(filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)) == (0, 0, 0, 0, 0)
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0


def test_rows_are_held_by_their_bytes(tmp_path, policy, monkeypatch):
    """A column that compresses well is as large as ever once it is read."""
    monkeypatch.setattr(_labels_table_files, "BATCH_BYTES", 100_000)
    table = pa.table({"text": ["x" * 10_000] * 200, "label": [TENCH, SHARK] * 100})
    pq.write_table(table, tmp_path / "t.parquet")
    sizes = [batch.num_rows for batch in _labels_table_files.open_table(tmp_path / "t.parquet").rows("label")]
    assert max(sizes) <= 10
    filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    assert pq.read_table(tmp_path / "o.parquet").equals(table.filter(pa.array([True, False] * 100)))
    assert pq.ParquetFile(tmp_path / "o.parquet").metadata.num_row_groups > 1


def test_images_without_labels_may_stay(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY.format(without="keep", others="keep"))
    pq.write_table(as_table(ROWS, pa.string()), tmp_path / "t.parquet")
    filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    assert pq.read_table(tmp_path / "o.parquet")["label"].to_pylist() == [TENCH, None, TENCH, None, COCK]


def coco() -> dict[str, Any]:
    return {
        "info": {"year": 2026},
        "images": [
            {"id": 1, "file_name": "1.jpg"},
            {"id": 2, "file_name": "2.jpg", "neg_category_ids": [3, 5, 9]},
            {"id": 3, "file_name": "3.jpg"},
            {"id": 4, "file_name": "4.jpg"},
            {"id": 5, "file_name": "5.jpg"},
        ],
        "annotations": [
            {"id": 10, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3.5, 4], "iscrowd": 0},
            {"id": 11, "image_id": 2, "category_id": 3, "bbox": [1, 2, 3, 4]},
            {"id": 12, "image_id": 2, "category_id": 5, "bbox": [5, 6, 7, 8]},
            {"id": 13, "image_id": 3, "category_id": 9, "bbox": [1, 1, 2, 2]},
            {"id": 14, "image_id": 5, "category_id": 12, "bbox": [1, 1, 2, 2]},
        ],
        "categories": [
            {"id": 1, "name": TENCH, "supercategory": "fish"},
            {"id": 3, "name": SHARK, "supercategory": "fish"},
            {"id": 5, "name": COCK, "supercategory": "bird"},
            {"id": 9, "name": GOLDFISH},
            {"id": 12, "name": "madeup"},
        ],
    }


def test_coco(tmp_path, policy):
    (tmp_path / "t.json").write_text(json.dumps(coco()))
    found = filter_table(tmp_path / "t.json", tmp_path / "o.json", policy=policy)
    assert told(found) == (5, 3, 2, 1, 1)
    out = json.loads((tmp_path / "o.json").read_text())
    assert out["info"] == {"year": 2026}
    assert out["categories"] == [
        {"id": 1, "name": TENCH, "supercategory": "fish"},
        {"id": 2, "name": COCK, "supercategory": "bird"},
    ]
    assert [(image["id"], image.get("neg_category_ids")) for image in out["images"]] == [
        (2, [2, 1]),
        (3, None),
        (4, None),
    ]
    assert out["annotations"] == [
        {"id": 12, "image_id": 2, "category_id": 2, "bbox": [5, 6, 7, 8]},
        {"id": 13, "image_id": 3, "category_id": 1, "bbox": [1, 1, 2, 2]},
    ]
    waits = json.loads((tmp_path / "o.json.private" / "quarantined.json").read_text())
    assert [image["id"] for image in waits["images"]] == [5]
    assert waits["annotations"] == [coco()["annotations"][4]]
    rows = list(csv.reader((tmp_path / "o.json.label-index.csv").read_text().splitlines()))
    assert [row[:3] for row in rows[1:]] == [
        ["1", TENCH, "1"],
        ["3", SHARK, ""],
        ["5", COCK, "2"],
        ["9", GOLDFISH, "1"],
        ["12", "label-005", ""],
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("categories"), "each of 'categories' has to have id and name"),
        (lambda c: c["annotations"].append({"image_id": 1, "caption": "x"}), "each of 'annotations'"),
        (lambda c: c["annotations"].append({"image_id": 99, "category_id": 1}), "not in the file"),
        (lambda c: c["annotations"].append({"image_id": 1, "category_id": 99}), "not in the file"),
        (lambda c: c["images"].append({"id": 1}), "have one id"),
        (lambda c: c["categories"].append({"id": 1, "name": "x"}), "have one id"),
        (lambda c: c["categories"].append({"id": 77, "name": TENCH}), "there twice"),
    ],
)
def test_what_is_no_coco_is_refused(tmp_path, policy, change, message):
    whole = coco()
    change(whole)
    (tmp_path / "t.json").write_text(json.dumps(whole))
    with pytest.raises(LabelsError, match=message):
        filter_table(tmp_path / "t.json", tmp_path / "o.json", policy=policy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.toml", "t.json"]


def test_a_dry_run_counts_the_same_and_writes_nothing(tmp_path, policy):
    pq.write_table(as_table(LISTS, pa.list_(pa.string())), tmp_path / "t.parquet")
    (tmp_path / "t.json").write_text(json.dumps(coco()))
    there = sorted(tmp_path.iterdir())
    dry = [
        filter_table(tmp_path / f"t.{end}", tmp_path / f"o.{end}", policy=policy, dry_run=True)
        for end in ("parquet", "json")
    ]
    assert sorted(tmp_path.iterdir()) == there
    wet = [filter_table(tmp_path / f"t.{end}", tmp_path / f"o.{end}", policy=policy) for end in ("parquet", "json")]
    assert [told(one) for one in dry] == [told(one) for one in wet]
    assert dry[0].plan == wet[0].plan
    assert dry[0].files == ()
    assert all(path.exists() for path in wet[0].files)


def test_what_may_be_published_names_no_word_that_went(tmp_path, policy):
    pq.write_table(as_table(ROWS, pa.string()), tmp_path / "t.parquet")
    found = filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    private = tmp_path / "o.parquet.private"
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    for path in found.files:
        if path != private:
            assert b"madeup" not in path.read_bytes(), path
    assert LabelPlan.from_json((private / "label-plan.json").read_text()) == found.plan
    assert "madeup" not in json.dumps(found.to_dict()) + "".join(found.lines())


@pytest.mark.parametrize(
    "taken", ["o.csv", "o.csv.classes.json", "o.csv.label-index.csv", "o.csv.label-tombstones.json", "o.csv.private"]
)
def test_nothing_is_overwritten(tmp_path, policy, taken):
    (tmp_path / "t.csv").write_text(f"label\n{TENCH}\n")
    (tmp_path / taken).write_text("mine")
    with pytest.raises(LabelsError, match="is there already"):
        filter_table(tmp_path / "t.csv", tmp_path / "o.csv", policy=policy)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["policy.toml", "t.csv", taken])
    assert (tmp_path / taken).read_text() == "mine"


def test_a_failure_leaves_nothing(tmp_path, policy):
    rows = "".join(f"{n},{TENCH}\n" for n in range(3))
    (tmp_path / "t.csv").write_text("key,label\n" + rows + f"9,{TENCH},too many\n")
    with pytest.raises(SourceError, match=r"t\.csv: cannot be read as a table \(ArrowInvalid\)"):
        filter_table(tmp_path / "t.csv", tmp_path / "o.csv", policy=policy)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.toml", "t.csv"]


def test_a_destination_that_cannot_be_written(tmp_path, policy):
    (tmp_path / "t.csv").write_text(f"label\n{TENCH}\n")
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError):
        filter_table(tmp_path / "t.csv", tmp_path / "file" / "o.csv", policy=policy)


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        ("a,b\n1,2\n", {}, "which column holds the labels.*there are a, b"),
        ("a,b\n1,2\n", {"column": "c"}, "which column"),
        ("a,a\n1,2\n", {"column": "a"}, "each once"),
        ("", {}, "names of columns"),
        ("label\n5\n", {"label_list": "ilsvrc2"}, "neither a file nor"),
        ("label\n1000\n", {"label_list": "ilsvrc"}, "there is a class 1000, but its class list ends with 999"),
        ("label\nx\n", {"separator": ""}, "a separator stands in"),
        ("label\nx\n", {"policy": "no-such-policy"}, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, policy, content, more, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(LabelsError, match=message):
        filter_table(tmp_path / "t.csv", tmp_path / "o.csv", **({"policy": policy} | more))


def test_numbers_that_nobody_explains_are_refused(tmp_path, policy):
    pq.write_table(pa.table({"label": [1, 2]}), tmp_path / "t.parquet")
    with pytest.raises(LabelsError, match=r"its labels are numbers.*name the class list"):
        filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=policy)
    pq.write_table(pa.table({"label": [1.5]}), tmp_path / "f.parquet")
    with pytest.raises(LabelsError, match="holds double; labels are text"):
        filter_table(tmp_path / "f.parquet", tmp_path / "o.parquet", policy=policy)


def test_other_endings_are_refused(tmp_path, policy):
    pq.write_table(pa.table({"label": [TENCH]}), tmp_path / "t.parquet")
    with pytest.raises(LabelsError, match=r"has to end as the source does \(\.parquet\)"):
        filter_table(tmp_path / "t.parquet", tmp_path / "o.csv", policy=policy)
    (tmp_path / "t.txt").write_text("")
    with pytest.raises(LabelsError, match="is no label table by its ending"):
        filter_table(tmp_path / "t.txt", tmp_path / "o.txt", policy=policy)
    with pytest.raises(SourceError, match="there is no such file"):
        filter_table(tmp_path / "none.csv", tmp_path / "o.csv", policy=policy)
    assert is_label_table(tmp_path / "t.parquet")
    assert not is_label_table(tmp_path / "t.txt")
    assert not is_label_table(tmp_path)


# The fast way against the plain one.

WORDS = [f"l{n}" for n in range(6)]
ACTIONS = ["keep", "remove", "quarantine", "hold", "merge", "rename"]


@st.composite
def plans(draw: st.DrawFn) -> LabelPlan:
    """Any plan over six labels, as if some policy had made it."""
    decisions, after = [], []
    for word in WORDS:
        action = draw(st.sampled_from(ACTIONS))
        to = {"keep": word, "merge": "merged", "rename": f"new {word}"}.get(action)
        if to is not None and to not in after:
            after.append(to)
        decisions.append(
            LabelDecision(word, None, None, 0, action, to, None, action, "why", held=action == "hold")  # type: ignore[arg-type]
        )
    treatments = st.sampled_from(["keep", "remove", "quarantine"])
    return LabelPlan(
        Origin("t", "u", "c", dt.date(2026, 1, 2).isoformat(), "", ""),
        tuple(decisions),
        tuple(Class(n, name) for n, name in enumerate(after)),
        ImageRule(draw(treatments), draw(treatments)),
    )


SEVERAL = st.lists(st.lists(st.integers(0, len(WORDS) - 1), max_size=12), max_size=20)


@settings(deadline=None)
@given(plans(), SEVERAL)
@example(LabelPlan(Origin("", "", "", "", "", ""), (), (), ImageRule()), [])
def test_many_rows_at_once_are_as_one_by_one(plan, rows):
    codes = PlanCodes.of(plan)
    flat = np.array([code for row in rows for code in row], np.int32)
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    fast = codes.several(flat, offsets)
    assert fast.offsets is not None
    for at, row in enumerate(rows):
        old = [WORDS[code] for code in row]
        slow = plan.fate(old)
        new = tuple(plan.after[code] for code in fast.codes[fast.offsets[at] : fast.offsets[at + 1]])
        assert new == slow.labels
        assert ["keep", "remove", "quarantine"][fast.treatment[at]] == slow.treatment
        assert fast.changed[at] == (list(new) != old)


@settings(deadline=None)
@given(plans(), st.lists(st.integers(-1, len(WORDS) - 1), max_size=20))
def test_rows_with_one_label_are_as_one_by_one(plan, rows):
    fast = PlanCodes.of(plan).one(np.array(rows, np.int32))
    for code, treatment, new, changed in zip(rows, fast.treatment, fast.codes, fast.changed, strict=True):
        old = [] if code < 0 else [WORDS[code]]
        slow = plan.fate(old)
        assert ((plan.after[new],) if new >= 0 else ()) == slow.labels
        assert ["keep", "remove", "quarantine"][treatment] == slow.treatment
        assert changed == (list(slow.labels) != old)


@settings(deadline=None)
@given(SEVERAL, st.integers(0, 12))
def test_both_ways_to_find_the_first_of_equal_labels(rows, near):
    flat = np.array([code for row in rows for code in row], np.int32)
    numbers = np.repeat(np.arange(len(rows)), [len(row) for row in rows]).astype(np.int64)
    slow = [code not in row[:at] for row in rows for at, code in enumerate(row)]
    assert _first(numbers, flat, len(WORDS) + 1, near=near).tolist() == slow
    bearing = labels.rows_bearing(flat, np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64), 6)
    assert bearing.tolist() == [sum(code in row for row in rows) for code in range(6)]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([TENCH, GOLDFISH, SHARK, COCK, "madeup", "word"]), max_size=3), min_size=1),
    st.sampled_from(["keep", "remove", "quarantine"]),
    st.sampled_from(["keep", "remove", "quarantine"]),
    st.integers(1, 5),
)
def test_a_table_is_filtered_as_its_rows_are(tmp_path_factory, rows, without, others, piece):
    folder = tmp_path_factory.mktemp("rows")
    policy = labels.loads_label_policy(POLICY.format(without=without, others=others))
    table = as_table(list(enumerate(rows)), pa.list_(pa.string()))
    pq.write_table(table, folder / "t.parquet", row_group_size=piece)
    found = filter_table(folder / "t.parquet", folder / "o.parquet", policy=policy)
    fates = [found.plan.fate(row) for row in rows]
    kept = [(n, list(fate.labels)) for n, fate in enumerate(fates) if fate.treatment == "keep"]
    out = pq.read_table(folder / "o.parquet")
    assert list(zip(out["key"].to_pylist(), out["label"].to_pylist(), strict=True)) == kept
    assert found.rows == found.kept + found.removed + found.quarantined == len(rows)
    for decision in found.plan.decisions:
        assert decision.images == sum(decision.label in row for row in rows)


@pytest.mark.parametrize("other", ["label_name", "Class", "coarse category", "tags"])
def test_another_column_that_may_say_labels_is_told_of(tmp_path, policy, other):
    path = tmp_path / "in.csv"
    path.write_text(f"label,{other},classy\n{SHARK},shark,1\n{TENCH},tench,2\n")
    with pytest.warns(OverpaintWarning, match=f"stay as they are: {other};"):
        filter_table(path, tmp_path / "out.csv", policy=policy)
    assert (tmp_path / "out.csv").read_text() == f"label,{other},classy\n{TENCH},tench,2\n"


def test_cells_that_hold_several_labels_are_told_of_where_nobody_said_so(tmp_path, policy):
    path = tmp_path / "in.csv"
    path.write_text(f"label\n{SHARK}\n{TENCH};{SHARK}\n")
    with pytest.warns(OverpaintWarning, match="1 labels that stay have one that goes within them, beside ';'"):
        filter_table(path, tmp_path / "out.csv", policy=policy)
    filter_table(path, tmp_path / "parted.csv", policy=policy, separator=";")
    assert (tmp_path / "parted.csv").read_text() == f"label\n{TENCH}\n"


def test_other_words_of_coco_categories_do_not_say_what_went(tmp_path, policy):
    words = {"supercategory": SHARK, "synonyms": [TENCH, SHARK, GOLDFISH, "fish"]}
    rows = [{"id": 1, "name": TENCH} | words, {"id": 2, "name": SHARK}, {"id": 3, "name": GOLDFISH}]
    whole = {"images": [{"id": 1}], "annotations": [], "categories": rows}
    (tmp_path / "in.json").write_text(json.dumps(whole))
    filter_table(tmp_path / "in.json", tmp_path / "out.json", policy=policy)
    out = json.loads((tmp_path / "out.json").read_text())["categories"]
    assert out == [{"id": 1, "name": TENCH, "supercategory": "", "synonyms": [TENCH, "fish"]}]
