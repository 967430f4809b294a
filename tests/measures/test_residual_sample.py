"""Drawing an audit: how many of each stratum, with what odds, and in what order."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures import Audit, draw_audit
from overpaint.measures._residual_sample import allocate, groups_of, spread_guess

STRATA = ["plain"] * 80 + ["crowd"] * 15 + ["blurred"] * 5


def variance(sizes, given, expected):
    return sum(
        size**2 * (spread_guess(name, expected) ** 2) * (1 / given[name] - 1 / size) for name, size in sizes.items()
    )


def test_each_image_stands_for_as_many_as_it_should():
    audit = draw_audit(STRATA, 20, expected={"plain": 0.01, "crowd": 2, "blurred": 0.3}, seed=3)
    assert len(audit.chosen) == len(set(audit.chosen)) == 20
    assert audit.strata == {"blurred": 5, "crowd": 15, "plain": 80} and audit.population == 100
    for name, size in audit.strata.items():
        assert sum(1 / p for p, s in zip(audit.probability, audit.stratum, strict=True) if s == name) == pytest.approx(
            size
        )
    assert all(STRATA[i] == s for i, s in zip(audit.chosen, audit.stratum, strict=True))


def test_the_odds_are_those_that_are_told():
    drawn = Counter()
    for seed in range(1500):
        audit = draw_audit(["a"] * 6 + ["b"] * 3, 5, certain=[1], seed=seed)
        drawn.update(audit.chosen)
    odds = dict(zip(audit.chosen, audit.probability, strict=True))
    by = {"a": next(p for i, p in odds.items() if i < 6 and p < 1), "b": next(p for i, p in odds.items() if i >= 6)}
    assert drawn[1] == 1500
    for index in (0, 2, 3, 4, 5, 6, 7, 8):
        expected = 1500 * by["a" if index < 6 else "b"]
        assert abs(drawn[index] - expected) < 4.5 * math.sqrt(expected)


def test_the_same_seed_draws_the_same_and_another_does_not():
    audits = [draw_audit(STRATA, 30, seed=seed) for seed in (1, 1, 2)]
    assert audits[0] == audits[1] and audits[0].chosen != audits[2].chosen


def test_those_that_are_certain_come_first_and_stand_for_themselves():
    audit = draw_audit(STRATA, 10, certain=[99, 0, 99], seed=0)
    assert audit.chosen[:2] == (0, 99) and audit.probability[:2] == (1, 1)
    groups = {(g.stratum, g.certain): g.size for g in groups_of(audit, [0] * 10)}
    assert groups["plain", True] == 1 and groups["plain", False] == 79


def test_every_beginning_is_spread_over_the_strata():
    audit = draw_audit(["a"] * 500 + ["b"] * 500, 40, seed=5)
    for end in (8, 16, 30):
        assert abs(Counter(audit.stratum[:end])["a"] - end / 2) <= 1


def test_more_than_there_are_is_all_of_them():
    audit = draw_audit(STRATA, 1000, seed=0)
    assert sorted(audit.chosen) == list(range(100)) and set(audit.probability) == {1.0}


@example(strata=[(4, 0.5), (6, 1.0)], n=8)  # by N S / n instead of N S / sqrt(n (n + 1)) it would be 3 and 5
@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(0, 5)), min_size=1, max_size=3),
    st.integers(1, 12),
)
def test_no_other_numbers_have_less_variance(strata, n):
    """The slow reference: every way to share `n` that keeps half of it even and two in each stratum."""
    sizes = {str(h): size for h, (size, _) in enumerate(strata)}
    expected = {str(h): guess for h, (_, guess) in enumerate(strata)}
    total = sum(sizes.values())
    if n < len(sizes):
        with pytest.raises(UsageError, match="fewer strata"):
            allocate(sizes, n)
        return
    given = allocate(sizes, n, expected=expected)
    assert sum(given.values()) == min(n, total)
    if n >= total:
        assert given == sizes
        return
    least = 2 if 2 * len(sizes) <= n else 1
    floor = {name: min(size, max(least, math.floor(0.5 * n * size / total))) for name, size in sizes.items()}
    if sum(floor.values()) > n:
        return
    ways = itertools.product(*[range(floor[name], sizes[name] + 1) for name in sizes])
    best = min(variance(sizes, dict(zip(sizes, way, strict=True)), expected) for way in ways if sum(way) == n)
    assert variance(sizes, given, expected) == pytest.approx(best, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"n": 2}, "fewer strata"),
        ({"n": 2, "certain": [0, 1, 2]}, "3 that are certain"),
        ({"n": 9, "certain": [100]}, "image 100"),
        ({"n": 9, "certain": [-1]}, "image -1"),
        ({"n": 9, "expected": {"plain": 1}}, "no guess for stratum 'blurred'"),
        ({"n": 9, "expected": {"plain": 1, "crowd": -1, "blurred": 0}}, "-1.0 misses"),
        ({"n": 9, "expected": {"plain": 1, "crowd": math.nan, "blurred": 0}}, "nan misses"),
    ],
)
def test_what_cannot_be_drawn(how, words):
    with pytest.raises(UsageError, match=words):
        draw_audit(STRATA, seed=0, **how)


def test_a_large_dataset_is_drawn_from_at_once():
    names = np.array(["x", "y", "z"])[np.random.default_rng(0).integers(0, 3, 30_000)].tolist()
    assert len(draw_audit(names, 2000, expected={"x": 0, "y": 0.1, "z": 3}, seed=0).chosen) == 2000


def test_counts_must_be_of_the_audit():
    audit = Audit((0, 1, 2), (0.5, 0.5, 1.0), {"a": 4, "b": 1}, ("a", "a", "b"))
    assert [g.counts for g in groups_of(audit, [0, None, 2])] == [(0,), (2,)]
    with pytest.raises(UsageError, match="2 for 3"):
        groups_of(audit, [0, 1])
    with pytest.raises(UsageError, match="-1 in an image of stratum 'a'"):
        groups_of(audit, [0, -1, 0])
    with pytest.raises(UsageError, match="certain of stratum 'b'"):
        groups_of(audit, [0, 0, None])
