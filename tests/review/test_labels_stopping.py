import itertools
from dataclasses import replace

import numpy as np
import pytest
from crowd_votes import made_crowd
from hypothesis import given, settings
from hypothesis import strategies as st
from label_reference import gain, passed

from overpaint.errors import UsageError
from overpaint.review.crowd import (
    LabelSkills,
    VoteTable,
    allocate,
    expected_gain,
    fit_dawid_skene,
    next_step,
    posterior_of,
)

SKILLS = fit_dawid_skene(made_crowd(0, width=2, workers=30)[0]).to_skills()
ASK = {"target": 0.95, "cost": 0.0, "given": 2, "limit": 10}


def two(p):
    return np.array([p, 1 - p])


@st.composite
def chances(draw, width):
    numbers = np.array(draw(st.lists(st.floats(0.01, 1), min_size=width, max_size=width)))
    return numbers / numbers.sum()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 4))
def test_the_gain_is_that_of_all_sequences_of_answers(data, width, answers):
    posterior = data.draw(chances(width))
    confusion = np.stack([data.draw(chances(width)) for _ in range(width)])
    told = expected_gain(posterior[None], confusion, answers=answers)[0]
    assert told == pytest.approx(gain(posterior.tolist(), confusion.tolist(), answers), abs=1e-9)
    assert told <= expected_gain(posterior[None], confusion, answers=answers + 1)[0] + 1e-9, "more answers tell more"


def test_why_it_stops_or_asks():
    unsure = next_step(two(0.6), SKILLS, **ASK)
    assert unsure.ask and unsure.reason == "unsure" and 0 < unsure.expected_gain < 0.4
    sure = next_step(two(0.96), SKILLS, **ASK)
    assert (sure.ask, sure.reason, sure.expected_gain) == (False, "sure", 0.0)
    assert next_step(two(0.6), SKILLS, **ASK | {"given": 10}).reason == "limit"
    assert next_step(two(0.6), SKILLS, **ASK, budget=0.5).reason == "budget"
    assert next_step(two(0.6), SKILLS, **ASK, budget=1).ask
    dear = next_step(two(0.6), SKILLS, **ASK | {"cost": 0.5})
    assert dear.reason == "not-worth-it" and dear.expected_gain == pytest.approx(unsure.expected_gain)


def test_the_less_sure_the_more_an_answer_gains():
    gains = [next_step(two(p), SKILLS, **ASK | {"target": 1.0}).expected_gain for p in (0.5, 0.6, 0.7, 0.8, 0.9, 0.99)]
    assert gains == sorted(gains, reverse=True) and gains[0] > 10 * gains[-1]


def test_what_one_answer_cannot_change_several_may():
    """A crowd of equals, right three times of four: against nine to one, one answer changes no mind."""
    equals = LabelSkills(("x", "y"), np.ones(2), {}, np.array([[75.0, 25], [25, 75]]))
    assert expected_gain(two(0.9)[None], equals.pooled(), answers=1)[0] == 0
    assert next_step(two(0.9), equals, **ASK).expected_gain > 0.005
    assert next_step(two(0.9), equals, **ASK | {"given": 9}).expected_gain == 0, "but there is room for one only"


def test_better_people_gain_more():
    votes, _, skill = made_crowd(1, width=2, workers=30, right=(0.5, 0.98))
    skills = fit_dawid_skene(votes).to_skills()
    order = [f"w{n:03d}" for n in np.argsort(skill)]
    worst, best = (next_step(two(0.7), skills, **ASK, workers=some).expected_gain for some in (order[:5], order[-5:]))
    assert best > 2 * worst


def test_correlated_answers_gain_less():
    plain, less = (next_step(two(0.7), replace(SKILLS, correlation=c), **ASK).expected_gain for c in (0.0, 0.5))
    assert less < plain


def test_blind_people_gain_nothing():
    blind = LabelSkills(("x", "y"), np.full(2, 1e4), {}, np.full((2, 2), 1e6))
    step = next_step(two(0.6), blind, **ASK | {"cost": 1e-6})
    assert step.reason == "not-worth-it" and step.expected_gain < 1e-6


@pytest.mark.parametrize("width", [1, 3, 60, 300])
def test_any_number_of_labels(width):
    skills = LabelSkills.fresh([str(n) for n in range(width)])
    step = next_step(np.full(width, 1 / width), skills, **ASK)
    assert (step.reason == "sure") == (width == 1) and np.isfinite(step.expected_gain)


def play(votes, truths, skills, *, target, cost):
    """Answers asked for and share right, when the votes of each item come one after another."""
    given_ = {item: [] for item in votes.items}
    for item, worker, label in zip(votes.item, votes.worker, votes.label, strict=True):
        given_[votes.items[item]].append((votes.workers[worker], votes.labels[label]))
    asked = right = 0
    for item, all_of_it in given_.items():
        at = 0
        while next_step(
            posterior := posterior_of(all_of_it[:at], skills),
            skills,
            target=target,
            cost=cost,
            given=at,
            limit=len(all_of_it),
        ).ask:
            at += 1
        asked, right = asked + at, right + (votes.labels[int(posterior.argmax())] == truths[item])
    return asked / len(given_), right / len(given_)


def test_dynamic_consensus_asks_half_and_is_nearly_as_right():
    votes, truths, _ = made_crowd(2, items=300, workers=25, each=9, width=2, right=(0.55, 0.95))
    skills = fit_dawid_skene(votes).to_skills()
    everything, best = play(votes, truths, skills, target=1.0, cost=0.0)
    some, nearly = play(votes, truths, skills, target=0.97, cost=0.0)
    assert everything == 9 and some < 5 and nearly > best - 0.03
    assert play(votes, truths, skills, target=0.97, cost=0.02)[0] < some


def test_allocate_gives_the_next_answers_to_where_they_gain_most():
    questions = {
        "sure": (two(0.99), 2),
        "even": (two(0.5), 2),
        "leaning": (two(0.75), 2),
        "full": (two(0.5), 10),
        "odd": (two(0.4), 2),
    }
    told = {"target": 0.95, "cost": 0.0, "limit": 10}
    assert allocate(questions, SKILLS, **told, budget=9) == ("even", "odd", "leaning")
    assert allocate(questions, SKILLS, **told, budget=1) == ("even",)
    assert allocate(questions, SKILLS, **told | {"cost": 0.9}, budget=9) == ()
    assert allocate({}, SKILLS, **told, budget=9) == () == allocate(questions, SKILLS, **told, budget=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12)), min_size=1, max_size=12), st.sampled_from([0.0, 0.01]))
def test_allocate_agrees_with_next_step(questions, cost):
    named = {f"q{n}": (two(p), given_) for n, (p, given_) in enumerate(questions)}
    told = {"target": 0.9, "cost": cost, "limit": 9}
    chosen = allocate(named, SKILLS, **told, budget=100)
    steps = {name: next_step(p, SKILLS, **told, given=given_) for name, (p, given_) in named.items()}
    assert set(chosen) == {name for name, step in steps.items() if step.ask}
    gains = [steps[name].expected_gain for name in chosen]
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(gains))


@pytest.mark.parametrize(
    "change", [{"target": 0}, {"target": 1.1}, {"cost": -1}, {"cost": float("nan")}, {"given": -1}, {"limit": -1}]
)
def test_arguments_out_of_range(change):
    with pytest.raises(UsageError, match=f"{next(iter(change))}="):
        next_step(two(0.6), SKILLS, **ASK | change)


@pytest.mark.parametrize("posterior", [[0.5, 0.6], [1.0], [-0.1, 1.1], [float("nan"), 1]])
def test_what_is_no_posterior(posterior):
    with pytest.raises(UsageError, match="posterior: give the probabilities of the 2 labels"):
        next_step(np.array(posterior), SKILLS, **ASK)


counts = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None)
@given(counts)
def test_a_table_rises_with_yes_and_falls_with_no(found):
    if not any(sum(pair) >= 10 for pair in found):
        with pytest.raises(UsageError, match="no item has 10 votes"):
            VoteTable.of(found)
        return
    table = VoteTable.of(found)
    assert ((table.probability >= 0) & (table.probability <= 1)).all()
    assert (np.diff(table.probability, axis=0) >= -1e-12).all() and (np.diff(table.probability, axis=1) <= 1e-12).all()
    assert table.items == sum(sum(pair) >= 10 for pair in found) and table.seen[0, 0] == pytest.approx(table.items)


def test_an_item_counts_in_every_cell_that_its_votes_may_have_passed():
    table = VoteTable.of([(3, 2), (4, 1)], fewest=5)
    slow = passed(3, 2), passed(4, 1)
    for cell in {*slow[0], *slow[1]}:
        assert table.seen[cell] == pytest.approx(sum(one.get(cell, 0) for one in slow))
    assert table.seen.sum() == pytest.approx(12), "six cells each"


def test_a_table_of_many_items_says_what_they_said():
    """100 items with 9 yes of 10 and 100 with 5: of those seen at (3, 0), nearly all are of the first kind."""
    table = VoteTable.of([(9, 1)] * 100 + [(4, 6)] * 100)
    first, second = passed(9, 1)[3, 0] * 100, passed(4, 6)[3, 0] * 100
    assert table.p(3, 0) == pytest.approx(first / (first + second), abs=0.02)
    assert table.p(0, 0) == pytest.approx(0.5, abs=0.01)
    assert table.decide(6, 0) == "accept" and table.decide(0, 6) == "reject" and table.decide(1, 1) == "ask"
    assert table.p(30, 0) == table.p(1000, 0)


def test_truths_of_experts_replace_the_majority():
    said = [(8, 2)] * 40 + [(2, 8)] * 40
    trusted = VoteTable.of(said, truths=[1.0] * 20 + [0.0] * 20 + [0.0] * 40)
    assert trusted.p(8, 2) == pytest.approx(0.5, abs=0.04) and VoteTable.of(said).p(8, 2) > 0.95


def test_a_crowd_that_says_the_opposite_does_not_turn_the_table_round():
    table = VoteTable.of([(9, 1)] * 20 + [(1, 9)] * 20, truths=[0.0] * 20 + [1.0] * 20)
    assert (np.diff(table.probability, axis=0) >= -1e-12).all() and np.isfinite(table.probability).all()


@pytest.mark.parametrize(
    ("found", "more", "said"),
    [
        ([], {}, "no item has 10 votes"),
        ([(-1, 20)], {}, "fewer than 0"),
        ([(10**9, 0)], {}, "more than 100,000"),
        ([(10, 0)], {"truths": [2.0]}, "truths: give 1 probabilities"),
        ([(10, 0)], {"truths": []}, "truths: give 1 probabilities"),
        ([(10, 0)], {"accept": 0.3, "reject": 0.4}, "accept=0.3"),
    ],
)
def test_what_makes_no_table(found, more, said):
    with pytest.raises(UsageError, match=said):
        VoteTable.of(found, **more)


def test_votes_are_not_negative():
    with pytest.raises(UsageError, match="yes=-1"):
        VoteTable.of([(10, 2)]).p(-1, 0)
