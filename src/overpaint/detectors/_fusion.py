"""Several detectors' findings of one image: which concern the same thing, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from overpaint.detectors._nms import iou
from overpaint.detectors._protocol import Detection, Detector, Image, Seen

__all__ = ["Calibration", "Join", "Voice", "alone", "fuse"]

_SAME = 0.45  # IoU from which boxes of two detectors are of one subject


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns a score into the share of detections with that score that are faces (Platt scaling on the score's logit).

    ``p = 1 / (1 + exp(-(shift + slope * log(score / (1 - score)))))``
    """

    shift: float
    slope: float

    def __call__(self, score: float) -> float:
        score = min(max(score, 1e-6), 1 - 1e-6)
        return 1 / (1 + math.exp(-(self.shift + self.slope * math.log(score / (1 - score)))))


class Join(Protocol):
    """Makes subjects of what several detectors say of one image; see `fuse` and `agree`."""

    def __call__(
        self,
        answers: Sequence[tuple[Detector, Sequence[Detection]]],
        *,
        calibrations: Sequence[Calibration | None],
        floor: float,
    ) -> tuple[Seen, ...]: ...


@dataclass(frozen=True, slots=True)
class Voice:
    """A name for what detectors say together: in findings and in the plan it stands as a detector, and never looks."""

    name: str
    version: str
    weights: str
    kinds: tuple[str, ...] = ("face",)
    long_side: int = 1

    def detect(self, image: Image) -> Sequence[Detection]:  # noqa: ARG002 - there is nothing to look with
        """Nothing."""
        return ()


@dataclass(slots=True)
class _Subject:
    """Detections of one thing, at most one a detector, with the place of each detector, and what they say together."""

    members: list[tuple[Detection, int]]
    confidence: float

    def join(self, detection: Detection, place: int, confidence: float) -> None:
        self.members.append((detection, place))
        self.confidence += confidence - self.confidence * confidence


def fuse(
    answers: Sequence[tuple[Detector, Sequence[Detection]]],
    *,
    calibrations: Sequence[Calibration | None],
    floor: float,
) -> tuple[Seen, ...]:
    """Group detections into subjects and give each a joint confidence.

    Detections of one kind belong together if their boxes overlap with IoU >= 0.45; a subject has at most one of each
    detector; detectors are taken in order, the best detections first, each joining the subject it overlaps most. Those
    without a box are subjects of their own.

    The joint confidence is ``1 - product of (1 - p)`` over the detections of the subject (noisy-or), ``p`` being the
    calibrated score, or the score itself where there is no calibration: it is never below that of any one detector,
    so that asking one more can only find more.

    Parameters
    ----------
    answers
        Each detector with its usable detections.
    calibrations
        One for each detector, None to take scores as they are.
    floor
        Subjects whose joint confidence is lower are left out.

    Returns
    -------
    tuple of Seen
        By falling confidence; within a subject by falling score, the first being the one whose box is to be used.
    """
    subjects: list[_Subject] = []
    for place, ((_, detections), calibrate) in enumerate(zip(answers, calibrations, strict=True)):
        earlier = _Homes(subjects)
        for detection in sorted(detections, key=lambda d: -d.score):
            confidence = calibrate(detection.score) if calibrate else detection.score
            home = earlier.take(detection)
            if home is None:
                subjects.append(_Subject([(detection, place)], confidence))
            else:
                home.join(detection, place, confidence)
    kept = sorted((s for s in subjects if s.confidence >= floor), key=lambda s: -s.confidence)
    return tuple(
        Seen(
            detection,
            answers[place][0].name,
            answers[place][0].version,
            answers[place][0].weights,
            number,
            subject.confidence,
        )
        for number, subject in enumerate(kept)
        for detection, place in sorted(subject.members, key=lambda m: (-m[0].score, answers[m[1]][0].name))
    )


def alone(detector: Detector, detections: Sequence[Detection]) -> list[Seen]:
    """Each detection a subject of its own, by falling score, which is its confidence."""
    ordered = sorted(detections, key=lambda d: -d.score)
    return [
        Seen(one, detector.name, detector.version, detector.weights, number, one.score)
        for number, one in enumerate(ordered)
    ]


class _Homes:
    """The subjects of earlier detectors, each to be taken at most once by the next."""

    def __init__(self, subjects: Sequence[_Subject]) -> None:
        firsts = [(subject, subject.members[0][0]) for subject in subjects]
        boxed = [(subject, first.kind, first.box) for subject, first in firsts if first.box is not None]
        self._subjects = [subject for subject, _, _ in boxed]
        self._kinds = np.array([kind for _, kind, _ in boxed], dtype=object)
        self._boxes = np.array([(b.x0, b.y0, b.x1, b.y1) for _, _, b in boxed], np.float32).reshape(-1, 4)
        self._free = np.ones(len(boxed), np.bool_)

    def take(self, detection: Detection) -> _Subject | None:
        """The free subject of the same kind that the detection overlaps most, if enough."""
        box = detection.box
        if box is None or not len(self._subjects):
            return None
        overlap = iou(np.array((box.x0, box.y0, box.x1, box.y1), np.float32), self._boxes)
        overlap[~self._free | (self._kinds != detection.kind)] = -1
        best = int(overlap.argmax())
        if overlap[best] < _SAME:
            return None
        self._free[best] = False
        return self._subjects[best]
