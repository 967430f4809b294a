"""Answers as flat arrays: which groups of boxes there are on which image, and who of those asked drew them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.review.crowd._boxing import Boxing, by_image, size_of
from overpaint.review.crowd._objects import grouped

__all__ = ["Bools", "Evidence", "Floats", "Longs"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What was answered, grouped.

    Attributes
    ----------
    images, workers
        Names.
    answer_image, answer_worker
        One row an answer.
    group_image, group_size, group_page
        One row a group of boxes; the size class is that of the middle box.
    pair_group, pair_worker, pair_drew
        One row for each group and each worker who answered on its image.
    box_group, box_worker, corners
        One row a box; corners have shape ``(boxes, 4)``.
    """

    images: tuple[str, ...]
    workers: tuple[str, ...]
    answer_image: Longs
    answer_worker: Longs
    group_image: Longs
    group_size: Longs
    group_page: Longs
    pair_group: Longs
    pair_worker: Longs
    pair_drew: Bools
    box_group: Longs
    box_worker: Longs
    corners: Floats

    @classmethod
    def of(cls, answers: Sequence[Boxing]) -> Evidence:
        """From answers in the order of `ordered`."""
        workers = sorted({answer.worker for answer in answers})
        place = {worker: number for number, worker in enumerate(workers)}
        images = by_image(answers)
        groups: list[tuple[int, int, int]] = []
        pairs: list[tuple[int, int, bool]] = []
        boxes: list[tuple[int, int]] = []
        corners: list[Floats] = []
        for image, here in enumerate(images):
            asked = [place[answer.worker] for answer in here]
            for group in grouped(here):
                number = len(groups)
                middle = np.median(group.corners, axis=0)
                size = size_of(float(middle[2] - middle[0]), float(middle[3] - middle[1]))
                groups.append((image, size, group.page))
                drew = set(group.workers)
                pairs += [(number, worker, i in drew) for i, worker in enumerate(asked)]
                boxes += [(number, asked[i]) for i in group.workers]
                corners.append(group.corners)
        group_columns = np.array(groups, np.int64).reshape(-1, 3)
        pair_columns = np.array(pairs, np.int64).reshape(-1, 3)
        box_columns = np.array(boxes, np.int64).reshape(-1, 2)
        return cls(
            tuple(here[0].image for here in images),
            tuple(workers),
            np.repeat(np.arange(len(images)), [len(here) for here in images]),
            np.array([place[answer.worker] for answer in answers], np.int64),
            group_columns[:, 0],
            group_columns[:, 1],
            group_columns[:, 2],
            pair_columns[:, 0],
            pair_columns[:, 1],
            pair_columns[:, 2] > 0,
            box_columns[:, 0],
            box_columns[:, 1],
            np.concatenate(corners) if corners else np.zeros((0, 4)),
        )
