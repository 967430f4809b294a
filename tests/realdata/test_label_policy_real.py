"""The published counts, recomputed from the published ratings; labels are counted, none is named."""

import csv
import dataclasses

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from overpaint import labels
from overpaint.jobs import filter_table

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def files(realdata):
    folder = realdata / "people_subtree"
    return [folder / "synsets_safety.csv", folder / "imageability_scores.csv"]


@pytest.fixture(scope="module")
def people(realdata):
    """ImageNet's own table of the subtree of person in WordNet, 6,982 of its things."""
    with (realdata / "people_subtree" / "person_synsets_joined.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def planned(wnids, name, files):
    counts = [labels.LabelCount(wnid, 10, n) for n, wnid in enumerate(wnids)]
    return labels.plan_labels(
        counts,
        labels.load_label_policy(name),
        taxonomy=labels.wordnet(),
        ratings=labels.ratings(files, installed_too=False),
        lists=labels.known_lists(),
    )


@pytest.mark.parametrize(("name", "left"), [("imagenet-2020-unsafe", 1_239), ("imagenet-2020-imageable", 158)])
def test_a_table_of_the_rated_labels_is_filtered_to_the_papers_counts(tmp_path, files, people, name, left):
    rated = [row["wnid"] for row in people if row["safety"]]
    assert len(rated) == 2_832
    pq.write_table(
        pa.table({"key": [f"{n}.jpg" for n in range(2 * 2_832)], "label": rated * 2}), tmp_path / "t.parquet"
    )
    found = filter_table(tmp_path / "t.parquet", tmp_path / "o.parquet", policy=name, ratings=files)
    assert (found.kept, found.removed, found.quarantined) == (2 * left, 2 * (2_832 - left), 0)
    assert len(found.plan.after) == left
    out = pq.read_table(tmp_path / "o.parquet")["label"]
    assert len(set(out.to_pylist())) == left
    stones = labels.read_tombstones(tmp_path / "o.parquet.label-tombstones.json").rows
    by = {word: sum(row.clause == word for row in stones) for word in ("offensive", "sensitive")}
    assert by == {"offensive": 437, "sensitive": 1_156}
    assert len(stones) == 2_832 - left
    assert all(row.label in rated and row.safety and row.images == 2 for row in stones)
    kept = {
        row["wnid"] for row in people if row["safety"] == "safe" and (left > 158 or float(row["imageability"]) >= 4)
    }
    assert set(found.plan.after) == kept


def test_the_unrated_people_of_21k_are_held(files, people):
    """21,843 classes: 2,837 under person, of which five have no rating."""
    known = labels.class_list("21k").identifiers
    made = planned(known, "imagenet-2020-unsafe", files)
    tree = labels.wordnet()
    under = {wnid for wnid in known if wnid == labels.PERSON or labels.PERSON in tree.ancestors(wnid)}
    assert len(under) == 2_837
    assert under == {row["wnid"] for row in people if row["in_imagenet21k_fall11"] == "1"}
    held = {decision.label for decision in made.decisions if decision.held}
    assert held == {row["wnid"] for row in people if row["in_imagenet21k_fall11"] == "1" and not row["safety"]}
    assert len(held) == 5
    assert made.summary()["by_action"] == {
        "hold": {"classes": 5, "images": 50},
        "keep": {"classes": 20_245, "images": 202_450},
        "remove": {"classes": 1_593, "images": 15_930},
    }
    assert all("21k" in row.lists for row in made.tombstones().rows)
    assert not any("ilsvrc" in row.lists for row in made.tombstones().rows)


def test_the_people_of_the_challenge_stay(files):
    made = planned(labels.class_list("ilsvrc").identifiers, "imagenet-2020-unsafe", files)
    assert made.after == made.before
    assert [d.index for d in made.decisions if d.rating] == [981, 982, 983]
    assert [d.label for d in made.decisions if d.rating] == ["n09835506", "n10148035", "n10565667"]


def test_moving_up_never_leaves_the_people(files):
    policy = labels.load_label_policy("imagenet-2020-unsafe")
    upwards = tuple(dataclasses.replace(clause, action="ancestor") for clause in policy.clauses)
    policy = dataclasses.replace(policy, clauses=upwards)
    rated = labels.ratings(files, installed_too=False)
    known = labels.class_list("21k").identifiers
    made = labels.plan_labels(
        [labels.LabelCount(wnid, 1, n) for n, wnid in enumerate(known)],
        policy,
        taxonomy=labels.wordnet(),
        ratings=rated,
    )
    moved = [decision for decision in made.decisions if decision.action == "ancestor"]
    assert len(moved) + sum(decision.action == "remove" for decision in made.decisions) == 1_593
    assert len(moved) == 630  # nobody rated the root, so that the others have nobody above them who is kept
    for decision in moved:
        assert rated[decision.to].safety == "safe"
        assert decision.to in labels.wordnet().ancestors(decision.label)
