"""A dataset's labels looked at, and a copy of it under a label policy."""

import json

import pytest
from labelled_datasets import CLASSES, DIVER, GROOM, POLICY, RATINGS, TENCH, folder, tar
from small_dataset import tree

from overpaint import labels
from overpaint.errors import UsageError


@pytest.fixture
def told(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "labels.toml").write_text(POLICY)
    return {"policy": tmp_path / "labels.toml", "ratings": [tmp_path / "ratings.csv"]}


def test_what_would_be_done_is_what_is_done(tmp_path, told):
    source = folder(tmp_path / "in")
    before = tree(tmp_path)
    foreseen = labels.filter(source, dry_run=True, **told)
    assert tree(tmp_path) == before
    done = labels.filter(source, tmp_path / "out", workers=1, **told)
    names = ("rows", "kept", "relabelled", "removed", "quarantined")
    assert [getattr(foreseen, name) for name in names] == [getattr(done, name) for name in names] == [18, 12, 3, 3, 3]
    assert foreseen.plan == done.plan
    assert (done.failed, done.run) == (0, tmp_path / "out.run")
    assert not any(GROOM in path for path in tree(tmp_path / "out"))
    assert any("18 images: 12 kept" in line for line in done.lines())
    assert json.dumps(done.to_dict())


def test_a_table_goes_its_own_way(tmp_path, told):
    table = tmp_path / "labels.csv"
    table.write_text("key,label\n" + "".join(f"{number}.jpg,{label}\n" for number, label in enumerate(CLASSES)))
    done = labels.filter(table, tmp_path / "left.csv", **told)
    assert (done.rows, done.kept, done.removed, done.quarantined) == (6, 4, 1, 1)
    with pytest.raises(UsageError, match="--container is for a dataset"):
        labels.filter(table, tmp_path / "other.csv", container="folder", **told)


def test_options_of_tables_are_not_for_datasets(tmp_path, told):
    source = folder(tmp_path / "in", images=1)
    with pytest.raises(UsageError, match="--column is for a table"):
        labels.filter(source, tmp_path / "out", column="label", **told)
    with pytest.raises(UsageError, match="DEST"):
        labels.filter(source, **told)


def test_an_audit(tmp_path, told):
    source = folder(tmp_path / "in")
    (source / "train" / "wibbleword").mkdir()
    (source / "train" / "wibbleword" / "0.JPEG").write_bytes(next((source / "train" / TENCH).iterdir()).read_bytes())
    before = tree(tmp_path)
    found = labels.audit(source, ratings=told["ratings"])
    assert tree(tmp_path) == before
    assert (found.images, found.unlabelled, found.places) == (19, 0, ("path",))
    by_label = {one.label: one for one in found.classes}
    assert by_label[TENCH].listed["ilsvrc"] == 0
    assert not by_label[TENCH].person
    assert (by_label[GROOM].safety, by_label[GROOM].person) == ("offensive", True)
    assert by_label[DIVER].unrated
    assert by_label["wibbleword"].how == "unknown"
    sizes = found.to_dict()["kinds"]
    assert sizes["unrated_person"] == {"classes": 1, "images": 3}
    assert sizes["person"]["classes"] == 3
    told_here = "\n".join(found.lines())
    assert "kinds of person that nobody judged: 1 class, 3 images" in told_here
    assert labels.wordnet().synset(GROOM).names[0] not in told_here


def test_an_audit_of_a_tar_reads_members(tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(CLASSES) + "\n")
    found = labels.audit(tar(tmp_path / "in"), label_list=str(tmp_path / "names.txt"), label_places=[".cls"])
    assert [(one.label, one.index, one.images) for one in found.classes] == [
        (label, number, 3) for number, label in enumerate(CLASSES)
    ]


def test_what_could_not_be_copied_is_counted_once(tmp_path, told):
    source = folder(tmp_path / "in")
    for label in (TENCH, GROOM):  # one would stay, one would go whatever it is
        (source / "train" / label / f"{label}_0.JPEG").write_bytes(b"no picture")
    done = labels.filter(source, tmp_path / "out", workers=1, **told)
    assert (done.rows, done.kept, done.relabelled, done.removed, done.quarantined, done.failed) == (18, 11, 2, 3, 3, 1)
