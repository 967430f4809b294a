"""``overpaint measure utility``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, measuring, print_result, progress_bar


def _words(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """A list with commas as a tuple; None where nothing was said."""
    del ctx, option
    return None if value is None else tuple(word.strip() for word in value.split(",") if word.strip())


@click.command("utility")
@click.argument("run", type=PATH)
@click.option(
    "--arms",
    callback=_words,
    metavar="LIST",
    help="Of original, recompressed, metadata-only, redacted; unless given all but metadata-only.",
)
@click.option(
    "--looks",
    callback=_words,
    metavar="LIST",
    help="More arms, painted here where the run decided: blur:4,mosaic:2,fill,imagenet2021.",
)
@click.option(
    "--recompress",
    type=click.IntRange(1, 100),
    metavar="QUALITY",
    help="JPEG quality of the arm recompressed; that of its output unless given.",
)
@click.option(
    "--model",
    callback=_words,
    metavar="LIST",
    help="Networks: small, torchvision's by name, timm:NAME; the configuration's unless given.",
)
@click.option("--seeds", type=click.IntRange(1, 1000), metavar="N", help="Trainings on each arm; the configuration's.")
@click.option("--config", metavar="TOML", help="How to train: small (default), imagenet2021, or a file.")
@click.option("--epochs", type=click.IntRange(1, 100_000), metavar="N", help="Instead of the configuration's.")
@click.option("--weights", type=PATH, metavar="FILE", help="Weights to start from; nothing is downloaded.")
@click.option(
    "--transfer",
    type=PATH,
    multiple=True,
    metavar="DIR",
    help="A folder with classes for a linear probe; may be repeated.",
)
@click.option("--cues", is_flag=True, help="Try whether erasure itself is a sign that networks go by.")
@click.option("--work", type=PATH, metavar="DIR", help="Weights and predictions; RUN/private/utility unless given.")
@click.option("--workers", "-j", type=click.IntRange(1, 1024), help="Trainings at once; one a core unless given.")
@measuring
def measure_utility(run: Path, as_json: bool, quiet: bool, **told: Any) -> None:
    """Do models still work? The same network learns from originals and from what became of them.

    Arms differ in pixels alone, so that recompression and erasure come apart; each network is tested on every arm.
    What is finished is kept: the same command again goes on where it was broken off, and torchrun shares each training.

    \b
    Example:
      overpaint measure utility photos.run
      overpaint measure utility photos.run --arms original,redacted --looks blur:4,fill --seeds 3
      torchrun --nproc-per-node 8 -m overpaint measure utility imagenet.run --config imagenet2021
    """
    from overpaint import jobs  # late: see Verbs

    said = {name: value for name, value in told.items() if value is not None}
    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_utility(run, **said, progress=progress)
    if result is not None:  # processes of torchrun that do not lead say nothing
        print_result(result.to_dict(), result.lines(), as_json=as_json)
