"""The spaces that honest replacements live in, and the replacement the contract describes.

Along one axis an honest output is, for each look, a sum of few known functions of the position alone: quadratic
B-splines with knots at the cells' edges (``blur``), cells' indicators (``mosaic``), a constant (``fill``). What a
window of the output holds beside these did not come from the averages. A mosaic's hard edges do not survive coarse
quantisation; what is left of them is soft slopes between averages, so the splines are taken out for a mosaic too.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axis", "Floats", "Look", "along", "expected", "functions", "span"]

Look = Literal["blur", "mosaic", "fill"]
Floats = NDArray[np.float32]

_BLOCK = 8
_LEAST = 6
# Of longer cores every k-th block is looked at, and the outermost two at each end: the statistic has samples enough.
_MOST_BLOCKS, _ENDS = 64, 2


@dataclass(frozen=True)
class Axis:
    """One core along one axis of a component's own samples.

    Parameters
    ----------
    start, stop
        The core's samples.
    step
        Pixels a sample spans.
    cell
        Pixels a cell spans.
    origin
        The grid's first pixel.
    """

    start: int
    stop: int
    step: int
    cell: float
    origin: int

    @functools.cached_property
    def chosen(self) -> NDArray[np.int64]:
        """The samples that are looked at: all of a core of usual size, else those of evenly chosen blocks."""
        first, last = self.start // _BLOCK, (self.stop - 1) // _BLOCK
        every = -(-(last - first + 1) // _MOST_BLOCKS)
        samples = np.arange(self.start, self.stop)
        if every == 1:
            return samples
        block = samples // _BLOCK
        kept: NDArray[np.int64] = samples[
            ((block - first) % every == 0) | (block < first + _ENDS) | (block > last - _ENDS)
        ]
        return kept

    def cells(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Centres of samples, in cells of the group's grid."""
        return np.asarray(((samples + 0.5) * self.step - self.origin) / self.cell, np.float64)

    def edges(self, parts: int) -> tuple[int, ...]:
        """Edges of about ``parts`` windows of the chosen samples; those inside lie on edges of coded blocks."""
        lead, size = self.start % _BLOCK, len(self.chosen)
        edges = [0]
        for part in range(1, parts):
            edge = round((lead + size * part / parts) / _BLOCK) * _BLOCK - lead
            if edge - edges[-1] >= _LEAST and size - edge >= _LEAST:
                edges.append(edge)
        return (*edges, size)


def along(core: tuple[int, int], step: int, cell: float, origin: int) -> Axis:
    """The axis of a core from pixel ``core[0]`` to ``core[1]``; a sample that touches the core belongs to it."""
    return Axis(core[0] // step, -(-core[1] // step), step, cell, origin)


def functions(cells: NDArray[np.float64], look: str) -> tuple[NDArray[np.float64], int]:
    """The look's functions at positions given in cells: samples x functions, and the first function's cell."""
    if look not in get_args(Look):
        raise ValueError(f"look={look!r} is none of {', '.join(get_args(Look))}")
    if look == "fill":
        return np.ones((len(cells), 1)), 0
    cell = np.floor(cells).astype(np.int64)
    first = int(cell[0]) - 1
    rows = np.arange(len(cells))
    values = np.zeros((len(cells), int(cell[-1]) - first + 2))
    if look == "mosaic":
        values[rows, cell - first] = 1.0
        return values[:, 1:-1], first + 1
    # The three pieces of the uniform quadratic B-spline (de Boor, A Practical Guide to Splines, 1978).
    u = cells - cell
    values[rows, cell - first - 1] = (1 - u) ** 2 / 2
    values[rows, cell - first] = 0.5 + u * (1 - u)
    values[rows, cell - first + 1] = u**2 / 2
    return values, first


@functools.lru_cache(maxsize=64)  # chroma components share theirs
def span(axis: Axis, edges: tuple[int, ...], look: str) -> Floats:
    """Orthonormal columns that span the look's functions, each window between ``edges`` for itself."""
    cells = axis.cells(axis.chosen)
    whole = functions(cells, look)[0]
    if look == "mosaic":
        whole = np.concatenate([whole, functions(cells, "blur")[0]], axis=1)
    # A long core has far more cells than samples that are looked at.
    whole = whole[:, whole.any(axis=0)]
    parts = [whole[start:stop] for start, stop in itertools.pairwise(edges)]
    # All windows at once; a function that does not reach into a window gets the weight 0 there, and is left out.
    gram = np.stack([part.T @ part for part in parts])
    length = np.sqrt(np.einsum("wff->wf", gram))
    scale = np.where(length > 1e-6, 1 / np.maximum(length, 1e-6), 0)
    weights, vectors = np.linalg.eigh(gram * scale[:, :, None] * scale[:, None, :])
    kept = weights > 1e-7 * weights[:, -1:]
    found = np.zeros((edges[-1], int(kept.sum())), np.float32)
    first = 0
    for index, (start, stop) in enumerate(itertools.pairwise(edges)):
        chosen = kept[index]
        basis = scale[index, :, None] * vectors[index][:, chosen] / np.sqrt(weights[index][chosen])
        found[start:stop, first : first + basis.shape[1]] = parts[index] @ basis
        first += basis.shape[1]
    found.setflags(write=False)
    return found


def expected(plane: Floats, corner: tuple[int, int], x: Axis, y: Axis, look: str, middle: float = 128.0) -> Floats:
    """The contract's replacement for a core's chosen samples.

    Parameters
    ----------
    plane
        The original's samples, at least those of every cell that the core or a cell beside it touches.
    corner
        The plane's first sample ``(x, y)``.
    middle
        What ``fill`` puts there.
    """
    if look == "fill":
        return np.full((len(y.chosen), len(x.chosen)), middle, np.float32)
    across, columns = _averages(x, corner[0], plane.shape[1], look)
    down, rows = _averages(y, corner[1], plane.shape[0], look)
    return np.asarray(down @ (rows @ plane @ columns.T) @ across.T, np.float32)


def _averages(axis: Axis, corner: int, length: int, look: str) -> tuple[Floats, Floats]:
    """The look's functions at the chosen samples, and the matrix that averages the plane's samples by cell."""
    values, first = functions(axis.cells(axis.chosen), look)
    cells = np.floor(axis.cells(np.arange(corner, corner + length))).astype(np.int64)
    # A cell without samples (beyond the image) has the value of the nearest one that has some.
    wanted = np.clip(np.arange(first, first + values.shape[1]), cells[0], cells[-1])
    member = (cells[None, :] == wanted[:, None]).astype(np.float32)
    return values.astype(np.float32), member / member.sum(axis=1, keepdims=True)
