"""``doctor``: is everything here that the work needs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from typing import Any

from overpaint import models
from overpaint._version import __version__
from overpaint.errors import OverpaintError

__all__ = ["Diagnosis", "Finding", "doctor"]

_LIBRARIES = ("numpy", "pyarrow", "opencv-python-headless", "onnxruntime", "pillow", "duckdb")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``remedy`` is empty where nothing needs doing."""

    name: str
    ok: bool
    value: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that `doctor` looked at."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"ok": self.ok, "findings": [asdict(finding) for finding in self.findings]}

    def lines(self) -> list[str]:
        """One line a finding, for a terminal."""
        return [
            f"{'ok  ' if f.ok else 'FAIL'} {f.name}: {f.value}" + (f"; {f.remedy}" if f.remedy else "")
            for f in self.findings
        ]


def doctor() -> Diagnosis:
    """Look at the machine, the libraries, the extension and the models; touches no network and no dataset."""
    found = [
        Finding("overpaint", ok=True, value=__version__),
        Finding("python", ok=sys.version_info >= (3, 11), value=platform.python_version()),
        Finding("machine", ok=True, value=f"{platform.system()} {platform.machine()}, {_cores()} cores, {_memory()}"),
        _extension(),
    ]
    found += [_library(name) for name in _LIBRARIES]
    for status in models.status():
        ready, model = status.state == "ready", models.entry(status.name)
        # what the default profiles need; the others are brought when somebody wants what they find
        needed = model.default and model.task == "face-detection"
        spare = status.state == "missing" and not needed
        found.append(Finding(f"model {status.name}", ready or spare, status.state, "" if ready else model.remedy))
    pip = importlib.util.find_spec("pip") is not None
    found.append(
        Finding(
            "pip",
            pip,
            "here" if pip else "missing",
            "" if pip else "needed only by `overpaint models get` without --wheels",
        )
    )
    free = shutil.disk_usage(".").free >> 30
    found.append(
        Finding("disk", ok=free >= 1, value=f"{free} GiB free here", remedy="" if free >= 1 else "free some space")
    )
    return Diagnosis(tuple(found))


def _extension() -> Finding:
    try:
        from overpaint import painting

        painting.paint(_ONE_PIXEL, [])
    except (ImportError, OverpaintError) as error:
        return Finding(
            "C extension",
            ok=False,
            value=str(error),
            remedy="install overpaint again with a C compiler and libjpeg's headers",
        )
    return Finding("C extension", ok=True, value="loads and edits")


def _library(name: str) -> Finding:
    try:
        return Finding(name, ok=True, value=importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, ok=False, value="missing", remedy=f"pip install {name}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError, AttributeError):
        return "memory unknown"


# a grey PNG of one pixel
_ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
