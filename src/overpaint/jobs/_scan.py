"""``scan``: list a dataset and look at every sample; nothing is painted or copied."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path

from overpaint import reports
from overpaint.jobs._asked import Ask
from overpaint.jobs._lane import copies_follow
from overpaint.jobs._places import outside, run_here
from overpaint.jobs._runs import Progress, list_source, open_or_create, run_shards

__all__ = ["scan"]


def scan(
    source: str | PathLike[str],
    *,
    run: str | PathLike[str] | None = None,
    container: str | None = None,
    profile: str | None = None,
    detectors: str | None = None,
    keep_text: bool = False,
    lists: Sequence[str | PathLike[str]] | None = None,
    hash_lists: Sequence[str | PathLike[str]] | None = None,
    boxes: str | PathLike[str] | None = None,
    shard_size: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> reports.Summary:
    """Look at every image below ``source`` and keep what was found in a run directory.

    Parameters
    ----------
    source
        A folder of images, tars or parquet files, or one such file; a path or a URL. Only ever read.
    run
        The run directory; ``SOURCE.run`` in the working directory unless given.
    container
        ``folder``, ``webdataset`` or ``parquet``, where what lies in ``source`` does not tell.
    profile
        How to look for faces: ``fast``, ``balanced`` (default), ``thorough`` or ``fused``, with ``+domains`` what a
        class changes too (docs/reference/detectors.md); or detectors by name. With ``boxes`` alone nobody looks for
        faces.
    detectors
        What to look for: ``faces`` (default), others of `overpaint.detectors.SEARCHES`, ``all``, single detectors by
        name, separated by commas; or ``none``, where nobody shall look at any picture.
    keep_text
        Keep what is read in pictures as it is; else only its class and its hash under the run's own key are kept.
    lists
        Files that searches use (docs/reference/text.md).
    hash_lists
        Files of hashes of known images (docs/reference/nudity-and-lane.md): what matches goes into the no-view lane.
    boxes
        A file of boxes made elsewhere (docs/reference/boxes.md), taken as findings.
    shard_size
        Samples a shard: the unit of work and of resuming; chosen by their number unless given.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    overpaint.errors.OverpaintError
        One line that names what is wrong and the remedy. Samples that cannot be handled are counted instead.
    """
    source = fspath(source)
    path = Path(run) if run is not None else run_here(source)
    outside(path, source, "SOURCE, which is only read")
    ask = Ask(
        source,
        container=container,
        profile=profile,
        detectors=detectors,
        keep_text=keep_text,
        lists=tuple(Path(name) for name in lists or ()),
        hash_lists=tuple(Path(name) for name in hash_lists or ()),
        boxes=None if boxes is None else Path(boxes),
        shard_size=shard_size,
    )
    the_run, plan = open_or_create(path, ask)
    with the_run.lock():
        refs = list_source(the_run, plan, progress)
        run_shards(
            the_run,
            plan,
            refs,
            "overpaint.pipeline:scan_shard",
            output=None,
            generation="",
            looks=True,
            workers=workers,
            progress=progress,
            verb="scanning",
        )
        copies_follow(the_run, plan, refs, workers=workers, progress=progress)
        the_run.sweep()
        return reports.write(the_run).numbers
