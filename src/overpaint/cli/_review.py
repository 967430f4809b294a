"""``overpaint review``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from overpaint.cli._options import PATH, print_result, progress_bar
from overpaint.errors import ReviewError

_FORMATS = click.Choice(["csv", "coco", "cvat", "label-studio", "voc"])
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def review() -> None:
    """Put questions to people in a browser, and make decisions of their answers.

    \b
    Example:
      overpaint review open photos-painted.run
      overpaint review serve photos-painted.run
      overpaint decide photos-painted.run
      overpaint act photos-painted.run
    """


def _room(name: str) -> Any:
    """The room that does it, which needs an extra."""
    from importlib import import_module

    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ReviewError(f"{error.name} is not installed; install overpaint[review]") from error


@review.command("open")
@click.argument("target", type=PATH)
@click.option(
    "--question",
    multiple=True,
    metavar="KIND",
    help="boxes, tight, missed, flags; category with --label; rate-label with --labels; label after `labels errors`.",
)
@click.option("--thing", multiple=True, metavar="KIND", help="Boxes of what: face, person, text, plate, code.")
@click.option("--label", metavar="WNID", help="The class that candidates are for.")
@click.option("--title", default="", help="How the question names it, such as “a malamute”.")
@click.option("--definition", default="", help="What belongs to it and what does not.")
@click.option("--harm", type=click.FloatRange(0, 1), default=0.05, help="Ask from this expected harm on.")
@click.option("--spot", type=click.IntRange(0), default=0, help="So many pictures by chance, too.")
@click.option(
    "--audit",
    type=click.IntRange(0),
    default=0,
    help="Of so many written pictures people are asked whether anyone is recognisable.",
)
@click.option(
    "--labels", metavar="FILE", help="What rate-label asks about: one label or wnid a line; or unrated:ROOT@LIST."
)
@click.option("--certainty", type=click.FloatRange(0.5, 1), help="How sure these shall be; as the settings say.")
@click.option("--store", metavar="URL", help="postgresql+psycopg://HOST/NAME; a file unless given.")
@_JSON
@click.option("--quiet", is_flag=True, help="No progress, not even on a terminal.")
def open_(as_json: bool, quiet: bool, **told: Any) -> None:
    """Put questions about a run, a folder of candidates, or labels, into a review's store.

    Opening again adds what is new and asks nothing twice.

    \b
    Example:
      overpaint review open photos-painted.run --spot 100
      overpaint review open candidates --question category --label n02110063 --title "a malamute"
      overpaint review open words --question rate-label --labels unrated:n00007846@21k
    """
    room = _room("overpaint.review")
    with progress_bar(quiet=quiet) as progress:
        result = room.open(**told, progress=progress)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@review.command("serve")
@click.argument("review", type=PATH)
@click.option("--host", default="127.0.0.1", help="Where it listens; another one needs --public-url.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--public-url", metavar="URL", help="https://HOST, as browsers reach it through your reverse proxy.")
@click.option("--proxy", multiple=True, metavar="ADDRESS", help="The reverse proxy's address; may be repeated.")
def serve(**told: Any) -> None:
    """Serve the questions of REVIEW to browsers; Ctrl-C ends it, and nothing is lost.

    The address that it prints lets you in as the maintainer. Only this machine is served unless --public-url is given.

    \b
    Example:
      overpaint review serve photos-painted.run
    """

    def announce(served: Any) -> None:
        click.echo(served.url)
        click.echo("open this address in a browser; Ctrl-C ends the server", err=True)

    _room("overpaint.server").serve_review(**told, announce=announce)


@review.command("link")
@click.argument("review", type=PATH)
@click.option(
    "--role", type=click.Choice(["maintainer", "reviewer", "worker", "auditor"]), default="worker", help="Who comes."
)
@click.option("--days", type=float, default=14.0, help="How long it works.")
@click.option("--public-url", default="http://127.0.0.1", metavar="URL", help="How browsers reach the server.")
@click.option("--worker-field", default="", help="Where a workforce puts its worker id, such as PROLIFIC_PID.")
@click.option("--completion-code", default="", help="What whoever has done their share is told.")
@click.option("--completion-url", default="", help="Where they are sent.")
@click.option("--label", default="", help="To tell links apart.")
@_JSON
def link(as_json: bool, **told: Any) -> None:
    """Make a link that lets people into REVIEW; it is told once.

    \b
    Example:
      overpaint review link photos-painted.run --role reviewer --public-url https://review.example.org
    """
    result = _room("overpaint.server").link(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@review.command("status")
@click.argument("review", type=PATH)
@click.option("--accepted", type=PATH, metavar="FILE", help="Write the keys of accepted candidates there.")
@_JSON
def status(as_json: bool, **told: Any) -> int:
    """Say how REVIEW stands; exits with 2 where its store does not add up.

    \b
    Example:
      overpaint review status photos-painted.run
    """
    result = _room("overpaint.review").status(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
    return 2 if result.problems else 0


@review.command("forecast")
@click.argument("review", type=PATH)
@click.option("--certainty", type=click.FloatRange(0.5, 1), help="How sure; as the settings say unless given.")
@click.option("--people", type=click.IntRange(1, 10_000), default=10, help="How many will answer.")
@click.option("--seed", type=int, default=0, help="Of the reviews that are played.")
@_JSON
def forecast(as_json: bool, **told: Any) -> None:
    """Say how many answers and hours the open questions of REVIEW will take.

    \b
    Example:
      overpaint review forecast photos-painted.run --certainty 0.98
    """
    result = _room("overpaint.review").foresee(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@review.command("set")
@click.argument("review", type=PATH)
@click.argument("changes", nargs=-1, metavar="NAME=VALUE...")
@_JSON
def set_(review: Path, changes: tuple[str, ...], as_json: bool) -> None:
    """Change settings of REVIEW, or print them: how sure, from how many answers, what an answer is paid, breaks.

    \b
    Example:
      overpaint review set photos-painted.run certainty=0.98 most=5 pay=0.04 currency=EUR
    """
    result = _room("overpaint.review").configure(review, changes=changes)
    value = result.to_dict()
    print_result(value, [f"{name} = {one}" for name, one in value.items()], as_json=as_json)


@review.command("gold")
@click.argument("review", type=PATH)
@click.argument("file", type=PATH, required=False)
@click.option("--choose", type=click.IntRange(0), default=0, help="So many settled questions instead of a file's.")
@click.option("--visible", is_flag=True, help="For training: people are told how they did.")
@click.option("--format", type=_FORMATS, help="Found by content unless given.")
@click.option("--images", default="", metavar="PREFIX", help="What the names of pictures begin with before the key.")
@click.option("--thing", metavar="KIND", help="What the boxes are of, where the file does not say.")
@click.option("--empties", is_flag=True, help="Pictures listed without boxes have none.")
@click.option("--frame", type=click.Choice(["stored", "upright"]), help="What boxes are about, if the file is silent.")
@_JSON
def gold(as_json: bool, **told: Any) -> None:
    """Make questions of REVIEW control questions: FILE holds the right answers, which never leave the store.

    With --choose, settled questions that all who answered are certain of serve instead, varied in size and answer.

    \b
    Example:
      overpaint review gold photos-painted.run keys.csv
      overpaint review gold photos-painted.run --choose 50
    """
    result = _room("overpaint.review").add_gold(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@review.command("add")
@click.argument("review", type=PATH)
@click.argument("file", type=PATH)
@click.option("--format", type=_FORMATS, help="Found by content unless given.")
@click.option("--worker", metavar="NAME", help="Whose answers they are, where the file does not say.")
@click.option("--images", default="", metavar="PREFIX", help="What the names of pictures begin with before the key.")
@click.option("--thing", metavar="KIND", help="What the boxes are of, where the file does not say.")
@click.option("--empties", is_flag=True, help="Pictures listed without boxes were looked at.")
@click.option("--frame", type=click.Choice(["stored", "upright"]), help="What boxes are about, if the file is silent.")
@_JSON
def add(as_json: bool, **told: Any) -> None:
    """Take answers into REVIEW that were given elsewhere: CSV, COCO, CVAT, Label Studio, VOC.

    \b
    Example:
      overpaint review add photos-painted.run export.json --format label-studio
    """
    result = _room("overpaint.review").add_answers(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)


@review.command("export")
@click.argument("review", type=PATH)
@click.argument("dest", type=PATH)
@click.option("--format", type=_FORMATS, default="csv", help="What reads it.")
@click.option("--images", default="", metavar="PREFIX", help="Where the other tool finds the pictures.")
@click.option("--tasks", is_flag=True, help="With the questions that are open, to be answered there.")
@_JSON
def export(as_json: bool, **told: Any) -> None:
    """Write the answers of REVIEW to DEST, under pseudonyms, for another tool.

    \b
    Example:
      overpaint review export photos-painted.run answers.csv
      overpaint review export photos-painted.run tasks --format label-studio --tasks
    """
    result = _room("overpaint.review").export(**told)
    print_result(result.to_dict(), result.lines(), as_json=as_json)
