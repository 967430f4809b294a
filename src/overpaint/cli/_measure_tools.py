"""``overpaint measure tools``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, measuring, print_result, progress_bar


@click.command("tools")
@click.option(
    "--tool",
    "--tools",
    "tools",
    multiple=True,
    metavar="TOOL",
    help="A name, or NAME='command {source} {dest} {boxes}'; all that are known unless given; may be repeated.",
)
@click.option("--peers", type=PATH, metavar="DIR", help="The environment of tools that are not installed here.")
@click.option("--install", is_flag=True, help="Make that environment by pip, where it is not there.")
@measuring
def measure_tools(
    tools: tuple[str, ...],
    peers: Path | None,
    install: bool,
    to: Path | None,
    seed: int,
    plots: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Who leaks what: tools on the same made pictures, given the same true boxes.

    Sizes, neighbours, overlaps, borders, orientations, thumbnails and other pictures in the file, places and names,
    colour models, depths, transparency and animations. What passes, and why, is in the result. Exit code 1 where a
    tool that was named could not run at all.

    \b
    Example:
      overpaint measure tools
      overpaint measure tools --peers peers --install --to results
      overpaint measure tools --tool overpaint --tool 'mine=python blur.py {source} {dest} {boxes}'
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_tools(
            tools=tools, peers=peers, install=install, to=to, seed=seed, plots=plots, progress=progress
        )
    print_result(result.to_dict(), result.lines(), as_json=as_json)
    for name, why in result.could_not.items():
        click.echo(f"overpaint: {name} could not run: {why}", err=True)
    return 1 if result.could_not else 0
