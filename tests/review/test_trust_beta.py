"""The Beta distribution against closed forms, sums and published values."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.review.trust._beta import (
    below,
    binomial_at_least,
    binomial_at_most,
    chernoff_at_least,
    interval,
    quantile,
    student_below,
)

SHAPE = st.floats(0.05, 500)
SHARE = st.floats(0.001, 0.999)


@settings(deadline=None)
@given(SHARE, SHAPE)
def test_one_parameter_of_one_has_a_closed_form(x, a):
    assert below(x, a, 1) == pytest.approx(x**a, rel=1e-9, abs=1e-12)
    assert below(x, 1, a) == pytest.approx(-math.expm1(a * math.log1p(-x)), rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(SHARE, st.integers(1, 40), st.integers(1, 40))
def test_whole_numbers_are_sums_of_binomial_terms(x, a, b):
    n = a + b - 1
    summed = math.fsum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert below(x, a, b) == pytest.approx(summed, rel=1e-9, abs=1e-12)
    assert binomial_at_least(a, n, x) == pytest.approx(summed, rel=1e-9, abs=1e-12)
    assert binomial_at_most(a - 1, n, x) == pytest.approx(1 - summed, rel=1e-7, abs=1e-9)


@settings(deadline=None)
@given(SHARE, SHAPE, SHAPE)
def test_mirrored(x, a, b):
    assert below(x, a, b) == pytest.approx(1 - below(1 - x, b, a), abs=1e-10)


def test_the_arcsine_distribution_and_very_large_parameters():
    for x in (0.01, 0.3, 0.5, 0.97):
        assert below(x, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)), rel=1e-10)
    assert below(0.5, 1e6, 1e6) == pytest.approx(0.5, abs=1e-6)
    # 1.96 standard deviations of a Beta that is nearly normal
    assert below(0.5 + 1.959964 * 0.5 / math.sqrt(2e6), 1e6, 1e6) == pytest.approx(0.975, abs=1e-4)


def test_the_ends_and_what_is_no_distribution():
    assert below(0, 2, 3) == below(-1, 2, 3) == 0
    assert below(1, 2, 3) == below(7, 2, 3) == 1
    for a, b in ((0, 1), (1, -1), (math.inf, 1), (math.nan, 1)):
        with pytest.raises(UsageError, match="positive"):
            below(0.5, a, b)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0.2, 300), st.floats(0.2, 300))
@example(0.025, 9.0, 2.0)
def test_quantiles_are_the_inverse(p, a, b):
    x = quantile(p, a, b)
    if 1e-9 < x < 1 - 1e-9:
        assert below(x, a, b) == pytest.approx(p, abs=1e-6)


def test_clopper_pearson_as_printed():
    """8 of 10: 44.39 % to 97.48 % (Clopper & Pearson's exact limits, in any table)."""
    assert quantile(0.025, 8, 3) == pytest.approx(0.4439, abs=5e-5)
    assert quantile(0.975, 9, 2) == pytest.approx(0.9748, abs=5e-5)


def test_the_interval_leaves_as_much_on_both_sides():
    low, high = interval(5, 9, level=0.9)
    assert below(low, 5, 9) == pytest.approx(0.05, abs=1e-9)
    assert below(high, 5, 9) == pytest.approx(0.95, abs=1e-9)


def test_student_as_printed():
    for freedom, critical in ((1, 12.706), (4, 2.776), (10, 2.228), (30, 2.042), (120, 1.980)):
        assert student_below(critical, freedom) == pytest.approx(0.975, abs=2e-5)
        assert student_below(-critical, freedom) == pytest.approx(0.025, abs=2e-5)
    assert student_below(0.0, 3) == pytest.approx(0.5)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=9), st.integers(0, 10))
def test_chernoff_is_never_below_the_exact_tail(chances, hits):
    exact = [1.0]
    for p in chances:
        exact = [
            a * (1 - p) + b * p for a, b in zip([*exact, 0.0], [0.0, *exact], strict=True)
        ]  # distribution of the number that happen
    bound = chernoff_at_least(hits, chances)
    if hits <= len(chances):
        assert bound >= math.fsum(exact[hits:]) - 1e-9
    assert 0 <= bound <= 1


def test_chernoff_is_of_use():
    assert chernoff_at_least(10, [0.01] * 20) < 1e-12
    assert chernoff_at_least(1, [0.0, 0.0]) == 0.0
    assert chernoff_at_least(0, []) == 1.0
