"""What was seen in labelled images, held against the labels; and the hashes of both."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from overpaint import formats, measures
from overpaint.errors import OverpaintWarning, SampleError, UsageError
from overpaint.jobs._measure_detection_look import SeenImage
from overpaint.jobs._measure_detection_ways import AskedWay, GivenWay
from overpaint.measures import Input, file_input

__all__ = ["held_against", "images_input", "refuse_other_truth", "truth_input"]


def held_against(
    seen: Sequence[SeenImage],
    objects: Mapping[str, Sequence[formats.LabelledObject]],
    asked: Sequence[AskedWay],
    given: Sequence[GivenWay],
    labels: Collection[str],
    supplied: measures.Supplied | None,
    *,
    least: float,
    overlap: float,
    coco: bool,
) -> tuple[list[measures.DetectionWay], list[measures.TrueImage], Counter[str]]:
    """Every picture's detections held against its truth, way by way."""
    met = Counter[str]()
    true: list[measures.TrueImage] = []
    ways = [measures.DetectionWay(way.name, way.threshold) for way in asked]
    theirs = [measures.DetectionWay(way.name, 0.0, scored=_scored(way, seen)) for way in given]
    for image in seen:
        held = measures.true_image(
            image.key, objects[image.key], image.frame, labels=labels, least=least, groups=supplied, met=met
        )
        true.append(held)
        for way, found in zip(ways, image.found, strict=True):
            way.hold(held, found[:, :4], found[:, 4], least=least, overlap=overlap, coco=coco)
        for way, file in zip(theirs, given, strict=True):
            found = _given(file, image, met)
            way.hold(held, found[:, :4], found[:, 4], least=least, overlap=overlap, coco=coco)
    return [*ways, *theirs], true, met


def _scored(way: GivenWay, seen: Sequence[SeenImage]) -> bool:
    """Whether every box of the pictures has a score; without, there is one point and no curve."""
    found = [box.score for image in seen for box in way.boxes.lookup(image.key) or ()]
    return bool(found) and all(score is not None for score in found)


def _given(way: GivenWay, image: SeenImage, met: Counter[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = []
    found = way.boxes.lookup(image.key)
    if found is None:
        met[f"not named by {way.name}"] += 1
    for box in found or ():
        try:
            placed = box.to_stored(*image.frame.stored)
        except SampleError as error:
            met[f"{error.reason} of {way.name}"] += 1
            continue
        if placed.page == 0:
            rows.append([*image.frame.scaled(placed), 1.0 if box.score is None else box.score])
    return np.array(rows, np.float64).reshape(-1, 5)


def refuse_other_truth(
    met: Counter[str], true: Sequence[measures.TrueImage], labels: Collection[str], kind: str
) -> None:
    """Refuse truth of other things, and say where hardly anything is left."""
    if not true:
        raise UsageError("none of the images that --truth names could be looked at; the reasons are those of `scan`")
    if any(image.counted.any() for image in true):
        return
    called = sorted(name.partition(":")[2] for name in met if name.startswith("label:"))
    if met["other-label"]:
        shown = ", ".join(ascii(name[:40]) for name in called[:8])
        raise UsageError(f"--truth has no box called {' or '.join(sorted(labels)[:3])}; give --label, one of {shown}")
    message = f"no true {kind} in these images is high enough to count; --least says from how many pixels on"
    warnings.warn(message, OverpaintWarning, stacklevel=3)


def images_input(seen: Sequence[SeenImage]) -> Input:
    """The images by their content, whatever they are called."""
    digest = hashlib.sha256("\n".join(sorted(image.sha256 for image in seen)).encode())
    return Input("images", digest.hexdigest(), len(seen))


def truth_input(path: Path, objects: Mapping[str, Sequence[formats.LabelledObject]]) -> Input:
    count = sum(len(each) for each in objects.values())
    if path.is_file():
        return file_input("truth", path, count=count)
    text = "\n".join(f"{key}\0{objects[key]}" for key in sorted(objects))
    return Input("truth", hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), count)
