"""Which published pictures are alike in what may have been missed in them: the strata of an audit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["MOST", "Features", "Strata", "stratify"]

MOST = 10
"""Strata, at most: each takes two images or more to tell anything."""

_FEWEST = 4  # images in a stratum
# At most one image in so many of an audit is looked at for certain: intervals rest on what was drawn by chance. Where
# a third of 60 were certain, too few others showed any for an interval in nine draws of ten (WIDER FACE, 120 images).
_SURE = 20
_FOUND = (0, 1, 3, 10)  # things, from which on a level begins
_DOUBTS = ((0.0, "hardly a doubt"), (0.2, "some doubts"), (1.5, "many doubts"))
_SMALL = 32.0  # pixels: the networks of the profiles find nearly all that is larger
_SIZES = ("all large", "small ones")
_CLASSES = ("class with few", "class with many")
_MANY = 0.25  # a class with many: of this share of its other images
_PER_FOUND = 0.05  # what is found stands for so much that is not: crowds have more of both
_ALWAYS = 0.01  # what may be missed where nobody saw a sign of it


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What a run knows of its published images, one value an image.

    Attributes
    ----------
    found
        Things that are painted.
    doubts
        The summed confidences of the findings that are not.
    smallest
        Pixels of the smallest thing that is painted, its height; infinite where there is none.
    group
        The number of its class; -1 where it has none.
    """

    found: npt.NDArray[np.int64]
    doubts: npt.NDArray[np.float64]
    smallest: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]

    def guesses(self) -> npt.NDArray[np.float64]:
        """Misses guessed for each image: only their proportions matter, and an audit is right with wrong ones, too."""
        return np.asarray(self.doubts + _PER_FOUND * self.found + _ALWAYS)


@dataclass(frozen=True, slots=True)
class Strata:
    """The stratum of each image, misses per image guessed for each stratum, and the images looked at for certain."""

    names: tuple[str, ...]
    expected: Mapping[str, float]
    certain: tuple[int, ...]


@dataclass
class _Cell:
    """Images that share their levels of each feature, or some neighbours of such."""

    levels: tuple[frozenset[int], ...]
    members: list[int]
    guess: float

    @property
    def weight(self) -> float:
        """What it would get of an audit: images times the spread of a geometric count."""
        return len(self.members) * math.sqrt(self.guess + self.guess**2)

    def with_(self, other: _Cell) -> _Cell:
        both = len(self.members) + len(other.members)
        guess = (len(self.members) * self.guess + len(other.members) * other.guess) / both
        levels = tuple(one | two for one, two in zip(self.levels, other.levels, strict=True))
        return _Cell(levels, self.members + other.members, guess)


def stratify(features: Features, *, images: int, most: int = MOST) -> Strata:
    """Put images into at most ``most`` strata by what was found, in doubt, how small it is, and the class.

    Cells of all levels are sorted by the misses guessed; those that would get least of an audit join the neighbour that
    is more like them, until none is tiny and there are few enough.

    Parameters
    ----------
    images
        Of the audit. An image of which so much is guessed that a draw in proportion to the guesses would hold it anyway
        is looked at for certain, up to one in twenty of them: it then stands for itself alone.
    """
    guesses = features.guesses()
    cells = _merged(_cells(features, guesses), most=most)
    names = [""] * len(guesses)
    expected: dict[str, float] = {}
    for cell in cells:
        name = _name(cell.levels)
        while name in expected:  # two that differ in what the words leave out
            name += " (others)"
        expected[name] = round(cell.guess, 6)
        for index in cell.members:
            names[index] = name
    return Strata(tuple(names), expected, _certain(guesses, images))


def _cells(features: Features, guesses: npt.NDArray[np.float64]) -> list[_Cell]:
    found = np.searchsorted(_FOUND, features.found, side="right") - 1
    doubts = np.searchsorted([low for low, _ in _DOUBTS], features.doubts, side="right") - 1
    small = ((features.smallest < _SMALL) & (features.found > 0)).astype(np.int64)
    many = _class_with_many(features)
    members: dict[tuple[int, ...], list[int]] = {}
    for index, levels in enumerate(zip(found.tolist(), doubts.tolist(), small.tolist(), many.tolist(), strict=True)):
        # where something was found, that tells more than the class does
        members.setdefault(levels if levels[0] == 0 else (*levels[:3], -1), []).append(index)
    made = (
        _Cell(tuple(frozenset({level}) for level in levels), here, float(guesses[here].mean()))
        for levels, here in sorted(members.items())
    )
    return sorted(made, key=lambda cell: cell.guess)


def _class_with_many(features: Features) -> npt.NDArray[np.int64]:
    """1 where much is found in the other images of its class, 0 where little is, -1 without a class or others."""
    known = features.group >= 0
    if not known.any():
        return np.full(len(features.group), -1)
    group = np.where(known, features.group, 0)
    sizes = np.bincount(group[known], minlength=group.max() + 1)
    hits = np.bincount(group[known], weights=(features.found[known] > 0), minlength=group.max() + 1)
    others = sizes[group] - 1
    share = (hits[group] - (features.found > 0)) / np.maximum(others, 1)
    return np.where(known & (others > 0), (share >= _MANY).astype(np.int64), -1)


def _merged(cells: list[_Cell], *, most: int) -> list[_Cell]:
    while len(cells) > 1:
        tiny = [at for at, cell in enumerate(cells) if len(cell.members) < _FEWEST]
        if not tiny and len(cells) <= most:
            break
        at = min(tiny or range(len(cells)), key=lambda at: (cells[at].weight, at))
        sides = [side for side in (at - 1, at + 1) if 0 <= side < len(cells)]
        other = min(sides, key=lambda side: (_apart(cells[at], cells[side]), side))
        low, high = sorted((at, other))
        cells[low : high + 1] = [cells[low].with_(cells[high])]
    return cells


def _apart(one: _Cell, two: _Cell) -> float:
    """How unlike two cells are: in the misses guessed, and a little in how they would be called."""
    ratio = abs(math.log(one.guess / two.guess))
    return ratio + 0.2 * sum(not (a & b) for a, b in zip(one.levels, two.levels, strict=True))


def _name(levels: Sequence[frozenset[int]]) -> str:
    found, doubts, small, many = levels
    words = [_found(found)]
    if len(doubts) < len(_DOUBTS):
        words.append(" or ".join(_DOUBTS[level][1] for level in sorted(doubts)))
    if found != {0} and len(small) == 1:
        words.append(_SIZES[min(small)])
    if found == {0} and len(many) == 1 and min(many) >= 0:
        words.append(_CLASSES[min(many)])
    return ", ".join(words)


def _found(levels: frozenset[int]) -> str:
    """``3-9 found``; of several levels from the lowest to the highest."""
    low, last = _FOUND[min(levels)], max(levels)
    if last == 0:
        return "nothing found"
    if last == len(_FOUND) - 1:
        return f"{low} or more found"
    return f"{low}-{_FOUND[last + 1] - 1} found"


def _certain(guesses: npt.NDArray[np.float64], images: int) -> tuple[int, ...]:
    """Those that a draw of so many images in proportion to the guesses would hold for certain, the largest first."""
    left, total, sure = images, float(guesses.sum()), list[int]()
    for index in np.argsort(-guesses, kind="stable")[: images // _SURE].tolist():
        if left * guesses[index] < total:
            break
        sure.append(index)
        left, total = left - 1, total - float(guesses[index])
    return tuple(sorted(sure))
