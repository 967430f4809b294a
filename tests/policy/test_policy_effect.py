"""What decisions come to for each sample, what another policy changes, and which names a dataset does not hold."""

import pytest
from test_policy_decide import RULE

from overpaint.errors import RunError
from overpaint.policy import Change, absent, decide, diff, effective
from overpaint.records import Box, Treatment


def test_the_strongest_treatment_wins(samples, findings, policy):
    order = ["keep", "redact", "quarantine", "remove"]
    text = "".join(f'[[rule]]\nname = "{t}"\nkind = "{t}"\ntreatment = "{t}"\nreason = "x"\n' for t in order)
    rules = policy(text)
    shard = samples({"key": "none"}, *[{"key": t} for t in order])
    found = findings(
        *[
            {"key": t, "kind": kind, "subject": n, "box": (n, 0, n + 9, 9)}
            for t in order
            for n, kind in enumerate(order[: order.index(t) + 1])
        ]
    )
    effects = effective(shard, decide(shard, found, rules), rules)
    assert [str(e.treatment) for e in effects] == ["keep", *order]
    assert [e.key for e in effects] == ["none", *order]
    assert [len(e.boxes) for e in effects] == [0, 0, 1, 0, 0]
    assert [e.basis for e in effects] == [(), *((f"rule:{t}",) for t in order)]


def effect(samples, findings, rules, *boxes):
    shard = samples({"key": "a"})
    found = findings(*[{"key": "a", "subject": n, "box": box} for n, box in enumerate(boxes)])
    return effective(shard, decide(shard, found, rules), rules)[0]


def test_the_digest_changes_when_the_bytes_may_and_only_then(samples, findings, policy):
    one, two = (1.2, 2, 11.5, 12), (30, 30, 40, 40)
    rules = policy(RULE)
    base = effect(samples, findings, rules, one, two)
    again = effect(samples, findings, policy(RULE.replace("why", "because")), two, (1.9, 2, 11.1, 12))
    assert again.digest == base.digest
    assert base.boxes[1] == Box(30.0, 30.0, 40.0, 40.0)
    assert effect(samples, findings, rules, one).digest != base.digest
    assert effect(samples, findings, rules, (0.9, 2, 11.5, 12), two).digest != base.digest
    nothing = effect(samples, findings, rules)
    for paint, same in (
        ('paint.look = "mosaic"\n', True),
        ("paint.cells = 5\n", True),
        ('metadata.policy = "keep"\n', False),
    ):
        other = policy(paint + RULE)
        assert effect(samples, findings, other, one, two).digest != base.digest
        assert (effect(samples, findings, other).digest == nothing.digest) is same


def test_removed_and_held_back_samples_do_not_depend_on_paint_or_metadata(samples, findings, policy):
    for treatment in ("remove", "quarantine"):
        rule = RULE.replace("redact", treatment)
        digests = {
            effect(samples, findings, policy(text + rule), (0, 0, 9, 9)).digest
            for text in ("", 'paint.look = "mosaic"\n', 'metadata.policy = "keep"\n')
        }
        assert len(digests) == 1


def test_decisions_of_another_shard_are_refused(samples, findings, policy):
    rules = policy(RULE)
    decisions = decide(samples({"key": "a"}), findings({"key": "a", "box": (0, 0, 9, 9)}), rules)
    with pytest.raises(RunError, match="decisions name samples that are not in their shard"):
        effective(samples({"key": "b"}), decisions, rules)


def test_diff_counts_and_names_what_would_change(samples, findings, policy):
    old = policy(RULE)
    new = policy(RULE.replace("0.6", "0.85") + '[[remove]]\nkeys = ["d", "a"]\nreason = "x"')
    shards = [
        (samples({"key": "a"}, {"key": "b"}), findings({"key": "a", "score": 0.9, "box": (0, 0, 9, 9)})),
        (
            samples({"key": "c"}, {"key": "d"}, {"key": "e"}, {"key": "f"}),
            findings(
                {"key": "c", "score": 0.7, "box": (0, 0, 9, 9)},
                {"key": "e", "score": 0.9, "subject": 0, "box": (0, 0, 9, 9)},
                {"key": "e", "score": 0.7, "subject": 1, "box": (20, 0, 29, 9)},
                {"key": "f", "score": 0.9, "box": (0, 0, 9, 9)},
            ),
        ),
    ]
    sides = [[(s, decide(s, f, p)) for s, f in shards] for p in (old, new)]
    changed = diff(*sides, old=old, new=new)
    keep, redact, remove = Treatment.KEEP, Treatment.REDACT, Treatment.REMOVE
    assert list(changed) == [
        Change("a", redact, remove),
        Change("c", redact, keep),
        Change("d", keep, remove),
        Change("e", redact, redact),
    ]
    assert list(changed.keys()) == ["a", "c", "d", "e"]
    assert changed.counts == {(redact, remove): 1, (redact, keep): 1, (keep, remove): 1, (redact, redact): 1}
    assert (changed.samples, len(changed)) == (6, 4)
    same = diff(iter(sides[0]), iter(sides[0]), old=old, new=old)
    assert (len(same), same.counts, list(same)) == (0, {}, [])
    stripped = policy('metadata.policy = "keep"\n' + RULE)
    assert diff(sides[0], sides[0], old=old, new=stripped).counts == {(keep, keep): 2, (redact, redact): 4}


@pytest.mark.parametrize("other", [["a"], ["a", "c"], []])
def test_diff_refuses_other_samples(samples, findings, policy, other):
    rules = policy(RULE)
    nothing = decide(samples(), findings(), rules)
    with pytest.raises(RunError, match="not of the same samples"):
        diff(
            [(samples({"key": key}), nothing) for key in "ab"],
            [(samples({"key": key}), nothing) for key in other],
            old=rules,
            new=rules,
        )


def test_names_that_the_dataset_does_not_hold_are_reported(samples, policy):
    rules = policy(
        'purpose = "p"\n' + RULE + '[[remove]]\nkeys = ["b", "x", "w"]\nreason = "r"\n'
        '[[allow]]\nsamples = ["a", "y"]\nreason = "r"\n[[allow]]\nsamples = "q*"\nreason = "r"\n'
        '[[allow]]\nsample = "x"\nbox = [0, 0, 1, 1]\nreason = "r"\n'
        '[[consent]]\nperson = "P"\nsample = "z"\npurpose = "p"\nevidence = "e"\n'
    )
    missing = absent(rules, iter([samples({"key": "a"}), samples({"key": "b"})]))
    assert missing.removals == ("w", "x")
    assert missing.allows == ("x", "y")
    assert missing.consents == ("z",)
    assert len(missing) == 5
    assert len(absent(policy(RULE), [])) == 0
