"""The dispatcher: every file is accounted for, whatever it is and whatever fails."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidefiles_bench import Dataset, Slot

from overpaint.errors import EngineError, SampleError, UsageError
from overpaint.formats._sidefiles import Gone, carry, classify
from overpaint.formats._sidefiles._classify import KINDS

PAINTED = Dataset({"d/a.jpg": "redacted", "d/b.jpg": "identical", "d/c.jpg": "removed"})
UNTOUCHED = Dataset({"d/a.jpg": "identical", "d/b.jpg": "metadata-only"})


@pytest.mark.parametrize(
    ("key", "head", "kind"),
    [
        ("annotations/instances_val2017.json", b'{"info": {"year": 2017}, "images": [', "coco"),
        ("map.json", b'{"type": "FeatureCollection", "features": []}', "unknown"),
        ("x.json", b'\xef\xbb\xbf\n { "annotations": [', "coco"),
        ("face_annotations_ILSVRC.json", b'[{"url": "val/x.JPEG", "bboxes": []}', "label-list"),
        ("other.json", b'{"x": 1}', "unknown"),
        ("Annotations/x.xml", b'<?xml version="1.0"?>\n<!-- c --><annotation verified="no">', "voc"),
        ("x.xml", b"<dataset><images><image file='a.jpg'>", "label-list"),
        ("x.xml", b"<kml>", "unknown"),
        ("x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]>\n<annotation>', "voc"),
        ("x.xml", b"<!-- a -->" * 6000 + b"< ", "unknown"),
        ("x.xml", b"<?a?>" * 12000 + b"<", "unknown"),
        ("labels/a.txt", b"0 0.5 0.5 0.1 0.1\n", "yolo"),
        ("labels/a.txt", b"", "yolo"),
        ("labels/a.txt", b"hello", "text"),
        ("data.yaml", b"names: [a]", "yolo"),
        ("train/metadata.csv", b"file_name,text\n", "imagefolder-metadata"),
        ("x.csv", b'"image_file_name",text\n', "imagefolder-metadata"),
        ("LOC_val_solution.csv", b"ImageId,PredictionString\n", "label-list"),
        ("x.csv", b"a,b\n", "unknown"),
        ("metadata.jsonl", b'{"file_name": "x"}', "imagefolder-metadata"),
        ("x.jsonl", b'{"q": "x"}', "unknown"),
        ("metadata.parquet", b"PAR1", "imagefolder-metadata"),
        ("x.parquet", b"PAR1", "derived"),
        ("ImageSets/Main/x.txt", b"1\n", "split-list"),
        ("train.txt", b"x\n", "split-list"),
        ("LICENSE", b"MIT", "licence"),
        ("readme.md", b"# x", "licence"),
        ("CITATION.cff", b"cff", "licence"),
        ("classes.txt", b"a\n", "label-list"),
        ("LOC_synset_mapping.txt", b"n01 x\n", "label-list"),
        ("obj.names", b"a\n", "label-list"),
        ("clip.npy", b"\x93NUMPY", "derived"),
        ("x.tfrecord-00001-of-00002", b"\0", "derived"),
        ("x.tar.gz", b"\x1f\x8b", "derived"),
        (".git/config", b"[core]", "derived"),
        ("Thumbs.db", b"\xd0\xcf", "derived"),
        ("script.py", b"import os", "text"),
        ("movie.mp4", b"\0\0\0\x18ftyp", "unknown"),
        ("x.ipynb", b'{"cells": []}', "unknown"),
        ("x.txt", b"\0\0", "unknown"),
    ],
)
def test_kinds(key: str, head: bytes, kind: str) -> None:
    assert classify(key, head) == kind and kind in KINDS


NEVER = ["Thumbs.db", "d/.DS_Store", "d/._a.jpg", "x/old.zip", "all.tar.gz", "p.7z", ".git/objects/ab/cdef", "d/a.xmp"]
CONTAINERS = ["f.npy", "f.npz", "f.pt", "f.pth", "f.pkl", "f.safetensors", "f.faiss", "f.hdf5", "f.lmdb", "f.tfrecord"]


@pytest.mark.parametrize("key", NEVER)
def test_previews_archives_history_and_metadata_never_pass(key: str) -> None:
    row, out = UNTOUCHED.one(key, b"x")
    assert (
        row.action == "dropped" and row.reason in ("preview", "archive", "history", "metadata-policy") and out is None
    )
    row, out = UNTOUCHED.one(key, b"x", overrides={"nothing": "drop", key: "keep"})
    assert (row.action, row.reason, out) == ("copied", "override", b"x")


def test_xmp_under_the_policy_keep() -> None:
    assert UNTOUCHED.one("d/a.xmp", b"<x/>", metadata="keep")[1] == b"<x/>"
    assert PAINTED.one("d/c.xmp", b"<x/>", metadata="keep")[0].reason == "image-gone"


@pytest.mark.parametrize("key", CONTAINERS)
def test_what_may_hold_clear_pictures(key: str) -> None:
    row, _ = PAINTED.one(key, b"x")
    assert (row.kind, row.action, row.reason) == ("derived", "dropped", "derived-from-pixels")
    assert UNTOUCHED.one(key, b"x")[1] == b"x"


def test_derived_beside_one_image_goes_by_that_image() -> None:
    carried, out = PAINTED.carry({"d/a.npy": b"1", "d/b.npy": b"2", "d/c.npy": b"3"})
    assert sorted(out) == ["d/b.npy"]
    assert [row.reason for row in carried.values()] == ["derived-from-pixels", None, "image-gone"]


@pytest.mark.parametrize("key", ["r.html", "n.ipynb", "README.md", "x.svg", "d/a.txt", "e.json"])
def test_pictures_inside_texts(key: str) -> None:
    data = b" " * ((1 << 20) - 15) + b'<img src="data:image/jpeg;base64,AAAA">'
    assert PAINTED.one(key, data)[0].reason in ("holds-pictures", "unreadable-unknown")
    assert UNTOUCHED.one(key, data)[0].action == "copied"


def test_unknown_as_the_plan_says() -> None:
    row, _ = PAINTED.one("x.mp4", b"\0\1")
    assert (row.kind, row.action) == ("unknown", "copied")
    row, _ = PAINTED.one("x.mp4", b"\0\1", unknown="drop")
    assert (row.kind, row.action, row.reason) == ("unknown", "dropped", "unknown")
    assert PAINTED.one("LICENSE", b"x", unknown="drop")[0].action == "copied"
    assert PAINTED.one("LICENSE", b"x", overrides={"LIC*": "drop"})[0].reason == "override"


def test_what_the_listing_says_is_listed() -> None:
    rows = [("l", 0, "broken-symlink"), ("p", 0, "not-a-regular-file"), ("t", 3, "overpaint-temporary")]
    carried, out = PAINTED.carry({}, others=rows)
    assert [(row.action, row.reason, row.size) for row in carried.values()] == [
        ("listed", why, size) for _, size, why in rows
    ]
    assert not out


def start(gone: Gone = PAINTED.gone, **options: Any) -> Any:
    written: dict[str, bytes] = {}
    defaults: dict[str, Any] = {
        "open": lambda key: io.BytesIO(b"a.jpg\n"),
        "create": lambda key: Slot(written, key),
        "gone": gone,
        "unknown": "keep",
        "overrides": {},
        "metadata": "strip",
    }
    return carry([("train.txt", 6, "not-an-image")], **(defaults | options))


def test_arguments_are_checked_at_once() -> None:
    for options in ({"unknown": "burn"}, {"overrides": {"*": "burn"}}):
        with pytest.raises(UsageError, match="burn"):
            start(**options)


class Failing(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (FileNotFoundError(2, "no"), "vanished"),
        (PermissionError(13, "no"), "unreadable"),
        (SampleError("changed", ""), "changed"),
        (None, "unreadable"),
    ],
)
def test_a_source_that_fails_costs_one_file(failure: Exception | None, reason: str) -> None:
    def opened(key: str) -> Any:
        if failure:
            raise failure
        return Failing()

    (row,) = start(open=opened)
    assert (row.action, row.reason) == ("listed", reason)


def test_a_file_of_another_size_is_not_carried() -> None:
    (row,) = start(open=lambda key: io.BytesIO(b"a readme that grew"))
    assert (row.action, row.reason) == ("listed", "changed")


class Full(Slot):
    def write(self, data: bytes) -> None:
        raise OSError(28, "No space left on device")


class Late(Slot):
    def commit(self) -> None:
        raise OSError(30, "Read-only file system")


@pytest.mark.parametrize("slot", [Full, Late])
def test_a_destination_that_fails_ends_the_work(slot: type[Slot]) -> None:
    coco = b'{"images": [{"file_name": "d/c.jpg"}], "annotations": [1, 2, 3]}'
    for data in (b"a.jpg\n", b"c.jpg\na.jpg\n", coco):
        with pytest.raises(EngineError, match=r"'train.txt'"):
            list(start(create=lambda key: slot({}, key), open=lambda key, data=data: io.BytesIO(data)))
    with pytest.raises(EngineError):
        list(start(create=lambda key: open("/nowhere/x", "wb")))  # noqa: PTH123, SIM115


def test_a_name_that_cannot_be_written_costs_one_file() -> None:
    def create(key: str) -> Any:
        raise SampleError("name-too-long", "")

    (row,) = start(create=create)
    assert (row.action, row.reason) == ("listed", "name-too-long")


NAMES = [
    *(
        "a.json",
        "coco.json",
        "metadata.csv",
        "metadata.jsonl",
        "metadata.parquet",
        "x.csv",
        "train.txt",
        "labels/a.txt",
    ),
    *("d/a.json", "x.xml", "gt.txt", "x.tsv", "Annotations/a.xml", "classes.txt", "README", "x.bin", "x.jsonl"),
]
PIECES = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"images"',
        b'"file_name"',
        b":",
        b",",
        b'"a.jpg"',
        b"a.jpg",
        b'"',
        b"1",
        b"NaN",
        b"PAR1",
    ),
    *(
        b"<annotation>",
        b"</image>",
        b"<image file='a.jpg'>",
        b"file_name,x\n",
        b"\xef\xbb\xbf",
        b"\n",
        b"\r\n",
        b" ",
        b"\xff",
    ),
]


@settings(max_examples=250)
@given(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join) | st.binary(max_size=40),
    st.sampled_from(["keep", "drop"]),
)
def test_whatever_they_hold_every_file_gets_one_row(key: str, data: bytes, unknown: Any) -> None:
    row, out = PAINTED.one(key, data, unknown=unknown)
    assert row.kind in KINDS and row.action in ("copied", "rewritten", "dropped")
    assert row.action != "dropped" or row.reason
    again, same = PAINTED.one(key, data, unknown=unknown)
    assert (row, out) == (again, same)
    row, out = UNTOUCHED.one(key, data, metadata="keep")
    assert (row.action, out) == ("copied", data)
