"""The contract's geometry, from the decided boxes alone: faces, cores, footprints, groups.

Written from docs/reference/contract.md and from nothing else, so that a misreading there or here shows as a
disagreement between the two rooms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from overpaint.records import Box

__all__ = ["Area", "Rect", "areas", "overlap"]

Rect = tuple[int, int, int, int]
"""``x0, y0, x1, y1`` in whole pixels of the stored frame, half-open."""

_SIDES, _ABOVE = 15, 30
# Index into (x0, y0, x1, y1) of the stored side that is above when the picture is seen upright.
_ABOVE_SIDE = {1: 1, 2: 1, 3: 3, 4: 3, 5: 0, 6: 0, 7: 2, 8: 2}


@dataclass(frozen=True, slots=True)
class Area:
    """One face's core and footprint, and its group's grid: cells of ``cell`` pixels from ``origin`` on."""

    face: Rect
    core: Rect
    footprint: Rect
    cell: Fraction
    origin: tuple[int, int]


def overlap(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share at least one pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def areas(faces: Sequence[Box], *, width: int, height: int, orientation: int, cells: int) -> tuple[Area, ...]:
    """Cores, footprints and grids of faces given in the stored frame, in their order; empty faces are left out.

    Parameters
    ----------
    faces
        Decided boxes in pixels of the stored frame; they may reach beyond it.
    width, height
        The stored frame in pixels.
    orientation
        The file's EXIF orientation, 1 to 8; anything else counts as 1.
    cells
        N, the most cells across the shorter side of a face.
    """
    whole = [_face(box, width, height) for box in faces]
    kept = [face for face in whole if face[0] < face[2] and face[1] < face[3]]
    cores = [_core(face, width, height, _ABOVE_SIDE.get(orientation, 1)) for face in kept]
    group = _groups(cores)
    found = []
    for face, core, mine in zip(kept, cores, group, strict=True):
        members = [i for i, other in enumerate(group) if other == mine]
        longest = max(_shorter(kept[i]) for i in members)
        found.append(
            Area(
                face=face,
                core=core,
                footprint=_grown(core, [min(48, max(2, -(-12 * _shorter(face) // 100)))] * 4, width, height),
                cell=Fraction(max(4 * cells, longest), cells),
                origin=(min(cores[i][0] for i in members), min(cores[i][1] for i in members)),
            )
        )
    return tuple(found)


def _shorter(face: Rect) -> int:
    return min(face[2] - face[0], face[3] - face[1])


def _face(box: Box, width: int, height: int) -> Rect:
    return (
        min(max(math.floor(box.x0), 0), width),
        min(max(math.floor(box.y0), 0), height),
        min(max(math.ceil(box.x1), 0), width),
        min(max(math.ceil(box.y1), 0), height),
    )


def _core(face: Rect, width: int, height: int, above: int) -> Rect:
    # A stored side's growth is a share of the face's extent along the same stored axis, whichever way is up.
    extent = (face[2] - face[0], face[3] - face[1])
    grow = [-(-(_ABOVE if side == above else _SIDES) * extent[side % 2] // 100) for side in range(4)]
    return _grown(face, grow, width, height)


def _grown(rect: Rect, by: Sequence[int], width: int, height: int) -> Rect:
    return (
        max(0, rect[0] - by[0]),
        max(0, rect[1] - by[1]),
        min(width, rect[2] + by[2]),
        min(height, rect[3] + by[3]),
    )


def _groups(cores: Sequence[Rect]) -> list[int]:
    """For each core the number of its group: overlapping cores share one, transitively."""
    group = list(range(len(cores)))
    for i, a in enumerate(cores):
        for j in range(i):
            if group[i] != group[j] and overlap(a, cores[j]):
                old, new = group[i], group[j]
                group = [new if g == old else g for g in group]
    return group
