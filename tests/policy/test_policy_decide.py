"""Deciding: equal to the slow reference on anything, and the cases people rely on one by one."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_reference import reference

from overpaint.errors import RunError
from overpaint.policy import Allow, Consent, Policy, Removal, Rule, decide
from overpaint.records import DECISIONS, FINDINGS, SAMPLES, Box, Treatment

RULE = '[[rule]]\nname = "faces"\nkind = "face"\nmin_confidence = 0.6\ntreatment = "redact"\nreason = "why"\n'

KEYS = ["a/1.jpg", "a/2.jpg", "b/[1].jpg", "b/2\x00ff.jpg", "c.jpg"]
WORDS = {"kind": ["face", "plate", "faces"], "detector": ["yunet", "centerface"], "name": ["a", "ab", "b"]}
NUMBERS = [0.0, 0.1, 0.3, 0.5, 0.6, 0.7, 1.0]
SPANS = [0, 4, 8, 10.5, 20, 24, 40]


def optional(strategy):
    return st.none() | strategy


def globs(words):
    some = st.sampled_from([*words, "*", "a*", "?", "[ab]", "[!a]*", "face*"])
    return st.lists(some, min_size=1, max_size=2).map(tuple)


@st.composite
def boxes(draw):
    x0, x1 = sorted(draw(st.lists(st.sampled_from(SPANS), min_size=2, max_size=2, unique=True)))
    y0, y1 = sorted(draw(st.lists(st.sampled_from(SPANS), min_size=2, max_size=2, unique=True)))
    return Box(float(x0), float(y0), float(x1), float(y1))


CONDITIONS = {
    "detectors": globs(WORDS["detector"]),
    "min_confidence": st.sampled_from(NUMBERS),
    "max_confidence": st.sampled_from(NUMBERS),
    "min_size": st.sampled_from([2.0, 4.0, 10.0]),
    "max_size": st.sampled_from([2.0, 4.0, 10.0]),
    "min_share": st.sampled_from([0.1, 0.25]),
    "classes": globs(WORDS["name"]),
    "not_classes": globs(WORDS["name"]),
    "splits": globs(WORDS["name"]),
    "min_score": st.sampled_from(NUMBERS),
    "review": st.just(True),
}


@st.composite
def rules(draw):
    """Few conditions each, so that several rules often match one finding."""
    names = draw(st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=2, unique=True))
    return Rule(
        name=draw(st.sampled_from(["r", "s", "t"])),
        kind=draw(st.sampled_from(["face", "*", "plate", "f*"])),
        treatment=draw(st.sampled_from(list(Treatment))),
        reason=draw(st.sampled_from(["x", "y"])),
        **{name: draw(CONDITIONS[name]) for name in names},
    )


keys = st.sampled_from(KEYS)
kinds = st.sampled_from(["face", "*", "plate"])
days = st.sampled_from([dt.date(2026, 4, 30), dt.date(2026, 5, 1), dt.date(2026, 5, 2)])
allows = st.one_of(
    st.builds(Allow, reason=st.just("boxed"), kind=kinds, sample=keys, box=boxes()),
    st.builds(Allow, reason=st.just("listed"), kind=kinds, samples=st.lists(keys, min_size=1, max_size=3).map(tuple)),
    st.builds(
        Allow, reason=st.just("globbed"), kind=kinds, glob=st.sampled_from(["a/*", "b/[[]*", "*.jpg", "b/[1].jpg"])
    ),
)
consents = st.builds(
    Consent,
    person=st.sampled_from(["P1", "P2"]),
    sample=keys,
    purpose=st.sampled_from(["p", "q"]),
    evidence=st.sampled_from(["e", ""]),
    box=optional(boxes()),
    kind=kinds,
    until=optional(days),
    withdrawn=optional(days),
)
removals = st.builds(Removal, keys=st.lists(keys, max_size=3).map(tuple), reason=st.sampled_from(["gone", "went"]))
policies = st.builds(
    Policy,
    today=days,
    purpose=st.just("p"),
    rules=st.lists(rules(), max_size=4).map(tuple),
    allows=st.lists(allows, max_size=3).map(tuple),
    consents=st.lists(consents, max_size=3).map(tuple),
    removals=st.lists(removals, max_size=2).map(tuple),
)


@st.composite
def shards(draw):
    names = optional(st.sampled_from(WORDS["name"]))
    sides = st.sampled_from([None, 40, 100])
    samples = [
        {"key": key, "label": draw(names), "split": draw(names), "width": draw(sides), "height": draw(sides)}
        | {"size": 1, "looked": True, "damaged": False}
        for key in draw(st.lists(keys, min_size=1, unique=True))
    ]
    findings = []
    for _ in range(draw(st.integers(0, 10))):
        box = draw(optional(boxes()))
        corners = (box.x0, box.y0, box.x1, box.y1) if box else (None,) * 4
        findings.append(
            dict(zip(("x0", "y0", "x1", "y1"), corners, strict=True))
            | {"key": draw(st.sampled_from([s["key"] for s in samples])), "kind": draw(st.sampled_from(WORDS["kind"]))}
            | {"detector": draw(st.sampled_from(WORDS["detector"])), "version": "1", "weights": "w"}
            | {"subject": draw(st.integers(0, 1)), "frame": draw(st.sampled_from([None, None, 1, 7]))}
            | {"page": draw(st.sampled_from([None, None, 2])) if box else None}
            | {name: float(np.float32(draw(st.sampled_from(NUMBERS)))) for name in ("score", "confidence")}
        )
    return samples, findings


@settings(max_examples=200, deadline=None)
@given(shards(), policies, st.randoms(use_true_random=False))
def test_equals_the_slow_reference_whatever_the_order_of_findings(shard, policy, random):
    samples, findings = shard
    expected = reference(samples, findings, policy)
    shuffled = random.sample(findings, len(findings))
    tables = pa.Table.from_pylist(samples, schema=SAMPLES), pa.Table.from_pylist(shuffled, schema=FINDINGS)
    decisions = decide(*tables, policy)
    assert decisions.schema == DECISIONS
    decisions.validate(full=True)
    assert decisions.to_pylist() == expected


def told(decisions):
    return [(r["key"], r["treatment"], r["basis"]) for r in decisions.to_pylist()]


def test_no_findings_give_no_rows(samples, findings, policy):
    assert decide(samples({"key": "a"}), findings(), policy(RULE)).equals(DECISIONS.empty_table())
    assert decide(samples(), findings(), policy(RULE)).num_rows == 0


def test_the_bound_itself_counts_although_it_is_stored_in_single_precision(samples, findings, policy):
    rule = RULE.replace("0.6", "0.7")
    found = findings({"key": "a", "score": 0.7, "box": (0, 0, 9, 9)})
    assert told(decide(samples({"key": "a"}), found, policy(rule))) == [("a", "redact", "rule:faces")]


def test_the_first_rule_that_matches_decides_and_the_others_are_not_asked(samples, findings, policy):
    text = RULE.replace("faces", "sure").replace("0.6", "0.95") + RULE + RULE.replace('"faces"', '"all"')
    found = findings(
        {"key": "a", "score": 0.7, "box": (0, 0, 9, 9)}, {"key": "a", "score": 0.96, "subject": 1, "box": (0, 0, 9, 9)}
    )
    assert [basis for _, _, basis in told(decide(samples({"key": "a"}), found, policy(text)))] == [
        "rule:faces",
        "rule:sure",
    ]


def test_the_first_exemption_is_named_globs_and_keys_alike(samples, findings, policy):
    allowed = RULE + '[[allow]]\nsamples = "*"\nreason = "x"\n[[allow]]\nsamples = ["a"]\nreason = "y"\n'
    found = findings({"key": "a", "box": (0, 0, 9, 9)})
    assert told(decide(samples({"key": "a"}), found, policy(allowed))) == [("a", "keep", "allow:1")]


def test_one_subject_is_decided_once_with_the_box_of_the_best_score(samples, findings, policy):
    found = findings(
        {"key": "a", "score": 0.3, "confidence": 0.8, "box": (0, 0, 10, 10)},
        {"key": "a", "score": 0.5, "confidence": 0.8, "box": (1, 1, 11, 11), "detector": "centerface"},
    )
    (row,) = decide(samples({"key": "a"}), found, policy(RULE)).to_pylist()
    assert (row["treatment"], row["x0"], row["subject"]) == ("redact", 1.0, 0)


def test_the_box_is_of_a_finding_that_matches(samples, findings, policy):
    found = findings(
        {"key": "a", "score": 0.7, "box": (0, 0, 10, 10)},
        {"key": "a", "score": 0.9, "box": (1, 1, 11, 11), "detector": "centerface"},
    )
    (row,) = decide(samples({"key": "a"}), found, policy(RULE + 'detectors = ["yunet"]')).to_pylist()
    assert row["x0"] == 0.0


def test_kinds_that_share_a_subject_number_are_decided_apart(samples, findings, policy):
    found = findings({"key": "a", "box": (0, 0, 9, 9)}, {"key": "a", "kind": "plate", "box": (20, 0, 29, 9)})
    decided = told(decide(samples({"key": "a"}), found, policy(RULE)))
    assert decided == [("a", "redact", "rule:faces"), ("a", "keep", "no-rule")]


def test_redact_without_a_box_holds_the_sample_back(samples, findings, policy):
    (row,) = decide(samples({"key": "a"}), findings({"key": "a"}), policy(RULE)).to_pylist()
    assert (row["treatment"], row["basis"]) == ("quarantine", "rule:faces")
    assert "no box to paint over" in row["reason"]


@pytest.mark.parametrize(
    ("box", "treatment"),
    [((10, 10, 30, 30), "keep"), ((14, 14, 18, 18), "keep"), ((10, 10, 30, 50), "keep"), ((10, 10, 30, 51), "redact")],
)
def test_an_allowed_box_keeps_what_is_the_same_or_within(samples, findings, policy, box, treatment):
    allowed = policy(RULE + '[[allow]]\nsample = "a"\nbox = [10, 10, 30, 30]\nreason = "statue"')
    found = findings({"key": "a", "box": box}, {"key": "b", "box": box})
    decided = told(decide(samples({"key": "b"}, {"key": "a"}), found, allowed))
    assert decided[0] == ("b", "redact", "rule:faces")
    assert decided[1][:2] == ("a", treatment)


def test_what_is_allowed_for_faces_is_not_for_others(samples, findings, policy):
    text = RULE.replace('"face"', '"*"') + '[[allow]]\nsamples = "*"\nreason = "drawings"'
    found = findings({"key": "a", "box": (0, 0, 9, 9)}, {"key": "a", "kind": "plate", "box": (0, 0, 9, 9)})
    assert [t for _, t, _ in told(decide(samples({"key": "a"}), found, policy(text)))] == ["keep", "redact"]


def test_a_removal_stands_first_and_the_findings_stay_on_record(samples, findings, policy):
    text = RULE + '[[remove]]\nkeys = ["a", "zz"]\nreason = "asked"\n[[remove]]\nkeys = ["a", "b"]\nreason = "later"'
    decided = decide(samples({"key": "b"}, {"key": "a"}), findings({"key": "a", "box": (0, 0, 9, 9)}), policy(text))
    assert told(decided) == [("b", "remove", "remove:2"), ("a", "remove", "remove:1"), ("a", "redact", "rule:faces")]
    assert decided.column("subject").to_pylist() == [-1, -1, 0]


def test_findings_of_other_shards_are_refused(samples, findings, policy):
    with pytest.raises(RunError, match="1 findings name samples that are not in their shard"):
        decide(samples({"key": "a"}), findings({"key": "b"}), policy(RULE))


@pytest.mark.parametrize(
    "broken", [{"score": float("nan")}, {"confidence": float("inf")}, {"box": (0, 0, float("nan"), 9)}, {"x0": 1.0}]
)
def test_numbers_that_are_none_are_refused_not_kept(samples, findings, policy, broken):
    with pytest.raises(RunError, match="not made of numbers"):
        decide(samples({"key": "a"}), findings({"key": "a"} | broken), policy(RULE))


def test_chunked_dictionary_and_null_columns_are_read_alike(samples, findings, policy):
    shard = samples({"key": "a"}, {"key": "b"})
    found = findings({"key": "b", "box": (0, 0, 9, 9)}, {"key": "a", "box": (0, 0, 9, 9)})
    encoded = found.set_column(1, "kind", found.column("kind").dictionary_encode())
    chunked = pa.concat_tables([shard.slice(0, 1), shard.slice(1)]).set_column(1, "label", pa.nulls(2))
    expected = decide(shard, found, policy(RULE))
    assert decide(chunked, pa.concat_tables([encoded.slice(1), encoded.slice(0, 1)]), policy(RULE)).equals(expected)
