"""``overpaint measure residual``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, measuring, print_result, progress_bar


@click.command("residual")
@click.argument("run", type=PATH)
@click.option(
    "--kind",
    "--kinds",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="face, text, plate, nudity, person, code, watermark; what the run looked for unless given; may be repeated.",
)
@click.option(
    "--images", type=int, default=60, show_default=True, help="Look at so many; more than before extends the sample."
)
@click.option("--review", type=PATH, metavar="REVIEW", help="The run's review, where it is not in RUN.")
@click.option(
    "--truth",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Boxes that a dataset says are true stand in for people: WIDER, FDDB, COCO, VOC, YOLO; may be repeated.",
)
@click.option(
    "--least", type=float, default=10.0, show_default=True, metavar="PIXELS", help="What is less high does not count."
)
@click.option(
    "--cover",
    type=float,
    default=0.5,
    show_default=True,
    metavar="SHARE",
    help="Hidden is what has this share of its box painted.",
)
@measuring
def measure_residual(run: Path, as_json: bool, quiet: bool, **told: Any) -> None:
    """What can still be seen in what RUN publishes? People look at a random sample, and the rest is estimated.

    The first call draws the sample and asks; answer with `overpaint review serve RUN`. Later calls read the answers.

    \b
    Example:
      overpaint measure residual photos-painted.run --images 100
      overpaint measure residual wider-painted.run --truth wider_face_val_bbx_gt.txt
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_residual(run, progress=progress, **told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
