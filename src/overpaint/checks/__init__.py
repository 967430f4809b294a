"""The independent verification of what was written: shares no code with what painted it.

Geometry, formula, thresholds, and what was measured of this check itself: docs/reference/checks.md.
"""

from __future__ import annotations

from overpaint.checks._check import check
from overpaint.checks._readable import readable
from overpaint.checks._verdict import REASONS, Core, Measures, Problem, Verdict

__all__ = ["REASONS", "Core", "Measures", "Problem", "Verdict", "check", "readable"]
