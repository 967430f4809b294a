"""``overpaint act``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, PLACE, pairs, placing, print_result, progress_bar, running


@click.command()
@click.argument("run", type=PATH)
@click.argument("dest", type=PLACE, required=False)
@click.option(
    "--allow-failed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Failed samples that still exit with 0.",
)
@placing
@running
def act(
    run: Path,
    dest: str | None,
    allow_failed: int,
    to: str | None,
    overlay: bool,
    unknown: str | None,
    field: tuple[str, ...],
    file: tuple[str, ...],
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Carry out the decisions of RUN; only what they changed is written again.

    DEST and what it shall be are needed the first time and remembered after.

    \b
    Example:
      overpaint act photos.run photos-painted
    """
    from overpaint import jobs, reports  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        summary = jobs.act(
            run,
            dest,
            to=to,
            overlay=overlay,
            unknown=unknown,
            field=pairs(field, "--field"),
            file=pairs(file, "--file"),
            workers=workers,
            progress=progress,
        )
    print_result(summary.to_dict(), reports.lines(summary), as_json=as_json)
    return 2 if summary.conservation.outcomes["failed"] > allow_failed else 0
