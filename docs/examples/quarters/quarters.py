"""A detector of your own: YuNet on the four quarters of a picture, for small faces in large photographs."""

from collections.abc import Sequence

import numpy as np

from overpaint import Box
from overpaint.detectors import Detection, Image, yunet


class Quarters:
    """Everything that overpaint asks of a detector; no base class is needed."""

    name = "quarters"
    version = "1"  # change it whenever the same picture may give other detections
    kinds = ("face",)
    long_side = 2048  # larger pictures are handed over at this size; 0 would ask for the full size

    def __init__(self, threads: int) -> None:
        self._yunet = yunet(threads=threads)
        self.weights = self._yunet.weights  # SHA-256 of what was learnt, "" if nothing was

    def detect(self, image: Image) -> Sequence[Detection]:
        """Say where faces are in an upright RGB picture (H x W x 3, uint8, read-only, any size from 1 x 1)."""
        height, width = image.shape[:2]
        found = []
        for top in (0, height * 2 // 5):
            for left in (0, width * 2 // 5):
                tile = np.ascontiguousarray(image[top : top + height * 3 // 5 + 1, left : left + width * 3 // 5 + 1])
                found += [_moved(seen, left, top) for seen in self._yunet.detect(tile)]
        return _once_each(found)


def _moved(seen: Detection, left: int, top: int) -> Detection:
    box = seen.box
    assert box is not None  # YuNet gives a box with everything
    return Detection(seen.kind, seen.score, Box(box.x0 + left, box.y0 + top, box.x1 + left, box.y1 + top))


def _once_each(found: list[Detection]) -> list[Detection]:
    """The tiles overlap by a fifth, so a face may be found twice: keep the higher score."""
    kept: list[Detection] = []
    for seen in sorted(found, key=lambda d: -d.score):
        if all(_same(seen.box, other.box) < 0.4 for other in kept):
            kept.append(seen)
    return kept


def _same(one: Box | None, other: Box | None) -> float:
    return 0.0 if one is None or other is None else one.iou(other)


def quarters(*, threads: int = 1) -> Quarters:
    """What the entry point names; called once in every worker."""
    return Quarters(threads)
