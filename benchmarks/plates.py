"""How well plates are found: the photos of OpenALPR's benchmark, and ImageNet pictures for false alarms.

    python benchmarks/plates.py --data DIR [--json] [--flagged] [--step N]

DIR holds plates_openalpr/ (a text file beside each photo: file, x, y, width, height, what it reads),
imagenet_samples/ and imagenette2-160/. A plate counts as found if a box of it has an IoU of 0.5 or more; an ImageNet
picture is flagged if it has any box, true plates among them included. Brackets are 95 % bootstrap intervals over
pictures. `--step N` takes every Nth ImageNet picture only.

The rows ``even`` and ``odd`` are the honest check of the threshold: it is the lowest in steps of 0.05 at which at most
1 % of one half of the ImageNet pictures are flagged, and the row gives what it does on the other half of everything.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._clp import ClpPlates
from overpaint.detectors._fusion import alone
from overpaint.detectors._letterbox import Scale
from overpaint.detectors._plates import FLOOR, open_plates
from overpaint.detectors._protocol import Seen
from overpaint.detectors._view import LookOptions, View
from overpaint.measures import bootstrap
from overpaint.records import Box

Image = npt.NDArray[np.uint8]
Run = Callable[[View], Sequence[Seen]]

ACCEPTED = 0.5
OVERLAP = 0.5


@dataclass(frozen=True)
class Photo:
    """A picture with the plate it shows, if it is one of OpenALPR's: `group` is eu, us or imagenet."""

    file: Path
    group: str
    plate: Box | None

    def view(self) -> View:
        image = cv2.imread(str(self.file), cv2.IMREAD_COLOR)
        if image is None:
            raise SystemExit(f"{self.file} cannot be read")
        return View(np.ascontiguousarray(image[..., ::-1]))


def photos(data: Path, *, step: int = 1) -> list[Photo]:
    """All of them, in the order of their names."""
    result = []
    for truth in sorted((data / "plates_openalpr").glob("*/*.txt")):
        name, x, y, width, height = truth.read_text("utf-8").split("\t")[:5]
        left, top = float(x), float(y)
        box = Box(left, top, left + float(width), top + float(height))
        result.append(Photo(truth.with_name(name), truth.parent.name, box))
    others = [*sorted((data / "imagenet_samples").glob("*.JPEG")), *sorted((data / "imagenette2-160").rglob("*.JPEG"))]
    return result + [Photo(file, "imagenet", None) for file in others[::step]]


@dataclass(frozen=True)
class Told:
    """What one way to look says of a picture: the highest confidence of a box on its plate, and of any other box.

    ``covered`` is the share of the plate that lies in the first.
    """

    photo: Photo
    on_plate: float
    elsewhere: float
    covered: float

    @property
    def any(self) -> float:
        return max(self.on_plate, self.elsewhere)


def told(photo: Photo, seen: Sequence[Seen]) -> Told:
    """Hold what was seen against the truth."""
    on, off = [(0.0, 0.0)], [0.0]
    for one in seen:
        box, plate = one.detection.box, photo.plate
        if plate is not None and box is not None and box.iou(plate) >= OVERLAP:
            on.append((one.confidence, box.intersection(plate) / plate.area))
        else:
            off.append(one.confidence)
    return Told(photo, max(on)[0], max(off), max(on)[1])


def _mean(values: npt.NDArray[np.float64], chosen: npt.NDArray[np.int64]) -> float:
    return float(values[chosen].mean())


def shares(results: Sequence[Told], threshold: float) -> dict[str, Any]:
    """Recall by group and the share of ImageNet pictures that are flagged, with intervals."""
    row: dict[str, Any] = {"threshold": threshold}
    for group in ("eu", "us", "imagenet"):
        hits = [(t.any if group == "imagenet" else t.on_plate) >= threshold for t in results if t.photo.group == group]
        values = np.array(hits, np.float64)
        told = bootstrap(partial(_mean, values), len(hits), rounds=2000, unit="pictures")
        row[group] = {"share": told.value, "of": len(hits), "interval": (told.low, told.high)}
    row["covered"] = float(np.mean([t.covered for t in results if t.photo.plate and t.on_plate >= threshold]))
    row["false_beside_plates"] = sum(int(t.elsewhere >= threshold) for t in results if t.photo.plate)
    return row


def halves(results: Sequence[Told]) -> list[dict[str, Any]]:
    """A threshold from one half, held against the other, both ways round."""
    groups = [[t for t in results if t.photo.group == group] for group in ("eu", "us", "imagenet")]
    even, odd = ([t for group in groups for t in group[start::2]] for start in (0, 1))
    rows = []
    for name, chooser, other in (("even", even, odd), ("odd", odd, even)):
        flags = np.array([t.any for t in chooser if t.photo.group == "imagenet"])
        steps = [round(s, 2) for s in np.arange(FLOOR, 1, 0.05)]
        threshold = next(s for s in steps if (flags >= s).mean() <= 0.01)
        rows.append({"name": f"threshold from the {name} half, on the other", **shares(other, threshold)})
    return rows


def measure(name: str, run: Run, threshold: float, pictures: Sequence[Photo]) -> tuple[dict[str, Any], list[Told]]:
    """One row of the table, and what it is made of."""
    results, spent = [], 0.0
    for photo in pictures:
        view = photo.view()
        begin = time.process_time()
        seen = run(view)
        if photo.group == "imagenet":
            spent += time.process_time() - begin
        if view.faults:
            raise SystemExit(f"the measurement is void: {view.faults[0]}")
        results.append(told(photo, seen))
    count = sum(photo.group == "imagenet" for photo in pictures)
    return {"name": name, **shares(results, threshold), "cpu_ms_imagenet": spent / count * 1e3}, results


def everything(pictures: Sequence[Photo]) -> tuple[list[dict[str, Any]], list[Told]]:
    """The rows, and what the search as it is built in said of each picture."""
    search = open_plates(LookOptions())
    once = ClpPlates(scales=(Scale(640, 2.0),), floor=0.3)
    both = ClpPlates(floor=0.2)
    rows = [
        measure("network at 640", lambda view: alone(once, view.ask(once)), 0.3, pictures)[0],
        measure("network at two sizes", lambda view: alone(both, view.ask(both)), 0.2, pictures)[0],
    ]
    row, results = measure("plates", lambda view: search.look(view, ()), ACCEPTED, pictures)
    return [*rows, row, *halves(results)], results


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| way | from | EU | US | ImageNet flagged | covered | CPU ms |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = []
        for group in ("eu", "us", "imagenet"):
            low, high = row[group]["interval"]
            cells.append(f"{row[group]['share']:.3f} ({low:.3f}-{high:.3f}) of {row[group]['of']}")
        spent = f"{row['cpu_ms_imagenet']:.0f}" if "cpu_ms_imagenet" in row else ""
        lines.append(
            f"| {row['name']} | {row['threshold']:g} | " + " | ".join(cells) + f" | {row['covered']:.3f} | {spent} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--flagged", action="store_true", help="also name the ImageNet pictures that are flagged")
    parser.add_argument("--step", type=int, default=1, help="every Nth ImageNet picture")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    rows, results = everything(photos(asked.data, step=asked.step))
    if asked.json:
        json.dump(rows, sys.stdout, indent=2)
        print()
    else:
        print(table(rows))
    if asked.flagged:
        for t in results:
            if t.photo.group == "imagenet" and t.any >= ACCEPTED:
                print(f"{t.any:.2f} {t.photo.file}")
            elif t.photo.plate and t.on_plate < ACCEPTED:
                print(f"missed, {t.on_plate:.2f}: {t.photo.file}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
