"""``overpaint scrub``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import (
    PATH,
    PLACE,
    labelling,
    looking,
    painting,
    pairs,
    placing,
    print_result,
    progress_bar,
    reading,
    running,
)


@click.command()
@click.argument("source", type=PLACE)
@click.argument("dest", type=PLACE)
@click.option("--run", type=PATH, help="The run directory; DEST.run unless given.")
@looking
@painting
@labelling
@click.option(
    "--shard-size", type=click.IntRange(1, 100_000), help="Samples a shard; chosen by their number unless given."
)
@click.option(
    "--allow-failed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Failed samples that still exit with 0.",
)
@reading
@placing
@running
def scrub(
    source: str,
    dest: str,
    run: Path | None,
    container: str | None,
    to: str | None,
    overlay: bool,
    unknown: str | None,
    field: tuple[str, ...],
    file: tuple[str, ...],
    profile: str | None,
    detectors: str | None,
    keep_text: bool,
    lists: tuple[Path, ...],
    hash_lists: tuple[Path, ...],
    boxes: Path | None,
    policy: Path | None,
    look: str | None,
    cells: int | None,
    metadata: str | None,
    remove: Path | None,
    labels: str | None,
    ratings: tuple[Path, ...],
    label_places: tuple[str, ...],
    label_list: str | None,
    taxonomy: Path | None,
    shard_size: int | None,
    allow_failed: int,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Write a copy of SOURCE to DEST in which the faces that were found are painted over.

    Images without a finding keep their bytes, unless metadata has to go. Every painted file is checked before it is
    published; one that fails is not published, and the command exits with 2. The same command again resumes.

    \b
    Example:
      overpaint scrub photos photos-painted
      overpaint scrub imagenet/train painted/train --profile fast --look mosaic
      overpaint scrub imagenet painted --boxes face_annotations_ILSVRC.json
      overpaint scrub shards painted-shards
      overpaint scrub s3://bucket/photos painted --to webdataset
    """
    from overpaint import jobs, reports  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        summary = jobs.scrub(
            source,
            dest,
            run=run,
            container=container,
            to=to,
            overlay=overlay,
            unknown=unknown,
            field=pairs(field, "--field"),
            file=pairs(file, "--file"),
            profile=profile,
            detectors=detectors,
            keep_text=keep_text,
            lists=lists,
            hash_lists=hash_lists,
            boxes=boxes,
            policy=policy,
            look=look,
            cells=cells,
            metadata=metadata,
            remove=remove,
            labels=labels,
            ratings=ratings,
            label_places=label_places,
            label_list=label_list,
            taxonomy=taxonomy,
            shard_size=shard_size,
            workers=workers,
            progress=progress,
        )
    print_result(summary.to_dict(), reports.lines(summary), as_json=as_json)
    return 2 if summary.conservation.outcomes["failed"] > allow_failed else 0
