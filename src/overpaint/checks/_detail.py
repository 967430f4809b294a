"""Detail left: how much of what the grid cannot hold of the original is still found in the output.

For a window of a core let ``V`` be the span of the functions that the look's replacement is made of (`_surface`),
``H`` a picture minus its projection on ``V``. In coded blocks (8 x 8, orthonormal DCT) with ``c`` the coefficients of
``H`` of the original, ``o`` those of the output and ``q`` the quantisation steps::

    g = sum(w * c * o) / sum(w * c * c),  w = 1 / s**2,  s**2 = q**2 / 12 + r**2,  over |c| > max(q / 2, 1)

An honest output lies in ``V`` up to its own quantisation, whatever the original was, so g is 0 up to its standard
error; an untouched one gives 1, a half transparent one 1/2. Weighting by ``w`` is generalised
least squares for independent errors of uniform coefficients (Aitken 1935): neighbouring pixels of a JPEG have
correlated errors, its coefficients do not. Coefficients of the original below half a step are left out: rounding may
rightly keep them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from overpaint.checks._decode import Component
from overpaint.checks._geometry import Area, Rect
from overpaint.checks._surface import Floats, Grid, expected
from overpaint.checks._tiling import Tiling, places, sums, tiling
from overpaint.checks._transform import least, noise, own_samples

__all__ = ["APART", "LIMIT", "OFF", "SURE", "Window", "windows"]

LIMIT = 0.10
"""The share of detail that may be left, before three standard errors."""
SURE = 0.10
"""A window is measurable when the standard error is at most this."""
APART, OFF = 0.5, 12.0
"""Bounds of a compared window: the share left of the difference, and levels (rms) away from the replacement."""

_LEVELS = (1, 4)


@dataclass(frozen=True, slots=True)
class Window:
    """One part of a core in one component: the share of detail left, and its standard error.

    ``measured`` is false where the original's detail was too small and the expected replacement was used instead
    (`left` is then the share of the whole difference between original and replacement, 0 where that is too small
    too); ``off`` is the root mean square difference from that replacement beyond what rounding explains, in levels.
    """

    component: str
    place: str
    left: float
    error: float
    measured: bool
    off: float = 0.0

    @property
    def excess(self) -> float:
        """By how much the bound is exceeded; negative within it."""
        return abs(self.left) - LIMIT - 3 * self.error

    @property
    def wrong(self) -> float:
        """For a window that was compared: by how much its bounds are exceeded; negative within them."""
        return max(abs(self.left) - APART - 3 * self.error, self.off / OFF - 1)


def windows(before: Component, after: Component, area: Area, look: str) -> Iterator[Window]:
    """Measure one core in one component, whole and in parts.

    Parameters
    ----------
    before, after
        The same component of source and output.
    area
        The core, with its group's grid.
    look
        ``blur``, ``mosaic`` or ``fill``.
    """
    step_x, step_y = before.step
    x0, y0, x1, y1 = area.core
    # A sample of a subsampled plane that touches the core belongs to it.
    rect = (x0 // step_x, y0 // step_y, -(-x1 // step_x), -(-y1 // step_y))
    height, width = before.samples.shape
    x = Grid(step_x, float(area.cell), area.origin[0], -(-width // step_x))
    y = Grid(step_y, float(area.cell), area.origin[1], -(-height // step_y))
    first, second = own_samples(before, rect), own_samples(after, rect)
    bounds = noise(before), least(before)
    for level in _LEVELS:
        cut = tiling(rect, x, y, level, look)
        if level > 1 and cut.single:
            return
        found = sums(cut.beside(first), cut.beside(second), cut, *bounds, exact=False, projected=True)
        seen = list(_measured(before.name, found))
        doubtful = any(window.excess > 0 for window in seen)
        if doubtful:
            # The cheap standard error is too small where blocks are cut; look again before anything is said.
            found = sums(cut.beside(first), cut.beside(second), cut, *bounds, exact=True, projected=True)
            seen = list(_measured(before.name, found))
        unsure = (found[2] > (SURE * found[1]) ** 2) | (found[1] == 0)
        if doubtful or unsure.any():
            surface = _expected(before, x, y, rect, look)
            whole = sums(first - surface, second - surface, cut, *bounds, exact=True, projected=False)
            seen = list(_both(seen, list(_measured(before.name, whole))))
            yield from _compared(before, whole, unsure, second - surface, cut)
        yield from seen


def _both(detail: list[Window], difference: list[Window]) -> Iterator[Window]:
    """Windows over the bound are so twice, in detail and in the whole difference from the replacement.

    Coarse quantisation takes part of a mosaic's edges away, and what is left of them is no sum of the look's functions.
    """
    other = {window.place: window for window in difference}
    for window in detail:
        again = other.get(window.place, window)
        yield again if window.excess > 0 >= again.excess else window


def _measured(component: str, found: Floats) -> Iterator[Window]:
    """Every window that can be measured."""
    for place, (product, square, variance) in places(found):
        if square > 0 and variance <= (SURE * square) ** 2:
            yield Window(component, place, float(product / square), float(variance**0.5 / square), measured=True)


def _expected(component: Component, x: Grid, y: Grid, rect: Rect, look: str) -> Floats:
    """The contract's replacement of the samples, from the averages of the cells there and one cell around."""
    reach_x, reach_y = (int(2 * grid.cell / grid.step) + 2 for grid in (x, y))
    around = (
        max(0, rect[0] - reach_x),
        max(0, rect[1] - reach_y),
        min(x.size, rect[2] + reach_x),
        min(y.size, rect[3] + reach_y),
    )
    return expected(own_samples(component, around), (around[0], around[1]), x, y, rect, look)


def _compared(component: Component, found: Floats, unsure: np.ndarray, off: Floats, cut: Tiling) -> Iterator[Window]:
    """The windows whose detail could not be measured, against the expected replacement."""
    tolerated = float(np.sqrt(noise(component).mean()))
    for row, column, part in cut.parts():
        if not unsure[row, column]:
            continue
        product, square, variance = (float(v) for v in found[:, row, column])
        sure = square > 0 and variance <= (SURE * square) ** 2
        yield Window(
            component.name,
            f"part {column + 1}/{len(cut.x) - 1} {row + 1}/{len(cut.y) - 1}",
            product / square if sure else 0.0,
            variance**0.5 / square if sure else 0.0,
            measured=False,
            off=max(0.0, float(np.sqrt((off[part] ** 2).mean())) - tolerated),
        )
