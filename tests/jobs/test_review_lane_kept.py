"""What went into the no-view lane by other ways than the page stays out of what a review writes."""

import csv
import shutil

import pytest

import overpaint
from overpaint import review
from overpaint.errors import UsageError
from overpaint.rundir import Run


@pytest.fixture
def run(scrubbed, tmp_path):
    """A finished scrub of our own: its run."""
    _, dest, _ = scrubbed
    shutil.copytree(dest, tmp_path / "out", symlinks=True)
    shutil.copytree(f"{dest}.run", tmp_path / "out.run", symlinks=True)
    bound = tmp_path / "out.run/private/destination.json"
    bound.write_text(bound.read_text().replace(str(dest), str(tmp_path / "out")))
    return tmp_path / "out.run"


def test_what_was_put_into_the_lane_by_a_list_is_not_exported(run, tmp_path):
    review.open(run, harm=0.0, question=["boxes"], thing=["face"])
    with review.opened(run) as (_, bench):
        samples = sorted({one.question.sample for one in bench.store.questions()})
    (tmp_path / "keys.txt").write_text(f"{samples[0]}\n")
    overpaint.lane(run, add=tmp_path / "keys.txt", workers=1)
    review.export(run, tmp_path / "tasks", format="label-studio", tasks=True)
    written = "".join(file.read_text() for file in (tmp_path / "tasks").rglob("*") if file.is_file())
    assert samples[0] not in written
    assert samples[1] in written


def test_flags_of_a_file_put_a_picture_into_the_lane_too(tmp_path):
    pictures = tmp_path / "candidates"
    pictures.mkdir()
    from PIL import Image

    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (40, 30)).save(pictures / name)
    review.open(pictures, question=["category"], label="cat")
    with review.opened(pictures) as (place, bench):
        bench.store.add([review.Question(review.Kind.FLAGS, "", "a.jpg", 40, 30)])
        file = tmp_path / "answers.csv"
        review.export(pictures, file)
        with file.open() as known:
            columns = next(csv.reader(known))
        name = next(one.name for one in bench.store.questions() if one.question.kind == "flags")
        row = {"task": name, "sample": "a.jpg", "kind": "flags", "worker": "w", "label": "sexual|minor"}
        told = [row.get(column, "") for column in columns]
        with file.open("w", newline="") as out:
            csv.writer(out).writerows([columns, told])
        assert review.add_answers(pictures, file).answers == 1
        assert place.aside().held("a.jpg")
        assert not [one for one in bench.store.questions(state="open") if one.question.sample == "a.jpg"]
        bench.store.erase("a.jpg", known_as="x")
    review.open(pictures, question=["category"], label="cat")
    with review.opened(pictures) as (_, bench):
        assert not [one for one in bench.store.questions(state="open") if one.question.sample == "a.jpg"]


def test_no_password_in_the_address_however_it_is_written(run):
    with pytest.raises(UsageError, match="password"):
        review.open(run, store="postgresql+psycopg://host/name?password=secret")


def test_a_comparison_of_policies_knows_what_people_said(run, tmp_path):
    review.open(run, harm=0.0, question=["boxes"], thing=["face"])
    with review.open_desk(run) as desk:
        desk.bench.set_settings({"most": 1})
        link = desk.store.add_link(role="reviewer", token_hash=b"r" * 32, expires=9e9, settings={}, now=desk.clock())
        who = desk.store.worker_for(link.id, None, now=desk.clock()).id
        while isinstance(got := desk.next(who), list):
            desk.submit(who, got[0].token, {"boxes": [], "nothing": True}, seconds=3)
    denied = set(overpaint.decide(run).keys())
    assert denied
    other = tmp_path / "other.toml"
    other.write_text(Run.open(run).plan().policy.replace('"redact"', '"keep"'))
    assert not denied & set(overpaint.decide(run, diff=other).keys())
