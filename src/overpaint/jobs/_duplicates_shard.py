"""What a worker of ``duplicates`` does with one shard: hashes and features of its pictures, or small looks at some.

What is in the no-view lane is not read, and nothing of it is in any file of this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from overpaint import fingerprints, formats, measures, models, pipeline
from overpaint.errors import OverpaintError, RunError, SampleError
from overpaint.fingerprints import Look
from overpaint.records import Outcome, Sample, stored_key
from overpaint.rundir import Run, read_table, write_table

__all__ = [
    "MARKS",
    "Dataset",
    "MarkRoom",
    "MarkTask",
    "MarksConfig",
    "is_marked",
    "look_shard",
    "mark_shard",
    "marks_file",
]

_VERSION = "1"
_LOOK_LONG_SIDE = 256
_ANY, _B16, _B32 = pa.binary(), pa.binary(16), pa.binary(32)

MARKS = pa.schema(
    [
        ("key", pa.string()),
        ("row", pa.int32()),
        ("label", pa.string()),
        ("split", pa.string()),
        ("sha256", pa.string()),
        ("pixels", _B16),
        ("pdq", _B32),
        ("mirrored", _B32),
        ("quality", pa.uint8()),
        ("features", _ANY),
        ("reason", pa.string()),
    ]
)
"""One row a sample that was to be compared; ``reason`` says why its picture could not be."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One of the runs that are compared: its place, and where its source is."""

    run: Path
    source: str
    container: str
    max_pixels: int

    @property
    def name(self) -> str:
        """Tells files of one dataset from those of another, whose shards may be called the same."""
        return hashlib.sha256(self.source.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class MarksConfig:
    """What has to be told to a worker. ``home`` is where the marks lie; without ``features`` none are looked at."""

    home: Path
    datasets: tuple[Dataset, ...]
    features: bool

    @property
    def made_with(self) -> str:
        """What decides the content of a marks file, but for the pictures."""
        weights = models.entry(measures.CLASSIFIER).tensors_sha256 if self.features else "-"
        return f"{_VERSION} {weights}"


@dataclass(frozen=True, slots=True)
class MarkTask:
    """One shard of one dataset; ``rows`` are the places in it to look at, for `look_shard`."""

    dataset: int
    ref: formats.ShardRef
    rows: tuple[int, ...] = ()


@dataclass
class MarkRoom:
    """What a worker opens once; the network only when a picture comes."""

    config: MarksConfig
    sources: dict[int, formats.Source] = field(default_factory=dict)
    network: measures.Features | None = None
    skip: Mapping[int, str] = field(default_factory=dict)

    def source(self, number: int) -> formats.Source:
        """The source of a dataset."""
        if number not in self.sources:
            dataset = self.config.datasets[number]
            self.sources[number] = formats.open_source(dataset.source, kind=dataset.container)
        return self.sources[number]

    def features(self, image: NDArray[np.uint8]) -> bytes:
        """A picture's features in 8 bits each."""
        if self.network is None:
            self.network = measures.Features.open(threads=1)
        return fingerprints.quantised(self.network.of(image)).tobytes()


def open_room(config: MarksConfig) -> MarkRoom:
    """Open what marking needs, once for each worker."""
    cv2.setNumThreads(1)
    return MarkRoom(config)


def marks_file(config: MarksConfig, task: MarkTask) -> Path:
    """Where the marks of a shard lie."""
    return config.home / f"{config.datasets[task.dataset].name}-{task.ref.id}.parquet"


def is_marked(config: MarksConfig, task: MarkTask) -> bool:
    """Whether the marks of a shard are there, so that nothing has to be read."""
    return _there(marks_file(config, task), config, list(_wanted(config.datasets[task.dataset], task.ref)))


def mark_shard(room: MarkRoom, task: MarkTask, beat: pipeline.Beat) -> None:
    """Write the marks of a shard, unless they are there: made with the same network, of the same samples and bytes."""
    wanted = list(_wanted(room.config.datasets[task.dataset], task.ref))
    path = marks_file(room.config, task)
    if not _there(path, room.config, wanted):
        source = room.source(task.dataset)
        limit = room.config.datasets[task.dataset].max_pixels
        rows = []
        for index, sample, sha256 in wanted:
            beat(index)
            row: dict[str, Any] = {"key": stored_key(sample.key), "row": index, "sha256": sha256}
            row |= {"label": sample.label, "split": sample.split}
            try:
                if index in room.skip:
                    raise SampleError(room.skip[index])
                row |= _marks(room, _read(source, sample, sha256), limit)
            except SampleError as error:
                row["reason"] = error.reason
            except OverpaintError:
                raise
            except Exception:  # noqa: BLE001 - a fault of ours on one odd file must not cost the others
                row["reason"] = "internal-error"
            rows.append(row)
        metadata = {b"overpaint.marks": room.config.made_with.encode()}
        write_table(path, pa.Table.from_pylist(rows, schema=MARKS.with_metadata(metadata)))
    beat(task.ref.rows)


def look_shard(room: MarkRoom, task: MarkTask, beat: pipeline.Beat) -> dict[int, Look]:
    """Small looks at some pictures of a shard, by row; one that cannot be read any more has none."""
    source = room.source(task.dataset)
    rows = set(task.rows)
    looks: dict[int, Look] = {}
    for index, sample, sha256 in _wanted(room.config.datasets[task.dataset], task.ref):
        if index not in rows or index in room.skip:
            continue
        beat(index)
        try:
            data = _read(source, sample, sha256)
            sniffed = formats.sniff(data)
            pipeline.check_editable(sniffed, max_pixels=room.config.datasets[task.dataset].max_pixels)
            looks[index] = fingerprints.look_of(pipeline.decode(data, sniffed, long_side=_LOOK_LONG_SIDE))
        except SampleError:
            continue
    beat(task.ref.rows)
    return looks


def _wanted(dataset: Dataset, ref: formats.ShardRef) -> Iterator[tuple[int, Sample, str]]:
    """The samples that may be read, with their places in the shard and the hash of the bytes that were scanned."""
    run = Run(dataset.run)
    table = read_table(run.shard_file("samples", ref.id), columns=["key", "sha256", "outcome", "lane"])
    held = pipeline.InLane(run, ref)
    samples = formats.read_shard(run.listing, ref)
    if len(samples) != len(table):
        raise RunError(f"{run.shard_file('samples', ref.id)} is not of its listing; run the scan again")
    for index, (sample, row) in enumerate(zip(samples, table.to_pylist(), strict=True)):
        if row["lane"] or held.reason(sample) is not None:
            continue
        if row["outcome"] != Outcome.FAILED and row["sha256"] is not None:
            yield index, sample, row["sha256"]


def _there(path: Path, config: MarksConfig, wanted: list[tuple[int, Sample, str]]) -> bool:
    if not path.exists():
        return False
    try:
        table = read_table(path, columns=["key", "sha256"])
    except RunError:  # made anew
        return False
    if (table.schema.metadata or {}).get(b"overpaint.marks") != config.made_with.encode():
        return False
    keys = [(stored_key(sample.key), sha256) for _, sample, sha256 in wanted]
    return keys == list(zip(table.column("key").to_pylist(), table.column("sha256").to_pylist(), strict=True))


def _read(source: formats.Source, sample: Sample, sha256: str) -> bytes:
    data = source.read(sample)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SampleError("changed-since-scan", "its bytes are not those that were scanned")
    return data


def _marks(room: MarkRoom, data: bytes, max_pixels: int) -> dict[str, Any]:
    """What one file's pictures are known again by: all of them by the hash of their pixels, the first by its looks."""
    sniffed = formats.sniff(data)
    pipeline.check_editable(sniffed, max_pixels=max_pixels)
    digest = hashlib.sha256()
    marks: dict[str, Any] = {}
    for frame in pipeline.frames(data, sniffed, long_side=0, max_pixels=max_pixels):
        digest.update(f"{frame.page} {frame.number} {frame.image.shape}".encode())
        digest.update(np.ascontiguousarray(frame.image).data)
        if not marks:
            plain, mirrored = fingerprints.pdq_levelled(frame.image)
            marks = {"pdq": plain.bits, "mirrored": mirrored.bits, "quality": plain.quality}
            if room.config.features:
                marks["features"] = room.features(frame.image)
    return marks | {"pixels": digest.digest()[:16]}
