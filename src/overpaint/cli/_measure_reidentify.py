"""``overpaint measure reidentify``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, measuring, print_result, progress_bar


@click.command("reidentify")
@click.argument("people", type=PATH)
@click.option("--run", type=PATH, help="A run whose outputs are asked what no painting of faces hides.")
@click.option(
    "--look",
    "--looks",
    "looks",
    multiple=True,
    type=click.Choice(["blur", "mosaic", "fill"]),
    help="A look to measure; the default's unless given; may be repeated.",
)
@click.option(
    "--cells", type=click.IntRange(1, 16), multiple=True, metavar="N", help="A strength to measure; may be repeated."
)
@click.option(
    "--tool",
    "--tools",
    "tools",
    multiple=True,
    type=click.Choice(["imagenet2021", "img2dataset", "none"]),
    help="Another tool's formula to measure beside; all unless given; may be repeated.",
)
@click.option("--embedder", default="sface", show_default=True, help="What recognises faces: sface, faceres, others'.")
@click.option(
    "--attacker",
    "--attackers",
    "attackers",
    multiple=True,
    type=click.Choice(["naive", "parrot", "trained", "restored"]),
    help="Who attacks; all unless given; may be repeated.",
)
@measuring
def measure_reidentify(
    people: Path,
    run: Path | None,
    looks: tuple[str, ...],
    cells: tuple[int, ...],
    tools: tuple[str, ...],
    embedder: str,
    attackers: tuple[str, ...],
    to: Path | None,
    seed: int,
    plots: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Can people whose faces were painted over be recognised? PEOPLE is an evaluation set that says who is who.

    A folder with a folder for each person, or one with pairs.csv (a, b, same). Its pictures are painted in memory as
    `scrub` would, and attackers tell who is who, beside pictures whose core is cut out. No name is printed or written.

    \b
    Example:
      overpaint measure reidentify people --to measured
      overpaint measure reidentify people --look blur --look mosaic --cells 2 --cells 4 --cells 8 --to measured
      overpaint measure reidentify people --run photos-painted.run
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_reidentify(
            people,
            run=run,
            looks=looks,
            cells=cells,
            tools=tools,
            embedder=embedder,
            attackers=attackers,
            to=to,
            seed=seed,
            plots=plots,
            progress=progress,
        )
    print_result(result.to_dict(), result.lines(), as_json=as_json)
