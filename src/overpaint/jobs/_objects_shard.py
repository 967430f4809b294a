"""What a worker of ``objects`` does with one shard: how much of each object was painted, and what a classifier says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from overpaint import formats, measures, painting, pipeline
from overpaint import policy as policies
from overpaint.errors import SampleError
from overpaint.records import Box, Outcome, Sample, python_key, stored_key
from overpaint.rundir import Run, read_table

__all__ = ["OBJECTS", "ROWS", "ObjectsConfig", "ObjectsRoom", "ShardObjects", "measure_shard", "open_room"]

_S, _F, _B, _I = pa.string(), pa.float64(), pa.bool_(), pa.int32()
_BOX = [(name, _F) for name in ("x0", "y0", "x1", "y1")]
OBJECTS = pa.schema(
    [("key", _S), ("label", _S), *_BOX, ("relative", _B), ("upright", _B), ("width", _I), ("height", _I)]
)
ROWS = pa.schema(
    [
        ("key", _S),
        ("label", _S),
        *_BOX,
        ("share_core", _F),
        ("share_painted", _F),
        ("score_before", _F),
        ("score_after", _F),
        ("top1_before", _S),
        ("top1_after", _S),
        ("flagged", _B),
        ("reason", _S),
    ]
)
_LONG_SIDE = 512  # a square of 7/8 of the shorter side becomes 224 pixels
_PAINTED = {Outcome.REDACTED.value, Outcome.RE_ENCODED.value}
_WNIDS = tuple(measures.CLASSES)


@dataclass(frozen=True, slots=True)
class ObjectsConfig:
    """What has to be told to a worker. ``objects`` holds the labelled boxes by shard; None where there are none."""

    run: Path
    source: str
    container: str
    output: formats.Output | None
    generation: str
    objects: Path | None
    cover: float
    drop: float


@dataclass
class ObjectsRoom:
    """What a worker opens once; the classifier only when the first painted picture with a known label comes."""

    config: ObjectsConfig
    run: Run
    source: formats.Source
    dest: formats.Destination | None
    policy: policies.Policy
    classifier: measures.Classifier | None = None
    skip: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShardObjects:
    """A shard's rows of `ROWS`, how many of its samples are painted, and what could not be measured, by reason."""

    rows: pa.Table
    painted: int
    unusable: Counter[str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the classifier says of one picture before and after."""

    before: np.ndarray[Any, Any]
    after: np.ndarray[Any, Any]


def open_room(config: ObjectsConfig) -> ObjectsRoom:
    """Open what measuring needs, once for each worker."""
    cv2.setNumThreads(1)
    run = Run(config.run)
    source = formats.open_source(config.source, kind=config.container)
    dest = None
    if config.output is not None:
        dest = formats.Destination(config.output, listing=run.listing, create=False)
    return ObjectsRoom(config, run, source, dest, policies.of_run(run, config.generation))


def measure_shard(room: ObjectsRoom, ref: formats.ShardRef, beat: pipeline.Beat) -> ShardObjects:
    """Measure every sample of a shard; nothing is written."""
    table = read_table(room.run.shard_file("samples", ref.id))
    decided = read_table(room.run.decisions_dir(room.config.generation) / f"{ref.id}.parquet")
    effects = policies.effective(table, decided, room.policy)
    objects = _objects(room, ref)
    samples = {stored_key(sample.key): sample for sample in formats.read_shard(room.run.listing, ref)}
    rows: list[dict[str, Any]] = []
    painted, unusable = 0, Counter[str]()
    for index, (row, effect) in enumerate(zip(table.to_pylist(), effects, strict=True)):
        beat(index)
        if row["lane"]:
            continue
        mine = objects.get(row["key"], ())
        # a row of other decisions says nothing of those in force
        touched = row["outcome"] in _PAINTED and row["decision"] == effect.digest
        painted += touched
        if index in room.skip:
            unusable[room.skip[index]] += 1
            continue
        found = _covered(room, row, effect.boxes, mine, unusable)
        if touched and (labels := _known_labels(row, mine)):
            try:
                seen = _seen(room, ref, samples[row["key"]], row["output"])
                found = _scored(found, row["key"], labels, seen)
            except SampleError as error:
                unusable[error.reason] += 1
        rows += [_flagged(each, room.config) for each in found]
    beat(ref.rows)
    return ShardObjects(pa.Table.from_pylist(rows, schema=ROWS), painted, unusable)


def _objects(room: ObjectsRoom, ref: formats.ShardRef) -> dict[str, list[formats.LabelledObject]]:
    found: dict[str, list[formats.LabelledObject]] = {}
    if room.config.objects is not None:
        for row in read_table(room.config.objects / f"{ref.id}.parquet").to_pylist():
            size = None if row["width"] is None else (row["width"], row["height"])
            box = Box(*(row[side] for side, _ in _BOX))
            found.setdefault(row["key"], []).append(
                formats.LabelledObject(row["label"], box, row["relative"], row["upright"], size)
            )
    return found


def _covered(
    room: ObjectsRoom,
    row: Mapping[str, Any],
    faces: Sequence[Box],
    objects: Sequence[formats.LabelledObject],
    unusable: Counter[str],
) -> list[dict[str, Any]]:
    """A row for each object, with the share of it that the decisions in force paint over."""
    width, height, orientation = row["width"], row["height"], row["orientation"] or 1
    if not objects:
        return []
    if not width or not height:
        unusable["size-not-known"] += len(objects)
        return []
    first = [face for face in faces if face.page == 0]  # annotations know one picture a file
    groups = painting.regions(
        first, width=width, height=height, orientation=orientation, cells=room.policy.cells
    ).groups
    cores = [core for group in groups for core in group.cores]
    feathers = [feather for group in groups for feather in group.feathers]
    grown = [(x0 - f, y0 - f, x1 + f, y1 + f) for (x0, y0, x1, y1), f in zip(cores, feathers, strict=True)]
    rows = []
    for each in objects:
        try:
            box = each.placed(width, height, orientation)
        except SampleError as error:
            unusable[error.reason] += 1
            continue
        sides = {side: getattr(box, side) for side, _ in _BOX}
        shares = {"share_core": measures.covered(box, cores), "share_painted": measures.covered(box, grown)}
        rows.append({"key": row["key"], "label": each.label, **sides, **shares})
    return rows


def _known_labels(row: Mapping[str, Any], objects: Sequence[formats.LabelledObject]) -> set[str]:
    """What the classifier knows of the names given to this sample: its class, and its objects'."""
    return {label for label in (row["label"], *(each.label for each in objects)) if label in measures.CLASSES}


def _seen(room: ObjectsRoom, ref: formats.ShardRef, sample: Sample, output: str | None) -> _Seen:
    after = None if room.dest is None or output is None else room.dest.read(ref, python_key(output))
    if after is None:
        raise SampleError("missing-output", "the file that the run wrote is not there")
    if room.classifier is None:
        room.classifier = measures.Classifier.open(threads=1)
    pictures = []
    for data in (room.source.read(sample), after):
        sniffed = formats.sniff(data)
        pipeline.check_editable(sniffed, max_pixels=200_000_000)
        pictures.append(pipeline.decode(data, sniffed, long_side=_LONG_SIDE))
    return _Seen(*(room.classifier.scores(picture) for picture in pictures))


def _scored(rows: list[dict[str, Any]], key: str, labels: set[str], seen: _Seen) -> list[dict[str, Any]]:
    """The scores put beside objects of that name; a label without an object has a row without a box."""
    firsts = {"top1_before": _WNIDS[int(seen.before.argmax())], "top1_after": _WNIDS[int(seen.after.argmax())]}
    rows = rows + [{"key": key, "label": label} for label in sorted(labels - {row["label"] for row in rows})]
    for row in rows:
        if (at := measures.CLASSES.get(row["label"])) is not None:
            row |= {"score_before": float(seen.before[at]), "score_after": float(seen.after[at]), **firsts}
    return rows


def _flagged(row: dict[str, Any], config: ObjectsConfig) -> dict[str, Any]:
    reasons = []
    if row.get("share_painted", 0.0) >= config.cover:
        reasons.append("covered")
    if row.get("score_before") is not None and row["score_before"] - row["score_after"] >= config.drop:
        reasons.append("score-dropped")
    return row | {"flagged": bool(reasons), "reason": " ".join(reasons) or None}
