"""Detail left: how much of what the grid cannot hold of the original is still found in the output.

For a window of a core let ``V`` be the span of the functions that the look's replacement is made of (`_surface`),
``H`` a picture minus its projection on ``V``. In coded blocks (8 x 8, orthonormal DCT) with ``c`` the coefficients of
``H`` of the original, ``o`` those of the output and ``q`` the quantisation steps::

    g = sum(w * c * o) / sum(w * c * c),  w = 1 / s**2,  s**2 = q**2 / 12 + r**2,  over |c| > max(q / 2, 4)

An honest output lies in ``V`` up to its own quantisation, whatever the original was, so g is 0 up to its standard
error; an untouched one gives 1, a half transparent one 1/2. Weighting by ``w`` is generalised
least squares for independent errors of uniform coefficients (Aitken 1935): neighbouring pixels of a JPEG have
correlated errors, its coefficients do not. Coefficients of the original below half a step are left out: rounding may
rightly keep them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.checks._decode import Component
from overpaint.checks._geometry import Area
from overpaint.checks._surface import Axis, Floats, along, expected
from overpaint.checks._tiling import Tiling, place, sums, tiling
from overpaint.checks._transform import least, noise, own_samples

__all__ = ["APART", "NEAR", "OFF", "SURE", "Level", "Window", "chosen", "levels", "replacement"]

SURE = 0.10
"""A window is measurable when the standard error is at most this."""
APART, NEAR, OFF = 0.5, 2.0, 12.0
"""Bounds of a compared window: the share left of the difference, where the output is more than NEAR levels (rms) away
from the replacement; and levels beyond rounding, whatever the share."""

_PARTS = (1, 4)


@dataclass(frozen=True, slots=True)
class Window:
    """One part of a core in one component.

    Parameters
    ----------
    left, error
        The share of detail left with its standard error; in a compared window the share left of the whole
        difference between original and replacement, 0 where that is too small to measure too.
    off
        In a compared window: root mean square distance from the replacement beyond what rounding explains, in levels.
    excess
        By how much the bounds are exceeded; negative within them.
    """

    component: str
    place: str
    left: float
    error: float
    off: float
    excess: float


@dataclass(frozen=True, slots=True)
class Level:
    """What one component of a core, cut one way, said: the worst of the windows, and how many there were.

    ``measured`` windows have detail to measure; ``compared`` ones do not and were held against the expected
    replacement.
    """

    worst: Window | None
    measured: int
    farthest: Window | None
    compared: int


@dataclass(frozen=True, slots=True)
class _Shares:
    """Arrays over places: the share left, its standard error, the excess (minus infinity where not measurable)."""

    left: Floats
    error: Floats
    excess: Floats

    @classmethod
    def of(cls, found: Floats, limit: float) -> _Shares:
        square = np.maximum(found[1], np.float32(1e-12))
        left, error = found[0] / square, np.sqrt(found[2]) / square
        known = (found[1] > 0) & (error <= SURE)
        return cls(left, error, np.where(known, np.abs(left) - limit - 3 * error, -np.inf).astype(np.float32))


def levels(
    before: Component, after: Component, area: Area, look: str, clear: NDArray[np.bool_] | None = None
) -> list[Level]:
    """Measure one core in one component, whole and in parts.

    Parameters
    ----------
    before, after
        The same component of source and output.
    area
        The core, with its group's grid.
    look
        ``blur``, ``mosaic`` or ``fill``.
    clear
        Pixels that are left out: those of the one colour that stands for "transparent".
    """
    x0, y0, x1, y1 = area.core
    x = along((x0, x1), before.step[0], float(area.cell), area.origin[0])
    y = along((y0, y1), before.step[1], float(area.cell), area.origin[1])
    first, second = chosen(before, x, y), chosen(after, x, y)
    if before.mixing and look == "mosaic":
        # What mixes across the edges of cells is no sum of their indicators; it is left out of both.
        edges = _near(x, before.mixing)[None, :] | _near(y, before.mixing)[:, None]
        surface = replacement(before, x, y, look)
        first, second = np.where(edges, surface, first), np.where(edges, surface, second)
    if clear is not None:
        hidden = clear[y.chosen][:, x.chosen]
        surface = replacement(before, x, y, look)
        first, second = np.where(hidden, surface, first), np.where(hidden, surface, second)
    found = []
    for parts in _PARTS:
        cut = tiling(x, y, parts, look)
        if parts == 1 or cut.shape != (1, 1):
            found.append(_level(before, first, second, (x, y), cut, look))
    return found


def _level(
    component: Component, first: Floats, second: Floats, axes: tuple[Axis, Axis], cut: Tiling, look: str
) -> Level:
    bounds = noise(component), least(component)
    one, two = cut.beside(first), cut.beside(second)
    shares = _Shares.of(sums(one, two, cut, *bounds, exact=False, projected=True), component.limit)
    doubtful = bool((shares.excess > 0).any())
    if doubtful:
        # The cheap standard error is too small where blocks are cut; look again before anything is said.
        shares = _Shares.of(sums(one, two, cut, *bounds, exact=True, projected=True), component.limit)
    windows = cut.shape[0] * cut.shape[1]
    unsure = np.flatnonzero(np.isneginf(shares.excess[:windows]))
    farthest = None
    if doubtful or unsure.size:
        surface = replacement(component, *axes, look)
        whole = _Shares.of(
            sums(first - surface, second - surface, cut, *bounds, exact=True, projected=False), component.limit
        )
        shares = _both(shares, whole)
        farthest = _farthest(component, whole, unsure, second - surface, cut)
    at = int(shares.excess.argmax())
    worst = None
    if np.isfinite(shares.excess[at]):
        numbers = float(shares.left[at]), float(shares.error[at]), 0.0, float(shares.excess[at])
        worst = Window(component.name, place(cut, at), *numbers)
    return Level(worst, windows - unsure.size, farthest, unsure.size)


def _both(detail: _Shares, difference: _Shares) -> _Shares:
    """A window is over the bound when it is so twice, in detail and in the whole difference from the replacement.

    Coarse quantisation takes part of a mosaic's edges away, and what is left of them is no sum of the look's functions.
    """
    again = (detail.excess > 0) & np.isfinite(difference.excess) & (difference.excess <= 0)
    return _Shares(
        np.where(again, difference.left, detail.left),
        np.where(again, difference.error, detail.error),
        np.where(again, difference.excess, detail.excess),
    )


def _farthest(
    component: Component, whole: _Shares, unsure: NDArray[np.intp], off: Floats, cut: Tiling
) -> Window | None:
    """The worst of the windows whose detail could not be measured, against the expected replacement."""
    tolerated = float(np.sqrt(noise(component).mean()))
    parts = list(cut.parts())
    worst = None
    for index in unsure:
        known = bool(np.isfinite(whole.excess[index]))
        left, error = (float(whole.left[index]), float(whole.error[index])) if known else (0.0, 0.0)
        distance = float(np.sqrt((off[parts[index]] ** 2).mean()))
        far = max(0.0, distance - tolerated)
        # A gradient is its own replacement: where the output is within rounding of it nothing is left to find.
        near = max(NEAR, 3 * component.error)
        excess = max(min(abs(left) - APART - 3 * error, distance / near - 1), far / OFF - 1)
        if worst is None or excess > worst.excess:
            worst = Window(component.name, place(cut, int(index)), left, error, far, excess)
    return worst


def _near(axis: Axis, reach: int) -> NDArray[np.bool_]:
    """Which samples are centred within ``reach`` pixels of a cell's edge."""
    place = axis.cells(axis.chosen)
    return np.asarray(np.abs(place - np.round(place)) * axis.cell <= reach)


def chosen(component: Component, x: Axis, y: Axis) -> Floats:
    """The samples of a core that are looked at."""
    if len(x.chosen) == x.stop - x.start and len(y.chosen) == y.stop - y.start:
        return own_samples(component, (x.start, y.start, x.stop, y.stop))
    if component.step == (1, 1):
        return component.samples[y.chosen][:, x.chosen].astype(np.float32)
    own = own_samples(component, (x.start, y.start, x.stop, y.stop))
    return own[y.chosen - y.start][:, x.chosen - x.start]


def replacement(component: Component, x: Axis, y: Axis, look: str) -> Floats:
    """The contract's replacement of the samples, from the averages of the cells there and one cell around."""
    height, width = component.samples.shape
    reach_x, reach_y = (int(2 * axis.cell / axis.step) + 2 for axis in (x, y))
    around = (
        max(0, x.start - reach_x),
        max(0, y.start - reach_y),
        min(-(-width // x.step), x.stop + reach_x),
        min(-(-height // y.step), y.stop + reach_y),
    )
    return expected(own_samples(component, around), (around[0], around[1]), x, y, look, component.middle)
