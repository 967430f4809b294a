"""Recall, precision, average precision of images held against their truth, and thresholds; the plain figures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_match import LEAST_HEIGHT, Matched
from overpaint.measures._detection_pool import pooled, spread

__all__ = ["Figures", "buckets", "figures", "interval", "paired", "recall_at", "threshold_for"]

_EDGES = (20.0, 32.0, 64.0, 128.0)


def buckets(least: float = LEAST_HEIGHT) -> dict[str, tuple[float, float]]:
    """Heights of true boxes in pixels, from and below, by name: ``32 to 63``, ``128 or more``.

    The first has all below its end, and is called from ``least`` on: a picture made smaller has whole pixels, by which
    a box that counts may come out a hundredth of a pixel below it.
    """
    edges = [edge for edge in _EDGES if edge > least]
    found = {}
    for low, high in itertools.pairwise([0.0, *edges, math.inf]):
        start = low or least
        found[f"{start:g} or more" if math.isinf(high) else f"{start:g} to {high - 1:g}"] = (low, high)
    return found


@dataclass(frozen=True)
class Figures:
    """Recall and precision at a threshold, average precision over all scores, and how many images were looked at."""

    recall: float
    precision: float
    ap: float
    false_per_image: float
    recall_by_size: tuple[float, ...]


def figures(images: Sequence[Matched], *, threshold: float) -> Figures:
    """Pool the images. Shares without a denominator are NaN."""
    pool = pooled(images)
    whole = np.ones((1, pool.images))
    bounds = buckets().values()
    sizes = [pool.recall(threshold, (pool.heights >= low) & (pool.heights < high)) for low, high in bounds]
    return Figures(
        float(pool.recall(threshold)(whole)[0]),
        float(pool.precision(threshold)(whole)[0]),
        float(pool.ap()(whole)[0]),
        float(pool.false_per_image(threshold)(whole)[0]),
        tuple(float(size(whole)[0]) for size in sizes),
    )


def interval(
    images: Sequence[Matched], *, threshold: float, rounds: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of recall, precision and AP, images drawn with replacement."""
    pool = pooled(images)
    statistics = {"recall": pool.recall(threshold), "precision": pool.precision(threshold), "ap": pool.ap()}
    spreads = spread(statistics, pool.images, rounds=rounds, seed=seed, wide=len(pool.scores))
    return {name: _ends(each.rounds) for name, each in spreads.items()}


def paired(
    ours: Sequence[Matched], theirs: Sequence[Matched], *, rounds: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """AP of one less that of the other on the same images, and its 95 % bootstrap interval, images drawn together."""
    pools = [pooled(ours), pooled(theirs)]
    wide = max(len(pool.scores) for pool in pools)
    both = spread({str(i): pool.ap() for i, pool in enumerate(pools)}, len(ours), rounds=rounds, seed=seed, wide=wide)
    return (both["0"].value - both["1"].value, *_ends(both["0"].rounds - both["1"].rounds))


def _ends(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def recall_at(images: Sequence[Matched], *, precision: float) -> float:
    """The highest recall at which precision is still at least that."""
    pool = pooled(images)
    hits = np.cumsum(pool.whose >= 0)
    good = hits / np.arange(1, len(hits) + 1) >= precision
    return float(hits[good].max(initial=0) / len(pool.of)) if len(pool.of) else math.nan


def threshold_for(images: Sequence[Matched], *, recall: float) -> float:
    """The highest threshold at which at least that share of the boxes is found; NaN if none finds so many."""
    caught = np.sort(np.concatenate([m.caught for m in images]))[::-1]
    needed = math.ceil(recall * len(caught) - 1e-9)
    if not 0 < needed <= len(caught):
        return math.nan
    return float(caught[needed - 1]) if caught[needed - 1] >= 0 else math.nan
