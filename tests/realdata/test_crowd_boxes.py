"""Boxes of a real crowd against experts: better than the majority, and as good with half the answers."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from crowd_boxes import compared, counts, drawn, load, stopped
from overpaint.review.crowd import fit_boxes, majority_boxes

pytestmark = pytest.mark.realdata

DRAWS = 4


@pytest.fixture(scope="module")
def crowd(realdata):
    return load(realdata)


@pytest.fixture(scope="module")
def whole(crowd):
    return counts(fit_boxes(crowd.all()).consensus, crowd)


def test_all_answers_against_the_majority(crowd, whole):
    mean, more, low, _ = compared([whole], [counts(majority_boxes(crowd.all()), crowd)])
    assert mean > 0.93 and more > 0.008 and low > 0


def test_three_workers_against_the_majority(crowd):
    sets = [drawn(crowd, 3, seed) for seed in range(DRAWS)]
    ours = [counts(fit_boxes(one).consensus, crowd) for one in sets]
    mean, more, low, _ = compared(ours, [counts(majority_boxes(one), crowd) for one in sets])
    assert mean > 0.915 and more > 0.005 and low > 0


def test_half_of_the_answers_are_enough(crowd, whole):
    told, share = [], 0.0
    for seed in range(2):
        consensus, _, used = stopped(crowd, seed)
        told.append(counts(consensus, crowd))
        share += len(used) / len(crowd.all()) / 2
    assert share <= 0.5 and compared(told, [whole] * 2)[1] >= -0.005
