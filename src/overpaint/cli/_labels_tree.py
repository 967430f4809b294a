"""``overpaint labels tree``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._labels_show import telling
from overpaint.cli._options import print_result


@click.command("tree")
@click.argument("name")
@click.option("--depth", type=click.IntRange(0), default=1, show_default=True, help="Steps down that are shown.")
@telling
def labels_tree(
    name: str, depth: int, taxonomy: Path | None, ratings: tuple[Path, ...], show_terms: bool, as_json: bool
) -> None:
    """What lies below a thing. `=` marks what is one of it, not a kind of it.

    \b
    Example:
      overpaint labels tree n00007846 --depth 2
    """
    from overpaint import labels

    result = labels.tree(name, depth=depth, taxonomy=taxonomy, ratings=ratings, show_terms=show_terms)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
