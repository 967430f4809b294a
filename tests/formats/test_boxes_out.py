"""Boxes for other tools: each format read back by a reader written down here, and by our own where there is one."""

from __future__ import annotations

import json
import stat
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import EngineError, UsageError
from overpaint.formats import BOX_FORMATS, BoxedImage, ScoredBox, read_boxes, write_boxes
from overpaint.formats._boxes_out import _coco
from overpaint.formats._boxes_out._model import number, seen
from overpaint.records import Box

Read = dict[str, list[tuple[float, float, float, float]]]
IMAGES = [
    BoxedImage(
        "train/a b/1.JPEG", 100, 60, 1, [ScoredBox(Box(10.25, 5, 30.5, 20), 0.75), ScoredBox(Box(-5, 50, 9, 99))]
    ),
    BoxedImage("train/ü/2.png", 80, 120, 6, [ScoredBox(Box(1, 2, 3.0625, 4), 0.5, "plate")]),
    BoxedImage("val/<&'\">.jpg", 64, 64, 3, []),
    BoxedImage("val/z", 50, 40, 8, [ScoredBox(Box(0, 0, 50, 40), 1.0)]),
]
CLIPPED: Read = {
    "train/a b/1.JPEG": [(10.25, 5, 30.5, 20), (0, 50, 9, 60)],
    "train/ü/2.png": [(1, 2, 3.0625, 4)],
    "val/<&'\">.jpg": [],
    "val/z": [(0, 0, 50, 40)],
}
BY_KEY = {image.key: image for image in IMAGES}


def read_coco(path: Path) -> Read:
    value = json.loads(path.read_text())
    names = {image["id"]: image["file_name"] for image in value["images"]}
    found: Read = {name: [] for name in names.values()}
    for entry in value["annotations"]:
        x, y, w, h = entry["bbox"]
        assert entry["area"] == pytest.approx(w * h, abs=1e-3)
        found[names[entry["image_id"]]].append((x, y, x + w, y + h))
    return found


def read_ilsvrc(path: Path) -> Read:
    entries = json.loads(path.read_text())
    return {e["url"]: [(b["x0"], b["y0"], b["x1"], b["y1"]) for b in e["bboxes"]] for e in entries}


def read_wider(path: Path) -> Read:
    lines = iter(path.read_text().splitlines())
    found: Read = {}
    for name in lines:
        count = int(next(lines))
        rows = [[int(n) for n in next(lines).split()] for _ in range(max(1, count))]
        assert all(len(row) == 10 for row in rows)
        found[name] = [(x, y, x + w, y + h) for x, y, w, h, *_ in rows[:count]]
    return found


def read_voc(path: Path) -> Read:
    found: Read = {}
    for file in path.rglob("*.xml"):
        root = ET.fromstring(file.read_bytes())
        key = f"{root.findtext('folder')}/{root.findtext('filename')}"
        rows = [
            [int(o.findtext(f"bndbox/{s}") or "") for s in ("xmin", "ymin", "xmax", "ymax")]
            for o in root.iter("object")
        ]
        found[key] = [(x0 - 1, y0 - 1, x1, y1) for x0, y0, x1, y1 in rows]
        size = [int(root.findtext(f"size/{side}") or "") for side in ("width", "height")]
        assert size == [BY_KEY[key].width, BY_KEY[key].height]
    return found


def unseen(key: str, box: tuple[float, ...], *, scale: float = 1) -> tuple[float, float, float, float]:
    """Back to the stored frame by turning a point at a time, as numpy turns a picture: not as the writer does."""
    image = BY_KEY[key]
    stored = np.mgrid[0:2, 0:2].transpose(1, 2, 0) * [image.height, image.width]  # y, x of the four corners
    turns: dict[int, Callable[[np.ndarray], np.ndarray]] = {1: lambda a: a, 3: lambda a: np.rot90(a, 2)}
    turns |= {6: lambda a: np.rot90(a, -1), 8: lambda a: np.rot90(a, 1)}
    corners = turns[image.orientation](stored)
    wide, tall = image.seen_size
    origin, right, down = corners[0, 0], corners[0, 1] - corners[0, 0], corners[1, 0] - corners[0, 0]
    u = [v / (n if scale == 1 else scale) for v, n in zip(box, (wide, tall, wide, tall), strict=True)]
    points = [origin + a * right + b * down for a, b in ((u[0], u[1]), (u[2], u[3]))]
    ys, xs = sorted(p[0] for p in points), sorted(p[1] for p in points)
    return xs[0], ys[0], xs[1], ys[1]


def read_cvat(path: Path) -> Read:
    root = ET.fromstring(path.read_bytes())
    sides = ("xtl", "ytl", "xbr", "ybr")
    for image in root.iter("image"):
        assert (int(image.get("width", "")), int(image.get("height", ""))) == BY_KEY[image.get("name", "")].seen_size
    return {
        i.get("name", ""): [unseen(i.get("name", ""), tuple(float(b.get(s, "")) for s in sides)) for b in i.iter("box")]
        for i in root.iter("image")
    }


def read_label_studio(path: Path) -> Read:
    found: Read = {}
    for task in json.loads(path.read_text()):
        key = unquote(task["data"]["image"].partition("?d=")[2])
        assert key == task["data"]["key"]
        found[key] = []
        for result in task["predictions"][0]["result"]:
            assert (result["original_width"], result["original_height"]) == BY_KEY[key].seen_size
            v = result["value"]
            box = v["x"], v["y"], v["x"] + v["width"], v["y"] + v["height"]
            found[key].append(unseen(key, box, scale=100))
    return found


def read_yolo(path: Path) -> Read:
    found: Read = {}
    for key in BY_KEY:
        name = f"labels/{key.removesuffix(Path(key).suffix)}.txt"
        rows = [[float(n) for n in line.split()] for line in (path / name).read_text().splitlines()]
        boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for _, x, y, w, h in rows]
        found[key] = [unseen(key, box, scale=1.0000000001) for box in boxes]
    return found


READ = {
    "coco": read_coco,
    "voc": read_voc,
    "yolo": read_yolo,
    "label-studio": read_label_studio,
    "cvat": read_cvat,
    "wider": read_wider,
    "ilsvrc": read_ilsvrc,
}
WHOLE = {"voc", "wider"}
KINDS = ["face", "plate"]


def outward(box: tuple[float, float, float, float]) -> tuple[float, ...]:
    return tuple(float(v) for v in Box(*box).outward())


@pytest.mark.parametrize("form", BOX_FORMATS)
def test_what_is_written_is_what_a_reader_of_the_format_reads(form: str, tmp_path: Path) -> None:
    written = write_boxes(tmp_path / "out", iter(IMAGES), format=form, kinds=KINDS)
    assert (written.images, written.boxes) == (4, 4)
    assert written.scored == (3 if form in {"coco", "label-studio"} else 0)
    found = READ[form](tmp_path / "out")
    assert found.keys() == CLIPPED.keys()
    for key, boxes in CLIPPED.items():
        expected = [outward(box) if form in WHOLE else box for box in boxes]
        assert np.allclose(np.array(found[key]).reshape(-1, 4), np.array(expected).reshape(-1, 4), atol=1e-4), key


@pytest.mark.parametrize("form", ["coco", "wider", "ilsvrc"])
def test_our_own_reader_takes_them(form: str, tmp_path: Path) -> None:
    write_boxes(tmp_path / "out", IMAGES, format=form, kinds=KINDS)
    read = read_boxes(tmp_path / "out")
    assert (read.format, list(read.keys())) == (form, sorted(BY_KEY, key=str.encode))
    for key, image in BY_KEY.items():
        boxes = [given.to_stored(image.width, image.height, image.orientation) for given in read.lookup(key) or []]
        expected = [
            b for b, each in zip(CLIPPED[key], image.boxes, strict=True) if form != "coco" or each.kind == "face"
        ]
        assert [(b.x0, b.y0, b.x1, b.y1) for b in boxes] == [outward(b) if form == "wider" else b for b in expected]
        if form == "coco":
            scores = [given.score for given in read.lookup(key) or []]
            assert scores == [each.score for each in image.boxes if each.kind == "face"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_seen_boxes_are_where_pillow_shows_them(orientation: int) -> None:
    stored = np.zeros((30, 50), np.uint8)
    stored[4:9, 7:20] = 255
    turned = Image.fromarray(stored)
    turned.getexif()[0x0112] = orientation
    from PIL import ImageOps

    shown = np.asarray(ImageOps.exif_transpose(turned))
    image = BoxedImage("a.jpg", 50, 30, orientation, [])
    box = seen(image, Box(7, 4, 20, 9))
    ys, xs = np.nonzero(shown)
    assert (box.x0, box.y0, box.x1, box.y1) == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert image.seen_size == shown.shape[::-1]


@pytest.mark.parametrize("form", BOX_FORMATS)
def test_what_cannot_be_written_is_counted(form: str, tmp_path: Path) -> None:
    images = [
        BoxedImage("a.tif", 20, 20, 1, [ScoredBox(Box(1, 1, 5, 5)), ScoredBox(Box(1, 1, 5, 5, page=2))]),
        BoxedImage("b.jpg", 20, 20, 1, [ScoredBox(Box(20, 1, 25, 5)), ScoredBox(Box(3, 3, 3, 9))]),
        BoxedImage("c\udcff.jpg", 20, 20, 1, [ScoredBox(Box(1, 1, 5, 5))]),
        BoxedImage("d\n\x01.jpg", 20, 20, 1, []),
        BoxedImage("b.png", 20, 20, 1, [ScoredBox(Box(1, 1, 5, 5))]),
        BoxedImage(f"{'x' * 254}é.jpg", 20, 20, 1, []),
    ]
    written = write_boxes(tmp_path / "out", images, format=form)
    assert written.images + sum(written.images_left_out.values()) == len(images)
    assert written.boxes + sum(written.boxes_left_out.values()) == sum(len(image.boxes) for image in images)
    assert (written.boxes_left_out["on-other-pages"], written.boxes_left_out["outside-the-image"]) == (1, 2)
    assert written.images_left_out.get("name-not-utf8", 0) == (form != "wider")
    assert written.images_left_out.get("same-name-but-for-the-extension", 0) == (form in {"voc", "yolo"})
    assert written.images_left_out.get("name-not-in-xml", 0) == (form in {"voc", "cvat"})
    assert written.images_left_out.get("name-not-one-line", 0) == (form == "wider")
    assert written.images_left_out.get("name-not-a-path", 0) == (form in {"voc", "yolo"})


@pytest.mark.parametrize("form", BOX_FORMATS)
def test_nobody_else_may_read_it_and_nothing_is_left_of_a_failure(form: str, tmp_path: Path) -> None:
    write_boxes(tmp_path / "out", IMAGES, format=form, kinds=KINDS)
    files = [p for p in [tmp_path / "out", *(tmp_path / "out").rglob("*")] if p.is_file()]
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    if (tmp_path / "out").is_dir():
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
        assert "private" in (tmp_path / "out/README.txt").read_text()

    def failing() -> Iterator[BoxedImage]:
        yield IMAGES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_boxes(tmp_path / "other", failing(), format=form, kinds=KINDS)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_only_what_is_ours_is_replaced(form: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write_boxes(out, IMAGES, format=form, kinds=KINDS)
    with pytest.raises(UsageError, match="choose another OUT"):
        write_boxes(out, IMAGES, format=form, kinds=KINDS)
    again = write_boxes(out, IMAGES, format=form, kinds=KINDS, mine=first.sha256.__eq__)
    assert again == first
    fewer = write_boxes(out, IMAGES[:1], format=form, kinds=KINDS, mine=first.sha256.__eq__)
    assert len(READ["coco"](out)) == 1 if form == "coco" else not (out / "labels/val").exists()
    changed = out if form == "coco" else out / "classes.txt"
    changed.write_text("mine now")
    with pytest.raises(UsageError, match="changed since"):
        write_boxes(out, IMAGES, format=form, kinds=KINDS, mine=fewer.sha256.__eq__)
    with pytest.raises(UsageError, match="choose another OUT"):  # a file where a directory is to be, and the reverse
        write_boxes(out, IMAGES, format="wider" if form == "yolo" else "voc", mine=lambda _: True)
    (tmp_path / "link").symlink_to(out)
    with pytest.raises(UsageError):
        write_boxes(tmp_path / "link", IMAGES, format=form, kinds=KINDS, mine=lambda _: True)
    if form == "yolo":
        other = write_boxes(tmp_path / "third", IMAGES, format=form, kinds=KINDS)
        (tmp_path / "third/images").mkdir()
        (tmp_path / "third/images/mine.jpg").write_bytes(b"")
        with pytest.raises(UsageError):
            write_boxes(tmp_path / "third", IMAGES, format=form, kinds=KINDS, mine=other.sha256.__eq__)


def test_wrong_places_and_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none of coco"):
        write_boxes(tmp_path / "out", [], format="csv")
    with pytest.raises(UsageError, match="no directory"):
        write_boxes(tmp_path / "nowhere/out", [], format="coco")


def test_a_full_disk_is_one_line_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_coco.Coco, "tail", full)
    with pytest.raises(EngineError, match="No space left"):
        write_boxes(tmp_path / "out", IMAGES, format="coco", kinds=KINDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", BOX_FORMATS)
def test_no_image_at_all(form: str, tmp_path: Path) -> None:
    written = write_boxes(tmp_path / "out", [], format=form)
    assert (written.images, written.boxes) == (0, 0)
    if form == "coco":
        assert read_coco(tmp_path / "out") == {}


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1), unique=True
    ),
    where=st.tuples(*[st.floats(-3, 60)] * 4),
)
def test_names_and_boxes_of_any_kind(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], where: tuple[float, float, float, float]
) -> None:
    names = [name for name in names if name not in {".", ".."}]
    box = Box(min(where[0], where[2]), min(where[1], where[3]), max(where[0], where[2]), max(where[1], where[3]))
    place = tmp_path_factory.mktemp("any")
    images = [BoxedImage(name, 50, 40, 1, [ScoredBox(box)]) for name in names]
    for form in ("coco", "wider", "ilsvrc"):
        written = write_boxes(place / form, images, format=form)
        if written.images == 0:
            continue
        read = read_boxes(place / form)
        assert read.images == written.images
        assert read.boxes + read.skipped.get("degenerate", 0) == written.boxes
        for key in list(read.keys()):
            for given_box in read.lookup(key) or []:
                stored, kept = given_box.to_stored(50, 40, 1), box.clipped(50, 40)
                if form == "wider":
                    assert (stored.x0, stored.x1) == (kept.outward()[0], kept.outward()[2])
                else:
                    assert abs(stored.x0 - kept.x0) < 1e-4 and abs(stored.y1 - kept.y1) < 2e-4


def test_numbers_are_short() -> None:
    assert [number(v) for v in (1.0, 0.0625, 1 / 3, -0.00001, 120.0)] == ["1", "0.0625", "0.3333", "0", "120"]
