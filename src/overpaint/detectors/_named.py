"""Detectors by name: built-in ones, and those that other packages declare."""

from __future__ import annotations

import importlib.metadata

from overpaint.detectors._described import described, is_description
from overpaint.detectors._plugins import Isolated, Order
from overpaint.detectors._profiles import BUILT_IN, PROFILES
from overpaint.detectors._protocol import Detector
from overpaint.errors import UsageError

__all__ = ["GROUP", "available", "named"]

GROUP = "overpaint.detectors"


def available() -> tuple[str, ...]:
    """The names of all detectors that can be opened here, built in or declared by installed packages."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in importlib.metadata.entry_points(group=GROUP))}))


def named(name: str, *, threads: int) -> Detector:
    """Open one detector: a built-in one, another package's by its entry point in ``overpaint.detectors``, or one that
    a TOML file describes, by its path.

    What is not built in runs in a process of its own.

    Raises
    ------
    UsageError
        If there is none or more than one of that name, or it cannot be opened or is no detector.
    ModelError
        If its model is missing.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](threads=threads)
    if is_description(name):
        return described(name, threads=threads)
    found = importlib.metadata.entry_points(group=GROUP)
    points = {(p.dist.name if p.dist else "", p.value): p for p in found if p.name == name}
    if not points:
        raise UsageError(
            f"there is no profile or detector {name!r}; choose a profile ({', '.join(PROFILES)}) "
            f"or detectors ({', '.join(available())})"
        )
    if len(points) > 1:
        owners = ", ".join(sorted(owner for owner, _ in points))
        raise UsageError(f"detector {name!r} is declared by several packages ({owners}); uninstall all but one")
    ((owner, value), point) = points.popitem()
    whose = f"package {owner} ({value})" if owner else value
    return Isolated(Order(name, f"{point.module}:{point.attr}", threads=threads, owner=whose))
