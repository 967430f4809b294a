"""``overpaint measure strength``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, measuring, print_result, progress_bar


@click.command("strength")
@click.argument("original", type=PATH, required=False)
@click.argument("painted", type=PATH, required=False)
@click.option("--boxes", type=PATH, metavar="FILE", help="Where the faces are; for files, in any format of --boxes.")
@click.option("--tool", metavar="TOOL", help="What is tried on made pictures: overpaint (default), a name, a command.")
@click.option("--peers", type=PATH, metavar="DIR", help="The environment of tools that are not installed here.")
@click.option("--look", type=click.Choice(["blur", "mosaic", "fill"]), help="Of overpaint's own painting.")
@click.option(
    "--cells", type=click.IntRange(1, 16), default=4, show_default=True, help="The grid that is no detail; N of ours."
)
@click.option("--quality", type=click.IntRange(1, 100), help="Made pictures are JPEGs of this quality, not PNG.")
@measuring
def measure_strength(
    original: Path | None,
    painted: Path | None,
    boxes: Path | None,
    tool: str | None,
    peers: Path | None,
    look: str | None,
    cells: int,
    quality: int | None,
    to: Path | None,
    seed: int,
    plots: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """What is left of faces in PAINTED, whoever painted it; or what a tool leaves in made pictures.

    Detail left by size of face and by what it stands beside, where in the box it is left, the effective sigma of a
    blur, and how many independent values lie across a face.

    \b
    Example:
      overpaint measure strength photos photos-painted --boxes faces.json
      overpaint measure strength --look blur --cells 4
      overpaint measure strength --tool 'mine=python blur.py {source} {dest} {boxes}' --to results
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_strength(
            original, painted, boxes=boxes, tool=tool, peers=peers, look=look, cells=cells, quality=quality, to=to,
            seed=seed, plots=plots, progress=progress,
        )  # fmt: skip
    print_result(result.to_dict(), result.lines(), as_json=as_json)
