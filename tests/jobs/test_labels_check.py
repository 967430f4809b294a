"""`labels check`: folders, columns, members and files that say what numbers mean, held against a names file."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from container_datasets import parquet, picture, tars

from overpaint import jobs, labels
from overpaint.cli._main import _run
from overpaint.errors import LabelsError, SourceError, UsageError
from overpaint.jobs._labels_check_seen import judged

WNIDS = ("n01440764", "n02979186", "n03000684", "n03394916", "n03445777", "n03888257")
NAMES = ("tench", "cassette player", "chain saw", "French horn", "golf ball", "parachute")


def photos(root: Path, folders=WNIDS, *, each=2, splits=("train", "val")) -> Path:
    """A picture is a file with a picture's name here: names alone are read."""
    for split in splits:
        for at, folder in enumerate(folders):
            (root / split / folder).mkdir(parents=True)
            for number in range(each + at):
                (root / split / folder / f"{split}_{at}_{number}.jpg").write_bytes(b"no picture")
    return root


def listed(path: Path, lines) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def kinds(check):
    return {(pair.what, pair.against): pair.check.kinds for pair in check.pairs}


def test_names_in_the_order_of_folders(tmp_path):
    source = photos(tmp_path / "photos")
    check = jobs.check_labels(source, names=listed(tmp_path / "names.txt", NAMES))
    assert (check.damaged, check.compared, check.images) == (False, True, sum(range(2, 8)) * 2)
    assert check.lines()[-1] == "no damage found"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*WNIDS[1:], WNIDS[0]], ("shifted",)),
        ([*NAMES[:2], *NAMES[3:]], ("shifted", "missing")),
        ([*NAMES[:3], NAMES[4], NAMES[3], NAMES[5]], ("swapped",)),
        ([*NAMES[:3], NAMES[0], *NAMES[4:]], ("duplicated",)),
        (sorted(NAMES), ("missorted",)),
        (NAMES[::-1], ("missorted",)),
        (["background", *NAMES], ("shifted", "extra")),
    ],
)
def test_names_in_another_order(tmp_path, lines, expected):
    source = photos(tmp_path / "photos")
    names = listed(tmp_path / "names.txt", lines)
    check = jobs.check_labels(source, names=names)
    assert kinds(check) == {("names.txt", "the folders in their sorted order"): expected}
    assert check.damaged
    assert check.lines()[-1].startswith("DAMAGED")


def test_a_list_that_comes_along_is_known_by_its_names(tmp_path):
    source = photos(tmp_path / "photos")
    true = labels.class_list("ilsvrc")
    shifted = [*true.names[:444], *true.names[445:]]
    check = jobs.check_labels(source, names=listed(tmp_path / "names.txt", shifted))
    assert kinds(check)["names.txt", "ilsvrc"] == ("shifted", "missing")
    said = "\n".join(check.lines())
    assert "by +1 from 444 to 998: 444 says n02837789" in said
    check = jobs.check_labels(source, names=listed(tmp_path / "names.txt", true.ids))
    pair = next(each for each in check.pairs if each.against != "ilsvrc")
    assert (pair.part, pair.check.damaged, pair.damaged) == ("given", False, True)  # loaders number six folders 0 to 5
    assert "OTHER NUMBERS" in "\n".join(check.lines())
    check = jobs.check_labels(source, list="ilsvrc")
    assert [(each.part, each.damaged) for each in check.pairs] == [("true", False)]


def test_folders_that_are_numbers_are_sorted_as_text(tmp_path):
    check = jobs.check_labels(photos(tmp_path / "photos", [str(number) for number in range(12)], splits=("train",)))
    assert kinds(check) == {("the folders in their sorted order", "the folders' own numbers"): ("missorted",)}
    assert check.pairs[0].check.findings[0].order == "number as text (0, 1, 10, 100)"
    assert check.notes == ("timm numbers 10 of the 12 folders otherwise than torchvision, Keras and datasets do",)
    assert not jobs.check_labels(photos(tmp_path / "few", list("0123"), splits=("train",))).damaged


def test_a_split_that_lacks_a_class_numbers_the_others_otherwise(tmp_path):
    source = photos(tmp_path / "photos")
    for path in sorted((source / "val" / WNIDS[2]).iterdir()):
        path.unlink()
    check = jobs.check_labels(source)
    found = kinds(check)
    assert found["the folders of val", "the folders in their sorted order"] == ("shifted", "missing")
    assert found["the folders of train", "the folders in their sorted order"] == ()


def test_a_published_class_list_is_found(tmp_path):
    source = photos(tmp_path / "photos")
    rows = [(number, wnid, wnid) for number, wnid in enumerate(reversed(WNIDS))]
    (source / "classes.json").write_text(labels.Classes.named(rows).to_json())
    check = jobs.check_labels(source)
    assert kinds(check) == {("classes.json", "the folders in their sorted order"): ("missorted",)}
    (source / "classes.json").rename(tmp_path / "classes.json")
    check = jobs.check_labels(source, classes=tmp_path / "classes.json")
    assert kinds(check) == {("the folders in their sorted order", "classes.json"): ("missorted",)}


def test_files_beside_the_images_and_categories(tmp_path):
    source = photos(tmp_path / "photos")
    listed(source / "classes.txt", [*NAMES[1:], NAMES[0]])
    (source / "names.txt").write_bytes(b"\xff\xfe")
    categories = [{"id": 3 * at + 1, "name": wnid} for at, wnid in enumerate(WNIDS)]
    (source / "instances.json").write_text(json.dumps({"images": [], "annotations": [], "categories": categories}))
    (source / "other.json").write_text("[1, 2]")
    check = jobs.check_labels(source)
    folders = "the folders in their sorted order"
    assert kinds(check) == {
        ("classes.txt", folders): ("shifted",),
        ("the categories of instances.json, by their ids", folders): (),
    }
    assert any("names.txt was not compared" in note for note in check.notes)


def test_class_names_of_a_parquet_file(tmp_path):
    source = parquet(tmp_path / "set")
    check = jobs.check_labels(source, names=listed(tmp_path / "names.txt", ["dog", "cat"]))
    assert kinds(check) == {("names.txt", "column:label"): ("swapped",)}
    assert not jobs.check_labels(source, names=listed(tmp_path / "names.txt", ["cat", "dog"])).damaged


def numbered(path: Path, labels_of, *, beside: bool = False) -> Path:
    """A tar with a ``.cls`` for each image."""
    path.mkdir()
    with tarfile.open(path / "all-000000.tar", "w") as tar:
        for name, label in labels_of:
            for extension, data in (("jpg", b"no picture"), ("cls", str(label).encode())):
                info = tarfile.TarInfo(f"{name}.{extension}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return path


def test_numbers_beyond_the_list(tmp_path):
    source = tars(tmp_path / "tars")
    assert not jobs.check_labels(source, names=listed(tmp_path / "three.txt", NAMES[:3])).damaged
    check = jobs.check_labels(source, names=listed(tmp_path / "two.txt", NAMES[:2]))
    assert "from 0 to 2" in check.beyond
    one = numbered(tmp_path / "one", [(str(number), number % 3 + 1) for number in range(9)])
    check = jobs.check_labels(one, names=tmp_path / "three.txt")
    assert "begin at 1" in check.lines()[-2]
    assert check.damaged


def test_numbers_and_folders_of_the_same_images(tmp_path):
    """``.cls`` numbers that were given to another order than that of the folders."""
    order = [WNIDS[(number + 1) % 6] for number in range(6)]
    source = numbered(tmp_path / "tars", [(f"{order[i % 6]}/{i:03}", i % 6) for i in range(60)])
    check = jobs.check_labels(source)
    pair = next(each for each in check.pairs if each.what == "the folders beside these numbers")
    assert pair.check.kinds == ("shifted",)


def test_another_copy_by_names_and_by_counts(tmp_path):
    source = photos(tmp_path / "photos", each=5)
    rows = [(path.stem, (WNIDS.index(path.parent.name) + 5) % 6) for path in sorted(source.rglob("*.jpg"))]
    same = numbered(tmp_path / "same", rows)
    names = listed(tmp_path / "names.txt", NAMES)
    check = jobs.check_labels(same, names=names, against=source)
    assert kinds(check)["names.txt", "the labels of the same images in the other copy"] == ("shifted",)
    assert check.counts is not None
    assert check.counts.kinds == ("shifted",)
    renamed = numbered(tmp_path / "renamed", [(f"{number:05}", label) for number, (_, label) in enumerate(rows)])
    check = jobs.check_labels(renamed, against=source)
    assert (kinds(check), check.counts.findings[0].by) == ({}, 1)
    straight = numbered(
        tmp_path / "right", [(f"{number:05}", (label + 1) % 6) for number, (_, label) in enumerate(rows)]
    )
    assert not jobs.check_labels(straight, against=source).damaged
    assert not jobs.check_labels(source, against=photos(tmp_path / "again", each=5)).damaged


def predictions(path: Path, source: Path, shown) -> Path:
    """Probabilities that each image is what is shown in its folder."""
    keys, rows = [], []
    for file in sorted(source.rglob("*.jpg")):
        keys.append(file.relative_to(source).as_posix())
        row = np.full(len(WNIDS), 0.01)
        row[WNIDS.index(shown[file.parent.name])] = 1 - 0.01 * (len(WNIDS) - 1)
        rows.append(row)
    columns = {wnid: [row[at] for row in rows] for at, wnid in enumerate(WNIDS)}
    pq.write_table(pa.table({"key": keys, **columns}), path)
    return path


def test_what_pictures_show(tmp_path):
    source = photos(tmp_path / "photos", each=12)
    right = dict(zip(WNIDS, WNIDS, strict=True))
    check = jobs.check_labels(source, predictions=predictions(tmp_path / "right.parquet", source, right))
    assert (check.damaged, check.contents.right) == (False, check.contents.pictures)
    swapped = right | {WNIDS[1]: WNIDS[4], WNIDS[4]: WNIDS[1]}
    check = jobs.check_labels(source, predictions=predictions(tmp_path / "swapped.parquet", source, swapped))
    assert check.contents.check.kinds == ("swapped",)
    assert check.contents.chance < 1e-3
    names = listed(tmp_path / "names.txt", [*WNIDS[1:], WNIDS[0]])
    check = jobs.check_labels(source, names=names, predictions=tmp_path / "right.parquet")
    assert check.contents.check.kinds == ("shifted",)
    assert check.contents.check.findings[0].by == -1
    assert json.dumps(check.to_dict())


def six():
    return labels.ClassList("six", WNIDS, NAMES)


def test_few_pictures_and_single_mistakes_are_doubts():
    few = Counter({(0, 1): 3, (1, 0): 3} | {(at, at): 3 for at in range(2, 6)})
    found = judged(few, six(), range(6), how="somebody")
    assert (found.check.damaged, [each.at for each in found.doubts]) == (False, [0, 1])
    enough = Counter({(0, 1): 30, (1, 0): 29, (1, 1): 1} | {(at, at): 30 for at in range(2, 6)})
    found = judged(enough, six(), range(6), how="somebody")
    assert (found.check.kinds, found.doubts) == (("swapped",), ())
    assert found.check.wrong == 2
    alike = Counter({(0, 1): 30} | {(at, at): 30 for at in range(1, 6)})  # a classifier knows these two as one
    found = judged(alike, six(), range(6), how="somebody")
    assert (found.check.damaged, found.doubts[0].looks_like) == (False, 1)
    assert judged(Counter({(0, 1): 4000, (1, 0): 4000}), six(), range(6), how="x").chance < 1e-9


def test_what_is_not_known_to_who_looks_is_not_told():
    found = judged(Counter({(0, 0): 9, (2, 1): 9}), six(), (0, 2), how="somebody")
    assert (found.classes, found.silent, found.right) == (2, 4, 18)
    assert "4 not told" in found.lines(lambda wnid, name: f"{wnid} {name}")[0]


def test_looking_needs_a_scanned_run(tmp_path):
    source = photos(tmp_path / "photos", ("n01440764", "n02979186"), each=0, splits=("train",))
    for number, wnid in enumerate(("n01440764", "n02979186")):
        for at in range(3):
            (source / "train" / wnid / f"{number}{at}.jpg").write_bytes(picture(10 * number + at))
    with pytest.raises(UsageError, match="must be a run"):
        jobs.check_labels(source, look=2)
    with pytest.raises(UsageError, match="at least 1"):
        jobs.check_labels(source, look=0)
    jobs.scan(source, run=tmp_path / "run", detectors="none", workers=1)
    check = jobs.check_labels(tmp_path / "run", look=2, workers=1)
    assert (check.contents.pictures, check.contents.classes) == (4, 0)  # of two pictures a class nothing is said
    assert not check.damaged
    with pytest.raises(LabelsError, match="fewer than two"):
        jobs.check_labels(tmp_path / "run", names=listed(tmp_path / "names.txt", ["a", "b"]), look=2)


def test_bad_input(tmp_path):
    source = photos(tmp_path / "photos")
    for wrong in ({"names": tmp_path / "none.txt"}, {"list": "ilsvrd"}, {"classes": tmp_path / "none.json"}):
        with pytest.raises(LabelsError):
            jobs.check_labels(source, **wrong)
    with pytest.raises(SourceError):
        jobs.check_labels(tmp_path / "nothing")
    with pytest.raises(LabelsError, match="nothing says"):
        jobs.check_labels(
            tars(tmp_path / "tars"), predictions=predictions(tmp_path / "p.parquet", source, {w: w for w in WNIDS})
        )


def test_exit_codes(tmp_path, capsys):
    source = photos(tmp_path / "photos")
    names = listed(tmp_path / "names.txt", NAMES)
    call = ["labels", "check", str(source), "--names", str(names)]
    assert _run(call) == 0
    listed(names, NAMES[::-1])
    assert _run([*call, "--json"]) == 2
    (tmp_path / "none").mkdir()
    (tmp_path / "none/1.jpg").write_bytes(b"no picture")
    capsys.readouterr()
    assert _run(["labels", "check", str(tmp_path / "none"), "--list", "ilsvrc"]) == 1
    assert "--label-place" in capsys.readouterr().out
    assert _run(["labels", "check", str(source)]) == 1
    assert "nothing was compared" in capsys.readouterr().out
    assert _run([*call, "--look", "3"]) == 1
    assert "scan" in capsys.readouterr().err


def test_terms_of_people_are_withheld(tmp_path):
    person = next(wnid for wnid in ("n09835506", "n10148035") if wnid in labels.wordnet())
    source = photos(tmp_path / "photos", (*WNIDS, person))
    names = listed(tmp_path / "names.txt", [person, *WNIDS])
    told = jobs.check_labels(source, names=names)
    term = labels.wordnet().synset(person).names[0]
    assert term not in "\n".join(told.lines()) + json.dumps(told.to_dict())
    assert term in "\n".join(jobs.check_labels(source, names=names, show_terms=True).lines())
