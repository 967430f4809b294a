"""Write the public half of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from overpaint.reports._facts import Summary
from overpaint.reports._page import page
from overpaint.reports._summarise import summarise
from overpaint.rundir import Run, disk_errors, write_bytes

__all__ = ["Written", "write"]


@dataclass(frozen=True, slots=True)
class Written:
    """The two files of the public half, and what they say."""

    summary: Path
    report: Path
    numbers: Summary


def write(run: Run) -> Written:
    """Count a run and write ``public/summary.json`` and ``public/report.html``.

    The same run gives the same bytes. Both hold aggregates only.

    Raises
    ------
    RunError
        A file of the run is missing or damaged.
    EngineError
        The disk is full, or cannot be written to.
    """
    numbers = summarise(run)
    written = Written(run.public / "summary.json", run.public / "report.html", numbers)
    text = json.dumps(numbers.to_dict(), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    with disk_errors(run.public):
        run.public.mkdir(exist_ok=True)
    write_bytes(written.summary, text.encode())
    write_bytes(written.report, page(numbers).encode())
    return written
