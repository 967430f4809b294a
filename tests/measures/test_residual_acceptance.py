"""Acceptance: the bound against a list of every number, and the worst spread over strata against every spread."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures import acceptance_size
from overpaint.measures._residual_acceptance import _Table, at_most, chance_at_most


@example(sizes=(100, 1), found=0)  # a chance of exactly 5 %
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 120).flatmap(lambda s: st.tuples(st.just(s), st.integers(1, s))), st.integers(0, 5))
def test_one_stratum_is_hypergeometric(sizes, found):
    from scipy.stats import hypergeom

    size, n = sizes
    found = min(found, n)
    possible = range(found, size - n + found + 1)
    slow = max((k for k in possible if hypergeom.cdf(found, size, k, n) > 0.05 - 1e-9), default=found)
    assert at_most([(size, n, found)]) == slow


def test_no_spread_over_strata_is_more_probable():
    """The slow reference tries every spread: the search finds the worst nearly always, and never decides otherwise."""
    random, missed = np.random.default_rng(0), 0
    for _ in range(60):
        sizes = random.integers(2, 9, random.integers(2, 4)).tolist()
        strata = [(size, n := int(random.integers(1, size)), int(random.integers(0, min(n, 2) + 1))) for size in sizes]
        fewest, most = sum(found for *_, found in strata), sum(size - n + found for size, n, found in strata)
        total = int(random.integers(fewest, most + 1))
        table = _Table(strata)
        spreads = itertools.product(*[range(size + 1) for size in sizes])
        slow = max(table.chance(held) for held in spreads if sum(held) == total)
        found = chance_at_most(strata, total)
        missed += found < slow * (1 - 1e-9)
        assert found <= slow * (1 + 1e-9)
        assert (found > 0.05) == (slow > 0.05)
    assert missed <= 1


def test_the_chance_is_that_of_drawing():
    from scipy.stats import hypergeom

    table = _Table([(30, 10, 1), (20, 10, 2)])
    score = table.score
    slow = sum(
        hypergeom.pmf(a, 30, 6, 10) * hypergeom.pmf(b, 20, 5, 10)
        for a in range(7)
        for b in range(6)
        if score[0] * a + score[1] * b <= table.seen
    )
    assert table.chance([6, 5]) == pytest.approx(slow)


def test_nothing_found_is_bounded_by_the_stratum_least_looked_at():
    both = at_most([(1000, 20, 0), (1000, 200, 0)])
    assert both >= at_most([(1000, 20, 0)])
    assert at_most([(1000, 20, 0), (100, 100, 7)]) == at_most([(1000, 20, 0)]) + 7  # a census adds what it counted


@pytest.mark.parametrize("truth", [(5, 20), (25, 5), (0, 60), (40, 0)])
def test_the_bound_holds_however_they_are_spread(truth):
    random = np.random.default_rng(2)
    sizes, n = (600, 300), (30, 60)
    held = 0
    for _ in range(200):
        found = [int(random.hypergeometric(k, s - k, m)) for k, s, m in zip(truth, sizes, n, strict=True)]
        held += at_most(list(zip(sizes, n, found, strict=True))) >= sum(truth)
    assert held >= 0.92 * 200


def test_how_many_to_look_at():
    n = acceptance_size(10_000, 10)
    assert n == 294  # a little less than the rule of three says, since the images are not without number
    assert at_most([(10_000, n, 0)]) < 100 <= at_most([(10_000, n - 1, 0)])
    assert acceptance_size(10_000, 10, found=2) > n
    assert acceptance_size(100, 10) is not None and acceptance_size(100, 5, found=1) is None


def test_more_strata_are_no_trouble():
    assert at_most([(1000 + 300 * i, 100 + 20 * i, i // 4) for i in range(7)]) in range(60, 200)


def test_what_cannot_be():
    with pytest.raises(UsageError, match="5 with any"):
        at_most([(10, 4, 5)])
