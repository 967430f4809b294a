"""Answers held against keys that are known: what was found, small things on their own, and whether it passes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review._questions import Question, boxes_of
from overpaint.review._words import Kind
from overpaint.review.trust._assign import assign, overlaps
from overpaint.review.trust._keys import key_checked

__all__ = [
    "GoldScore",
    "iou_needed",
    "pairs_of",
    "score",
    "score_boxes",
    "score_choice",
    "score_flags",
    "score_rating",
    "small_side",
]

Floats = npt.NDArray[np.float64]

_SHARE = 0.8
_EXTRA = 0.2
_LOWEST_IOU = 0.2


@dataclass(frozen=True, slots=True)
class GoldScore:
    """What an answer found of a key.

    Attributes
    ----------
    found, of
        Things of the key that the answer has, and how many the key has (small ones too). A choice is one thing, a
        rating two; of flags these are the ones that must be marked.
    small_found, small_of
        The small ones alone.
    extra
        What the answer has beyond the key, and that the key does not leave open.
    mean_iou
        Of the boxes found; 1 where the key has none, 0 where none was found. 1 or 0 for other kinds.
    passed
        Good enough, small and large things each by themselves.
    """

    found: int
    of: int
    small_found: int
    small_of: int
    extra: int
    mean_iou: float
    passed: bool


def iou_needed(box: Box, *, iou: float = 0.5, slack: float = 3.0) -> float:
    """The overlap that counts as the same box: `iou`, or less for a box so small that `slack` pixels undo it.

    A box of ``w × h`` that is off by ``t`` pixels both ways overlaps by ``(w-t)(h-t) / (2wh - (w-t)(h-t))``; being off
    by `slack` pixels is a hand's tremor, not a mistake. Never less than 0.2: more slack would let neighbours pass.
    """
    shared = max(0.0, box.width - slack) * max(0.0, box.height - slack)
    whole = 2 * box.width * box.height - shared
    return max(min(iou, _LOWEST_IOU), min(iou, shared / whole if whole > 0 else 0.0))


def pairs_of(
    gold: Sequence[Box], answer: Sequence[Box], *, iou: float = 0.5, slack: float = 3.0
) -> list[tuple[int, int, float]]:
    """Boxes of a key and of an answer, one to one: as many pairs as can be, then the highest overlap in all.

    Gives (which of `gold`, which of `answer`, intersection over union).
    """
    if not gold or not answer:
        return []
    both = overlaps(_array(gold), _array(answer))
    both[np.array([g.page for g in gold])[:, None] != np.array([a.page for a in answer])[None, :]] = 0
    needed = np.array([iou_needed(box, iou=iou, slack=slack) for box in gold])
    # One pair more outweighs any overlap: overlaps of all pairs together are below the number of pairs.
    worth = np.where(both >= np.maximum(needed, 1e-9)[:, None], min(both.shape) + 1.0 + both, 0.0)
    return [(row, column, float(both[row, column])) for row, column in assign(worth)]


def score_boxes(
    gold: Sequence[Box],
    answer: Sequence[Box],
    *,
    ignore: Sequence[Box] = (),
    iou: float = 0.5,
    small: float = 32.0,
    slack: float = 3.0,
    share: float = _SHARE,
    extra_share: float = _EXTRA,
) -> GoldScore:
    """Hold drawn boxes against a key, box by box.

    Parameters
    ----------
    gold, answer
        In pixels of the same frame. Two answers on one box of the key are one that is found and one too many; one
        answer over two boxes of the key finds one of them at most.
    ignore
        Boxes of the answer that are no pair's and lie at least half in one of these are not counted.
    iou, slack
        See `iou_needed`.
    small
        A box of the key is small when its shorter side is below this, in pixels.
    share
        It passes when at least this share of the small ones is found, and of the others, each rounded up: up to four
        must all be there.
    extra_share
        And when there is at most one box too many for each ``1 / extra_share`` of the key's.

    Notes
    -----
    Checking a union of boxes as one mask, as in the ImageNet face annotation of 2021 (Yang et al. 2022), does not see
    a small face that was missed beside a large one: it is a hundredth of the area. Here it fails.
    """
    pairs = pairs_of(gold, answer, iou=iou, slack=slack)
    little = [min(box.width, box.height) < small for box in gold]
    got = {row for row, _, _ in pairs}
    small_found, small_of = sum(little[row] for row in got), sum(little)
    large_found, large_of = len(got) - small_found, len(gold) - small_of
    paired = {column for _, column, _ in pairs}
    extra = sum(
        not any(box.intersection(region) >= box.area / 2 for region in ignore)
        for column, box in enumerate(answer)
        if column not in paired
    )
    passed = (
        small_found >= math.ceil(share * small_of - 1e-9)
        and large_found >= math.ceil(share * large_of - 1e-9)
        and extra <= math.floor(extra_share * len(gold) + 1e-9)
    )
    mean = float(np.mean([value for _, _, value in pairs])) if pairs else float(not gold)
    return GoldScore(len(got), len(gold), small_found, small_of, extra, mean, passed)


def score_choice(key: str, answer: str) -> GoldScore:
    """One right answer."""
    right = key == answer
    return GoldScore(int(right), 1, 0, 0, 0, float(right), right)


def score_flags(flags: Collection[str], answer: Collection[str], *, either: Collection[str] = ()) -> GoldScore:
    """All of `flags` must be marked, those of `either` may be, and nothing else."""
    found = len(set(flags) & set(answer))
    extra = len(set(answer) - set(flags) - set(either))
    right = found == len(set(flags)) and extra == 0
    return GoldScore(found, len(set(flags)), 0, 0, extra, float(right), right)


def score_rating(safety: Collection[str], imageability: tuple[int, int], answer: Mapping[str, Any]) -> GoldScore:
    """An accepted word, and a number between the lowest and the highest accepted."""
    low, high = imageability
    found = int(answer["safety"] in safety) + int(low <= answer["imageability"] <= high)
    return GoldScore(found, 2, 0, 0, 0, found / 2, found == 2)


def small_side(question: Question) -> float:
    """Below this shorter side, in stored pixels, a box of that question is small.

    A 25th of what is shown (its longer side), for people see the picture as large as their screen: 20 pixels of a
    picture of 500, but not under 12.
    """
    shown = question.crop or Box(0, 0, question.width, question.height)
    return max(12.0, max(shown.width, shown.height) / 25)


def score(question: Question, key: Mapping[str, Any], value: Mapping[str, Any]) -> GoldScore:
    """Hold an answer (as `overpaint.review.checked` keeps it) against the key of a gold question."""
    key = key_checked(question, key)
    match question.kind:
        case Kind.BOXES:
            gold, ignore = ([_box(corners, question.page) for corners in key[part]] for part in ("boxes", "ignore"))
            shown = question.crop or Box(0, 0, question.width, question.height)
            # A hand trembles on the screen: a thousand pixels of it, or the picture's own where it is smaller.
            slack = 3.0 * max(1.0, max(shown.width, shown.height) / 1000)
            answer = boxes_of(value, page=question.page)
            return score_boxes(gold, answer, ignore=ignore, small=small_side(question), slack=slack)
        case Kind.FLAGS:
            return score_flags(key["flags"], value["flags"], either=key["either"])
        case Kind.RATE_LABEL:
            low, high = key["imageability"]
            return score_rating(key["safety"], (low, high), value)
        case _:
            return score_choice(key["choice"], value["choice"])


def _box(corners: tuple[float, float, float, float], page: int) -> Box:
    x0, y0, x1, y1 = corners
    return Box(x0, y0, x1, y1, page)


def _array(boxes: Sequence[Box]) -> Floats:
    return np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes], np.float64).reshape(-1, 4)
