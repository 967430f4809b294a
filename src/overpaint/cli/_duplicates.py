"""``overpaint duplicates``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, print_result, progress_bar, running


@click.command()
@click.argument("run", type=PATH)
@click.argument("others", type=PATH, nargs=-1, metavar="[OTHER_RUN]...")
@click.option("--offer", type=PATH, metavar="FILE", help="Write keys of RUN's copies of what is removed: a new file.")
@click.option("--no-features", is_flag=True, help="PDQ alone, without a network: cropped copies are mostly not found.")
@running
def duplicates(
    run: Path,
    others: tuple[Path, ...],
    offer: Path | None,
    no_features: bool,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Which samples are copies of each other? Within RUN, between its splits, and between it and other runs.

    Copies have the same bytes, the same pixels, or look the same: halved, recompressed, mirrored, with up to a tenth of
    each side cut off. The sources are read again; what is in the no-view lane is not.

    \b
    Example:
      overpaint duplicates photos-painted.run
      overpaint duplicates train.run test.run --offer copies.txt
      overpaint decide train.run --remove copies.txt
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.duplicates(run, others, offer=offer, no_features=no_features, workers=workers, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
