"""The fabricated people subtree: what is planted is found, and what is not is not."""

import sys
from pathlib import Path

from overpaint import labels
from overpaint.jobs import skew_labels

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))

from fabricated_run import Fake, fabricate

import people_subtree

POLICY = """
version = 1
title = "By ratings"
use = "a test"
community = "nobody"
revision = 2026-11-22
[hold]
under = []
[[clause]]
name = "rated"
reason = "Made up."
safety = ["offensive", "sensitive"]
action = "remove"
"""


def test_the_planted_skew_is_found(tmp_path):
    wnids = sorted(labels.wordnet().descendants(labels.PERSON))[:180]
    said = ["safe" if place % 2 else ("offensive", "sensitive")[place // 2 % 2] for place in range(len(wnids))]
    ratings = tmp_path / "ratings.csv"  # made up: nothing of what people judged
    ratings.write_text("wnid,safety\n" + "".join(f"{one},{word}\n" for one, word in zip(wnids, said, strict=True)))
    planted = people_subtree.make(tmp_path / "made", ratings)
    assert planted["labels safe"] == 90
    keys = sorted(path.relative_to(tmp_path / "made/images") for path in (tmp_path / "made/images").rglob("*.jpg"))
    assert len(keys) == planted["images"]
    run = fabricate(tmp_path / "run", [Fake(key.as_posix(), key.parent.name) for key in keys], shard_size=2000)
    (tmp_path / "labels.toml").write_text(POLICY)
    facts = skew_labels(
        run.path, labels=tmp_path / "labels.toml", ratings=[ratings], attributes=tmp_path / "made/attributes.csv"
    ).facts
    assert (facts.total.classes_after, facts.total.left) == (90, planted["images safe"])
    told = {loss.who: loss for loss in facts.losses if loss.kind == "attribute"}
    groups = {(group.attribute, group.value): group for group in facts.groups}
    assert told["group: a"].worse > 1.3
    assert told["group: a"].q < 0.001
    assert told["group: a"].ratio.how == "classes"
    assert told["side: left"].worse < 1
    assert told["side: right"].worse < 1
    assert groups["group", "a"].after == planted["images safe a"]
    assert [g.value for g in facts.groups if g.emptied] == ["only-there"]


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    ratings = tmp_path / "ratings.csv"
    ratings.write_text("wnid,safety\nn00000001,safe\nn00000002,sensitive\n")
    for name in ("one", "other"):
        people_subtree.make(tmp_path / name, ratings, seed=3)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) > 8
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "other" / f).read_bytes() for f in files)
