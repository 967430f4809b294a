"""True boxes in each format, what of them is ignored, and files that are none of these."""

import json
import math

import numpy as np
import pytest

from overpaint.errors import BoxesError
from overpaint.measures._truth import open_truth
from overpaint.measures._truth_text import around
from overpaint.records import Box

WIDER = (
    "a/b.jpg\n2\n1 2 3 4 0 1 0 1 2 0 \n5 6 0 8 0 0 0 0 0 0 \na/c.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \n"
    "e.jpg\n0\nd.jpg\n1\n5 6 7 8 2 0 1 0 1 1\n"
)
FDDB = "2002/08/img_1\n1\n20.5 10.25 1.5707963 50.0 60.0  1\n2002/08/img_2\n0\n"


def write(path, text):
    path.write_text(text)
    return path


def test_wider_with_its_words_and_its_entries_for_nobody(tmp_path):
    truth = open_truth(write(tmp_path / "gt.txt", WIDER))
    assert truth.format == "wider"
    one, nothing = truth.lookup("a/b.jpg")
    assert one.box == Box(1, 2, 4, 6) and one.ignored and nothing.ignored
    assert dict(one.told) == {
        "blur": "clear", "expression": "exaggerate", "illumination": "normal", "occlusion": "heavy", "pose": "typical"
    }  # fmt: skip
    assert truth.lookup("a/c.jpg") == [] == truth.lookup("e.jpg")
    (two,) = truth.lookup("deeper/down/d.jpg")
    assert not two.ignored and ("blur", "heavy") in two.told and ("pose", "atypical") in two.told
    assert truth.lookup("b.jpg") is None


def test_one_entry_is_of_one_image(tmp_path):
    truth = open_truth(write(tmp_path / "gt.txt", WIDER))
    truth.lookup("x/d.jpg")
    truth.lookup("x/d.jpg")
    with pytest.raises(BoxesError, match="names several images"):
        truth.lookup("y/d.jpg")


@pytest.mark.parametrize("folds", [False, True])
def test_fddb_ellipses_become_the_boxes_around_them(tmp_path, folds):
    (tmp_path / "folds").mkdir()
    file = write(tmp_path / "folds/FDDB-fold-01-ellipseList.txt", FDDB)
    truth = open_truth(file.parent if folds else file)
    assert truth.format == "fddb"
    (face,) = truth.lookup("2002/08/img_1.jpg")
    assert (face.box.x0, face.box.y0, face.box.x1, face.box.y1) == pytest.approx((39.75, 39.5, 60.25, 80.5))
    assert truth.lookup("2002/08/img_2.png") == []


@pytest.mark.parametrize("angle", np.linspace(-math.pi, math.pi, 17))
def test_the_box_around_an_ellipse_touches_it(angle):
    t = np.linspace(0, 2 * math.pi, 20_001)
    x = 100 + 40 * np.cos(t) * math.cos(angle) - 15 * np.sin(t) * math.sin(angle)
    y = 70 + 40 * np.cos(t) * math.sin(angle) + 15 * np.sin(t) * math.cos(angle)
    box = around(40, 15, angle, 100, 70)
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((x.min(), y.min(), x.max(), y.max()), abs=1e-4)


def test_imglab(tmp_path):
    text = """<?xml version='1.0'?><dataset><images><image file='./x/a.jpg'>
    <box top='5' left='6' width='10' height='20' occluded='1'/><box top='1' left='1' width='9' height='9' ignore='1'/>
    </image><image file='b.jpg'></image></images></dataset>"""
    truth = open_truth(write(tmp_path / "t.xml", text))
    one, two = truth.lookup("x/a.jpg")
    assert one.box == Box(6, 5, 16, 25) and dict(one.told) == {"occluded": "yes", "truncated": "no"}
    assert two.ignored and not one.ignored and truth.lookup("b.jpg") == []


def test_voc_says_what_is_difficult_and_how_it_stands(tmp_path):
    thing = (
        "<object><name>face</name>{}<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    )
    about = "<difficult>1</difficult><pose>Left</pose><truncated>0</truncated>"
    text = f"<annotation>{thing.format('<pose>Unspecified</pose>')}{thing.format(about)}</annotation>"
    write(tmp_path / "a.xml", text)
    one, two = open_truth(tmp_path).lookup("a.jpg")
    assert not one.ignored and one.told == ()
    assert two.ignored and dict(two.told) == {"pose": "Left", "truncated": "no"}


def test_coco_crowds(tmp_path):
    value = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": crowd} for crowd in (0, 1)],
    }
    file = write(tmp_path / "a.json", json.dumps(value))
    assert [each.crowd for each in open_truth(file).lookup("a.jpg")] == [False, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither WIDER"),
        ("a.jpg\nmany\n", "line 2"),
        ("a.jpg\n1\n1 2 3\n", "4 numbers"),
        ("a.jpg\n1\n", "ends too early"),
        ("a.jpg\n1\n1 2 3 4 7\n", "blur is 7"),
        ("a.jpg\n1\n1 2 nan 4\n", "numbers"),
        ("../a.jpg\n0\n", "relative to IMAGES"),
        ("a.jpg\n9999999\n", "number of boxes"),
        ("<a/>", "names no image"),
        ("<dataset><image/></dataset>", "imglab"),
        ("<!DOCTYPE x><dataset/>", "defines things"),
        ("<dataset>", "imglab"),
        ("{}", "--truth"),
        ("\0\0\0", "neither WIDER"),
        ("x" * 70_000, "too long"),
    ],
)
def test_what_is_none_of_these_is_said(tmp_path, text, says):
    with pytest.raises(BoxesError, match=says) as error:
        open_truth(write(tmp_path / "file", text))
    assert "--truth" in str(error.value)


def test_no_such_place(tmp_path):
    with pytest.raises(BoxesError, match="--truth"):
        open_truth(tmp_path / "nowhere")
    with pytest.raises(BoxesError, match="--truth"):
        open_truth(tmp_path)
