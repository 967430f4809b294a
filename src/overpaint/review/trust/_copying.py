"""Boxes that are the same to the pixel: two people who draw by hand are not that alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from overpaint.review._questions import boxes_of
from overpaint.review._words import Kind
from overpaint.review.trust._assign import overlaps
from overpaint.review.trust._beta import chernoff_at_least
from overpaint.review.trust._many import Held, most_alike
from overpaint.review.trust._marks import AS_SHOWN
from overpaint.review.trust._records import Record, SuspicionKind

__all__ = ["Pair", "copied_boxes", "told_apart"]

Floats = npt.NDArray[np.float64]

_PIXELS = 2.5
_SHARE_OF_SIDE = 0.02
_SAME_THING = 0.5
_LEAST = 4
_MATTERS = 0.1
_SIZES = 12
_BOTH_WAYS = 0.25


@dataclass(slots=True)
class Pair:
    """Two workers on the questions both answered.

    Attributes
    ----------
    same
        For each question on which both drew the same things: the share that is the same to the pixel, the sizes of
        those things (bins), and whether the first of the two (by name) was the first to answer.
    """

    same: list[tuple[float, list[int], bool]] = field(default_factory=list)


def copied_boxes(records: Sequence[Record], spans: dict[str, list[tuple[float, float]]]) -> list[Held]:
    """For each worker, and the one they are most alike: are their boxes more so than honest hands make them?

    Each question counts once, with the share of its boxes that are the same to 2.5 pixels or 2 % of the box on all
    four edges. How often honest boxes are, by size, is learnt from all pairs but those that copy in plain sight.
    Boxes that the question showed, and that were left as they were, are left out.

    Parameters
    ----------
    records
        In the order of `ordered_records`.
    spans
        See `sittings`.
    """
    pairs = _pairs(records)
    chance = _honest(pairs)
    names = {name for both in pairs for name in both}
    tests = []
    for (one, two), pair in sorted(pairs.items()):
        if len(pair.same) < _LEAST:
            continue
        # More than one partner could have been the one: everybody has as many as there are others.
        hits = float(sum(share for share, _, _ in pair.same))
        chances = [sum(chance[size] for size in bins) / len(bins) for _, bins, _ in pair.same]
        p = min(1.0, chernoff_at_least(hits, chances) * max(1, len(names) - 1))
        first = sum(share for share, _, earlier in pair.same if earlier) / hits if hits else 1.0
        worker, other, kind = told_apart(one, two, first, spans)
        evidence = {
            "questions": float(len(pair.same)),
            "same_to_the_pixel": hits,
            "expected": sum(chances),
            "later": max(first, 1 - first),
        }
        tests.append(Held(worker, other, kind, p, hits >= max(3.0, _MATTERS * len(pair.same)), evidence))
    return most_alike(tests)


def told_apart(
    one: str, two: str, first: float, spans: dict[str, list[tuple[float, float]]]
) -> tuple[str, str, SuspicionKind]:
    """Who copied whom: the one who answered later. Each of them at times, and never both at once: one person, it seems.

    `first` is the share of the like answers that `one` gave before `two`.
    """
    worker, other = (two, one) if first >= 0.5 else (one, two)
    mixed = _BOTH_WAYS <= first <= 1 - _BOTH_WAYS
    if mixed and not _at_once(spans.get(one, []), spans.get(two, [])):
        return worker, other, "two-names"
    return worker, other, "copied"


def _at_once(a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]]) -> bool:
    """Whether two people sat before it at the same time; both are sorted."""
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i][0] < b[j][1] and b[j][0] < a[i][1]:
            return True
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return False


def _pairs(records: Sequence[Record]) -> dict[tuple[str, str], Pair]:
    by_question: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        if one.kind is Kind.BOXES:
            by_question[one.question].append(one)
    pairs: dict[tuple[str, str], Pair] = defaultdict(Pair)
    for answers in by_question.values():
        _compare(answers, pairs)
    return pairs


def _compare(answers: Sequence[Record], pairs: dict[tuple[str, str], Pair]) -> None:
    """All boxes of a question's answers with each other; `answers` are in the order of time."""
    tables = [_own(one) for one in answers]
    owner = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    corners = np.concatenate([table[:, :4] for table in tables])
    pages = np.concatenate([table[:, 4] for table in tables])
    if len(corners) < 2:
        return
    shared = overlaps(corners, corners)
    shared[(owner[:, None] >= owner[None, :]) | (pages[:, None] != pages[None, :])] = 0
    size = np.sqrt(np.prod(corners[:, 2:] - corners[:, :2], axis=1))
    mine, theirs = np.nonzero(shared >= _SAME_THING)
    off = np.abs(corners[mine] - corners[theirs]).max(axis=1)
    same = off <= np.maximum(_PIXELS, _SHARE_OF_SIDE * size[mine])
    columns = (owner[mine], owner[theirs], mine, shared[mine, theirs], same)
    told = zip(*(column.tolist() for column in columns), strict=True)
    # Of each box and each other worker the box that overlaps it most: both may have drawn several close together.
    best: dict[tuple[int, int], dict[int, tuple[float, bool]]] = defaultdict(dict)
    for earlier, later, box, overlap, alike in told:
        held = best[earlier, later]
        if box not in held or held[box][0] < overlap:
            held[box] = (overlap, alike)
    bins = _bins(size).tolist()
    for (earlier, later), held in best.items():
        one, two = answers[earlier].worker, answers[later].worker
        share = sum(alike for _, alike in held.values()) / len(held)
        pairs[min(one, two), max(one, two)].same.append((share, [bins[box] for box in held], one < two))


def _own(record: Record) -> Floats:
    """The boxes somebody made: those that were shown and left as they were are nobody's."""
    rows = [
        (box.x0, box.y0, box.x1, box.y1, float(box.page))
        for box in boxes_of(record.value, page=record.page)
        if not any(box.iou(shown) >= AS_SHOWN for shown in record.shown)
    ]
    return np.array(rows, np.float64).reshape(-1, 5)


def _bins(size: Floats) -> npt.NDArray[np.int64]:
    return np.clip(np.log2(np.maximum(size, 1.0)).astype(np.int64), 0, _SIZES - 1)


def _honest(pairs: dict[tuple[str, str], Pair]) -> list[float]:
    """By size, how often two honest boxes of one thing are the same to the pixel: never less than 1 in 200."""
    near, count = np.zeros(_SIZES), np.zeros(_SIZES)
    for pair in pairs.values():
        if len(pair.same) >= _LEAST and sum(share for share, _, _ in pair.same) > 0.5 * len(pair.same):
            continue
        for share, bins, _ in pair.same:
            for size in bins:
                near[size] += share
                count[size] += 1
    everywhere = (near.sum() + 1) / (count.sum() + 50)
    # A size that is rare borrows from all; small boxes are alike more often, so nothing is lowered by it.
    by_size = (near + 50 * everywhere) / (count + 50)
    chance: list[float] = np.clip(np.maximum(by_size, everywhere), 0.005, 0.9).tolist()
    return chance
