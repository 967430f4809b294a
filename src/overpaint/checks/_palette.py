"""A replacement that was put into a palette: held against the nearest entries, which are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overpaint.checks._decode import Picture
from overpaint.checks._detail import chosen, replacement
from overpaint.checks._geometry import Area
from overpaint.checks._surface import Floats, along

__all__ = ["Held", "held"]

_ROUNDING = 4.0
"""Levels of distance in RGB: the replacement's rounding there and here, once on the way to the entry and once back."""
_SHARE = 0.01
_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class Held:
    """What was found of one core.

    Attributes
    ----------
    honest
        Whether all but a hundredth of the visible samples are entries as near to the replacement as there are.
    error
        Root mean square error that the palette forces on a component.
    shown, excess
        The output's colours, and by how much each is farther away than it must be.
    """

    honest: bool
    error: float
    shown: Floats
    excess: Floats


def held(before: Picture, after: Picture, area: Area, look: str, palette: bytes, earlier: Held | None) -> Held:
    """Compare a core with the contract's replacement, as near as the palette comes to it.

    Parameters
    ----------
    palette
        The output's entries: red, green, blue of each.
    earlier
        The same core in the frame before: what stands there since then and was right may stay.
    """
    x0, y0, x1, y1 = area.core
    x = along((x0, x1), 1, float(area.cell), area.origin[0])
    y = along((y0, y1), 1, float(area.cell), area.origin[1])
    colours = [c for c in before.components if not c.alpha]
    wanted = np.stack([replacement(c, x, y, look) for c in colours], axis=-1)
    shown = np.stack([chosen(c, x, y) for c in after.components if not c.alpha], axis=-1)
    entries = np.unique(np.frombuffer(palette, np.uint8).reshape(-1, 3), axis=0).astype(np.float32)
    if len(colours) == 1:
        entries = entries[:, :1]
    nearest = _nearest(wanted.reshape(-1, len(colours)), entries).reshape(wanted.shape[:2])
    excess = np.sqrt(((shown - wanted) ** 2).sum(axis=-1)) - nearest
    for component in after.components:
        if component.alpha:
            excess = np.where(chosen(component, x, y) == 0, np.float32(0), excess)
    if earlier is not None and earlier.shown.shape == shown.shape:
        stands = (earlier.shown == shown).all(axis=-1)
        excess = np.where(stands, np.minimum(excess, earlier.excess), excess)
    wrong = float((excess > _ROUNDING).mean())
    error = float(np.sqrt((nearest**2).mean() / len(colours)))
    return Held(wrong <= _SHARE, error, shown, np.asarray(excess, np.float32))


def _nearest(colours: Floats, entries: Floats) -> NDArray[np.float32]:
    """Distance of each colour to the nearest entry."""
    found = np.empty(len(colours), np.float32)
    size = (entries**2).sum(axis=1)
    for start in range(0, len(colours), _ROWS):
        some = colours[start : start + _ROWS]
        square = (some**2).sum(axis=1) + (size[None, :] - 2 * some @ entries.T).min(axis=1)
        found[start : start + _ROWS] = np.sqrt(np.maximum(square, 0))
    return found
