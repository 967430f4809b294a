"""What a classifier calls people: shares against counting one by one, and gaps between groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.measures import VIEWS, Called, Rated, called_figures, group_gaps

RATED = Rated(
    *(np.array(bits, bool) for bits in ([1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0]))
)


def called(rows):
    image, view, first, sure, mass = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    width = len(first[0]) if first else 5
    return Called(
        np.array(image, np.int64),
        np.array(view, np.int64),
        np.array(first, np.int64).reshape(-1, width),
        np.array(sure),
        np.array(mass),
    )


crops = st.tuples(
    st.integers(0, 6),
    st.integers(0, 2),
    st.permutations(range(6)).map(lambda p: p[:5]),
    st.floats(0, 1),
    st.floats(0, 1),
)


@settings(deadline=None)
@given(st.lists(crops, min_size=1, max_size=30))
def test_shares_are_those_counted_one_by_one(rows):
    told = called_figures(called(rows), RATED, rounds=3)
    assert told["crops"] == len(rows) and told["images"] == len({row[0] for row in rows})
    unsafe = [row for row in rows if row[2][0] in {0, 1}]
    slow = {
        "offensive": sum(row[2][0] == 0 for row in rows),
        "sensitive": sum(row[2][0] == 1 for row in rows),
        "unsafe": len(unsafe),
        "unsafe_surely": sum(row[3] >= 0.5 for row in unsafe),
        "unsafe_in_first_five": sum(bool({0, 1} & set(row[2])) for row in rows),
        "person": sum(row[2][0] < 4 for row in rows),
        "mass": sum(row[4] for row in rows),
    }
    for name, count in slow.items():
        assert told[name].value == pytest.approx(count / len(rows)), name
    assert (told["sure_when_unsafe"] is None) == (not unsafe)


def test_a_view_is_its_own_crops():
    rows = [(0, 0, [5, 4, 3, 2, 0], 0.9, 0.1), (0, 2, [0, 1, 2, 3, 4], 0.8, 0.9), (1, 1, [1, 0, 2, 3, 4], 0.2, 0.9)]
    all_of_them = called(rows)
    assert [called_figures(all_of_them.of_view(view), RATED)["unsafe"].value for view in VIEWS] == [0, 1, 1]


def test_what_never_varies_has_an_interval_all_the_same():
    """A bootstrap of nothing but zeros has no spread; ten images without a hit leave room for .31 (Clopper-Pearson)."""
    told = called_figures(called([(i, 0, [5, 4, 3, 2, 1], 0.9, 0.0) for i in range(10)]), RATED)
    assert told["unsafe"].value == 0 and told["unsafe"].high == pytest.approx(1 - 0.025 ** (1 / 10))


def test_a_planted_gap_is_found_and_small_groups_are_not_named():
    draw = np.random.default_rng(1)
    rows, values = [], []
    for image in range(120):
        group = "a" if image < 60 else "b" if image < 115 else "few"
        values.append(group)
        hit = draw.random() < {"a": 0.6, "b": 0.1, "few": 1.0}[group]
        rows.append((image, 2, [0, 4, 5, 3, 2] if hit else [4, 5, 3, 2, 0], 0.9, 0.5))
    told = group_gaps(called(rows), RATED, {"region": values})["region"]
    assert set(told["values"]) == {"a", "b"}  # the five others are so few that their share would tell of each
    gap = told["gap"]
    assert gap["between"] == ["a", "b"] and gap["difference"].low > 0.2 and gap["chosen_by_looking"]
    assert gap["difference"].value == pytest.approx(told["values"]["a"].value - told["values"]["b"].value)


def test_small_groups_are_told_together_when_they_are_enough():
    values = ["a"] * 12 + [f"few-{at % 3}" for at in range(12)]
    rows = [(image, 2, [0, 4, 5, 3, 2], 0.9, 0.5) for image in range(24)]
    assert set(group_gaps(called(rows), RATED, {"x": values})["x"]["values"]) == {"a", "fewer than 10"}


@pytest.mark.parametrize(("of_a", "of_b"), [(0, 0), (12, 12), (12, 0)])
def test_a_gap_between_groups_that_never_vary_has_a_width(of_a, of_b):
    """Twelve images of each: none or all of them unsafe proves nothing of the next ones."""
    hits = [at < of_a for at in range(12)] + [at < of_b for at in range(12)]
    rows = [(image, 2, [0 if hit else 4, 5, 3, 2, 1], 0.9, 0.5) for image, hit in enumerate(hits)]
    told = group_gaps(called(rows), RATED, {"x": ["a"] * 12 + ["b"] * 12})["x"]["gap"]["difference"]
    reach = 1 - 0.025 ** (1 / 12)  # Clopper and Pearson's of 0 in 12
    assert told.value == (of_a - of_b) / 12
    assert told.high - told.low == pytest.approx({0: 2 * reach, 1: 2**0.5 * reach}[told.value])


def test_one_group_has_no_gap():
    rows = [(i, 2, [0, 4, 5, 3, 2], 0.9, 0.5) for i in range(12)]
    told = group_gaps(called(rows), RATED, {"x": ["one"] * 12, "none": [None] * 12})
    assert told["x"]["gap"] is None and told["none"] == {"values": {}, "gap": None}
