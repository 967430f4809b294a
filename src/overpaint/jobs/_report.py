"""``report``: write a run's public half again."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from overpaint import reports
from overpaint.rundir import Run

__all__ = ["report"]


def report(run: str | PathLike[str]) -> reports.Written:
    """Write ``public/summary.json`` and ``public/report.html`` of a run; the same run gives the same bytes.

    Parameters
    ----------
    run
        A run directory, finished or not.

    Raises
    ------
    RunError
        Where there is no run, or a file of it is damaged.
    """
    return reports.write(Run.open(Path(run)))
