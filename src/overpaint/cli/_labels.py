"""``overpaint labels``: one file a command, loaded when it is called."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS: tuple[str, ...] = (
    "show",
    "tree",
    "search",
    "resolve",
    "check",
    "ratings",
    "words",
    "audit",
    "filter",
    "errors",
    "corrections",
    "skew",
    "balance",
)


class Commands(click.Group):
    """In the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"overpaint.cli._labels_{cmd_name}"), f"labels_{cmd_name}")
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands)
def labels() -> None:
    """What the labels of a dataset mean, which of them should not be there, and whether their numbers are right.

    \b
    Example:
      overpaint labels resolve 444
    """
