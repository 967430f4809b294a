"""Predictions that did not see what they speak of: each fold's by a classifier that was taught on the others."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError

__all__ = ["Foretold", "common_enough", "folds_of", "out_of_sample"]

Longs = NDArray[np.int64]

STRENGTH = 10.0
"""C of the logistic regression, for features of length 1; docs/reference/label-errors.md says how it was chosen."""

_ROUNDS = 300


class Foretold:
    """Out-of-sample predictions of N samples.

    Attributes
    ----------
    probabilities
        N x K; rows sum to 1.
    judged
        N booleans: False where all others of a sample's class are in its own fold, so that nobody learned the class.
    folds
        N numbers: in which fold each sample was held back.
    """

    __slots__ = ("folds", "judged", "probabilities")

    def __init__(self, probabilities: NDArray[np.float64], judged: NDArray[np.bool_], folds: Longs) -> None:
        self.probabilities = probabilities
        self.judged = judged
        self.folds = folds


def folds_of(given: Longs, groups: Longs, *, folds: int, seed: int = 0) -> Longs:
    """Share out samples to folds: a group as a whole, and the classes as evenly as that allows.

    Parameters
    ----------
    given, groups
        N class numbers and N numbers of groups, both from 0.

    Returns
    -------
    ndarray
        N numbers below ``folds``.
    """
    if folds < 2:
        raise UsageError(f"--folds {folds}: at least 2, so that one can be held back")
    if not len(given):
        return np.empty(0, np.int64)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    members = np.split(order, starts[1:])
    chance = np.random.default_rng(seed).permutation(len(members))
    # the largest first: what comes later evens out what came before
    turn = sorted(range(len(members)), key=lambda at: (-len(members[at]), chance[at]))
    held = np.zeros((folds, int(given.max()) + 1), np.int64)
    sizes = np.zeros(folds, np.int64)
    found = np.empty(len(given), np.int64)
    for at in turn:
        mine = given[members[at]]
        fold = int(np.lexsort((sizes, held[:, mine].sum(axis=1)))[0])
        found[members[at]] = fold
        np.add.at(held[fold], mine, 1)
        sizes[fold] += len(mine)
    return found


def out_of_sample(
    features: NDArray[np.float32],
    given: Longs,
    *,
    groups: Longs | None = None,
    folds: int = 5,
    seed: int = 0,
    strength: float = STRENGTH,
    threads: int = 1,
    beat: Callable[[int, int], None] | None = None,
) -> Foretold:
    """Predict each sample's class by a logistic regression that was taught on the other folds.

    Parameters
    ----------
    features
        N x D, each of length 1.
    given
        N class numbers, 0 to K - 1, each at least once.
    groups
        N numbers from 0: what is in one group (copies of each other) is in one fold. Each its own unless given.
    threads
        For linear algebra. More are slower where there is little to do or others are at work.
    beat
        Called with how many samples are predicted, and of how many.
    """
    linear: Any = import_module("sklearn.linear_model")
    limits: Any = import_module("threadpoolctl").threadpool_limits
    count = int(given.max()) + 1 if len(given) else 0
    where = folds_of(given, np.arange(len(given)) if groups is None else groups, folds=folds, seed=seed)
    probabilities = np.zeros((len(given), count))
    judged = np.zeros(len(given), bool)
    done = 0
    for fold in range(folds):
        out, rest = np.flatnonzero(where == fold), np.flatnonzero(where != fold)
        known = np.unique(given[rest])
        if len(out) and len(known) > 1:
            learner = linear.LogisticRegression(C=strength, max_iter=_ROUNDS)
            with limits(limits=threads):
                learner.fit(features[rest], given[rest])
                told = learner.predict_proba(features[out]).astype(np.float64)
            probabilities[np.ix_(out, known)] = told / told.sum(axis=1, keepdims=True)
        elif len(out) and len(known):
            probabilities[out, known[0]] = 1.0
        judged[out] = np.isin(given[out], known)
        done += len(out)
        if beat:
            beat(done, len(given))
    return Foretold(probabilities, judged, where)


def common_enough(given: Longs, groups: Longs, *, least: int) -> NDArray[np.bool_]:
    """Whether each sample's class has at least so many groups: with fewer, some fold would not know it."""
    pairs = np.unique(np.stack([given, groups]), axis=1)
    found = np.bincount(pairs[0], minlength=int(given.max()) + 1)
    return np.asarray(found[given] >= least)
