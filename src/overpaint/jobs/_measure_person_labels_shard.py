"""What a worker of ``measure person-labels`` does with one shard: what a classifier says of its images and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint import formats, measures, pipeline
from overpaint.errors import SampleError
from overpaint.records import stored_key
from overpaint.rundir import Run, read_table

__all__ = ["CallConfig", "CallRoom", "ShardCalled", "call_shard", "open_room", "upright_box"]

_ROOM = 0.3  # around a face, of its longer side: what a portrait shows
_MAX_PIXELS = 200_000_000

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CallConfig:
    """What has to be told to a worker. ``unsafe`` holds the numbers of labels that are rated unsafe."""

    run: Path
    source: str
    container: str
    model: str
    weights: Path | None
    unsafe: tuple[int, ...]
    confidence: float


@dataclass
class CallRoom:
    """What a worker opens once."""

    config: CallConfig
    run: Run
    source: formats.Source
    caller: measures.Caller
    skip: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShardCalled:
    """A shard's crops; ``keys`` of its images, in memory only, to find their groups; what was left out, by reason."""

    called: measures.Called
    keys: tuple[str, ...]
    without: Counter[str]


def open_room(config: CallConfig) -> CallRoom:
    """Open what is needed, once for each worker."""
    cv2.setNumThreads(1)
    source = formats.open_source(config.source, kind=config.container)
    caller = measures.open_caller(config.model, weights=config.weights, threads=1)
    return CallRoom(config, Run(config.run), source, caller)


def call_shard(room: CallRoom, ref: formats.ShardRef, beat: pipeline.Beat) -> ShardCalled:
    """Ask the classifier about every image of a shard but those of the no-view lane; nothing is written."""
    rows = read_table(room.run.shard_file("samples", ref.id)).to_pylist()
    boxes = _boxes(room, ref)
    samples = {stored_key(sample.key): sample for sample in formats.read_shard(room.run.listing, ref)}
    lane = pipeline.InLane(room.run, ref)
    crops: list[_Crop] = []
    keys: list[str] = []
    without = Counter[str]()
    for index, row in enumerate(rows):
        beat(index)
        if row["lane"] or lane.reason(samples[row["key"]]) is not None:
            without["in-the-lane"] += 1
        elif index in room.skip:
            without[room.skip[index]] += 1
        else:
            try:
                new = _of_image(room, room.source.read(samples[row["key"]]), boxes.get(row["key"], ()), len(keys))
            except SampleError as error:
                without[error.reason] += 1
                continue
            crops += new
            keys.append(row["key"])
    beat(ref.rows)
    return ShardCalled(_together(crops, room.caller.classes), tuple(keys), without)


_Crop = tuple[int, int, list[int], float, float]


def _of_image(room: CallRoom, data: bytes, boxes: Sequence[Mapping[str, Any]], number: int) -> list[_Crop]:
    sniffed = formats.sniff(data)
    pipeline.check_editable(sniffed, max_pixels=_MAX_PIXELS)
    frame = next(pipeline.frames(data, sniffed, long_side=0))
    found = [_said(room, frame.image, number, 0)]
    for row in boxes:
        box = (row["x0"], row["y0"], row["x1"], row["y1"])
        is_face = row["kind"] == "face"
        part = _cut(frame, box, room=_ROOM if is_face else 0.0)
        if part.size:
            found.append(_said(room, part, number, 2 if is_face else 1))
    return found


def _said(room: CallRoom, picture: Picture, number: int, view: int) -> _Crop:
    try:
        scores = room.caller.scores(picture)
    except ValueError as error:
        raise SampleError("classifier-failed", str(error)) from error
    order = np.argsort(-scores, kind="stable")[: measures.FIRST]
    unsafe = scores[list(room.config.unsafe)]
    mass = float(unsafe.sum() if room.caller.exclusive else unsafe.max(initial=0.0))
    return number, view, [int(i) for i in order], float(scores[order[0]]), min(1.0, mass)


def _cut(frame: pipeline.Frame, box: tuple[float, float, float, float], *, room: float) -> Picture:
    """A box of the stored frame, with room around, out of the upright picture."""
    height, width = frame.image.shape[:2]
    x0, y0, x1, y1 = upright_box(box, stored=frame.stored, orientation=frame.orientation, seen=(width, height))
    more = room * max(x1 - x0, y1 - y0)
    left, right = max(0, round(x0 - more)), min(width, round(x1 + more))
    top, bottom = max(0, round(y0 - more)), min(height, round(y1 + more))
    return np.ascontiguousarray(frame.image[top:bottom, left:right])


def upright_box(
    box: tuple[float, float, float, float], *, stored: tuple[int, int], orientation: int, seen: tuple[int, int]
) -> tuple[float, float, float, float]:
    """The inverse of `pipeline.to_stored`: a box of the stored frame, in pixels of the upright picture."""
    u0, v0, u1, v1 = box[0] / stored[0], box[1] / stored[1], box[2] / stored[0], box[3] / stored[1]
    if orientation in {3, 4, 6, 7}:
        v0, v1 = 1 - v1, 1 - v0
    if orientation in {2, 3, 7, 8}:
        u0, u1 = 1 - u1, 1 - u0
    if orientation in {5, 6, 7, 8}:
        u0, u1, v0, v1 = v0, v1, u0, u1
    return u0 * seen[0], v0 * seen[1], u1 * seen[0], v1 * seen[1]


def _boxes(room: CallRoom, ref: formats.ShardRef) -> dict[str, list[dict[str, Any]]]:
    """People and faces of each image, each once, of those that are seen surely enough."""
    columns = ["key", "kind", "confidence", "subject", "page", "frame", "x0", "y0", "x1", "y1"]
    table = read_table(room.run.shard_file("findings", ref.id), columns=columns)
    best: dict[tuple[str, str, int], dict[str, Any]] = {}
    for row in table.to_pylist():
        if row["kind"] not in {"face", "person"} or row["confidence"] < room.config.confidence or row["x0"] is None:
            continue
        if row["page"] or row["frame"]:
            continue  # the first picture of a file is shown
        place = (row["key"], row["kind"], row["subject"])
        if place not in best or row["confidence"] > best[place]["confidence"]:
            best[place] = row
    found: dict[str, list[dict[str, Any]]] = {}
    for row in best.values():
        found.setdefault(row["key"], []).append(row)
    return found


def _together(crops: Sequence[_Crop], classes: int) -> measures.Called:
    width = min(measures.FIRST, classes)
    return measures.Called(
        np.array([one[0] for one in crops], np.int64),
        np.array([one[1] for one in crops], np.int64),
        np.array([one[2] for one in crops], np.int64).reshape(-1, width),
        np.array([one[3] for one in crops], np.float64),
        np.array([one[4] for one in crops], np.float64),
    )
