"""True faces as text: WIDER FACE's boxes with their attributes, FDDB's ellipses."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from overpaint.errors import BoxesError
from overpaint.formats import LabelledObject
from overpaint.records import Box

__all__ = ["WIDER_WORDS", "around", "read_fddb", "read_wider_truth", "says_ellipses"]

_LONGEST = 65_536
_MOST_IN_ONE = 100_000
_MOST = 2_000_000
_MOST_PIXELS = 1e7

WIDER_WORDS = (
    ("blur", ("clear", "normal", "heavy")),
    ("expression", ("typical", "exaggerate")),
    ("illumination", ("normal", "extreme")),
    ("invalid", ("no", "yes")),
    ("occlusion", ("none", "partial", "heavy")),
    ("pose", ("typical", "atypical")),
)
"""What follows x, y, width and height in a line, and what its numbers mean (WIDER FACE's readme.txt)."""


class _Lines:
    """A text's lines with their numbers, bounded; what is wrong is said with both."""

    def __init__(self, path: Path) -> None:
        self._path, self.number, self.boxes = path, 0, 0

    def read(self) -> Iterator[str]:
        # "\n" alone ends a line: a name may hold any other odd character
        with self._path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
            while line := file.readline(_LONGEST):
                self.number += 1
                if len(line) == _LONGEST:
                    raise self.error("too long a line")
                yield line.rstrip("\r\n")

    def error(self, what: str) -> BoxesError:
        return BoxesError(f"--truth {os.fspath(self._path)!a}: line {self.number}: {what}")

    def name(self, line: str) -> str:
        """A file name, relative to the images."""
        name = line.strip()
        while name.startswith("./"):
            name = name[2:]
        if any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
            raise self.error("a file name relative to IMAGES is expected")
        return name

    def count(self, line: str | None) -> int:
        """How many boxes follow."""
        text = (line or "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text) <= _MOST_IN_ONE):
            raise self.error(f"the number of boxes is expected (is this WIDER's or FDDB's text?), not {text[:40]!a}")
        self.boxes += int(text)
        if self.boxes > _MOST:
            raise self.error(f"more than {_MOST:,} boxes; split the file")
        return int(text)

    def numbers(self, line: str | None, *, least: int) -> list[float]:
        """The numbers of one box."""
        try:
            found = [float(field) for field in (line or "").split()]
        except ValueError:
            found = []
        if len(found) < least or not all(math.isfinite(v) and abs(v) <= _MOST_PIXELS for v in found):
            raise self.error(f"{least} numbers are expected" if line is not None else "the file ends too early")
        return found


def read_wider_truth(path: Path) -> dict[str, list[LabelledObject]]:
    """WIDER FACE's annotations: a file name, a count, and so many lines (Yang et al., CVPR 2016).

    Boxes that are marked invalid, or have no area, are ignored ones. A count of 0 may have a line of noughts after it.

    Raises
    ------
    BoxesError
        Names the line.
    """
    lines = _Lines(path)
    rest = lines.read()
    found: dict[str, list[LabelledObject]] = {}
    held: str | None = None
    while True:
        line = held if held is not None else next(rest, None)
        held = None
        if line is None:
            return found
        if not line.strip():
            continue
        mine = found.setdefault(lines.name(line), [])
        count = lines.count(next(rest, None))
        mine += [_wider_box(lines, next(rest, None)) for _ in range(count)]
        if not count:
            after = next(rest, None)
            fields = (after or "").split()
            held = None if len(fields) >= 4 and set(fields) == {"0"} else after


def _wider_box(lines: _Lines, line: str | None) -> LabelledObject:
    x, y, width, height, *about = lines.numbers(line, least=4)
    told = []
    for (name, words), value in zip(WIDER_WORDS, about, strict=False):
        if value not in range(len(words)):
            raise lines.error(f"{name} is {value:g}; it must be 0 to {len(words) - 1}")
        told.append((name, words[int(value)]))
    nothing = width <= 0 or height <= 0
    ignored = nothing or ("invalid", "yes") in told
    words_left = tuple(each for each in told if each[0] != "invalid")
    return LabelledObject("face", Box(x, y, x + max(width, 0), y + max(height, 0)), ignored=ignored, told=words_left)


def says_ellipses(path: Path) -> bool:
    """Whether the first box of a text is one of FDDB's: six numbers, the last of them 1, the first with a fraction."""
    lines = _Lines(path).read()
    for line in lines:
        if line.strip().isdecimal() and int(line.strip()[:7]) > 0:
            fields = (next(lines, "") or "").split()
            return len(fields) == 6 and "." in fields[0] and fields[5] == "1"
    return False


def read_fddb(paths: Sequence[Path]) -> dict[str, list[LabelledObject]]:
    """FDDB's ellipse lists: a name without extension, a count, and lines of two radii, angle, centre, 1.

    Jain & Learned-Miller, "FDDB: A Benchmark for Face Detection in Unconstrained Settings", UM-CS-2010-009. The box of
    an ellipse is the smallest upright one around it (`around`).

    Raises
    ------
    BoxesError
        Names the line.
    """
    found: dict[str, list[LabelledObject]] = {}
    for path in paths:
        lines = _Lines(path)
        rest = lines.read()
        for line in rest:
            if not line.strip():
                continue
            mine = found.setdefault(lines.name(line), [])
            for _ in range(lines.count(next(rest, None))):
                major, minor, angle, x, y, *_ = lines.numbers(next(rest, None), least=5)
                mine.append(LabelledObject("face", around(major, minor, angle, x, y), ignored=min(major, minor) <= 0))
    return found


def around(major: float, minor: float, angle: float, x: float, y: float) -> Box:
    """The smallest upright box around an ellipse.

    Parameters
    ----------
    major, minor
        Radii in pixels.
    angle
        Of the major axis with the horizontal, in radians; its sign does not matter here.
    x, y
        The centre.

    Notes
    -----
    A point of the ellipse is ``x + a cos t cos θ - b sin t sin θ``, which is at most the length of the vector
    ``(a cos θ, b sin θ)`` from the centre; upwards it is that of ``(a sin θ, b cos θ)``.
    """
    wide = math.hypot(major * math.cos(angle), minor * math.sin(angle))
    high = math.hypot(major * math.sin(angle), minor * math.cos(angle))
    return Box(x - wide, y - high, x + wide, y + high)
