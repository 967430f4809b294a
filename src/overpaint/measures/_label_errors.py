"""Which given labels are likely wrong, by predictions that were made without seeing them: confident learning.

Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021. Candidates
and their scores are cleanlab's; the counts are drawn again and again here, for an interval.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import LabelsError

__all__ = ["Doubts", "ErrorCounts", "confident_joint", "count_errors", "doubt", "need_cleanlab"]

Floats = NDArray[np.floating[Any]]
Longs = NDArray[np.int64]

_WORK = 2_000_000_000  # cells of predictions that are gone through for intervals, all resamples together
_MOST, _FEWEST = 400, 50  # resamples
_NEARLY = 1e-6  # cleanlab's: a probability that much below the threshold still reaches it
_LOWEST = 2 * _NEARLY  # of a threshold, likewise


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """What predictions say of N given labels.

    Attributes
    ----------
    score
        N probabilities: how likely the given label is right, by the predictions alone. Low is doubtful.
    guessed
        N class numbers: what the predictions say first.
    flagged
        N booleans: cleanlab's candidates ("prune by noise rate": from each class as many as were counted as another,
        those with the largest margin first).
    """

    score: NDArray[np.float64]
    guessed: Longs
    flagged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCounts:
    """How many given labels of each of K classes are wrong, as the predictions count them.

    ``low`` and ``high`` bound the middle 95 % of resampled datasets; where none is wrong, ``high`` is what is still
    likely (none among n: up to about 3). They hold chance, and not what the predictions get wrong in the same way each
    time. ``total`` is of all classes: number, low, high.
    """

    images: Longs
    errors: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    total: tuple[float, float, float]
    resamples: int


def need_cleanlab() -> None:
    """Say now that the extra is missing.

    Raises
    ------
    LabelsError
        cleanlab or scikit-learn is not installed.
    """
    for name in ("cleanlab", "sklearn"):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise LabelsError(f"{error.name} is not installed; install overpaint[labels]") from error


def doubt(given: Longs, probabilities: Floats) -> Doubts:
    """Score each given label, and flag those that are most likely wrong.

    Parameters
    ----------
    given
        N class numbers, from 0.
    probabilities
        N x K: what a model that did not see a sample says of it; rows sum to 1.
    """
    need_cleanlab()
    rank, filter_ = import_module("cleanlab.rank"), import_module("cleanlab.filter")
    guessed = np.asarray(probabilities.argmax(axis=1), np.int64)
    if not len(given) or probabilities.shape[1] < 2:
        return Doubts(np.ones(len(given)), guessed, np.zeros(len(given), bool))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that the predictions know and nobody was given
        score = rank.get_label_quality_scores(given, probabilities, method="self_confidence")
        flagged = filter_.find_label_issues(given, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    return Doubts(np.asarray(score, np.float64), guessed, np.asarray(flagged, bool) & (guessed != given))


def confident_joint(given: Longs, probabilities: Floats, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """K x K: how much of the weight of each given class (rows) is confidently of each class (columns).

    A sample counts for a class whose probability reaches the mean of that class's own samples; for the most likely of
    all where it reaches several, and for none where it reaches none. With weights of 1 it is cleanlab's
    ``compute_confident_joint(..., calibrate=False)``.
    """
    count = probabilities.shape[1]
    own = probabilities[np.arange(len(given)), given].astype(np.float64)
    total = np.bincount(given, weights, minlength=count)
    means = np.bincount(given, weights * own, minlength=count) / np.maximum(total, 1e-300)
    thresholds = np.where(total > 0, np.maximum(means, _LOWEST), 2.0)
    reached = probabilities >= thresholds - _NEARLY
    several = reached.sum(axis=1)
    true = np.where(several > 1, probabilities.argmax(axis=1), reached.argmax(axis=1))
    sure = several > 0
    cells = given[sure] * count + true[sure]
    joint = np.bincount(cells, weights[sure], minlength=count * count).reshape(count, count)
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), 1.0))
    return np.asarray(joint, np.float64)


def count_errors(given: Longs, probabilities: Floats, *, groups: Longs | None = None, seed: int = 0) -> ErrorCounts:
    """Estimate how many given labels are wrong, with intervals over resampled groups.

    Parameters
    ----------
    given, probabilities
        As for `doubt`.
    groups
        N numbers: samples of one group (copies of each other) are drawn together. Each its own unless given.
    """
    count = probabilities.shape[1]
    places = np.arange(len(given)) if groups is None else np.unique(groups, return_inverse=True)[1]
    images = np.bincount(given, minlength=count)
    errors = _errors(given, probabilities, np.ones(len(given)))
    resamples = int(np.clip(_WORK // max(1, probabilities.size), _FEWEST, _MOST))
    rng = np.random.default_rng(seed)
    drawn = np.empty((resamples, count))
    number = int(places.max()) + 1 if len(places) else 0
    for row in drawn:
        weights = np.bincount(rng.integers(0, number, number), minlength=number)[places] if number else np.empty(0)
        row[:] = _errors(given, probabilities, weights.astype(np.float64))
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    least, most = np.quantile(drawn.sum(axis=1), (0.025, 0.975))
    apart = np.bincount(np.unique(np.stack([given, places]), axis=1)[0], minlength=count)
    high = np.where(errors > 0, high, np.maximum(high, images * _unseen(apart)))
    if not errors.any():
        most = max(float(most), float(len(given) * _unseen(np.array(number))))
    total = float(errors.sum()), float(least), float(most)
    return ErrorCounts(images.astype(np.int64), errors, low, high, total, resamples)


def _unseen(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share that something may have of which there is none among so many: 95 % confidence (Clopper-Pearson)."""
    return np.asarray(1 - 0.05 ** (1 / np.maximum(count, 1)), np.float64)


def _errors(given: Longs, probabilities: Floats, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each class: the share of its confident samples that count for another, times its samples."""
    joint = confident_joint(given, probabilities, weights)
    shares = 1.0 - joint.diagonal() / joint.sum(axis=1)
    return np.asarray(shares * np.bincount(given, weights, minlength=len(joint)), np.float64)
