"""``overpaint labels filter``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PATH, PLACE, print_result, progress_bar, running


@click.command("filter")
@click.argument("source", type=PLACE)
@click.argument("dest", type=PLACE, required=False)
@click.option("--policy", required=True, metavar="TOML", help="A label policy, or the name of one that comes along.")
@click.option("--ratings", type=PATH, multiple=True, metavar="CSV", help="Ratings before the installed ones.")
@click.option("--taxonomy", type=PATH, metavar="FILE", help="Another hierarchy than WordNet's nouns: CSV or SKOS.")
@click.option("--label-list", metavar="LIST", help="What class numbers mean: ilsvrc, 21k, or a file of names.")
@click.option(
    "--label-place",
    "--label-places",
    "label_places",
    multiple=True,
    metavar="PLACE",
    help="Where labels stand in a dataset: path, .cls, .json:labels, column:label; may be repeated.",
)
@click.option("--column", help="Of a table: the column of labels.")
@click.option("--separator", metavar="TEXT", help="Of a table: what stands between the labels of one cell.")
@click.option(
    "--list", "--lists", "lists", type=PATH, multiple=True, metavar="FILE", help="Of a table: further class lists."
)
@click.option("--dry-run", is_flag=True, help="Print what would be touched, and write nothing.")
@click.option("--run", type=PATH, help="Of a dataset: the run directory; DEST.run unless given.")
@click.option("--container", type=click.Choice(["folder", "webdataset", "parquet"]), help="What SOURCE is.")
@click.option("--to", type=click.Choice(["folder", "webdataset", "parquet"]), help="What DEST becomes; as SOURCE is.")
@running
def labels_filter(source: str, dest: str | None, as_json: bool, quiet: bool, **told: Any) -> int:
    """Write a copy of SOURCE to DEST under a label policy; pictures keep their bytes.

    SOURCE is a dataset, or a table of labels (.parquet, .csv, .tsv, COCO's .json). Labels that go take their images
    with them or leave them under their other labels, as the policy says; class numbers are written anew, and the table
    from old to new ones goes along. `overpaint scrub --labels` does this while it paints.

    \b
    Example:
      overpaint labels filter photos --policy imagenet-2020-unsafe --dry-run
      overpaint labels filter photos photos-filtered --policy labels.toml
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.filter_labels(source, dest, **told, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
    return 2 if getattr(result, "failed", 0) else 0
