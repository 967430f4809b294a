"""``overpaint labels balance``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PATH, print_result


@click.command("balance")
@click.argument("source", type=PATH)
@click.option("--attributes", type=PATH, metavar="FILE", required=True, help="Attributes of samples that you supply.")
@click.option("--attribute", multiple=True, metavar="NAME", required=True, help="Which one; two may be given.")
@click.option("--to", type=PATH, metavar="FILE", required=True, help="Write the keys there: text, or .parquet.")
@click.option(
    "--target",
    multiple=True,
    default=["uniform"],
    metavar="SHARES",
    show_default=True,
    help="uniform, value=share,value=share, or a CSV of value,share; one for each attribute, or one.",
)
@click.option(
    "--within", metavar="WHAT", default="class", show_default=True, help="class, all, or subtree:ID, each by itself."
)
@click.option(
    "--at-least",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="Leave a class as it is where fewer would stay.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    default=0.0,
    show_default=True,
    help="How far a share may be off.",
)
@click.option(
    "--unknown",
    type=click.Choice(["keep", "remove"]),
    default="keep",
    show_default=True,
    help="Samples with no value, or several.",
)
@click.option(
    "--write",
    type=click.Choice(["removed", "kept"]),
    default="removed",
    show_default=True,
    help="Keys of those that go, or of those that stay.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Who of a group goes.")
@click.option("--taxonomy", type=PATH, metavar="FILE", help="Another hierarchy than WordNet: CSV or SKOS.")
@click.option("--label-list", metavar="LIST", help="What class numbers mean.")
@click.option("--show-small", is_flag=True, help="Tell groups of fewer than ten people by their number.")
@click.option("--show-terms", is_flag=True, help="Print words that are withheld otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def labels_balance(as_json: bool, **told: Any) -> None:  # fmt: skip
    """Which samples to leave out, so that supplied attributes have the shares you want? The fewest that will do.

    SOURCE is a run, or a CSV or Parquet file with columns key and label. The list is one for `overpaint decide
    --remove`: nothing is removed here. Attributes are what you supply; overpaint infers nobody's gender or race.

    \b
    Example:
      overpaint labels balance photos.run --attributes people.csv --attribute age --to remove.txt
      overpaint decide photos.run --remove remove.txt
    """
    from overpaint import jobs  # late: see Verbs

    result = jobs.balance_labels(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
