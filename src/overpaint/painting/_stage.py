"""Where an animation is played twice, as it was and as it will be, so that each painted frame can be told.

An animation's frames are patches laid on a canvas. What a viewer shows while frame *i* stands is the canvas after
its patch; what was painted must hold there, whatever frames, blending and disposal it came from. Two canvases are
kept: the original's, and the painted one, which is the same outside the footprints. Frames that meet no footprint
change neither picture inside them and stay as they are coded.

Only a window of the canvas need be played: the footprints, and the cells that decide what is painted there.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.painting import _native
from overpaint.painting._regions import Regions

__all__ = ["Canvas", "Disposal", "Rectangle", "Shown", "Stage", "Window", "hull", "meets", "over"]

Rectangle = tuple[int, int, int, int]
Canvas = NDArray[np.uint8] | NDArray[np.uint16]
"""Height x width x (colours, then alpha)."""

_ROWS = 128
"""Rows that are blended at a time: half-transparent pixels need eight bytes a number."""


class Disposal(enum.Enum):
    """What becomes of a frame's rectangle when its time is over."""

    NONE = 0
    BACKGROUND = 1
    PREVIOUS = 2


def meets(a: Rectangle, b: Rectangle) -> bool:
    """Whether two half-open rectangles share a pixel."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def hull(a: Rectangle, b: Rectangle) -> Rectangle:
    """The smallest rectangle that holds both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the canvas that is played, and what is painted in it.

    Attributes
    ----------
    rectangle
        In pixels of the canvas.
    footprints
        For each group, its cores grown by their feathers, in pixels of the canvas.
    """

    rectangle: Rectangle
    footprints: tuple[tuple[Rectangle, ...], ...]
    groups: bytes
    cores: bytes
    cells: int
    look: int

    @classmethod
    def of(cls, where: Regions, look: int, *, whole: bool) -> Window:
        """The smallest window in which painting gives what it gives on the whole canvas, or the whole canvas.

        A sample depends on its cell and, where the look is blurred, on the eight around it.
        """
        footprints = tuple(
            tuple(
                (max(0, x0 - f), max(0, y0 - f), min(where.width, x1 + f), min(where.height, y1 + f))
                for (x0, y0, x1, y1), f in zip(group.cores, group.feathers, strict=True)
            )
            for group in where.groups
        )
        x0, y0, x1, y1 = 0, 0, where.width, where.height
        if not whole:
            reach = [2 * -(-group.side // where.cells) + 1 for group in where.groups]
            grown = [
                (a - far, b - far, c + far, d + far)
                for far, parts in zip(reach, footprints, strict=True)
                for a, b, c, d in parts
            ]
            x0, y0 = max(x0, min(r[0] for r in grown)), max(y0, min(r[1] for r in grown))
            x1, y1 = min(x1, max(r[2] for r in grown)), min(y1, max(r[3] for r in grown))
        groups, cores = where.packed()
        shift = {"groups": (0, x0, y0), "cores": (x0, y0, x0, y0, 0, 0)}
        return cls(
            (x0, y0, x1, y1),
            footprints,
            _shifted(groups, shift["groups"]),
            _shifted(cores, shift["cores"]),
            where.cells,
            look,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        x0, y0, x1, y1 = self.rectangle
        return y1 - y0, x1 - x0

    def part(self, rectangle: Rectangle) -> tuple[slice, slice]:
        """Where in the window a rectangle of the canvas lies; empty where it lies beside it."""
        return _part(rectangle, self.rectangle)

    def part_of(self, rectangle: Rectangle) -> tuple[slice, slice]:
        """Where in a rectangle of the canvas the window lies."""
        return _part(self.rectangle, rectangle)

    def touched(self, rectangle: Rectangle) -> NDArray[np.bool_] | None:
        """The footprints of the groups that a rectangle meets, as a mask of the window; None where it meets none."""
        mask: NDArray[np.bool_] | None = None
        for parts in self.footprints:
            if any(meets(rectangle, part) for part in parts):
                mask = np.zeros(self.shape, dtype=np.bool_) if mask is None else mask
                for part in parts:
                    mask[self.part(part)] = True
        return mask

    def painted(self, canvas: Canvas) -> Canvas:
        """The window's picture painted; alpha stays."""
        out = canvas.copy()
        for channel in range(out.shape[2] - 1):
            plane = out[:, :, channel]
            _native.paint_plane(plane, 8 * out.itemsize, self.groups, self.cores, self.cells, self.look)
        return out


def _shifted(rows: bytes, by: tuple[int, ...]) -> bytes:
    values = np.frombuffer(rows, dtype=np.int32).reshape(-1, len(by)) - np.array(by, dtype=np.int32)
    return struct.pack(f"={values.size}i", *values.ravel().tolist())


def _part(inner: Rectangle, outer: Rectangle) -> tuple[slice, slice]:
    x0, y0 = max(inner[0], outer[0]), max(inner[1], outer[1])
    x1, y1 = max(x0, min(inner[2], outer[2])), max(y0, min(inner[3], outer[3]))
    return slice(y0 - outer[1], y1 - outer[1]), slice(x0 - outer[0], x1 - outer[0])


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewer shows of one frame that meets footprints.

    Attributes
    ----------
    original
        The canvas as it was.
    below, wanted
        The painted canvas before the frame and while it stands.
    mask
        The footprints that the frame meets.
    inside
        The frame's own part of the window.
    """

    original: Canvas
    below: Canvas
    wanted: Canvas
    mask: NDArray[np.bool_]
    inside: tuple[slice, slice]

    def beyond(self) -> Rectangle | None:
        """The smallest rectangle of the window with all that has to change outside the frame's own; None if nothing."""
        differs = (self.wanted != self.below).any(axis=2) & (self.wanted[:, :, -1] > 0)
        differs[self.inside] = False
        if not differs.any():
            return None
        down, across = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        return int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1

    def resting(self) -> Shown:
        """The same, for a frame that cannot reach all of a footprint that it meets.

        What is painted rests as it was before: two paintings side by side in one cell would show more than the
        grid holds. Only where nothing stood yet is the new painting laid.
        """
        wanted = self.below.copy()
        here, below = self.wanted[self.inside], wanted[self.inside]
        rests = self.mask[self.inside] & (below[:, :, -1] > 0)
        below[~rests] = here[~rests]
        below[:, :, -1] = here[:, :, -1]
        return Shown(self.original, self.below, wanted, self.mask, self.inside)


class Stage:
    """An animation as it was and as it will be, frame by frame.

    Parameters
    ----------
    colours
        How many colour channels the canvas has; alpha comes besides.
    depth
        Bits of a sample, 8 or 16.
    """

    def __init__(self, window: Window, colours: int, depth: int = 8) -> None:
        self.window = window
        shape = (*window.shape, colours + 1)
        self._before: Canvas = np.zeros(shape, dtype=np.uint8) if depth == 8 else np.zeros(shape, dtype=np.uint16)
        self._after: Canvas = self._before.copy()
        self._shown = (self._before, self._after)

    def show(self, rectangle: Rectangle, patch: Canvas, *, blend: bool) -> Shown | None:
        """Lay a frame on both canvases.

        ``patch`` is what of the frame lies in the window. None where the frame meets no footprint and is to stay as it
        is. A frame that changes nothing inside the footprints that it meets leaves what is painted there; averages
        are taken anew where it does.
        """
        inside = self.window.part(rectangle)
        original = _laid(self._before, inside, patch, blend=blend)
        mask = self.window.touched(rectangle)
        plain = _laid(self._after, inside, patch, blend=blend)
        if mask is None:
            self._shown = (original, plain)
            return None
        changes = bool((original[mask] != self._before[mask]).any())
        wanted = plain.copy()
        wanted[mask] = (self.window.painted(original) if changes else self._after)[mask]
        self._shown = (original, wanted)
        return Shown(original, self._after, wanted, mask, inside)

    def becomes(self, rectangle: Rectangle, patch: Canvas, *, blend: bool) -> None:
        """Say what is written in the place of the frame that was just shown; ``rectangle`` may have grown."""
        laid = _laid(self._after, self.window.part(rectangle), patch, blend=blend)
        self._shown = (self._shown[0], laid)

    def dispose(self, rectangle: Rectangle, disposal: Disposal) -> None:
        """End the frame's time; the first frame's "previous" is the empty canvas."""
        if disposal is Disposal.PREVIOUS:
            return
        self._before, self._after = self._shown
        if disposal is Disposal.BACKGROUND:
            inside = self.window.part(rectangle)
            self._before[inside] = 0
            self._after[inside] = 0


def _laid(canvas: Canvas, inside: tuple[slice, slice], patch: Canvas, *, blend: bool) -> Canvas:
    out = canvas.copy()
    out[inside] = over(canvas[inside], patch) if blend else patch
    return out


def over(below: Canvas, patch: Canvas) -> Canvas:
    """A patch laid over a canvas, both with alpha last and colours not multiplied by it (PNG, third edition, 13.16).

    Opaque pixels replace, transparent ones leave, exactly; what is between is rounded to the nearest value.
    """
    out = below.copy()
    top = np.iinfo(below.dtype).max
    for start in range(0, len(below), _ROWS):
        rows = slice(start, start + _ROWS)
        alpha, under = patch[rows, :, -1], below[rows, :, -1]
        whole = (alpha == top) | ((alpha > 0) & (under == 0))
        out[rows][whole] = patch[rows][whole]
        half = (alpha > 0) & ~whole
        if half.any():
            new, old = patch[rows][half].astype(np.int64), below[rows][half].astype(np.int64)
            u, v = new[:, -1:] * top, (top - new[:, -1:]) * old[:, -1:]
            mixed = (new * u + old * v + (u + v) // 2) // (u + v)
            mixed[:, -1:] = (u + v + top // 2) // top
            out[rows][half] = mixed
    return out
