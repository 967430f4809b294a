"""``overpaint labels check``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PATH, PLACE, print_result, progress_bar, reading, running


@click.command("check")
@click.argument("dataset", type=PLACE)
@click.option("--names", type=PATH, metavar="FILE", help="What somebody's program takes the numbers for.")
@click.option(
    "--list", metavar="NAME|FILE", help="What they are to mean: ilsvrc, 21k, 22k, 22k-ms, 21k-p, 12k, or a names file."
)
@click.option("--classes", type=PATH, metavar="FILE", help="A published classes.json; else one at the top of DATASET.")
@click.option("--against", type=PLACE, metavar="OTHER", help="Another copy of DATASET, or its run.")
@click.option("--look", type=click.IntRange(1), metavar="N", help="Look at N pictures a class; DATASET must be a run.")
@click.option("--predictions", type=PATH, metavar="FILE", help="Probabilities of your own model, by key and class.")
@click.option(
    "--label-place", "--label-places", "label_places", multiple=True, metavar="PLACE", help="Where labels stand."
)
@click.option(
    "--ratings", type=PATH, multiple=True, metavar="FILE", help="Your own ratings (CSV), by which terms are withheld."
)
@click.option("--show-terms", is_flag=True, help="Also terms that are withheld otherwise.")
@reading
@running
def labels_check(dataset: str, as_json: bool, quiet: bool, **told: Any) -> None:
    """Do the class numbers mean what a names file says? Exits with 2 if not, with 1 if nothing could be compared.

    DATASET, or a run of it, is held against the names file, against the list of classes it is made of and against
    itself: names shifted by one, turned round, sorted otherwise, exchanged, doubled or lost are told as such. Pictures
    are opened for --look alone.

    \b
    Example:
      overpaint labels check photos --names names.txt
      overpaint labels check photos --names names.txt --list ilsvrc
      overpaint labels check photos.run --names names.txt --look 10
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.check_labels(dataset, **told, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
    if result.damaged or not result.compared:
        raise click.exceptions.Exit(2 if result.damaged else 1)
