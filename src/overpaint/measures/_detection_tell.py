"""All figures of a measurement of detection, of one draw of images: ways side by side, sizes, groups, gaps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_coco import coco_statistics
from overpaint.measures._detection_figures import buckets
from overpaint.measures._detection_groups import FEWEST, Gap, Group, gaps, groups_of
from overpaint.measures._detection_hold import DetectionWay, TrueImage
from overpaint.measures._detection_match import LEAST_HEIGHT
from overpaint.measures._detection_pool import Pool, Spread, Statistic, estimate, pooled, spread
from overpaint.measures._detection_recall import Chosen, choose
from overpaint.measures._result import Estimate

__all__ = ["NOT_MEASURED", "ROUNDS", "detection_figures"]

Bools = npt.NDArray[np.bool_]

ROUNDS = 1000
NOT_MEASURED = "not measured"
_POINTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A way with its pool, and the flags of its covered boxes."""

    way: DetectionWay
    pool: Pool
    covered: Bools


def detection_figures(
    ways: Sequence[DetectionWay],
    truth: Sequence[TrueImage],
    *,
    least: float = LEAST_HEIGHT,
    recall: float | None = None,
    supplied: bool = False,
    seed: int = 0,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Everything that is said of ways to look at the same pictures.

    Parameters
    ----------
    ways
        Each has held all pictures, in the order of ``truth``.
    least
        The height from which on boxes count.
    recall
        Choose a threshold for it, too.
    supplied
        Whether the maintainer supplied groups.
    """
    made = [_made(way) for way in ways]
    of = made[0].pool.of
    sizes = _sizes(made[0].pool, least)
    found, unseen, ours = _groups(truth, of)
    statistics: dict[str, Statistic] = {}
    for number, way in enumerate(made):
        for name, statistic in _statistics(way, [*sizes, *found], least).items():
            statistics[f"{number} {name}"] = statistic
    wide = max([1, *(max(len(way.pool.scores), len(way.pool.of)) for way in made)])
    spreads = spread(statistics, len(truth), rounds=rounds, seed=seed, wide=wide)
    told: dict[str, Any] = {}
    differences: dict[str, Any] = {}
    for number, way in enumerate(made):
        own = {name.partition(" ")[2]: each for name, each in spreads.items() if name.startswith(f"{number} ")}
        told[way.way.name] = _told(way, own, sizes, found, recall, rounds=rounds, seed=seed)
        if number:
            name = f"{way.way.name} less {made[0].way.name}"
            differences[name] = _difference(own, {n: spreads[f"0 {n}"] for n in own}, len(truth))
    return {
        "images": len(truth),
        "boxes": len(of),
        "ignored": int(sum((~image.counted).sum() for image in truth)),
        "ways": told,
        "differences": differences,
        "groups": _told_groups(found, ours) if supplied else NOT_MEASURED,
        "values_not_shown": {name: count for name, count in unseen.items() if count},
    }


def _made(way: DetectionWay) -> _Way:
    flags = np.concatenate([np.zeros(0, np.bool_), *(each.covered for each in way.held)])
    return _Way(way, pooled([each.matched for each in way.held]), flags)


def _sizes(pool: Pool, least: float) -> list[Group]:
    """Boxes by height; what is false counts by its own height (see `_parts`)."""
    everywhere = np.ones(pool.images, np.bool_)
    masks = {name: (pool.heights >= low) & (pool.heights < high) for name, (low, high) in buckets(least).items()}
    return [Group("size", name, mask, everywhere, supplied=False) for name, mask in masks.items()]


def _groups(truth: Sequence[TrueImage], of: npt.NDArray[np.int64]) -> tuple[list[Group], dict[str, int], list[str]]:
    """The groups, how many values of each attribute stay unseen, and the attributes that the maintainer supplied."""
    said = [pairs for image in truth for pairs in image.said]
    own = [pairs for image in truth for pairs in image.supplied]
    wholes = [image.supplied_of_image for image in truth]
    theirs, small = groups_of(len(truth), of, said, supplied=False)
    ours, also = groups_of(len(truth), of, own, wholes, supplied=True)
    taken = {group.attribute for group in ours} | also.keys()
    # where both speak of one attribute, the maintainer's word is taken
    theirs = [group for group in theirs if group.attribute not in taken]
    return [*theirs, *ours], {**small, **also}, sorted(taken)


def _parts(group: Group, pool: Pool, least: float) -> Bools:
    """The detections that a group's precision is of."""
    chosen = group.detections(pool)
    if group.attribute == "size" and not group.supplied:
        low, high = buckets(least)[group.value]
        chosen &= (pool.whose >= 0) | ((pool.tall >= low) & (pool.tall < high))
    return chosen


def _statistics(way: _Way, groups: Sequence[Group], least: float) -> dict[str, Statistic]:
    pool, threshold = way.pool, way.way.threshold
    told: dict[str, Statistic] = {
        "recall": pool.recall(threshold),
        "precision": pool.precision(threshold),
        "covered": pool.share(way.covered),
        "false_per_image": pool.false_per_image(threshold),
    }
    if way.way.scored:
        told["ap"] = pool.ap()
        coco = [held.coco for held in way.way.held if held.coco is not None]
        if coco and len(coco) == pool.images:
            told |= coco_statistics(coco)
    for number, group in enumerate(groups):
        parts = _parts(group, pool, least)
        told[f"{number} recall"] = pool.recall(threshold, group.boxes)
        told[f"{number} precision"] = pool.precision(threshold, parts)
        if way.way.scored:
            told[f"{number} ap"] = pool.ap(group.boxes, parts)
    return told


def _told(
    way: _Way,
    spreads: Mapping[str, Spread],
    sizes: Sequence[Group],
    groups: Sequence[Group],
    recall: float | None,
    *,
    rounds: int,
    seed: int,
) -> dict[str, Any]:
    pool = way.pool
    told: dict[str, Any] = {"threshold": way.way.threshold}
    for name, each in spreads.items():
        if " " not in name:
            told[name] = estimate(each, pool.images, share=name != "false_per_image")
    if told["false_per_image"].value == 0:
        none = "Poisson, since there is none"
        told["false_per_image"] = Estimate(0.0, 0.0, -math.log(0.025) / pool.images, 0.95, pool.images, "images", none)
    by: dict[str, dict[str, Any]] = {}
    for number, group in enumerate([*sizes, *groups]):
        images = len(np.unique(pool.of[group.boxes]))
        figures = {
            name: estimate(spreads[f"{number} {name}"], images)
            for name in ("recall", "precision", "ap")
            if f"{number} {name}" in spreads
        }
        counts = {"boxes": int(group.boxes.sum()), "images": images, "supplied": group.supplied}
        by.setdefault(group.attribute, {})[group.value] = counts | figures
    told["by"] = by
    first = len(sizes)
    supplied = [(first + i, group) for i, group in enumerate(groups) if group.supplied]
    own = gaps([group for _, group in supplied], [spreads[f"{i} recall"] for i, _ in supplied], pool.of)
    told["gaps"] = [_told_gap(gap) for gap in own] if supplied else NOT_MEASURED
    if way.way.scored:
        told["curve"] = _curve(pool)
        if recall is not None:
            told["for_recall"] = _told_chosen(choose(pool, recall, rounds=rounds, seed=seed))
    return told


def _told_gap(gap: Gap) -> dict[str, Any]:
    names = ("attribute", "lowest", "highest", "groups", "by_chance")
    return {name: getattr(gap, name) for name in names} | {"recall": gap.difference}


def _told_chosen(chosen: Chosen) -> dict[str, Any]:
    return {name: getattr(chosen, name) for name in Chosen.__dataclass_fields__}


def _difference(ours: Mapping[str, Spread], theirs: Mapping[str, Spread], images: int) -> dict[str, Any]:
    """What one way has more than another, images drawn together."""
    told = {}
    for name, each in ours.items():
        if " " not in name and name in theirs:
            other = theirs[name]
            apart = Spread(each.value - other.value, each.rounds - other.rounds)
            told[name] = estimate(apart, images, share=False)
    return told


def _told_groups(groups: Sequence[Group], attributes: Sequence[str]) -> dict[str, Any]:
    """How many were compared; those that are too small to be shown alone are in no comparison."""
    compared = [group for group in groups if group.supplied and group.values == 1]
    return {"attributes": list(attributes), "compared": len(compared), "fewest": FEWEST}


def _curve(pool: Pool) -> list[list[float]]:
    """Threshold, recall, precision down the scores, at most so many points."""
    if not len(pool.scores) or not len(pool.of):
        return []
    hits = np.cumsum(pool.whose >= 0)
    last = np.append(pool.scores[1:] != pool.scores[:-1], True)  # equal scores are accepted together
    places = np.flatnonzero(last)
    chosen = places[np.unique(np.linspace(0, len(places) - 1, min(_POINTS, len(places))).round().astype(int))]
    return [
        [round(float(pool.scores[at]), 4), float(hits[at] / len(pool.of)), float(hits[at] / (at + 1))] for at in chosen
    ]
