"""Write docs/cli.md from the commands themselves; with --check say whether it is up to date, and exit with 1 if not.

    python scripts/write_cli_docs.py [--check]

The page is made from names, types, defaults and helps, not from click's own layout, which differs between releases.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from overpaint.cli._main import commands

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

_HEAD = """\
# The command line

Made by `scripts/write_cli_docs.py` from the commands themselves. `overpaint COMMAND --help` says the same.

Results go to stdout, problems as one line to stderr, progress to stderr where that is a terminal. `--json` prints one
JSON object on stdout and nothing else. Exit codes: **0** fine, **1** could not do it, **2** checked and failed.
`python -m overpaint` is the same program.

`--profile` takes a profile or names of detectors, joined by commas, built in or
[plugged in](how-to/plug-in-a-detector.md): `--profile yunet,centerface`. `OVERPAINT_MODELS` names the directory of the
weights ([models](reference/models.md)). Nothing that lies in the working directory is run;
`python -m overpaint` does look for modules there first, as `python -m` always does, and `python -P -m overpaint` not.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_sections(commands, "overpaint")])


def _sections(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        if path != "overpaint":
            yield from _section(command, path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _sections(child, f"{path} {name}")
    else:
        yield from _section(command, path)


def _section(command: click.Command, path: str) -> Iterator[str]:
    level = "##" if path.count(" ") == 1 else "###"
    yield f"{level} {path}\n"
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\n")
    yield f"{text.strip()}\n"
    if not isinstance(command, click.Group):
        yield f"```\n{_usage(command, path)}\n```\n"
        options = [p for p in command.params if isinstance(p, click.Option)]
        yield "| option | meaning |\n|---|---|"
        yield from (f"| {_names(option)} | {_meaning(option)} |" for option in options)
        yield ""
    lines = example.partition("\n")[2]
    yield f"Example:\n\n```\n{inspect.cleandoc(lines)}\n```\n"


def _usage(command: click.Command, path: str) -> str:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    return " ".join([path, "[OPTIONS]", *(_argument(a) for a in arguments)])


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    shown = name if argument.required else f"[{name}]"
    return f"{shown}..." if argument.nargs == -1 else shown


def _names(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    return names if option.is_flag else f"{names} {_value(option)}"


def _value(option: click.Option) -> str:
    kind = option.type
    if isinstance(kind, click.Choice):
        return " / ".join(f"`{choice}`" for choice in kind.choices)
    if isinstance(kind, click.IntRange):
        return f"{kind.min} to {kind.max}" if kind.max is not None else f"{kind.min} or more"
    return option.metavar or ("PATH" if isinstance(kind, click.Path) else "TEXT")


def _meaning(option: click.Option) -> str:
    text = (option.help or "").replace("|", "\\|")
    return f"{text} Default: {option.default}." if option.show_default else text


def main() -> int:
    """Write, or compare."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text("utf-8") == page():
            return 0
        print("docs/cli.md is not what the commands say; run: python scripts/write_cli_docs.py", file=sys.stderr)
        return 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
