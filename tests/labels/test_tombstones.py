"""What is left of labels that went names no word that went."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from overpaint.errors import LabelsError
from overpaint.labels import Fate, ImageRule, LabelDecision, LabelPlan, Rating, Tombstones, read_tombstones
from overpaint.labels._plan_facts import Class, Origin

SAID = Rating("n00000001", "offensive", 2.5, "raters", "2019-09-01", 10, 0.9)
ORIGIN = Origin("t", "u", "c", dt.date(2026, 1, 2).isoformat(), "d" * 64, "Woods")


def gone(label: str, thing: str | None, action: str, to: str | None = None, **more: object) -> LabelDecision:
    return LabelDecision(label, thing, None, 7, action, to, None, "one", "because", **more)  # type: ignore[arg-type]


PLAN = LabelPlan(
    ORIGIN,
    (
        gone("n00000001_madeup", "n00000001", "remove", rating=SAID, lists=("ilsvrc", "21k")),
        gone("unmentionable", None, "remove"),
        gone("kept", None, "keep", "kept"),
        gone("named", None, "rename", "newly"),
        gone("kitten", None, "merge", "kept"),
        gone("unknown", "n00000005", "hold", held=True),
    ),
    (Class(0, "kept", "n00000002"), Class(1, "newly")),
    ImageRule(),
)


def test_each_label_that_went_has_one():
    rows = PLAN.tombstones().rows
    assert [(row.label, row.action, row.to) for row in rows] == [
        ("n00000001", "remove", None),
        ("label-002", "remove", None),
        ("label-005", "merge", "n00000002"),
        ("n00000005", "hold", None),
    ]
    first = rows[0]
    assert (first.images, first.safety, first.imageability, first.source, first.date) == (
        *(7, "offensive", 2.5, "raters", "2019-09-01"),
    )
    assert (first.clause, first.reason, first.lists) == ("one", "because", ("ilsvrc", "21k"))


def test_no_word_that_went_is_in_the_file():
    text = PLAN.tombstones().to_json()
    for word in ("madeup", "unmentionable", "kitten", "unknown", "named"):
        assert word not in text


def test_identifiers_that_are_words_are_not_published_either():
    """A hierarchy of one's own may call things by their names."""
    plan = LabelPlan(
        ORIGIN,
        (gone("some-folk", "some-folk", "remove"), gone("b", "Q42", "remove"), gone("kept", "kept", "keep", "kept")),
        (Class(0, "kept", "kept"),),
        ImageRule(),
    )
    assert [row.label for row in plan.tombstones().rows] == ["label-001", "Q42"]
    assert [row.old_label for row in plan.index_map()] == ["label-001", "Q42", "kept"]


def test_there_and_back(tmp_path):
    path = tmp_path / "tombstones.json"
    path.write_text(PLAN.tombstones().to_json(), "utf-8")
    assert read_tombstones(path) == PLAN.tombstones()
    assert Tombstones.from_json(Tombstones(ORIGIN, ()).to_json()).rows == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.update(version=9), "version 1"),
        (lambda found: found.update(kind="other"), "no label tombstones"),
        (lambda found: found["tombstones"][0].pop("images"), "damaged"),
        (lambda found: found["tombstones"][0].update(images="7"), "damaged"),
        (lambda found: found["tombstones"][0].update(action="burn"), "damaged"),
        (lambda found: found["tombstones"][0].update(lists="ilsvrc"), "damaged"),
        (lambda found: found["tombstones"][0].update(more=1), "damaged"),
        (lambda found: found.pop("policy"), "damaged"),
    ],
)
def test_what_is_damaged_is_refused(change, message):
    found = json.loads(PLAN.tombstones().to_json())
    change(found)
    with pytest.raises(LabelsError, match=message):
        Tombstones.from_json(json.dumps(found))


def test_a_file_that_is_not_there_or_no_json(tmp_path):
    with pytest.raises(LabelsError, match="cannot be read"):
        read_tombstones(tmp_path / "nothing.json")
    with pytest.raises(LabelsError, match="is no JSON"):
        Tombstones.from_json("{")


def test_the_plan_made_by_hand_works():
    assert PLAN.fate(["kitten"]) == Fate(("kept",), "keep", ("one",), "because")
