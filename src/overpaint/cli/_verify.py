"""``overpaint verify``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, PLACE, print_result, progress_bar, running
from overpaint.records import Look, MetadataPolicy


@click.command()
@click.argument("path", type=PLACE, metavar="RUN|DEST|SOURCE")
@click.argument("dest", type=PLACE, required=False)
@click.option("--boxes", type=PATH, metavar="FILE", help="Where the faces are; needs SOURCE and DEST.")
@click.option(
    "--detector", help="Finds the faces in SOURCE where no run and no boxes say; must not be the scrub's own."
)
@click.option(
    "--look",
    type=click.Choice(["blur", "mosaic", "fill"]),
    default="fill",
    show_default=True,
    help="Promised look, without a run.",
)
@click.option("--cells", type=click.IntRange(1, 16), default=4, show_default=True, help="Promised N, without a run.")
@click.option(
    "--metadata",
    type=click.Choice(["strip", "keep-safe", "keep"]),
    default="strip",
    show_default=True,
    help="Promised metadata policy, without a run.",
)
@click.option(
    "--allow-failed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Failed samples that still exit with 0.",
)
@running
def verify(
    path: str,
    dest: str | None,
    boxes: Path | None,
    detector: str | None,
    look: Look,
    cells: int,
    metadata: MetadataPolicy,
    allow_failed: int,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check a whole output again, by means that share no code with what wrote it.

    With one place (a run directory, or a destination with its run beside it) the painted regions come from the run.
    With SOURCE and DEST they come from --boxes, or are found in SOURCE by a detector that the scrub did not use; faces
    which that detector misses are not checked. Exits with 2 if a sample failed.

    \b
    Example:
      overpaint verify photos-painted
      overpaint verify photos photos-painted --boxes faces.json
      overpaint verify photos photos-painted
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.verify(
            path,
            dest,
            boxes=boxes,
            detector=detector,
            look=look,
            cells=cells,
            metadata=metadata,
            workers=workers,
            progress=progress,
        )
    print_result(result.to_dict(), result.lines(), as_json=as_json)
    return 2 if result.failed > allow_failed else 0
