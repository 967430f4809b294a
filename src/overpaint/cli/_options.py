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

if TYPE_CHECKING:
    from overpaint.jobs import Progress

__all__ = ["PATH", "painting", "print_result", "progress_bar", "running"]

PATH = click.Path(path_type=Path)

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
