"""``overpaint labels words``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PLACE, print_result


@click.command("words")
@click.argument("file", type=PLACE)
@click.option("--language", multiple=True, metavar="CODE", help="ar-Latn, en, es, fr, it, pt, pt-PT; all unless given.")
@click.option("--least", type=click.IntRange(0, 2), default=1, show_default=True, help="Lowest rank; 0 tells all.")
@click.option("--show-terms", is_flag=True, help="Print the labels and the words as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def labels_words(file: str, as_json: bool, **told: Any) -> None:
    """Find words in labels or captions that a person should look at; nothing is removed by it.

    FILE has one label a line (`-` reads the standard input), or is a names file (CSV, JSON, YAML). A word list knows
    words, not what is meant: docs/reference/ratings.md says how often it is wrong.

    \b
    Example:
      overpaint labels words captions.txt
      overpaint labels words names.json --least 0 --show-terms
    """
    from overpaint import labels  # late: see Verbs

    result = labels.words(file, **told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
