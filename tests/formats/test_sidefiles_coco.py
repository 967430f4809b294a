"""COCO and other JSON: what concerns removed images vanishes, and the rest stays as it was."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sidefiles_bench import Dataset

OUTCOMES = st.sampled_from(["identical", "redacted", "removed", "metadata-only", "failed", "quarantined", "re-encoded"])
LOST = {"removed", "failed", "quarantined"}


def coco(names: list[str], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "info": {"description": "fabricated", "images": len(names)},
        "licenses": [],
        "images": [{"id": 10 + i, "file_name": name, "width": 8, "height": 8} for i, name in enumerate(names)],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "thing", "supercategory": "all", "keypoints": ["nose"], "skeleton": []}],
    }


@st.composite
def sets(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, Any]]:
    outcomes = draw(st.lists(OUTCOMES, min_size=1, max_size=8))
    samples = {f"train2017/{i:012d}.jpg": outcome for i, outcome in enumerate(outcomes)}
    names = [name.rpartition("/")[2] if draw(st.booleans()) else name for name in samples]
    kind = draw(st.sampled_from(["instances", "captions", "panoptic", "person_keypoints"]))
    annotations: list[dict[str, Any]] = []
    for at, image in enumerate(draw(st.lists(st.integers(0, len(names) + 1), max_size=12))):
        entry: dict[str, Any] = {"id": 100 + at, "image_id": 10 + image, "category_id": 1}
        if kind == "captions":
            entry["caption"] = draw(st.text(max_size=8))
        elif kind == "panoptic":
            entry |= {"file_name": f"{image:012d}.png", "segments_info": [{"id": 1, "category_id": 1}]}
        else:
            entry |= {
                "bbox": [draw(st.floats(0, 8)), 1.5, 2, 3],
                "area": 6.0,
                "iscrowd": 0,
                "segmentation": [[1, 2, 3]],
            }
        annotations.append(entry)
    return samples, coco(names, annotations)


def dump(value: Any, style: int) -> bytes:
    indent, separators = [(None, None), (2, None), (None, (",", ":"))][style]
    return json.dumps(value, indent=indent, separators=separators, ensure_ascii=style == 1).encode()


@settings(max_examples=80)
@given(sets(), st.integers(0, 2), st.booleans(), st.randoms())
def test_consistent_and_the_rest_equal(
    made: tuple[dict[str, str], dict[str, Any]], style: int, bom: bool, random
) -> None:
    samples, truth = made
    members = list(truth.items())
    random.shuffle(members)
    truth = dict(members)
    data = (b"\xef\xbb\xbf" if bom else b"") + dump(truth, style)
    row, out = Dataset(samples).one("annotations/instances_train2017.json", data)
    assert row.kind == "coco" and out is not None
    lost = {name.rpartition("/")[2] for name, outcome in samples.items() if outcome in LOST}
    gone = {image["id"] for image in truth["images"] if image["file_name"].rpartition("/")[2] in lost}
    expected = truth | {
        "images": [image for image in truth["images"] if image["id"] not in gone],
        "annotations": [entry for entry in truth["annotations"] if entry["image_id"] not in gone],
    }
    if not gone:
        assert (row.action, out) == ("copied", data)
    assert json.loads(out.decode("utf-8-sig")) == expected
    assert list(json.loads(out.decode("utf-8-sig"))) == list(truth)
    before = len(truth["images"]) + len(truth["annotations"])
    if any(outcome not in ("identical", "metadata-only") for outcome in samples.values()):
        assert row.entries == before
        assert row.entries_removed == before - len(expected["images"]) - len(expected["annotations"])


def test_pycocotools_reads_what_is_left(tmp_path: Path) -> None:
    tools = pytest.importorskip("pycocotools.coco")
    samples = {f"val/{i}.jpg": "removed" if i % 3 == 0 else "redacted" for i in range(9)}
    boxes = [
        {"id": i, "image_id": 10 + i % 9, "category_id": 1, "bbox": [1, 1, 3, 3], "area": 9, "iscrowd": 0}
        for i in range(1, 30)
    ]
    truth = coco([name.removeprefix("val/") for name in samples], boxes)
    _, out = Dataset(samples).one("annotations/instances_val.json", json.dumps(truth).encode())
    assert out is not None
    (tmp_path / "x.json").write_bytes(out)
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = tools.COCO(str(tmp_path / "x.json"))
        assert sorted(loaded.getImgIds()) == [11, 12, 14, 15, 17, 18]
        assert len(loaded.loadAnns(loaded.getAnnIds(imgIds=[11]))) == 4
        result = loaded.loadRes([{"image_id": 11, "category_id": 1, "bbox": [1, 1, 3, 3], "score": 1.0}])
    assert len(result.getAnnIds()) == 1


def test_numbers_and_texts_keep_their_writing() -> None:
    raw = (
        '{"images": [{"id": 1, "file_name": "a.jpg", "x": 1.10, "y": 1E3, "z": NaN}, {"id": 2, "file_name": "b.jpg"}],'
        '"annotations": [{"image_id": 1, "t": "\\u00e9\\/", "n": 12345678901234567890.12345}, {"image_id": 2}],'
        '"v": 1.50}'
    )
    _, out = Dataset({"a.jpg": "identical", "b.jpg": "removed"}).one("x.json", raw.encode())
    assert out == (
        b'{"images":[{"id": 1, "file_name": "a.jpg", "x": 1.10, "y": 1E3, "z": NaN}],'
        b'"annotations":[{"image_id": 1, "t": "\\u00e9\\/", "n": 12345678901234567890.12345}],"v":1.50}\n'
    )


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_entries_that_are_cut_by_blocks_keep_their_text(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overpaint.formats._json_stream._BLOCK", block)
    samples = {f"{i}.jpg": "removed" if i % 2 else "identical" for i in range(6)}
    truth = coco(list(samples), [{"image_id": 10 + i, "caption": "é" * i, "n": 10.5**i} for i in range(6)])
    _, out = Dataset(samples).one("x.json", json.dumps(truth, ensure_ascii=False).encode())
    left = json.loads(out or b"")
    assert left["images"] == truth["images"][::2] and left["annotations"] == truth["annotations"][::2]


def test_the_same_name_in_two_splits_goes_by_folder_or_stays() -> None:
    data = Dataset({"train/1.jpg": "removed", "valid/1.jpg": "identical"})
    text = json.dumps(coco(["1.jpg"], [{"image_id": 10}])).encode()
    assert data.one("train/_annotations.coco.json", text)[0].entries_removed == 2
    assert data.one("valid/_annotations.coco.json", text)[0].action == "copied"
    row, out = data.one("annotations.json", text)
    assert (row.action, row.reason, row.ambiguous, out) == ("copied", "ambiguous-names", 1, text)


def test_lvis_names_by_url_and_ids_that_are_texts() -> None:
    truth = {
        "images": [
            {"id": "p", "coco_url": "http://images.cocodataset.org/train2017/1.jpg"},
            {"id": "q", "file_name": 3},
        ],
        "annotations": [{"image_id": "p"}, {"image_id": "q"}, {"image_id": [1]}, {"image_id": None}, 7],
    }
    row, out = Dataset({"train2017/1.jpg": "removed"}).one("lvis.json", json.dumps(truth).encode())
    assert json.loads(out or b"") == {"images": truth["images"][1:], "annotations": truth["annotations"][1:]}
    assert (row.entries, row.entries_removed) == (4, 2)


def test_derived_fields_of_painted_images_are_emptied() -> None:
    truth = coco(["a.jpg", "b.jpg"], [{"image_id": 10, "embedding": [0.5]}, {"image_id": 11, "embedding": [0.5]}])
    for image in truth["images"]:
        image |= {"phash": "00ff", "meta": {"thumbnail": "AAAA", "day": 3}}
    row, out = Dataset({"a.jpg": "redacted", "b.jpg": "identical"}).one("x.json", json.dumps(truth).encode())
    left = json.loads(out or b"")
    assert left["images"][0] == truth["images"][0] | {"phash": None, "meta": {"thumbnail": None, "day": 3}}
    assert left["annotations"][0] == {"image_id": 10, "embedding": None}
    assert (left["images"][1], left["annotations"][1]) == (truth["images"][1], truth["annotations"][1])
    assert (row.action, row.reason, row.entries_removed) == ("rewritten", "fields-emptied", 0)


BROKEN = {
    "cut": b'{"images": [{"id": 1, "file_name": "a.jpg"}',
    "no-utf8": b'{"images": ["\xff"]}',
    "deep": b'{"images": ' + b"[" * 100_000,
    "followed": b'{"images": []} {}',
    "no-images": b'{"annotations": [{"image_id": 1}]}',
    "digits": b'{"images": [' + b"9" * 5000 + b"]}",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("outcome", ["removed", "redacted", "identical"])
def test_broken_files_are_dropped_only_where_it_matters(name: str, outcome: str) -> None:
    row, out = Dataset({"a.jpg": outcome}).one("x.json", BROKEN[name])
    if outcome == "identical":
        assert (row.action, row.reason, out) == ("copied", "unreadable-coco", BROKEN[name])
    else:
        assert (row.action, row.reason, out) == ("dropped", "unreadable-coco", None)


def test_what_is_odd_but_json() -> None:
    other = b'{"annotations": [{"x": 1}], "n": 1}'
    assert Dataset({"a.jpg": "removed"}).one("x.json", other)[1] == other
    odd = {"images": 5, "annotations": {"image_id": 1}, "info": None}
    assert Dataset({"a.jpg": "removed"}).one("x.json", json.dumps(odd).encode())[0].action == "copied"


# ------------------------------------------------------------- labels by name


def test_face_annotations_of_imagenet() -> None:
    entries = [{"url": f"val/{i}.JPEG", "bboxes": [{"x0": 1, "y0": 2, "x1": 3, "y1": 4}]} for i in range(220)]
    samples = {f"val/{i}.JPEG": "removed" if i == 4 else "redacted" for i in range(220)}
    row, out = Dataset(samples).one("face_annotations_ILSVRC.json", json.dumps(entries).encode())
    assert json.loads(out or b"") == [entry for entry in entries if entry["url"] != "val/4.JPEG"]
    assert (row.kind, row.entries, row.entries_removed) == ("label-list", 220, 1)


def test_objects_by_name_and_conversations() -> None:
    data = Dataset({"i/a.jpg": "removed", "i/b.jpg": "identical"})
    _, out = data.one("labels_by_name.json", b'{"a.jpg": 3, "b.jpg": [1, 2]}')
    assert json.loads(out or b"") == {"b.jpg": [1, 2]}
    _, out = data.one("llava.json", b'[{"id": "7", "image": "i/a.jpg", "c": []}, {"id": "8", "image": "i/b.jpg"}]')
    assert json.loads(out or b"") == [{"id": "8", "image": "i/b.jpg"}]
    row, _ = data.one("index.json", b'{"0": ["n01", "tench"]}')
    assert (row.kind, row.action) == ("unknown", "copied")
    row, _ = data.one("imagenet_class_index.json", b'{"0": ["n01440764", "tench"]}')
    assert (row.kind, row.action) == ("label-list", "copied")


def test_lists_by_name_lose_the_whole_list() -> None:
    _, out = Dataset({"a.jpg": "removed", "b.jpg": "identical"}).one(
        "x.json", b'{"a.jpg": [[1, 2], [3, 4]], "b.jpg": [5]}'
    )
    assert json.loads(out or b"") == {"b.jpg": [5]}


def test_labelme_beside_its_image() -> None:
    text = b'{"version": "5", "shapes": [{"label": "x"}], "imagePath": "a.jpg", "imageData": "AAAA/w=="}'
    row, out = Dataset({"d/a.jpg": "redacted", "d/b.jpg": "identical"}).one("d/a.json", text)
    assert json.loads(out or b"")["imageData"] is None and row.reason == "fields-emptied"
    row, out = Dataset({"d/a.jpg": "identical", "d/b.jpg": "redacted"}).one("d/a.json", text)
    assert (row.action, out) == ("copied", text)
    assert Dataset({"d/a.jpg": "removed"}).one("d/a.json", text)[0].reason == "image-gone"


def test_personal_members_go_by_the_metadata_policy() -> None:
    data = Dataset({"d/a.jpg": "identical", "d/b.jpg": "metadata-only"})
    text = b'{"exif": {"gps": 1}, "label": "x"}'
    assert json.loads(data.one("d/a.json", text)[1] or b"") == {"exif": None, "label": "x"}
    assert data.one("d/a.json", text, metadata="keep")[1] == text
    truth = coco(["a.jpg"], [])
    truth["images"][0]["exif"] = "x"
    assert json.loads(data.one("coco.json", json.dumps(truth).encode())[1] or b"")["images"][0]["exif"] is None
    row, _ = data.one("d/a.jpg.json", b'{"title": "a.jpg", "photoTakenTime": {}, "people": [{"name": "N"}]}')
    assert (row.action, row.reason) == ("dropped", "metadata-policy")
