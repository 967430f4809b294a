"""Which questions become gold, and who is served which of them when."""

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.review.trust import Candidate, History, choose_gold, doubtful_gold, next_is_gold, pick_gold, trust_of
from overpaint.review.trust import Evidence as Known


def pool(seed=0, count=400):
    rng = random.Random(seed)
    return [
        Candidate(
            f"q{i:03d}",
            "boxes",
            rng.choice("abc"),
            rng.choice(["1"] * 20 + ["0", "2", "3", "5", "17"]),
            rng.choice(["large"] * 9 + ["small"]),
            certainty=rng.choice([0.99, 0.9]),
        )
        for i in range(count)
    ]


def test_only_what_is_certain_or_vouched_for():
    sure = [Candidate("a", "boxes", "g", "1", certainty=0.97, by_maintainer=True), Candidate("b", "boxes", "g", "1")]
    unsure = [Candidate("c", "boxes", "g", "1", certainty=0.97)]
    assert {one.name for one in choose_gold([*sure, *unsure], count=9, rng=random.Random(1))} == {"a", "b"}


def test_rare_sorts_are_as_many_as_common_ones():
    chosen = choose_gold(pool(), count=40, rng=random.Random(1))
    assert len({one.name for one in chosen}) == 40
    sizes = Counter(one.size for one in chosen)
    assert sizes["small"] >= 8, "a tenth of the candidates, but a third of the gold or so"
    assert sum(one.answer == "0" for one in chosen) >= 3
    assert {one.group for one in chosen} == {"a", "b", "c"}


def test_a_maintainers_come_first():
    some = [Candidate(f"q{i}", "category", "g", "yes", by_maintainer=i == 7) for i in range(20)]
    assert choose_gold(some, count=1, rng=random.Random(3))[0].name == "q7"


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 5))
def test_no_more_than_asked_for_and_none_twice(count, seed):
    chosen = choose_gold(pool(seed, 60), count=count, rng=random.Random(seed))
    assert len(chosen) <= count and len({one.name for one in chosen}) == len(chosen)


def test_arguments_out_of_range():
    with pytest.raises(UsageError):
        choose_gold([], count=-1, rng=random.Random(0))
    with pytest.raises(UsageError):
        next_is_gold(History(0, 0, 0, 0), rng=random.Random(0), share=0.9)


def served(seed, answers, **more):
    rng, history, told = random.Random(seed), History(0, 0, 0, 0), []
    for _ in range(answers):
        now = next_is_gold(history, rng=rng, **more)
        told.append(now)
        history = History(
            history.answered + 1,
            history.training + (now == "training"),
            history.hidden + (now == "hidden"),
            0 if now == "hidden" else history.since_hidden + 1,
        )
    return told


def test_training_first_then_hidden_gold_by_lot():
    told = served(0, 3000)
    assert told[:3] == ["training"] * 3 and "training" not in told[3:]
    share = sum(one == "hidden" for one in told) / len(told)
    assert 0.06 < share < 0.1
    places = [i for i, one in enumerate(told) if one == "hidden"]
    gaps = [b - a for a, b in itertools.pairwise(places)]
    assert min(gaps) >= 2 and max(gaps) <= 51 and len(set(gaps)) > 15, "nobody can count them out"


def test_newcomers_are_served_more_and_the_trusted_less():
    new = sum(one == "hidden" for seed in range(40) for one in served(seed, 50)) / (40 * 50)
    old = sum(one == "hidden" for seed in range(40) for one in served(seed, 100)[50:]) / (40 * 50)
    good = trust_of(Known(200, passed=60))
    trusted = sum(one == "hidden" for seed in range(40) for one in served(seed, 150, trust=good)[50:]) / (40 * 100)
    assert new > 1.4 * old > 1.4 * trusted > 0


def test_none_where_none_is_wanted():
    assert set(served(1, 100, share=0, training=0)) == {None}


def test_gold_is_spread_never_served_twice_to_one_and_retired():
    exposure = {f"g{i}": 0 for i in range(30)}
    rng = random.Random(5)
    first = Counter()
    for _ in range(60):
        had = set()
        for turn in range(15):
            name = pick_gold(exposure, had, rng=rng, most=40)
            assert name is not None and name not in had
            first[name] += turn == 0
            had.add(name)
            exposure[name] += 1
    assert max(exposure.values()) - min(exposure.values()) <= 6
    assert len([name for name in first if first[name]]) > 15, "not the same to everyone"
    assert pick_gold({"g": 40}, (), rng=rng, most=40) is None
    assert pick_gold({"g": 0}, {"g"}, rng=rng) is None


def test_gold_that_good_workers_fail_is_doubted_and_hard_workers_do_not_make_it_so():
    rng = random.Random(2)
    results = [
        (f"g{q}", f"w{w}", (rng.random() < 0.9 if w < 25 else False) and q != 3) for q in range(20) for w in range(30)
    ]
    doubted = doubtful_gold(results)
    assert [one.question for one in doubted] == ["g3"]
    assert doubted[0].failed == doubted[0].served == 30 and doubted[0].expected < 15
    assert doubtful_gold([("g", f"w{i}", False) for i in range(3)]) == []
