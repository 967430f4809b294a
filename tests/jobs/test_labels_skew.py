"""Skew, before and after: planted in a fabricated run, and found; nothing of a sample is told."""

import json
import random
import sys
from pathlib import Path

import pytest

from overpaint.errors import LabelsError, RunError
from overpaint.jobs import skew_labels

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from fabricated_run import Fake, fabricate

DOG, CAT, BIRD, HORN, PLAYER, GROOM = "n02084071", "n02121808", "n01503061", "n03394916", "n09835506", "n10148035"
ANIMAL_PARENT, PERSON = "n02075296", "n00007846"  # carnivore: dog and cat


def samples(label, count, *, gone=0, painted=0, faces=0, failed=0):
    """Of a class: so many removed, painted, with a face, failed."""
    made = []
    for number in range(count):
        outcome = "removed" if number < gone else "failed" if number < gone + failed else "identical"
        if gone + failed <= number < gone + failed + painted:
            outcome = "redacted"
        has = number >= count - faces or outcome == "redacted"
        made.append(
            Fake(
                f"train/{label}/{number:03d}.jpg", label, "train", outcome=outcome, looked=outcome != "failed",
                faces=[(0, 0, 9, 9, 0.9)] if has else [], faces_painted=int(outcome == "redacted"),
            )
        )  # fmt: skip
    return made


def table(path, rows):
    path.write_text("key,attribute,value\n" + "".join(f"{key},{name},{value}\n" for key, name, value in rows))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Read only."""
    every = [
        *samples(DOG, 40, gone=30),
        *samples(CAT, 40, painted=10),
        *samples(HORN, 40, failed=2),
        *samples(PLAYER, 40, faces=20),
        *samples("qwertz uiop", 3),
        *samples("other things", 30),
    ]
    return fabricate(tmp_path_factory.mktemp("skew") / "run", every, shard_size=64)


def part(facts, who):
    return next(p for p in (*facts.subtrees, *facts.classes) if p.who == who)


def test_classes_and_subtrees_before_and_after(run):
    facts = skew_labels(run.path).facts
    dog, carnivore = part(facts, DOG), part(facts, ANIMAL_PARENT)
    assert (dog.before.images, dog.left, dog.before.removed) == (40, 10, 30)
    assert (carnivore.before.images, carnivore.left, carnivore.before.redacted, carnivore.classes) == (80, 50, 10, 2)
    assert part(facts, CAT).before.people == 10
    assert part(facts, PLAYER).before.with_face == 20
    assert part(facts, HORN).before.failed == 2
    assert (facts.total.before.images, facts.total.left) == (193, 161)
    assert "face of confidence 0.6" in facts.basis
    assert "generation 0001" in facts.after


def test_small_labels_without_a_meaning_are_summed(run):
    """A folder may be named after the person in it."""
    facts = skew_labels(run.path).facts
    assert "qwertz" not in json.dumps(facts.to_dict())
    assert facts.summed == 1
    assert facts.classes[-1].before.images == 3
    assert part(facts, "other things").before.images == 30


def test_who_loses_most_is_told_first(run):
    facts = skew_labels(run.path).facts
    classes = [loss for loss in facts.losses if loss.kind == "class"]
    assert classes[0].who == DOG
    assert classes[0].q < 0.001
    assert HORN not in {loss.who for loss in classes}
    assert facts.tested["class"] == 5


def test_a_planted_attribute_is_found_and_small_groups_are_not_told(run, tmp_path):
    rng = random.Random(1)
    rows = [
        (f"train/{label}/{n:03d}.jpg", "worn", "hat" if rng.random() < (0.7 if label == DOG else 0.25) else "scarf")
        for label in (DOG, CAT, HORN, PLAYER)
        for n in range(40)
    ]
    rows += [(f"train/{CAT}/{n:03d}.jpg", "rare", "few" if n < 4 else "some" if n < 20 else "many") for n in range(40)]
    result = skew_labels(run.path, attributes=table(tmp_path / "a.csv", rows))
    facts = result.facts
    (most, *_) = [loss for loss in facts.losses if loss.kind == "attribute"]
    assert (most.who, most.q < 0.01, most.ratio.low > 1) == ("worn: hat", True, True)
    groups = {(group.attribute, group.value): group for group in facts.groups}
    assert groups["rare", "few"].before is None
    assert groups["rare", "some"].before is None  # or the few could be reckoned from the sum
    assert groups["rare", "many"].before == 20
    lean = facts.leans[0]
    assert (lean.attribute, lean.ratio.low > 1 or lean.ratio.high < 1) == ("worn", True)
    assert DOG in {lean.who for lean in facts.leans}
    shown = skew_labels(run.path, attributes=tmp_path / "a.csv", show_small=True).facts
    assert {(g.value, g.before) for g in shown.groups if g.attribute == "rare"} == {
        ("few", 4),
        ("some", 16),
        ("many", 20),
    }
    told = json.dumps(result.to_dict()) + "\n".join(result.lines())
    assert ".jpg" not in told


def test_a_policy_that_is_not_in_force(run, tmp_path):
    policy = tmp_path / "labels.toml"
    policy.write_text(
        'version = 1\ntitle = "Cats go, players move"\nuse = "a test"\ncommunity = "nobody"\nrevision = 2026-11-22\n'
        "[hold]\nunder = []\n"
        f'[[clause]]\nname = "cats"\nreason = "A test."\naction = "remove"\nids = ["{CAT}"]\n'
        f'[[clause]]\nname = "players"\nreason = "A test."\naction = "merge"\nto = "other things"\nids = ["{PLAYER}"]\n'
    )
    facts = skew_labels(run.path, labels=policy).facts
    cat, player = part(facts, CAT), part(facts, PLAYER)
    assert cat.emptied
    assert cat.before.removed == 40
    assert (player.left, player.after.images, player.emptied, player.moved_to) == (40, 0, False, "other things")
    assert part(facts, "other things").after.images == 70
    assert part(facts, ANIMAL_PARENT).left == 10
    assert "Cats go" in facts.after


def test_before_anything_is_decided(tmp_path):
    run = fabricate(tmp_path / "run", samples(DOG, 12), acted=False)
    facts = skew_labels(run.path).facts
    assert not facts.has_after
    assert facts.after == "Nothing is decided yet."
    assert facts.losses == ()
    assert facts.total.before.waiting == 12


def test_the_lane_is_held_and_nothing_else(tmp_path):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    run = fabricate(tmp_path / "run", [*samples(DOG, 12, faces=12), *samples(CAT, 12)], shard_size=24)
    (path,) = (run.private / "samples").glob("*.parquet")
    rows = pq.read_table(path)
    lane = pc.equal(rows["key"], f"train/{DOG}/011.jpg")
    lane = pa.array([True if one else None for one in lane.to_pylist()])
    pq.write_table(rows.set_column(rows.column_names.index("lane"), "lane", lane), path)
    attributes = table(tmp_path / "a.csv", [(f"train/{DOG}/{n:03d}.jpg", "a", "b") for n in range(12)])
    facts = skew_labels(run.path, attributes=attributes, show_small=True).facts
    assert facts.held == 1
    assert part(facts, DOG).before.images == part(facts, DOG).before.faces == 11
    assert facts.total.before.images == 23
    assert facts.groups[0].before == 11


def test_the_root_and_other_arguments(run, tmp_path):
    facts = skew_labels(run.path, root=ANIMAL_PARENT).facts
    assert [p.who for p in facts.subtrees] == [ANIMAL_PARENT]
    with pytest.raises(LabelsError, match="--root n99999999"):
        skew_labels(run.path, root="n99999999")
    with pytest.raises(RunError, match="not a run"):
        skew_labels(tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("key,a\nnobody,x\n", "none of its 1 keys"),
        ("name,a\nnobody,x\n", "no column 'key'"),
        ("key\nnobody\n", "0 columns beside"),
        ("key,a\nnobody,\n", "no cell has a value"),
        ("key,a\n" + "".join(f"k{n},v{n}\n" for n in range(201)), "201 values"),
        ("key," + ",".join(f"a{n}" for n in range(21)) + "\n", "21 columns"),
        ("key,a\nk," + "x" * 65 + "\n", "more than 64"),
    ],
)
def test_attributes_that_are_none(run, tmp_path, text, word):
    path = tmp_path / "a[1]*.csv"
    path.write_text(text)
    with pytest.raises(LabelsError, match=word):
        skew_labels(run.path, attributes=path)


def test_wide_and_parquet_say_the_same(run, tmp_path):
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    keys = [f"train/{DOG}/{n:03d}.jpg" for n in range(40)]
    wide = tmp_path / "wide.csv"
    wide.write_text("key,a,b\n" + "".join(f"{k},{n % 2},{'x' if n % 3 else ''}\n" for n, k in enumerate(keys)))
    long = table(
        tmp_path / "long.csv",
        [(k, "a", n % 2) for n, k in enumerate(keys)] + [(k, "b", "x") for n, k in enumerate(keys) if n % 3],
    )
    pq.write_table(pc.read_csv(wide), tmp_path / "wide.parquet")
    told = [skew_labels(run.path, attributes=path).to_dict() for path in (wide, long, tmp_path / "wide.parquet")]
    assert told[0] == told[1] == told[2]
    assert len(told[0]["crossings"]) == 2


def test_the_page_is_written_and_names_no_sample(run, tmp_path):
    page = tmp_path / "labels.html"
    rows = [(f"train/{DOG}/{n:03d}.jpg", "worn", "hat" if n % 3 else "scarf") for n in range(40)]
    found = skew_labels(run.path, attributes=table(tmp_path / "a.csv", rows), page=page)
    text = page.read_text()
    assert found.page == page
    assert f"page: {page}" in found.lines()
    assert "worn" in text
    assert ".jpg" not in text
    assert "qwertz" not in text
    skew_labels(run.path, attributes=tmp_path / "a.csv", page=tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text() == text


def test_where_nobody_looked_nothing_is_said_of_people(tmp_path):
    run = fabricate(tmp_path / "run", samples(DOG, 12), kinds=())
    result = skew_labels(run.path, page=tmp_path / "p.html")
    assert result.facts.basis == "Nobody looked for people in any picture."
    assert result.facts.total.before.rates()["people"].share is None
    assert "with people: nobody looked" in result.lines()[0]
    assert "Nobody looked for people" in (tmp_path / "p.html").read_text()
