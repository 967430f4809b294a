"""``overpaint measure detection``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, PLACE, measuring, print_result, progress_bar, reading
from overpaint.errors import UsageError


@click.command("detection")
@click.argument("images", type=PLACE)
@click.option("--truth", type=PATH, required=True, help="True boxes: WIDER, FDDB, imglab, COCO, VOC, ILSVRC or YOLO.")
@click.option("--profiles", metavar="LIST", help="Ways to look for faces, as `scan` takes them; balanced if nothing.")
@click.option("--detectors", metavar="LIST", help="Searches or detectors by name, each a way of its own.")
@click.option(
    "--boxes", multiple=True, metavar="NAME=FILE", help="Boxes made elsewhere, and who made them; may be repeated."
)
@click.option(
    "--kind",
    type=click.Choice(["face", "person", "plate", "text", "code"]),
    default="face",
    show_default=True,
    help="What is measured.",
)
@click.option("--label", multiple=True, metavar="NAME", help="What the truth calls it; may be repeated.")
@click.option("--groups", type=PATH, metavar="FILE", help="CSV or Parquet: key, and the groups to compare.")
@click.option("--least", type=float, default=20.0, show_default=True, help="Lower boxes are ignored; pixels.")
@click.option("--overlap", type=float, default=0.5, show_default=True, help="The IoU from which on a box is found.")
@click.option(
    "--protocol",
    type=click.Choice(["voc", "coco"]),
    default="voc",
    show_default=True,
    help="coco adds average precision as COCO counts it.",
)
@click.option("--recall", type=float, help="Choose a threshold that gives this recall.")
@click.option("--long-side", type=int, metavar="PIXELS", help="Make longer pictures smaller first, as yours are.")
@reading
@click.option("--run", type=PATH, help="A run that the result goes into; what its no-view lane holds is not read.")
@click.option("--workers", "-j", type=click.IntRange(1, 1024), help="Processes; one a core unless given.")
@measuring
def measure_detection(
    images: str,
    truth: Path,
    profiles: str | None,
    detectors: str | None,
    boxes: tuple[str, ...],
    kind: str,
    label: tuple[str, ...],
    groups: Path | None,
    least: float,
    overlap: float,
    protocol: str,
    recall: float | None,
    long_side: int | None,
    container: str | None,
    run: Path | None,
    workers: int | None,
    to: Path | None,
    seed: int,
    plots: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """How well what is truly in IMAGES is found: recall, precision and AP, by size and group, with intervals.

    Several ways to look are compared in pairs, on the same images. Without --groups nobody knows how far recall lies
    apart between groups of people, and the result says so.

    \b
    Example:
      overpaint measure detection val --truth val_bbx_gt.txt --profiles fast,balanced,thorough
      overpaint measure detection val --truth val_bbx_gt.txt --groups groups.csv --recall 0.95 --run photos.run
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.measure_detection(
            images,
            truth=truth,
            profiles=profiles,
            detectors=detectors,
            boxes=_named(boxes),
            kind=kind,
            label=label,
            groups=groups,
            least=least,
            overlap=overlap,
            protocol=protocol,
            recall=recall,
            long_side=long_side,
            container=container,
            run=run,
            workers=workers,
            to=to,
            seed=seed,
            plots=plots,
            progress=progress,
        )
    print_result(result.to_dict(), result.lines(), as_json=as_json)


def _named(texts: tuple[str, ...]) -> dict[str, Path]:
    """``NAME=FILE`` options; a file's name may hold the sign, too."""
    found: dict[str, Path] = {}
    for text in texts:
        name, sign, path = text.partition("=")
        if not sign or not name or not path:
            raise UsageError(f"--boxes {text}: write NAME=FILE")
        if name in found:
            raise UsageError(f"two ways to look are called {name!a}; name each once")
        found[name] = Path(path)
    return found
