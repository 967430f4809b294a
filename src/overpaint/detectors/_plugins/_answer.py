"""What comes back from a detector in another process, besides its detections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from overpaint.detectors._protocol import Detection

__all__ = ["Answer", "DetectorFault"]


class DetectorFault(Exception):
    """A detector gave no answer. The message is one sentence without its subject: ``"took longer than 60 s"``."""


class Answer(list[Detection]):
    """Detections of one picture, and one sentence for each thing that could not be used of the answer.

    Attributes
    ----------
    faults
        As `overpaint.detectors._protocol.sound` words them.
    """

    def __init__(self, detections: Iterable[Detection], faults: Sequence[str] = ()) -> None:
        super().__init__(detections)
        self.faults = tuple(faults)
