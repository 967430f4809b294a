"""Do models still work? Tiny classes of colour patterns, trained for an epoch or two."""

import json
import pkgutil
import shutil
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import overpaint
from overpaint import engines, measures
from overpaint.errors import RunError, SourceError, UsageError
from overpaint.jobs import _measure_utility_train as train
from overpaint.jobs import measure_utility
from overpaint.jobs._measure_utility_samples import split_by_hash
from overpaint.measures._predictions import load_predictions

sys.path.insert(0, str(Path(__file__).parents[1] / "measures"))
from lessons import pattern

pytest.importorskip("torch")

CLASSES = ("anna", "bert", "carl")  # names of people, for all that anybody knows
FACE = (12, 8, 32, 30)
GONE = "val/bert/4.png"


@pytest.fixture(autouse=True, scope="module")
def here():
    """The work of workers in this process, which has loaded torch already."""

    def run_here(job, items, *, workers, on_rows, on_done=None):
        room = pkgutil.resolve_name(job.open)(job.config)
        for index, item in enumerate(items):
            result = pkgutil.resolve_name(job.work)(room, item, lambda row: None)
            if on_done is not None:
                on_done(index, result)
        on_rows(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "run_local", run_here)
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory, here):
    """Three classes with train and val, a face in every third picture, and one sample that is not published."""
    root = tmp_path_factory.mktemp("utility")
    images, marks = [], []
    for kind, name in enumerate(CLASSES):
        for number in range(12):
            key = f"{'val' if number < 5 else 'train'}/{name}/{number}.{'png' if number == 4 else 'jpg'}"
            path = root / "photos" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(pattern(kind, number, 12, 15)).resize((60, 48), Image.Resampling.BICUBIC)
            picture.save(path, **({} if number == 4 else {"quality": 85, "comment": b"mine"}))
            images.append({"id": len(images), "file_name": key})
            if number % 3 == 0:
                x0, y0, x1, y1 = FACE
                marks.append({"image_id": images[-1]["id"], "bbox": [x0, y0, x1 - x0, y1 - y0]})
    (root / "boxes.json").write_text(json.dumps({"images": images, "annotations": marks}))
    (root / "remove.txt").write_text(f"{GONE}\n")
    text = (resources.files("overpaint.measures") / "recipes" / "small.toml").read_text("utf-8")
    for old, new in (
        ("epochs = 40", "epochs = 2"),
        ("side = 80", "side = 32"),
        ("resize = 96", "resize = 32"),
        ("crop = 96", "crop = 32"),
        ("store = 112", "store = 40"),
        ("batch = 32", "batch = 8"),
        ("seeds = 5", "seeds = 1"),
    ):
        assert old in text
        text = text.replace(old, new)
    (root / "tiny.toml").write_text(text)
    overpaint.scrub(
        root / "photos", root / "out", boxes=root / "boxes.json", remove=root / "remove.txt", run=root / "run",
        look="blur", shard_size=10, workers=1,
    )  # fmt: skip
    return root


@pytest.fixture(scope="module")
def everything(photos):
    """One experiment with every arm, which other tests take up again or look at."""
    return measure_utility(
        photos / "run",
        arms=("original", "recompressed", "metadata-only", "redacted"),
        looks=("blur:4",),
        config=photos / "tiny.toml",
        to=photos / "result",
        workers=2,
    )


def weights_made(result):
    return sorted(path.parent.name for path in (result.work / "trained").rglob("weights.pt"))


def test_every_arm_is_tested_by_every_network(everything):
    figures = everything.measured.figures["networks"]["small"]
    arms = everything.measured.figures["arms"]
    assert arms == ["original", "recompressed", "metadata-only", "redacted", "blur:4"]
    assert {(each["trained"], each["tested"]) for each in figures["levels"]} == {(a, b) for a in arms for b in arms}
    assert everything.measured.figures["images"] == {"training": 21, "tests": 14}
    assert everything.measured.figures["left_out"] == {"not-published": 1}
    assert everything.measured.figures["split"] == "the dataset's"


def test_arms_of_the_same_pixels_are_trained_once(everything):
    """Removing metadata leaves every pixel as it was; and the output is painted as it would be here."""
    assert everything.measured.figures["same_pixels"] == [("original", "metadata-only"), ("redacted", "blur:4")]
    assert len(weights_made(everything)) == 3
    levels = {(e["trained"], e["tested"]): e["seeds"] for e in _levels(everything)}
    assert levels["original", "redacted"] == levels["metadata-only", "blur:4"]


def _levels(result):
    return result.measured.figures["networks"]["small"]["levels"]


def test_nothing_public_names_a_class_a_sample_or_a_place(everything, photos):
    public = everything.kept.public.read_text()
    for word in (*CLASSES, "val/", ".jpg", str(photos), GONE):
        assert word not in public
    private = json.loads(everything.kept.private.read_text())
    assert everything.kept.private.stat().st_mode & 0o077 == 0
    rows = private["figures"]["by_class"]["small"]["redacted - original"]["classes"]
    assert {row["class"] for row in rows} == set(CLASSES)
    assert not any(name in line for line in everything.lines() for name in CLASSES)
    assert everything.work.stat().st_mode & 0o077 == 0
    assert {path.suffix for path in everything.kept.plots} == {".png", ".svg"}


def test_no_pictures_stay_behind(everything):
    left = {path.suffix for path in everything.work.rglob("*") if path.is_file()}
    assert not [path for path in everything.work.rglob("*") if path.name.startswith(".")]
    assert left == {"", ".json", ".npz", ".pt"}


def test_predictions_are_of_the_tests_alone(everything):
    for path in everything.work.rglob("*.npz"):
        found = load_predictions(path)
        assert len(found.keys) == 14
        assert all(key.startswith("val/") for key in found.keys)
        assert GONE not in found.keys


def asked(photos, tmp_path, **more):
    given = {"config": photos / "tiny.toml", "work": tmp_path / "work", "to": tmp_path / "result", "plots": False}
    return measure_utility(photos / "run", workers=2, **(given | more))


def test_what_is_finished_is_not_repeated(everything, photos, tmp_path, monkeypatch):
    """More arms and seeds later: only what is new is trained, and what is the same comes out the same."""
    shutil.copytree(everything.work, tmp_path / "work")
    learned = []
    real = measures.train

    def counted(lesson, place, **more):
        if not (place / "weights.pt").exists():
            learned.append((lesson.arm, lesson.seed))
        return real(lesson, place, **more)

    monkeypatch.setattr(measures, "train", counted)
    sent = []
    here = engines.run_local
    monkeypatch.setattr(
        engines, "run_local", lambda job, items, **more: [sent.append(len(items)), here(job, items, **more)]
    )
    again = asked(photos, tmp_path, arms=("original", "redacted"))
    assert learned == []
    assert sent == [0]  # nor are pictures made that nobody looks at
    before = {(e["trained"], e["tested"]): e["seeds"] for e in _levels(everything)}
    assert all(e["seeds"] == before[e["trained"], e["tested"]] for e in _levels(again))
    asked(photos, tmp_path, arms=("original", "redacted"), looks=("mosaic:2",), seeds=2)
    assert learned == [("mosaic:2", 0), ("original", 1), ("redacted", 1), ("mosaic:2", 1)]


def test_other_folders_and_cues(everything, photos, tmp_path):
    """A linear probe on another folder, and trials on the networks that are there; nothing names a class."""
    pytest.importorskip("captum")
    shutil.copytree(everything.work, tmp_path / "work")
    shutil.copytree(photos / "photos", tmp_path / "others")
    more = {"transfer": (tmp_path / "others",), "cues": True, "plots": True}
    found = asked(photos, tmp_path, arms=("original", "redacted"), **more)
    folder = found.measured.figures["transfer"]["1"]
    assert folder["images"] == {"training": 21, "tests": 15}
    assert set(folder["networks"]["small"]) == {"original", "redacted"}
    assert 0 <= folder["networks"]["small"]["redacted"]["top1"].value <= 1
    assert folder["networks"]["small"]["redacted"]["minus_original"].n == 1
    assert found.measured.figures["cues"]["small"]["trials"]
    assert any("linear probe on folder 1" in line for line in found.lines())
    public = found.kept.public.read_text()
    assert not any(word in public for word in (*CLASSES, str(photos)))
    with pytest.raises(UsageError, match="--cues"):
        asked(photos, tmp_path, arms=("original", "recompressed"), cues=True)


def test_a_work_directory_that_others_may_enter_shows_them_nothing_and_old_pictures_go(photos, tmp_path):
    """What was broken off under other decisions is never taken up again: its pictures would lie there for good."""
    old = [tmp_path / "work/pictures/original" / name for name in ("other.bin", ".other.part")]
    (tmp_path / "work").mkdir(mode=0o755)
    seen = []

    def looked(what, done, total):
        seen.append({(tmp_path / "work" / name).stat().st_mode & 0o077 for name in ("pictures", "trained")})
        for path in old:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"clear")

    asked(photos, tmp_path, arms=("original", "redacted"), epochs=1, progress=looked)
    assert seen and all(modes == {0} for modes in seen)
    assert not any(path.exists() for path in old)


class Cut(Exception):
    pass


def test_broken_off_anywhere_it_comes_out_the_same(everything, photos, tmp_path, monkeypatch):
    """Between two arms, within an epoch, and before the predictions: the figures are those of one go."""
    real = measures.train
    arms = {"arms": ("original", "redacted")}

    def cut(where):
        def stopped(lesson, place, *, team, beat):
            batches = 0

            def counting(new):
                nonlocal batches
                batches += 1
                if (lesson.arm, batches) == where:
                    raise Cut

            weights = real(lesson, place, team=team, beat=counting)
            if where == (lesson.arm, "after"):
                raise Cut
            return weights

        monkeypatch.setattr(measures, "train", stopped)
        with pytest.raises(Cut):
            asked(photos, tmp_path, **arms)

    cut(("original", 2))
    cut(("redacted", 5))
    cut(("redacted", "after"))
    monkeypatch.setattr(measures, "train", real)
    found = asked(photos, tmp_path, **arms)
    before = {(e["trained"], e["tested"]): e["seeds"] for e in _levels(everything)}
    assert [e["seeds"] for e in _levels(found)] == [before[e["trained"], e["tested"]] for e in _levels(found)]


def test_a_run_without_an_output_is_painted_here(photos, tmp_path):
    """Then every sample that would be published takes part."""
    overpaint.scan(photos / "photos", run=tmp_path / "run", boxes=photos / "boxes.json", workers=1)
    overpaint.decide(tmp_path / "run", remove=photos / "remove.txt")
    with pytest.raises(UsageError, match="overpaint act"):
        measure_utility(tmp_path / "run", config=photos / "tiny.toml")
    found = measure_utility(
        tmp_path / "run",
        arms=("original",),
        looks=("blur:4",),
        config=photos / "tiny.toml",
        epochs=1,
        plots=False,
        workers=2,
    )
    assert found.measured.figures["left_out"] == {"not-published": 1}
    assert found.kept.public.parent == tmp_path / "run/public/measures"


def test_an_output_of_other_decisions_is_refused(photos, tmp_path):
    overpaint.scrub(photos / "photos", tmp_path / "out", boxes=photos / "boxes.json", run=tmp_path / "run", workers=1)
    overpaint.decide(tmp_path / "run", look="mosaic")
    with pytest.raises(RunError, match="overpaint act"):
        measure_utility(tmp_path / "run", config=photos / "tiny.toml")


def test_a_dataset_without_classes_is_refused(tmp_path, photos):
    for number in range(3):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(pattern(0, number)).save(tmp_path / f"photos/{number}.png")
    (tmp_path / "none.json").write_text(json.dumps({"images": [], "annotations": []}))
    overpaint.scrub(tmp_path / "photos", tmp_path / "out", boxes=tmp_path / "none.json", workers=1)
    with pytest.raises(UsageError, match="no two classes"):
        measure_utility(tmp_path / "out.run", config=photos / "tiny.toml")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seeds": 0}, "--seeds 0"),
        ({"epochs": 0}, "--epochs 0"),
        ({"model": ("nothing",)}, "--model nothing"),
        ({"arms": ("original",)}, "two arms"),
        ({"weights": "nowhere.pt"}, "--weights"),
        ({"config": "nowhere.toml"}, "--config"),
    ],
)
def test_what_cannot_be_done_is_told(photos, tmp_path, given, said):
    with pytest.raises(UsageError, match=said):
        asked(photos, tmp_path, **given)


@pytest.mark.parametrize("place", ["photos", "photos/val", "."])
def test_a_probe_is_not_taught_with_pictures_of_the_run_itself(photos, tmp_path, place):
    """What is in the run's no-view lane lies among them, and a folder has no lane of its own."""
    with pytest.raises(UsageError, match="no-view lane"):
        asked(photos, tmp_path, transfer=(photos / place,))


def test_a_folder_that_is_not_there_is_told_before_anything_is_learned(photos, tmp_path):
    with pytest.raises(SourceError, match="nowhere"):
        asked(photos, tmp_path, transfer=("nowhere",))
    assert not (tmp_path / "work").exists()


def test_two_commands_do_not_share_a_work_directory(photos, tmp_path, monkeypatch):
    def meanwhile(*arguments, **more):
        asked(photos, tmp_path)

    monkeypatch.setattr(train.engines, "run_local", meanwhile)
    with pytest.raises(RunError, match="--work"):
        asked(photos, tmp_path)


def test_without_torch_the_extra_is_named(photos, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match=r"overpaint\[utility\]"):
        asked(photos, tmp_path)


def test_a_split_by_hash():
    """A quarter of each class, the same every time, and no group on both sides, though it has two classes."""
    draw = np.random.default_rng(3)
    keys = [f"{at:04}.jpg" for at in range(400)]
    labels = np.repeat(np.arange(4), 100)
    groups = np.arange(400)
    for start in draw.choice(390, 40, replace=False):
        groups[start : start + 3] = groups[start]
    groups[150] = groups[50]
    test = split_by_hash(keys, labels, groups)
    order = draw.permutation(400)
    np.testing.assert_array_equal(
        split_by_hash([keys[at] for at in order], labels[order], groups[order])[np.argsort(order)], test
    )
    for label in range(4):
        assert 22 <= test[labels == label].sum() <= 25
    assert not set(groups[test]) & set(groups[~test])
