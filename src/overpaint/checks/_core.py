"""One core of one picture: what is left in it, in all components."""

from __future__ import annotations

from overpaint.checks._decode import Picture
from overpaint.checks._detail import Level, Window, levels
from overpaint.checks._geometry import Area
from overpaint.checks._verdict import Core, Problem

__all__ = ["judged"]


def judged(before: Picture, after: Picture, area: Area, look: str) -> tuple[Core, list[Problem]]:
    """Measure one core in all components; at most one problem of each kind, the worst."""
    found: list[Level] = []
    # Only where both files have it: what was transparent and is no more shows.
    clear = None if before.clear is None or after.clear is None else before.clear & after.clear
    for one, two in zip(before.components, after.components, strict=True):
        if not one.alpha:
            found += levels(one, two, area, look, clear)
    worst = max((f.worst for f in found if f.worst), key=lambda w: w.excess, default=None)
    core = Core(
        box=area.core,
        left=worst.left if worst else None,
        error=worst.error if worst else None,
        measured=sum(f.measured for f in found),
        compared=sum(f.compared for f in found),
    )
    problems = []
    if worst and worst.excess > 0:
        problems.append(Problem("detail-left", f"core {area.core}: {_shown(worst)}"))
    farthest = max((f.farthest for f in found if f.farthest), key=lambda w: w.excess, default=None)
    if farthest and farthest.excess > 0:
        problems.append(Problem("not-replaced", f"core {area.core}: {_shown(farthest)}, {farthest.off:.1f} levels off"))
    return core, problems


def _shown(window: Window) -> str:
    return f"{window.left:.2f} ± {window.error:.2f} of {window.component} left in {window.place}"
