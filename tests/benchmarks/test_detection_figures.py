"""Figures of detection on made matches whose truth is known."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _confirming import logistic, ranked
from _detection import Matched, paired, recall_at, threshold_for
from _votes import platt


def matched(true, false, missed=0):
    """One image: scores of the detections that are faces, of those that are not, and faces nobody saw."""
    scores = np.array([*true, *false], np.float64)
    order = np.argsort(-scores)
    flags = np.array([True] * len(true) + [False] * len(false), np.bool_)
    caught = np.array([*true, *([-1.0] * missed)], np.float64)
    whose = np.array([*range(len(true)), *([-1] * len(false))], np.int64)
    tall = np.full(len(scores), 30.0)
    return Matched(scores[order], flags[order], caught, np.full(len(caught), 30.0), whose[order], tall)


def test_the_threshold_for_a_recall_is_the_score_of_the_last_face_needed():
    images = [matched([0.9, 0.4], []), matched([0.7], [0.8], missed=1)]
    assert threshold_for(images, recall=0.25) == 0.9
    assert threshold_for(images, recall=0.5) == 0.7
    assert threshold_for(images, recall=0.75) == 0.4
    assert math.isnan(threshold_for(images, recall=1.0))


def test_recall_at_a_precision_takes_the_lowest_threshold_that_holds_it():
    images = [matched([0.9, 0.5, 0.3], [0.6, 0.2])]
    assert recall_at(images, precision=1.0) == pytest.approx(1 / 3)
    assert recall_at(images, precision=0.75) == 1.0
    assert recall_at([matched([], [0.9], missed=1)], precision=0.5) == 0.0


def test_a_difference_in_pairs_is_nought_with_itself_and_sure_where_all_images_agree():
    worse = [matched([0.9], [0.95]) for _ in range(8)]
    better = [matched([0.9], [0.1]) for _ in range(8)]
    assert paired(worse, worse, rounds=50) == (0.0, 0.0, 0.0)
    assert paired(better, worse, rounds=50) == pytest.approx((0.5, 0.5, 0.5))


def test_logistic_regression_finds_the_weights_that_made_the_data():
    draw = np.random.default_rng(0)
    design = np.column_stack([np.ones(20_000), draw.normal(0, 1, (20_000, 2))])
    true = draw.random(20_000) < 1 / (1 + np.exp(-design @ [0.5, 2.0, -1.0]))
    found = logistic(design, true.astype(float), np.ones(20_000))
    np.testing.assert_allclose(found, [0.5, 2.0, -1.0], atol=0.1)


def test_platts_constants_are_found_again():
    draw = np.random.default_rng(1)
    scores = draw.uniform(0.05, 0.95, 20_000)
    true = draw.random(20_000) < 1 / (1 + np.exp(-(-1.0 + 2.0 * np.log(scores / (1 - scores)))))
    fit = platt(scores, true)
    assert (fit.shift, fit.slope) == pytest.approx((-1.0, 2.0), abs=0.1)


def test_pairs_ranked_rightly():
    assert ranked(np.array([0.9, 0.5, 0.5]), np.array([True, True, False])) == 0.75
