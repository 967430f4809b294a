"""Capture-recapture: right where lookers are independent, too low where they overlook the same, and called so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures import capture_recapture
from overpaint.measures._residual_recapture import LABEL


def sightings(things, chances, alike, random):
    """Who saw what; `alike` is how far a thing that is hard for one is hard for all."""
    ease = alike * random.normal(size=things)
    hits = [random.random(things) < 1 / (1 + np.exp(-(np.log(p / (1 - p)) + ease))) for p in chances]
    rows = [frozenset(f"d{i}" for i, hit in enumerate(hits) if hit[thing]) for thing in range(things)]
    return [row for row in rows if row]


def tried(chances, alike, times=80):
    random = np.random.default_rng(1)
    lookers = [f"d{i}" for i in range(len(chances))]
    return [capture_recapture(sightings(120, chances, alike, random), lookers=lookers) for _ in range(times)]


def test_chapman_by_hand():
    a, b, ab = frozenset("a"), frozenset("b"), frozenset("ab")
    told = capture_recapture([a] * 10 + [b] * 5 + [ab] * 20)
    assert told.total.value == pytest.approx(31 * 26 / 21 - 1)
    assert told.unseen.value == pytest.approx(told.total.value - 35)
    assert told.by_looker == {"a": 30, "b": 25} and told.shared == 20 and told.seen == 35


def test_chao_by_hand():
    sets = [frozenset("a")] * 12 + [frozenset("ab")] * 5 + [frozenset("abc")] * 9
    told = capture_recapture(sets)
    assert told.unseen.value == pytest.approx(2 / 3 * 12 * 11 / (2 * 6))


@pytest.mark.parametrize("chances", [(0.8, 0.6), (0.5, 0.4), (0.8, 0.7, 0.6), (0.5, 0.4, 0.3)])
def test_independent_lookers_are_estimated_well(chances):
    told = tried(chances, 0)
    assert np.mean([each.total.value for each in told]) == pytest.approx(120, rel=0.04)
    assert np.mean([each.total.low <= 120 <= each.total.high for each in told]) >= 0.88


@pytest.mark.parametrize("chances", [(0.8, 0.6), (0.5, 0.4), (0.8, 0.7, 0.6), (0.5, 0.4, 0.3)])
def test_lookers_that_overlook_the_same_underestimate(chances):
    """What the label says: with correlated lookers the estimate is below the truth nearly always."""
    told = tried(chances, 2)
    assert np.mean([each.total.value < 120 for each in told]) >= 0.95
    assert np.mean([each.total.value for each in told]) < 112
    assert all(each.label == LABEL and LABEL in each.total.method for each in told)


def test_more_lookers_that_are_alike_are_still_too_low():
    two, four = tried((0.5, 0.4), 2), tried((0.5, 0.5, 0.4, 0.4), 2)
    assert np.mean([e.total.value for e in two]) < np.mean([e.total.value for e in four]) < 115


def test_nothing_in_common_says_nothing():
    told = capture_recapture([frozenset("a"), frozenset("b")])
    assert told.total.value is None and "no thing was seen by two" in told.total.method and LABEL in told.total.method


@settings(max_examples=80, deadline=None)
@given(st.lists(st.frozensets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=60))
def test_the_interval_never_excludes_what_was_seen(seen):
    told = capture_recapture(seen, lookers="abcd")
    if told.total.value is not None:
        assert told.seen <= told.total.low <= told.total.value <= told.total.high
        assert told.total.value - told.seen == pytest.approx(told.unseen.value)


@pytest.mark.parametrize(
    ("seen", "lookers", "words"),
    [
        ([frozenset("a")], (), "two or more"),
        ([], (), "two or more"),
        ([frozenset("a"), frozenset()], "ab", "nobody saw"),
        ([frozenset("c")], "ab", "not among"),
    ],
)
def test_what_cannot_be_estimated(seen, lookers, words):
    with pytest.raises(UsageError, match=words):
        capture_recapture(seen, lookers=lookers)
