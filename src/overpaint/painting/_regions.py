"""From faces to what is painted: cores, footprints, groups and their grids (docs/reference/contract.md)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["LOOKS", "Group", "Regions", "regions"]

Rectangle = tuple[int, int, int, int]

LOOKS: Final = {"blur": 0, "mosaic": 1, "fill": 2}
"""The looks that can be painted, and their numbers in the extension."""

MOST_CELLS: Final = 64
_SIDES_PERCENT: Final = 15
_ABOVE_PERCENT: Final = 30
_FEATHER_PERCENT: Final = 12
_ABOVE: Final = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "left", 7: "right", 8: "right"}


@dataclass(frozen=True, slots=True)
class Group:
    """Cores that overlap, and what they share.

    Attributes
    ----------
    faces, cores
        Rectangles ``(x0, y0, x1, y1)`` in pixels of the stored frame, half-open; as many cores as faces.
    feathers
        For each core, how many pixels its footprint reaches further.
    side
        S of the contract: a cell is ``side / cells`` pixels long.
    origin
        Where the grid is anchored.
    """

    faces: tuple[Rectangle, ...]
    cores: tuple[Rectangle, ...]
    feathers: tuple[int, ...]
    side: int
    origin: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Regions:
    """All that is to be painted in one image of ``width`` x ``height`` pixels, with ``cells`` values across a face."""

    width: int
    height: int
    cells: int
    groups: tuple[Group, ...]

    @property
    def faces(self) -> int:
        """How many faces are painted."""
        return sum(len(group.faces) for group in self.groups)

    def packed(self) -> tuple[bytes, bytes]:
        """Groups and cores as the rows of int32 that the extension takes."""
        groups = [value for group in self.groups for value in (group.side, *group.origin)]
        cores = [
            value
            for number, group in enumerate(self.groups)
            for core, feather in zip(group.cores, group.feathers, strict=True)
            for value in (*core, feather, number)
        ]
        return struct.pack(f"={len(groups)}i", *groups), struct.pack(f"={len(cores)}i", *cores)


def regions(faces: Sequence[Box], *, width: int, height: int, orientation: int = 1, cells: int = 4) -> Regions:
    """Cores, footprints and grids of an image's faces.

    Parameters
    ----------
    faces
        Boxes in pixels of the stored frame; parts outside the image, and boxes all outside it, are left out.
    width, height
        The image's stored size in pixels.
    orientation
        The EXIF orientation, 1 to 8: it says on which stored side the forehead is.
    cells
        N of the contract: at most so many values are left across the shorter side of a face.

    Raises
    ------
    UsageError
        ``cells`` is not in 1..64, or ``orientation`` not in 1..8.
    """
    if not 1 <= cells <= MOST_CELLS:
        raise UsageError(f"cells is {cells}; it must be 1 to {MOST_CELLS}")
    if orientation not in _ABOVE:
        raise UsageError(f"orientation is {orientation}; it must be 1 to 8")
    rectangles = [_face(box, width, height) for box in faces]
    kept = [rectangle for rectangle in rectangles if rectangle is not None]
    cores = [_core(face, width, height, _ABOVE[orientation]) for face in kept]
    groups = tuple(_group([kept[i] for i in part], [cores[i] for i in part], cells) for part in _overlapping(cores))
    return Regions(width=width, height=height, cells=cells, groups=groups)


def _face(box: Box, width: int, height: int) -> Rectangle | None:
    # clipped first: whole pixels of a coordinate at infinity do not exist, and NaN compares as outside
    if not (box.x0 < box.x1 and box.y0 < box.y1):
        return None
    clipped = box.clipped(width, height)
    x0, y0, x1, y1 = clipped.outward()
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _percent(share: int, side: int) -> int:
    return -(-share * side // 100)


def _core(face: Rectangle, width: int, height: int, above: str) -> Rectangle:
    x0, y0, x1, y1 = face
    grow = {
        side: _percent(
            _ABOVE_PERCENT if side == above else _SIDES_PERCENT, x1 - x0 if side in {"left", "right"} else y1 - y0
        )
        for side in ("left", "top", "right", "bottom")
    }
    return (
        max(0, x0 - grow["left"]),
        max(0, y0 - grow["top"]),
        min(width, x1 + grow["right"]),
        min(height, y1 + grow["bottom"]),
    )


def _shorter(face: Rectangle) -> int:
    return min(face[2] - face[0], face[3] - face[1])


def _group(faces: Sequence[Rectangle], cores: Sequence[Rectangle], cells: int) -> Group:
    return Group(
        faces=tuple(faces),
        cores=tuple(cores),
        feathers=tuple(min(48, max(2, _percent(_FEATHER_PERCENT, _shorter(face)))) for face in faces),
        side=max(4 * cells, *(_shorter(face) for face in faces)),
        origin=(min(core[0] for core in cores), min(core[1] for core in cores)),
    )


def _overlapping(cores: Sequence[Rectangle]) -> list[list[int]]:
    """Indices of the cores, those that overlap together, in the order of each group's first core."""
    parent = list(range(len(cores)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_left = sorted(range(len(cores)), key=lambda i: cores[i][0])
    open_cores: list[int] = []  # those whose right edge lies beyond the left edge of the one at hand
    for i in by_left:
        x0, y0, _, y1 = cores[i]
        open_cores = [j for j in open_cores if cores[j][2] > x0]
        for j in open_cores:
            if cores[j][1] < y1 and cores[j][3] > y0:
                low, high = sorted((root(i), root(j)))
                parent[high] = low
        open_cores.append(i)
    parts: dict[int, list[int]] = {}
    for i in range(len(cores)):
        parts.setdefault(root(i), []).append(i)
    return list(parts.values())
