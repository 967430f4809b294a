"""The largest subset with the shares that were asked for, against every subset there is."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import LabelsError
from overpaint.labels._balance import Margin, largest_subset, largest_subset_of_two


def fits(kept, margin, images):
    """The rule as it is written, in fractions."""
    for value, share in margin.shares.items():
        exact, off = share * images, margin.tolerance * images
        nearest = kept.get(value, 0) in {exact.__floor__(), exact.__ceil__()}
        if not nearest and not exact - off <= kept.get(value, 0) <= exact + off:
            return False
    return True


def slow(counts, margin):
    """Every subset: the largest number of images that fits."""
    ways = itertools.product(*(range(n + 1) for n in counts.values()))
    return max(sum(way) for way in ways if fits(dict(zip(counts, way, strict=True)), margin, sum(way)))


def slow_of_two(counts, first, second):
    best = 0
    for way in itertools.product(*(range(n + 1) for n in counts.values())):
        if sum(way) > best and all(
            fits(margins(dict(zip(counts, way, strict=True)), side), margin, sum(way))
            for side, margin in ((0, first), (1, second))
        ):
            best = sum(way)
    return best


def margins(counts, side):
    sums = {}
    for pair, n in counts.items():
        sums[pair[side]] = sums.get(pair[side], 0) + n
    return sums


@st.composite
def targets(draw, values):
    weights = draw(st.lists(st.integers(0, 6), min_size=len(values), max_size=len(values)).filter(any))
    off = draw(st.sampled_from([Fraction(0), Fraction(1, 50), Fraction(1, 10), Fraction(1, 3)]))
    return Margin({v: Fraction(w, sum(weights)) for v, w in zip(values, weights, strict=True)}, off)


@given(st.data())
def test_one_attribute_is_the_largest_of_all_subsets(data):
    values = "abcd"[: data.draw(st.integers(1, 4))]
    counts = {v: data.draw(st.integers(0, 9)) for v in values}
    margin = data.draw(targets(values))
    kept = largest_subset(counts, margin)
    assert all(0 <= kept[v] <= counts[v] for v in values)
    assert fits(kept, margin, sum(kept.values()))
    assert sum(kept.values()) == slow(counts, margin)


@given(st.data())
def test_two_attributes_are_the_largest_of_all_subsets(data):
    rows, columns = "ab", "xyz"[: data.draw(st.integers(1, 3))]
    pairs = list(itertools.product(rows, columns))
    counts = {pair: data.draw(st.integers(0, 4 if len(columns) < 3 else 3)) for pair in pairs}
    first, second = data.draw(targets(rows)), data.draw(targets(columns))
    kept = largest_subset_of_two(counts, first, second)
    assert all(0 <= kept[pair] <= counts[pair] for pair in pairs)
    assert fits(margins(kept, 0), first, sum(kept.values()))
    assert fits(margins(kept, 1), second, sum(kept.values()))
    assert sum(kept.values()) == slow_of_two(counts, first, second)


@given(st.data())
def test_two_attributes_of_which_one_is_free_are_one(data):
    values = "abcde"[: data.draw(st.integers(1, 5))]
    counts = {v: data.draw(st.integers(0, 5000)) for v in values}
    margin = data.draw(targets(values))
    both = largest_subset_of_two({(v, "x"): n for v, n in counts.items()}, margin, Margin({"x": Fraction(1)}))
    assert sum(both.values()) == sum(largest_subset(counts, margin).values())


def test_the_groups_are_as_near_to_their_shares_as_they_can_be():
    half = Fraction(1, 2)
    assert largest_subset({"a": 100, "b": 7}, Margin({"a": half, "b": half})) == {"a": 8, "b": 7}
    assert largest_subset({"a": 100, "b": 7}, Margin({"a": half, "b": half}, Fraction(1, 10))) == {"a": 10, "b": 7}
    third = Fraction(1, 3)
    assert largest_subset({"a": 9, "b": 9, "c": 9}, Margin(dict.fromkeys("abc", third))) == dict.fromkeys("abc", 9)
    # a wide tolerance is no reason to be far off: whatever can be equal is equal
    wide = Margin(dict.fromkeys("abc", third), Fraction(1, 5))
    kept = largest_subset({"a": 10, "b": 1000, "c": 1000}, wide)
    assert abs(kept["b"] - kept["c"]) <= 1


def test_a_group_that_is_not_there_leaves_what_whole_images_allow():
    half = Fraction(1, 2)
    assert sum(largest_subset({"a": 50}, Margin({"a": half, "b": half})).values()) == 1
    assert largest_subset({"a": 50, "b": 3}, Margin({"a": Fraction(1), "b": Fraction(0)})) == {"a": 50, "b": 0}
    assert largest_subset({}, Margin({"a": Fraction(1)})) == {"a": 0}


def test_a_million_times_as_many_is_no_other_question():
    shares = {"a": Fraction(1, 4), "b": Fraction(3, 4)}
    kept = largest_subset({"a": 9_000_000, "b": 6_000_001}, Margin(shares))
    assert sum(kept.values()) == 8_000_002  # b: three quarters of it, rounded down
    pairs = {("a", "x"): 2_000_000, ("a", "y"): 5_000_000, ("b", "x"): 7_000_000, ("b", "y"): 1_000_000}
    two = largest_subset_of_two(pairs, Margin(shares), Margin({"x": Fraction(1, 2), "y": Fraction(1, 2)}))
    # half of all are y, of which b has a million: the others are all of a, and a is a quarter
    assert 4_000_000 <= sum(two.values()) <= 4_000_010
    assert abs(4 * (two["a", "x"] + two["a", "y"]) - sum(two.values())) < 4


def test_what_goes_is_spread_over_the_pairs():
    half = {v: Fraction(1, 2) for v in "ab"}, {v: Fraction(1, 2) for v in "xy"}
    counts = {("a", "x"): 100, ("a", "y"): 100, ("b", "x"): 50, ("b", "y"): 50}
    kept = largest_subset_of_two(counts, Margin(half[0]), Margin(half[1]))
    assert sum(kept.values()) == 201  # one more of a than of b, and of x than of y or the reverse
    assert max(kept["a", "x"], kept["a", "y"]) <= 51


@pytest.mark.parametrize(
    ("shares", "tolerance", "word"),
    [
        ({"a": Fraction(1, 2)}, 0, "1 together"),
        ({}, 0, "1 together"),
        ({"a": Fraction(3, 2), "b": Fraction(-1, 2)}, 0, "at least 0"),
        ({"a": Fraction(1)}, 2, "tolerance of 2"),
        ({"a": Fraction(1, 10**10), "b": 1 - Fraction(1, 10**10)}, 0, "digits"),
    ],
)
def test_targets_that_are_none(shares, tolerance, word):
    with pytest.raises(LabelsError, match=word):
        Margin(shares, Fraction(tolerance))


def test_a_group_without_a_share_is_named():
    with pytest.raises(LabelsError, match="'b'"):
        largest_subset({"a": 1, "b": 2}, Margin({"a": Fraction(1)}))


def test_bounds_hold_the_exact_share():
    margin = Margin({"a": Fraction(2, 7), "b": Fraction(5, 7)}, Fraction(1, 20))
    images = np.arange(500)
    low, high = margin.bounds("a", images)
    assert ((low <= 2 * images / 7 + 1e-9) & (high >= 2 * images / 7 - 1e-9)).all()
