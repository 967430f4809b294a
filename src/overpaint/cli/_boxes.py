"""``overpaint boxes``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result, progress_bar


@click.command()
@click.argument("run", type=PATH)
@click.argument("out", type=PATH)
@click.option(
    "--format",
    type=click.Choice(["coco", "voc", "yolo", "label-studio", "cvat", "wider", "ilsvrc"]),
    default="coco",
    show_default=True,
    help="What reads it; voc and yolo make a directory.",
)
@click.option(
    "--which",
    type=click.Choice(["decisions", "findings"]),
    default="decisions",
    show_default=True,
    help="What is painted over, or all that was found.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    metavar="SCORE",
    help="Leave out boxes with a lower score, 0 to 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="No progress, not even on a terminal.")
def boxes(run: Path, out: Path, format: str, which: str, min_score: float | None, as_json: bool, quiet: bool) -> None:  # noqa: A002
    """Write the boxes of RUN to OUT, for other tools.

    OUT names images that show people: it is as private as the run, and may not lie in SOURCE or DEST.

    \b
    Example:
      overpaint boxes photos-painted.run faces.json
      overpaint boxes photos-painted.run labels --format yolo --which findings --min-score 0.5
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.boxes(run, out, format=format, which=which, min_score=min_score, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
