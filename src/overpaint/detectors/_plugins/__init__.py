"""Other people's detectors: each in a process of its own, so that what it does wrong costs its own findings only."""

from __future__ import annotations

from overpaint.detectors._plugins._answer import Answer, DetectorFault
from overpaint.detectors._plugins._isolated import Isolated
from overpaint.detectors._plugins._limits import Limits
from overpaint.detectors._plugins._order import Order

__all__ = ["Answer", "DetectorFault", "Isolated", "Limits", "Order"]
