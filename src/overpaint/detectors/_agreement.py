"""Several detectors as votes: which boxes show the same thing, one box that is better than each, how sure they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overpaint.detectors._fusion import Calibration, Voice
from overpaint.detectors._nms import iou
from overpaint.detectors._protocol import Detection, Detector, Seen
from overpaint.records import Box

__all__ = ["AGREED", "agree", "agreed"]

AGREED = "agreed"
"""Who is said to have seen a box that several detectors made together."""

_VERSION = "1"
_SAME = 0.45  # IoU with a subject's surest box from which a box shows the same


@dataclass(frozen=True, slots=True)
class _Vote:
    """A detection, the place of its detector, and its calibrated score."""

    detection: Detection
    place: int
    sure: float


def agree(
    answers: Sequence[tuple[Detector, Sequence[Detection]]],
    *,
    calibrations: Sequence[Calibration | None],
    floor: float,
) -> tuple[Seen, ...]:
    """Group detections into subjects, whatever the order of the detectors, and give several one box.

    The surest detection begins a subject. Each further one, surer first, joins the subject of its kind that has none
    of its detector yet and whose first box it overlaps most, if with IoU >= 0.45; else it begins one. Those without a
    box are subjects of their own.

    The joint confidence is ``1 - product of (1 - p)``, as in `fuse`: never below what one detector says alone. Where
    several detectors see a subject, a finding more, of ``agreed``, comes first: its box is the mean of theirs weighted
    by p (weighted boxes fusion: Solovyev, Wang and Gabruseva, Image and Vision Computing 107, 2021), and its score is
    ``1 - (1 - confidence)(1 - best score)``, so that it leads wherever the highest score does.

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
    votes = [
        _Vote(detection, place, calibrate(detection.score) if calibrate else detection.score)
        for place, ((_, detections), calibrate) in enumerate(zip(answers, calibrations, strict=True))
        for detection in detections
    ]
    names = [detector.name for detector, _ in answers]
    subjects = _grouped(sorted(votes, key=lambda vote: _order(vote, names)))
    sure = [_joint(subject) for subject in subjects]
    kept = sorted((i for i in range(len(subjects)) if sure[i] >= floor), key=lambda i: -sure[i])
    voice = agreed(calibrations)
    return tuple(
        Seen(detection, *who, number, sure[i])
        for number, i in enumerate(kept)
        for detection, who in _said(subjects[i], sure[i], [detector for detector, _ in answers], voice)
    )


def agreed(calibrations: Sequence[Calibration | None]) -> Voice:
    """Who is named; its weights are the constants by which scores are made comparable, whoever has them."""
    return Voice(AGREED, _VERSION, hashlib.sha256(repr(sorted({repr(c) for c in calibrations})).encode()).hexdigest())


def _order(vote: _Vote, names: Sequence[str]) -> tuple[object, ...]:
    """Surest first; what is equally sure in an order that does not depend on that of the detectors."""
    box = vote.detection.box
    corners = (box.x0, box.y0, box.x1, box.y1) if box else ()
    return -vote.sure, names[vote.place], -vote.detection.score, vote.detection.kind, corners


def _grouped(votes: Sequence[_Vote]) -> list[list[_Vote]]:
    """Subjects, the surest vote of each first; one pass of NumPy over the subjects a vote."""
    subjects: list[list[_Vote]] = []
    corners = np.zeros((len(votes), 4), np.float32)  # of the first box of each subject; empty where it has none
    kinds = np.array([vote.detection.kind for vote in votes], dtype=object)
    firsts = np.empty(len(votes), dtype=object)
    seen_by = np.zeros((len(votes), 1 + max((vote.place for vote in votes), default=0)), np.bool_)
    for vote, kind in zip(votes, kinds, strict=True):
        box, count = vote.detection.box, len(subjects)
        one = np.array((box.x0, box.y0, box.x1, box.y1) if box else (0, 0, 0, 0), np.float32)
        home = count
        if box is not None and count:
            overlap = iou(one, corners[:count])
            overlap[seen_by[:count, vote.place] | (firsts[:count] != kind)] = -1
            best = int(overlap.argmax())
            home = best if overlap[best] >= _SAME else count
        if home == count:
            subjects.append([])
            corners[count], firsts[count] = one, kind
        subjects[home].append(vote)
        seen_by[home, vote.place] = True
    return subjects


def _joint(subject: Sequence[_Vote]) -> float:
    """Noisy-or."""
    doubt = 1.0
    for vote in subject:
        doubt *= 1 - vote.sure
    return 1 - doubt if len(subject) > 1 else subject[0].sure


def _said(
    subject: Sequence[_Vote], sure: float, detectors: Sequence[Detector], voice: Voice
) -> list[tuple[Detection, tuple[str, str, str]]]:
    """What there is to say of a subject, and who says it (name, version, weights)."""
    own = [
        (vote.detection, (detectors[vote.place].name, detectors[vote.place].version, detectors[vote.place].weights))
        for vote in subject
    ]
    own.sort(key=lambda said: (-said[0].score, said[1][0]))
    if len(subject) == 1:
        return own
    score = 1 - (1 - sure) * (1 - own[0][0].score)
    together = Detection(subject[0].detection.kind, score, _mean(subject))
    return [(together, (voice.name, voice.version, voice.weights)), *own]


def _mean(subject: Sequence[_Vote]) -> Box:
    """The mean of the boxes, weighted by how sure each is; plain where nobody is sure of anything."""
    boxes = [vote.detection.box for vote in subject if vote.detection.box is not None]
    corners = np.array([(box.x0, box.y0, box.x1, box.y1) for box in boxes])
    share = np.array([vote.sure for vote in subject])
    share = share / share.sum() if share.sum() > 0 else np.full(len(share), 1 / len(share))
    x0, y0, x1, y1 = np.clip(
        share @ corners, corners.min(axis=0), corners.max(axis=0)
    ).tolist()  # rounding moves no side out
    return Box(x0, y0, x1, y1, boxes[0].page)
