"""Where the result of a measure goes: into a run, or a directory that was named; with its plots."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError
from overpaint.measures import Measured, Plot, rendered
from overpaint.rundir import Run, disk_errors, write_bytes

__all__ = ["Kept", "keep_measure", "place_of"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a result is: the public file, the private one (if it has a private half), and its plots."""

    public: Path
    private: Path | None
    plots: tuple[Path, ...]


def place_of(run: str | PathLike[str] | None, to: str | PathLike[str] | None) -> Run | Path | None:
    """The run or directory that a result shall go to; None when it is only printed.

    Raises
    ------
    UsageError
        Both were named, or the directory cannot be one: said before the long work.
    RunError
        There is no such run.
    """
    if run is not None and to is not None:
        raise UsageError("--run and --to both say where the result goes; give one of them")
    if run is not None:
        return Run.open(Path(run))
    if to is None:
        return None
    place = Path(to)
    there = next(path for path in (place, *place.absolute().parents) if os.path.exists(path))  # noqa: PTH110 - Path.exists raises where a parent cannot be read
    if not there.is_dir():
        raise UsageError(f"--to {place}: {there} is a file; name a directory, which is made where there is none")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"--to {place}: {there} cannot be written to; choose another place or change its mode")
    return place


def keep_measure(measured: Measured, place: Run | Path, plots: Mapping[str, Plot] | None = None) -> Kept:
    """Write a result, replacing the one of the same inputs and settings.

    Parameters
    ----------
    place
        A run: its public half gets the public one in ``public/measures/``, its private half the private one. A
        directory gets both, the private one with mode 0600.
    plots
        Figures of the public half by name, each written as PNG and SVG.
    """
    name = f"{measured.measure}-{measured.id}"
    public = place.public / "measures" if isinstance(place, Run) else place
    private = place.private / "measures" if isinstance(place, Run) else place
    for folder in (public, private) if measured.private else (public,):
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
    file = public / f"{name}.json"
    drawn = []
    for plot, draw in (plots or {}).items():
        for kind, data in rendered(draw).items():
            drawn.append(public / f"{name}-{plot}.{kind}")
            write_bytes(drawn[-1], data)
    hidden = None
    if measured.private:
        hidden = private / f"{name}-private.json"
        write_bytes(hidden, _json(measured.private_dict()), mode=0o600)
    write_bytes(file, _json(measured.to_dict()))  # last: where it is, its plots are
    return Kept(file, hidden, tuple(drawn))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()
