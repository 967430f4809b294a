"""Several searches in one picture, one after the other: what one of them does wrong costs its own findings only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from overpaint.detectors._file_view import FileSearch, FileView
from overpaint.detectors._fusion import Calibration, fuse
from overpaint.detectors._profiles import Asked
from overpaint.detectors._protocol import Detector, Fault, Image, Look, Seen
from overpaint.detectors._view import Search, View

__all__ = ["Looker", "Together", "Warden"]

_NUDITY = "nudity"
_NEEDED = frozenset({"faces", _NUDITY})
"""Searches without which a picture does not count as looked at; the lane rests on the one for nudity."""


@dataclass(frozen=True)
class Together:
    """Detectors whose detections of one kind that lie on one another are of one subject; see `fuse`.

    Subjects are reported from ``floor``; ``min_confidence`` is what the default policy accepts from. ``kept`` makes of
    a text what is kept of it; None keeps it as it is.
    """

    asked: tuple[Asked, ...]
    floor: float
    min_confidence: float
    name: str = "faces"
    kept: Callable[[str], str] | None = None

    @property
    def detectors(self) -> tuple[Detector, ...]:
        return tuple(detector for detector, _ in self.asked)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({kind for detector, _ in self.asked for kind in detector.kinds}))

    @property
    def long_side(self) -> int:
        return longest(detector.long_side for detector in self.detectors)

    def look(self, view: View, so_far: Sequence[Seen]) -> Sequence[Seen]:  # noqa: ARG002 - does not matter here
        """Ask every detector."""
        answers = [(detector, view.ask(detector)) for detector, _ in self.asked]
        calibrations: list[Calibration | None] = [calibration for _, calibration in self.asked]
        seen = fuse(answers, calibrations=calibrations, floor=self.floor)
        return seen if self.kept is None else tuple(_without_text(one, self.kept) for one in seen)


def _without_text(seen: Seen, kept: Callable[[str], str]) -> Seen:
    text = seen.detection.text
    return seen if text is None else replace(seen, detection=replace(seen.detection, text=kept(text)))


class Warden(Protocol):
    """Says whether a picture belongs into the no-view lane, from what was seen in it."""

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """Who may be asked."""
        ...

    def judge(self, view: View, seen: Sequence[Seen]) -> str | None:
        """The reason code, or None."""
        ...


class Looker:
    """Searches that look at an image one after the other. Not to be shared between threads.

    Attributes
    ----------
    searches
        In the order they are made.
    file_searches
        Those that read a file's bytes, not its pixels.
    detectors
        Everyone who may be asked about a picture, each once.
    long_side
        The longest side in pixels that any of them can use; 0 means the full size.
    floor, min_confidence
        Of the search for faces: reported from, and accepted by the default policy from; 0 where there is none.
    lane
        Who says which pictures belong into the no-view lane, or None.
    known
        Asked of each picture before anybody looks at it; a reason code puts it into the lane. None: nothing is known.
    """

    def __init__(
        self, searches: Sequence[Search], *, files: Sequence[FileSearch] = (), lane: Warden | None = None
    ) -> None:
        self.searches = tuple(searches)
        self.file_searches = tuple(files)
        self.lane = lane
        self.known: Callable[[Image], str | None] | None = None
        guards = () if lane is None else lane.detectors
        asked = [*(d for search in searches for d in search.detectors), *guards]
        self.detectors: tuple[Detector, ...] = tuple({detector.name: detector for detector in asked}.values())
        self.long_side = longest([*(search.long_side for search in searches), *(guard.long_side for guard in guards)])
        faces = next((search for search in searches if "face" in search.kinds), None)
        self.floor: float = getattr(faces, "floor", 0.0)
        self.min_confidence: float = getattr(faces, "min_confidence", 0.0)

    @classmethod
    def asking(cls, asked: Sequence[Asked], *, floor: float, min_confidence: float) -> Looker:
        """One search by detectors that answer together."""
        return cls([Together(tuple(asked), floor, min_confidence)])

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind that may be reported, sorted."""
        pictures = {kind for search in self.searches for kind in search.kinds}
        return tuple(sorted(pictures.union(*(search.kinds for search in self.file_searches))))

    def look(self, image: Image, *, label: str | None = None) -> Look:
        """Look at an upright RGB picture (H x W x 3, uint8); it is not changed.

        ``label`` is the class of the sample, where it is known.

        Raises
        ------
        ValueError
            If the image is not of that form. What a detector or a search raises is recorded in the result instead.
        """
        view = View(image, label=label)
        reason = None if self.known is None else self.known(view.image)
        if reason is not None:
            return Look((), (), {}, reason)
        seen: list[Seen] = []
        failed: list[str] = []
        for search in self.searches:
            first = max((one.subject + 1 for one in seen), default=0)
            made = _made(search, view, seen)
            if made is None or _nobody_answered(search, view) or _half_a_word(search, view):
                failed.append(search.name)
            seen += [replace(one, subject=first + one.subject) for one in made or ()]
            # again after each: what the lane takes is shown to nobody else, and what is seen later can be a reason too
            reason = None if self.lane is None else self.lane.judge(view, seen)
            if reason is not None:
                return Look((), (), view.costs, reason)
        blind = bool(failed) and (len(failed) == len(self.searches) or not _NEEDED.isdisjoint(failed))
        return Look(tuple(seen), tuple(view.faults), view.costs, blind=blind)

    def guard(self, image: Image) -> str | None:
        """The reason why a picture belongs into the lane, as far as the lane's own looks tell; nobody else is asked.

        For files of many pictures: all of them go by here before another package's detector is shown the first.
        """
        view = View(image)
        reason = None if self.known is None else self.known(view.image)
        if reason is not None or self.lane is None:
            return reason
        seen = [one for search in self.searches if search.name == _NUDITY for one in _made(search, view, ()) or ()]
        return self.lane.judge(view, seen)

    def read(self, file: FileView) -> Look:
        """Read an unopened file, its name and what is written beside it; boxes are in stored pixels.

        What a search raises is recorded in the result.
        """
        seen: list[Seen] = []
        costs: dict[str, float] = {}
        for search in self.file_searches:
            began = time.perf_counter()
            first = max((one.subject + 1 for one in seen), default=0)
            try:
                seen += [replace(one, subject=first + one.subject) for one in search.read(file)]
            except Exception as error:  # noqa: BLE001 - a fault in one search must not cost what the others see
                file.faults.append(Fault(search.name, f"raised {type(error).__name__}"))
            costs[search.name] = time.perf_counter() - began
        return Look(tuple(seen), tuple(file.faults), costs)


def _made(search: Search, view: View, so_far: Sequence[Seen]) -> Sequence[Seen] | None:
    """What a search sees; None where it raised."""
    try:
        return search.look(view, tuple(so_far))
    except Exception as error:  # noqa: BLE001 - a fault in one search must not cost what the others see
        view.faults.append(Fault(search.name, f"raised {type(error).__name__}: {error}"[:300]))
        return None


def _nobody_answered(search: Search, view: View) -> bool:
    """Whether everyone whom a search asks, and who was asked, had nothing to say that could be used."""
    asked = view.costs.keys() & {detector.name for detector in search.detectors}
    return bool(asked) and asked <= view.silent


def _half_a_word(search: Search, view: View) -> bool:
    """Whether one of those who look for nudity said nothing: what it would have said might be the lane's reason."""
    return search.name == _NUDITY and not view.silent.isdisjoint(detector.name for detector in search.detectors)


def longest(sides: Iterable[int]) -> int:
    """The largest wish; 0, the full size, is larger than any."""
    wishes = list(sides)
    return 0 if 0 in wishes else max(wishes, default=0)
