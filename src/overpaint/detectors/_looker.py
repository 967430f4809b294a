"""Ask several detectors about one image; what one of them does wrong costs its own findings only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overpaint.detectors._fusion import Calibration, fuse
from overpaint.detectors._named import named
from overpaint.detectors._profiles import PROFILES, Asked
from overpaint.detectors._protocol import Detection, Detector, Fault, Image, Look, sound
from overpaint.errors import UsageError

__all__ = ["Looker", "open_looker"]

_PLUGIN_FLOOR, _PLUGIN_MIN_CONFIDENCE = 0.3, 0.6  # YuNet's; without a calibration nothing better is known


class Looker:
    """Detectors that look at an image together. Not to be shared between threads.

    Attributes
    ----------
    detectors
        In the order they are asked.
    long_side
        The longest side in pixels that any of them can use; 0 means the full size.
    floor, min_confidence
        Subjects are reported from ``floor``; ``min_confidence`` is what the default policy accepts from.
    """

    def __init__(self, asked: Sequence[Asked], *, floor: float, min_confidence: float) -> None:
        self.detectors: tuple[Detector, ...] = tuple(detector for detector, _ in asked)
        self._calibrations: tuple[Calibration | None, ...] = tuple(calibration for _, calibration in asked)
        self.floor = floor
        self.min_confidence = min_confidence
        sides = [detector.long_side for detector in self.detectors]
        self.long_side = 0 if 0 in sides else max(sides)

    def look(self, image: Image) -> Look:
        """Ask every detector about an upright RGB picture (H x W x 3, uint8); it is not changed.

        Raises
        ------
        ValueError
            If the image is not of that form. What a detector raises is recorded in the result instead.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"an image must be H x W x 3 of uint8, not {image.dtype} of shape {image.shape}")
        picture = image.view()
        picture.flags.writeable = False
        faults: list[Fault] = []
        answers = [(detector, _ask(detector, picture, faults)) for detector in self.detectors]
        return Look(fuse(answers, calibrations=self._calibrations, floor=self.floor), tuple(faults))


def _ask(detector: Detector, image: Image, faults: list[Fault]) -> list[Detection]:
    try:
        answer: object = detector.detect(image)
        kept, wrong = sound(answer, kinds=detector.kinds, width=image.shape[1], height=image.shape[0])
    except Exception as error:  # noqa: BLE001 - whatever another package's code raises
        faults.append(Fault(detector.name, f"raised {type(error).__name__}: {error}"[:300]))
        return []
    faults += [Fault(detector.name, sentence) for sentence in wrong]
    return kept


def open_looker(profile_or_names: str, *, threads: int = 1) -> Looker:
    """Open a profile (``"balanced"``) or detectors by name (``"yunet,mine"``).

    Detectors chosen by name have no calibration: their scores are taken for confidences.

    Raises
    ------
    UsageError
        If a name is unknown, comes twice, or its detector cannot be opened.
    ModelError
        If a model is missing; the message names the command that brings it.
    """
    profile = PROFILES.get(profile_or_names)
    if profile is not None:
        return Looker(profile.open(threads), floor=profile.floor, min_confidence=profile.min_confidence)
    names = [name.strip() for name in profile_or_names.split(",")]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"detector {twice[0]!r} is named twice in {profile_or_names!r}; name it once")
    asked = [(named(name, threads=threads), None) for name in names]
    return Looker(asked, floor=_PLUGIN_FLOOR, min_confidence=_PLUGIN_MIN_CONFIDENCE)
