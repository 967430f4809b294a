"""``overpaint lane``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result, progress_bar, running


@click.command()
@click.argument("run", type=PATH)
@click.option(
    "--add",
    type=PATH,
    metavar="KEYS",
    help="A file of keys, one a line: images that may show a minor sexually, as a reviewer says.",
)
@running
def lane(run: Path, add: Path | None, workers: int | None, as_json: bool, quiet: bool) -> None:
    """Count what RUN holds in the no-view lane, or put images into it.

    It prints counts and reason codes, and never which images they are. What --add names leaves the run's other files
    and the destination at once, with its copies. There is no way out of the lane but a new run.

    \b
    Example:
      overpaint lane photos-painted.run
      overpaint lane photos-painted.run --add keys.txt
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.lane(run, add=add, workers=workers, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
