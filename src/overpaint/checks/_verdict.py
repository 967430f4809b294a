"""What a check says: problems in fixed words, and the numbers it measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["REASONS", "Core", "Measures", "Problem", "Verdict"]

REASONS: Final[dict[str, str]] = {
    "alpha-changed": "the opacity is another one (where it is coded with loss: by more than that explains)",
    "animation-left": "frames of an animation, which show the unpainted picture, are still in the file",
    "bytes-changed": "the outcome says identical, but the bytes are not those of the source",
    "depth-changed": "the bit depth is another one (a PNG below 8 bits may become one of 8)",
    "detail-left": "in a part of a core more of the original's detail is found than the contract allows",
    "frames-changed": "there are more or fewer frames or pages",
    "icc-changed": "the colour profile is another one, or gone",
    "location-left": "GPS tags that the metadata policy removes are still there",
    "maker-note-left": "a camera maker's note that the metadata policy removes is still there",
    "metadata-left": "some other block of metadata that the metadata policy removes is still there",
    "mode-changed": "the colour mode is another one (in a PNG: the components shown are)",
    "not-replaced": "too smooth to measure detail, and not what the contract's look would have put there",
    "orientation-changed": "the EXIF orientation is another one",
    "outside-changed": "pixels changed that no footprint and no edited block explains",
    "preview-left": "a thumbnail, second image or depth map, which shows the unpainted picture, is still in the file",
    "progressive-changed": "a progressive file became a sequential one, or the reverse",
    "rim-changed": "beside edited blocks the colour changed by more than a decoder's interpolation explains",
    "sampling-changed": "the components' sampling factors are other ones",
    "scan-changed": "only metadata was to change, but the coded picture is another one",
    "size-changed": "width or height is another one",
    "tables-changed": "a quantisation table is another one",
    "text-left": "comments, XMP, IPTC or text chunks that the metadata policy removes are still there",
    "timing-changed": "a frame is shown for another time, or the animation another number of times",
    "trailing-data": "there are bytes after the end of the image",
    "undecodable": "an independent decoder cannot read the file to its end",
    "unknown-format": "the source or the output is of no codec that is known, or they are of two",
}
"""Every reason a `Problem` can have, with what it means."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing found wrong: ``reason`` is a key of `REASONS`, ``detail`` a sentence for the private half of a run."""

    reason: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"{self.reason!r} is no reason of overpaint.checks.REASONS")


@dataclass(frozen=True, slots=True)
class Core:
    """What was measured in one core.

    Parameters
    ----------
    box
        The core in pixels of the stored frame.
    left
        Share of the detail left, of the window that exceeds its bound the most (or comes nearest to it); None
        where no window could be measured.
    error
        Its standard error; None likewise.
    measured
        Windows (of all levels and components) where detail could be measured.
    compared
        Windows that were too smooth for that and were compared with the expected replacement.
    """

    box: tuple[int, int, int, int]
    left: float | None
    error: float | None
    measured: int
    compared: int


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers behind a verdict.

    Parameters
    ----------
    cores
        One entry a core, in the order of the faces that are not empty.
    outside
        Samples outside footprints, edited blocks and rims whose value changed.
    rim
        Largest change in the rims, in levels.
    """

    cores: tuple[Core, ...] = ()
    outside: int = 0
    rim: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of `check`: ``ok`` when there is no problem."""

    problems: tuple[Problem, ...]
    measures: Measures

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems

    @property
    def reasons(self) -> tuple[str, ...]:
        """The different reasons, sorted, for counting."""
        return tuple(sorted({p.reason for p in self.problems}))
