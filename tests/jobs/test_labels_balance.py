"""Balancing: the keys that are written leave the shares that were asked for, and the most samples that can."""

import random
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from overpaint import policy
from overpaint.errors import LabelsError, UsageError
from overpaint.jobs import balance_labels

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from fabricated_run import Fake, fabricate

DOG, CAT, HORN, CARNIVORE = "n02084071", "n02121808", "n03394916", "n02075296"


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A table of labels, a table of attributes, and what they say."""
    place, rng = tmp_path_factory.mktemp("balance"), random.Random(2)
    worn, age = {}, {}
    for label, hats in ((DOG, 0.8), (CAT, 0.4), (HORN, 1.0)):
        for number in range(60):
            key = f"{label}/{number}.jpg"
            worn[key] = "" if number < 5 else "hat" if rng.random() < hats else "scarf"
            age[key] = rng.choice(["old", "young"])
    (place / "table.csv").write_text("key,label\n" + "".join(f"{key},{key.partition('/')[0]}\n" for key in worn))
    (place / "a.csv").write_text("key,worn,age\n" + "".join(f"{key},{worn[key]},{age[key]}\n" for key in worn))
    return place, worn, age


def left(place, keys, of):
    gone = set(place.read_text().splitlines())
    assert len(gone) == len(place.read_text().splitlines())
    return Counter(of[key] for key in keys if key not in gone)


def test_each_class_by_itself(given, tmp_path):
    place, worn, _ = given
    to = tmp_path / "remove.txt"
    found = balance_labels(place / "table.csv", attributes=place / "a.csv", attribute=["worn"], to=to, at_least=2)
    for label in (DOG, CAT):
        keys = [key for key in worn if key.startswith(label)]
        counts = Counter(worn[key] for key in keys)
        stay = left(to, keys, worn)
        fewer = min(counts["hat"], counts["scarf"])
        assert min(stay["hat"], stay["scarf"]) == fewer
        assert sum(stay.values()) - stay[""] == min(2 * fewer + 1, counts["hat"] + counts["scarf"])
        assert stay[""] == 5  # who has no value stays
    assert left(to, [key for key in worn if key.startswith(HORN)], worn) == {"hat": 55, "": 5}  # nobody has a scarf
    assert [pool.balanced for pool in found.pools] == [True, True, False]
    assert found.removed == len(to.read_text().splitlines())
    assert "left as they are" in "\n".join(found.lines())
    assert to.stat().st_mode & 0o077 == 0


def test_two_attributes_at_once(given, tmp_path):
    place, worn, age = given
    to = tmp_path / "remove.txt"
    balance_labels(
        place / "table.csv",
        attributes=place / "a.csv",
        attribute=["worn", "age"],
        target=["hat=0.6,scarf=0.4", "uniform"],
        within=f"subtree:{CARNIVORE}",
        unknown="remove",
        to=to,
    )
    mine = [key for key in worn if not key.startswith(HORN)]
    hats, ages = left(to, mine, worn), left(to, mine, age)
    total = sum(hats.values())
    assert hats[""] == 0
    assert abs(hats["hat"] - 0.6 * total) < 1
    assert abs(ages["old"] - ages["young"]) <= 1
    assert not any(key.startswith(HORN) for key in to.read_text().splitlines())


def test_the_seed_says_who_goes_and_nothing_else_does(given, tmp_path):
    place, worn, _ = given
    one, other, again = (tmp_path / name for name in ("one.txt", "other.txt", "again.parquet"))
    source = place / "table.csv"
    balance_labels(source, attributes=place / "a.csv", attribute=["worn"], to=one, within="all")
    found = balance_labels(source, attributes=place / "a.csv", attribute=["worn"], to=other, within="all", seed=1)
    assert one.read_text() != other.read_text()
    assert left(one, worn, worn) == left(other, worn, worn)
    lines = source.read_text().splitlines()
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join([lines[0], *sorted(lines[1:], reverse=True)]) + "\n")
    balance_labels(shuffled, attributes=place / "a.csv", attribute=["worn"], to=again, within="all", seed=1)
    assert pq.read_table(again)["key"].to_pylist() == other.read_text().splitlines()
    kept = tmp_path / "kept.txt"
    balance_labels(source, attributes=place / "a.csv", attribute=["worn"], to=kept, within="all", seed=1, write="kept")
    assert sorted(kept.read_text().splitlines() + other.read_text().splitlines()) == sorted(worn)
    assert found.removed + len(kept.read_text().splitlines()) == len(worn)


def test_a_run_gives_what_its_decisions_leave_and_takes_the_list(tmp_path):
    samples = [
        Fake(f"train/{DOG}/{n:02d}\udcff.jpg", DOG, "train", outcome="removed" if n < 5 else "identical")
        for n in range(30)
    ]
    run = fabricate(tmp_path / "run", samples, shard_size=64)
    import pyarrow as pa

    keys = [f"train/{DOG}/{n:02d}\0ff.jpg" for n in range(30)]
    pq.write_table(pa.table({"key": keys, "worn": ["hat"] * 20 + ["scarf"] * 10}), tmp_path / "a.parquet")
    to = tmp_path / "remove.txt"
    found = balance_labels(run.path, attributes=tmp_path / "a.parquet", attribute=["worn"], to=to)
    assert (found.samples, found.removed) == (25, 4)  # 15 hats are left: one more than the scarves stays
    gone = policy.read_keys(to)
    assert len(gone) == 4
    assert set(gone) <= set(keys[5:20])


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"attribute": ["height"]}, "no such attribute; it has age, worn"),
        ({"attribute": []}, "give one, or two"),
        ({"attribute": ["worn", "worn"]}, "give one, or two"),
        ({"attribute": ["worn"], "target": ["uniform", "uniform"]}, "2 targets for 1"),
        ({"attribute": ["worn"], "within": "genus"}, "class, all, or subtree"),
        ({"attribute": ["worn"], "within": "subtree:n99999999"}, "n99999999"),
    ],
)
def test_what_cannot_be_balanced(given, tmp_path, words, match):
    place, _, _ = given
    with pytest.raises(LabelsError, match=match):
        balance_labels(place / "table.csv", attributes=place / "a.csv", to=tmp_path / "x", **words)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("key,name\na,b\n", "no column 'label'"),
        ("key,label\na,b\na,c\n", "more than once"),
        (b"key,label\n\xff,b\n", "UTF-8"),
    ],
)
def test_tables_that_are_none(given, tmp_path, text, match):
    place, _, _ = given
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LabelsError, match=match):
        balance_labels(path, attributes=place / "a.csv", attribute=["worn"], to=tmp_path / "x")


def test_a_key_that_is_no_line(tmp_path):
    (tmp_path / "t.csv").write_text('key,label\n"a\nb",c\nd,c\n')
    (tmp_path / "a.csv").write_text('key,worn\n"a\nb",hat\nd,hat\n')
    words = {"attributes": tmp_path / "a.csv", "attribute": ["worn"], "write": "kept"}
    with pytest.raises(UsageError, match=r"\.parquet"):
        balance_labels(tmp_path / "t.csv", to=tmp_path / "x.txt", **words)
    assert list(tmp_path.glob("*x.txt*")) == []
    balance_labels(tmp_path / "t.csv", to=tmp_path / "x.parquet", **words)
    assert pq.read_table(tmp_path / "x.parquet")["key"].to_pylist() == ["a\nb", "d"]
