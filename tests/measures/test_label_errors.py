"""Doubts about labels, and how many are wrong: as cleanlab has it, and as the paper's formula is written."""

import importlib

import numpy as np
import pytest
from cleanlab.count import compute_confident_joint
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint import measures
from overpaint.errors import LabelsError
from overpaint.measures import _label_errors
from overpaint.measures._label_errors import confident_joint


def predicted(rng, count, width, *, sure=3.0):
    """Labels, and probabilities that lean towards them."""
    labels = rng.integers(0, width, count)
    weights = rng.random((count, width))
    weights[np.arange(count), labels] += sure * rng.random(count)
    return labels, weights / weights.sum(axis=1, keepdims=True)


def slowly(labels, probabilities, weights):
    """Northcutt et al. 2021, equation 1, as loops; a threshold is a mean over the class's own samples."""
    width = probabilities.shape[1]
    thresholds = []
    for one in range(width):
        mine = [at for at, label in enumerate(labels) if label == one and weights[at] > 0]
        total = sum(weights[at] for at in mine)
        thresholds.append(sum(weights[at] * probabilities[at, one] for at in mine) / total if mine else 2.0)
    joint = np.zeros((width, width))
    for at, label in enumerate(labels):
        reached = [one for one in range(width) if probabilities[at, one] >= thresholds[one] - 1e-6]
        if reached:
            best = reached[0] if len(reached) == 1 else int(np.argmax(probabilities[at]))
            joint[label, best] += weights[at]
    for one in range(width):
        joint[one, one] = max(1.0, joint[one, one])
    return joint


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_the_confident_joint_is_cleanlabs(seed, count, width):
    labels, probabilities = predicted(np.random.default_rng(seed), count, width)
    ours = confident_joint(labels, probabilities, np.ones(count))
    assert np.array_equal(ours, compute_confident_joint(labels, probabilities, calibrate=False))


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_the_confident_joint_with_weights(seed, count, width):
    rng = np.random.default_rng(seed)
    labels, probabilities = predicted(rng, count, width)
    weights = rng.integers(0, 4, count).astype(float)
    assert np.allclose(confident_joint(labels, probabilities, weights), slowly(labels, probabilities, weights))
    assert np.allclose(  # a weight of n is n samples
        confident_joint(labels, probabilities, weights),
        confident_joint(np.repeat(labels, weights.astype(int)), np.repeat(probabilities, weights.astype(int), axis=0),
                        np.ones(int(weights.sum()))),
    )  # fmt: skip


def planted(seed=0, count=600, width=4, share=0.1):
    rng = np.random.default_rng(seed)
    truth, probabilities = predicted(rng, count, width, sure=12.0)
    wrong = np.zeros(count, bool)
    wrong[rng.choice(count, round(share * count), replace=False)] = True
    labels = np.where(wrong, (truth + rng.integers(1, width, count)) % width, truth)
    return truth, labels, wrong, probabilities


def test_planted_errors_are_doubted():
    truth, labels, wrong, probabilities = planted()
    doubts = measures.doubt(labels, probabilities)
    assert np.allclose(doubts.score, probabilities[np.arange(len(labels)), labels])
    assert np.array_equal(doubts.guessed, probabilities.argmax(axis=1))
    assert wrong[doubts.flagged].mean() > 0.85
    assert doubts.flagged[wrong].mean() > 0.75
    assert not (doubts.flagged & (doubts.guessed == labels)).any()
    assert (doubts.guessed == truth)[wrong].mean() > 0.9
    assert doubts.score[wrong].mean() < doubts.score[~wrong].mean() / 4


@pytest.mark.parametrize("width", [1, 3])
def test_nothing_to_doubt(width):
    none = measures.doubt(np.zeros(0, np.int64), np.zeros((0, width)))
    assert (len(none.score), len(none.guessed), len(none.flagged)) == (0, 0, 0)
    one = measures.doubt(np.zeros(3, np.int64), np.full((3, 1), 1.0))
    assert one.score.tolist() == [1, 1, 1] and not one.flagged.any()


def test_classes_that_nobody_was_given():
    """Predictions may know more classes than a dataset has; what they say of those is a guess as any other."""
    labels, probabilities = predicted(np.random.default_rng(1), 200, 3, sure=8.0)
    wider = np.hstack([probabilities * 0.9, np.full((200, 2), 0.05)])
    wider[0] = [0.01, 0.01, 0.01, 0.01, 0.96]
    doubts, counts = measures.doubt(labels, wider), measures.count_errors(labels, wider)
    assert doubts.guessed[0] == 4 and doubts.score[0] == pytest.approx(0.01)
    assert counts.images.tolist()[3:] == [0, 0] and counts.errors.tolist()[3:] == [0, 0]


def test_how_many_are_wrong():
    _, labels, wrong, probabilities = planted(seed=3)
    counts = measures.count_errors(labels, probabilities)
    errors, low, high = counts.total
    assert low <= errors <= high and low <= wrong.sum() <= high
    assert counts.errors.sum() == pytest.approx(errors) and counts.images.sum() == len(labels)
    assert (counts.low <= counts.high).all() and counts.resamples == 400
    assert np.array_equal(measures.count_errors(labels, probabilities).low, counts.low)  # the seed decides
    assert not np.array_equal(measures.count_errors(labels, probabilities, seed=1).low, counts.low)
    nothing = measures.count_errors(np.zeros(0, np.int64), np.zeros((0, 3)))
    assert nothing.total == (0, 0, 0) and nothing.errors.tolist() == [0, 0, 0]


def test_none_that_is_wrong_is_no_proof():
    labels = np.arange(600) % 3
    probabilities = np.full((600, 3), 0.01) + 0.97 * np.eye(3)[labels]
    counts = measures.count_errors(labels, probabilities)
    assert counts.errors.tolist() == [0, 0, 0] == counts.low.tolist()
    assert counts.high == pytest.approx([3, 3, 3], abs=0.05) and counts.total == pytest.approx((0, 0, 3), abs=0.05)
    copies = measures.count_errors(labels, probabilities, groups=np.arange(600) // 6)
    assert copies.high == pytest.approx([5.9] * 3, abs=0.1)


def test_copies_are_drawn_together():
    """Ten copies of each sample tell no more than one: the interval stays as wide for its size."""
    _, labels, _, probabilities = planted(count=100)
    many, all_ = np.repeat(labels, 10), np.repeat(probabilities, 10, axis=0)
    alone = measures.count_errors(many, all_)
    together = measures.count_errors(many, all_, groups=np.repeat(np.arange(100), 10))
    width = [one.total[2] - one.total[1] for one in (alone, together)]
    assert width[1] > 2 * width[0]
    assert alone.errors == pytest.approx(together.errors)


def test_without_the_extra(monkeypatch):
    def missing(name):
        if name == "cleanlab":
            raise ModuleNotFoundError(name="cleanlab")
        return importlib.import_module(name)

    monkeypatch.setattr(_label_errors, "import_module", missing)
    with pytest.raises(LabelsError, match=r"^cleanlab is not installed; install overpaint\[labels\]$"):
        measures.doubt(np.zeros(1, np.int64), np.ones((1, 2)) / 2)
