"""How somebody draws, all in all: at random, beside the thing, or only what is large."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from overpaint.review.trust._beta import chernoff_at_least, student_below
from overpaint.review.trust._many import Held
from overpaint.review.trust._marks import Marks

__all__ = ["agreement_of", "at_random", "beside", "missing_small"]

Floats = npt.NDArray[np.float64]

_HIT = 0.5
_LEAST = 10
_RANDOM_BAR = 0.25
_MISS_FACTOR = 1.5
_MISS_FLOOR = 0.1
_MISS_MATTERS = 0.4
_LARGE_MISSED = 0.5
# What careful people differ by in where they think a thing ends: centre over side, log of side.
_OFF_FLOOR = np.array([0.03, 0.03, 0.08, 0.08])
# An overlap of 0.8 is left, if nothing else is wrong.
_OFF_MATTERS = np.array([0.11, 0.11, 0.223, 0.223])
_MOST_FREEDOM = 60


def agreement_of(marks: Marks) -> Floats:
    """For each answer the share of boxes and things that are one (0 to 1), NaN where there is nothing to see.

    A Jaccard index: things with a box that overlaps by half, over those, the things without, and the boxes too many.
    """
    count = len(marks.answer_worker)
    hit = marks.thing_iou >= _HIT
    there = np.bincount(marks.thing_answer, minlength=count).astype(np.float64)
    hits = np.bincount(marks.thing_answer, hit, count)
    beside = np.bincount(marks.thing_answer, ~hit & ~np.isnan(marks.thing_off[:, 0]), count)
    whole = there + beside + marks.answer_extra
    found: Floats = np.divide(hits, whole, out=np.full(count, np.nan), where=whole > 0)
    return found


def at_random(marks: Marks) -> list[Held]:
    """Agreement with the others below a quarter, or half of what is usual where that is less.

    A quarter as a Jaccard index is an F1 of 0.4. Each answer is one trial with an outcome between 0 and 1.
    """
    agreement = agreement_of(marks)
    seen = ~np.isnan(agreement)
    owner = marks.answer_worker[seen]
    count = np.bincount(owner, minlength=len(marks.workers))
    total = np.bincount(owner, agreement[seen], len(marks.workers))
    enough = count >= _LEAST
    usual = float(np.median(total[enough] / count[enough])) if enough.any() else 1.0
    bar = min(_RANDOM_BAR, usual / 2)
    tests = []
    for place in np.flatnonzero(enough):
        trials, hits = int(count[place]), float(total[place])
        p = chernoff_at_least(trials - hits, [1 - bar] * trials)
        evidence = {"answers": float(trials), "agreement": hits / trials, "usual": usual}
        tests.append(Held(marks.workers[place], None, "random", p, matters=True, evidence=evidence))
    return tests


def beside(marks: Marks) -> list[Held]:
    """Boxes that are off all the same way: moved, or too large or too small, beyond what people differ by.

    The median error of each of centre and log size is held against the spread of the workers' own medians (robust, and
    not below what careful people differ by), with Student's t and Bonferroni over the four. Boxes that the question
    showed, and that were left as they were, say nothing of this.
    """
    drawn = ~np.isnan(marks.thing_off[:, 0]) & ~marks.thing_kept
    owner, off = marks.thing_worker[drawn], marks.thing_off[drawn]
    middle, error, count = _medians(owner, off, len(marks.workers))
    enough = count >= _LEAST
    if not enough.any():
        return []
    usual = np.median(middle[enough], axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(middle[enough] - usual), axis=0), _OFF_FLOOR)
    tests = []
    for place in np.flatnonzero(enough):
        away = np.abs(middle[place] - usual)
        t = away / np.sqrt(spread**2 + error[place] ** 2)
        freedom = float(min(count[place] - 1, _MOST_FREEDOM))
        worst = int(np.argmax(t))
        p = min(1.0, 8 * student_below(-float(t[worst]), freedom))
        names = ("x", "y", "width", "height")
        evidence = {"boxes": float(count[place])} | dict(zip(names, map(float, middle[place]), strict=True))
        matters = bool(away[worst] >= _OFF_MATTERS[worst])
        tests.append(Held(marks.workers[place], None, "shifted", p, matters, evidence))
    return tests


def missing_small(marks: Marks, small: float | None = None) -> list[Held]:
    """Small things missed far more often than the others missed them, and large ones found.

    Each answer with small things in it counts once, with the share of them that was missed: whoever gives up on one
    picture of a crowd has made one mistake. Things that the question showed already are left out. An honest
    worker may miss half as much again as the others do, thing by thing.

    Parameters
    ----------
    small
        Root of the area below which a thing is small; by default, the median of all things.
    """
    asked = ~marks.thing_shown
    if not asked.any():
        return []
    limit = float(np.median(marks.thing_size[asked])) if small is None else small
    missed = np.isnan(marks.thing_off[:, 0])
    little = asked & (marks.thing_size < limit)
    per_answer = _shares(marks, little, missed)
    chance = _shares(marks, little, np.clip(_MISS_FACTOR * (1 - marks.thing_share), _MISS_FLOOR, 0.9))
    tests = []
    for place, worker in enumerate(marks.workers):
        mine = np.flatnonzero((marks.answer_worker == place) & ~np.isnan(per_answer))
        if len(mine) < _LEAST:
            continue
        large = (marks.thing_worker == place) & asked & ~little
        lost = float(missed[large].mean()) if large.any() else 0.0
        rate = float(per_answer[mine].mean())
        p = chernoff_at_least(float(per_answer[mine].sum()), chance[mine].tolist())
        evidence = {"answers": float(len(mine)), "small_missed": rate, "large_missed": lost, "small": limit}
        matters = rate >= _MISS_MATTERS and lost <= min(_LARGE_MISSED, rate / 2)
        tests.append(Held(worker, None, "misses-small", p, matters, evidence))
    return tests


def _shares(marks: Marks, which: npt.NDArray[np.bool_], value: npt.NDArray[np.generic]) -> Floats:
    """For each answer the mean of a value over some of its things, NaN where it has none of them."""
    count = len(marks.answer_worker)
    number = np.bincount(marks.thing_answer[which], minlength=count)
    total = np.bincount(marks.thing_answer[which], value[which].astype(np.float64), count)
    found: Floats = np.divide(total, number, out=np.full(count, np.nan), where=number > 0)
    return found


def _medians(owner: npt.NDArray[np.int64], values: Floats, count: int) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """By worker: medians ``(count, 4)``, their standard errors from the quartiles, and how many there are."""
    middle, error = np.zeros((count, values.shape[1])), np.full((count, values.shape[1]), np.inf)
    number = np.bincount(owner, minlength=count)
    order = np.argsort(owner, kind="stable")
    for place, rows in enumerate(np.split(values[order], np.cumsum(number)[:-1])):
        if len(rows) >= 2:
            low, middle[place], high = np.percentile(rows, (25, 50, 75), axis=0)
            # A median's error is 1.2533 of a mean's, for a normal; the quartiles of one lie 1.349 apart.
            error[place] = 1.2533 * (high - low) / 1.349 / np.sqrt(len(rows))
    return middle, error, number
