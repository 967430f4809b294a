"""For authors of detectors: what overpaint relies on, as checks that say what to do.

>>> from overpaint.detectors import yunet
>>> from overpaint.testing import FabricatedPictures, assert_detector, check_detector
>>> assert_detector(yunet, pictures=FabricatedPictures(huge=False))
>>> def nameless(*, threads=1):
...     return object()
>>> print(check_detector(nameless)[0].sentence)
detect, name, version, weights, kinds, long_side is missing or wrong
"""

from __future__ import annotations

from overpaint.testing._detector import CHECKS, assert_detector, check_detector, installed
from overpaint.testing._pictures import FabricatedPictures
from overpaint.testing._problem import Problem
from overpaint.testing._search import SEARCH_CHECKS, assert_search, check_search

__all__ = [
    "CHECKS",
    "SEARCH_CHECKS",
    "FabricatedPictures",
    "Problem",
    "assert_detector",
    "assert_search",
    "check_detector",
    "check_search",
    "installed",
]
