"""Lines of text that belong together: what stands side by side on one line, or figures one below the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from overpaint.detectors._words import Written
from overpaint.records import Box

__all__ = ["hull", "runs", "stacks"]

_ALIKE = 1.8  # heights of lines of one row differ by no more than this
_APART = 1.5  # heights: a wider gap ends a row
_OVER = 1.2  # heights that boxes may overlap: they are grown a little beyond the letters
_LONGEST = 4  # lines of a row that are taken together
_FIGURES = re.compile(r"[\d +().-]*\d[\d +().-]*")


def hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all (at least one)."""
    return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes))


def runs(lines: Sequence[Written]) -> list[tuple[int, ...]]:
    """Neighbours on one row: every sequence of two to four of them, from left to right, longer ones first.

    A recogniser is given the parts of an address apart where the background changes.
    """
    after = [_right_of(lines, i) for i in range(len(lines))]
    found = []
    for start in range(len(lines)):
        chain = [start]
        while len(chain) < _LONGEST and (right := after[chain[-1]]) is not None:
            chain.append(right)
            found.append(tuple(chain))
    return sorted(found, key=len, reverse=True)


def stacks(lines: Sequence[Written]) -> list[tuple[int, int]]:
    """Pairs of lines of nothing but figures, one below the other: how signs show long telephone numbers."""
    figures = [i for i, line in enumerate(lines) if _FIGURES.fullmatch(line.text)]
    return [(i, k) for i in figures for k in figures if i != k and _below(lines[i].box, lines[k].box)]


def _right_of(lines: Sequence[Written], i: int) -> int | None:
    box = lines[i].box
    best, least = None, _APART
    for k, other in enumerate(lines):
        high = max(box.height, other.box.height)
        if k == i or other.box.x0 <= box.x0 or high > _ALIKE * min(box.height, other.box.height):
            continue
        shared = min(box.y1, other.box.y1) - max(box.y0, other.box.y0)
        gap = (other.box.x0 - box.x1) / high
        if 2 * shared >= min(box.height, other.box.height) and -_OVER <= gap < least:
            best, least = k, gap
    return best


def _below(upper: Box, lower: Box) -> bool:
    high, low = max(upper.height, lower.height), min(upper.height, lower.height)
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    return (
        high <= 1.5 * low
        and upper.y0 < lower.y0
        and -0.5 * high <= lower.y0 - upper.y1 <= 0.7 * high
        and 2 * shared >= min(upper.width, lower.width)
    )
