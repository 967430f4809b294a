"""``overpaint demo``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result, progress_bar, running


@click.command()
@click.argument("directory", type=PATH, default=Path("demo"), required=False)
@running
def demo(directory: Path, workers: int | None, as_json: bool, quiet: bool) -> None:
    """Make a small labelled dataset in DIRECTORY, scrub it, verify it, and compare with the truth.

    \b
    Example:
      overpaint demo
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        shown = jobs.demo(directory, workers=workers, progress=progress)
    print_result(shown.to_dict(), shown.lines(), as_json=as_json)
