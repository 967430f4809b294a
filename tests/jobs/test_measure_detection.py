"""``measure detection``: it looks as a scan looks, counts by hand-made boxes, and keeps small groups to itself."""

import json
import pkgutil
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

import overpaint
from overpaint import engines, jobs, measures, pipeline
from overpaint.errors import BoxesError, OverpaintWarning, UsageError
from overpaint.jobs import _measure_detection_ways as ways
from overpaint.jobs._measure_detection_look import _leading, is_of_kind
from overpaint.records import Box, Finding

FACE = (40, 30, 40, 40)  # x, y, width, height


@pytest.fixture
def here(monkeypatch):
    """The work of workers in this process: a process costs seconds, and nothing here depends on it."""

    def run_here(job, items, *, workers, on_rows, on_done=None):
        del workers, on_rows
        room = pkgutil.resolve_name(job.open)(job.config)
        for index, item in enumerate(items):
            result = pkgutil.resolve_name(job.work)(room, item, lambda row: None)
            if on_done is not None:
                on_done(index, result)

    monkeypatch.setattr(engines, "run_local", run_here)


def picture(path, *, size=(160, 120), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).integers(0, 255, (*size[::-1], 3), np.uint8)
    Image.fromarray(noise).save(path, quality=90, **options)


def wider(path, rows):
    """Rows of (key, boxes); a box may have more numbers after its four."""
    text = "".join(
        f"{key}\n{len(boxes)}\n" + "".join(" ".join(map(str, b)) + "\n" for b in boxes) for key, boxes in rows
    )
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """24 images of one true face each; others' boxes find those of the even ones, and something false in four."""
    root = tmp_path_factory.mktemp("detection")
    keys = [f"{n:02}.jpg" for n in range(24)]
    for key in keys:
        picture(root / "photos" / key)
    wider(root / "truth.txt", [(key, [(*FACE, 0, 0, 0, 0, n % 3, int(n == 0))]) for n, key in enumerate(keys)])
    images = [{"id": n, "file_name": key} for n, key in enumerate(keys)]
    found = [{"image_id": n, "category_id": 1, "bbox": FACE, "score": 0.9 - n / 100} for n in range(0, 24, 2)]
    found += [{"image_id": n, "category_id": 1, "bbox": [100, 60, 30, 30], "score": 0.5} for n in range(4)]
    category = [{"id": 1, "name": "face"}]
    for name, chosen in {"half": found, "none": found[12:], "unscored": [dict(f, score=None) for f in found]}.items():
        boxes = [{"id": n, **{k: v for k, v in one.items() if v is not None}} for n, one in enumerate(chosen)]
        coco = {"images": images, "annotations": boxes, "categories": category}
        (root / f"{name}.json").write_text(json.dumps(coco))
    return root


def measure(world, *names, **options):
    options.setdefault("boxes", {name: world / f"{name}.json" for name in names})
    options.setdefault("truth", world / "truth.txt")
    options.setdefault("plots", False)
    return jobs.measure_detection(world / "photos", **options)


def test_counted_by_hand(world, here):
    figures = measure(world, "half").measured.figures
    way = figures["ways"]["half"]
    assert (figures["images"], figures["boxes"], figures["ignored"]) == (24, 24, 0)
    assert way["recall"].value == 0.5 and way["precision"].value == 0.75
    assert way["ap"].value == 0.5  # every true one comes before the false ones
    assert way["covered"].value == 0.5 and way["false_per_image"].value == pytest.approx(4 / 24)
    assert way["recall"].low < 0.5 < way["recall"].high and way["recall"].n == 24
    size = way["by"]["size"]
    assert size["32 to 63"]["boxes"] == 24 and size["20 to 31"]["recall"].value is None
    assert size["20 to 31"]["precision"].value == 0  # all four false ones are so high
    assert size["32 to 63"]["precision"].value == 1
    assert figures["groups"] == way["gaps"] == "not measured"


def test_occlusion_and_what_is_too_small_to_show(world, here):
    figures = measure(world, "half").measured.figures
    by = figures["ways"]["half"]["by"]
    assert set(by["occlusion"]) == {"fewer than 10"}  # eight images each
    assert by["pose"]["typical"]["boxes"] == 23 and set(by["pose"]) == {"typical"}
    assert figures["values_not_shown"] == {"pose": 1}


def test_ways_are_compared_in_pairs(world, here):
    result = measure(world, "half", "none", recall=0.5)
    figures = result.measured.figures
    apart = figures["differences"]["none less half"]
    assert apart["recall"].value == -0.5 and apart["recall"].high < 0
    assert figures["ways"]["none"]["recall"].value == 0 and 0 < figures["ways"]["none"]["recall"].high < 0.2
    chosen = figures["ways"]["half"]["for_recall"]
    assert chosen["threshold"].value == pytest.approx(0.68) and chosen["precision"].value == 1
    text = "\n".join(result.lines())
    assert "none, for a recall of 0.5: not reached; at its lowest threshold none finds 0.000" in text
    assert "chosen on one half and held against the other" in text and "recall by group: not measured" in text


def test_cocos_protocol_beside(world, here):
    """Twelve of 24 found exactly, before anything false: precision is 1 at 51 of COCO's 101 recalls."""
    result = measure(world, "half", "unscored", protocol="coco")
    ways = result.measured.figures["ways"]
    assert [ways["half"][name].value for name in ("coco_ap", "coco_ap50", "coco_ap75")] == pytest.approx([51 / 101] * 3)
    assert "coco_ap" not in ways["unscored"] and "COCO's AP" in "\n".join(result.lines())
    assert "coco_ap" not in measure(world, "half").measured.figures["ways"]["half"]


def test_boxes_without_scores_have_no_curve(world, here):
    result = measure(world, "unscored")
    way = result.measured.figures["ways"]["unscored"]
    assert way["recall"].value == 0.5 and "ap" not in way and "curve" not in way
    assert "no scores" in "\n".join(result.lines())


def test_groups(world, here, tmp_path):
    groups = tmp_path / "groups.csv"
    groups.write_text("key,worn,rare\n" + "".join(f"{n:02}.jpg,{'hat' if n % 2 else 'cap'},v{n}\n" for n in range(24)))
    result = measure(world, "half", groups=groups)
    figures, way = result.measured.figures, result.measured.figures["ways"]["half"]
    assert figures["groups"] == {"attributes": ["rare", "worn"], "compared": 2, "fewest": 10}
    (gap,) = way["gaps"]
    assert (gap["attribute"], gap["lowest"], gap["highest"]) == ("worn", "hat", "cap")
    assert gap["recall"].value == 1 and gap["recall"].low > 0.5
    assert set(way["by"]["rare"]) == {"fewer than 10"} and way["by"]["rare"]["fewer than 10"]["boxes"] == 24
    assert "v7" not in json.dumps(result.to_dict())
    assert "2 groups compared, of 2 attributes" in "\n".join(result.lines())
    assert [each.name for each in result.measured.inputs] == ["images", "truth", "boxes of half", "groups"]


def test_nothing_of_a_sample_or_of_this_machine_is_public(world, here, tmp_path):
    result = jobs.measure_detection(
        world / "photos",
        truth=world / "truth.txt",
        boxes={"half": world / "half.json"},
        to=tmp_path / "kept",
        recall=0.5,
    )
    assert {p.suffix for p in (tmp_path / "kept").iterdir()} == {".json", ".png", ".svg"}
    text = result.kept.public.read_text()
    assert "00.jpg" not in text and str(world) not in text and "half.json" not in text
    assert json.loads(text)["figures"]["lane_known"] is False and result.kept.private is None
    assert any("no-view lane" in sentence for sentence in result.measured.does_not_say)
    again = measure(world, "half", recall=0.5)
    assert again.to_dict() == result.to_dict()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("long_side", [None, 80])
def test_turned_and_smaller_pictures_keep_their_truth(tmp_path, here, orientation, long_side):
    """Others' boxes and the truth are both of the stored frame: they lie on each other however it is looked at."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture(tmp_path / "photos/a.jpg", exif=exif)
    truth = wider(tmp_path / "truth.txt", [("a.jpg", [(20, 10, 60, 50)])])
    told = jobs.measure_detection(
        tmp_path / "photos", truth=truth, boxes={"same": truth}, overlap=0.99, long_side=long_side, plots=False
    )
    way = told.measured.figures["ways"]["same"]
    assert way["recall"].value == way["precision"].value == way["covered"].value == 1
    # as it is seen it is 60 high where it is turned by a quarter
    height = (60 if orientation >= 5 else 50) / (2 if long_side else 1)
    assert way["by"]["size"]["20 to 31" if height < 32 else "32 to 63"]["boxes"] == 1


def test_it_looks_as_a_scan_looks(dataset, here, tmp_path):
    """The findings of a scan, taken as boxes made elsewhere, are those of the way that was measured."""
    run = tmp_path / "run"
    overpaint.scan(dataset, run=run, profile="fast", workers=1)
    rows = [
        (p.relative_to(dataset).as_posix(), [(114, 104, 92, 112)]) for p in dataset.rglob("*.*") if p.suffix != ".txt"
    ]
    truth = wider(tmp_path / "truth.txt", [row for row in rows if "\n" not in row[0]])
    result = jobs.measure_detection(
        dataset, truth=truth, profiles="fast", boxes={"scan": run}, run=run, least=10, plots=False
    )
    ways = result.measured.figures["ways"]
    assert ways["fast"]["threshold"] == 0.6 and len(ways["fast"]["curve"]) > 3
    assert ways["fast"]["curve"] == [[pytest.approx(v, abs=1e-4) for v in point] for point in ways["scan"]["curve"]]
    assert ways["fast"]["ap"] == ways["scan"]["ap"] and ways["fast"]["recall"].value > 0
    assert result.measured.figures["left_out"]["truncated-header"] == 1
    assert result.measured.figures["left_out"]["not-in-the-truth"] == 1
    assert result.measured.figures["lane_known"] and result.kept.public.parent == run / "public/measures"
    assert (run / "public/report.html").exists()
    names = {each.name for each in result.measured.inputs}
    assert any(name.startswith("detector yunet") for name in names)


def test_other_kinds_and_labels(world, here, tmp_path):
    coco = {
        "images": [{"id": 1, "file_name": "00.jpg"}],
        "categories": [{"id": 1, "name": "hat"}, {"id": 2, "name": "Face"}],
        "annotations": [{"image_id": 1, "category_id": c, "bbox": FACE} for c in (1, 2)],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    figures = measure(world, "half", truth=tmp_path / "coco.json").measured.figures
    assert figures["boxes"] == 1 and figures["left_out"] == {"not-in-the-truth": 23, "other-label": 1}
    with pytest.raises(UsageError, match="--label, one of 'Face', 'hat'"):
        measure(world, "half", truth=tmp_path / "coco.json", kind="plate")
    with pytest.warns(OverpaintWarning, match="--least"):
        measure(world, "half", least=90)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": "dog"}, "--kind dog"),
        ({"least": -1.0}, "--least"),
        ({"overlap": 1.0}, "--overlap"),
        ({"recall": 0.0}, "--recall"),
        ({"protocol": "wider"}, "--protocol"),
        ({"long_side": 3}, "--long-side"),
        ({"profiles": "fast,fast"}, "two ways"),
        ({"profiles": "quick"}, "quick"),
        ({"profiles": "fast", "kind": "plate"}, "--detectors for plate"),
        ({"detectors": "yunet", "kind": "plate"}, "does not look for plate"),
        ({"detectors": "nudity"}, "what is sexual"),
        ({"detectors": ["yunet"] * 21}, "20 at most"),
        ({"boxes": {"": "x"}}, "--boxes"),
        ({"run": "a", "to": "b"}, "--run and --to"),
    ],
)
def test_what_cannot_be_asked(world, options, says):
    with pytest.raises(UsageError, match=says):
        measure(world, **options)


def test_truth_of_other_images(world, here, tmp_path):
    with pytest.raises(BoxesError, match=r"none of the 24 images.*00\.jpg"):
        measure(world, "half", truth=wider(tmp_path / "t.txt", [("other.jpg", [])]))


def test_animations_are_left_out(here, tmp_path):
    frames = [Image.fromarray(np.full((40, 40, 3), v, np.uint8)) for v in (0, 99)]
    (tmp_path / "p").mkdir()
    frames[0].save(tmp_path / "p/a.gif", save_all=True, append_images=frames[1:])
    truth = wider(tmp_path / "t.txt", [("a.gif", [(1, 1, 30, 30)])])
    with pytest.raises(UsageError, match="none of the images"):
        jobs.measure_detection(tmp_path / "p", truth=truth, boxes={"x": truth}, plots=False)


def test_one_box_of_each_subject_counts():
    """What several detectors say of one thing: the box that is painted, with what all of them say together."""

    def finding(subject, score, confidence, x0, kind="face", page=0):
        return Finding("k", kind, score, Box(x0, 0, x0 + 9, 9, page), "d", "1", "", subject, confidence)

    said = [finding(1, 0.9, 0.95, 10), finding(1, 0.4, 0.95, 11), finding(0, 0.5, 0.5, 50)]
    other = [finding(2, 1, 1, 70, "plate"), finding(3, 1, 1, 80, page=1)]
    assert _leading([*said, *other], (100, 80, 1), "face").tolist() == [[10, 0, 19, 9, 0.95], [50, 0, 59, 9, 0.5]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_as_it_is_seen_is_the_way_back_from_as_it_is_stored(orientation):
    stored = Box(3, 4, 20, 50)
    seen = Box(*measures.upright_box(stored, 100, 80, orientation))
    size = (80, 100) if orientation >= 5 else (100, 80)
    assert pipeline.to_stored(seen, seen=size, stored=(100, 80), orientation=orientation) == stored


def test_kinds_that_begin_with_the_wanted_one():
    assert is_of_kind("text-url", "text") and is_of_kind("text", "text") and not is_of_kind("texture", "text")


def test_the_same_through_measures(world, here):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = measures.detection(
            world / "photos", truth=world / "truth.txt", boxes={"n": world / "none.json"}, plots=False
        )
    assert told.measured.measure == "detection"
    assert cv2.getNumThreads() == 1  # the work was done here


def test_a_described_detector_is_called_by_its_file_s_name(monkeypatch):
    """Its path stays on this machine: results may be shown."""
    real = ways.detectors.open_looker
    monkeypatch.setattr(ways.detectors, "open_looker", lambda profile, **more: real("fast", **more))
    (way,) = ways.asked_ways(("/home/somebody/mine.toml",), (), kind="face", others=False)
    assert (way.name, way.profile) == ("mine", "/home/somebody/mine.toml")
