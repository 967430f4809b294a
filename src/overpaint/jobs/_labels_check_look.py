"""What a worker does that looks what pictures show: which of the classes a classifier takes them for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from overpaint import formats, measures, pipeline
from overpaint.errors import SampleError
from overpaint.records import stored_key
from overpaint.rundir import Run

__all__ = ["LookConfig", "LookItem", "LookRoom", "Looked", "look_shard", "open_room"]

_LONG_SIDE = 512  # a square of 7/8 of the shorter side becomes 224 pixels


@dataclass(frozen=True, slots=True)
class LookConfig:
    """What has to be told to a worker. ``among`` are places in the classifier's output that are asked about."""

    run: Run
    source: str
    container: str
    max_pixels: int
    among: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LookItem:
    """A shard, and the class number of each sample in it that is to be looked at, by stored key."""

    ref: formats.ShardRef
    wanted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """How often the pictures of a number were taken for a class: (number, place in ``among``) to times."""

    taken: Counter[tuple[int, int]]
    unusable: Counter[str]


@dataclass
class LookRoom:
    """What a worker opens once."""

    config: LookConfig
    source: formats.Source
    classifier: measures.Classifier
    skip: Mapping[int, str] = field(default_factory=dict)


def open_room(config: LookConfig) -> LookRoom:
    """Open what looking needs, once for each worker."""
    cv2.setNumThreads(1)
    source = formats.open_source(config.source, kind=config.container)
    return LookRoom(config, source, measures.Classifier.open(threads=1))


def look_shard(room: LookRoom, item: LookItem, beat: pipeline.Beat) -> Looked:
    """Look at the samples of a shard that are asked about; what is in the no-view lane is never read."""
    taken, unusable = Counter[tuple[int, int]](), Counter[str]()
    held = pipeline.InLane(room.config.run, item.ref)
    among = np.array(room.config.among, np.int64)
    for index, sample in enumerate(formats.read_shard(room.config.run.listing, item.ref)):
        beat(index)
        number = item.wanted.get(stored_key(sample.key))
        if number is None or held.reason(sample) is not None:
            continue
        if index in room.skip:
            unusable[room.skip[index]] += 1
            continue
        try:
            data = room.source.read(sample)
            sniffed = formats.sniff(data)
            pipeline.check_editable(sniffed, max_pixels=room.config.max_pixels)
            picture = pipeline.decode(data, sniffed, long_side=_LONG_SIDE)
        except SampleError as error:
            unusable[error.reason] += 1
            continue
        scores = room.classifier.scores(picture)[among]
        taken[number, int(scores.argmax())] += 1
    beat(item.ref.rows)
    return Looked(taken, unusable)
