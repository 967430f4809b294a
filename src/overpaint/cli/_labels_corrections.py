"""``overpaint labels corrections``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result


@click.command("corrections")
@click.argument("run", type=PATH)
@click.argument("to", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def labels_corrections(run: Path, to: Path, as_json: bool) -> None:
    """Write what people said of RUN's candidates of wrong labels to the file TO: CSV, or .parquet.

    \b
    Example:
      overpaint labels errors photos.run
      overpaint review open photos.run --question label
      overpaint review serve photos.run
      overpaint labels corrections photos.run corrected.csv
    """
    from overpaint import jobs  # late: see Verbs

    result = jobs.corrections_labels(run, to)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
