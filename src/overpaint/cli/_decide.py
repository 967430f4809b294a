"""``overpaint decide``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint.cli._options import PATH, labelling, painting, print_result, progress_bar
from overpaint.records import python_key, shown_key


@click.command()
@click.argument("run", type=PATH)
@painting
@labelling
@click.option(
    "--diff", type=PATH, metavar="TOML", help="Decide nothing; print what would change under this other policy."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="No progress, not even on a terminal.")
def decide(
    run: Path,
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
    diff: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Decide again on the findings of RUN, without looking at a picture.

    \b
    Example:
      overpaint decide photos.run --policy stricter.toml
      overpaint decide photos.run --policy a.toml --diff b.toml
      overpaint act photos.run
    """
    from overpaint import jobs  # late: see Verbs

    with progress_bar(quiet=quiet) as progress:
        result = jobs.decide(
            run,
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
            diff=diff,
            progress=progress,
        )
    changes = [{"from": str(a), "to": str(b), "samples": n} for (a, b), n in sorted(result.counts.items())]
    what = "would change" if diff else "changed"
    lines = [f"{len(result)} of {result.samples} samples {what}"]
    lines += [f"  {c['from']} → {c['to']}: {c['samples']}" for c in changes]
    keys = [shown_key(python_key(key)) for key in list(result.keys())] if diff else []
    print_result(
        {"samples": result.samples, "changed": len(result), "changes": changes} | ({"keys": keys} if diff else {}),
        lines + [f"  {key}" for key in keys],
        as_json=as_json,
    )
