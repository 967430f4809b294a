"""Paired differences: by hand, against sums of squares, and how often their intervals hold the truth."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overpaint.measures._discoveries import benjamini_hochberg, moderated
from overpaint.measures._utility_paired import Differences, paired


def crossed(draw, seeds, images, a, b, e):
    return a * draw.normal(size=(seeds, 1)) + b * draw.normal(size=(1, images)) + e * draw.normal(size=(seeds, images))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(3, 40), st.integers(0, 10**6))
def test_the_error_is_that_of_sums_of_squares(seeds, images, number):
    # two-way layout without repetition: seeds and images are random, the variance of the mean is their sum less noise
    rows = crossed(np.random.default_rng(number), seeds, images, 0.3, 0.5, 1.0)
    mean = rows.mean()
    by_seed, by_image = rows.mean(axis=1) - mean, rows.mean(axis=0) - mean
    left = rows - mean - by_seed[:, None] - by_image
    of_seeds = images * (by_seed**2).sum() / (seeds - 1)
    of_images = seeds * (by_image**2).sum() / (images - 1)
    of_noise = (left**2).sum() / ((seeds - 1) * (images - 1))
    differences = Differences.of_mean(rows)
    assert differences.between_seeds / seeds == pytest.approx(of_seeds / seeds / images)
    parts = max(0.0, (of_images - of_noise) / seeds / images)
    assert differences.between_images == pytest.approx(parts, abs=1e-9)
    assert paired(differences).value == pytest.approx(mean)


def test_by_hand():
    found = paired(Differences.of_mean(np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, -1.0, 1.0]])))
    assert found.value == pytest.approx(1 / 3)
    # seeds: 1/3, 2/3, 0: deviation 1/3, so the error is 1/3/sqrt(3); t of two degrees is 4.3027
    half = 4.302652729911275 / 3 / math.sqrt(3)
    assert (found.seeds.low, found.seeds.high) == (pytest.approx(1 / 3 - half), pytest.approx(1 / 3 + half))
    assert found.both.low <= found.seeds.low and found.both.high >= found.seeds.high


def test_one_seed_is_told_to_say_nothing_of_others():
    draw = np.random.default_rng(0)
    row = draw.normal(0.5, 1, (1, 50))
    found = paired(Differences.of_mean(row))
    low, high = stats.t.interval(0.95, 49, row.mean(), stats.sem(row[0]))
    assert (found.both.low, found.both.high) == (pytest.approx(low), pytest.approx(high))
    assert found.seeds.low is None and "one seed" in found.both.method


def test_no_variance_is_no_certainty():
    nothing = paired(Differences.of_mean(np.zeros((3, 5))))
    assert nothing.p == 1 and (nothing.both.low, nothing.both.high) == (0, 0)
    assert paired(Differences.of_mean(-np.ones((3, 5)))).p == 2**-4


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.integers(2, 30), st.integers(0, 10**6), st.floats(-2, 2))
def test_both_are_never_narrower_than_seeds_alone_and_shift_with_the_data(seeds, images, number, by):
    rows = crossed(np.random.default_rng(number), seeds, images, 0.2, 1.0, 0.5)
    found, moved, turned = (paired(Differences.of_mean(each)) for each in (rows, rows + by, -rows))
    assert found.both.high - found.both.low >= (found.seeds.high - found.seeds.low) * (1 - 1e-9)
    assert moved.both.low == pytest.approx(found.both.low + by) and moved.error == pytest.approx(found.error)
    assert turned.both.low == pytest.approx(-found.both.high) and turned.p == pytest.approx(found.p)


@pytest.mark.parametrize(("a", "b", "e"), [(0.1, 0.0, 1.0), (0.0, 1.0, 0.3), (0.1, 0.5, 1.0)])
def test_intervals_hold_the_truth_as_often_as_they_say(a, b, e):
    draw = np.random.default_rng(5)
    held = 0
    for _ in range(600):
        found = paired(Differences.of_mean(crossed(draw, 5, 60, a, b, e))).both
        held += found.low <= 0 <= found.high
    assert 0.925 <= held / 600 <= 1  # 95 % less three standard errors; noise alone is met a little too often


def slow_adjusted(p):
    """By its definition: the smallest rate at which the step-up procedure would reject each."""
    ranked = sorted(p)
    return [
        min(min(1.0, value * len(p) / (place + 1)) for place, value in enumerate(ranked) if value >= own) for own in p
    ]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_p_values_are_the_slow_ones(p):
    assert benjamini_hochberg(p) == pytest.approx(slow_adjusted(p))
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))


def test_what_was_not_tested_counts_as_no_test():
    q = benjamini_hochberg([0.01, math.nan, 0.04])
    assert q[0] == pytest.approx(0.02) and math.isnan(q[1]) and q[2] == pytest.approx(0.04)


def test_variances_are_drawn_together_as_far_as_they_are_alike():
    draw = np.random.default_rng(1)
    freedom = 4
    alike = draw.chisquare(freedom, 3000) / freedom
    found, degrees = moderated(alike, freedom)
    assert degrees > 60 and found.mean() == pytest.approx(1, rel=0.05)
    prior = 6  # true variances are those of a scaled inverse chi-squared, of which Smyth's formula is the posterior
    true = prior / draw.chisquare(prior, 20000)
    found, degrees = moderated(true * draw.chisquare(freedom, 20000) / freedom, freedom)
    assert degrees == pytest.approx(prior + freedom, rel=0.1)
    # t with the moderated variances is Student's t of the added degrees
    t = draw.normal(size=20000) * np.sqrt(true / found)
    assert (np.abs(t) > stats.t.ppf(0.975, degrees)).mean() == pytest.approx(0.05, abs=0.006)


def test_few_variances_stay_as_they_are():
    few = np.array([0.5, 1.0, 0.0, 2.0])
    found, degrees = moderated(few, 4)
    assert found.tolist() == few.tolist() and degrees == 4
