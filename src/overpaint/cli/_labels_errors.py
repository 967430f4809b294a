"""``overpaint labels errors``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, print_result, progress_bar, running


@click.command("errors")
@click.argument("run", type=PATH)
@click.option(
    "--predictions",
    type=PATH,
    metavar="FILE",
    help="Probabilities of your own model, out of sample; else one is taught here.",
)
@click.option("--folds", type=click.IntRange(2, 100), default=5, show_default=True, help="Parts to be held back.")
@click.option("--most", type=click.IntRange(1), metavar="N", help="So many candidates, flagged or not.")
@click.option("--share", type=click.FloatRange(0, 1), metavar="SHARE", help="This share of the samples, likewise.")
@click.option("--to", type=PATH, metavar="FILE", help="Write the candidates there as well: CSV, or .parquet.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the folds and the intervals.")
@click.option("--show-terms", is_flag=True, help="Print labels that are withheld otherwise.")
@running
def labels_errors(run: Path, as_json: bool, quiet: bool, **told: Any) -> None:
    """Which given labels are likely wrong? Candidates for people to look at.

    A sample is a candidate where predictions that did not see it doubt its label (cleanlab), or where a copy of it has
    another label. Without --predictions a classifier is taught on what a network sees in the pictures.

    \b
    Example:
      overpaint duplicates photos.run
      overpaint labels errors photos.run
      overpaint review open photos.run --question label
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.errors_labels(run, **told, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
