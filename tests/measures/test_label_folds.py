"""Folds that never part copies, and predictions by what did not see them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint import measures
from overpaint.errors import UsageError


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=1, max_size=80), st.integers(2, 6))
@settings(max_examples=100, deadline=None)
def test_a_group_is_in_one_fold(pairs, folds):
    given_, groups = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    found = measures.folds_of(given_, groups, folds=folds)
    assert set(found.tolist()) <= set(range(folds))
    for group in set(groups.tolist()):
        assert len(set(found[groups == group].tolist())) == 1
    assert np.array_equal(found, measures.folds_of(given_, groups, folds=folds))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=80), st.integers(2, 6), st.integers(0, 5))
@settings(max_examples=100, deadline=None)
def test_without_copies_classes_are_spread_evenly(labels, folds, seed):
    labels = np.array(labels, np.int64)
    found = measures.folds_of(labels, np.arange(len(labels)), folds=folds, seed=seed)
    for label in set(labels.tolist()):
        counts = np.bincount(found[labels == label], minlength=folds)
        assert counts.max() - counts.min() <= 1


def test_the_seed_decides_and_one_fold_is_refused():
    labels = np.arange(40) % 4
    one, two = (measures.folds_of(labels, np.arange(40), folds=4, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one, two)
    assert measures.folds_of(np.zeros(0, np.int64), np.zeros(0, np.int64), folds=3).tolist() == []
    with pytest.raises(UsageError, match="--folds 1"):
        measures.folds_of(labels, np.arange(40), folds=1)


def directions(rng, count, width=200):
    found = rng.normal(size=(count, width)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_what_can_be_learned_is():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 120)
    features = directions(rng, 120) + 2 * np.eye(200, dtype=np.float32)[labels]
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    calls = []
    told = measures.out_of_sample(features, labels, beat=lambda *at: calls.append(at))
    assert (told.probabilities.argmax(axis=1) == labels).mean() > 0.95
    assert np.allclose(told.probabilities.sum(axis=1), 1) and told.judged.all()
    assert calls[-1] == (120, 120) and len(calls) == 5
    assert np.array_equal(told.probabilities, measures.out_of_sample(features, labels).probabilities)


def test_nobody_is_judged_by_what_learned_from_it_or_from_its_copy():
    """Features without any meaning: whoever saw a sample, or its copy, would know its label; nobody does."""
    rng = np.random.default_rng(0)
    once, labels = directions(rng, 150), rng.integers(0, 3, 150)

    def right(*args, **more):
        told = measures.out_of_sample(*args, **more)
        return float((told.probabilities.argmax(axis=1) == args[1]).mean())

    assert right(once, labels) < 0.5
    both, twice, groups = np.vstack([once, once]), np.tile(labels, 2), np.tile(np.arange(150), 2)
    assert right(both, twice, strength=1000.0) > 0.7  # the copy was learned
    assert right(both, twice, strength=1000.0, groups=groups) < 0.5


def test_a_class_that_nobody_learned_is_not_judged():
    rng = np.random.default_rng(0)
    labels = np.array([0] * 10 + [1] * 10 + [2] * 3)
    groups = np.array([*range(20), 20, 20, 20])  # three copies of one thing
    told = measures.out_of_sample(directions(rng, 23), labels, groups=groups)
    assert told.judged.tolist() == [True] * 20 + [False] * 3
    assert np.allclose(told.probabilities.sum(axis=1), 1)
    enough = measures.common_enough(labels, groups, least=5)
    assert enough.tolist() == [True] * 20 + [False] * 3
    assert measures.common_enough(labels, np.arange(23), least=3).all()


def test_two_classes_that_are_never_together():
    """Where all that is left is of one class, that is what is said."""
    told = measures.out_of_sample(directions(np.random.default_rng(0), 2), np.array([0, 1]), folds=2)
    assert told.probabilities.tolist() == [[0, 1], [1, 0]]
    assert not told.judged.any()
