"""One picture with its true boxes and what a way to look found in it, both as the picture is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from overpaint.errors import SampleError
from overpaint.formats import LabelledObject
from overpaint.measures._detection_coco import CocoImage, coco_image
from overpaint.measures._detection_match import (
    COVERED,
    LEAST_HEIGHT,
    OVERLAP,
    Matched,
    cores_of,
    match,
    shares_covered,
)
from overpaint.measures._truth_groups import Supplied
from overpaint.records import Box

__all__ = ["KIND_LABELS", "DetectionWay", "Held", "SeenFrame", "TrueImage", "true_image", "upright_box"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Pairs = tuple[tuple[str, str], ...]

KIND_LABELS = {
    "face": frozenset({"face", "faces", "human face", "head face"}),
    "person": frozenset({"person", "people", "pedestrian", "human"}),
    "plate": frozenset({"plate", "license plate", "licence plate", "license_plate", "licence_plate", "numberplate"}),
    "text": frozenset({"text", "word", "words"}),
    "code": frozenset({"code", "qr", "qr code", "barcode"}),
}
"""What truth calls the kinds that can be measured; boxes without a label are of whatever is asked about."""


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A picture as it was looked at.

    Attributes
    ----------
    stored
        Width, height and EXIF orientation of its file.
    size
        Width and height of the upright picture that was looked at.
    ratio
        By how much it was made smaller (1: not at all).
    """

    stored: tuple[int, int, int]
    size: tuple[int, int]
    ratio: float = 1.0

    def scaled(self, box: Box) -> tuple[float, float, float, float]:
        """A box in stored pixels, in pixels of the picture that was looked at."""
        width, height, orientation = self.stored
        x0, y0, x1, y1 = upright_box(box, width, height, orientation)
        wide, high = (height, width) if orientation >= 5 else (width, height)
        across, down = self.size[0] / wide, self.size[1] / high
        return x0 * across, y0 * down, x1 * across, y1 * down


def upright_box(box: Box, width: int, height: int, orientation: int) -> tuple[float, float, float, float]:
    """A box of a stored frame of that size in the picture as it is seen (EXIF 2.32, tag 0x0112)."""
    x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
    if orientation in {2, 3, 7, 8}:
        x0, x1 = width - x1, width - x0
    if orientation in {3, 4, 6, 7}:
        y0, y1 = height - y1, height - y0
    return (y0, x0, y1, x1) if orientation >= 5 else (x0, y0, x1, y1)


@dataclass(frozen=True, slots=True, eq=False)
class TrueImage:
    """The true boxes of one picture, N x 4 in pixels of the picture that was looked at.

    ``counted`` and ``crowd`` mark them; what is neither is ignored. ``said`` has what is known of each counted box,
    ``supplied`` what the maintainer says of it, and ``supplied_of_image`` what of the whole picture.
    """

    frame: SeenFrame
    boxes: Floats
    counted: Bools
    crowd: Bools
    said: tuple[Pairs, ...]
    supplied: tuple[Pairs, ...]
    supplied_of_image: Pairs


def true_image(
    key: str,
    objects: Sequence[LabelledObject],
    frame: SeenFrame,
    *,
    labels: Collection[str],
    least: float,
    groups: Supplied | None,
    met: Counter[str],
) -> TrueImage:
    """Place a picture's true boxes, and mark which count.

    Parameters
    ----------
    labels
        What boxes are called that are meant, in lower case; those without a label are meant too.
    least
        The height in pixels from which on a box counts; before rounding of the picture's size.
    met
        Counts what became of boxes: ``other-label``, ``box-outside``, and labels as ``label:NAME``.
    """
    boxes, counted, crowd, said, supplied = [], [], [], [], []
    width, height, orientation = frame.stored
    for number, each in enumerate(objects):
        met[f"label:{each.label}"] += 1
        if each.label and each.label.strip().lower() not in labels:
            met["other-label"] += 1
            continue
        try:
            box = each.placed(width, height, orientation)
        except SampleError as error:
            met[error.reason] += 1
            continue
        _, top, _, bottom = upright_box(box, width, height, orientation)
        boxes.append(frame.scaled(box))
        counts = not each.ignored and not each.crowd and (bottom - top) * frame.ratio >= least
        counted.append(counts)
        crowd.append(each.crowd)
        if counts:
            said.append(each.told)
            supplied.append(() if groups is None else groups.of_box(key, number))
    whole = () if groups is None else groups.of_image(key)
    return TrueImage(
        frame,
        np.array(boxes, np.float64).reshape(-1, 4),
        np.array(counted, np.bool_),
        np.array(crowd, np.bool_),
        tuple(said),
        tuple(supplied),
        whole,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One picture's detections held against its truth; ``covered`` says which counted boxes lie in the cores.

    ``coco`` is the same by COCO's protocol, where that was asked for.
    """

    matched: Matched
    covered: Bools
    coco: CocoImage | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DetectionWay:
    """A way to look, and what it found in every picture, in the pictures' order.

    ``threshold`` is what it accepts from; ``scored``: what it finds has scores, so that there is a curve.
    """

    name: str
    threshold: float
    scored: bool = True
    held: list[Held] = field(default_factory=list)

    def hold(
        self,
        truth: TrueImage,
        boxes: Floats,
        scores: Floats,
        *,
        least: float = LEAST_HEIGHT,
        overlap: float = OVERLAP,
        coco: bool = False,
    ) -> None:
        """Hold one more picture's N x 4 boxes and scores against its truth; by COCO's protocol too, if asked for."""
        width, height = truth.frame.size
        matched = match(
            boxes, scores, truth.boxes, truth.counted, least_height=least, overlap=overlap, crowd=truth.crowd
        )
        cores = cores_of(boxes[scores >= self.threshold], width=width, height=height)
        shares = shares_covered(truth.boxes[truth.counted], cores, width=width, height=height)
        also = None
        if coco:
            also = coco_image(boxes, scores, truth.boxes, truth.counted, truth.crowd, least_height=least)
        self.held.append(Held(matched, shares >= COVERED, also))
