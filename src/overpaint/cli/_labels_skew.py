"""``overpaint labels skew``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, print_result


@click.command("skew")
@click.argument("run", type=PATH)
@click.option("--labels", metavar="TOML", help="A label policy that is not in force: what it would leave.")
@click.option("--attributes", type=PATH, metavar="FILE", help="Attributes of samples that you supply: CSV or Parquet.")
@click.option("--taxonomy", type=PATH, metavar="FILE", help="Another hierarchy than WordNet: CSV or SKOS.")
@click.option("--ratings", type=PATH, multiple=True, metavar="CSV", help="Ratings before the installed ones.")
@click.option("--label-list", metavar="LIST", help="What class numbers mean; as the run says unless given.")
@click.option("--root", metavar="ID", help="Tell only subtrees of this.")
@click.option("--page", type=PATH, metavar="FILE", help="Write a page to read (HTML) here.")
@click.option("--show-small", is_flag=True, help="Tell groups of fewer than ten people by their number.")
@click.option("--show-terms", is_flag=True, help="Print words that are withheld otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def labels_skew(run: Path, as_json: bool, **told: Any) -> None:
    """Who is in it, class by class? Images, people and faces by class and subtree, before and after a filter.

    Whatever a filter takes out, it takes out of somebody: classes, subtrees and groups that lose more than the others
    are told, and those that are emptied. Attributes of people are what you supply; overpaint infers nobody's gender or
    race.

    \b
    Example:
      overpaint labels skew photos-painted.run
      overpaint labels skew photos-painted.run --attributes people.csv --page labels.html
    """
    from overpaint import jobs  # late: see Verbs

    result = jobs.skew_labels(run, **told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
