"""``overpaint report``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result


@click.command()
@click.argument("run", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def report(run: Path, as_json: bool) -> None:
    """Write RUN/public/report.html and summary.json again, and print the main numbers.

    \b
    Example:
      overpaint report photos-painted.run
    """
    from overpaint import jobs, reports  # late: see Verbs

    written = jobs.report(run)
    print_result(
        written.numbers.to_dict(), [*reports.lines(written.numbers), f"report: {written.report}"], as_json=as_json
    )
