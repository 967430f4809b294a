"""What a worker opens once: the source, the detectors, the policy and the destination."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from overpaint import policy as policies
from overpaint.detectors import Looker, LookOptions, open_looker
from overpaint.errors import RunError
from overpaint.fingerprints import HashLists
from overpaint.formats import Destination, Output, open_source
from overpaint.pipeline._labels import Labelling
from overpaint.pipeline._shard import Room
from overpaint.pipeline._watch import Watch
from overpaint.plan import Plan, file_sha256
from overpaint.rundir import Run

__all__ = ["RoomConfig", "open_detectors", "open_room"]


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """What has to be told to a worker; everything else it reads from the run."""

    run: Path
    generation: str
    output: Output | None
    looks: bool


def open_room(config: RoomConfig) -> Room:
    """Open a run for one worker; detectors run on one thread each, since workers share the cores."""
    cv2.setNumThreads(1)
    run = Run.open(config.run)
    plan = run.plan()
    looker = open_detectors(plan, secret=run.secret()) if config.looks else None
    if looker is not None:
        _same_detectors(plan, looker)
    watch = open_watch(plan, looker, secret=run.secret()) if config.looks else None
    if watch is not None:
        looker = looker or Looker([])  # pictures have to be decoded, for their hashes
        looker.known = watch.known
    labelling = Labelling.of(run, config.generation) if config.generation else None
    relabelling = None if labelling is None else labelling.relabelling
    dest = None
    if config.output is not None:
        dest = Destination(config.output, listing=run.listing, relabelling=relabelling)
    return Room(
        run=run,
        plan=plan,
        source=open_source(plan.source, kind=plan.container, max_bytes=plan.max_bytes),
        looker=looker,
        watch=watch,
        policy=policies.of_run(run, config.generation or None),
        generation=config.generation,
        labelling=labelling,
        dest=dest,
    )


def open_detectors(plan: Plan, *, secret: bytes) -> Looker | None:
    """What a plan looks with; None where it takes boxes made elsewhere and nothing else.

    Raises
    ------
    RunError
        A list that the plan names is no longer what it was.
    """
    for name, sha256 in (*plan.lists, *plan.hash_lists):
        if not Path(name).is_file() or file_sha256(Path(name)) != sha256:
            raise RunError(f"{name} is not the list that the plan was made with; put it back, or start a new run")
    if not plan.looks_for:
        return None
    options = LookOptions(keep_text=plan.keep_text, secret=secret, lists=tuple(Path(name) for name, _ in plan.lists))
    return open_looker(plan.profile or None, detectors=plan.looks_for, threads=1, options=options)


def open_watch(plan: Plan, looker: Looker | None, *, secret: bytes) -> Watch | None:
    """What knows files before anybody looks; None where there are no lists of hashes and there is no lane."""
    if not plan.hash_lists and (looker is None or looker.lane is None):
        return None
    return Watch(HashLists.read([path for path, _ in plan.hash_lists]), secret=secret)


def _same_detectors(plan: Plan, looker: Looker) -> None:
    """A run must not be finished by other detectors than began it."""
    told = [(d.name, d.version, d.weights) for search in looker.file_searches for d in search.detectors]
    here = [*((d.name, d.version, d.weights) for d in looker.detectors), *told]
    for planned, opened in zip(plan.detectors, here, strict=True):
        if (planned.name, planned.version, planned.weights) != opened:
            raise RunError(
                f"the plan names {planned.name} {planned.version}, and here is {opened[0]} {opened[1]}; "
                "install what the plan names, or start a new run"
            )
