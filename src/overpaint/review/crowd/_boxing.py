"""One person's boxes on one picture: what the box models read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["MOST", "SIZES", "Boxing", "by_image", "ordered", "size_of"]

SIZES: Final = ("small", "medium", "large")
"""Size classes, those of COCO: the root of a box's area is under 32 pixels, under 96, or more."""

_BOUNDS: Final = (32.0, 96.0)
MOST: Final = 2_000
"""No answer holds more boxes than this; the fullest picture of WIDER FACE has 1,968 faces."""


@dataclass(frozen=True, slots=True)
class Boxing:
    """One worker's whole answer on one picture.

    Attributes
    ----------
    image
        Names the picture (the question).
    worker
        Names who answered; a detector may take part under a name of its own, such as ``detector:yunet``.
    boxes
        In pixels of the stored frame; none: "nothing here".
    """

    image: str
    worker: str
    boxes: tuple[Box, ...]


def size_of(width: float, height: float) -> int:
    """Which of `SIZES` a box belongs to."""
    root = math.sqrt(max(0.0, width) * max(0.0, height))
    return 0 if root < _BOUNDS[0] else 1 if root < _BOUNDS[1] else 2


def ordered(answers: Iterable[Boxing]) -> list[Boxing]:
    """The answers by image and worker, checked: the models' results do not depend on the order of what they are given.

    Raises
    ------
    UsageError
        Somebody answered twice on one image, an answer has too many boxes, or a box is no rectangle of finite numbers.
    """
    given = sorted(answers, key=lambda answer: (answer.image, answer.worker))
    for one, other in pairwise(given):
        if (one.image, one.worker) == (other.image, other.worker):
            raise UsageError(f"answers: two by one worker on image {one.image!r}; keep the later one")
    for answer in given:
        if len(answer.boxes) > MOST:
            raise UsageError(f"answers: {len(answer.boxes)} boxes in one on image {answer.image!r}; at most {MOST}")
        for box in answer.boxes:
            finite = all(math.isfinite(side) for side in (box.x0, box.y0, box.x1, box.y1))
            if not finite or box.x1 < box.x0 or box.y1 < box.y0:
                raise UsageError(f"answers: a box on image {answer.image!r} is no rectangle x0, y0, x1, y1")
    return given


def by_image(answers: Sequence[Boxing]) -> list[list[Boxing]]:
    """Ordered answers, those of one image together."""
    found: list[list[Boxing]] = []
    for answer in answers:
        if not found or found[-1][0].image != answer.image:
            found.append([])
        found[-1].append(answer)
    return found
