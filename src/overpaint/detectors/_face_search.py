"""The search for faces: the detectors of a profile together, and what the class of a picture changes about it."""

from __future__ import annotations

from collections.abc import Sequence

from overpaint.detectors._agreement import agree, agreed
from overpaint.detectors._confirm import Confirmer, open_confirmer
from overpaint.detectors._domains import PLAIN, Domains, shipped
from overpaint.detectors._fusion import Join
from overpaint.detectors._profiles import PROFILES, Asked, small_faces
from overpaint.detectors._protocol import Detector, Seen
from overpaint.detectors._view import LookOptions, View
from overpaint.errors import UsageError

__all__ = ["WITH_DOMAINS", "FaceSearch", "open_faces"]

WITH_DOMAINS = "+domains"
"""Written after a profile's name: what `fused` does by itself, heeding the class of a picture."""


class FaceSearch:
    """Asks the detectors of a profile, joins what they say, and confirms it where the picture's class asks for that.

    Not to be shared between threads.

    Parameters
    ----------
    asked
        The detectors of every picture.
    join
        What makes subjects of their answers.
    floor, min_confidence
        Subjects are reported from the one; the default policy accepts from the other.
    domains
        What classes change; none do where it is None.
    small
        Who is asked too where a class has many small faces.
    confirmer
        Who says whether a face in a class without people is one; ``doubts`` tells whether there is somebody.
    """

    name = "faces"

    def __init__(
        self,
        asked: Sequence[Asked],
        *,
        join: Join,
        floor: float,
        min_confidence: float,
        domains: Domains | None = None,
        small: Asked | None = None,
        confirmer: Confirmer | None = None,
    ) -> None:
        self.floor = floor
        self.min_confidence = min_confidence
        self._asked, self._join = tuple(asked), join
        self._domains, self._small, self._confirmer = domains, small, confirmer
        self.doubts = confirmer is not None
        everyone = [*self._asked, *([small] if small else [])]
        confirming = confirmer.detectors if confirmer else ()
        voices = (agreed([calibration for _, calibration in asked]),) if join is agree else ()
        told = (*(detector for detector, _ in everyone), *confirming, *voices)
        self.detectors: tuple[Detector, ...] = tuple({detector.name: detector for detector in told}.values())
        self.kinds = tuple(sorted({kind for detector, _ in everyone for kind in detector.kinds}))
        sides = [detector.long_side for detector in self.detectors]
        self.long_side = 0 if 0 in sides else max(sides)

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:  # noqa: ARG002 - does not matter here
        """Faces by falling confidence."""
        domain = self._domains.of(view.label) if self._domains else PLAIN
        asked = [*self._asked, *([self._small] if self._small and domain.small_faces else [])]
        seen = self._join(
            [(detector, view.ask(detector)) for detector, _ in asked],
            calibrations=[calibration for _, calibration in asked],
            floor=min(self.floor, domain.floor),
        )
        if self._confirmer and domain.confirm:
            return self._confirmer.confirmed(view, seen, floor=self.floor, accepted=self.min_confidence)
        return seen


def open_faces(options: LookOptions) -> FaceSearch:
    """Open the search for faces in the way that ``options.profile`` names.

    Raises
    ------
    UsageError
        If there is no such profile.
    ModelError
        If a model is missing; the message names the command that brings it.
    """
    name, heeding, rest = options.profile.partition(WITH_DOMAINS)
    profile = PROFILES.get(name)
    if profile is None or rest:
        raise UsageError(
            f"there is no profile {options.profile!r}; choose one of {', '.join(PROFILES)}, or NAME{WITH_DOMAINS}"
        )
    asked, threads = profile.open(options.threads), options.threads
    if not (profile.domains or heeding):
        return FaceSearch(asked, join=profile.join, floor=profile.floor, min_confidence=profile.min_confidence)
    # without calibrations, two low scores of the same network would pass for one high one
    votes = all(calibration for _, calibration in asked)
    return FaceSearch(
        asked,
        join=profile.join,
        floor=profile.floor,
        min_confidence=profile.min_confidence,
        domains=shipped(),
        small=small_faces(threads=threads) if votes else None,
        confirmer=open_confirmer(asked, threads=threads),
    )
