"""``overpaint labels search``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._labels_show import telling
from overpaint.cli._options import print_result


@click.command("search")
@click.argument("text")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many are listed.")
@telling
def labels_search(
    text: str, most: int, taxonomy: Path | None, ratings: tuple[Path, ...], show_terms: bool, as_json: bool
) -> None:
    """Things by their names: a name, words of one, beginnings of words, or a pattern.

    \b
    Example:
      overpaint labels search bicycle
      overpaint labels search "mountain bic"
      overpaint labels search "*cycle"
    """
    from overpaint import labels

    result = labels.search(text, most=most, taxonomy=taxonomy, ratings=ratings, show_terms=show_terms)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
