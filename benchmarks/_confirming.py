"""The fit of the step that confirms faces: logistic regression on what a person and a second face detector say.

True are the faces of WIDER's validation pictures and those of the samples; false is what `fused` finds on those
pictures of animals that show nobody: beside people, what is no face is often a part of a person. Of each picture the
true ones weigh as much as three, so that crowds do not decide alone.
Cross-validated by picture: all faces of one lie in the same tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from _wider import pictures
from overpaint.detectors import PROFILES, LookOptions, View
from overpaint.detectors._confirm import evidence, features, open_confirmer
from overpaint.detectors._face_search import open_faces
from overpaint.records import Box

Floats = npt.NDArray[np.float64]
Known = tuple[str, npt.NDArray[np.uint8], Sequence[Box], bool]
RIDGE, MOST, FOLDS = 0.3, 3.0, 10
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9)
SAME_AS_TRUTH = 0.4


def logistic(design: Floats, true: Floats, weight: Floats) -> Floats:
    """Ridge logistic regression by Newton's method; the constant is left free."""
    penalty = RIDGE * np.eye(design.shape[1])
    penalty[0, 0] = 1e-3
    found = np.zeros(design.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-design @ found))
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty
        found -= np.linalg.solve(curvature, design.T @ (weight * (p - true)) + penalty @ found)
    return found


def ranked(values: Floats, true: npt.NDArray[np.bool_]) -> float:
    """The share of pairs of a true and a false one in which the true one has the higher value (AUC)."""
    one, other = values[true], values[~true]
    return float((one[:, None] > other).mean() + 0.5 * (one[:, None] == other).mean())


def fit_confirmer(samples: Sequence[Known], wider: Path) -> str:
    """Constants, and how well they tell faces from animals in and out of the sample."""
    search = open_faces(LookOptions(profile="fused"))
    confirmer = open_confirmer(PROFILES["fused"].open(1), threads=1)
    known = list(samples)
    known += [(p.name, p.image, [Box(*row) for row in p.boxes.tolist()], False) for p in pictures(wider)]
    rows: list[tuple[float, ...]] = []
    truth: list[bool] = []
    image_of: list[int] = []
    for number, (_, image, faces, animal) in enumerate(known):
        view = View(image)
        seen = search.look(view, ())
        for i, one in enumerate(seen):
            box = one.detection.box
            if box is None or (i and seen[i - 1].subject == one.subject):
                continue
            true = any(box.iou(face) >= SAME_AS_TRUTH for face in faces)
            if (true and one.confidence >= search.min_confidence) or (animal and not faces):
                rows.append(features(evidence(view, box, confirmer)))
                truth.append(true)
                image_of.append(number)
    design, true_, images = np.array(rows), np.array(truth), np.array(image_of)
    weight = np.ones(len(true_))
    for number in set(image_of):
        mine = (images == number) & true_
        weight[mine] = min(1.0, MOST / max(1, mine.sum()))
    fold = np.random.default_rng(1).permutation(len(known))[images] % FOLDS
    out = np.zeros(len(true_))
    for k in range(FOLDS):
        rest = fold != k
        out[~rest] = design[~rest] @ logistic(design[rest], true_[rest].astype(float), weight[rest])
    constants = logistic(design, true_.astype(float), weight)
    chances = 1 / (1 + np.exp(-out))
    kept = [
        f"below {cut:.1f}: {(chances[~true_] < cut).sum()} of {(~true_).sum()} others, "
        f"{(chances[true_] < cut).sum()} of {true_.sum()} faces"
        for cut in CUTS
    ]
    return (
        f"{true_.sum()} faces, {(~true_).sum()} others, on {len(set(image_of))} pictures\n"
        f"constant, person, second, size: {', '.join(f'{value:.2f}' for value in constants)}\n"
        f"pairs ranked rightly: {ranked(design @ constants, true_):.4f} in sample, {ranked(out, true_):.4f} left out\n"
        "left out, " + "\n          ".join(kept)
    )
