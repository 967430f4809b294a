"""Hits, average precision and influences, against slow and obvious references."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.measures._predictions import Predictions
from overpaint.measures._utility_scores import average_precision, hits, scored

SCORES = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12)


def slow_precision(rows):
    """Over (score, positive, weight): at each threshold, what recall is gained times the precision there."""
    positives = sum(weight for _, right, weight in rows if right)
    found, recall = Fraction(0), Fraction(0)
    for threshold in sorted({score for score, _, _ in rows}, reverse=True):
        above = [(right, weight) for score, right, weight in rows if score >= threshold]
        true, seen = sum(w for right, w in above if right), sum(w for _, w in above)
        if seen:
            now = Fraction(true) / Fraction(positives)
            found += (now - recall) * Fraction(true) / Fraction(seen)
            recall = now
    return found


@settings(deadline=None)
@given(SCORES)
def test_average_precision_is_the_slow_one(rows):
    # an image of weight 3 is there three times, one of weight 0 not at all
    scores = np.repeat([s for s, _, _ in rows], [w for _, _, w in rows]).astype(float)
    right = np.repeat([r for _, r, _ in rows], [w for _, _, w in rows])
    found = average_precision(scores, right)
    if not right.any():
        assert found is None
    else:
        assert found.value == pytest.approx(float(slow_precision(rows)))
        assert found.influence.sum() == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(SCORES.filter(lambda rows: any(right for _, right, _ in rows)), st.data())
def test_influences_are_derivatives_by_weight(rows, data):
    scores, right = np.array([s for s, _, _ in rows], float), np.array([r for _, r, _ in rows])
    found = average_precision(scores, right)
    one, little = data.draw(st.integers(0, len(rows) - 1)), Fraction(1, 10**6)
    sides = []
    for change in (little, -little):
        weighted = [(s, r, 1 + change * (place == one)) for place, (s, r, _) in enumerate(rows)]
        sides.append(slow_precision(weighted))
    slope = (sides[0] - sides[1]) / (2 * little)
    assert found.influence[one] == pytest.approx(float(slope), abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=7), st.data())
def test_hits_are_the_share_of_orders_that_break_ties(row, data):
    label = data.draw(st.integers(0, len(row) - 1))
    above, equal = sum(each > row[label] for each in row), sum(each == row[label] for each in row)
    for top in (1, 2, 5):
        share = sum(above + place < top for place in range(equal)) / equal
        assert hits(np.array([row], float), np.array([label]), top)[0] == pytest.approx(share)


def test_scored_by_hand_and_some_rows_at_a_time(monkeypatch):
    draw = np.random.default_rng(3)
    logits, labels = draw.normal(0, 3, (11, 7)).astype(np.float32), draw.integers(0, 7, 11)
    given = Predictions("a", 0, labels, logits, tuple(map(str, range(11))), tuple("abcdefg"))
    whole = scored(given)
    monkeypatch.setattr("overpaint.measures._utility_scores._ROWS", 3)
    parts = scored(given)
    for name in ("top1", "top5", "sure", "normal", "said"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    softmax = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=1, keepdims=True)
    assert np.exp(whole.sure) == pytest.approx(softmax[np.arange(11), labels])
    assert whole.top1.tolist() == (logits.argmax(axis=1) == labels).astype(float).tolist()
    ranks = (-logits).argsort(axis=1).argsort(axis=1)[np.arange(11), labels]
    assert whole.top5.tolist() == (ranks < 5).astype(float).tolist()


def test_top5_of_five_classes_is_not_given():
    given = Predictions("a", 0, np.zeros(2, np.int64), np.zeros((2, 5), np.float32), ("x", "y"), tuple("abcde"))
    assert scored(given).top5 is None and scored(given).top1.tolist() == [0.2, 0.2]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_influences_foretell_the_bootstrap(seed):
    draw = np.random.default_rng(seed)
    n = 300
    right = draw.random(n) < 0.3
    scores = right * 1.0 + draw.normal(0, 1, n)
    found = average_precision(scores, right)
    drawn = []
    for _ in range(200):
        at = draw.integers(0, n, n)
        drawn.append(average_precision(scores[at], right[at]).value)
    assert np.std(drawn) == pytest.approx(np.sqrt((found.influence**2).sum()), rel=0.25)
