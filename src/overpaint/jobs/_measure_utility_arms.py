"""The arms of an experiment on disk: made shard by shard, in the run's private half, by this machine's cores."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from overpaint import engines, formats, measures, pipeline
from overpaint import policy as policies
from overpaint.errors import RunError, SampleError
from overpaint.jobs._measure_utility_samples import Chosen, Usable
from overpaint.jobs._runs import Progress
from overpaint.measures import Arm, Material, PicturesWriter, read_part
from overpaint.records import Outcome, Treatment, python_key
from overpaint.rundir import Run, disk_errors, read_table

__all__ = ["ArmsConfig", "Parts", "make_arms", "make_shard", "open_room"]

_HERE = "overpaint.jobs._measure_utility_arms"


@dataclass(frozen=True, slots=True)
class ArmsConfig:
    """What has to be told to a worker."""

    run: Path
    source: str
    container: str
    output: formats.Output | None
    generation: str
    max_pixels: int
    arms: tuple[Arm, ...]
    store: int


@dataclass(frozen=True, slots=True)
class _Task:
    """Rows of a shard, and where each arm's part of it goes."""

    ref: formats.ShardRef
    rows: tuple[int, ...]
    stems: Mapping[str, Path]


@dataclass
class _Room:
    config: ArmsConfig
    run: Run
    source: formats.Source
    dest: formats.Destination | None
    policy: policies.Policy
    skip: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of each arm lie, by its name, and what tells their pixels."""

    paths: Mapping[str, tuple[Path, ...]]
    digests: Mapping[str, str]


def make_arms(
    config: ArmsConfig,
    refs: Sequence[formats.ShardRef],
    chosen: Chosen,
    published: Mapping[str, Usable],
    place: Path,
    *,
    workers: int,
    pixels: bool,
    progress: Progress | None,
) -> tuple[Parts, Chosen]:
    """Make what is missing of the arms; samples of which one arm cannot be made are in none.

    Parameters
    ----------
    pixels
        Whether they will be looked at: without, tables of arms that were made before are enough.
    """
    tasks = list(_tasks(config, refs, chosen, published, place))
    missing = [task for task in tasks if any(read_part(stem, pixels=pixels) is None for stem in task.stems.values())]
    total, done = sum(len(task.rows) for task in missing), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("making arms", done, total)

    if missing:
        for arm in config.arms:
            with disk_errors(place):
                (place / arm.folder).mkdir(parents=True, exist_ok=True)
        job = engines.Job(f"{_HERE}:open_room", config, f"{_HERE}:make_shard")
        engines.run_local(job, missing, workers=workers, on_rows=on_rows)
    return _gathered(config, tasks, chosen)


def _tasks(
    config: ArmsConfig,
    refs: Sequence[formats.ShardRef],
    chosen: Chosen,
    published: Mapping[str, Usable],
    place: Path,
) -> Iterable[_Task]:
    rows: dict[int, list[tuple[int, str]]] = {}
    for key in chosen.keys:
        each = published[key]
        rows.setdefault(each.shard, []).append((each.row, f"{key} {each.digest}"))
    for number in sorted(rows):
        mine = sorted(rows[number])
        about = [config.store, [digest for _, digest in mine]]
        stems = {}
        for arm in config.arms:
            told = json.dumps([about, arm.name, arm.quality], ensure_ascii=True).encode()
            stems[arm.name] = place / arm.folder / f"{refs[number].id}-{hashlib.sha256(told).hexdigest()[:16]}"
        yield _Task(refs[number], tuple(row for row, _ in mine), stems)


def _gathered(config: ArmsConfig, tasks: Sequence[_Task], chosen: Chosen) -> tuple[Parts, Chosen]:
    paths: dict[str, tuple[Path, ...]] = {}
    digests: dict[str, str] = {}
    shapes: dict[str, tuple[int, int]] = {}
    gone, reasons = set[str](), Counter[str]()
    for arm in config.arms:
        paths[arm.name] = tuple(task.stems[arm.name] for task in tasks)
        told = hashlib.sha256()
        seen = set[str]()
        for path in paths[arm.name]:
            table = read_part(path, pixels=False)
            if table is None:
                raise RunError(f"{path}.json is not there; run the same command again")
            told.update(table["pixels"].encode())
            seen.update(table["keys"])
            gone.update(table["left"])
            reasons.update(reason for key, reason in table["left"].items() if key not in reasons)
            for key, (_, _, height, width, _) in zip(table["keys"], table["places"], strict=True):
                if shapes.setdefault(key, (height, width)) != (height, width):
                    gone.add(key)  # parts of it would not be the same parts
        gone |= set(chosen.keys) - seen
        digests[arm.name] = told.hexdigest()
    return Parts(paths, digests), chosen.without(gone, "not-in-every-arm")


# ------------------------------------------------------------------ in a worker


def open_room(config: ArmsConfig) -> _Room:
    """Open what making arms needs, once for each worker."""
    cv2.setNumThreads(1)
    run = Run(config.run)
    source = formats.open_source(config.source, kind=config.container)
    dest = None
    if config.output is not None:
        dest = formats.Destination(config.output, listing=run.listing, create=False)
    return _Room(config, run, source, dest, policies.of_run(run, config.generation))


def make_shard(room: _Room, task: _Task, beat: pipeline.Beat) -> None:
    """Make every arm of a shard's rows, whole or not at all."""
    config, ref = room.config, task.ref
    table = read_table(room.run.shard_file("samples", ref.id))
    decided = read_table(room.run.decisions_dir(config.generation) / f"{ref.id}.parquet")
    effects = policies.effective(table, decided, policies.with_paint(room.policy, look="blur"))
    rows, samples = table.to_pylist(), formats.read_shard(room.run.listing, ref)
    with ExitStack() as stack:
        parts = {arm: stack.enter_context(PicturesWriter(task.stems[arm.name])) for arm in config.arms}
        for count, at in enumerate(task.rows):
            beat(count)
            key = rows[at]["key"]
            try:
                if count in room.skip:
                    raise SampleError(room.skip[count])
                made = _made(room, ref, rows[at], samples[at], effects[at])
            except SampleError as error:
                for part in parts.values():
                    part.left(key, error.reason)
                continue
            for arm, (data, picture) in made.items():
                parts[arm].put(key, picture, data=None if config.store else data)
        beat(len(task.rows))


def _made(room: _Room, ref: formats.ShardRef, row: Mapping[str, Any], sample: Any, effect: Any) -> dict[Arm, Any]:
    data = room.source.read(sample)
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise SampleError("changed", "the source file is not the one that was looked at")
    written = None
    if room.dest is not None:
        identical = row["outcome"] == Outcome.IDENTICAL  # an overlay holds only what changed
        written = data if identical or row["output"] is None else room.dest.read(ref, python_key(row["output"]))
    policy = room.policy
    boxes = effect.boxes if effect.treatment is Treatment.REDACT else ()
    material = Material(data, written, boxes, effect.look == "fill", policy.look, policy.cells, policy.metadata)
    made = {}
    for arm in room.config.arms:
        file = material.file(arm)
        sniffed = formats.sniff(file)
        width, height = pipeline.check_editable(sniffed, max_pixels=room.config.max_pixels)
        store = room.config.store
        # so that the shorter side is at least `store`, whatever a JPEG is decoded at
        long_side = math.ceil(store * max(width, height) / min(width, height)) if store else 0
        picture = pipeline.decode(file, sniffed, long_side=long_side)
        made[arm] = file, measures.shrunk(picture, store) if store else picture
    return made
