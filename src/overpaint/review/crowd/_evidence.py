"""Answers as flat arrays: which groups of boxes there are on which image, and who of those asked drew them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.records import Box
from overpaint.review.crowd._boxing import Boxing, by_image, size_of
from overpaint.review.crowd._objects import Group, grouped

__all__ = ["Bools", "Evidence", "Floats", "Longs", "Proposals"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
_SAME: Final = 0.01
Proposals = Sequence[tuple[Box, float]]
"""Boxes with the probability that each is of an object, before anybody answers; 1 and 0 where that is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What was answered, grouped.

    Attributes
    ----------
    images, workers
        Names.
    known
        Of each image, whether its objects are.
    answer_image, answer_worker
        One row an answer.
    group_image, group_size, group_page, group_prior, group_anchor
        One row a group of boxes. The size class is that of the middle box; the prior is what a proposal says, else
        NaN; the anchor is the proposed box, shape ``(groups, 4)``, else NaN.
    pair_group, pair_worker, pair_drew
        One row for each group and each worker who answered on its image.
    box_group, box_worker, corners, cut
        One row a box; corners have shape ``(boxes, 4)``, and so has which of its edges are the picture's.
    """

    images: tuple[str, ...]
    workers: tuple[str, ...]
    known: Bools
    answer_image: Longs
    answer_worker: Longs
    group_image: Longs
    group_size: Longs
    group_page: Longs
    group_prior: Floats
    group_anchor: Floats
    pair_group: Longs
    pair_worker: Longs
    pair_drew: Bools
    box_group: Longs
    box_worker: Longs
    corners: Floats
    cut: Bools

    @classmethod
    def of(
        cls,
        answers: Sequence[Boxing],
        proposals: Mapping[str, Proposals] | None = None,
        *,
        known: Collection[str] = (),
    ) -> Evidence:
        """From answers in the order of `ordered`, and proposals by image; known images have no other objects."""
        workers = sorted({answer.worker for answer in answers})
        place = {worker: number for number, worker in enumerate(workers)}
        images = by_image(answers)
        groups: list[tuple[int, int, int]] = []
        pairs: list[tuple[int, int, bool]] = []
        boxes: list[tuple[int, int]] = []
        corners, priors, anchors = [], [], []
        for image, here in enumerate(images):
            asked = [place[answer.worker] for answer in here]
            for group, prior, anchor in _groups(here, (proposals or {}).get(here[0].image, ())):
                number = len(groups)
                middle = np.median(group.corners, axis=0) if len(group.corners) else anchor
                groups.append((image, size_of(float(middle[2] - middle[0]), float(middle[3] - middle[1])), group.page))
                drew = set(group.workers)
                pairs += [(number, worker, i in drew) for i, worker in enumerate(asked)]
                boxes += [(number, asked[i]) for i in group.workers]
                corners.append(group.corners)
                priors.append(0.0 if np.isnan(prior) and here[0].image in known else prior)
                anchors.append(anchor)
        group_columns = np.array(groups, np.int64).reshape(-1, 3)
        pair_columns = np.array(pairs, np.int64).reshape(-1, 3)
        box_columns = np.array(boxes, np.int64).reshape(-1, 2)
        return cls(
            tuple(here[0].image for here in images),
            tuple(workers),
            np.array([here[0].image in known for here in images], np.bool_),
            np.repeat(np.arange(len(images)), [len(here) for here in images]),
            np.array([place[answer.worker] for answer in answers], np.int64),
            group_columns[:, 0],
            group_columns[:, 1],
            group_columns[:, 2],
            np.array(priors, np.float64),
            np.array(anchors, np.float64).reshape(-1, 4),
            pair_columns[:, 0],
            pair_columns[:, 1],
            pair_columns[:, 2] > 0,
            box_columns[:, 0],
            box_columns[:, 1],
            np.concatenate(corners) if corners else np.zeros((0, 4)),
            np.concatenate([_cut(one) for one in corners]) if corners else np.zeros((0, 4), np.bool_),
        )


def _cut(corners: Floats) -> Bools:
    """Which edges are those of the picture, as far as boxes tell: at 0; or the outermost, if half the group share it.

    Where an object is cut off, everybody's box ends at the same place, however they draw.
    """
    if not len(corners):
        return np.zeros((0, 4), np.bool_)
    at = np.abs(corners - np.concatenate([corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)])) < _SAME
    share = at.sum(axis=0)
    cut: Bools = at & (share >= 2) & (2 * share >= len(corners))
    cut[:, :2] |= corners[:, :2] <= 0
    return cut


def _groups(here: Sequence[Boxing], proposals: Proposals) -> list[tuple[Group, float, Floats]]:
    """The groups of one image, each with its proposal: prior and corners, or NaN."""
    nothing = np.full(4, np.nan)
    if not proposals:
        return [(group, np.nan, nothing) for group in grouped(here)]
    kept = sorted(proposals, key=lambda one: (one[0].page, one[0].x0, one[0].y0, one[0].x1, one[0].y1, one[1]))
    if any(not 0 <= probability <= 1 for _, probability in kept):
        raise UsageError(f"proposals: a probability on image {here[0].image!r} is not between 0 and 1")
    shown = Boxing(here[0].image, "", tuple(box for box, _ in kept))
    chance = {(box.page, box.x0, box.y0, box.x1, box.y1): probability for box, probability in kept}
    found = []
    for group in grouped([*here, shown]):
        prior, anchor, own = np.nan, nothing, group
        if group.workers[-1] == len(here):
            anchor = group.corners[-1]
            prior = chance[group.page, *anchor.tolist()]
            own = Group(group.workers[:-1], group.corners[:-1], group.page)
        found.append((own, prior, anchor))
    return found
