"""Other people's detectors: each in a process of its own, so that what it does wrong costs its own findings only."""

from __future__ import annotations

from overpaint.detectors._plugins._answer import Answer, DetectorFault
from overpaint.detectors._plugins._isolated import Isolated
from overpaint.detectors._plugins._limits import Limits
from overpaint.detectors._plugins._order import KIND, NAME, Order

__all__ = ["KIND", "NAME", "Answer", "DetectorFault", "Isolated", "Limits", "Order"]
