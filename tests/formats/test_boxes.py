"""Boxes made elsewhere: every format out and back, and everything that can be wrong with such a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import BoxesError, SampleError
from overpaint.formats import GivenBox, GivenBoxes, read_boxes
from overpaint.formats import _json_stream as json_stream
from overpaint.records import FINDINGS, SAMPLES, Box, stored_key

Truth = dict[str, list[tuple[float, float, float, float]]]

PARTS = st.text(st.characters(exclude_characters="/\0\n\r", exclude_categories=("Cs",)), min_size=1, max_size=8)
KEYS = st.lists(PARTS.filter(lambda p: p.strip() == p and p not in {".", ".."}), min_size=1, max_size=3).map("/".join)
SIDES = st.integers(1, 3000)
CORNERS = st.tuples(st.integers(-50, 3000), st.integers(-50, 3000), SIDES, SIDES).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)
TRUTHS = st.dictionaries(KEYS, st.lists(CORNERS, max_size=3), min_size=1, max_size=8)


def xywh(b: tuple[float, float, float, float]) -> list[float]:
    return [b[0], b[1], b[2] - b[0], b[3] - b[1]]


def as_coco(truth: Truth, path: Path) -> Path:
    names = list(truth)
    annotations = [
        {"image_id": names.index(k), "category_id": 7, "bbox": xywh(b)} for k, bs in truth.items() for b in bs
    ]
    images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
    path.write_text(
        json.dumps({"annotations": annotations, "images": images, "categories": [{"id": 7, "name": "head"}]})
    )
    return path


def as_wider(truth: Truth, path: Path) -> Path:
    lines = []
    for key, boxes in truth.items():
        lines += ["./" + key, str(len(boxes))]  # a first name that begins as JSON does would be taken for JSON
        lines += [" ".join(f"{int(v)}" for v in xywh(b)) + " 0 0 0 0 0 0 " for b in boxes] or ["0 0 0 0 0 0 0 0 0 0 "]
    path.write_text("\n".join(lines) + "\n", newline="\n")
    return path


def as_ilsvrc(truth: Truth, path: Path) -> Path:
    entries = [
        {"url": key, "bboxes": [dict(zip(("x0", "y0", "x1", "y1"), b, strict=True)) for b in boxes]}
        for key, boxes in truth.items()
    ]
    path.write_text(json.dumps(entries, indent=1))
    return path


def as_findings(truth: Truth, path: Path) -> Path:
    rows = [
        {"key": stored_key(key), "kind": "face", "score": 0.5, "detector": "d", "version": "1", "weights": "w"}
        | dict(zip(("x0", "y0", "x1", "y1"), box, strict=True))
        | {"subject": number, "confidence": 0.5}
        for key, boxes in truth.items()
        for number, box in enumerate(boxes)
    ]
    (path / "private/findings").mkdir(parents=True)
    (path / "private/samples").mkdir()
    (path / "plan.toml").touch()
    pq.write_table(pa.Table.from_pylist(rows, FINDINGS), path / "private/findings/a.parquet")
    looked = [{"key": stored_key(key), "size": 1, "looked": True, "damaged": False} for key in truth]
    failed = [{"key": "failed.jpg", "size": 1, "looked": False, "damaged": False}]
    pq.write_table(pa.Table.from_pylist(looked + failed, SAMPLES), path / "private/samples/a.parquet")
    return path


def corners(boxes: list[GivenBox] | None) -> list[tuple[float, float, float, float]]:
    assert boxes is not None
    return [(g.box.x0, g.box.y0, g.box.x1, g.box.y1) for g in boxes]


@pytest.mark.parametrize("write", [as_coco, as_wider, as_ilsvrc, as_findings])
@given(truth=TRUTHS)
@settings(max_examples=40, deadline=None)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, write: Callable[[Truth, Path], Path], truth: Truth
) -> None:
    boxes = read_boxes(write(truth, tmp_path_factory.mktemp("b") / "boxes"))
    assert boxes.format == write.__name__.removeprefix("as_")
    assert boxes.images == len(truth)
    assert boxes.boxes == sum(map(len, truth.values()))
    assert list(boxes.keys()) == sorted(truth, key=os.fsencode)
    for key, expected in truth.items():
        assert key in boxes
        assert corners(boxes.lookup(key)) == expected
        assert not any(g.relative or g.upright for g in boxes.lookup(key) or [])
    for absent in ("", "no/such.jpg", min(truth) + "x" * 99, "\U0010ffff" * 40):
        assert boxes.lookup(absent) is None
        assert absent not in boxes


def response(*faces: tuple[float, float, float, float], confidence: float = 90.0) -> dict[str, Any]:
    sides = ("Left", "Top", "Width", "Height")
    details = [
        {"BoundingBox": dict(zip(sides, f, strict=True)), "Confidence": confidence, "Pose": {"Roll": 1}} for f in faces
    ]
    return {"FaceDetails": details, "ResponseMetadata": {}}


def rekognition_files(tmp_path: Path) -> list[Path]:
    first, second = response((0.1, 0.2, 0.3, 0.4)), response()
    (tmp_path / "map.json").write_text(json.dumps({"a/1.jpg": first, "b.png": second}))
    lines = [{"file": "a/1.jpg", **first}, {"file_name": "b.png", "response": second}]
    (tmp_path / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (tmp_path / "list.json").write_text(json.dumps(lines, indent=2))
    (tmp_path / "folder/a").mkdir(parents=True)
    (tmp_path / "folder/a/1.jpg.json").write_text("\ufeff" + json.dumps(first))
    (tmp_path / "folder/b.png.json").write_text(json.dumps(second))
    return [tmp_path / name for name in ("map.json", "lines.jsonl", "list.json", "folder")]


@pytest.mark.parametrize("number", range(4))
def test_rekognition(tmp_path: Path, number: int) -> None:
    boxes = read_boxes(rekognition_files(tmp_path)[number])
    assert (boxes.format, list(boxes.keys()), boxes.lookup("b.png")) == ("rekognition", ["a/1.jpg", "b.png"], [])
    (face,) = boxes.lookup("a/1.jpg") or []
    assert face.relative
    assert face.upright
    assert face.score == 0.9
    assert face.to_stored(1000, 500, 1) == Box(100, 100, 400, pytest.approx(300))  # type: ignore[arg-type]


def test_rekognition_does_not_turn_png(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"file": "x.PNG", **response((0.5, 0.5, 0.1, 0.1))}))
    (face,) = read_boxes(path).lookup("x.PNG") or []
    assert (face.relative, face.upright) == (True, False)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("relative", [False, True])
def test_upright_boxes_go_where_pillow_shows_them(tmp_path: Path, orientation: int, relative: bool) -> None:
    width, height = 50, 30
    stored = np.zeros((height, width), np.uint8)
    stored[5:9, 12:31] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        from PIL import ImageOps

        seen = np.asarray(ImageOps.exif_transpose(image))
    rows, columns = np.nonzero(seen)
    box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    if relative:
        tall, wide = seen.shape
        box = Box(box.x0 / wide, box.y0 / tall, box.x1 / wide, box.y1 / tall)
    found = GivenBox(box, relative=relative, upright=True).to_stored(width, height, orientation)
    assert (found.x0, found.y0, found.x1, found.y1) == pytest.approx((12, 5, 31, 9))
    if not relative:
        again = GivenBox(box, size=(seen.shape[1], seen.shape[0])).to_stored(width, height, orientation)
        assert orientation < 5 or again == found


def test_boxes_of_another_picture_are_refused() -> None:
    box = GivenBox(Box(1, 1, 5, 5), size=(40, 30))
    assert box.to_stored(40, 30, 6) == Box(1, 1, 5, 5)
    assert box.to_stored(30, 40, 6) != Box(1, 1, 5, 5)
    for width, height, orientation in ((30, 40, 1), (80, 60, 1), (40, 31, 6)):
        with pytest.raises(SampleError) as error:
            box.to_stored(width, height, orientation)
        assert error.value.reason == "boxes-do-not-fit"
    with pytest.raises(SampleError) as error:
        GivenBox(Box(40, 1, 50, 5)).to_stored(40, 30, 1)
    assert error.value.reason == "box-outside"
    assert GivenBox(Box(-9, -9, 90, 90)).to_stored(40, 30, 1) == Box(0, 0, 40, 30)


def coco(**members: Any) -> str:
    whole = {
        "info": {"year": 2020},
        "images": [{"id": 1, "file_name": "./a.jpg", "width": 40, "height": 30}, {"id": 2, "file_name": "b.jpg"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4.5], "score": 0.25, "iscrowd": 1}
        ],
        "categories": [{"id": 1, "name": "Face"}, {"id": 2, "name": "dog"}],
    }
    return json.dumps(whole | members)


def read_text(tmp_path: Path, text: str) -> GivenBoxes:
    path = tmp_path / "boxes.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return read_boxes(path)


def test_coco(tmp_path: Path) -> None:
    dog = {"image_id": 2, "category_id": 2, "bbox": [1, 1, 1, 1]}
    flat = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 5]}
    negative = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 3, -5]}
    face = json.loads(coco())["annotations"][0]
    boxes = read_text(tmp_path, coco(annotations=[dog, face, flat, negative]))
    assert boxes.lookup("a.jpg") == [GivenBox(Box(1, 2, 4, 6.5), 0.25, size=(40, 30))]
    assert boxes.lookup("b.jpg") == []
    assert dict(boxes.skipped) == {"other-category": 1, "degenerate": 2}
    assert read_text(tmp_path, coco(annotations=[])).boxes == 0
    texts = coco(
        images=[{"id": "x", "file_name": "c.jpg"}], annotations=[{"image_id": "x", "bbox": [1, 1, 1, 1]}], categories=[]
    )
    assert read_text(tmp_path, texts).boxes == 1


def test_one_image_named_twice_has_all_its_boxes(tmp_path: Path) -> None:
    one = {"x0": 1, "y0": 1, "x1": 2, "y1": 2}
    two = {"x0": 3, "y0": 1, "x1": 4, "y1": 2}
    entries = [{"url": "b", "bboxes": [one]}, {"url": "a", "bboxes": [one]}, {"url": "./b", "bboxes": [two]}]
    boxes = read_text(tmp_path, json.dumps(entries))
    assert (boxes.images, boxes.boxes) == (2, 3)
    assert corners(boxes.lookup("b")) == [(1, 1, 2, 2), (3, 1, 4, 2)]


def test_the_split_prefix_is_not_guessed(tmp_path: Path) -> None:
    boxes = read_text(tmp_path, json.dumps([{"url": "train/n1/x.JPEG", "bboxes": []}]))
    assert "train/n1/x.JPEG" in boxes
    assert "n1/x.JPEG" not in boxes


def test_wider_oddities(tmp_path: Path) -> None:
    text = (
        "\ufeffa b.jpg\r\n3\r\n1 2 3 4 0 0 0 1 0 0 \r\n5 6 7 8 0 0 0 0 0 0\r\n1 1 0 4 0 0 0 0 0 0\n"
        "empty.jpg\n0\n0 0 0 0 0 0 0 0 0 0\nbare.jpg\n0\n\n./0/scored.jpg\n1\n1.5 2 3 4 0.75\nlast.jpg\n0"
    )
    boxes = read_text(tmp_path, text)
    assert list(boxes.keys()) == ["0/scored.jpg", "a b.jpg", "bare.jpg", "empty.jpg", "last.jpg"]
    assert corners(boxes.lookup("a b.jpg")) == [(5, 6, 12, 14)]
    assert boxes.lookup("0/scored.jpg") == [GivenBox(Box(1.5, 2, 4.5, 6), 0.75)]
    assert dict(boxes.skipped) == {"degenerate": 1, "marked-invalid": 1}


def test_wider_names_of_any_bytes(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"caf\xe9 \x85.jpg\n1\n1 1 2 2\n")
    assert corners(read_boxes(tmp_path / "b").lookup(os.fsdecode(b"caf\xe9 \x85.jpg"))) == [(1, 1, 3, 3)]


def test_findings_one_box_a_subject(tmp_path: Path) -> None:
    base = {"key": "caf\0e9.jpg", "kind": "face", "version": "1", "weights": "w", "subject": 0, "confidence": 0.9}
    box = {"x0": 1.0, "y0": 1.0, "x1": 5.0, "y1": 5.0}
    rows = [
        base | box | {"score": 0.6, "detector": "b"},
        base | box | {"score": 0.8, "detector": "a", "x1": 9.0},
        base | box | {"score": 0.7, "detector": "c"},
        base | box | {"score": 0.8, "detector": "a", "subject": 1, "kind": "plate"},
        base | {"score": 0.8, "detector": "a", "subject": 2},
        base | box | {"score": 0.8, "detector": "a", "key": ""},
    ]
    pq.write_table(pa.Table.from_pylist(rows, FINDINGS), tmp_path / "f.parquet")
    boxes = read_boxes(tmp_path / "f.parquet")
    ((face,),) = (boxes.lookup(os.fsdecode(b"caf\xe9.jpg")),)  # type: ignore[misc]
    assert face.box == Box(1, 1, 9, 5)
    assert face.score == pytest.approx(0.9)
    assert dict(boxes.skipped) == {"no-box": 2, "other-kind": 1, "same-subject": 2}


BOX = '"x0": 1, "y0": 1, "x1": 2, "y1": 2'
BAD_JSON = [
    ("", "is empty"),
    ("  \n ", "is empty"),
    ("[]", "holds no entries"),
    ("{}", "holds no entries"),
    ("[1, 2]", "no format known"),
    ('{"a": 1}', "no format known"),
    ('[{"image_id": 1, "bbox": [1, 1, 1, 1], "category_id": 1, "score": 1}]', "COCO results without images"),
    ('[{"url": "a", "bboxes": [{' + BOX, "entry 0 of the list: no JSON"),
    ('[{"url": "a", "bboxes": []}', "ends too early"),
    ('[{"url": "a", "bboxes": []} {}]', "',' is expected"),
    ('[{"url": "a", "bboxes": []}] []', "something follows"),
    ('[{"url": "a", "bboxes": []}, {"url": 5, "bboxes": []}]', "entry 1: the image's file name"),
    ('[{"url": "a", "bboxes": []}, {"url": "b"}]', "entry 1: an object with 'url'"),
    ('[{"url": "/a", "bboxes": []}]', "relative to SOURCE"),
    ('[{"url": "../a", "bboxes": []}]', "relative to SOURCE"),
    ('[{"url": "a//b", "bboxes": []}]', "relative to SOURCE"),
    ('[{"url": "a\\u0000", "bboxes": []}]', "relative to SOURCE"),
    ('[{"url": "\\ud800", "bboxes": []}]', "no possible file name"),
    ('[{"url": "a", "bboxes": [[1, 2, 3, 4]]}]', "entry 0, box 0: an object"),
    ('[{"url": "a", "bboxes": [{"x0": 1}]}]', "a number is expected, not NoneType"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace("1", "true", 1) + "}]}]", "not bool"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ': "2"') + "}]}]", "not str"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ": NaN") + "}]}]", "NaN is no number"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ": -Infinity") + "}]}]", "-Infinity is no number"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ": 1e999") + "}]}]", "inf is not a coordinate"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ": 1" + "0" * 400) + "}]}]", "too large"),
    ('[{"url": "a", "bboxes": [{' + BOX.replace(": 2", ": 1" + "0" * 9000) + "}]}]", "too many digits"),
    ("[" * 200_000, "nested too deeply"),
    ('[{"url": "a", "bboxes": []}, caf\udce9]', "UTF-8"),
    (coco(images={"a": 1}), "images: a list of objects"),
    (coco(images=[5]), "entry 0 of images: a list of objects"),
    (coco(images=[]), "entry 0 of annotations: its 'image_id'"),
    (coco(images=[{"id": 1, "file_name": "a"}] * 2), "a second image has the id"),
    (coco(images=[{"id": [1], "file_name": "a"}]), "'id' must be a whole number"),
    (coco(images=[{"id": 1}]), "file name is missing"),
    (coco(annotations=[{"image_id": 1.5, "bbox": [1, 1, 1, 1]}]), "'image_id' must be"),
    (coco(annotations=[{"image_id": 1, "bbox": [1, 1, 1]}]), "entry 0 of annotations: 'bbox' must be"),
    (coco(annotations=[{"image_id": 1, "bbox": [1, 1, 1, 1], "category_id": 1, "score": 3}]), "between 0 and 1"),
    (coco(categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]), "none of several is called 'face'"),
    (json.dumps(response()), "does not say which image"),
    (json.dumps({"a": response(), "b": {}}), "'b': a DetectFaces response"),
    (json.dumps({"a": response((1, 1, 400, 300))}), "too large for a part|400"),
    (json.dumps({"a": response((0.1, 0.1, 0.1, 0.1), confidence=900)}), "'Confidence' must lie"),
    ('{"a": {"FaceDetails": [{"BoundingBox": null}]}}', "face 0: a 'BoundingBox'"),
    ('{"a": {"FaceDetails": [{"Confidence": 1' + "0" * 400 + "}]}}", "BoundingBox"),
    ('{"a": {"FaceDetails": {}}}', "'FaceDetails' must be a list|DetectFaces"),
    ('{"file": "a", "FaceDetails": []}\n{"file": "b"}\n', "record 2: a DetectFaces response"),
    ("a.jpg\n-1\n", "line 2: the number of boxes"),
    ("a.jpg\nb.jpg\n", "line 2: the number of boxes"),
    ("a.jpg\n99999999\n", "line 2: the number of boxes"),
    ("a.jpg\n\u0663\n", "line 2: the number of boxes"),
    ("a.jpg\n2\n1 1 2 2\n", "line 3: the file ends too early"),
    ("a.jpg\n1\n1 1 nan 2\n", "line 3: x, y, width and height"),
    ("a.jpg\n1\n1 1 1e99 2\n", "line 3: 1e.99 is not"),
    ("/a.jpg\n1\n1 1 2 2\n", "line 1: .* relative to SOURCE"),
    ("x" * 100_000, "line 1: too long"),
]


@pytest.mark.parametrize(("text", "words"), BAD_JSON, ids=range(len(BAD_JSON)))
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BoxesError, match=words) as error:
        read_text(tmp_path, text)
    assert "boxes.json" in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_wrong_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "run/private").mkdir(parents=True)
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing more")
    pq.write_table(pa.table({"key": ["a"]}), tmp_path / "other.parquet")
    cases = {
        "nowhere": "No such file",
        "empty": "neither a run",
        "run": "holds no findings",
        "binary": "a binary file",
        "broken.parquet": "cannot be read as parquet",
        "other.parquet": "no column kind",
    }
    for name, words in cases.items():
        with pytest.raises(BoxesError, match=words):
            read_boxes(tmp_path / name)


@given(TRUTHS, st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_reading_in_small_blocks_equals_json(
    tmp_path_factory: pytest.TempPathFactory, truth: Truth, block: int
) -> None:
    path = as_ilsvrc(truth, tmp_path_factory.mktemp("b") / "boxes")
    text = path.read_text()
    with path.open() as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_BLOCK", block)
        assert [value for _, _, value in json_stream.JsonStream(file, "x").events()] == json.loads(text)


def test_numbers_at_the_edge_of_a_block(tmp_path: Path) -> None:
    (tmp_path / "n").write_text("[1234567, 12.5e3, -1E+2, true]")
    for block in range(1, 20):
        with (tmp_path / "n").open() as file, pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_stream, "_BLOCK", block)
            assert [v for _, _, v in json_stream.JsonStream(file, "x").events()] == [1234567, 12500.0, -100.0, True]


def test_an_element_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_MOST", 1000)
    monkeypatch.setattr(json_stream, "_BLOCK", 100)
    with pytest.raises(BoxesError, match="larger than 64 M"):
        read_text(tmp_path, '["' + "x" * 10_000)


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=4).filter(lambda b: not {0, 10, 13, 47} & {*b}), st.integers(0, 3)),
        max_size=40,
    )
)
@settings(max_examples=60, deadline=None)
def test_lookup_equals_a_dictionary(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[bytes, int]]) -> None:
    expected: dict[str, list[float]] = {}
    entries = []
    for number, (name, count) in enumerate(rows):
        key = os.fsdecode(name)
        if key in {".", ".."}:
            continue
        expected.setdefault(key, []).extend([float(number)] * count)
        entries.append({"url": key, "bboxes": [{"x0": number, "y0": 0, "x1": number + 1, "y1": 1}] * count})
    if not entries:
        return
    path = tmp_path_factory.mktemp("b") / "boxes"
    path.write_text(json.dumps(entries))
    boxes = read_boxes(path)
    assert {key: [g.box.x0 for g in boxes.lookup(key) or []] for key in boxes.keys()} == expected  # noqa: SIM118
