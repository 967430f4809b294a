"""What goes in and out, whatever the format: one person's answer about one picture, and what could not be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from overpaint.review._words import Kind

__all__ = ["FORMATS", "Format", "Labelled", "Left", "Picture", "Pictured", "Reading", "Tally", "Written"]

Format = Literal["csv", "coco", "cvat", "label-studio", "voc"]
FORMATS: Mapping[Format, str] = {
    "csv": "stored",
    "coco": "stored",
    "cvat": "upright",
    "label-studio": "upright",
    "voc": "stored",
}
"""The formats, and the picture that the numbers we write are about: as stored, or turned as EXIF says."""

_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Labelled:
    """What one person said of one picture (or of one label, where no picture belongs to the question).

    Attributes
    ----------
    sample
        Key of the sample; empty for ``rate-label``.
    width, height, orientation
        Of the stored frame, and its EXIF orientation (1 to 8); 0, 0, 1 without a picture.
    worker
        A pseudonym: the caller sees to it that no name is given out.
    kind, thing
        What was asked, and about what.
    value
        As `overpaint.review.checked` gives it; boxes in pixels of the stored frame.
    seconds
        It took them so long; None where nobody measured.
    at
        When, in seconds since the epoch; None where it is not known.
    question
        Name of the question (`overpaint.review.Question.name`); empty for an answer to none of ours.
    page
        Of a multi-page file.
    """

    sample: str
    width: int
    height: int
    orientation: int
    worker: str
    kind: Kind
    thing: str
    value: Mapping[str, Any]
    seconds: float | None = None
    at: float | None = None
    question: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A sample as a reader must know it: its key, and width, height and EXIF orientation of the stored frame."""

    key: str
    width: int
    height: int
    orientation: int = 1


class Pictured(Protocol):
    """Anything that says of a sample what `Picture` says."""

    @property
    def key(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def orientation(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the files, the answers and questions in them, and how many were left out, by reason."""

    files: tuple[Path, ...]
    records: int
    questions: int
    skipped: Mapping[str, int]


class Left(Exception):
    """Something that is left out: a fixed word to count it by, and a sentence that says what to do, if anything."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason, self.words = reason, words


@dataclass(slots=True)
class Tally:
    """What was taken, and what was left out and why: a count by fixed words, and the first hundred lines."""

    kept: int = 0
    left: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def leave(self, left: Left, file: str, where: str) -> None:
        """Count something that is left out, and say where it stands."""
        self.left[left.reason] += 1
        if left.words and len(self.lines) < _MOST_LINES:
            self.lines.append(f"{file}: {where}: {left.words}"[:600])


class Reading(Iterator[Labelled]):
    """Answers, one after another; and, as far as it has come, what was left out.

    Attributes
    ----------
    kept : int
        Answers given out so far.
    left : Mapping[str, int]
        How many entries were left out, by a fixed word.
    lines : list of str
        One sentence for each of the first hundred of them: the file, the entry, what is wrong and the remedy.
        They name no worker; a picture's name is in them only as part of a file's.
    """

    def __init__(self, answers: Iterator[Labelled], tally: Tally) -> None:
        self._answers, self._tally = answers, tally

    def __next__(self) -> Labelled:
        answer = next(self._answers)
        self._tally.kept += 1
        return answer

    @property
    def kept(self) -> int:
        return self._tally.kept

    @property
    def left(self) -> Mapping[str, int]:
        return dict(sorted(self._tally.left.items()))

    @property
    def lines(self) -> list[str]:
        return list(self._tally.lines)
