"""``overpaint labels show``, and the options of the commands beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from overpaint.cli._options import PATH, print_result

__all__ = ["labels_show", "telling"]

F = TypeVar("F", bound=Callable[..., Any])


def telling(command: F) -> F:
    """``--taxonomy``, ``--ratings``, ``--show-terms`` and ``--json``."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option("--show-terms", is_flag=True, help="Also terms that are withheld otherwise."),
        click.option(
            "--ratings",
            type=PATH,
            multiple=True,
            metavar="FILE",
            help="Your own ratings (CSV); they win over the installed ones; may be repeated.",
        ),
        click.option(
            "--taxonomy", type=PATH, metavar="FILE", help="Another hierarchy (CSV, Turtle, RDF/XML) than WordNet 3.0."
        ),
    ):
        command = option(command)
    return command


@click.command("show")
@click.argument("name")
@telling
def labels_show(name: str, taxonomy: Path | None, ratings: tuple[Path, ...], show_terms: bool, as_json: bool) -> None:
    """What is known of one thing: names, what it is a kind of, class numbers, what people said of it.

    \b
    Example:
      overpaint labels show n02835271
      overpaint labels show "golf ball"
    """
    from overpaint import labels

    result = labels.show(name, taxonomy=taxonomy, ratings=ratings, show_terms=show_terms)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
