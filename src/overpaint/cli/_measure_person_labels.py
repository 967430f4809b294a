"""``overpaint measure person-labels``."""

from __future__ import annotations

from typing import Any

import click

from overpaint.cli._options import PATH, PLACE, measuring, print_result, progress_bar


@click.command("person-labels")
@click.argument("model")
@click.argument("dataset", type=PLACE)
@click.option("--labels", required=True, metavar="LIST", help="What the numbers mean: ilsvrc, 21k, or a file of names.")
@click.option("--weights", type=PATH, metavar="FILE", help="Weights of a model of timm's; nothing is fetched.")
@click.option("--groups", type=PATH, metavar="FILE", help="Groups of images that you supply, by key: CSV or Parquet.")
@click.option("--ratings", type=PATH, multiple=True, metavar="CSV", help="Ratings before the installed ones.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1),
    default=0.6,
    show_default=True,
    metavar="SHARE",
    help="Of people and faces, from which on they are cut out.",
)
@click.option("--show-terms", is_flag=True, help="Print words that are withheld otherwise.")
@click.option("--workers", "-j", type=click.IntRange(1, 1024), help="Processes; one a core unless given.")
@measuring
def measure_person_labels(model: str, dataset: str, as_json: bool, quiet: bool, **told: Any) -> None:
    """What would this classifier call the people in these pictures? In aggregate: no picture comes out.

    MODEL: efficientnet-lite0, an ONNX file, a description of one (.toml), or timm:NAME with --weights. DATASET: a run
    that looked for faces and people, or a dataset. Whole images, people and faces are shown to the classifier, and how
    often and how surely it gives labels that were rated unsafe is told.

    \b
    Example:
      overpaint measure person-labels efficientnet-lite0 photos-painted.run --labels ilsvrc
      overpaint measure person-labels classifier.onnx photos --labels 21k --groups groups.csv --to results
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_person_labels(model, dataset, progress=progress, **told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
