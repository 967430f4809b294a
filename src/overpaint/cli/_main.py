"""The group of commands, and how errors become exit codes: 0 fine, 1 could not do it, 2 checked and failed."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from importlib import import_module
from typing import Any, NoReturn

import click

from overpaint._version import __version__
from overpaint.errors import OverpaintError, OverpaintWarning

__all__ = ["main"]

_COMMANDS = (
    *("scan", "decide", "act", "scrub", "verify", "report", "lane"),
    *("review", "labels", "measure", "objects", "duplicates", "boxes", "demo", "doctor", "models"),
)


class Verbs(click.Group):
    """Commands in the order of the work, loaded when they are called: `--help` must not wait for onnxruntime."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"overpaint.cli._{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="overpaint")
def commands() -> None:
    """Find, review and paint over what should not be in an image dataset.

    \b
    The order of the work is the order of the commands:
      overpaint scrub SOURCE DEST     scan, decide, act and check in one pass
      overpaint verify DEST           check the whole output again
      overpaint report DEST.run       what was found, painted and missed

    "Found nothing" means that these detectors found nothing.
    Exit codes: 0 fine, 1 could not do it, 2 checked and failed.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminated)
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # a daemon's standard streams may be closed: what is
        pass  # opened in their place would get what belongs on them
    os.close(descriptor)
    sys.exit(_run(arguments))


def _terminated(*_: object) -> NoReturn:
    """As Ctrl-C: what is begun is put away, and it is said how to go on."""
    raise KeyboardInterrupt


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"overpaint: note: {message}", err=True)


def _run(arguments: list[str] | None) -> int:
    warnings.showwarning = _warn
    warnings.simplefilter("ignore")  # what libraries say to developers
    warnings.simplefilter("always", OverpaintWarning)
    try:
        code: Any = commands.main(args=arguments, prog_name="overpaint", standalone_mode=False)
    except click.UsageError as error:  # click would say 2, which here means "checked and failed"
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        click.echo(f"overpaint: {error.format_message()}{where}", err=True)
        return 1
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("overpaint: interrupted; run the same command again to resume", err=True)
        return 1
    except click.ClickException as error:
        click.echo(f"overpaint: {error.format_message()}", err=True)
        return 1
    except OverpaintError as error:
        click.echo(f"overpaint: {error}", err=True)
        return 1
    except BrokenPipeError:  # the reader went away, as `head` does
        sys.stdout = None
        return 1
    except OSError as error:  # a place that may not be looked at, a name that is too long
        click.echo(f"overpaint: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        return 1
    return code if isinstance(code, int) else 0
