"""Detail left in faces: how much of what is finer than a grid of cells is found in the output, and where in the box.

With ``H`` the luma of a box minus the averages of its ``cells`` x ``cells`` cells, ``g = <H_out, H_in> / <H_in, H_in>``
is 1 where nothing was done and 0 where nothing finer than the grid is left: the regression of the output's detail on
the original's, which neither a tool's own texture nor noise can raise. No code of the painting takes part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["GRID", "PLACES", "FaceDetail", "face_detail", "left_map", "luma", "neighbour_sides"]

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Corners = tuple[float, float, float, float]

GRID = 16
"""Rows and columns of the map of a box."""
PLACES = ("box", "centre", "rim", "corners")
"""All of it; the inscribed ellipse of half its size; the outer eighth on each side; beyond the inscribed ellipse,
which is 21 % of a box (1 - pi/4). In each place averages are of what of a cell lies in it, so that places are
independent of each other."""
LEAST_DETAIL = 2.0
"""Levels, root mean square: below it a face has nothing that could be left."""

_RGB = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class FaceDetail:
    """Sums over one face, from which any pooled share is made.

    Attributes
    ----------
    image
        Which picture, so that intervals can draw pictures.
    side
        The face's shorter side, pixels.
    neighbour
        The shorter side of the largest other face of the picture, 0 where it is alone.
    cross, power
        ``<H_out, H_in>`` and ``<H_in, H_in>`` of each of `PLACES`.
    """

    image: int
    side: float
    neighbour: float
    cross: tuple[float, ...]
    power: tuple[float, ...]

    @property
    def left(self) -> float:
        """The share of detail left in the whole box."""
        return float(self.cross[0] / self.power[0])


def luma(image: Image) -> Floats:
    """Height x width, 0 to 255, of a grey or colour picture (RGB, an opacity after it is left out), 8 or 16 bits."""
    plane = np.asarray(image, np.float64)
    if plane.ndim == 3:
        plane = plane[:, :, :3] @ _RGB if plane.shape[2] >= 3 else plane[:, :, 0]
    return np.asarray(plane / 257 if image.dtype == np.uint16 else plane)


def whole(box: Corners, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """A box grown outward to whole pixels and clipped to the picture; empty where nothing of it is in it."""
    x0, y0 = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
    return x0, y0, min(shape[1], int(np.ceil(box[2]))), min(shape[0], int(np.ceil(box[3])))


def cells_of(shape: tuple[int, ...], cells: int) -> npt.NDArray[np.int64]:
    """The number of the cell that each pixel lies in, row by row."""
    rows, columns = (np.arange(side) * cells // side for side in shape)
    return np.asarray(rows[:, None] * cells + columns[None, :])


def finer(values: Floats, where: npt.NDArray[np.int64]) -> Floats:
    """Values minus the averages of their cells, whose numbers ``where`` holds; both of one dimension."""
    means = np.bincount(where, values) / np.maximum(np.bincount(where), 1)
    return np.asarray(values - means[where])


def neighbour_sides(boxes: Sequence[Corners]) -> list[float]:
    """For each box the shorter side of the largest of the others, 0 where there is none."""
    sides = [min(x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes]
    return [max((side for at, side in enumerate(sides) if at != own), default=0.0) for own in range(len(sides))]


def face_detail(
    before: Floats, after: Floats, box: Corners, *, cells: int = 4, image: int = 0, neighbour: float = 0.0
) -> tuple[FaceDetail, Floats] | None:
    """Compare one face of two planes of the same size; None where the original has no detail to lose.

    Beside it the same products over a `GRID` x `GRID` map of the box, whose own cells' averages are no detail: 2 x 256.

    Parameters
    ----------
    before, after
        Luma, height x width.
    box
        In pixels of both; grown to whole pixels, clipped.
    cells
        Across each side; what their averages tell is not counted as detail.
    """
    x0, y0, x1, y1 = whole(box, before.shape)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return None
    old, new = (plane[y0:y1, x0:x1] for plane in (before, after))
    where = cells_of(old.shape, cells)
    if float((finer(old.ravel(), where.ravel()) ** 2).mean()) < LEAST_DETAIL**2:
        return None
    sums = [_products(old[mask], new[mask], where[mask]) for mask in _masks(old.shape)]
    where = cells_of(old.shape, GRID).ravel()
    one, two = (finer(plane.ravel(), where) for plane in (old, new))
    products = [np.bincount(where, one * other, GRID * GRID) for other in (two, one)]
    face = FaceDetail(
        image,
        min(box[2] - box[0], box[3] - box[1]),
        neighbour,
        tuple(cross for cross, _ in sums),
        tuple(power for _, power in sums),
    )
    return face, np.asarray(products, np.float64)


def _products(old: Floats, new: Floats, where: npt.NDArray[np.int64]) -> tuple[float, float]:
    if not old.size:
        return 0.0, 0.0
    one, two = finer(old, where), finer(new, where)
    return float(one @ two), float(one @ one)


def _masks(shape: tuple[int, ...]) -> list[npt.NDArray[np.bool_]]:
    """The pixels of each of `PLACES`."""
    down, across = ((np.arange(side) + 0.5) / side for side in shape)
    radius = np.hypot(2 * down[:, None] - 1, 2 * across[None, :] - 1)
    edge = np.minimum(np.minimum(down, 1 - down)[:, None], np.minimum(across, 1 - across)[None, :])
    return [np.ones_like(radius, bool), radius <= 0.5, edge < 0.125, radius > 1]


def left_map(products: Floats) -> Floats:
    """The share left in each cell of the map, `GRID` x `GRID`; NaN where no face has a pixel or detail."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((products[0] / products[1]).reshape(GRID, GRID))
