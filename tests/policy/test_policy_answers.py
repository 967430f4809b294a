"""What people said decides before the rules of detectors do."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overpaint.policy import decide
from overpaint.records import ANSWERS

RULES = """
[[rule]]
name = "faces"
kind = "face"
min_confidence = 0.6
treatment = "redact"
reason = "Faces go."

[[rule]]
name = "doubtful"
kind = "face"
detectors = ["unconfirmed"]
treatment = "keep"
review = true
reason = "People decide."

[[rule]]
name = "any text"
kind = "text-*"
treatment = "quarantine"
review = true
reason = "People decide."
"""
BOX = (10.0, 10.0, 30.0, 40.0)


def answers(*rows):
    filled = []
    for given_ in rows:
        one = dict(given_)
        box = one.pop("box", None)
        corners = dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)) | {"page": 0} if box else {}
        filled.append({"key": "a.jpg", "kind": "face", "subject": 0, "people": 3} | corners | one)
    return pa.Table.from_pylist(filled, schema=ANSWERS)


@pytest.fixture
def decided(samples, findings, policy):
    def _decided(found, said, keys=("a.jpg",)):
        return decide(
            samples(*({"key": key} for key in keys)), findings(*found), policy(RULES), answers=said
        ).to_pylist()

    return _decided


def test_what_they_deny_is_kept_whatever_a_rule_says(decided):
    found = [{"key": "a.jpg", "box": BOX, "score": 0.99}, {"key": "a.jpg", "kind": "text-adult", "subject": 1}]
    said = answers({"probability": 0.02}, {"kind": "text-adult", "subject": 1, "probability": 0.1, "people": 2})
    face, text = decided(found, said)
    assert (face["treatment"], face["basis"], text["treatment"], text["basis"]) == (
        "keep",
        "people:3",
        "keep",
        "people:2",
    )
    assert not face["review"]
    assert not text["review"]


def test_what_they_confirm_goes_by_the_rules_with_their_probability_and_their_box(decided):
    found = [{"key": "a.jpg", "box": BOX, "score": 0.3}]
    (row,) = decided(found, answers({"probability": 0.97, "box": (8, 9, 31, 42)}))
    assert (row["treatment"], row["basis"]) == ("redact", "people:3 rule:faces")
    assert (row["x0"], row["y1"]) == (8, 42)
    (row,) = decided(found, answers({"probability": 0.55}))  # not denied, and not enough for the rule
    assert (row["treatment"], row["basis"], row["x0"]) == ("keep", "people:3 no-rule", 10)


def test_their_word_ends_the_doubt_of_the_confirm_step(decided):
    found = [
        {"key": "a.jpg", "box": BOX, "score": 0.5},
        {"key": "a.jpg", "box": BOX, "score": 0.5, "detector": "unconfirmed"},
    ]
    (row,) = decided(found, None)
    assert (row["basis"], row["review"]) == ("rule:doubtful", True)
    (row,) = decided(found, answers({"probability": 0.9}))
    assert (row["treatment"], row["review"]) == ("redact", None)


def test_what_no_detector_saw_is_a_finding_of_theirs(decided):
    said = answers(
        {"subject": -1, "probability": 0.9, "box": BOX},
        {"subject": -1, "probability": 0.8, "box": (50, 10, 70, 40)},
        {"subject": -1, "probability": 0.1, "box": (50, 50, 70, 70)},
    )
    rows = decided([{"key": "b.jpg", "box": BOX}], said, keys=("a.jpg", "b.jpg"))
    assert [(r["key"], r["treatment"], r["x0"]) for r in rows] == [
        ("a.jpg", "redact", 10),
        ("a.jpg", "redact", 50),
        ("a.jpg", "keep", 50),
        ("b.jpg", "redact", 10),
    ]
    assert len({(r["key"], r["subject"]) for r in rows}) == 4


def test_a_picture_they_mark_and_no_rule_speaks_of_is_held_back(decided):
    said = answers({"kind": "flag-other", "subject": -1, "probability": 0.8, "people": 2})
    (row,) = decided([{"key": "b.jpg", "box": BOX, "score": 0.1}], said, keys=("a.jpg", "b.jpg"))[:1]
    assert (row["key"], row["treatment"], row["basis"]) == ("a.jpg", "quarantine", "people:2")
    (row,) = decided([], answers({"kind": "flag-other", "subject": -1, "probability": 0.4}))
    assert row["treatment"] == "keep"


def test_in_an_animation_all_frames_stay_and_their_box_is_one_more(decided):
    found = [{"key": "a.jpg", "box": (i, 0, i + 10, 10), "frame": i, "score": 0.4} for i in range(3)]
    rows = decided(found, answers({"probability": 0.9, "box": (40, 0, 50, 10)}))
    assert sorted(r["x0"] for r in rows if r["treatment"] == "redact") == [0, 1, 2, 40]
    assert {r["treatment"] for r in decided(found, answers({"probability": 0.1, "box": (40, 0, 50, 10)}))} == {"keep"}


def test_only_the_head_where_a_rule_wants_no_more(samples, findings, policy):
    text = RULES + '[[rule]]\nname = "p"\nkind = "person"\npart = "head"\ntreatment = "redact"\nreason = "why"\n'
    found = findings({"key": "a.jpg", "kind": "person", "box": (10, 10, 30, 70)})
    said = answers({"kind": "person", "probability": 0.9})
    plain = decide(samples({"key": "a.jpg"}), found, policy(text)).to_pylist()[0]
    asked = decide(samples({"key": "a.jpg"}), found, policy(text), answers=said).to_pylist()[0]
    assert asked["y1"] == plain["y1"] < 70
    said = answers({"kind": "person", "probability": 0.1})
    assert decide(samples({"key": "a.jpg"}), found, policy(text), answers=said).to_pylist()[0]["y1"] == 70


def test_a_consent_or_an_allowed_box_wins_over_their_word(samples, findings, policy):
    text = RULES + '[[allow]]\nsamples = ["a.jpg"]\nkind = "face"\nreason = "a statue"\n'
    found = findings({"key": "a.jpg", "box": BOX})
    (row,) = decide(samples({"key": "a.jpg"}), found, policy(text), answers=answers({"probability": 0.99})).to_pylist()
    assert row["treatment"] == "keep"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the fixtures are functions without state
@given(st.data())
def test_samples_nobody_was_asked_about_are_decided_as_ever(samples, findings, policy, data):
    scores = st.sampled_from([0.1, 0.5, 0.7, 0.9])
    one = st.fixed_dictionaries(
        {"key": st.sampled_from(["a.jpg", "b.jpg"]), "subject": st.integers(0, 2), "score": scores, "box": st.just(BOX)}
    )
    found = data.draw(st.lists(one, min_size=1, max_size=6))
    said = answers(*({"subject": n, "probability": p} for n, p in enumerate(data.draw(st.lists(scores, max_size=3)))))
    keys = samples({"key": "a.jpg"}, {"key": "b.jpg"})
    plain = decide(keys, findings(*found), policy(RULES)).to_pylist()
    asked = decide(keys, findings(*found), policy(RULES), answers=said).to_pylist()
    assert [r for r in asked if r["key"] == "b.jpg"] == [r for r in plain if r["key"] == "b.jpg"]
    answered = np.array([r["basis"].startswith("people:") for r in asked if r["key"] == "a.jpg"], bool)
    known = set(said.column("subject").to_pylist())
    assert answered.tolist() == [r["subject"] in known for r in asked if r["key"] == "a.jpg"]
