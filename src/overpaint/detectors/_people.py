"""The search for people."""

from __future__ import annotations

from overpaint.detectors._fusion import Calibration
from overpaint.detectors._looker import Together
from overpaint.detectors._nanodet import nanodet
from overpaint.detectors._view import LookOptions

__all__ = ["open_people"]

# A score of 0.4 becomes a confidence of 0.5, from which a person is to be accepted: from there on NanoDet finds .54 of
# all people on COCO's validation pictures with a precision of .77 (a measurement made elsewhere), and somebody in each
# of the 22 ImageNet samples that show people.
_CALIBRATION = Calibration(0.41, 1.0)
_FLOOR, _MIN_CONFIDENCE = 0.3, 0.5


def open_people(options: LookOptions) -> Together:
    """The search for people: NanoDet, each person a subject of its own.

    Raises
    ------
    ModelError
        If the model is missing or damaged; the message names the command that brings it.
    """
    return Together(((nanodet(threads=options.threads), _CALIBRATION),), _FLOOR, _MIN_CONFIDENCE, name="people")
