"""What must be equal: everything that no footprint, no edited block and no interpolation beside one explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint.checks._decode import Component, Picture
from overpaint.checks._geometry import Area, Rect
from overpaint.checks._verdict import Problem

__all__ = ["edited", "outside"]

_BLOCK, _RIM = 8, 2
Samples = NDArray[np.uint8] | NDArray[np.uint16]


def outside(
    before: Picture, after: Picture, areas: Sequence[Area], *, again: bool, slack: int = 0
) -> tuple[tuple[Problem, ...], int, int]:
    """Compare what lies outside; returns the problems, how many samples changed, and the largest change in a rim.

    Parameters
    ----------
    before, after
        The decoded source and output, of equal size and components.
    areas
        Cores and footprints.
    again
        Whether the whole file was coded again (outcome ``re-encoded``): then every sample may differ by about what
        its quantisation explains.
    slack
        Levels by which every sample may differ.
    """
    problems: list[Problem] = []
    changed, largest = 0, 0
    coded_steps = {before.step(index) for index in range(len(before.sampling))}
    differences = cv2.absdiff(before.samples, after.samples).reshape(before.samples.shape)
    if slack:
        differences = np.where(differences > slack, differences, 0).astype(before.samples.dtype)
    rims: list[tuple[int, int]] = []
    for index, one in enumerate(before.components):
        difference = differences[:, :, index]
        steps = coded_steps if before.mixed else {one.step}
        inner = [rect for step in steps for rect in edited(areas, step, coded=one.table is not None)]
        if one.alpha:
            if cv2.countNonZero(np.ascontiguousarray(difference)):
                problems.append(Problem("alpha-changed", f"{np.count_nonzero(difference)} samples"))
            _clear(difference, [(0, 0, before.width, before.height)])
            rims.append((0, 0))
            continue
        if again and one.table is not None:
            problems += _coded_again(one, difference, inner)
            _clear(difference, [(0, 0, before.width, before.height)])
            rims.append((0, 0))
        elif steps != {(1, 1)}:
            rims.append(_clear_rim(difference, inner))
        else:
            _clear(difference, inner)
            rims.append((0, 0))
    # One look at everything that must be zero now: what differs is counted by component only where something does.
    same = not cv2.countNonZero(differences.reshape(before.height, -1))
    for index, (one, (rim, bound)) in enumerate(zip(before.components, rims, strict=True)):
        largest = max(largest, rim)
        if rim > bound:
            problems.append(Problem("rim-changed", f"{rim} levels in {one.name}; {bound} would be explained"))
        number = 0 if same else int(np.count_nonzero(differences[:, :, index]))
        changed += number
        if number:
            y, x = (int(i[0]) for i in np.nonzero(differences[:, :, index]))
            problems.append(Problem("outside-changed", f"{number} samples of {one.name}, the first at {x}, {y}"))
    return tuple(problems), changed, largest


def edited(areas: Sequence[Area], step: tuple[int, int], *, coded: bool) -> list[Rect]:
    """Pixels that painting may change in a component: footprints, in coded ones grown to whole blocks."""
    if not coded:
        return [area.footprint for area in areas]
    across, down = _BLOCK * step[0], _BLOCK * step[1]
    return [
        (x0 // across * across, y0 // down * down, -(-x1 // across) * across, -(-y1 // down) * down)
        for x0, y0, x1, y1 in (area.footprint for area in areas)
    ]


def _clear(difference: Samples, rects: Iterable[Rect]) -> None:
    for x0, y0, x1, y1 in rects:
        difference[y0:y1, x0:x1] = 0


def _clear_rim(difference: Samples, inner: Sequence[Rect]) -> tuple[int, int]:
    """Zero the edited blocks and the rims around them; the largest change in a rim, and the largest that is explained.

    libjpeg's triangle filter gives the pixel beyond the edge 1/4 of a coded sample's change and the pixel before it
    3/4, in both directions independently: the rim can hold a third of what is seen inside, and rounding.
    """
    if not inner:
        return 0, 0
    largest = max(int(difference[y0:y1, x0:x1].max(initial=0)) for x0, y0, x1, y1 in inner)
    _clear(difference, inner)
    # Edited blocks may touch, and one's rim lie in another: with all of them zeroed, what is left around is rim.
    grown = [(max(0, x0 - _RIM), max(0, y0 - _RIM), x1 + _RIM, y1 + _RIM) for x0, y0, x1, y1 in inner]
    rim = max(int(difference[y0:y1, x0:x1].max(initial=0)) for x0, y0, x1, y1 in grown)
    _clear(difference, grown)
    return rim, -(-largest // 3) + 1


def _coded_again(component: Component, difference: Samples, inner: Sequence[Rect]) -> list[Problem]:
    """Coding again with the same tables moves a coefficient by less than a step: bound the root mean square by that."""
    assert component.table is not None
    inside = np.zeros(difference.shape, np.bool_)
    for x0, y0, x1, y1 in inner:
        inside[max(0, y0 - _RIM) : y1 + _RIM, max(0, x0 - _RIM) : x1 + _RIM] = True
    beyond = difference[~inside]
    if not beyond.size:
        return []
    found = float(np.sqrt((beyond.astype(np.float64) ** 2).mean()))
    bound = 1.0 + float(np.sqrt((component.table**2).mean() / 12))
    if found <= bound:
        return []
    return [
        Problem("outside-changed", f"{component.name} differs by {found:.1f} levels (rms); {bound:.1f} is explained")
    ]
