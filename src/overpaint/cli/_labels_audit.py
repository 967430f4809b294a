"""``overpaint labels audit``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PATH, PLACE, print_result, progress_bar


@click.command("audit")
@click.argument("source", type=PLACE)
@click.option("--ratings", type=PATH, multiple=True, metavar="CSV", help="Ratings before the installed ones.")
@click.option("--taxonomy", type=PATH, metavar="FILE", help="Another hierarchy than WordNet's nouns: CSV or SKOS.")
@click.option("--label-list", metavar="LIST", help="What class numbers mean: ilsvrc, 21k, or a file of names.")
@click.option(
    "--label-place",
    "--label-places",
    "label_places",
    multiple=True,
    metavar="PLACE",
    help="Where labels stand: path, .cls, .json:labels, column:label; found out unless given; may be repeated.",
)
@click.option("--container", type=click.Choice(["folder", "webdataset", "parquet"]), help="What SOURCE is.")
@click.option("--show-terms", is_flag=True, help="Print words that are withheld otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="No progress, not even on a terminal.")
def labels_audit(source: str, as_json: bool, quiet: bool, **told: Any) -> None:
    """Which labels has SOURCE, what do they mean, what did people say of them, and which did nobody judge?

    SOURCE is a dataset or a run. No picture is opened, and nothing is written.

    \b
    Example:
      overpaint labels audit photos
      overpaint labels audit photos --ratings ours.csv --json
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.audit_labels(source, **told, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
