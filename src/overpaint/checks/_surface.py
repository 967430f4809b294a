"""The spaces that honest replacements live in, and the replacement the contract describes.

Along one axis an honest output is, for each look, a sum of few known functions of the position alone: quadratic
B-splines with knots at the cells' edges (``blur``), cells' indicators (``mosaic``), a constant (``fill``). What a
window of the output holds beside these did not come from the averages. A mosaic's hard edges do not survive coarse
quantisation; what is left of them is soft slopes between averages, so the splines are taken out for a mosaic too.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Grid", "Look", "expected", "functions", "span", "tiles"]

Look = Literal["blur", "mosaic", "fill"]
Floats = NDArray[np.float32]

_BLOCK = 8
_LEAST = 6
_MIDDLE = 128.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Positions of one component's samples along one axis, in cells of the group's grid.

    Parameters
    ----------
    step
        Pixels a sample spans.
    cell
        Pixels a cell spans.
    origin
        The grid's first pixel.
    size
        Samples along the axis in the whole plane.
    """

    step: int
    cell: float
    origin: int
    size: int

    def at(self, start: int, stop: int) -> NDArray[np.float64]:
        """Centres of the samples ``start`` to ``stop``, in cells."""
        return np.asarray(((np.arange(start, stop) + 0.5) * self.step - self.origin) / self.cell, np.float64)


def functions(grid: Grid, start: int, stop: int, look: str) -> tuple[NDArray[np.float64], int]:
    """The look's functions at samples ``start`` to ``stop``: samples x functions, and the first function's cell."""
    if look not in get_args(Look):
        raise ValueError(f"look={look!r} is none of {', '.join(get_args(Look))}")
    at = grid.at(start, stop)
    if look == "fill":
        return np.ones((stop - start, 1)), 0
    cell = np.floor(at).astype(np.int64)
    first = int(cell[0]) - 1
    rows = np.arange(stop - start)
    values = np.zeros((stop - start, int(cell[-1]) - first + 2))
    if look == "mosaic":
        values[rows, cell - first] = 1.0
        return values[:, 1:-1], first + 1
    # The three pieces of the uniform quadratic B-spline (de Boor, A Practical Guide to Splines, 1978).
    u = at - cell
    values[rows, cell - first - 1] = (1 - u) ** 2 / 2
    values[rows, cell - first] = 0.5 + u * (1 - u)
    values[rows, cell - first + 1] = u**2 / 2
    return values, first


def tiles(start: int, stop: int, parts: int) -> list[int]:
    """Edges of about ``parts`` windows that fill ``start`` to ``stop``; those inside lie on edges of coded blocks."""
    edges = [start]
    for part in range(1, parts):
        edge = round((start + (stop - start) * part / parts) / _BLOCK) * _BLOCK
        if edge - edges[-1] >= _LEAST and stop - edge >= _LEAST:
            edges.append(edge)
    return [*edges, stop]


def span(grid: Grid, edges: list[int], look: str) -> Floats:
    """Orthonormal columns that span the look's functions, each window between ``edges`` for itself."""
    columns = []
    for start, stop in itertools.pairwise(edges):
        values, _ = functions(grid, start, stop, look)
        if look == "mosaic":
            values = np.concatenate([values, functions(grid, start, stop, "blur")[0]], axis=1)
        length = np.sqrt((values**2).sum(axis=0))
        values = values[:, length > 1e-6] / length[length > 1e-6]
        basis, weight, _ = np.linalg.svd(values, full_matrices=False)
        whole = np.zeros((edges[-1] - edges[0], int((weight > 1e-4 * weight[0]).sum())), np.float32)
        whole[start - edges[0] : stop - edges[0]] = basis[:, : whole.shape[1]]
        columns.append(whole)
    return np.concatenate(columns, axis=1)


def expected(
    plane: Floats, corner: tuple[int, int], x: Grid, y: Grid, rect: tuple[int, int, int, int], look: str
) -> Floats:
    """The contract's replacement for the samples ``rect`` (x0, y0, x1, y1 in the component's own samples).

    Parameters
    ----------
    plane
        The original's samples, at least those of every cell that the rectangle or a cell beside it touches.
    corner
        The plane's first sample ``(x, y)``.
    """
    x0, y0, x1, y1 = rect
    if look == "fill":
        return np.full((y1 - y0, x1 - x0), _MIDDLE, np.float32)
    across, columns = _averages(x, corner[0], plane.shape[1], x0, x1, look)
    down, rows = _averages(y, corner[1], plane.shape[0], y0, y1, look)
    return ((down @ rows) @ plane @ (across @ columns).T).astype(np.float32)


def _averages(grid: Grid, corner: int, length: int, start: int, stop: int, look: str) -> tuple[Floats, Floats]:
    """The look's functions at ``start`` to ``stop``, and the matrix that averages the plane's samples by cell."""
    values, first = functions(grid, start, stop, look)
    cells = np.floor(grid.at(corner, corner + length)).astype(np.int64)
    # A cell without samples (beyond the image) has the value of the nearest one that has some.
    wanted = np.clip(np.arange(first, first + values.shape[1]), cells[0], cells[-1])
    member = (cells[None, :] == wanted[:, None]).astype(np.float32)
    return values.astype(np.float32), member / member.sum(axis=1, keepdims=True)
