"""Matches of many images as flat arrays, figures of them with images weighed, and their spread under the bootstrap.

To draw images with replacement is to weigh each by how often it was drawn. All figures of one measurement are taken of
the same draws, so that differences between them are in pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_match import Matched
from overpaint.measures._result import Estimate

__all__ = ["Pool", "Spread", "Statistic", "average_precision", "draws", "estimate", "pooled", "ratio", "spread"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Statistic = Callable[[Floats], Floats]
"""Rounds x images of weights to one value a round; NaN where there is none."""

_CELLS = 4_000_000  # of one block of rounds, in numbers


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Detections of all images by falling score, and all counted boxes in the images' order.

    Attributes
    ----------
    images
        How many.
    scores, image, whose, tall
        Of detections: score, number of the image, number of the box matched (in this pool; -1: none), height.
    of, caught, heights
        Of boxes: number of the image, score of the detection that matched it (-1: none), height.
    """

    images: int
    scores: Floats
    image: Ints
    whose: Ints
    tall: Floats
    of: Ints
    caught: Floats
    heights: Floats

    def recall(self, threshold: float, boxes: Bools | None = None) -> Statistic:
        """The share of the boxes (all, or those marked) that something of at least that score matched."""
        chosen = np.ones(len(self.of), np.bool_) if boxes is None else boxes
        return ratio(self._per_image(self.of, chosen & (self.caught >= threshold)), self._per_image(self.of, chosen))

    def precision(self, threshold: float, detections: Bools | None = None) -> Statistic:
        """The share of the detections of at least that score that match a box."""
        chosen = self.scores >= threshold
        if detections is not None:
            chosen = chosen & detections
        return ratio(self._per_image(self.image, chosen & (self.whose >= 0)), self._per_image(self.image, chosen))

    def false_per_image(self, threshold: float) -> Statistic:
        """Detections of at least that score that match nothing, by image."""
        wrong = (self.scores >= threshold) & (self.whose < 0)
        return ratio(self._per_image(self.image, wrong), np.ones(self.images))

    def ap(self, boxes: Bools | None = None, detections: Bools | None = None) -> Statistic:
        """Average precision over all scores, of some of the boxes and detections where they are marked."""
        chosen = np.ones(len(self.scores), np.bool_) if detections is None else detections
        image, true = self.image[chosen], self.whose[chosen] >= 0
        counted = np.ones(len(self.of), np.bool_) if boxes is None else boxes
        faces = self._per_image(self.of, counted)

        def of(weights: Floats) -> Floats:
            return _weighed_ap(weights[:, image], true, weights @ faces)

        return of

    def share(self, flags: Bools, boxes: Bools | None = None) -> Statistic:
        """The share of the boxes for which something else is true."""
        chosen = np.ones(len(self.of), np.bool_) if boxes is None else boxes
        return ratio(self._per_image(self.of, chosen & flags), self._per_image(self.of, chosen))

    def _per_image(self, where: Ints, chosen: Bools) -> Floats:
        return np.bincount(where[chosen], minlength=self.images).astype(np.float64)


def pooled(images: Sequence[Matched]) -> Pool:
    """Put images together."""
    sizes = [len(m.scores) for m in images]
    counts = [len(m.caught) for m in images]
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1].astype(np.int64)
    scores = _joined([m.scores for m in images])
    order = np.argsort(-scores, kind="stable")
    whose = [np.where(m.whose >= 0, m.whose + start, -1) for m, start in zip(images, starts, strict=True)]
    return Pool(
        len(images),
        scores[order],
        np.repeat(np.arange(len(images)), sizes)[order],
        np.concatenate([np.zeros(0, np.int64), *whose])[order],
        _joined([m.tall for m in images])[order],
        np.repeat(np.arange(len(images)), counts),
        _joined([m.caught for m in images]),
        _joined([m.heights for m in images]),
    )


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])


def ratio(above: Floats, below: Floats) -> Statistic:
    """The quotient of two sums over images."""

    def of(weights: Floats) -> Floats:
        whole = weights @ below
        return np.asarray(np.divide(weights @ above, whole, out=np.full(len(whole), np.nan), where=whole > 0))

    return of


def average_precision(scores: Floats, true: Bools, faces: int) -> float:
    """Area under precision over recall, precision made monotone (Everingham et al., VOC 2010 and later)."""
    ordered = true[np.argsort(-scores, kind="stable")]
    return float(_weighed_ap(np.ones((1, len(ordered))), ordered, np.array([float(faces)]))[0])


def _weighed_ap(weights: Floats, true: Bools, faces: Floats) -> Floats:
    """Of rounds x detections of weights, by falling score. One that was drawn w times is w equal ones, all or none."""
    hits = np.cumsum(weights * true, axis=1)
    seen = np.cumsum(weights, axis=1)
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    highest = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    area = (weights * true * highest).sum(axis=1)
    return np.asarray(np.divide(area, faces, out=np.full(len(faces), np.nan), where=faces > 0))


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A figure of all images, and of each round's draw of them (NaN where it has no value)."""

    value: float
    rounds: Floats


def draws(images: int, *, rounds: int, seed: int, wide: int) -> Iterator[Floats]:
    """Blocks of rounds x images: how often each image was drawn; ``wide`` is the longest row made of one of them."""
    draw = np.random.default_rng(seed)
    block = max(1, _CELLS // max(images, wide, 1))
    for start in range(0, rounds, block):
        count = min(block, rounds - start)
        rows = [np.bincount(draw.integers(0, images, images), minlength=images) for _ in range(count)]
        yield np.array(rows, np.float64)


def spread(
    statistics: Mapping[str, Statistic], images: int, *, rounds: int, seed: int, wide: int = 1
) -> dict[str, Spread]:
    """Every figure of the images as they are and of the same draws of them (Efron 1979)."""
    whole = np.ones((1, images))
    values = {name: float(of(whole)[0]) if images else np.nan for name, of in statistics.items()}
    parts: dict[str, list[Floats]] = {name: [] for name in statistics}
    if images:
        for weights in draws(images, rounds=rounds, seed=seed, wide=wide):
            for name, of in statistics.items():
                parts[name].append(of(weights))
    return {name: Spread(values[name], np.concatenate([np.zeros(0), *parts[name]])) for name in statistics}


def estimate(spread: Spread, n: int, *, unit: str = "images", level: float = 0.95, share: bool = True) -> Estimate:
    """A figure with its percentile interval.

    Where no draw differs from another (all found, or none), draws say nothing of what other images would give: the
    interval of Clopper and Pearson for as many images takes their place, if the figure is a share of 0 or 1.
    """
    known = spread.rounds[np.isfinite(spread.rounds)]
    if not np.isfinite(spread.value) or not known.size:
        return Estimate(None, None, None, level, n, unit, "nothing to count")
    method = f"bootstrap by image, {len(spread.rounds):,} rounds"
    if known.max() - known.min() > 1e-12:
        low, high = np.percentile(known, [50 * (1 - level), 50 * (1 + level)])
        return Estimate(spread.value, float(low), float(high), level, n, unit, method)
    if share and n and abs(spread.value - round(spread.value)) < 1e-12 and round(spread.value) in {0, 1}:
        beyond = 1 - ((1 - level) / 2) ** (1 / n)  # Clopper and Pearson's end for none of n, or all
        low, high = (0.0, beyond) if round(spread.value) == 0 else (1 - beyond, 1.0)
        return Estimate(spread.value, low, high, level, n, unit, "Clopper-Pearson over images, since all agree")
    return Estimate(spread.value, None, None, level, n, unit, f"{method}: all the same, which gives no interval")
