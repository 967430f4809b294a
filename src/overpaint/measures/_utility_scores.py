"""How well one network's answers fit the truths: hits, certainty, average precision, and what each image adds to them.

The influence of an image is how fast a figure changes with that image's weight. What a figure would be over other
images of the kind varies as the sum of the squared influences does: the infinitesimal jackknife (Efron 1982), which is
what a bootstrap of images tends to with many rounds, at the price of one sorting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._predictions import Predictions

__all__ = ["TOP", "Precision", "Scored", "average_precision", "hits", "scored"]

Floats = npt.NDArray[np.float64]

TOP = 5
"""Of top-5, which is said of more than five classes only: of five it is always right."""

_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What is kept of each image of one cell, float64 [n] each.

    Attributes
    ----------
    top1, top5
        1 where the true class is among the first (five) answers, else 0; ties are shared as chance would break them.
        `top5` is None with five classes or fewer.
    sure
        The logarithm of the probability (softmax) given to the true class.
    normal
        The logarithm of the sum of the outputs' powers: ``logits - normal`` are logarithms of probabilities.
    said
        int64 [n]: the class answered; of ties the first.
    """

    top1: Floats
    top5: Floats | None
    sure: Floats
    normal: Floats
    said: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """An average precision, and its influences, float64 [n]: their sum is 0."""

    value: float
    influence: Floats


def hits(logits: npt.NDArray[Any], labels: npt.NDArray[np.int64], top: int) -> Floats:
    """Whether the true class is among the `top` first answers, float64 [n] from 0 to 1.

    Of several equal outputs any may come first: then it is the share of the orders in which the true class is.
    """
    own = logits[np.arange(len(labels)), labels][:, None]
    above = (logits > own).sum(axis=1)
    equal = (logits == own).sum(axis=1)
    return np.asarray(np.clip((top - above) / equal, 0.0, 1.0), np.float64)


def scored(given: Predictions) -> Scored:
    """Everything that is said image by image, some rows at a time, so that large tests fit in memory."""
    n, classes = given.logits.shape
    top1, top5, sure, normal = (np.empty(n) for _ in range(4))
    said = np.empty(n, np.int64)
    for start in range(0, n, _ROWS):
        rows = slice(start, start + _ROWS)
        logits, labels = given.logits[rows].astype(np.float64), given.labels[rows]
        top1[rows], top5[rows] = hits(logits, labels, 1), hits(logits, labels, TOP)
        most = logits.max(axis=1)
        normal[rows] = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))
        sure[rows] = logits[np.arange(len(labels)), labels] - normal[rows]
        said[rows] = logits.argmax(axis=1)
    return Scored(top1, top5 if classes > TOP else None, sure, normal, said)


def average_precision(scores: npt.NDArray[Any], positive: npt.NDArray[np.bool_]) -> Precision | None:
    """The area under precision by recall, in steps and without interpolation; equal scores are taken together.

    Parameters
    ----------
    scores
        [n]; higher is surer.
    positive
        bool [n].

    Returns
    -------
    With the derivative by each image's weight. With ``t`` positives and ``n`` images at a score or above, counted as
    ``T`` and ``N`` up to there, the figure is ``sum(t T / N) / P``. None without positives.
    """
    count = int(positive.sum())
    if not count:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], positive[order].astype(np.float64)
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # the last of each group of equals
    seen = (last + 1).astype(np.float64)
    found = np.cumsum(right)[last]
    own = np.diff(found, prepend=0.0)
    value = float((own * found / seen).sum() / count)
    # what an image of a group adds to all groups from its own on
    fewer = np.cumsum((own * found / seen**2)[::-1])[::-1]
    more = np.cumsum((own / seen)[::-1])[::-1] + found / seen
    group = np.repeat(np.arange(len(last)), np.diff(last, prepend=-1))
    change = (right * (more[group] - value) - fewer[group]) / count
    influence = np.empty(len(scores))
    influence[order] = change
    return Precision(value, influence)
