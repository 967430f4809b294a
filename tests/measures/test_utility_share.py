"""The share erased against the change: ranks of one sorting, slopes, and what intervals hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overpaint.measures import _utility_share as module
from overpaint.measures._utility_share import rank_correlation, slope, spearman


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 25), st.integers(1, 3), st.integers(0, 10**6))
def test_correlations_of_drawn_images_are_those_of_scipy(n, seeds, number):
    draw = np.random.default_rng(number)
    share, rows = draw.integers(0, 5, n).astype(float), draw.integers(-1, 2, (seeds, n)) + 0.3 * draw.integers(0, 3, n)
    weights = np.array([np.bincount(draw.integers(0, n, n), minlength=n) for _ in range(3)], float)
    found = spearman(share, rows, weights)
    for round_, weight in enumerate(weights):
        at = np.repeat(np.arange(n), weight.astype(int))
        for place, row in enumerate(rows):
            if np.ptp(share[at]) == 0 or np.ptp(row[at]) == 0:
                assert np.isnan(found[round_, place])
            else:
                assert found[round_, place] == pytest.approx(stats.spearmanr(share[at], row[at]).statistic)


def test_rounds_may_be_drawn_some_at_a_time(monkeypatch):
    draw = np.random.default_rng(0)
    share, rows = draw.random(50), draw.normal(size=(3, 50))
    whole = rank_correlation(share, rows, seed=1, level=0.95, unit="images")
    monkeypatch.setattr(module, "_NUMBERS", 50 * 77)
    assert rank_correlation(share, rows, seed=1, level=0.95, unit="images") == whole


def test_intervals_of_correlations_hold_the_truth():
    draw = np.random.default_rng(2)
    held, n, rho = 0, 150, -0.4
    expected = 6 / np.pi * np.arcsin(rho / np.sqrt(1.5) / 2)  # of normal variables; the rows have noise of seeds
    for number in range(40):
        share = draw.normal(size=n)
        true = rho * share + np.sqrt(1 - rho**2) * draw.normal(size=n)
        rows = true + np.sqrt(0.5) * draw.normal(size=(4, n))
        found = rank_correlation(share, rows, seed=number, level=0.95, unit="images")
        held += found.low <= expected <= found.high
    assert held >= 35


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_slopes_are_least_squares_and_their_errors_robust(number):
    draw = np.random.default_rng(number)
    share = draw.random(40)
    rows = -0.3 * share + draw.normal(0, 0.2 + share, (1, 40))
    found = slope(share, rows)
    line = stats.linregress(share, rows[0])
    assert found.value == pytest.approx(line.slope)
    left = rows[0] - line.intercept - line.slope * share
    centred = share - share.mean()
    robust = np.sqrt(40 / 39 * (centred**2 * left**2).sum()) / (centred**2).sum()
    assert found.error == pytest.approx(robust)


def test_nothing_to_relate():
    same = np.full(20, 0.3)
    rows = np.random.default_rng(0).normal(size=(2, 20))
    assert rank_correlation(same, rows, seed=0, level=0.95, unit="images").method == "all alike"
    assert rank_correlation(same[:5], rows[:, :5], seed=0, level=0.95, unit="images").value is None
    assert slope(same, rows) is None
    nearly = np.append(np.zeros(19), 1.0)  # most draws lack the one that differs
    told = rank_correlation(nearly, np.append(np.zeros((2, 19)), np.ones((2, 1)), axis=1), seed=0, level=0.95, unit="x")
    assert told.value == pytest.approx(1)
