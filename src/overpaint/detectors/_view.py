"""One picture as the searches of a run are given it, and the seam between them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from overpaint.detectors._plugins import Answer, DetectorFault
from overpaint.detectors._protocol import Detection, Detector, Fault, Image, Seen, sound

__all__ = ["LookOptions", "Search", "View"]


@dataclass(frozen=True, slots=True)
class LookOptions:
    """What searches are opened with.

    Attributes
    ----------
    profile
        The way to look for faces.
    threads
        For one picture.
    keep_text
        Keep what was read as it is, instead of its keyed hash.
    secret
        The run's own key for those hashes; `open_looker` makes one that nobody learns where it is empty.
    lists
        Files of the user's, such as lists of domains; each search takes those it knows.
    """

    profile: str = "balanced"
    threads: int = 1
    keep_text: bool = False
    secret: bytes = field(default=b"", repr=False)
    lists: tuple[Path, ...] = ()


class View:
    """One upright RGB picture (H x W x 3, uint8) that detectors are asked about, each at most once.

    Attributes
    ----------
    image
        Read-only for whoever looks at it.
    label
        The class of the sample, such as a WordNet id, or None.
    faults
        What detectors could not do or said wrongly.
    costs
        Seconds of each detector that was asked, by name.
    silent
        Names of those that failed and said nothing that could be used.

    Raises
    ------
    ValueError
        If the image is not of that form.
    """

    def __init__(self, image: Image, *, label: str | None = None) -> None:
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"an image must be H x W x 3 of uint8, not {image.dtype} of shape {image.shape}")
        self.image: Image = image.view()
        self.image.flags.writeable = False
        self.label = label
        self.faults: list[Fault] = []
        self.costs: dict[str, float] = {}
        self.silent: set[str] = set()
        self._answers: dict[str, list[Detection]] = {}

    def ask(self, detector: Detector) -> list[Detection]:
        """What a detector says of the picture, as far as it can be used; asked again, it is not run again.

        What it raises or says wrongly becomes a fault, and costs its own findings only.
        """
        if detector.name not in self._answers:
            began, before = time.perf_counter(), len(self.faults)
            self._answers[detector.name] = self._asked(detector)
            self.costs[detector.name] = time.perf_counter() - began
            if len(self.faults) > before and not self._answers[detector.name]:
                self.silent.add(detector.name)
        return self._answers[detector.name]

    def _asked(self, detector: Detector) -> list[Detection]:
        try:
            answer: object = detector.detect(self.image)
            kept, wrong = sound(answer, kinds=detector.kinds, width=self.image.shape[1], height=self.image.shape[0])
        except DetectorFault as fault:
            self.faults.append(Fault(detector.name, str(fault)))
            return []
        except Exception as error:  # noqa: BLE001 - whatever another package's code raises
            self.faults.append(Fault(detector.name, f"raised {type(error).__name__}: {error}"[:300]))
            return []
        said = answer.faults if isinstance(answer, Answer) else ()
        self.faults += [Fault(detector.name, sentence) for sentence in (*said, *wrong)]
        return kept


@runtime_checkable
class Search(Protocol):
    """Looks for one thing, with one detector or with several that answer together.

    Attributes
    ----------
    name
        A short word, unique among the searches of a run.
    kinds
        Every kind it can report.
    detectors
        Who may be asked, for the plan.
    long_side
        The longest side in pixels it can make use of; 0 means that it wants the full size.
    """

    @property
    def name(self) -> str: ...
    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def detectors(self) -> tuple[Detector, ...]: ...
    @property
    def long_side(self) -> int: ...

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:
        """What is to be seen, by falling confidence, subjects numbered from 0.

        `so_far` is what the searches before it saw in this picture, which can spare it work.
        """
        ...
