"""``act``: carry out the decisions in force."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

from overpaint import formats, pipeline, reports
from overpaint.errors import RunError, UsageError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._finish import finish
from overpaint.jobs._labelling import no_overlay
from overpaint.jobs._lane import copies_follow
from overpaint.jobs._moved import begun
from overpaint.jobs._places import Wish, claim_destination
from overpaint.jobs._runs import Progress, gather_facts, run_shards
from overpaint.rundir import Run

__all__ = ["act"]


def act(
    run: str | PathLike[str],
    dest: str | PathLike[str] | None = None,
    *,
    to: str | None = None,
    overlay: bool = False,
    unknown: str | None = None,
    field: Mapping[str, str] | None = None,
    file: Mapping[str, str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> reports.Summary:
    """Publish what the decisions in force say; after new decisions only the samples they change are written again.

    Parameters
    ----------
    run
        A run directory with decisions (`scrub`, or `scan` and `decide`).
    dest
        Where the copy goes, a path or a URL; needed the first time, remembered after.
    to, overlay, unknown, field, file
        As in `scrub`; said the first time, remembered after.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.
    """
    the_run = Run.open(Path(run))
    plan = the_run.plan()
    lane_first(the_run)
    with the_run.lock():
        generation = the_run.generation()
        if generation is None:
            raise RunError(f"{the_run.path} has no decisions yet; run `overpaint decide {the_run.path}` first")
        place = fspath(dest) if dest is not None else (the_run.destination() or {}).get("place")
        if place is None:
            raise UsageError(f"{the_run.path} has never written anything; say where to with DEST")
        formats.apart(plan.source, place)
        refs = formats.read_shards(the_run.listing)
        if any(not the_run.marker(ref.id).get("scanned") for ref in refs):
            raise UsageError(f"{the_run.path} is not scanned to the end; run the scan again to finish it")
        wish = Wish(to=to, overlay=overlay, unknown=unknown, field=field, file=file)
        output = claim_destination(the_run, plan, place, wish)
        no_overlay(output, relabelled=pipeline.Labelling.of(the_run, generation) is not None)
        gather_facts(the_run, plan, output)
        copies_follow(the_run, plan, refs, workers=workers, progress=progress)
        begun(the_run, generation)
        run_shards(
            the_run,
            plan,
            refs,
            "overpaint.pipeline:act_shard",
            output=output,
            generation=generation,
            looks=False,
            workers=workers,
            progress=progress,
            verb="acting",
        )
        finish(the_run, plan, refs, output)
        return reports.write(the_run).numbers
