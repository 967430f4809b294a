"""overpaint: find, review and paint over what should not be in an image dataset.

The verbs are the commands: `scan`, `decide`, `act`, `scrub`, `verify`, `report`, `lane`, `objects`, `duplicates`,
`boxes`, `demo`, `doctor`; `paint` for one image in memory; and those of the rooms `labels` and `measures`.
"Found nothing" means that these detectors found nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from overpaint._version import __version__
from overpaint.errors import OverpaintError
from overpaint.records import Box, Decision, Finding, Outcome, Sample, Treatment

if TYPE_CHECKING:
    from overpaint import labels, measures
    from overpaint.jobs import act, boxes, decide, demo, doctor, duplicates, lane, objects, report, scan, scrub, verify
    from overpaint.painting import paint

__all__ = [
    "Box",
    "Decision",
    "Finding",
    "Outcome",
    "OverpaintError",
    "Sample",
    "Treatment",
    "__version__",
    "act",
    "boxes",
    "decide",
    "demo",
    "doctor",
    "duplicates",
    "labels",
    "lane",
    "measures",
    "objects",
    "paint",
    "report",
    "scan",
    "scrub",
    "verify",
]

_LATE = dict.fromkeys(
    ("act", "boxes", "decide", "demo", "doctor", "duplicates", "lane", "objects", "report", "scan", "scrub", "verify"),
    "overpaint.jobs",
)
_LATE["paint"] = "overpaint.painting"


def __getattr__(name: str) -> Any:
    # onnxruntime, Arrow and DuckDB take most of a second to load; `import overpaint` should not
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    if name in {"labels", "measures"}:
        return import_module(f"overpaint.{name}")
    raise AttributeError(f"module 'overpaint' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
