"""``overpaint scan``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, PLACE, looking, print_result, progress_bar, reading, running


@click.command()
@click.argument("source", type=PLACE)
@click.option("--run", type=PATH, help="The run directory; SOURCE.run in the working directory unless given.")
@looking
@click.option(
    "--shard-size", type=click.IntRange(1, 100_000), help="Samples a shard; chosen by their number unless given."
)
@reading
@running
def scan(
    source: str,
    run: Path | None,
    container: str | None,
    profile: str | None,
    detectors: str | None,
    keep_text: bool,
    lists: tuple[Path, ...],
    hash_lists: tuple[Path, ...],
    boxes: Path | None,
    shard_size: int | None,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Look at every image below SOURCE and keep what was found; nothing is painted or copied.

    \b
    Example:
      overpaint scan photos --run photos.run
      overpaint scan photos --detectors all
      overpaint decide photos.run && overpaint act photos.run photos-painted
    """
    from overpaint import jobs, reports  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        summary = jobs.scan(
            source,
            run=run,
            container=container,
            profile=profile,
            detectors=detectors,
            keep_text=keep_text,
            lists=lists,
            hash_lists=hash_lists,
            boxes=boxes,
            shard_size=shard_size,
            workers=workers,
            progress=progress,
        )
    print_result(summary.to_dict(), reports.lines(summary), as_json=as_json)
