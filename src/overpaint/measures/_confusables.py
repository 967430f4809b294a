"""Pairs of classes that are taken for each other, one now instead of the other: a swap is named, and no loss.

In the study of 2021 (Yang, Yau, Fei-Fei, Deng and Russakovsky) Eskimo dog fell from 50.80 to 37.96 % of its images
while Siberian husky rose from 46.27 to 63.20 %, and the average precision of both stayed: the networks tell the two no
worse, they answer the other one more often. Top-1 by class calls that a loss and a gain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._utility_cells import Cells, Contrast
from overpaint.measures._utility_classes import RATE, ClassTests, tested
from overpaint.measures._utility_paired import Differences, Paired, paired
from overpaint.measures._utility_scores import Scored

__all__ = ["CONFUSED", "Swap", "swaps"]

CONFUSED = 0.03
"""Of two classes' images, in both arms together, so that no direction is favoured: how many pass for the other."""

Longs = npt.NDArray[np.int64]

_MOST = 2000


@dataclass(frozen=True, slots=True)
class Swap:
    """Two classes of which one is answered instead of the other more often than before.

    Attributes
    ----------
    loses, gains
        The class that is answered less often for its own images, and the one answered instead.
    shift
        Of the pair's images: how many more are taken for `gains`, where `loses` or `gains` was meant.
    pooled
        The change of top-1 over the images of both: what is lost in all.
    q
        The shift's p-value, adjusted for all pairs looked at.
    precision
        The change of average precision, `loses` first.
    recall
        Of both classes before and after.
    """

    loses: str
    gains: str
    shift: Paired
    pooled: Paired
    q: float
    precision: tuple[Paired, Paired]
    recall: tuple[tuple[float, float], tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates; classes are named."""
        return {
            "loses": self.loses,
            "gains": self.gains,
            "shift": self.shift.to_dict(),
            "q": self.q,
            "pooled_top1": self.pooled.to_dict(),
            "average_precision": {
                "loses": self.precision[0].to_dict(),
                "gains": self.precision[1].to_dict(),
            },
            "recall": {"loses": list(self.recall[0]), "gains": list(self.recall[1])},
        }


def swaps(
    cells: Cells, score: Mapping[tuple[str, int], Scored], contrast: Contrast, by_class: ClassTests, *, level: float
) -> tuple[Swap, ...]:
    """The pairs that swapped, the clearest first.

    Looked at are the pairs of which at least 3 % of the images are taken for the other class, both arms together. A
    pair is named where its confusions move in opposite directions (q <= .05 over all pairs looked at), its top-1
    together changes by less than half of that, and neither class lost average precision.
    """
    seeds = cells.paired(contrast.of, contrast.against)
    if len(seeds) < 2:
        return ()
    before, after = (np.array([score[cell[0], s].said for s in seeds]) for cell in (contrast.against, contrast.of))
    pairs = _confused(cells.labels, before, after, len(cells.classes))
    right = np.array([score[contrast.of[0], s].top1 - score[contrast.against[0], s].top1 for s in seeds])
    directed = [_directed(cells.labels, before, after, pair) for pair in pairs]
    shifts, _ = tested([each.shift for each in directed], level=level)
    rows = {row.name: row for row in by_class.rows}
    lost = {row.name for row in by_class.named(-1)}
    found = []
    for each, (shift, q) in zip(directed, shifts, strict=True):
        both = np.isin(cells.labels, (each.loses, each.gains))
        pooled = paired(Differences.of_mean(right[:, both]), level=level)
        loses, gains = rows[cells.classes[each.loses]], rows[cells.classes[each.gains]]
        stays = 2 * abs(pooled.value) < abs(shift.value) and not lost & {loses.name, gains.name}
        if q is None or q > RATE or not each.opposite or not stays:
            continue
        recall = (loses.recall_before, loses.recall_after), (gains.recall_before, gains.recall_after)
        found.append(Swap(loses.name, gains.name, shift, pooled, q, (loses.change, gains.change), recall))
    return tuple(sorted(found, key=lambda each: (each.q, -each.shift.value, each.loses)))


@dataclass(frozen=True, slots=True, eq=False)
class _Directed:
    """A pair, from the class that is answered less often to the one answered instead."""

    loses: int
    gains: int
    shift: Differences
    opposite: bool


def _directed(labels: Longs, before: Longs, after: Longs, pair: tuple[int, int]) -> _Directed:
    one, other = pair
    left = _moved(before, after, labels == one, other)
    came = _moved(before, after, labels == other, one)
    if left.mean() < came.mean():
        one, other, left, came = other, one, came, left
    opposite = float(left.mean()) * float(came.mean()) < 0
    return _Directed(one, other, Differences.of_mean(np.concatenate([left, -came], axis=1)), opposite)


def _moved(before: Longs, after: Longs, images: npt.NDArray[np.bool_], answer: int) -> npt.NDArray[np.float64]:
    """Of those images, [seeds, images]: 1 where they are taken for `answer` now and were not, -1 the other way."""
    moved: npt.NDArray[np.float64] = (after[:, images] == answer).astype(np.float64) - (before[:, images] == answer)
    return moved


def _confused(labels: Longs, before: Longs, after: Longs, classes: int) -> list[tuple[int, int]]:
    """Pairs that are taken for each other, in both arms together; at most 2,000, the most confused first."""
    said = np.concatenate([before, after])
    truth = np.broadcast_to(labels, said.shape)
    wrong = said != truth
    low, high = np.minimum(said, truth)[wrong], np.maximum(said, truth)[wrong]
    pairs, counts = np.unique(low * classes + high, return_counts=True)
    images = np.bincount(labels, minlength=classes)
    low, high = pairs // classes, pairs % classes
    shares = counts / ((images[low] + images[high]) * len(said))
    kept = (shares >= CONFUSED) & (images[low] > 0) & (images[high] > 0)
    order = np.argsort(-shares[kept], kind="stable")[:_MOST]
    return [(int(a), int(b)) for a, b in zip(low[kept][order], high[kept][order], strict=True)]
