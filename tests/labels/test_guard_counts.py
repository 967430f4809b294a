"""Numbers of images as marks of classes."""

import numpy as np
import pytest

from overpaint import labels
from overpaint.errors import LabelsError
from overpaint.labels._guard_counts import compare_counts

CLASSES = labels.class_list("ilsvrc")
RNG = np.random.default_rng(4)
COUNTS = np.where(RNG.random(1000) < 0.5, 1300, RNG.integers(730, 1300, 1000)).tolist()  # as ILSVRC has them


def test_the_same():
    check = compare_counts(COUNTS, COUNTS, CLASSES)
    assert (check.damaged, check.known) == (False, 1000)


@pytest.mark.parametrize("turn", [1, -1, 17, 500])
def test_turned_round(turn):
    found = compare_counts(np.roll(COUNTS, -turn).tolist(), COUNTS, CLASSES).findings[0]
    assert (found.kind, found.by % 1000, found.around) == ("shifted", turn % 1000, True)


def test_shifted_between_two_numbers():
    mine = [*COUNTS[:444], *COUNTS[445:800], 5, *COUNTS[800:]]
    check = compare_counts(mine, COUNTS, CLASSES)
    assert check.kinds == ("shifted",)
    found = check.findings[0]
    assert 444 <= found.at[0] < 460
    assert 780 < found.at[1] < 800
    assert found.by == 1


def test_sorted_as_text():
    order = sorted(range(1000), key=str)
    check = compare_counts([COUNTS[at] for at in order], COUNTS, CLASSES)
    assert check.kinds == ("missorted",)
    assert check.findings[0].order.startswith("number as text")


def test_swapped():
    mine = list(range(100, 1100))
    mine[3], mine[7] = mine[7], mine[3]
    check = compare_counts(mine, range(100, 1100), CLASSES)
    assert check.kinds == ("swapped",)
    assert set(check.findings[0].at) == {3, 7}


def test_a_copy_that_lacks_images_is_aligned_as_a_whole():
    true = RNG.integers(50, 5_000, 1000)
    mine = np.roll(true - RNG.integers(1, 20, 1000), -1) * 7  # no number is the same
    found = compare_counts(mine.tolist(), true.tolist(), CLASSES).findings
    assert [(each.kind, each.by) for each in found] == [("shifted", 1)]
    assert compare_counts(((true - 1) * 7).tolist(), true.tolist(), CLASSES).findings == ()


def test_counts_that_tell_nothing():
    assert not compare_counts([50] * 999 + [49], [50] * 1000, CLASSES).damaged
    with pytest.raises(LabelsError, match="1000 classes"):
        compare_counts([1], [1], CLASSES)
