"""Options that several commands share, progress on a terminal, and how results are printed."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from tqdm import tqdm

from overpaint.errors import UsageError

if TYPE_CHECKING:
    from overpaint.jobs import Progress

__all__ = [
    "PATH",
    "PLACE",
    "labelling",
    "looking",
    "measuring",
    "painting",
    "pairs",
    "placing",
    "print_result",
    "progress_bar",
    "reading",
    "running",
]

PATH = click.Path(path_type=Path)
PLACE = click.Path()  # a path or a URL

F = TypeVar("F", bound=Callable[..., Any])


def running(command: F) -> F:
    """``--workers``, ``--json`` and ``--quiet``."""
    for option in (
        click.option("--quiet", is_flag=True, help="No progress, not even on a terminal."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option("--workers", "-j", type=click.IntRange(1, 1024), help="Processes; one a core unless given."),
    ):
        command = option(command)
    return command


def measuring(command: F) -> F:
    """What every measure takes: where its result goes, the seed of its draws, plots."""
    for option in (
        click.option("--quiet", is_flag=True, help="No progress, not even on a terminal."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        click.option("--plots/--no-plots", default=True, show_default=True, help="Write plots beside the result."),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of every draw."),
        click.option("--to", type=PATH, metavar="DIR", help="Where the result and its plots go."),
    ):
        command = option(command)
    return command


def looking(command: F) -> F:
    """What is looked for, and how."""
    for option in (
        click.option(
            "--boxes",
            type=PATH,
            metavar="FILE",
            help="Boxes made elsewhere; nobody looks for faces unless --profile or --detectors names them.",
        ),
        click.option(
            "--hash-list",
            "--hash-lists",
            "hash_lists",
            type=PATH,
            multiple=True,
            metavar="FILE",
            help="Hashes of known images: what matches goes into the no-view lane; may be repeated.",
        ),
        click.option(
            "--list",
            "--lists",
            "lists",
            type=PATH,
            multiple=True,
            metavar="FILE",
            help="A list that searches use, such as adult.domains (docs/reference/text.md); may be repeated.",
        ),
        click.option(
            "--keep-text", is_flag=True, help="Keep what is read in pictures; else only its class and keyed hash."
        ),
        click.option(
            "--detectors",
            metavar="LIST",
            help="What to look for: faces (default), others (see `overpaint doctor`), all, none, or detectors by name.",
        ),
        click.option(
            "--profile",
            help="How to look for faces: fast, balanced (default), thorough, fused, NAME+domains, or detectors.",
        ),
    ):
        command = option(command)
    return command


def painting(command: F) -> F:
    """What wins over a policy's own settings."""
    for option in (
        click.option("--remove", type=PATH, metavar="KEYS", help="A file of keys, one a line, not to be published."),
        click.option(
            "--metadata", type=click.Choice(["strip", "keep-safe", "keep"]), help="What of the metadata stays."
        ),
        click.option("--cells", type=click.IntRange(1, 16), help="N, the values left across a face's shorter side."),
        click.option("--look", type=click.Choice(["blur", "mosaic", "fill"]), help="How a painted face looks."),
        click.option("--policy", type=PATH, metavar="TOML", help="A policy; else every face found is painted."),
    ):
        command = option(command)
    return command


def labelling(command: F) -> F:
    """What shall become of labels."""
    for option in (
        click.option("--taxonomy", type=PATH, help="Another hierarchy than WordNet's nouns: CSV or SKOS."),
        click.option("--label-list", metavar="LIST", help="What class numbers mean: ilsvrc, 21k, or a file of names."),
        click.option(
            "--label-place",
            "--label-places",
            "label_places",
            multiple=True,
            metavar="PLACE",
            help="Where labels stand: path, .cls, .json:labels, column:label; found out unless given; may be repeated.",
        ),
        click.option(
            "--ratings",
            type=PATH,
            multiple=True,
            metavar="CSV",
            help="Ratings before the installed ones; may be repeated.",
        ),
        click.option(
            "--labels", metavar="TOML", help="A label policy, or the name of one; none: labels stay as they are."
        ),
    ):
        command = option(command)
    return command


def placing(command: F) -> F:
    """What a copy looks like: the words of `overpaint.scrub`."""
    for option in (
        click.option(
            "--file",
            multiple=True,
            metavar="PATTERN=WORD",
            help="keep or drop side files by path, against what is usual; may be repeated.",
        ),
        click.option(
            "--field",
            multiple=True,
            metavar="NAME=CLASS",
            help="What a member or column is: label, text, derived or unknown; may be repeated.",
        ),
        click.option(
            "--unknown",
            type=click.Choice(["keep", "drop"]),
            help="What becomes of members, columns and files that nobody knows; keep unless given.",
        ),
        click.option("--overlay", is_flag=True, help="Write only what changed, and a list of it (overlay.jsonl)."),
        click.option(
            "--to", type=click.Choice(["folder", "webdataset", "parquet"]), help="What DEST becomes; as SOURCE is."
        ),
    ):
        command = option(command)
    return command


def reading(command: F) -> F:
    """What a source is."""
    return click.option(
        "--container",
        type=click.Choice(["folder", "webdataset", "parquet"]),
        help="What SOURCE is, where its files do not tell.",
    )(command)


def pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """``NAME=WORD`` options as a mapping."""
    found = {}
    for text in texts:
        name, sign, word = text.rpartition("=")
        if not sign or not name or not word:
            raise UsageError(f"{option} {text}: write NAME=WORD")
        found[name] = word
    return found


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress | None]:
    """A bar with rate and time left on a terminal; nothing in a pipe."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar: Any = tqdm(unit=" images", dynamic_ncols=True, file=sys.stderr)

    def progress(what: str, done: int, total: int) -> None:
        if bar.desc != f"{what}: " or bar.total != (total or None):
            bar.reset(total=total or None)
            bar.set_description(what)
        bar.update(done - bar.n)

    with contextlib.closing(bar):
        yield progress


def print_result(value: Mapping[str, Any], lines: list[str], *, as_json: bool) -> None:
    """A result on stdout: JSON for machines, lines for people."""
    if as_json:
        click.echo(json.dumps(value, sort_keys=True, indent=1))
    else:
        for line in lines:
            click.echo(line)
