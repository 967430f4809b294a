"""``overpaint measure``: one file a command, loaded when it is called."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS: tuple[str, ...] = ("residual", "reidentify", "detection", "utility", "strength", "tools", "person-labels")


class Commands(click.Group):
    """In the order of the questions: what was missed, who can be recognised, what did it cost."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"overpaint.cli._measure_{name}"), f"measure_{name}")
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands)
def measure() -> None:
    """What was missed, who can still be recognised, and what it cost the models; with intervals.

    \b
    Example:
      overpaint measure strength --look blur --cells 4
    """
