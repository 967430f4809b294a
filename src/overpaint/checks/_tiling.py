"""A core cut into windows, and per window the weighted sums that the share of detail left is made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from overpaint.checks._geometry import Rect
from overpaint.checks._surface import Floats, Grid, span, tiles
from overpaint.checks._transform import BLOCK, coefficients, values

__all__ = ["Tiling", "places", "sums", "tiling"]


@dataclass(frozen=True, slots=True)
class Tiling:
    """Edges of windows in a component's own samples, and the functions that each window's projection takes out."""

    x: list[int]
    y: list[int]
    across: Floats
    down: Floats

    @property
    def single(self) -> bool:
        """Whether there is one window only."""
        return len(self.x) == len(self.y) == 2

    def beside(self, samples: Floats) -> Floats:
        """The samples minus, window by window, their projection on the look's functions."""
        return np.asarray(samples - self.down @ ((self.down.T @ samples) @ self.across) @ self.across.T, np.float32)

    def parts(self) -> Iterator[tuple[int, int, tuple[slice, slice]]]:
        """Row, column and slices of every window, row by row."""
        for row, (y0, y1) in enumerate(itertools.pairwise(self.y)):
            for column, (x0, x1) in enumerate(itertools.pairwise(self.x)):
                yield row, column, (slice(y0 - self.y[0], y1 - self.y[0]), slice(x0 - self.x[0], x1 - self.x[0]))


def tiling(rect: Rect, x: Grid, y: Grid, parts: int, look: str) -> Tiling:
    """Cut a rectangle into about ``parts`` x ``parts`` windows, those inside on edges of coded blocks."""
    edges_x, edges_y = tiles(rect[0], rect[2], parts), tiles(rect[1], rect[3], parts)
    return Tiling(edges_x, edges_y, span(x, edges_x, look), span(y, edges_y, look))


def sums(
    first: Floats, second: Floats, cut: Tiling, noise: Floats, least: Floats, *, exact: bool, projected: bool
) -> Floats:
    """Per window: sum of ``w c o``, sum of ``w c c``, variance of the first; 3 x rows x columns.

    Parameters
    ----------
    first, second
        What is compared of the original (``c``) and of the output (``o``).
    noise, least
        Per coefficient: its variance in an honest output, and the size below which it is not used.
    exact
        Whether the variance accounts for what cutting blocks at a core's edge and projecting do to the errors: an
        error of a coarsely quantised coefficient then shows in finely quantised ones. Otherwise it is the variance
        for whole blocks, which is smaller and costs nothing.
    projected
        Whether ``first`` and ``second`` were projected.
    """
    x0, y0 = cut.x[0], cut.y[0]
    c, o = coefficients(first, x0, y0), coefficients(second, x0, y0)
    variance = noise[None, :, None, :]
    wc = np.where(np.abs(c) > least[None, :, None, :], c / variance, np.float32(0))
    products = [np.einsum("aibj,aibj->ab", wc, o), np.einsum("aibj,aibj->ab", wc, c)]
    if exact:
        back = values(wc, x0, y0, first.shape)
        seen = coefficients(cut.beside(back) if projected else back, x0, y0)
        products.append(np.einsum("aibj,aibj,ij->ab", seen, seen, noise))
    else:
        products.append(products[1])
    rows, columns = ([(edge // BLOCK) - (part[0] // BLOCK) for edge in part[:-1]] for part in (cut.y, cut.x))
    return np.asarray(np.add.reduceat(np.add.reduceat(np.stack(products), rows, axis=1), columns, axis=2), np.float32)


def places(found: Floats) -> Iterator[tuple[str, Floats]]:
    """The sums of every window by its place, and where there are several those of their rows and columns."""
    _, rows, columns = found.shape
    if rows * columns == 1:
        yield "whole", found[:, 0, 0]
        return
    for row in range(rows):
        for column in range(columns):
            yield f"part {column + 1}/{columns} {row + 1}/{rows}", found[:, row, column]
    if columns > 1:
        for row in range(rows):
            yield f"row {row + 1}/{rows}", found[:, row].sum(axis=1)
    if rows > 1:
        for column in range(columns):
            yield f"column {column + 1}/{columns}", found[:, :, column].sum(axis=1)
