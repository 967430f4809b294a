"""A core cut into windows, and per window the weighted sums that the share of detail left is made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from overpaint.checks._surface import Axis, Floats, span
from overpaint.checks._transform import BLOCK, coefficients, values

__all__ = ["Tiling", "place", "sums", "tiling"]


@dataclass(frozen=True, slots=True)
class Tiling:
    """Edges of windows among a core's chosen samples, and the functions that each window's projection takes out."""

    x: tuple[int, ...]
    y: tuple[int, ...]
    lead: tuple[int, int]
    across: Floats
    down: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        return len(self.y) - 1, len(self.x) - 1

    def beside(self, samples: Floats) -> Floats:
        """The samples minus, window by window, their projection on the look's functions."""
        return np.asarray(samples - self.down @ ((self.down.T @ samples) @ self.across) @ self.across.T, np.float32)

    def parts(self) -> Iterator[tuple[slice, slice]]:
        """The slices of every window, row by row."""
        for y0, y1 in itertools.pairwise(self.y):
            for x0, x1 in itertools.pairwise(self.x):
                yield slice(y0, y1), slice(x0, x1)


def tiling(x: Axis, y: Axis, parts: int, look: str) -> Tiling:
    """Cut a core into about ``parts`` x ``parts`` windows, those inside on edges of coded blocks."""
    edges_x, edges_y = x.edges(parts), y.edges(parts)
    lead = x.start % BLOCK, y.start % BLOCK
    return Tiling(edges_x, edges_y, lead, span(x, edges_x, look), span(y, edges_y, look))


def sums(
    first: Floats, second: Floats, cut: Tiling, noise: Floats, least: Floats, *, exact: bool, projected: bool
) -> Floats:
    """Sum of ``w c o``, sum of ``w c c``, variance of the first: 3 x places (every window, every row, every column).

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
    c, o = coefficients(first, *cut.lead), coefficients(second, *cut.lead)
    wc = np.where(np.abs(c) > least[None, :, None, :], c / noise[None, :, None, :], np.float32(0))
    products = [np.einsum("aibj,aibj->ab", wc, o), np.einsum("aibj,aibj->ab", wc, c)]
    if exact:
        back = values(wc, *cut.lead, first.shape)
        seen = coefficients(cut.beside(back) if projected else back, *cut.lead)
        products.append(np.einsum("aibj,aibj,ij->ab", seen, seen, noise))
    else:
        products.append(products[1])
    rows, columns = (
        [(edge + lead) // BLOCK for edge in edges[:-1]] for edges, lead in ((cut.y, cut.lead[1]), (cut.x, cut.lead[0]))
    )
    windows = np.add.reduceat(np.add.reduceat(np.stack(products), rows, axis=1), columns, axis=2)
    flat = [windows.reshape(3, -1), windows.sum(axis=2), windows.sum(axis=1)]
    return np.concatenate(flat, axis=1, dtype=np.float32)


def place(cut: Tiling, index: int) -> str:
    """The name of a place in the order of `sums`."""
    rows, columns = cut.shape
    if rows * columns == 1:
        return "whole"
    if index < rows * columns:
        return f"part {index % columns + 1}/{columns} {index // columns + 1}/{rows}"
    index -= rows * columns
    return f"row {index + 1}/{rows}" if index < rows else f"column {index - rows + 1}/{columns}"
