"""`overpaint measure strength`: files painted by anyone, tools on made pictures, and input that cannot be measured."""

import json
import sys

import numpy as np
import pytest
from PIL import Image, ImageFilter

import overpaint.measures
from overpaint.cli._main import _run
from overpaint.errors import BoxesError, UsageError
from overpaint.jobs import measure_strength
from overpaint.measures import _strength, _strength_scenes
from overpaint.measures._strength_probes import backdrop, drawn_face
from overpaint.painting import imagenet2021
from overpaint.records import Box


@pytest.fixture
def few(monkeypatch):
    """Fewer made pictures, so that the tests do not take a minute."""
    monkeypatch.setattr(_strength_scenes, "SIDES", (24, 48))
    monkeypatch.setattr(_strength_scenes, "VALUES", (16,))
    monkeypatch.setattr(_strength_scenes, "BESIDE", (200, 400))
    monkeypatch.setattr(_strength_scenes, "_EACH", 4)
    monkeypatch.setattr(_strength, "_ROUNDS", 50)


def folders(root, sides=(40, 64, 90), *, sigma=6, more=()):
    """Originals with one face each, copies with it blurred, and the boxes."""
    random, entries = np.random.default_rng(3), []
    for place in ("before/a", "after/a"):
        (root / place).mkdir(parents=True)
    for number, side in enumerate(sides):
        pixels = backdrop(side + 80, side + 80, random)
        pixels[40 : 40 + side, 40 : 40 + side] = drawn_face(side, random)
        image, box = Image.fromarray(pixels), (40, 40, 40 + side, 40 + side)
        image.save(root / f"before/a/{number}.png")
        blurred = image.filter(ImageFilter.GaussianBlur(sigma))
        image.paste(blurred.crop(box), box)
        image.save(root / f"after/a/{number}.png")
        entries.append({"url": f"a/{number}.png", "bboxes": [dict(zip(("x0", "y0", "x1", "y1"), box, strict=True))]})
    (root / "faces.json").write_text(json.dumps([*entries, *more]))
    return root / "before", root / "after", root / "faces.json"


def test_files_painted_by_anyone(tmp_path, capsys):
    before, after, boxes = folders(tmp_path)
    assert (
        _run(["measure", "strength", str(before), str(after), "--boxes", str(boxes), "--to", str(tmp_path / "r")]) == 0
    )
    said = capsys.readouterr().out
    assert "3 faces in 3 images" in said and "effective sigma, 64 to 127 px: 6.0" in said
    (result,) = (tmp_path / "r").glob("*.json")
    value = json.loads(result.read_text())
    assert value["figures"]["sigma"]["by_size"]["32 to 63 px"]["pixels"]["value"] == pytest.approx(6, rel=0.05)
    assert value["figures"]["hard_core"] is True
    assert value["settings"] == {"cells": 4, "of": "files"}
    assert "a/0" not in result.read_text() and str(tmp_path) not in result.read_text()
    assert {path.suffix for path in (tmp_path / "r").iterdir()} == {".json", ".png", ".svg"}
    again = measure_strength(before, after, boxes=boxes)
    assert again.measured.id in result.name and again.kept is None
    assert overpaint.measures.strength is measure_strength


def test_single_files_and_json(tmp_path, capsys):
    before, after, boxes = folders(tmp_path, [50])
    boxes.write_text(boxes.read_text().replace("a/0.png", "0.png"))
    one, two = before / "a/0.png", after / "a/0.png"
    assert _run(["measure", "strength", str(one), str(two), "--boxes", str(boxes), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["faces"] == 1 and figures["detail_left"]["box"]["method"] == "one image has no interval"


def test_what_cannot_be_compared_is_counted(tmp_path):
    empty = {"url": "a/2.png", "bboxes": []}
    before, after, boxes = folders(tmp_path, [40] * 8)
    entries = json.loads(boxes.read_text())
    entries[2] = empty
    del entries[3]
    boxes.write_text(json.dumps(entries))
    (after / "a/0.png").unlink()
    (after / "a/1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with Image.open(after / "a/4.png") as image:
        image.resize((30, 30)).save(after / "a/4.png")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 120, 3), np.uint8)).save(after / "a/5.png")
    Image.new("RGB", (9, 9)).save(after / "more.png")
    with Image.open(after / "a/6.png") as image:
        image.save(after / "a/6_anonymized.jpg", quality=95)
    (after / "a/6.png").unlink()
    found = measure_strength(before, after, boxes=boxes)
    figures = found.measured.figures
    assert figures["left_out"] == {
        "missing": 1, "no-boxes-given": 1, "no-face": 1, "not-alike": 1, "other-size": 1, "unreadable": 1
    }  # fmt: skip
    assert figures["extra_outputs"] == 1 and figures["faces"] == 2
    said = "\n".join(found.lines())
    assert "1 images left out: not-alike (the output shows something else around the faces)" in said
    assert "1 outputs belong to no original" in said


def test_a_copy_that_was_turned_upright_is_turned_back(tmp_path):
    before, after, boxes = folders(tmp_path, [70])
    for place in (before, after):
        with Image.open(place / "a/0.png") as image:
            exif = image.getexif()
            exif[0x0112] = 3
            shown = image.transpose(Image.Transpose.ROTATE_180)
            image.load()
        (image if place == before else shown).save(place / "a/0.png", **({"exif": exif} if place == before else {}))
    figures = measure_strength(before, after, boxes=boxes).measured.figures
    assert figures["sigma"]["by_size"]["64 to 127 px"]["pixels"].value == pytest.approx(6, rel=0.05)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"original": "before"}, "give ORIGINAL and PAINTED"),
        ({"original": "before", "painted": "after"}, "give --boxes FILE"),
        ({"original": "before", "painted": "after", "boxes": "faces.json", "look": "blur"}, "leave them out for files"),
        ({"original": "before", "painted": "after/a/0.png", "boxes": "faces.json"}, "two folders or two files"),
        ({"original": "nowhere", "painted": "after", "boxes": "faces.json"}, "nothing of that name"),
        ({"boxes": "faces.json"}, "--boxes is for files"),
        ({"tool": "no such tool"}, "give one of overpaint, .*imagenet2021"),
        ({"tool": "x='{source} {dest}"}, "quotation"),
        ({"tool": "imagenet2021", "look": "fill"}, "leave them out for other tools"),
        ({"tool": "deface"}, "--install makes one"),
        ({"cells": 17}, "1 to 16"),
    ],
)
def test_what_cannot_be_asked(tmp_path, monkeypatch, options, word):
    folders(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=word):
        measure_strength(**options)


def test_no_face_at_all_is_an_error_that_says_why(tmp_path):
    before, after, boxes = folders(tmp_path, [40])
    (after / "a/0.png").unlink()
    with pytest.raises(BoxesError, match=r"no face to measure: 1 missing \(there is no output\)"):
        measure_strength(before, after, boxes=boxes)
    Image.new("RGB", (120, 120), (9, 9, 9)).save(before / "a/0.png")
    Image.new("RGB", (120, 120), (9, 9, 9)).save(after / "a/0.png")
    with pytest.raises(BoxesError, match="1 faces have no detail"):
        measure_strength(before, after, boxes=boxes)


def formula(pixels, boxes):
    return imagenet2021(pixels, [Box(*box) for box in boxes])


def test_the_flaw_of_the_formula_of_2021(few):
    """A 24 px face keeps .12 at its centre alone, .74 beside one of 200 px and .92 beside one of 400."""
    figures = measure_strength(tool=formula).measured.figures
    beside = figures["detail_left_by_neighbour"]
    assert list(beside) == ["24 px alone", "24 px beside 200 px", "24 px beside 400 px"]
    assert beside["24 px alone"].value < 0.25
    assert beside["24 px beside 200 px"].value == pytest.approx(0.74, abs=0.03)
    assert beside["24 px beside 400 px"].value == pytest.approx(0.92, abs=0.02)
    assert figures["hard_core"] is False
    assert figures["sigma"]["by_size"]["48 px"]["share_of_face"].value == pytest.approx(0.1, rel=0.05)
    assert figures["values"]["16 px"]["recoverable"] > 4


def test_our_own_painting_through_its_command(few):
    found = measure_strength(look="mosaic", cells=4, quality=90)
    assert found.measured.settings["tool"] == "overpaint"
    values = found.measured.figures["values"]["16 px"]
    assert values["recoverable"] <= 5 and found.measured.figures["hard_core"]
    assert found.measured.figures["detail_left"]["box"].value < 0.25


def test_anybodys_command_and_one_that_does_nothing(few, tmp_path):
    script = tmp_path / "mine.py"
    script.write_text("import shutil, sys\nshutil.copytree(sys.argv[1], sys.argv[2], dirs_exist_ok=True)\n")
    found = measure_strength(tool=f"copy={sys.executable} {script} {{source}} {{dest}}")
    figures = found.measured.figures
    assert found.measured.settings["tool"] == "copy"
    assert figures["detail_left"]["box"].value == pytest.approx(1)
    assert figures["untouched_share_of_box"] == 1 and figures["sigma"]["not_blurred"] > 0
    assert figures["values"]["16 px"]["recoverable"] == 16
    assert "were not blurred" in "\n".join(found.lines())
    script.write_text("import sys\nsys.exit('out of paint')\n")
    with pytest.raises(UsageError, match="nothing came out: exit code 1: out of paint"):
        measure_strength(tool=f"{sys.executable} {script} {{source}} {{dest}}")
    with pytest.raises(UsageError, match="No such file"):
        measure_strength(tool="no-such-program-here {source} {dest}")


def test_a_function_must_return_a_picture_of_the_same_shape(few):
    with pytest.raises(UsageError, match="it must return uint8"):
        measure_strength(tool=lambda pixels, boxes: pixels[:-1])


def test_filled_faces_have_nothing_left_to_fit(few):
    def fill(pixels, boxes):
        for x0, y0, x1, y1 in boxes:
            pixels[int(y0) : int(y1), int(x0) : int(x1)] = 128
        return pixels

    found = measure_strength(tool=fill)
    assert found.measured.figures["sigma"]["nothing_left_to_fit"] == found.measured.figures["sigma"]["faces"]
    assert found.measured.figures["values"]["16 px"]["recoverable"] == 0
    assert "nothing left to fit" in "\n".join(found.lines())


def test_the_judge_shares_nothing_with_the_painting():
    """The sixth promise: nobody vouches for himself."""
    import grimp

    graph = grimp.build_graph("overpaint")
    painting = graph.find_descendants("overpaint.painting") | {"overpaint.painting"}
    judges = [m for m in graph.modules if m.startswith("overpaint.measures._strength")]
    assert len(judges) > 5
    allowed = {"overpaint.measures._tool_running"}
    for judge in judges:
        reached, stack = set(), [judge]
        while stack:
            for other in graph.find_modules_directly_imported_by(stack.pop()) - reached - allowed:
                reached.add(other)
                stack.append(other)
        assert not reached & painting, judge


def test_thinning_keeps_an_even_sample(monkeypatch):
    monkeypatch.setattr(_strength, "MOST", 8)
    kept = _strength.Thinned()
    for number in range(100):
        if kept.wanted():
            kept.add(number)
    assert kept.items == list(range(0, 100, kept.step)) and len(kept.items) < 8
