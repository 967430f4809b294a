"""Detectors by name: built-in ones, and those that other packages declare."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from overpaint.detectors._profiles import BUILT_IN, PROFILES
from overpaint.detectors._protocol import Detector
from overpaint.errors import OverpaintError, UsageError

__all__ = ["GROUP", "available", "named"]

GROUP = "overpaint.detectors"


def available() -> tuple[str, ...]:
    """The names of all detectors that can be opened here, built in or declared by installed packages."""
    return tuple(sorted({*BUILT_IN, *(point.name for point in importlib.metadata.entry_points(group=GROUP))}))


def named(name: str, *, threads: int) -> Detector:
    """Open one detector: a built-in one, or another package's by its entry point in ``overpaint.detectors``.

    Raises
    ------
    UsageError
        If there is none or more than one of that name, or it cannot be opened or is no detector.
    ModelError
        If its model is missing.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](threads=threads)
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
    try:
        detector: Any = point.load()(threads=threads)
    except OverpaintError:
        raise
    except Exception as error:  # whatever another package's code raises
        raise UsageError(
            f"detector {name!r} of package {owner} ({value}) cannot be opened: {type(error).__name__}: {error}; "
            f"ask its makers or leave it out"
        ) from error
    return _checked(detector, name=name, owner=owner)


def _checked(detector: Any, *, name: str, owner: str) -> Detector:
    """Refuse, before a run begins, what does not keep to the protocol."""
    problems = [
        what
        for what, fine in (
            ("detect", callable(getattr(detector, "detect", None))),
            ("name", getattr(detector, "name", None) == name),
            ("version", isinstance(getattr(detector, "version", None), str)),
            ("weights", isinstance(getattr(detector, "weights", None), str)),
            ("kinds", _words(getattr(detector, "kinds", None))),
            ("long_side", _count(getattr(detector, "long_side", None))),
        )
        if not fine
    ]
    if problems:
        raise UsageError(
            f"detector {name!r} of package {owner} does not keep to the Detector protocol "
            f"(wrong or missing: {', '.join(problems)}); ask its makers or leave it out"
        )
    checked: Detector = detector
    return checked


def _words(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(isinstance(word, str) and word for word in value)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
