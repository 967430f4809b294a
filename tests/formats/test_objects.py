"""Labelled objects: three formats say the same, a sample's file is found where datasets put it, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import BoxesError, SampleError
from overpaint.formats import BoxedImage, LabelledObject, ScoredBox, read_objects, write_boxes
from overpaint.formats._objects._model import candidates
from overpaint.records import Box

IMAGES = [
    BoxedImage("train/a/1.jpg", 100, 60, 1, [ScoredBox(Box(10, 5, 30, 20), kind="horn"), ScoredBox(Box(0, 0, 9, 9))]),
    BoxedImage("train/b/2.png", 80, 120, 6, [ScoredBox(Box(1, 2, 30, 40), kind="horn")]),
    BoxedImage("val/3.jpg", 64, 64, 1, []),
]


@pytest.mark.parametrize(
    ("form", "inner", "name"), [("coco", "", "coco"), ("voc", "Annotations", "xml"), ("yolo", "", "yolo")]
)
def test_three_formats_say_the_same(form: str, inner: str, name: str, tmp_path: Path) -> None:
    write_boxes(tmp_path / "out", IMAGES, format=form, kinds=["face", "horn"])
    read = read_objects(tmp_path / "out" / inner if inner else tmp_path / "out")
    assert read.format == name
    assert read.lookup("val/4.jpg") is None
    for image in IMAGES:
        found = read.lookup(image.key)
        assert found is not None
        assert [each.label for each in found] == [each.kind for each in image.boxes]
        for each, truth in zip(found, image.boxes, strict=True):
            box = each.placed(image.width, image.height, image.orientation)
            assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(
                (truth.box.x0, truth.box.y0, truth.box.x1, truth.box.y1), abs=1e-4
            )


def test_where_a_file_may_lie() -> None:
    assert list(candidates("val/n1/x.JPEG", ".xml")) == ["val/n1/x.xml", "n1/x.xml", "x.xml", "val/x.xml"]
    assert list(candidates("x.jpg", ".txt")) == ["x.txt"]


VOC = "<annotation><size><width>{}</width><height>{}</height></size>{}</annotation>"
OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"


def test_a_picture_that_was_scaled_down_or_turned(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(VOC.format(500, 375, OBJECT.format("n03394916", 51, 1, 250, 375)))
    (each,) = read_objects(tmp_path).lookup("JPEGImages/x.jpg") or ()
    assert each == LabelledObject("n03394916", Box(50, 0, 250, 375), size=(500, 375))
    small = each.placed(213, 160, 1)
    assert (small.x0, small.x1, small.y1) == pytest.approx((21.3, 106.5, 160))
    turned = each.placed(375, 500, 6)  # drawn on the picture as seen; stored it lies on its side
    assert (turned.x0, turned.y0, turned.x1, turned.y1) == pytest.approx((0, 250, 375, 450))
    with pytest.raises(SampleError, match="boxes-do-not-fit"):
        each.placed(500, 500, 1)
    with pytest.raises(SampleError, match="boxes-do-not-fit"):
        each.placed(375, 500, 1)
    with pytest.raises(SampleError, match="box-outside"):
        LabelledObject("a", Box(600, 0, 700, 10), size=(500, 375)).placed(500, 375, 1)


@pytest.mark.parametrize(
    "text",
    [
        "no xml",
        "<annotation><object></object></annotation>",
        VOC.format(5, 5, OBJECT.format("a", "nan", 1, 2, 3)),
        VOC.format(5, 5, OBJECT.format("a", "x", 1, 2, 3)),
        '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + VOC.format(5, 5, OBJECT.format("&b;", 1, 1, 2, 3)),
        VOC.format("a", 5, OBJECT.format("a", 1, 1, 2, 3)),
        "<annotation>" + "x" * (5 << 20) + "</annotation>",
    ],
)
def test_xml_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(SampleError, match="annotation-unreadable"):
        read_objects(tmp_path).lookup("a.jpg")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    place = tmp_path_factory.mktemp("any")
    for name in ("a.xml", "b.txt", "classes.txt"):
        (place / name).write_bytes(b"face\n" if name == "classes.txt" else data)
    for read, key in ((read_objects(place), "a.jpg"), (_yolo(place), "b.jpg")):
        try:
            reason, found = "annotation-unreadable", read.lookup(key) or ()
        except SampleError as error:
            reason = error.reason
            found = ()
        assert reason == "annotation-unreadable"
        assert all(isinstance(each, LabelledObject) for each in found)


def _yolo(place: Path):  # type: ignore[no-untyped-def]
    from overpaint.formats._objects._text import YoloDirectory

    return YoloDirectory(place)


def test_yolo_below_labels_beside_images_and_polygons(tmp_path: Path) -> None:
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "classes.txt").write_text("face\nhorn\n")
    (tmp_path / "labels/train/a.txt").write_text("1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.3 0.2 0.2 0.5\n")
    found = read_objects(tmp_path).lookup("images/train/a.jpg") or ()
    assert [each.label for each in found] == ["horn", "face"]
    boxes = [each.placed(100, 100, 1) for each in found]
    assert [round(v) for b in boxes for v in (b.x0, b.y0, b.x1, b.y1)] == [40, 30, 60, 70, 10, 10, 30, 50]
    (tmp_path / "labels/train/a.txt").write_text("7 0.5 0.5 0.2 0.4\n")
    with pytest.raises(SampleError):
        read_objects(tmp_path).lookup("train/a.jpg")


def test_coco_names_without_leading_directories_and_without_sizes(tmp_path: Path) -> None:
    value = {
        "categories": [{"id": 7, "name": "bottle"}],
        "annotations": [
            {"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]},
            {"image_id": 1, "category_id": 9, "bbox": [5, 5, 1, 1]},
            {"image_id": 1, "category_id": 7, "bbox": []},
        ],
        "images": [{"id": 1, "file_name": "000.jpg"}],
    }
    (tmp_path / "c.json").write_text(json.dumps(value))
    found = read_objects(tmp_path / "c.json").lookup("val2017/000.jpg")
    assert found == [LabelledObject("bottle", Box(1, 2, 4, 6)), LabelledObject("9", Box(5, 5, 6, 6))]


def test_places_and_files_that_are_none(tmp_path: Path) -> None:
    for text in (
        "[]",
        "{}",
        '{"images": []}',
        '{"images": [5]}',
        '{"annotations": [{"image_id": [], "bbox": [1,2,3,4]}]}',
        "{",
    ):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(BoxesError, match=r"^--annotations"):
            read_objects(tmp_path / "c.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BoxesError, match=r"neither XML files nor YOLO's classes.txt"):
        read_objects(tmp_path / "empty")
    with pytest.raises(BoxesError, match="no such file"):
        read_objects(tmp_path / "nowhere")
