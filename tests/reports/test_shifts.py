"""Ratios of shares and their tests, against the definitions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.reports._shifts import adjusted, by_classes, chi_square, fisher, ratio


def slow_fisher(lost, of, others_lost, others):
    """All tables with these margins, in fractions."""
    gone, images = lost + others_lost, of + others
    chances = {
        k: Fraction(math.comb(of, k) * math.comb(others, gone - k), math.comb(images, gone))
        for k in range(max(0, gone - others), min(of, gone) + 1)
    }
    return float(sum(chance for chance in chances.values() if chance <= chances[lost]))


tables = st.tuples(st.integers(1, 25), st.integers(1, 25)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@given(tables)
def test_fisher_is_the_sum_of_what_is_no_more_likely(table):
    assert fisher(*table) == pytest.approx(slow_fisher(*table), rel=1e-6, abs=1e-12)


@given(tables)
def test_the_two_sides_of_a_table_are_one_question(table):
    lost, of, others_lost, others = table
    one, other = ratio(*table), ratio(others_lost, others, lost, of)
    assert one.p == pytest.approx(other.p)
    if lost and others_lost:
        assert one.value == pytest.approx(1 / other.value)
        assert (one.low, one.high) == (pytest.approx(1 / other.high), pytest.approx(1 / other.low))
    if one.value is not None:
        assert one.low <= one.value <= one.high


def test_numbers_of_a_textbook():
    """The tea-tasting lady (3 of 4 right: p = 0.486), and a table of Pearson's test by hand."""
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    # (20 of 50 and 35 of 50): 100 (20 * 15 - 35 * 30)^2 / (55 * 45 * 50 * 50) = 9.09, p = 0.00257
    assert chi_square(20, 50, 35, 50) == pytest.approx(0.002569, rel=1e-3)
    found = ratio(20, 50, 35, 50)
    assert found.how == "chi-square"
    # near log(0.5714) -+ 1.96 sqrt(1/20 - 1/50 + 1/35 - 1/50), which serves where shares are in the middle
    assert (found.low, found.high) == (pytest.approx(0.3892, rel=0.03), pytest.approx(0.8391, rel=0.03))


def test_nothing_lost_says_nothing():
    assert ratio(0, 10, 0, 90).value is None
    assert ratio(0, 0, 5, 9).p == 1
    whole = ratio(10, 10, 0, 90)
    assert whole.value == whole.high == math.inf
    assert whole.low > 1
    assert ratio(0, 50, 20, 50).low == 0


def test_where_all_are_lost_the_interval_is_that_of_the_share():
    """17 of 17 beside a share that is known well: as wide as Wilson's, 0.816 to 1."""
    found = ratio(17, 17, 500_000, 1_000_000)
    assert (found.low, found.value, found.high) == (pytest.approx(1.63, abs=0.01), 2, pytest.approx(2, abs=0.01))
    none = ratio(0, 17, 500_000, 1_000_000)
    assert (none.low, none.value, none.high) == (0, 0, pytest.approx(0.37, abs=0.01))


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    for n, share, m, other in ((40, 0.9, 4000, 0.3), (60, 0.05, 600, 0.1), (20, 0.5, 20, 0.5)):
        held = 0
        for lost, others_lost in zip(rng.binomial(n, share, 2000), rng.binomial(m, other, 2000), strict=True):
            found = ratio(int(lost), n, int(others_lost), m)
            held += found.low <= share / other <= found.high
        assert 0.93 <= held / 2000 <= 0.985, (n, share)


def test_many_tests_at_once():
    """Benjamini and Hochberg's own example (1995): 15 p values, of which four are found at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    q = adjusted([*p, 0.7590, 1.0])
    assert sum(value <= 0.05 for value in q) == 4
    assert q == sorted(q)
    assert adjusted([]) == []
    shuffled = adjusted([0.7590, *p[::-1], 1.0])
    assert shuffled[0] == q[13]
    assert shuffled[1:14] == q[12::-1]


def test_whole_classes_that_go_are_one_draw_each():
    """Groups are spread unevenly over classes, and which class goes has nothing to do with it."""
    rng = np.random.default_rng(5)
    surely, naively, rounds = 0, 0, 300
    for _ in range(rounds):
        size = rng.integers(20, 200, 80)
        mine = rng.binomial(size, rng.beta(0.5, 0.5, 80))  # classes differ much in whom they show
        gone = rng.random(80) < 0.4
        lost, others = mine * gone, size - mine
        naively += ratio(int(lost.sum()), int(mine.sum()), int((others * gone).sum()), int(others.sum())).p < 0.05
        surely += by_classes(lost, mine, others * gone, others).p < 0.05
    assert naively / rounds > 0.5  # as if each image were a draw of its own
    assert surely / rounds < 0.1


def test_a_filter_that_takes_one_group_is_found():
    rng = np.random.default_rng(6)
    size = rng.integers(20, 200, 80)
    share = rng.beta(2, 2, 80)
    mine = rng.binomial(size, share)
    gone = rng.random(80) < np.where(share > 0.6, 0.8, 0.2)
    found = by_classes(mine * gone, mine, (size - mine) * gone, size - mine)
    assert found.how == "classes"
    assert found.low > 1
    assert found.p < 0.01


def test_few_classes_count_image_by_image():
    assert by_classes([5, 0], [10, 0], [1, 1], [10, 10]).how in {"exact", "chi-square"}
