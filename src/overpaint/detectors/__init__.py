"""The lookers: what is in a picture, and where.

>>> from overpaint.detectors import PROFILES
>>> PROFILES["balanced"].min_confidence
0.6
"""

from __future__ import annotations

from overpaint.detectors._looker import Looker, open_looker
from overpaint.detectors._named import available
from overpaint.detectors._onnx import open_session
from overpaint.detectors._profiles import PROFILES, Profile, centerface, yunet
from overpaint.detectors._protocol import Detection, Detector, Fault, Image, Look, Seen

__all__ = [
    "PROFILES",
    "Detection",
    "Detector",
    "Fault",
    "Image",
    "Look",
    "Looker",
    "Profile",
    "Seen",
    "available",
    "centerface",
    "open_looker",
    "open_session",
    "yunet",
]
