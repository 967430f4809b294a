"""Samples with unequal odds: against sums by hand, and known totals."""

import math

import numpy as np
import pytest

from overpaint.errors import UsageError
from overpaint.measures import estimate_weighted
from overpaint.measures._residual_intervals import ends, spread_of, sums_of
from overpaint.measures._residual_weighted import weighted_spread


def test_equal_odds_are_a_plain_sample():
    counts = [0] * 40 + [1, 2, 1, 5, 1, 1, 3]
    plain = spread_of(sums_of([(470, counts)]))
    y = np.array(counts, float)
    for population in (None, 470):
        found = weighted_spread(y, np.full(47, 10.0), population, fixed=True)
        assert found.unseen == pytest.approx(plain.unseen) and found.variance == pytest.approx(plain.variance)
        assert found.excess == pytest.approx(plain.excess, rel=0.15)
    told = estimate_weighted(counts, [10.0] * 47)
    low, high = ends(plain)
    assert told.low == pytest.approx(low, rel=0.02) and told.high == pytest.approx(high, rel=0.02)


def test_the_variances_are_what_the_formulas_say():
    y, w = [0, 3, 1, 0, 2], [4.0, 1.5, 9.0, 2.0, 6.0]
    coins = math.fsum((1 - 1 / b) * (b * a) ** 2 for a, b in zip(y, w, strict=True))
    assert weighted_spread(np.array(y, float), np.array(w), None, fixed=False).variance == pytest.approx(coins)
    left = [1 - 1 / b for b in w]
    middle = math.fsum(q * b * a for q, a, b in zip(left, y, w, strict=True)) / math.fsum(left)
    number = 5 / 4 * math.fsum(q * (b * a - middle) ** 2 for q, a, b in zip(left, y, w, strict=True))
    assert weighted_spread(np.array(y, float), np.array(w), None, fixed=True).variance == pytest.approx(number)
    scaled = [b * 50 / 22.5 for b in w]
    mean = math.fsum(b * a for a, b in zip(y, scaled, strict=True)) / 50
    ratio = math.fsum(q * (b * (a - mean)) ** 2 for q, a, b in zip(left, y, scaled, strict=True))
    assert weighted_spread(np.array(y, float), np.array(w), 50, fixed=False).variance == pytest.approx(ratio)


def test_all_looked_at_is_a_count():
    told = estimate_weighted([3, 0, 1], [1, 1, 1])
    assert told.value == told.low == told.high == 4


def test_few_findings_have_no_interval():
    told = estimate_weighted([1, 0, 0, 2] + [0] * 30, [10] * 34, 340)
    assert told.value == 30 and told.low is None and "2 images" in told.method


@pytest.mark.parametrize(("draw", "scaled"), [("fixed", False), ("fixed", True), ("poisson", False), ("poisson", True)])
def test_intervals_hold_known_misses(draw, scaled):
    random = np.random.default_rng(4)
    size = 3000
    measure = random.lognormal(0, 0.7, size) + 0.3
    counts = np.where(random.random(size) < 0.15 * np.sqrt(measure), random.geometric(0.6, size), 0)
    chance = np.minimum(1, 150 * measure / measure.sum())
    held = 0
    for _ in range(300):
        if draw == "poisson":
            at = np.nonzero(random.random(size) < chance)[0]
        else:
            order = random.permutation(size)
            cumulated = np.cumsum(chance[order])
            marks = np.arange(random.random(), cumulated[-1], 1.0)
            at = order[np.minimum(np.searchsorted(cumulated, marks), size - 1)]
        told = estimate_weighted(counts[at].tolist(), (1 / chance[at]).tolist(), size if scaled else None, draw=draw)
        assert told.low >= counts[at].sum() - 1e-9
        held += told.low <= counts.sum() <= told.high
    assert 0.9 <= held / 300 <= 0.99


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (([1], [2.0]), "two or more"),
        (([1, 2], [2.0]), "one weight for each"),
        (([1, 2], [2.0, 0.5]), "below 1"),
        (([1, 2], [2.0, math.nan]), "below 1"),
        (([1, -2], [2.0, 2.0]), "negative"),
        (([1, 2], [2.0, 2.0], 1), "population"),
    ],
)
def test_what_cannot_be_estimated(given, words):
    with pytest.raises(UsageError, match=words):
        estimate_weighted(*given)
