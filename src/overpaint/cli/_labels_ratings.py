"""``overpaint labels ratings``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, print_result

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("ratings", invoke_without_command=True)
@click.pass_context
def labels_ratings(ctx: click.Context) -> None:
    """What people said of labels: offensive, sensitive or safe, and how easily a label calls up a picture.

    Without a command it lists what is installed. None comes along: nobody says under which licence the published
    ratings are.

    \b
    Example:
      overpaint labels ratings get
      overpaint labels ratings
    """
    if ctx.invoked_subcommand is None:
        _list(as_json=False)


@labels_ratings.command("list")
@_JSON
def list_ratings(as_json: bool) -> None:
    """List the ratings that are installed, those that win last.

    \b
    Example:
      overpaint labels ratings list
    """
    _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    from overpaint import labels  # late: see Verbs

    found = labels.installed_ratings()
    lines = [line for one in found for line in one.lines()]
    if not found:
        lines = [f"no ratings are installed; {labels.HOW_TO_GET_RATINGS}"]
    told = {"folder": str(labels.ratings_dir()), "ratings": [one.to_dict() for one in found]}
    print_result(told, lines, as_json=as_json)


@labels_ratings.command("get")
@_JSON
def get_ratings(as_json: bool) -> None:
    """Fetch the raters' judgements of 2019 from GitHub, check them and install them.

    It is the only command about labels that uses the network. Both files are pinned by their SHA-256.

    \b
    Example:
      overpaint labels ratings get
    """
    from overpaint import labels

    _added(labels.get_ratings(), as_json=as_json)


@labels_ratings.command("add")
@click.argument("paths", type=PATH, nargs=-1, required=True)
@click.option("--source", metavar="NAME", help="Who judged; the published files say it themselves.")
@click.option("--date", metavar="YYYY-MM-DD", help="When they judged, where the file has no such column.")
@_JSON
def add_ratings(paths: tuple[Path, ...], as_json: bool, **told: Any) -> None:
    """Check files of ratings and keep copies of them; yours win over the published ones, entry by entry.

    PATHS are CSV files (wnid or id; safety, imageability or both), or a folder of them.

    \b
    Example:
      overpaint labels ratings add downloaded
      overpaint labels ratings add ours.csv --source "the label board" --date 2026-03-01
    """
    from overpaint import labels

    _added(labels.add_ratings(paths, **told), as_json=as_json)


@labels_ratings.command("collect")
@click.argument("review", type=PATH)
@click.option("--to", type=PATH, required=True, metavar="FILE", help="The CSV file to write.")
@click.option(
    "--least-agreement",
    type=click.FloatRange(0, 1),
    default=0.66,
    show_default=True,
    help="Below this share that said the same, a label is disputed.",
)
@click.option("--with-disputed", is_flag=True, help="Write the word of most for them, too; else they are `unrated`.")
@click.option("--source", metavar="NAME", help="Who judged; `raters of REVIEW` unless given.")
@click.option("--add", is_flag=True, help="Install the file as well.")
@_JSON
def collect_ratings(review: Path, as_json: bool, **told: Any) -> None:
    """Write what people said in REVIEW as a ratings file, with how many they were and how far they agree.

    \b
    Example:
      overpaint review open words --question rate-label --labels unrated:n00007846@21k
      overpaint review serve words
      overpaint labels ratings collect words --to ours.csv --add
    """
    from overpaint import jobs

    result = jobs.collect_ratings(review, **told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@labels_ratings.command("remove")
@click.argument("source")
@_JSON
def remove_ratings(source: str, as_json: bool) -> None:
    """Take away all ratings of a source, by the name that the list gives it.

    \b
    Example:
      overpaint labels ratings remove "the label board"
    """
    from overpaint import labels

    gone = labels.remove_ratings(source)
    lines = [f"removed {one.file} ({one.entries:,} labels)" for one in gone]
    print_result({"removed": [one.to_dict() for one in gone]}, lines, as_json=as_json)


def _added(found: tuple[Any, ...], *, as_json: bool) -> None:
    lines = [line for one in found for line in one.lines()]
    print_result({"ratings": [one.to_dict() for one in found]}, lines, as_json=as_json)
