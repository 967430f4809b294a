"""Where labels stand, and what each sample bears."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relabel_bench import Job, folder, png, table, tar

from overpaint.errors import LabelsError
from overpaint.formats import LabelPlace

CLASSLABEL = {"_type": "ClassLabel", "names": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("text", "place", "kind", "field", "steps"),
    [
        ("path", "path", "path", "", ()),
        (".cls", ".cls", "member", "cls", ()),
        (".seg.txt", ".seg.txt", "member", "seg.txt", ()),
        ("json:labels", ".json:labels", "json", "json", ("labels",)),
        (".json:labels[]", ".json:labels[]", "json", "json", ("labels",)),
        (
            ".meta.json:objects[].category",
            ".meta.json:objects[].category",
            "json",
            "meta.json",
            ("objects", "category"),
        ),
        (".json:/a.b/c~1d/e~0f", ".json:/a.b/c~1d/e~0f", "json", "json", ("a.b", "c/d", "e~f")),
        (" column:label ", "column:label", "column", "label", ()),
        ("columns:objects.category", "column:objects.category", "column", "objects", ("category",)),
        ("column:/a.b/c", "column:/a.b/c", "column", "a.b", ("c",)),
    ],
)
def test_parsed(text: str, place: str, kind: str, field: str, steps: tuple[str, ...]) -> None:
    told = LabelPlace.parse(text, classes=["x"])
    assert (told.place, told.kind, told.field, told.steps, told.classes) == (place, kind, field, steps, ("x",))
    assert LabelPlace(place).place == place


@pytest.mark.parametrize(
    "text", ["", "label", "json", ".json", ".json:", "column:", "a:b", ".json:a..b", "x" * 2000, ".a/b"]
)
def test_what_is_no_place_is_named(text: str) -> None:
    with pytest.raises(LabelsError, match=r"label place .* is none; give path, \.cls"):
        LabelPlace.parse(text)
    with pytest.raises(LabelsError):
        LabelPlace(text)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_place_or_an_error(text: str) -> None:
    try:
        place = LabelPlace.parse(text)
    except LabelsError:
        return
    assert LabelPlace.parse(place.place) == place
    assert place.kind == "path" or place.field


# ----------------------------------------------------------------------- guesses


def guessed(job: Job) -> list[str]:
    return [place.place for place in job.places]


def test_folders_say_it_by_their_directories(tmp_path) -> None:
    files = {"train/n01/a.jpg": 1, "train/n02/b.jpg": 2, "val/n01/s/c.jpg": 3, "train/d.jpg": 4}
    job = Job(folder(tmp_path / "s", files), tmp_path)
    assert guessed(job) == ["path"]
    assert job.labels() == {png(1): ("n01",), png(2): ("n02",), png(3): ("n01",), png(4): ()}
    assert guessed(Job(folder(tmp_path / "t", {"a.jpg": 1}), tmp_path / "w")) == []
    assert guessed(Job(folder(tmp_path / "u", {"train/JPEGImages/a.jpg": 1}), tmp_path / "x")) == []


def test_tars(tmp_path) -> None:
    members: list[tuple[str, Any]] = [
        ("a.jpg", 1),
        ("a.cls", b"3\n"),
        ("a.txt", b"a caption"),
        ("a.json", b'{"label": "x", "tags": ["y", 7], "objects": [{"category": "z"}], "label.name": "q", "width": 3}'),
        ("b.jpg", 2),
        ("b.cls", b"1, 4"),
    ]
    job = Job(tar(tmp_path / "s", members), tmp_path)
    assert guessed(job) == [".cls", ".json:label", ".json:tags", ".json:objects.category"]
    assert job.labels() == {png(1): ("3", "x", "y", "7", "z"), png(2): ("1", "4")}


def test_directories_in_tars(tmp_path) -> None:
    plain = Job(tar(tmp_path / "s", [("x/a.jpg", 1), ("x/a.txt", b"hm")]), tmp_path / "1")
    assert guessed(plain) == ["path"] and plain.labels() == {png(1): ("x",)}
    wnids = [("n01440764/a.jpg", 1), ("n01440764/a.cls", b"0"), ("n02102040/b.jpg", 2), ("n02102040/b.cls", b"1")]
    both = Job(tar(tmp_path / "t", wnids), tmp_path / "2")
    assert guessed(both) == ["path", ".cls"] and both.places[1].classes == ("n01440764", "n02102040")
    assert both.labels() == {png(1): ("n01440764",), png(2): ("n02102040",)}
    wnids[1] = ("n01440764/a.cls", b"7")
    other = Job(tar(tmp_path / "v", wnids), tmp_path / "4")
    assert other.places[1].classes is None and other.labels()[png(1)] == ("n01440764", "7")
    parts = Job(tar(tmp_path / "u", [("part1/a.jpg", 1), ("part1/a.cls", b"0")]), tmp_path / "3")
    assert guessed(parts) == [".cls"]


def test_the_first_container_may_say_less_than_others(tmp_path) -> None:
    tar(tmp_path / "s", [("a.jpg", 1)], name="a.tar")
    tar(tmp_path / "s", [("b.jpg", 2), ("b.cls", b"7")], name="b.tar")
    assert guessed(Job(tmp_path / "s", tmp_path)) == [".cls"]


def test_parquet(tmp_path) -> None:
    columns = {
        "label": [0, 2, -1],
        "objects": [{"category": [1, 1], "area": [1.0, 2.0]}] * 3,
        "tags": [["t", "u"], [], None],
        "class_name": ["v", None, "w"],
        "width": [1, 2, 3],
    }
    features = {
        "label": CLASSLABEL,
        "objects": {"_type": "Sequence", "feature": {"category": CLASSLABEL, "area": {"_type": "Value"}}},
    }
    job = Job(table(tmp_path / "s", columns, features=features), tmp_path)
    assert guessed(job) == ["column:label", "column:objects.category", "column:tags", "column:class_name"]
    assert job.places[0].classes == ("a", "b", "c") == job.places[1].classes
    assert list(job.labels().values()) == [("a", "b", "t", "u", "v"), ("c", "b"), ("b", "w")]


def test_places_that_a_user_says_know_their_classes(tmp_path) -> None:
    source = table(tmp_path / "s", {"kind": [2, 0]}, features={"kind": CLASSLABEL})
    job = Job(source, tmp_path, places=["column:kind"])
    assert job.places == (LabelPlace("column:kind", ("a", "b", "c")),)
    assert list(job.labels().values()) == [("c",), ("a",)]


def test_dictionaries_and_text_that_is_json(tmp_path) -> None:
    columns = {"json": ['{"labels": ["p"]}', "{broken"], "label": ["x", "y"]}
    types = {"label": pa.dictionary(pa.int32(), pa.string())}
    job = Job(table(tmp_path / "s", columns, types=types), tmp_path)
    assert sorted(guessed(job)) == [".json:labels", "column:label"]
    assert list(map(sorted, job.labels().values())) == [["p", "x"], ["y"]]
    assert job.amiss == {"unreadable-label": 1}


# ----------------------------------------------------------------------- reading


def test_what_cannot_be_read_is_counted(tmp_path) -> None:
    members: list[tuple[str, Any]] = [("a.jpg", 1), ("a.cls", b"x"), ("a.json", b'{"label": "ok"}')]
    for at, bad in enumerate([b"{", b'{"label": "a"} x', b"\xff", b"[" * 10_000, b'{"label": ["a"', b'{"label" "a"}']):
        members += [(f"b{at}.jpg", 10 + at), (f"b{at}.json", bad)]
    members += [("c.jpg", 90), ("c.cls", b"\xff\xfe")]
    job = Job(tar(tmp_path / "s", members), tmp_path, places=[".cls", "json:label"])
    labels = job.labels()
    assert labels.pop(png(1)) == ("x", "ok") and set(labels.values()) == {()}
    assert job.amiss == {"unreadable-label": 7}


def test_bounds(tmp_path) -> None:
    many = ",".join(map(str, range(5000))).encode()
    job = Job(tar(tmp_path / "s", [("a.jpg", 1), ("a.cls", many), ("b.jpg", 2), ("b.cls", b"y" * 2000)]), tmp_path)
    a, b = job.read(LabelPlace(".cls"))
    assert len(a) == 4096 and b == () and job.amiss == {"too-many-labels": 1, "label-too-long": 1}


def test_a_container_that_changed_costs_its_labels_only(tmp_path) -> None:
    job = Job(tar(tmp_path / "s", [("a.jpg", 1), ("a.cls", b"x"), ("b.jpg", 2), ("b.cls", b"y")]), tmp_path)
    tar(tmp_path / "s", [("z.jpg", 1)])
    assert job.read() == [(), ()]
    assert job.amiss == {"unreadable-record": 2}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"7", ("7",)),
        (b"007 7\n", ("7",)),
        (b"1 2,3\n4", ("1", "2", "3", "4")),
        (b"-1", ()),
        (b"golden retriever\n", ("golden retriever",)),
        (b"cat, golden retriever\ncow", ("cat", "golden retriever", "cow")),
        (b"n01440764 n02102040", ("n01440764", "n02102040")),
        (b" \n", ()),
        (b"", ()),
    ],
)
def test_members(tmp_path, text: bytes, labels: tuple[str, ...]) -> None:
    job = Job(tar(tmp_path / "s", [("a.jpg", 1), ("a.cls", text)]), tmp_path, places=[".cls"])
    assert job.labels() == {png(1): labels}
    named = LabelPlace(".cls", tuple(f"class {n}" for n in range(5)))
    (got,) = job.read(named)
    assert got == tuple(f"class {one}" if one.isdigit() and int(one) < 5 else one for one in labels)
