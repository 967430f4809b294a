"""Numbers told apart by how many images they have: where two copies of a dataset say so, they can be aligned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import LabelsError
from overpaint.labels._class_lists import ClassList
from overpaint.labels._guard import checked, compare_numbers, turned
from overpaint.labels._guard_align import Ints
from overpaint.labels._guard_findings import ListCheck

__all__ = ["compare_counts"]

_RARE = 3  # classes with one number of images, up to which that number tells them apart
_SAME = 0.9  # of the classes have the same number of images, once they are aligned: then it is one dataset
_ALIKE, _BETTER = 0.8, 0.3  # correlation of the best alignment, and by how much it is better than that of the numbers


def compare_counts(given: Sequence[int], true: Sequence[int], classes: ClassList) -> ListCheck:
    """Say how the images of each number are another copy's images of other numbers.

    Numbers of images that few classes have are exact marks, and a shift, an exchange or a sort shows by them. Where a
    copy lacks some images the marks do not fit; the correlation of the logarithms then tells a list that is turned
    round as a whole, and nothing else.

    Parameters
    ----------
    given, true
        Images by number.
    classes
        The classes of ``true``.

    Returns
    -------
    ListCheck
        ``known`` says how many numbers were told apart; where too few are, nothing is said.
    """
    if len(true) != len(classes):
        raise LabelsError(f"{classes.name} has {len(classes)} classes, and {len(true)} numbers of images are given")
    mine, theirs = np.asarray(given, np.int64), np.asarray(true, np.int64)
    words = "numbers of images"
    if len(mine) == len(theirs) and np.array_equal(mine, theirs):
        return checked(mine, theirs, classes, words, ())
    marks, marked = _marks(mine, theirs)
    found = compare_numbers(marks, marked, classes, words=words)
    if len(mine) == len(theirs) and _aligned(mine, theirs) < _SAME and not found.compared:
        by = _turn(mine, theirs)
        return checked(mine, theirs, classes, words, () if by is None else (turned(by, mine, theirs, classes),))
    return found


def _marks(mine: Ints, theirs: Ints) -> tuple[Ints, Ints]:
    """Numbers of images as names, where few classes have them; others are names that stand nowhere else."""
    values, name, often = np.unique(theirs, return_inverse=True, return_counts=True)
    rare = often <= _RARE
    marked = np.where(rare[name], name, len(values) + np.arange(len(theirs)))
    at = np.minimum(np.searchsorted(values, mine), len(values) - 1)
    known = (values[at] == mine) & rare[at]
    return np.where(known, at, -1).astype(np.int64), marked.astype(np.int64)


def _aligned(mine: Ints, theirs: Ints) -> float:
    return float((mine == theirs).mean())


def _turn(mine: Ints, theirs: Ints) -> int | None:
    """By how many places the copies fit best, if they do and not as they stand: circular correlation by FFT."""
    a, b = (_standard(each) for each in (mine, theirs))
    if a is None or b is None:
        return None
    fit = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), len(a)) / len(a)
    best = int(fit.argmax())
    return best if best and fit[best] >= _ALIKE and fit[best] - fit[0] >= _BETTER else None


def _standard(counts: Ints) -> NDArray[np.float64] | None:
    values = np.log1p(counts.astype(np.float64))
    spread = float(values.std())
    return None if spread == 0 else np.asarray((values - values.mean()) / spread)
