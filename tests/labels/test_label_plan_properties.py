"""What holds of every label plan, whatever the labels, the ratings and the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels import (
    Clause,
    ImageRule,
    LabelCount,
    LabelPlan,
    LabelPolicy,
    Rating,
    Synset,
    plan_labels,
)

IDS = [f"t{n}" for n in range(12)]
PARENTS = {f"t{n}": (f"t{(n - 1) // 2}",) if n else () for n in range(12)}
PARENTS["t9"] = ("t4", "t2")
WORDS = ["w0", "w1", "w2"]


class Tree:
    """A small binary tree with one thing that has two parents."""

    name = "a tree"
    version = ""

    def __contains__(self, thing: object, /) -> bool:
        return thing in PARENTS

    def synset(self, thing: str, /) -> Synset:
        return Synset(thing, (f"name of {thing}",), PARENTS[thing])

    def parents(self, thing: str, /) -> tuple[str, ...]:
        return PARENTS[thing]


def above(thing: str) -> set[str]:
    """A thing and all its ancestors."""
    return {thing}.union(*(above(parent) for parent in PARENTS[thing]))


LABELS = st.lists(st.sampled_from([*IDS, *WORDS]), min_size=1, unique=True)
RATINGS = st.dictionaries(
    st.sampled_from([*IDS, *WORDS]),
    st.builds(
        Rating,
        id=st.just("x"),
        safety=st.sampled_from(["offensive", "sensitive", "safe", None]),
        imageability=st.none() | st.floats(1, 5),
        source=st.just("s"),
        date=st.just("2026"),
    ),
)
SOME = st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def clauses(draw: st.DrawFn) -> tuple[Clause, ...]:
    made = []
    for number in range(draw(st.integers(0, 4))):
        action = draw(st.sampled_from(["keep", "remove", "ancestor", "merge", "rename", "quarantine", "hold"]))
        who = draw(st.sampled_from(["labels", "ids", "under", "safety", "unrated", "imageability_below", "max_images"]))
        value: object = {
            "labels": ("w*", "t3"),
            "safety": ("offensive",),
            "unrated": True,
            "imageability_below": 3.0,
            "max_images": 5,
        }.get(who) or draw(SOME)
        made.append(
            Clause(
                name=f"clause {number}",
                reason=f"reason {number}",
                action=action,
                to=draw(st.sampled_from([*IDS, *WORDS, "new"])) if action in ("merge", "rename") else None,
                among=draw(st.sampled_from(["labels", "taxonomy"])) if action == "ancestor" else "labels",
                descendants=draw(st.sampled_from([None, "own", "same"])),
                **{who: value},  # type: ignore[arg-type]
            )
        )
    return tuple(made)


POLICIES = st.builds(
    LabelPolicy,
    title=st.just("t"),
    use=st.just("u"),
    community=st.just("c"),
    revision=st.just(dt.date(2026, 1, 2)),
    clauses=clauses(),
    hold=st.sampled_from([(), ("t1",), ("t0",), ("t2", "t4")]),
    unresolved=st.sampled_from(["keep", "hold"]),
    descendants=st.sampled_from(["own", "same"]),
    images=st.builds(
        ImageRule,
        st.sampled_from(["keep", "remove", "quarantine"]),
        st.sampled_from(["keep", "remove", "quarantine"]),
    ),
)


def made(counts: list[LabelCount], policy: LabelPolicy, ratings: Mapping[str, Rating], **more: object) -> LabelPlan:
    try:
        return plan_labels(counts, policy, taxonomy=Tree(), ratings=ratings, **more)  # type: ignore[arg-type]
    except LabelsError as refused:
        assume("circle" not in str(refused) and "leads to a label" not in str(refused))
        raise


def numbered(labels: list[str]) -> list[LabelCount]:
    return [LabelCount(label, n * 3, index=n) for n, label in enumerate(labels)]


@settings(deadline=None)
@given(LABELS, POLICIES, RATINGS, st.randoms(use_true_random=False), st.sampled_from(["kept", "sorted"]))
def test_a_plan(labels, policy, ratings, random, order):
    counts = numbered(labels)
    plan = made(counts, policy, ratings, order=order)

    # The order of the catalogue does not count.
    random.shuffle(counts)
    again = made(counts, policy, ratings, order=order)
    assert again == plan and again.digest == plan.digest

    # There and back.
    read = LabelPlan.from_json(plan.to_json())
    assert read == plan and read.digest == plan.digest

    # Each label once, in the old order; what goes is nowhere afterwards.
    assert plan.before == tuple(labels)
    gone = {label for label, new in plan.names.items() if new is None}
    assert gone.isdisjoint(plan.after)
    assert set(plan.after) == {new for new in plan.names.values() if new is not None}
    for decision in plan.decisions:
        assert (decision.to is None) == (decision.action in ("remove", "quarantine", "hold"))
        assert decision.held == (decision.action == "hold")
        assert (decision.action == "keep") == (decision.to == decision.label)
        assert decision.reason

    # The new numbers.
    assert [one.index for one in plan.classes] == list(range(len(plan.classes)))
    assert [row.old for row in plan.index_map()] == list(range(len(labels)))
    assert plan.numbers == {row.old: row.new for row in plan.index_map()}
    if order == "sorted":
        assert list(plan.after) == sorted(plan.after)
    else:
        stayed = [label for label in plan.after if plan.names.get(label) == label]
        assert stayed == [label for label in labels if plan.names[label] == label]


@settings(deadline=None)
@given(LABELS, POLICIES, RATINGS, st.data())
def test_images(labels, policy, ratings, data):
    plan = made(numbered(labels), policy, ratings)
    gone = {label for label, new in plan.names.items() if new is None}
    samples = data.draw(st.lists(st.lists(st.sampled_from(labels), max_size=4), max_size=8))
    fates = [plan.fate(sample) for sample in samples]
    assert sum(1 for fate in fates if fate.treatment in ("keep", "remove", "quarantine")) == len(samples)
    for sample, fate in zip(samples, fates, strict=True):
        assert gone.isdisjoint(fate.labels)
        assert set(fate.labels) <= set(plan.after)
        assert len(set(fate.labels)) == len(fate.labels)
        assert fate == LabelPlan.from_json(plan.to_json()).fate(sample)
        if any(plan.decision(label).held for label in sample):
            assert fate.treatment != "keep"
        if not any(plan.names[label] != label for label in sample):
            assert (fate.treatment, fate.reason, set(fate.labels)) == ("keep", "", set(sample))
        else:
            assert fate.reason


@settings(deadline=None)
@given(LABELS, POLICIES, RATINGS)
def test_a_second_time_changes_nothing(labels, policy, ratings):
    """Where clauses neither rename nor count images, and new words are not held: these are other labels afterwards."""
    assume(policy.unresolved == "keep")
    assume(all(clause.action != "rename" and clause.max_images is None for clause in policy.clauses))
    first = made(numbered(labels), policy, ratings)
    counts = [LabelCount(one.label, 7, index=one.index, id=one.id) for one in first.classes]
    second = made(counts, policy, ratings)
    for label, new in second.names.items():
        assert new == label, (first.names, second.names)


WORD = st.sampled_from(["offensive", "sensitive", "safe", "safe", None])


@settings(deadline=None)
@given(
    LABELS,
    st.fixed_dictionaries(dict.fromkeys(IDS, WORD)),
    st.sampled_from([("t0",), ("t1",), ("t2", "t4")]),
    st.sampled_from(["labels", "taxonomy"]),
    st.none() | SOME,
)
def test_nobody_leaves_a_sensitive_subtree(labels, words, hold, among, kept):
    """Who moves up stays in the subtrees, and comes to something that was found harmless and is the nearest such."""
    ratings = {thing: Rating(thing, word, None, "s", "2026") for thing, word in words.items()}
    keep = (Clause("kept", "k", "keep", ids=kept),) if kept else ()
    up = Clause("up", "u", "ancestor", safety=("offensive",), among=among)
    policy = LabelPolicy("t", "u", "c", dt.date(2026, 1, 2), clauses=(*keep, up), hold=hold)
    plan = made(numbered(labels), policy, ratings)
    for decision in plan.decisions:
        if decision.clause != "up":
            continue
        assert decision.id is not None
        roots = set(hold) & above(decision.id)
        fit = {
            thing
            for thing in above(decision.id) - {decision.id}
            if (among == "taxonomy" or thing in labels)
            and (words[thing] != "offensive" or thing in (kept or ()))
            and (
                words[thing] == "safe"
                if roots
                else words[thing] or thing in (kept or ()) or not set(hold) & above(thing)
            )
            and (not roots or roots & above(thing))
        }
        assert (decision.action == "ancestor") == bool(fit)
        assert decision.to in fit if fit else decision.to is None
        assert not any(thing in fit for thing in PARENTS[decision.id]) or decision.to in PARENTS[decision.id]


def test_the_properties_can_fail():
    """A plan with two decisions exchanged is not accepted as its own."""
    plan = made(numbered(["t1", "w0"]), LabelPolicy("t", "u", "c", dt.date(2026, 1, 2), hold=()), {})
    with pytest.raises(LabelsError):
        LabelPlan.from_json(plan.to_json().replace('"to": "w0"', '"to": "w1"'))
