"""``scrub``: scan, decide, act and check in one pass over the source."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from overpaint import formats, reports
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.jobs._runs import Ask, Progress, list_source, open_or_create, run_shards, warn_of_idle
from overpaint.rundir import Run, disk_errors, run_beside

__all__ = ["claim_destination", "outside", "scrub"]


def scrub(
    source: str | PathLike[str],
    dest: str | PathLike[str],
    *,
    run: str | PathLike[str] | None = None,
    profile: str | None = None,
    boxes: str | PathLike[str] | None = None,
    policy: str | PathLike[str] | None = None,
    look: str | None = None,
    cells: int | None = None,
    metadata: str | None = None,
    remove: str | PathLike[str] | None = None,
    shard_size: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> reports.Summary:
    """Write a copy of a dataset in which the faces that were found are painted over.

    Every sample is read once: looked at, decided on, painted where needed, checked against the contract, and
    published under the same name below ``dest``. A sample that fails is not published. Running the same call again
    resumes.

    Parameters
    ----------
    source
        A folder of images; only ever read.
    dest
        Where the copy goes; made if it is not there. Must not lie inside ``source``, nor the reverse.
    run
        The run directory, ``DEST.run`` beside the destination unless given.
    profile
        ``fast``, ``balanced`` (default) or ``thorough``. With ``boxes`` alone no detector runs.
    boxes
        A file of boxes made elsewhere (docs/reference/boxes.md), taken as findings.
    policy
        A policy in TOML (docs/reference/policy.md); else faces at or above the profile's threshold are painted.
    look
        ``blur``, ``mosaic`` or ``fill``; wins over the policy's.
    cells
        N, the values left across the shorter side of a face; wins over the policy's.
    metadata
        ``strip``, ``keep-safe`` or ``keep``; wins over the policy's.
    remove
        A file of keys, one a line, that shall not be published.
    shard_size
        Samples a shard: the unit of work and of resuming; chosen by their number unless given.
    workers
        Processes; one a core unless given. The output is the same for any number.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    overpaint.errors.OverpaintError
        One line that names what is wrong and the remedy. Samples that cannot be handled are counted instead.
    """
    source, dest = Path(source), Path(dest)
    path = Path(run) if run is not None else run_beside(dest)
    formats.apart(source, dest)
    outside(path, dest, "DEST, which will be published")
    outside(path, source, "SOURCE, which is only read")
    ask = Ask(
        source,
        profile=profile,
        boxes=_path(boxes),
        policy=_path(policy),
        look=look,
        cells=cells,
        metadata=metadata,
        remove=_path(remove),
        shard_size=shard_size,
    )
    if not Run(path).plan_file.exists():
        _empty(dest, path)
    the_run, plan = open_or_create(path, ask)
    with the_run.lock():
        claim_destination(the_run, dest)
        refs = list_source(the_run, plan, progress)
        warn_of_idle(the_run, plan, policies.of_run(the_run, None), refs)
        generation = the_run.generation()
        if generation is None:
            generation = "0001"
            the_run.begin_generation(generation, policy=plan.policy, day=plan.today)
            the_run.set_generation(generation)
        run_shards(
            the_run,
            plan,
            refs,
            "overpaint.pipeline:scrub_shard",
            dest=dest,
            generation=generation,
            looks=True,
            workers=workers,
            progress=progress,
            verb="scrubbing",
        )
        formats.FolderWriter(dest).sweep()
        return reports.write(the_run).numbers


def claim_destination(run: Run, dest: Path) -> None:
    """Bind a run to its destination, once; a run writes to one place."""
    dest = dest.resolve()
    bound = run.destination()
    if bound is None:
        _empty(dest, run.path)
        with disk_errors(dest):
            dest.mkdir(parents=True, exist_ok=True)
        run.set_destination(dest)
    elif bound != dest:
        raise UsageError(f"{run.path} writes to {bound}, not to {dest}; use that, or make a new run")
    elif not dest.is_dir():  # its shards are marked as done: nothing of what was there would be written again
        raise RunError(f"{dest}, which {run.path} wrote, is not there any more; put it back, or start a new run")


def _empty(dest: Path, run: Path) -> None:
    if dest.exists() and not dest.is_dir():
        raise UsageError(f"{dest} is a file; DEST must be a folder")
    if dest.is_dir() and any(dest.iterdir()):
        raise RunError(f"{dest} is not empty and {run} is not the run that filled it; choose an empty DEST")


def outside(run: Path, place: Path, what: str) -> None:
    """Refuse a run directory inside a folder where it has no business."""
    if run.resolve().is_relative_to(place.resolve()):
        raise UsageError(f"--run {run} lies inside {what}; choose a place beside it")


def _path(value: str | PathLike[str] | None) -> Path | None:
    return None if value is None else Path(value)
