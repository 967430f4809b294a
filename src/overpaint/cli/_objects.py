"""``overpaint objects``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result, progress_bar, running


@click.command()
@click.argument("run", type=PATH)
@click.option("--annotations", type=PATH, metavar="PATH", help="Objects with boxes: VOC or ILSVRC XML, COCO, YOLO.")
@click.option(
    "--cover",
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    default=0.5,
    show_default=True,
    help="Flag objects of which at least this share is painted.",
)
@click.option(
    "--drop",
    type=click.FloatRange(0, 1),
    metavar="SCORE",
    default=0.25,
    show_default=True,
    help="Flag labels whose score falls by at least this much.",
)
@running
def objects(
    run: Path,
    annotations: Path | None,
    cover: float,
    drop: float,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Is the object still there? Measure what painting did to labelled objects, and flag what people should look at.

    The share of each object that was painted; and where the label is a class of ImageNet (a WordNet offset such as
    n03394916), a classifier's score for it before and after.

    \b
    Example:
      overpaint objects photos-painted.run
      overpaint objects photos-painted.run --annotations Annotations
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.objects(run, annotations=annotations, cover=cover, drop=drop, workers=workers, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
