"""Whether what looks like a face is a person's: animals' faces fool face detectors, all of them in the same way.

A detector of whole people does not make that mistake, so its word counts, and that of a second face detector. What is
not confirmed is kept; its confidence becomes lower than what the default policy accepts, and a finding of
``unconfirmed`` says so, so that people decide.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from overpaint.detectors._fusion import Voice
from overpaint.detectors._nanodet import nanodet
from overpaint.detectors._profiles import Asked, centerface_larger
from overpaint.detectors._protocol import Detector, Seen
from overpaint.detectors._view import View
from overpaint.records import Box

__all__ = ["UNCONFIRMED", "Confirmer", "Evidence", "evidence", "features", "open_confirmer", "probability"]

UNCONFIRMED = "unconfirmed"
"""Who is said to have seen what was not confirmed; the score is what the detectors of faces said together."""

# Fitted by `benchmarks/profiles.py --confirm` on 531 faces of people and 9 boxes on animals, rounded. Left out by
# tenths of the pictures, .996 of all pairs are ranked rightly, and below the cut lie 7 of the 9 and 1 of the 531.
_WEIGHTS = (0.9, 4.2, 2.7, -1.2)  # of `features`
_CUT = 0.7
_VOICE = Voice(UNCONFIRMED, "1", hashlib.sha256(repr((_WEIGHTS, _CUT)).encode()).hexdigest())
_HELD = 0.7  # share of a face that lies in the person it belongs to
_SAME = 0.45  # IoU of a second detector's box with the face
_USUAL = 0.05  # height of a face over the longest side of the picture; sizes are counted from here, in doublings
_DOUBLINGS = 2.0  # at most, either way: beyond, nothing was fitted


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a face: the scores of a person who holds it and of a second face detector, 0 where there is none.

    ``size`` is its height over the longest side of the picture. A person detector misses the small: for a small face
    its silence says little.
    """

    person: float
    second: float
    size: float


def features(given: Evidence) -> tuple[float, float, float, float]:
    """What is weighed: one, both scores, and the size in doublings of a twentieth of the picture, at most two."""
    doublings = math.log2(max(given.size, 1e-6) / _USUAL)
    return 1.0, given.person, given.second, min(max(doublings, -_DOUBLINGS), _DOUBLINGS)


def probability(given: Evidence) -> float:
    """How likely it is a person's face, where animals are what is expected (logistic regression)."""
    return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(_WEIGHTS, features(given), strict=True))))


class Confirmer:
    """Asks a detector of people and a second face detector about faces that were found.

    Not to be shared between threads.
    """

    def __init__(self, people: Detector, second: Detector) -> None:
        self.people, self.second = people, second
        self.detectors: tuple[Detector, ...] = (people, second, _VOICE)

    def confirmed(self, view: View, seen: Sequence[Seen], *, floor: float, accepted: float) -> tuple[Seen, ...]:
        """The same findings; the confidence of what is not confirmed lies between `floor` and `accepted`.

        Such a subject has one finding more, of ``unconfirmed``. It is asked only of faces with a box that are as sure
        as `accepted`, and changes nothing where one of the two detectors failed: silence for another reason is no
        evidence.
        """
        doubted = [one for one in seen if one.confidence >= accepted and one.detection.kind == "face"]
        if not doubted:
            return tuple(seen)
        for detector in (self.people, self.second):
            view.ask(detector)
        if {fault.detector for fault in view.faults} & {self.people.name, self.second.name}:
            return tuple(seen)
        groups = [list(group) for _, group in itertools.groupby(seen, key=lambda one: one.subject)]
        sure = [group[0].confidence for group in groups]
        for i, group in enumerate(groups):
            box = group[0].detection.box
            if box is None or sure[i] < accepted or group[0].detection.kind != "face":
                continue
            likely = probability(evidence(view, box, self))
            if likely < _CUT:
                groups[i] = _doubted(group)
                sure[i] = floor + (accepted - floor) * likely
        order = sorted(range(len(groups)), key=lambda i: -sure[i])
        return tuple(
            replace(one, subject=number, confidence=sure[i]) for number, i in enumerate(order) for one in groups[i]
        )


def _doubted(group: Sequence[Seen]) -> list[Seen]:
    """A subject with what was thought of it before, by falling score; the box to use stays the same."""
    before = replace(group[0].detection, score=group[0].confidence)
    said = replace(group[0], detection=before, detector=_VOICE.name, version=_VOICE.version, weights=_VOICE.weights)
    return sorted([*group, said], key=lambda one: -one.detection.score)


def evidence(view: View, box: Box, confirmer: Confirmer) -> Evidence:
    """What the two detectors say of a box."""
    people, second = view.ask(confirmer.people), view.ask(confirmer.second)
    holding = [p.score for p in people if p.kind == "person" and p.box and p.box.intersection(box) >= _HELD * box.area]
    agreeing = [d.score for d in second if d.kind == "face" and d.box and d.box.iou(box) >= _SAME]
    return Evidence(max(holding, default=0.0), max(agreeing, default=0.0), box.height / max(view.image.shape[:2]))


def open_confirmer(asked: Sequence[Asked], *, threads: int) -> Confirmer:
    """NanoDet, and CenterFace as the profile has it or, if it has none, as `fused` has it.

    Raises
    ------
    ModelError
        If a model is missing; the message names the command that brings it.
    """
    second = next((detector for detector, _ in asked if detector.name == "centerface"), None)
    return Confirmer(nanodet(threads=threads), second or centerface_larger(threads=threads))
