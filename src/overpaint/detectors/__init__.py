"""The lookers: what is in a picture, and where.

>>> from overpaint.detectors import PROFILES
>>> PROFILES["balanced"].min_confidence
0.6
"""

from __future__ import annotations

from overpaint.detectors._ages import FaceFinder
from overpaint.detectors._described import described
from overpaint.detectors._described_scores import DescribedClassifier, open_classifier
from overpaint.detectors._file_view import FileSearch, FileView, Told
from overpaint.detectors._fusion import alone, fuse
from overpaint.detectors._looker import Looker, Together, Warden
from overpaint.detectors._named import available
from overpaint.detectors._onnx import open_session
from overpaint.detectors._profiles import PROFILES, Profile, centerface, yunet
from overpaint.detectors._protocol import Detection, Detector, Fault, Image, Look, Seen
from overpaint.detectors._searches import SEARCHES, SearchKind, open_looker, search_names
from overpaint.detectors._view import LookOptions, Search, View

__all__ = [
    "PROFILES",
    "SEARCHES",
    "DescribedClassifier",
    "Detection",
    "Detector",
    "FaceFinder",
    "Fault",
    "FileSearch",
    "FileView",
    "Image",
    "Look",
    "LookOptions",
    "Looker",
    "Profile",
    "Search",
    "SearchKind",
    "Seen",
    "Together",
    "Told",
    "View",
    "Warden",
    "alone",
    "available",
    "centerface",
    "described",
    "fuse",
    "open_classifier",
    "open_looker",
    "open_session",
    "search_names",
    "yunet",
]
