"""What a detector is, what it says, and how its word is checked before anybody relies on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from overpaint.records import Box

__all__ = ["Detection", "Detector", "Fault", "Image", "Look", "Seen", "sound"]

Image = npt.NDArray[np.uint8]
"""An upright picture, H x W x 3, RGB."""

_ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that one detector says it sees.

    Parameters
    ----------
    kind
        What it is: ``"face"``, ``"plate"``, ``"text"`` ...
    score
        The detector's own score, 0 to 1; not comparable between detectors.
    box
        Where, in pixels of the image that was given, half-open, or None if it concerns the whole image.
    text
        What can be read there, if anything.
    """

    kind: str
    score: float
    box: Box | None
    text: str | None = None


@runtime_checkable
class Detector(Protocol):
    """Anything that looks at a picture. Implement this to plug in your own; no base class is needed.

    Attributes
    ----------
    name
        A short word, unique among the detectors of a run.
    version
        Changes whenever the same picture may give other detections.
    weights
        SHA-256 (hex) of what was learnt, or ``""`` if nothing was.
    kinds
        Every kind it can report.
    long_side
        The longest side in pixels it can make use of; 0 means that it wants the full size.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def weights(self) -> str: ...
    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def long_side(self) -> int: ...

    def detect(self, image: Image) -> Sequence[Detection]:
        """Say what is in an upright RGB picture (H x W x 3, uint8, read-only, any size from 1 x 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A detection with its origin and its place among the others of the same image.

    ``subject`` numbers the things of one image from 0: detections of several detectors that concern the same thing
    share it. ``confidence`` (0 to 1) is what all detectors that were asked say together of the subject, those that
    kept silent included; where only one was asked it is its score.
    """

    detection: Detection
    detector: str
    version: str
    weights: str
    subject: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What a detector could not do, or said wrongly, in one sentence without its subject."""

    detector: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.detector} {self.sentence}"


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one look at one image.

    ``seen`` is search by search, in each by falling confidence, subjects together; in a subject by falling score.
    ``errors`` has an entry for everything a detector could not do or said wrongly: an image with errors was not fully
    looked at. ``costs`` has the seconds of each detector that was asked. ``lane`` is the reason code where the picture
    belongs into the no-view lane: then nothing is said to have been seen. ``blind``: nobody could say anything of it,
    or nobody of those who look for faces, or for nudity.
    """

    seen: tuple[Seen, ...]
    errors: tuple[Fault, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    lane: str | None = None
    blind: bool = False

    def leading(self) -> list[Seen]:
        """One of each subject, by falling confidence: that with the highest score, whose box is to be used."""
        return [seen for i, seen in enumerate(self.seen) if not i or self.seen[i - 1].subject != seen.subject]


def _fault(item: Any, kinds: Sequence[str]) -> str | None:
    """Why one thing that a detector returned cannot be used."""
    if not isinstance(item, Detection):
        return f"returned {type(item).__name__} instead of Detection"
    kind, score, box, text = (getattr(item, name) for name in ("kind", "score", "box", "text"))
    if kind not in kinds:
        return f"reported the kind {kind!r}, which it does not declare"
    if not (_number(score) and 0 <= score <= 1):
        return f"gave the score {score!r}, which is not between 0 and 1"
    if not isinstance(text, str | None):
        return f"gave text of type {type(text).__name__}"
    if box is None:
        return None
    if not isinstance(box, Box):
        return f"gave a box of type {type(box).__name__}"
    sides: tuple[Any, ...] = (box.x0, box.y0, box.x1, box.y1)
    if not all(_number(side) for side in sides):
        return f"gave the box {sides}, which is not four finite numbers"
    return None


def _number(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def sound(answer: object, *, kinds: Sequence[str], width: int, height: int) -> tuple[list[Detection], list[str]]:
    """Take what can be used of a detector's answer, clipped to the image.

    Returns
    -------
    (detections, faults)
        The usable detections, in the order given, and one sentence for each that is not.
    """
    if isinstance(answer, str | bytes) or not isinstance(answer, Sequence):
        return [], [f"returned {type(answer).__name__} instead of a sequence of Detection"]
    kept: list[Detection] = []
    faults: list[str] = []
    for item in answer:
        fault = _fault(item, kinds)
        if fault is None and item.box is not None:
            box = item.box.clipped(width, height)
            if box.area > 0:
                kept.append(Detection(item.kind, float(item.score), _plain(box), item.text))
                continue
            fault = f"gave a box with nothing inside the {width} x {height} image"
        if fault is None:
            kept.append(Detection(item.kind, float(item.score), None, item.text))
        else:
            faults.append(fault[:_ERROR_LENGTH])
    return kept, faults


def _plain(box: Box) -> Box:
    """The same box in Python floats (a plug-in's may be of NumPy's)."""
    return Box(float(box.x0), float(box.y0), float(box.x1), float(box.y1), box.page)
