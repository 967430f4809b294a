"""How each file looks, by readers that are not ours; and files as the other tools write them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from exchange_world import alike, answer, question
from pycocotools.coco import COCO

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review import Kind
from overpaint.review.exchange import FORMATS, Labelled, Names, Picture, question_of, read, write

UPRIGHT = Picture("a/x.jpg", 100, 60)
TURNED = Picture("b/y.jpg", 100, 60, 6)  # shown as 60 x 100
HALF = Picture("b/z.jpg", 100, 60, 3)
THERE = Names([UPRIGHT, TURNED, HALF])
BOXES = [(10.0, 20.0, 30.5, 40.25), (1.0, 2.0, 3.01, 4.0)]


def got(path: Path, **said: Any) -> tuple[list[Labelled], dict[str, int], list[str]]:
    reading = read(path, **({"samples": THERE} | said))
    answers = list(reading)
    assert reading.kept == len(answers)
    return answers, dict(reading.left), reading.lines


# ------------------------------------------------------------------------- COCO


def test_pycocotools_reads_our_coco(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = [answer(UPRIGHT, "w-1", *BOXES), answer(UPRIGHT, "w-2"), answer(TURNED, "w-2", BOXES[0])]
    write(answers, tmp_path / "out", format="coco", images="ds/")
    coco = COCO(str(tmp_path / "out" / "answers" / "answers.json"))
    capsys.readouterr()
    names = {image["file_name"]: image["id"] for image in coco.loadImgs(coco.getImgIds())}
    assert set(names) == {"ds/a/x.jpg", "ds/b/y.jpg"}
    found = coco.loadAnns(coco.getAnnIds(imgIds=names["ds/a/x.jpg"]))
    assert [each["bbox"] for each in found] == [[10.0, 20.0, 20.5, 20.25], [1.0, 2.0, 2.01, 2.0]]
    assert {each["worker"] for each in found} == {"w-1"}
    assert coco.loadCats(coco.getCatIds()) == [{"id": 1, "name": "face"}]
    assert coco.loadImgs(names["ds/b/y.jpg"])[0]["width"] == 100  # the stored frame


def coco(place: Path, *, annotations: list[dict[str, Any]], images: list[dict[str, Any]] | None = None) -> Path:
    listed = [{"id": 1, "file_name": "a/x.jpg", "width": 100, "height": 60}]
    listed += [{"id": 2, "file_name": "b/y.jpg", "width": 60, "height": 100}]
    held = {"annotations": annotations, "images": images or listed}  # annotations first: the order is free
    place.write_text(json.dumps(held | {"categories": [{"id": 7, "name": "face"}, {"id": 8, "name": "dog"}]}))
    return place


def test_one_coco_file_a_worker(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    drawn = [{"id": 5, "image_id": 1, "category_id": 7, "bbox": [10, 20, 20.5, 20.25]}]
    coco(tmp_path / "answers" / "anna.json", annotations=drawn)
    coco(tmp_path / "answers" / "ben.json", annotations=[])
    answers, left, lines = got(tmp_path, thing="face")
    assert answers == [answer(UPRIGHT, "anna", BOXES[0])]
    assert left == {"not-told": 3}
    assert "ben.json: entry 0 of images: nothing is drawn" in lines[1]
    answers, left, _ = got(tmp_path, thing="face", empties="all")
    assert alike(answers) == alike(
        [answer(UPRIGHT, "anna", BOXES[0]), answer(TURNED, "anna"), answer(UPRIGHT, "ben"), answer(TURNED, "ben")]
    )
    assert not left


def test_coco_of_several_workers_and_labels(tmp_path: Path) -> None:
    drawn: list[dict[str, Any]] = [
        {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 20, 20.5, 20.25], "worker": "w-1"},
        {"id": 2, "image_id": 1, "category_id": 7, "bbox": [11, 20, 20, 20], "worker": 17},
        {"id": 3, "image_id": 1, "category_id": 8, "bbox": [11, 20, 20, 20], "worker": "w-1"},
        {"id": 4, "image_id": 1, "category_id": 7, "bbox": [12, 20, 20, 20]},
    ]
    path = coco(tmp_path / "c.json", annotations=drawn, images=[{"id": 1, "file_name": "a/x.jpg"}])
    answers, left, lines = got(path, thing="face")
    assert alike(answers) == alike([answer(UPRIGHT, "w-1", BOXES[0]), answer(UPRIGHT, "17", (11, 20, 31, 40))])
    assert left == {"other-label": 1, "worker-not-known": 1}
    assert any("say worker=" in line for line in lines)
    assert any("its label is 'dog'" in line for line in lines)
    dogs, _, _ = got(path, thing="face", labels={"dog": "face", "face": "other"}, worker="w-9")
    assert [(each.worker, each.value["boxes"][0]["box"][0]) for each in dogs] == [("w-1", 11.0)]
    both, _, _ = got(path, worker="w-9")
    assert {(each.worker, each.thing) for each in both} == {
        ("w-1", "face"),
        ("w-1", "dog"),
        ("17", "face"),
        ("w-9", "face"),
    }


def test_the_stated_size_tells_quarter_turns_and_the_rest_must_be_told(tmp_path: Path) -> None:
    drawn = [{"id": 5, "image_id": 2, "category_id": 7, "bbox": [20, 10, 20, 20], "worker": "w"}]
    path = coco(tmp_path / "c.json", annotations=drawn)  # b/y.jpg is stated as 60 x 100: as it is seen
    answers, _, _ = got(path)
    assert answers == [answer(TURNED, "w", (10, 20, 30, 40))]
    assert got(path, frame="stored")[0] == [answer(TURNED, "w", (20, 10, 40, 30))]
    half = [{"id": 2, "file_name": "b/z.jpg", "width": 100, "height": 60}]
    path = coco(tmp_path / "d.json", annotations=drawn, images=half)
    answers, left, lines = got(path)
    assert not answers
    assert left == {"frame-not-known": 1}
    assert "say frame='stored' or frame='upright'" in lines[0]
    assert got(path, frame="upright")[0] == [answer(HALF, "w", (60, 30, 80, 50))]
    wrong = [{"id": 2, "file_name": "b/z.jpg", "width": 50, "height": 30}]
    assert got(coco(tmp_path / "e.json", annotations=drawn, images=wrong))[1] == {"size-differs": 1}


# ------------------------------------------------------------------------- CVAT

JOB = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <job><id>1</id><size>3</size><mode>annotation</mode>
      <owner><username>boss</username><email></email></owner>
      <assignee>{assignee}</assignee>
      <labels>
        <label><name>Face</name><color>#d787c2</color><type>rectangle</type><attributes></attributes></label>
        <label><name>boxes: face: looked at</name><type>tag</type><attributes></attributes></label>
      </labels>
    </job>
    <dumped>2026-07-23 16:01:20.040561+00:00</dumped>
  </meta>
  <image id="0" name="x.jpg" width="100" height="60">
    <box label="Face" source="manual" occluded="0" xtl="10.00" ytl="20.00" xbr="30.50" ybr="40.25" z_order="0">
    </box>
  </image>
  <image id="1" name="ds/b/y.jpg" width="60" height="100">
    <tag label="boxes: face: looked at" source="manual"></tag>
  </image>
  <image id="2" name="b/z.jpg" width="100" height="60">
  </image>
</annotations>
"""


def test_a_job_as_cvat_exports_it(tmp_path: Path) -> None:
    place = tmp_path / "jobs"
    place.mkdir()
    assignee = "<username>carla</username><email>carla@example.org</email>"
    (place / "job_1.xml").write_text(JOB.format(assignee=assignee))
    (place / "job_2.xml").write_text(JOB.format(assignee=""))
    said = {"labels": {"Face": "face"}, "images": "ds/"}
    answers, left, lines = got(place, **said)
    want = [[answer(UPRIGHT, worker, BOXES[0]), answer(TURNED, worker)] for worker in ("carla", "job_2")]
    assert answers == [each for pair in want for each in pair]
    assert left == {"not-told": 2}
    assert "carla" not in "".join(lines)
    answers, left, _ = got(place / "job_1.xml", **said, empties="all", thing="face")
    assert answers[2] == answer(HALF, "carla")
    assert not left
    assert got(place, **said, worker="w-3")[0][2].worker == "w-3"  # where the file does not say


def test_cvat_boxes_are_those_of_the_picture_as_it_is_shown(tmp_path: Path) -> None:
    body = JOB.format(assignee="").replace('name="ds/b/y.jpg"', 'name="b/y.jpg"')
    box = '<box label="face" occluded="0" xtl="20" ytl="10" xbr="40" ybr="30"/>'
    body = body.replace('<tag label="boxes: face: looked at" source="manual"></tag>', box)
    (tmp_path / "job.xml").write_text(body)
    answers, _, _ = got(tmp_path / "job.xml", worker="w", thing="face")
    assert answers == [answer(TURNED, "w", (10, 20, 30, 40))]
    (tmp_path / "job.xml").write_text(body.replace('width="60" height="100"', 'width="100" height="60"'))
    answers, _, _ = got(tmp_path / "job.xml", worker="w", thing="face")  # CVAT before 2.2 did not turn
    assert answers == [answer(TURNED, "w", (20, 10, 40, 30))]


@pytest.mark.parametrize(
    "shape",
    [
        '<polygon label="Face" points="1,2;3,4;5,6"/>',
        '<box label="Face" rotation="12.5" xtl="1" ytl="1" xbr="9" ybr="9"/>',
        '<box label="Face" xtl="nan" ytl="1" xbr="9" ybr="9"/>',
        '<box label="Face" xtl="1" ytl="1" xbr="9"/>',
        '<box label="Face" xtl="1" ytl="1" xbr="1.2" ybr="9"/>',
        '<box label="Face" xtl="900" ytl="1" xbr="950" ybr="9"/>',
    ],
)
def test_an_answer_with_something_that_is_no_box_is_not_taken_without_it(tmp_path: Path, shape: str) -> None:
    (tmp_path / "job.xml").write_text(JOB.format(assignee="").replace("</box>", f"</box>{shape}"))
    answers, left, lines = got(tmp_path / "job.xml", worker="w", labels={"Face": "face"}, images="ds/")
    assert answers == [answer(TURNED, "w")]  # the other picture is not touched by it
    assert sum(left.values()) == 2
    assert "job.xml: image 0: " in lines[0]


def test_our_cvat_names_its_labels_and_its_worker(tmp_path: Path) -> None:
    picked = Labelled("a/x.jpg", 100, 60, 1, "w-1", Kind.CATEGORY, "fox", {"choice": "no"}, 2.5)
    write([answer(TURNED, "w-1", (10, 20, 30, 40)), picked], tmp_path / "out", format="cvat")
    root = ET.fromstring((tmp_path / "out" / "answers" / "w-1.xml").read_text())
    assert root.findtext("version") == "1.1"
    box = root.find("image/box")
    assert box is not None
    assert [box.get(side) for side in ("xtl", "ytl", "xbr", "ybr")] == ["20.00", "10.00", "40.00", "30.00"]
    assert [(image.get("width"), image.get("height")) for image in root.iter("image")] == [("60", "100"), ("100", "60")]
    used = {each.get("label") for image in root.iter("image") for each in image}
    listed = {each.findtext("name") for each in root.iter("label")}
    assert used <= listed
    raw = json.loads((tmp_path / "out" / "labels.json").read_text())
    assert {each["name"]: each["type"] for each in raw} == {
        "face": "rectangle",
        "boxes: face: looked at": "tag",
        "category: fox: yes": "tag",
        "category: fox: no": "tag",
    }


# ----------------------------------------------------------------- Label Studio


def region(*box: float, label: str = "face", size: tuple[int, int] = (100, 60), **more: Any) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    wide, tall = size
    value = {"x": 100 * x0 / wide, "y": 100 * y0 / tall, "rotation": 0, "rectanglelabels": [label]}
    value |= {"width": 100 * (x1 - x0) / wide, "height": 100 * (y1 - y0) / tall}
    form = {"type": "rectanglelabels", "from_name": "tag", "to_name": "img", "id": "Dx_aB91ISN"}
    return form | {"original_width": wide, "original_height": tall, "image_rotation": 0, "value": value | more}


def tasks(place: Path, *annotations: dict[str, Any], image: str = "a/x.jpg", **data: Any) -> Path:
    task = {
        "id": 1,
        "data": {"photo": image} | data,
        "annotations": list(annotations),
        "predictions": [],
        "project": 83,
    }
    place.write_text(json.dumps([task]))
    return place


def test_an_export_of_label_studio(tmp_path: Path) -> None:
    common = {"was_cancelled": False, "created_at": "2021-03-09T22:16:08.728353Z", "lead_time": 4.288}
    path = tasks(
        tmp_path / "e.json",
        {"id": 1, "completed_by": 10, "result": [region(*BOXES[0])]} | common,
        {"id": 2, "completed_by": {"id": 11, "email": "d@example.org"}, "result": []} | common,
        {"id": 3, "completed_by": {"email": "d@example.org"}, "result": [region(*BOXES[1], label="dog")]} | common,
        {"id": 4, "completed_by": 12, "result": []} | common | {"was_cancelled": True},
        {"id": 5, "result": []} | common,
        image="/data/upload/83/0a1b2c3d-x.jpg",
    )
    answers, left, lines = got(path, thing="face")
    at = {"seconds": 4.288, "at": 1615328168.728353}
    people = [
        answer(UPRIGHT, "10", BOXES[0], **at),
        answer(UPRIGHT, "11", **at),
        answer(UPRIGHT, "d@example.org", **at),
    ]
    assert answers == people
    assert left == {"other-label": 1, "skipped-there": 1, "worker-not-known": 1}
    assert "e.json: task 0, annotation 4: nothing says who answered" in "".join(lines)
    assert "example.org" not in "".join(lines)


@pytest.mark.parametrize(
    "address",
    ["/data/local-files/?d=ds/b/y.jpg", "https://host:8080/ds/b/y.jpg?x=1", "s3://bucket/ds/b/y.jpg", "b/y.jpg"],
)
def test_label_studio_shows_pictures_upright(tmp_path: Path, address: str) -> None:
    images = {"/": "/data/local-files/?d=ds/", "h": "https://host:8080/ds/", "s": "s3://bucket/ds/", "b": ""}[
        address[0]
    ]
    drawn = {"completed_by": 1, "result": [region(20, 10, 40, 30, size=(60, 100))]}
    path = tasks(tmp_path / "e.json", drawn, image=address)
    assert got(path, images=images)[0] == [answer(TURNED, "1", (10, 20, 30, 40))]
    strange = Names([TURNED])
    assert [each.sample for each in read(path, samples=strange, images=images)] == ["b/y.jpg"]


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (region(1, 2, 30, 40, rotation=10), "other-shape"),
        (region(1, 2, 30, 40, x="left"), "no-answer"),
        (region(1, 2, 30, 40, x=float("inf")), "no-answer"),
        (region(1, 2, 30, 40, rectanglelabels=["face", "dog"]), "no-answer"),
        (region(1, 2, 30, 40) | {"type": "polygonlabels", "value": {"polygonlabels": ["face"]}}, "other-shape"),
        (region(1, 2, 30, 40, size=(99, 60)), "size-differs"),
        (region(1, 2, 30, 40) | {"value": []}, "no-answer"),
    ],
)
def test_label_studio_regions_that_are_no_boxes(tmp_path: Path, result: dict[str, Any], reason: str) -> None:
    right = {"completed_by": 2, "result": [region(*BOXES[0])]}
    path = tasks(tmp_path / "e.json", {"completed_by": 1, "result": [region(*BOXES[0]), result]}, right)
    answers, left, _ = got(path, thing="face")
    assert answers == [answer(UPRIGHT, "2", BOXES[0])]
    assert left == {reason: 1}


def test_label_studio_says_nothing_of_what_was_looked_for(tmp_path: Path) -> None:
    path = tasks(tmp_path / "e.json", {"completed_by": 1, "result": []})
    answers, left, lines = got(path)
    assert not answers
    assert left == {"thing-not-known": 1}
    assert "say thing=" in lines[0]


def test_choices_of_another_project(tmp_path: Path) -> None:
    chosen = {"type": "choices", "from_name": "c", "to_name": "i", "value": {"choices": ["Yes"]}}
    path = tasks(tmp_path / "e.json", {"completed_by": 1, "result": [chosen]})
    answers, left, _ = got(path, kind=Kind.CATEGORY, thing="fox", labels={"Yes": "yes"})
    assert [(each.kind, each.thing, each.value) for each in answers] == [(Kind.CATEGORY, "fox", {"choice": "yes"})]
    assert not left
    assert got(path, kind=Kind.CATEGORY, thing="fox")[1] == {"no-answer": 1}


# -------------------------------------------------------------------------- VOC

VOC = """<annotation{root}>
  <folder>somewhere</folder><filename>x.jpg</filename>
  <source><database>Unknown</database></source>
  <size><width>100</width><height>60</height><depth>3</depth></size>
  {objects}
</annotation>
"""
OBJECT = (
    "<object><name>face</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)


def test_voc_folders_are_workers(tmp_path: Path) -> None:
    for worker, text in (
        ("anna", VOC.format(root="", objects=OBJECT.format(11, 21, 30, 40))),
        ("ben", VOC.format(root=' verified="yes"', objects="")),  # as labelImg marks what was looked at
        ("carla", VOC.format(root="", objects="")),
        ("dora", VOC.format(root="", objects=OBJECT.format(10.0, 20.0, 30.5, 40.25))),  # as datumaro has it
    ):
        (tmp_path / worker / "Annotations").mkdir(parents=True)
        (tmp_path / worker / "Annotations" / "x.xml").write_text(text)
    answers, left, lines = got(tmp_path, thing="face")
    want = [answer(UPRIGHT, "anna", (10, 20, 30, 40)), answer(UPRIGHT, "ben"), answer(UPRIGHT, "dora", BOXES[0])]
    assert answers == want
    assert left == {"not-told": 1}
    assert "carla/Annotations/x.xml" in lines[0]
    assert answer(UPRIGHT, "carla") in got(tmp_path, thing="face", empties="all")[0]


def test_our_voc_has_whole_pixels_outward_and_the_exact_corners_beside(tmp_path: Path) -> None:
    write([answer(UPRIGHT, "w-1", BOXES[0])], tmp_path / "out", format="voc")
    file = tmp_path / "out" / "answers" / "w-1" / "Annotations" / "a" / "x.xml"
    root = ET.fromstring(file.read_text())
    corners = [root.findtext(f"object/bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == ["11", "21", "31", "41"]
    assert got(tmp_path / "out")[0] == [answer(UPRIGHT, "w-1", BOXES[0])]
    file.write_text(file.read_text().replace("<xmax>31</xmax>", "<xmax>35</xmax>"))  # somebody moved a side
    assert got(tmp_path / "out")[0] == [answer(UPRIGHT, "w-1", (10, 20, 35, 41))]


# -------------------------------------------------------------------------- CSV


def test_csv_has_crowd_kits_columns_and_is_nothing_for_a_spreadsheet_to_run(tmp_path: Path) -> None:
    evil = Picture("=1+1.jpg", 40, 30)
    yes = Labelled(*("=1+1.jpg", 40, 30, 1), "@w", Kind.CATEGORY, "-fox", {"choice": "yes"})
    write([yes, answer(UPRIGHT, "+w", BOXES[0])], tmp_path / "a.csv", format="csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["task", "worker", "label"]
    assert rows[1][1:6] == ["'@w", "yes", "category", "'-fox", "'=1+1.jpg"]
    assert json.loads(rows[2][2]) == [{"box": [10.0, 20.0, 30.5, 40.25], "from": None}]
    assert all(not cell or cell[0] not in "=+-@\t\r" for row in rows for cell in row)
    assert yes in read(tmp_path / "a.csv", samples=Names([evil, UPRIGHT]))


def test_labels_of_another_crowd(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufeffworker;task;label\r\nw1;x.jpg;1\r\nw2;x.jpg;0\r\nw2;gone.jpg;0\r\n", "utf-8")
    said = {"kind": Kind.CATEGORY, "thing": "fox", "labels": {"1": "yes", "0": "no"}}
    answers, left, lines = got(tmp_path / "a.csv", **said)
    assert [(each.sample, each.worker, each.value["choice"]) for each in answers] == [
        ("a/x.jpg", "w1", "yes"),
        ("a/x.jpg", "w2", "no"),
    ]
    assert left == {"picture-not-known": 1}
    assert "a.csv: line 4: no sample has its name" in lines[0]
    assert got(tmp_path / "a.csv", **said | {"kind": None})[1] == {"no-answer": 3}
    assert got(tmp_path / "a.csv", **said | {"thing": None})[1] == {"thing-not-known": 3}


def test_questions_go_out_as_lines_to_be_filled_in(tmp_path: Path) -> None:
    write([], tmp_path / "a.csv", format="csv", questions=[question(UPRIGHT)])
    assert got(tmp_path / "a.csv") == ([], {"not-answered": 1}, [])
    text = (tmp_path / "a.csv").read_text().replace(",,,boxes", ",anna,[],boxes")
    (tmp_path / "a.csv").write_text(text)
    assert got(tmp_path / "a.csv")[0] == [answer(UPRIGHT, "anna", question=question(UPRIGHT).name)]


# ------------------------------------------------------------------------- each


def test_a_file_that_is_not_there_or_of_no_format(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "none", samples=THERE)
    with pytest.raises(UsageError, match="none of csv"):
        read(tmp_path, samples=THERE, format="yolo")  # type: ignore[arg-type]
    (tmp_path / "a.txt").write_text("hello")
    assert got(tmp_path / "a.txt")[1] == {"unreadable": 1}
    assert got(tmp_path)[1] == {"unreadable": 1}
    write([answer(UPRIGHT, "w")], tmp_path / "out", format="voc")
    answers, left, lines = got(tmp_path / "out", format="cvat")
    assert (answers, left) == ([], {"unreadable": 1})
    assert "it is voc, not cvat" in lines[0]


def test_all_formats_of_one_directory_are_read(tmp_path: Path) -> None:
    for form in FORMATS:
        name = f"{form}.csv" if form == "csv" else form
        write([answer(UPRIGHT, form, BOXES[0])], tmp_path / name, format=form)
    answers, left, _ = got(tmp_path)
    assert {each.worker for each in answers} == set(FORMATS)
    assert all(each.value == answer(UPRIGHT, "", BOXES[0]).value for each in answers)
    assert not left


def test_tags_of_another_project_in_cvat(tmp_path: Path) -> None:
    body = JOB.format(assignee="").replace("boxes: face: looked at", "is a fox")
    (tmp_path / "job.xml").write_text(body)
    said = {"worker": "w", "images": "ds/", "kind": Kind.CATEGORY, "thing": "fox", "labels": {"is a fox": "yes"}}
    answers, left, _ = got(tmp_path / "job.xml", **said)
    assert [(each.sample, each.kind, each.value) for each in answers] == [("b/y.jpg", Kind.CATEGORY, {"choice": "yes"})]
    assert left == {"not-told": 1, "other-label": 1}


def test_boxes_of_nobody_become_questions_that_show_them(tmp_path: Path) -> None:
    drawn = [{"id": 5, "image_id": 1, "category_id": 7, "bbox": [10, 20, 20.5, 20.25], "score": 0.7}]
    path = coco(tmp_path / "c.json", annotations=drawn)
    answers, _, _ = got(path, thing="face", worker="file", empties="all")
    asked = [question_of(each, shown=True) for each in answers]
    assert [(each.sample, len(each.boxes), each.basis) for each in asked] == [
        ("a/x.jpg", 1, "import"),
        ("b/y.jpg", 0, "import"),
    ]
    assert asked[0].boxes[0].box == Box(*BOXES[0])
    again = question_of(answer(UPRIGHT, "w-1", BOXES[0]))
    assert again == question_of(answer(UPRIGHT, "w-2"))
    assert again.name != asked[0].name
    written = write([], tmp_path / "out", format="coco", questions=asked)
    assert written.questions == 2
    with_boxes = json.loads((tmp_path / "out" / "questions.json").read_text())
    assert [each["bbox"] for each in with_boxes["annotations"]] == [[10, 20, 20.5, 20.25]]
