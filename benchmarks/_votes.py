"""What each part of the profile `fused` is worth: voters alone and together, with the best box and with the common one.

The second table is about boxes alone: their IoU with the truth, on the faces that everybody in the table sees.

Calibrations are fitted on the same pictures that they are measured on, so each combination is measured a second time
with constants from nine tenths of the pictures for the tenth that was left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from _detection import Matched, figures, interval, match, overlaps, paired, recall_at
from _wider import Picture
from overpaint.detectors import PROFILES, Detection, Detector
from overpaint.detectors._agreement import agree
from overpaint.detectors._fusion import Calibration, Join, fuse

Floats = npt.NDArray[np.float64]
Found = list[list[Detection]]
Kept = list[Floats]
Fitted = Sequence[Calibration]
FOLDS = 10


def arrays(found: Sequence[tuple[Any, float]]) -> tuple[Floats, Floats]:
    """Boxes (N x 4) and confidences (N)."""
    boxed = [(box, score) for box, score in found if box is not None]
    corners = np.array([(b.x0, b.y0, b.x1, b.y1) for b, _ in boxed], np.float64).reshape(-1, 4)
    return corners, np.array([score for _, score in boxed], np.float64)


def held(found: Sequence[Detection], picture: Picture) -> Matched:
    """One detector's answer held against the truth."""
    return match(*arrays([(d.box, d.score) for d in found]), picture.boxes, picture.counted)


def platt(scores: Floats, true: npt.NDArray[np.bool_]) -> Calibration:
    """Logistic regression of truth on the score's logit (Platt 1999), by Newton's method."""
    bounded = np.clip(scores, 1e-3, 1 - 1e-3)
    design = np.stack([np.ones(len(bounded)), np.log(bounded / (1 - bounded))], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        weights -= np.linalg.solve(curvature, design.T @ (p - true))
    return Calibration(float(weights[0]), float(weights[1]))


def fitted(found: Found, images: Sequence[Picture], use: Sequence[int]) -> Calibration:
    """The calibration of one detector from some of the pictures."""
    matched = [held(found[i], images[i]) for i in use]
    return platt(np.concatenate([m.scores for m in matched]), np.concatenate([m.true for m in matched]))


def left_out(answers: Sequence[Found], images: Sequence[Picture]) -> list[Fitted]:
    """For each picture the calibrations fitted without its tenth."""
    fold = np.random.default_rng(0).permutation(len(images)) % FOLDS
    by_fold = [[fitted(found, images, np.flatnonzero(fold != k).tolist()) for found in answers] for k in range(FOLDS)]
    return [by_fold[k] for k in fold]


def together(
    detectors: Sequence[Detector], answers: Sequence[Found], count: int, join: Join, fits: Sequence[Fitted]
) -> list[tuple[Floats, Floats]]:
    """What several detectors say together of each picture: boxes and confidences."""
    result = []
    for i in range(count):
        pairs = [(detector, found[i]) for detector, found in zip(detectors, answers, strict=True)]
        seen = join(pairs, calibrations=fits[i], floor=PROFILES["fused"].floor)
        leading = [one for j, one in enumerate(seen) if not j or seen[j - 1].subject != one.subject]
        result.append(arrays([(one.detection.box, one.confidence) for one in leading]))
    return result


def against(boxes: Sequence[tuple[Floats, Floats]], images: Sequence[Picture]) -> list[Matched]:
    """All pictures held against their truth."""
    return [match(*found, picture.boxes, picture.counted) for found, picture in zip(boxes, images, strict=True)]


class Voters:
    """The detectors of `fused`, asked once about each picture."""

    def __init__(self, images: Sequence[Picture]) -> None:
        asked = PROFILES["fused"].open(1)
        self.images = images
        self.detectors = [detector for detector, _ in asked]
        self.shipped = [calibration for _, calibration in asked if calibration]
        self.answers: list[Found] = [[list(one.detect(p.image)) for p in images] for one in self.detectors]

    def joined(self, count: int, join: Join, fits: Sequence[Fitted] | None = None) -> list[tuple[Floats, Floats]]:
        """The first `count` together, by the shipped calibrations if no others are given."""
        fits = fits or [self.shipped[:count]] * len(self.images)
        return together(self.detectors[:count], self.answers[:count], len(self.images), join, fits)


def combinations(voters: Voters) -> Iterator[tuple[str, list[Matched]]]:
    """Each voter of `fused` alone, then two and three of them, joined in both ways."""
    images = voters.images
    for detector, found in zip(voters.detectors, voters.answers, strict=True):
        yield f"{detector.name} alone", [held(one, picture) for one, picture in zip(found, images, strict=True)]
    for count in (2, 3):
        without = left_out(voters.answers[:count], images)
        for join, box in ((fuse, "the best one's box"), (agree, "one box of all")):
            yield f"{count} votes, {box}", against(voters.joined(count, join), images)
            yield f"{count} votes, {box}, left out", against(voters.joined(count, join, without), images)


def fit_of_boxes(voters: Voters) -> str:
    """The mean IoU with the truth, and by how much the common box is better, on faces that all of them see."""
    sure = {"yunet": 0.5, "centerface": 0.3, "retinaface": 0.5}
    ways: dict[str, Kept] = {}
    for detector, found in zip(voters.detectors, voters.answers, strict=True):
        kept = [[(d.box, d.score) for d in one if d.score >= sure[detector.name]] for one in found]
        ways[f"{detector.name} alone"] = [arrays(one)[0] for one in kept]
    for join, box in ((fuse, "the best one's box"), (agree, "one box of all")):
        ways[f"3 votes, {box}"] = [b[c >= PROFILES["fused"].min_confidence] for b, c in voters.joined(3, join)]
    best = {name: [_best(b, p) for b, p in zip(boxes, voters.images, strict=True)] for name, boxes in ways.items()}
    common = [np.all([each[i] >= 0.4 for each in best.values()], axis=0) for i in range(len(voters.images))]
    ious = {name: [each[i][common[i]] for i in range(len(common))] for name, each in best.items()}
    ours = ious["3 votes, one box of all"]
    lines = ["| who | mean IoU | the common box is better by |", "|---|---|---|"]
    for name, each in ious.items():
        gains = [a - b for a, b in zip(ours, each, strict=True)]
        draw = np.random.default_rng(0).integers(0, len(gains), (2000, len(gains)))
        low, high = np.percentile([np.concatenate([gains[i] for i in row]).mean() for row in draw], [2.5, 97.5])
        gain = np.concatenate(gains).mean()
        lines.append(f"| {name} | {np.concatenate(each).mean():.3f} | {gain:+.3f} ({low:+.3f} to {high:+.3f}) |")
    return f"{sum(one.sum() for one in common)} faces\n\n" + "\n".join(lines)


def _best(boxes: Floats, picture: Picture) -> Floats:
    """For each counted face the IoU of the box that fits it best."""
    faces = picture.boxes[picture.counted]
    return overlaps(faces, boxes).max(axis=1) if len(boxes) else np.zeros(len(faces))


def compared(images: Sequence[Picture], others: Sequence[tuple[str, list[Matched]]]) -> str:
    """A table of AP, and of how much more that of `fused` is, in pairs on the same pictures."""
    voters = Voters(images)
    rows = [*others, *combinations(voters)]
    ours = dict(rows)["3 votes, one box of all"]
    lines = ["| who | AP | recall at precision .85 | `fused` has more AP by |", "|---|---|---|---|"]
    for name, matched in rows:
        low, high = interval(matched, threshold=0.0)["ap"]
        more, least, most = paired(ours, matched)
        ap = figures(matched, threshold=0.0).ap
        recall = recall_at(matched, precision=0.85)
        lines.append(
            f"| {name} | {ap:.3f} ({low:.3f}-{high:.3f}) | {recall:.3f} | {more:+.3f} ({least:+.3f} to {most:+.3f}) |"
        )
    return "\n".join(lines) + "\n\n" + fit_of_boxes(voters)
