"""``overpaint labels resolve``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._labels_show import telling
from overpaint.cli._options import print_result


@click.command("resolve")
@click.argument("text")
@click.option(
    "--list",
    metavar="NAME|FILE",
    default="ilsvrc",
    show_default=True,
    help="The label set: ilsvrc, 21k, 22k, 22k-ms, 21k-p, 21k-p-fall, 12k, or a names file.",
)
@telling
def labels_resolve(
    text: str,
    list: str,  # noqa: A002 - the word of the option
    taxonomy: Path | None,
    ratings: tuple[Path, ...],
    show_terms: bool,
    as_json: bool,
) -> None:
    """Which class a number is, which number a class has, and which classes stand beside it.

    \b
    Example:
      overpaint labels resolve 444
      overpaint labels resolve bicycle-built-for-two --list 21k
    """
    from overpaint import labels

    result = labels.resolve(text, list=list, taxonomy=taxonomy, ratings=ratings, show_terms=show_terms)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
