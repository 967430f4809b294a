"""Each answer with boxes held against what the others drew there: the others alone, or one would vouch for oneself."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.records import Box
from overpaint.review._questions import boxes_of
from overpaint.review._words import Kind
from overpaint.review.crowd import BoxConsensus
from overpaint.review.trust._assign import assign, overlaps
from overpaint.review.trust._records import Record

__all__ = ["AS_SHOWN", "Marks", "marks_of"]

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_SURE = 0.5
_LEAST_OTHERS = 2
_SAME_THING = 0.5
_SAME_PLACE = 0.3
AS_SHOWN = 0.9
"""A box that overlaps one that was shown by this much was left as it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Rows of three tables.

    Attributes
    ----------
    workers
        Names; the tables hold places in it.
    answer_worker, answer_at, answer_question
        One row an answer that can be judged: two others or more answered the same question.
    answer_extra
        How many of its boxes are where no other drew one.
    thing_answer
        One row for each thing that at least half of the others drew: the answer that should have it.
    thing_size
        The root of its area.
    thing_share
        The share of the others who drew it, with half a vote each way.
    thing_shown, thing_kept
        Whether the question showed a box of it already, and whether this worker left that one as it was.
    thing_iou
        Overlap with this worker's box of it; 0 where there is none.
    thing_off
        ``(rows, 4)``: how far this worker's box is off: centre x and y over its width and height, log of width and of
        height over its own; NaN where there is none.
    """

    workers: tuple[str, ...]
    answer_worker: Longs
    answer_at: Floats
    answer_question: Longs
    answer_extra: Floats
    thing_answer: Longs
    thing_size: Floats
    thing_share: Floats
    thing_shown: npt.NDArray[np.bool_]
    thing_kept: npt.NDArray[np.bool_]
    thing_iou: Floats
    thing_off: Floats

    @property
    def thing_worker(self) -> Longs:
        """Whose answer each thing's row is about."""
        return self.answer_worker[self.thing_answer]


def marks_of(
    records: Sequence[Record],
    consensus: Mapping[str, BoxConsensus],
    *,
    without: Collection[str] = (),
) -> Marks:
    """Hold every answer of kind ``boxes`` against the others'.

    Parameters
    ----------
    consensus
        Of each question, from at least these answers.
    without
        Workers whose votes do not count: those who copied would vouch for whom they copied. They are still judged.
    """
    names = sorted({one.worker for one in records})
    place = {name: i for i, name in enumerate(names)}
    by_question: dict[str, list[Record]] = {}
    for one in records:
        if one.kind is Kind.BOXES and one.question in consensus:
            by_question.setdefault(one.question, []).append(one)
    answers: list[tuple[int, float, int, float]] = []
    things: list[tuple[float, ...]] = []
    for number, question in enumerate(sorted(by_question)):
        given = by_question[question]
        for record, extra, rows in _held(given, consensus[question], {one.worker for one in given} - set(without)):
            things.extend((len(answers), *row) for row in rows)
            answers.append((place[record.worker], record.at, number, extra))
    table, rows_ = np.array(answers, np.float64).reshape(-1, 4), np.array(things, np.float64).reshape(-1, 10)
    return Marks(
        tuple(names),
        table[:, 0].astype(np.int64),
        table[:, 1],
        table[:, 2].astype(np.int64),
        table[:, 3],
        rows_[:, 0].astype(np.int64),
        rows_[:, 1],
        rows_[:, 2],
        rows_[:, 3] > 0,
        rows_[:, 4] > 0,
        rows_[:, 5],
        rows_[:, 6:],
    )


def _held(
    given: Sequence[Record], consensus: BoxConsensus, counted: set[str]
) -> Iterator[tuple[Record, float, list[tuple[float, ...]]]]:
    """Of each answer to one question: how many boxes are too many; for each thing of the others a row, as in `Marks`.

    All boxes are compared with all things at once: one by one takes three times as long.
    """
    drawn = [_corners(boxes_of(one.value, page=one.page)) for one in given]
    ends = np.cumsum([len(boxes) for boxes in drawn]).tolist()
    mine, there = np.concatenate(drawn), _corners([one.box for one in consensus.boxes])
    size = [math.sqrt(one.box.area) for one in consensus.boxes]
    seen = [counted.intersection(one.seen_by) for one in consensus.boxes]
    shown = _corners(given[0].shown)
    known, kept = (_most(there, shown) >= _SAME_THING).tolist(), (_most(mine, shown) >= AS_SHOWN).tolist()
    shared = overlaps(mine, there)
    worth = _near(mine, there, shared)
    for one, boxes, end in zip(given, drawn, ends, strict=True):
        others = len(counted) - (one.worker in counted)
        if others < _LEAST_OTHERS:
            continue
        start = end - len(boxes)
        votes = [len(voters) - (one.worker in voters) for voters in seen]
        sure = [column for column, count in enumerate(votes) if count >= _SURE * others]
        pairs = dict(assign(worth[start:end, sure]))
        row_of = {sure[j]: start + i for i, j in pairs.items()}
        rows = []
        for column in sure:
            told = size[column], (votes[column] + 0.5) / (others + 1), float(known[column])
            row = row_of.get(column)
            if row is None:
                rows.append((*told, 0.0, 0.0, *[math.nan] * 4))
            else:
                overlap = float(shared[row, column])
                rows.append((*told, float(kept[row]), overlap, *_off(mine[row].tolist(), there[column].tolist())))
        doubtful = [column for column, count in enumerate(votes) if 0 < count < _SURE * others]
        free = [start + row for row in range(len(boxes)) if row not in pairs]
        if free and doubtful:
            free = [row for row in free if shared[row, doubtful].max() < _SAME_PLACE]
        yield one, float(len(free)), rows


def _most(a: Floats, b: Floats) -> Floats:
    """For each of `a` the highest overlap with any of `b`."""
    return overlaps(a, b).max(axis=1) if len(a) and len(b) else np.zeros(len(a))


def _near(a: Floats, b: Floats, shared: Floats) -> Floats:
    """What a pair is worth: overlap, and nearness of the centres, up to one size away; sizes within 3 of each other."""
    centre_a, centre_b = (a[:, None, :2] + a[:, None, 2:]) / 2, (b[None, :, :2] + b[None, :, 2:]) / 2
    side_a, side_b = a[:, None, 2:] - a[:, None, :2], b[None, :, 2:] - b[None, :, :2]
    away = np.sqrt((((centre_a - centre_b) / np.maximum(side_b, 1.0)) ** 2).sum(axis=2))
    alike = (np.abs(np.log(np.maximum(side_a, 1.0) / np.maximum(side_b, 1.0))) < np.log(3)).all(axis=2)
    worth: Floats = np.where((away < 1) & alike, shared + (1 - away), 0.0)
    return worth


def _off(mine: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float, float]:
    """Centre x and y over width and height, and log of width and of height."""
    off = []
    for low, high in ((0, 2), (1, 3)):
        side, other = max(mine[high] - mine[low], 1.0), max(theirs[high] - theirs[low], 1.0)
        off += [(mine[low] + mine[high] - theirs[low] - theirs[high]) / 2 / other, math.log(side / other)]
    return off[0], off[2], off[1], off[3]


def _corners(boxes: Sequence[Box]) -> Floats:
    return np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes], np.float64).reshape(-1, 4)
