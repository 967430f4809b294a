"""A threshold for a wanted recall: what it costs on the images it was chosen on, and on others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_pool import Pool, estimate, spread
from overpaint.measures._result import Estimate

__all__ = ["HALVES", "Chosen", "choose", "threshold_of"]

Floats = npt.NDArray[np.float64]

HALVES = 100
"""How often the images are cut into halves; each is held against the other."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A threshold for a wanted recall.

    Attributes
    ----------
    wanted
        The recall that was asked for.
    threshold
        The highest one that gives it; no value where not even the lowest does.
    recall, precision, false_per_image
        At that threshold, on the images that it was chosen on.
    recall_elsewhere, precision_elsewhere
        Chosen on one half of the images and held against the other, in the mean of many halves; what bounds them is
        the spread over halves. None of a half where no threshold gives the recall.
    reached
        The share of the halves in which some threshold gives it.
    """

    wanted: float
    threshold: Estimate
    recall: Estimate
    precision: Estimate
    false_per_image: Estimate
    recall_elsewhere: Estimate
    precision_elsewhere: Estimate
    reached: float


def threshold_of(pool: Pool, recall: float) -> float:
    """The highest threshold at which at least that share of the boxes is found; NaN if none finds so many."""
    return float(_thresholds(pool, recall, np.ones((1, pool.images)))[0])


def _thresholds(pool: Pool, recall: float, weights: Floats) -> Floats:
    """The same with images weighed, a threshold a round."""
    order = np.argsort(-pool.caught, kind="stable")
    caught = pool.caught[order]
    if not caught.size:
        return np.full(len(weights), np.nan)
    found = np.cumsum(weights[:, pool.of[order]], axis=1)
    wanted = recall * found[:, -1] - 1e-9
    at = (found < wanted[:, None]).sum(axis=1)
    chosen = caught[np.minimum(at, len(caught) - 1)]
    return np.asarray(np.where((chosen >= 0) & (found[:, -1] > 0), chosen, np.nan), np.float64)


def choose(pool: Pool, recall: float, *, rounds: int, seed: int) -> Chosen:
    """Choose the threshold, and say what it does where it was chosen and where it was not."""
    threshold = threshold_of(pool, recall)
    at = math.inf if math.isnan(threshold) else threshold
    statistics = {
        "threshold": lambda weights: _thresholds(pool, recall, weights),
        "recall": pool.recall(at),
        "precision": pool.precision(at),
        "false": pool.false_per_image(at),
    }
    wide = max(len(pool.scores), len(pool.of))
    spreads = spread(statistics, pool.images, rounds=rounds, seed=seed, wide=wide)
    nothing = Estimate(None, n=pool.images, unit="images", method="no threshold finds so many")
    told = {name: nothing if math.isinf(at) else estimate(each, pool.images) for name, each in spreads.items()}
    recalls, precisions = _halves(pool, recall, seed)
    return Chosen(
        recall,
        told["threshold"],
        told["recall"],
        told["precision"],
        told["false"],
        _elsewhere(recalls, pool.images),
        _elsewhere(precisions, pool.images),
        float(np.isfinite(recalls).mean()) if recalls.size else 0.0,
    )


def _halves(pool: Pool, recall: float, seed: int) -> tuple[Floats, Floats]:
    """Recall and precision on the other half of what a threshold was chosen on; NaN where there was none to choose."""
    if pool.images < 2:
        return np.zeros(0), np.zeros(0)
    draw = np.random.default_rng([seed, 2])  # not the bootstrap's draws
    rows = []
    for _ in range(HALVES):
        first = np.zeros(pool.images)
        first[draw.permutation(pool.images)[: pool.images // 2]] = 1
        for half in (first, 1 - first):
            threshold = float(_thresholds(pool, recall, half[None])[0])
            other = 1 - half[None]
            if math.isnan(threshold):
                rows.append((math.nan, math.nan))
            else:
                rows.append((pool.recall(threshold)(other)[0], pool.precision(threshold)(other)[0]))
    found = np.array(rows, np.float64)
    return found[:, 0], found[:, 1]


def _elsewhere(values: Floats, images: int) -> Estimate:
    known = values[np.isfinite(values)]
    method = f"chosen on one half, held against the other: mean and spread of {2 * HALVES} halves"
    if not known.size:
        return Estimate(None, n=images, unit="images", method="no threshold finds so many in any half")
    low, high = np.percentile(known, [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high), 0.95, images, "images", method)
