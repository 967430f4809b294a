"""Groups of true boxes, those too small to be shown put together, and how far apart the recall of groups lies.

The largest of many differences is large by chance alone, and its plain bootstrap interval does not know that. So the
differences of all pairs of groups, of all attributes, get simultaneous intervals: each is its estimate plus and minus
its standard error times the 95 % quantile of the largest deviation, in standard errors, that any of them has in a round
(the max-t method: Westfall & Young, "Resampling-Based Multiple Testing", 1993). With 95 % confidence all of them hold,
and so does what follows for the largest. Errors that are themselves known from few images are allowed for as in Welch's
test: the quantile is taken of Student's distribution in place of the normal one, at the same probability.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.measures._detection_pool import Pool, Spread
from overpaint.measures._result import Estimate

__all__ = ["FEWEST", "SMALL", "Gap", "Group", "gaps", "groups_of"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Groups of fewer images or fewer boxes are not shown alone."""

SMALL = f"fewer than {FEWEST}"
"""What they are called together."""

_LEVEL = 0.95
_NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Some of the boxes of a pool, and the images in which a false detection counts against them.

    ``values`` is how many were put together (1: one group, shown by its name); ``supplied``: by the maintainer, not
    by the truth's own file.
    """

    attribute: str
    value: str
    boxes: Bools
    images: Bools
    supplied: bool
    values: int = 1

    def detections(self, pool: Pool) -> Bools:
        """What matches one of its boxes, and what matches nothing in its images."""
        # of a detection that matched nothing, -1 names the last box: not asked then
        mine = self.boxes[pool.whose] if len(self.boxes) else np.zeros(len(pool.whose), np.bool_)
        return np.asarray(np.where(pool.whose >= 0, mine, self.images[pool.image]), np.bool_)


def groups_of(
    images: int,
    of: npt.NDArray[np.int64],
    said: Sequence[Sequence[tuple[str, str]]],
    said_of_images: Sequence[Sequence[tuple[str, str]]] = (),
    *,
    supplied: bool,
) -> tuple[list[Group], dict[str, int]]:
    """The groups, by attribute and value, and how many values of each attribute stay unseen.

    Parameters
    ----------
    images
        How many.
    of
        For each box the number of its image.
    said
        For each box its attributes and values.
    said_of_images
        For each image what is said of it as a whole: of all its boxes, and of what is found in it beside them.
    supplied
        Where it comes from.
    """
    boxes: dict[tuple[str, str], Bools] = {}
    where: dict[tuple[str, str], Bools] = {}

    def masks(pair: tuple[str, str]) -> tuple[Bools, Bools]:
        none = boxes.setdefault(pair, np.zeros(len(of), np.bool_))
        return none, where.setdefault(pair, np.zeros(images, np.bool_))

    for number, pairs in enumerate(said):
        for pair in pairs:
            mine, there = masks(pair)
            mine[number] = there[of[number]] = True
    for number, pairs in enumerate(said_of_images):
        for pair in pairs:
            mine, there = masks(pair)
            mine |= of == number
            there[number] = True
    attributes = sorted({attribute for attribute, _ in boxes})
    found: list[Group] = []
    unseen: dict[str, int] = {}
    for attribute in attributes:
        pairs_here = sorted(pair for pair in boxes if pair[0] == attribute)
        everyone = [Group(*pair, boxes[pair], where[pair], supplied) for pair in pairs_here]
        shown = [group for group in everyone if _enough(group, of)]
        small = [group for group in everyone if not _enough(group, of)]
        if small:
            together = Group(
                attribute,
                SMALL,
                np.logical_or.reduce([group.boxes for group in small]),
                np.logical_or.reduce([group.images for group in small]),
                supplied,
                len(small),
            )
            if len(small) > 1 and _enough(together, of):  # one alone would be shown under another name
                shown.append(together)
            else:
                unseen[attribute] = len(small)
        found += shown
    return found, unseen


def _enough(group: Group, of: npt.NDArray[np.int64]) -> bool:
    return int(group.boxes.sum()) >= FEWEST and len(np.unique(of[group.boxes])) >= FEWEST


@dataclass(frozen=True, slots=True)
class Gap:
    """How far apart the recall of an attribute's groups lies: that of ``highest`` less that of ``lowest``.

    ``difference`` has the simultaneous interval; ``by_chance`` is the largest difference that the images drawn anew
    make in the median, though nothing is different.
    """

    attribute: str
    lowest: str
    highest: str
    groups: int
    difference: Estimate
    by_chance: float


def gaps(groups: Sequence[Group], spreads: Sequence[Spread], of: npt.NDArray[np.int64]) -> list[Gap]:
    """The largest difference in each attribute with two groups or more, the largest first.

    Parameters
    ----------
    groups, spreads
        The groups, and for each the spread of its recall; all of the same draws.
    of
        For each box the number of its image.
    """
    by_attribute: Mapping[str, list[int]] = {}
    counts = Counter(group.attribute for group in groups if group.values == 1)
    by_attribute = {
        name: [i for i, each in enumerate(groups) if each.attribute == name and each.values == 1]
        for name in sorted(counts)
        if counts[name] > 1
    }
    if not by_attribute:
        return []
    images = np.array([len(np.unique(of[group.boxes])) for group in groups], np.float64)
    errors = np.array([_error(s, int(g.boxes.sum()), int(n)) for s, g, n in zip(spreads, groups, images, strict=True)])
    values = np.array([each.value for each in spreads])
    worst = np.zeros(len(spreads[0].rounds))
    alone: dict[str, Floats] = {}
    for name, chosen in by_attribute.items():
        # of a group that was not drawn at all, nothing is known in that round
        off = np.nan_to_num(np.array([spreads[i].rounds - spreads[i].value for i in chosen]))
        alone[name] = off.max(axis=0) - off.min(axis=0)
        for i, row in zip(chosen, off, strict=True):
            scale = np.sqrt(errors[i] ** 2 + errors[chosen] ** 2)[:, None]
            worst = np.maximum(worst, (np.abs(row - off) / scale).max(axis=0))
    times = max(float(np.quantile(worst, _LEVEL)), _NORMAL)
    pairs = sum(len(chosen) * (len(chosen) - 1) // 2 for chosen in by_attribute.values())

    def margins(chosen: list[int]) -> Floats:
        return _margins(errors[chosen], images[chosen], times)

    method = f"simultaneous over {pairs} pairs of groups (max-t bootstrap by image, {len(worst):,} rounds)"
    told = [
        _largest(name, [groups[i] for i in chosen], values[chosen], margins(chosen), method, alone[name])
        for name, chosen in by_attribute.items()
    ]
    return sorted(told, key=lambda gap: -(gap.difference.value or 0.0))


def _largest(name: str, groups: Sequence[Group], values: Floats, margin: Floats, method: str, chance: Floats) -> Gap:
    apart = values[:, None] - values[None]
    high, low = int(values.argmax()), int(values.argmin())
    difference = Estimate(
        float(values[high] - values[low]),
        max(0.0, float((apart - margin).max())),
        min(1.0, float((apart + margin).max())),
        _LEVEL,
        len(groups),
        "groups",
        method,
    )
    return Gap(name, groups[low].value, groups[high].value, len(groups), difference, float(np.median(chance)))


def _margins(errors: Floats, images: Floats, times: float) -> Floats:
    """Half the width of every pair's interval: so many standard errors, by Welch's degrees of freedom."""
    from scipy.stats import norm, t

    squares = errors[:, None] ** 2 + errors[None] ** 2
    spare = errors**4 / (images - 1)
    freedom = squares**2 / (spare[:, None] + spare[None])
    margin = np.asarray(t.isf(norm.sf(times), freedom) * np.sqrt(squares), np.float64)
    np.fill_diagonal(margin, 0.0)
    return margin


def _error(spread: Spread, boxes: int, images: int) -> float:
    """The standard error of a recall.

    Draws with replacement vary by a share of 1 / images too little; and where nearly all is found they hardly vary at
    all, so that the error is at least that of so many boxes with two found and two missed besides (Agresti & Coull,
    The American Statistician 52, 1998). Where no draw differs, it is as if one image more were found and one not.
    """
    known = spread.rounds[np.isfinite(spread.rounds)]
    error = float(known.std(ddof=1)) if known.size > 1 else 0.0
    if error > 1e-9:
        share = (spread.value * boxes + 2) / (boxes + 4)
        least = float(np.sqrt(share * (1 - share) / (boxes + 4)))
        return max(least, error * float(np.sqrt(images / (images - 1))))
    share = (spread.value * images + 1) / (images + 2)
    return float(np.sqrt(share * (1 - share) / (images + 2)))
