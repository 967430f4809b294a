"""Pages: many short lines set in columns or rows, as on identity papers, forms and screens."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overpaint.detectors._words._data import words
from overpaint.detectors._words._plain import folded
from overpaint.records import Box

__all__ = ["Written", "pages"]

_LEAST_LINES = 5
_LEAST_LABELLED = 3
_MOST_CHARACTERS = 45
_ALIKE = 1.8  # heights of lines of one page differ by no more than this
_MRZ = re.compile(r"(?=.*<.*<.*<)[A-Z0-9<]{20,46}")
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Written:
    """A line of text: what it says (`plain`; empty where that is not known), and its upright box."""

    text: str
    box: Box


def pages(lines: Sequence[Written], faces: Sequence[Box]) -> list[Box]:
    """The boxes of what looks like a document.

    That is a group of lines that stand close, are of like height and begin or end at the same place as another of the
    group: five of them with a face inside or beside, or three that have two words of identity papers among them; or two
    lines of a machine-readable zone (ICAO Doc 9303: 30 to 44 of A-Z, 0-9 and <).
    """
    lines = sorted(lines, key=lambda line: -line.box.area)[:_MOST_LINES]
    found = []
    for group in _groups(lines):
        hull = _hull([line.box for line in group])
        aligned = _aligned(group)
        labels = {label for line in group for label in _labels().findall(_bare(line.text))}
        coded = sum(_MRZ.fullmatch(line.text.replace(" ", "").upper()) is not None for line in group)
        near = any(_near(face, hull) for face in faces)
        if (
            coded >= 2
            or (aligned >= _LEAST_LINES and near)
            or (aligned >= _LEAST_LABELLED and len(labels) >= 2 and (near or len(labels) >= 4 or coded))
        ):
            found.append(_hull([hull, *(face for face in faces if _near(face, hull))]))
    return found


def _groups(lines: Sequence[Written]) -> list[list[Written]]:
    """Lines that are connected by being close and of like height."""
    short = [line for line in lines if len(line.text) <= _MOST_CHARACTERS and line.box.area > 0]
    if not short:
        return []
    sides = np.array([(b.x0, b.y0, b.x1, b.y1) for b in (line.box for line in short)], np.float64)
    heights = sides[:, 3] - sides[:, 1]
    pair = np.maximum(heights[:, None], heights[None, :])
    alike = pair <= _ALIKE * np.minimum(heights[:, None], heights[None, :])
    across = np.maximum(sides[:, None, :2], sides[None, :, :2]) - np.minimum(sides[:, None, 2:], sides[None, :, 2:])
    close = (across[..., 0] < 3 * pair) & (across[..., 1] < 2.5 * pair) & alike
    return [[short[i] for i in part] for part in _parts(close)]


def _parts(close: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Connected parts of a graph, by its matrix."""
    left = set(range(len(close)))
    result = []
    while left:
        part, edge = [], [left.pop()]
        while edge:
            at = edge.pop()
            part.append(at)
            new = left.intersection(np.flatnonzero(close[at]).tolist())
            left -= new
            edge += new
        result.append(part)
    return result


def _aligned(group: Sequence[Written]) -> int:
    """How many lines begin or end where another line of the group does."""
    starts, ends = np.array([line.box.x0 for line in group]), np.array([line.box.x1 for line in group])
    room = 0.6 * np.array([line.box.height for line in group])
    same = (np.abs(starts[:, None] - starts) < room) | (np.abs(ends[:, None] - ends) < room)
    return int((same.sum(axis=1) > 1).sum())


def _near(face: Box, page: Box) -> bool:
    """Whether a face is on the page or beside it, and not so large that the page is a detail of the person."""
    reach = 2 * face.width
    grown = Box(page.x0 - reach, page.y0 - reach, page.x1 + reach, page.y1 + reach)
    return face.intersection(grown) >= 0.9 * face.area and face.height < 1.5 * page.height


def _hull(boxes: Sequence[Box]) -> Box:
    return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes))


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", folded(text)) if not unicodedata.combining(c))


@functools.cache
def _labels() -> re.Pattern[str]:
    longest_first = sorted(words("document", "labels"), key=lambda label: (-len(label), label))
    return re.compile("|".join(rf"(?<![a-z]){re.escape(label)}(?![a-z])" for label in longest_first))
