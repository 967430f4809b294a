"""What is written is read back as it was, to the last digit: every format, every orientation, any answers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from exchange_world import WORKERS, alike, answer, boxes, question, there_and_back, worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review import Kind, Question
from overpaint.review.exchange import FORMATS, Format, Labelled, Names, Picture, read, write
from overpaint.review.exchange._frame import shown_size, to_shown, to_stored

HELD: dict[Format, set[Kind]] = {
    "csv": set(Kind),
    "coco": {Kind.BOXES},
    "cvat": set(Kind) - {Kind.RATE_LABEL, Kind.AUDIT},
    "label-studio": set(Kind) - {Kind.AUDIT},
    "voc": {Kind.BOXES},
}
PREFIX: dict[Format, str] = {"coco": "ds/", "cvat": "ds/", "label-studio": "/data/local-files/?d=ds/"}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as directory:
        yield Path(directory)


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_answers_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, form: Format, data) -> None:
    there, answers = data.draw(worlds(kinds=sorted(HELD[form])))
    if form == "voc":
        there = [each for each in there if each.key != "a/1.png"]  # the same file as a/1.jpg's: another test
        answers = [each for each in answers if each.sample != "a/1.png"]
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as directory:
        got, reading = there_and_back(Path(directory, "out"), form, there, answers, images=PREFIX.get(form, ""))
    assert alike(got) == alike(answers)
    assert reading.kept == len(answers)
    if answers:  # else there is no file of answers, and that is said
        assert not reading.left
        assert not reading.lines


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation(place: Path, form: Format, orientation: int) -> None:
    for width, height in ((70, 50), (64, 64)):
        there = [Picture("x.jpg", width, height, orientation)]
        answers = [answer(there[0], "w-1", (3.25, 4, 20.01, 9.99), (0, 0, 1.01, 50)), answer(there[0], "w-2")]
        got, reading = there_and_back(place / f"{width}", form, there, answers)
        assert alike(got) == alike(answers)
        assert not reading.left


@pytest.mark.parametrize("orientation", range(1, 9))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_a_shown_box_is_where_the_turned_picture_has_it(orientation: int, data: st.DataObject) -> None:
    """The slow reference: paint the box, turn the picture as Pillow does, look where the paint is."""
    width, height = data.draw(st.integers(2, 12)), data.draw(st.integers(2, 12))
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    pixels = np.zeros((height, width), np.uint8)
    pixels[y0:y1, x0:x1] = 255
    image = Image.fromarray(pixels)
    image.getexif()[0x112] = orientation
    turned = np.asarray(ImageOps.exif_transpose(image))
    rows, columns = np.nonzero(turned.any(1))[0], np.nonzero(turned.any(0))[0]
    picture = Picture("x", width, height, orientation)
    assert turned.shape[::-1] == shown_size(width, height, orientation)
    shown = to_shown(picture, Box(x0, y0, x1, y1))
    assert shown == Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert to_stored(picture, shown, upright=True) == Box(x0, y0, x1, y1)
    assert to_stored(picture, Box(x0, y0, x1, y1), upright=False) == Box(x0, y0, x1, y1)


@given(data=st.data(), side=st.integers(3, 100_000))
@settings(max_examples=60, deadline=None)
def test_per_cent_are_exact_to_a_millionth_of_a_pixel(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, side: int
) -> None:
    picture = Picture("x.jpg", side, data.draw(st.integers(3, 100_000)), data.draw(st.integers(1, 8)))
    drawn = data.draw(boxes(picture))
    with tempfile.TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as directory:
        write([answer(picture, "w", tuple(drawn))], Path(directory, "out"), format="label-studio")  # type: ignore[arg-type]
        task = json.loads(Path(directory, "out", "boxes.json").read_text())[0]
    value = task["annotations"][0]["result"][0]["value"]
    wide, tall = shown_size(picture.width, picture.height, picture.orientation)
    shown = to_shown(picture, Box(*drawn))
    got = (
        value["x"] * wide / 100,
        value["y"] * tall / 100,
        (value["x"] + value["width"]) * wide / 100,
        (value["y"] + value["height"]) * tall / 100,
    )
    assert got == pytest.approx((shown.x0, shown.y0, shown.x1, shown.y1), abs=1e-6, rel=0)


@pytest.mark.parametrize("form", FORMATS)
def test_looked_and_found_nothing_is_an_answer_and_not_looked_is_none(place: Path, form: Format) -> None:
    there = [Picture(f"{name}.jpg", 40, 30) for name in "abc"]
    answers = [answer(there[0], "w-1"), answer(there[1], "w-1", (1, 2, 3, 4)), answer(there[1], "w-2")]
    got, _ = there_and_back(place / "out", form, there, answers, questions=[question(each) for each in there])
    assert alike(got) == alike(answers)
    assert {each.sample for each in got} == {"a.jpg", "b.jpg"}


@pytest.mark.parametrize("form", ["cvat", "voc"])
def test_a_second_answer_is_counted_where_it_has_no_place(place: Path, form: Format) -> None:
    picture = Picture("x.jpg", 40, 30)
    first, second = answer(picture, "w", (1, 2, 3, 4)), answer(picture, "w", question="0" * 32)
    assert write([first, second], place / "out", format=form).skipped == {"second-answer": 1}
    assert list(read(place / "out", samples=Names([picture]))) == [first]


@pytest.mark.parametrize("form", ["csv", "coco", "label-studio"])
def test_two_answers_of_one_person_to_two_questions_stay_apart(place: Path, form: Format) -> None:
    picture = Picture("x.jpg", 40, 30)
    both = [answer(picture, "w", (1, 2, 3, 4), question="a" * 32), answer(picture, "w", question="b" * 32)]
    got, _ = there_and_back(place / "out", form, [picture], both)
    assert alike(got) == alike(both)


@pytest.mark.parametrize("form", FORMATS)
def test_what_must_not_or_cannot_go_out(place: Path, form: Format) -> None:
    picture = Picture("x.jpg", 40, 30)
    size = ("x.jpg", 40, 30, 1)
    lane = Labelled(*size, "w", Kind.FLAGS, "picture", {"flags": ["sexual", "minor"], "nothing": False})
    audit = Labelled(*size, "w", Kind.AUDIT, "face", {"choice": "yes"})
    other_page = answer(picture, "w", page=2)
    nameless = answer(Picture("\udcff.jpg", 40, 30), "w")
    crop = question(picture, crop=Box(1, 2, 30, 20))
    written = write([lane, audit, other_page, nameless], place / "out", format=form, questions=[crop])
    csv = form == "csv"
    want = {"no-view-lane": 1, "name-not-utf8": 1}
    if not csv:
        want |= {"kind-not-in-format": 1, "page-not-first": 1, "shows-a-crop": 1}
    assert written.skipped == want
    assert (written.records, written.questions) == ((2, 1) if csv else (0, 0))
    for file in written.files:
        assert b"sexual" not in file.read_bytes() or file.name == "labels.json"


def test_names_that_one_format_cannot_hold(place: Path) -> None:
    bell, same, first = (Picture(key, 40, 30) for key in ("\x07.jpg", "a.png", "a.jpg"))
    answers = [answer(each, "w") for each in (bell, first, same)]
    assert write(answers, place / "voc", format="voc").skipped == {
        "name-not-in-xml": 1,
        "same-name-but-for-the-extension": 1,
    }
    assert write(answers, place / "cvat", format="cvat").skipped == {"name-not-in-xml": 1}
    assert write(answers, place / "coco", format="coco").skipped == {}


def test_a_place_that_is_taken_stays_as_it_is(place: Path) -> None:
    (place / "out").mkdir()
    for form in FORMATS:
        with pytest.raises(UsageError, match="exists"):
            write([], place / "out", format=form)
    with pytest.raises(UsageError, match="none of csv, coco"):
        write([], place / "new", format="yolo")  # type: ignore[arg-type]
    assert list(place.iterdir()) == [place / "out"]


@pytest.mark.parametrize("form", FORMATS)
def test_files_are_closed_to_others_and_nothing_is_left_beside_them(place: Path, form: Format) -> None:
    picture = Picture("d/x.jpg", 40, 30)
    written = write([answer(picture, "w")], place / "out", format=form, questions=[question(picture, (1, 2, 3, 4))])
    assert [each.name for each in place.iterdir()] == ["out"]
    assert written.files
    assert {file.stat().st_mode & 0o777 for file in written.files} == {0o600}
    assert (place / "out").stat().st_mode & 0o077 == 0


def test_a_worker_never_names_a_place_elsewhere(place: Path) -> None:
    picture = Picture("x.jpg", 40, 30)
    answers = [answer(picture, worker) for worker in ("../../up", "/etc", ".", "", "a/b", "\udc80", *WORKERS) if worker]
    for form in ("cvat", "voc"):
        written = write([each for each in answers if "\udc80" not in each.worker], place / form, format=form)
        assert all(file.is_relative_to(place / form) and ".." not in file.parts for file in written.files)


def test_a_question_and_its_answers_are_one_task(place: Path) -> None:
    picture = Picture("x.jpg", 40, 30, 6)
    asked = question(picture, (1, 2, 30, 20))
    answers = [answer(picture, worker, question=asked.name) for worker in ("w-1", "w-2")]
    write(answers[::-1], place / "out", format="label-studio", questions=[asked])
    (task,) = json.loads((place / "out" / "boxes.json").read_text())
    assert len(task["annotations"]) == 2
    (prediction,) = task["predictions"]
    assert prediction["result"][0]["value"]["rectanglelabels"] == ["face"]
    assert prediction["score"] == 0.5
    assert task["data"]["ask"] == "Put a box around each of the faces."
    config = ET.fromstring((place / "out" / "boxes.xml").read_text())
    assert [each.get("value") for each in config.iter("Label")] == ["face"]


@given(rest=st.lists(st.sampled_from(["a/1.jpg", "b/1.jpg", "1.jpg", "b/2.jpg"]), unique=True))
@settings(max_examples=30, deadline=None)
def test_a_name_without_its_folders_means_a_key_only_if_no_other_ends_so(rest: list[str]) -> None:
    found = Names([Picture(key, 1, 1) for key in rest])
    for name in ("1.jpg", "2.jpg", "a/1.jpg", "x/1.jpg"):
        got = found(name)
        ends = [key for key in rest if key.endswith(f"/{name}")]
        want = name if name in rest else ends[0] if len(ends) == 1 else None
        assert (None if got is None else got.key) == want


def test_answers_grouped_on_disk_are_those_grouped_in_memory(place: Path) -> None:
    """The slow reference of the spool: a dictionary."""
    from overpaint.review.exchange._spool import Spool

    rng = np.random.default_rng(3)
    there = [Picture(f"{index}.jpg", 40, 30) for index in range(7)]
    answers = [answer(there[rng.integers(7)], f"w-{rng.integers(3)}", at=float(index)) for index in range(60)]
    slow: dict[str, dict[str, list[Labelled]]] = {}
    with (place / "spool").open("w+b") as file:
        spool = Spool(file)
        for each in answers:
            spool.add(each, part=each.worker, group=each.sample)
            slow.setdefault(each.worker, {}).setdefault(each.sample, []).append(each)
        fast = {part: {items[0].sample: items for items in groups} for part, groups in spool.parts()}
    assert fast == slow
    assert list(fast) == list(slow)
    assert [list(groups) for groups in fast.values()] == [list(groups) for groups in slow.values()]


def test_a_question_of_another_kind_goes_out_as_a_task(place: Path) -> None:
    asked = [
        Question(Kind.CATEGORY, "n02119022", "x.jpg", 40, 30, title="red fox", definition="a fox that is red"),
        Question(Kind.RATE_LABEL, "n02119022", title="red fox", definition="a fox that is red"),
    ]
    write([], place / "out", format="label-studio", questions=asked)
    (task,) = json.loads((place / "out" / "category.json").read_text())
    assert "red fox" in task["data"]["ask"]
    (task,) = json.loads((place / "out" / "rate-label.json").read_text())
    assert task["data"]["text"] == "red fox a fox that is red"
    assert "image" not in task["data"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_proposal_outside_the_picture_harms_nothing(place: Path, form: Format, orientation: int) -> None:
    picture = Picture("x.jpg", 40, 30, orientation)
    asked = question(picture, (-20, -20, -10, -10), (39, 29, 80, 80), (5, 5, 5, 9), (1, 2, 3, 4))
    assert write([], place / "out", format=form, questions=[asked]).questions == 1
    if form == "cvat":
        root = ET.fromstring((place / "out" / "questions.xml").read_text())
        assert len(root.findall("image/box")) == 2
    if form == "label-studio":
        (task,) = json.loads((place / "out" / "boxes.json").read_text())
        assert len(task["predictions"][0]["result"]) == 2
