"""The arithmetic of painting once more, slow and obvious.

Fractions for the geometry, whole planes of int64 for the rest; nothing is clever here. native/*.c must give the
same numbers to the last bit.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np

from overpaint.painting import Regions

FRACTION = 64  # values are in 64ths
ONE = 1 << 14  # a mask, or a weight, of 1

BASIS = np.array(
    [
        [round(8192 * (0.125**0.5 if u == 0 else 0.5 * np.cos((2 * x + 1) * u * np.pi / 16))) for x in range(8)]
        for u in range(8)
    ],
    dtype=np.int64,
)


def round_shift(values: np.ndarray, bits: int) -> np.ndarray:
    return (values + (1 << (bits - 1))) >> bits


def dequantised(blocks: np.ndarray, quant: np.ndarray) -> np.ndarray:
    return np.clip(blocks.astype(np.int64) * quant, -2047, 2047)


def inverse_dct(values: np.ndarray) -> np.ndarray:
    """... x 8 x 8 coefficients to samples in 64ths around 0: columns first."""
    columns = round_shift(np.einsum("uy,...ux->...yx", BASIS, values), 9)
    rows = round_shift(np.einsum("vx,...yv->...yx", BASIS, columns), 11)
    return np.clip(rows, -511 * FRACTION, 511 * FRACTION)


def forward_dct(samples: np.ndarray) -> np.ndarray:
    """... x 8 x 8 samples in 64ths to coefficients in 64ths."""
    columns = round_shift(np.einsum("uy,...yx->...ux", BASIS, samples), 14)
    return round_shift(np.einsum("vx,...ux->...uv", BASIS, columns), 12)


def quantised(values: np.ndarray, quant: np.ndarray) -> np.ndarray:
    low = np.full((8, 8), -1023)
    low[0, 0] = -1024
    return np.clip((2 * values + quant * FRACTION) // (2 * quant * FRACTION), low, 1023)


def tiles_of(plane: np.ndarray) -> np.ndarray:
    """Rows x columns to tiles x tiles x 8 x 8."""
    h, w = plane.shape
    return plane.reshape(h // 8, 8, w // 8, 8).transpose(0, 2, 1, 3)


def plane_of(tiles: np.ndarray) -> np.ndarray:
    return tiles.transpose(0, 2, 1, 3).reshape(tiles.shape[0] * 8, tiles.shape[1] * 8)


def ramp(size: int, pixels: Fraction, start: int, end: int, feather: int) -> np.ndarray:
    """The mask along one side: sample k covers [k, k + 1) * pixels."""
    out = []
    for k in range(size):
        left, right = k * pixels, (k + 1) * pixels
        if left < end and right > start:
            out.append(ONE)
            continue
        far = right - end if left >= end else start - left  # of its outer edge
        if far > feather:
            out.append(0)
            continue
        rho = floor((feather + pixels - far) / (feather + pixels) * ONE)
        out.append(min(ONE - 1, ((rho * rho // ONE) * (3 * ONE - 2 * rho)) // ONE))
    return np.array(out, dtype=np.int64)


def places(size: int, pixels: Fraction, origin: int, side: int, cells: int) -> list[tuple[int, int]]:
    """For each sample its cell, and where in it (in 2^14ths)."""
    at = [((k + Fraction(1, 2)) * pixels - origin) * cells / side for k in range(size)]
    return [(floor(p), floor((p - floor(p)) * ONE)) for p in at]


class Surface:
    """What replaces a group's samples."""

    def __init__(self, samples, totals, tile_totals_hold, xs, ys, low, high):
        self.xs, self.ys = xs, ys
        sums: dict[tuple[int, int], int] = {}
        counts: dict[tuple[int, int], int] = {}
        height, width = len(ys), len(xs)
        for ty in range(0, height, 8):
            for tx in range(0, width, 8):
                own = {
                    (ys[y][0], xs[x][0]) for y in range(ty, min(ty + 8, height)) for x in range(tx, min(tx + 8, width))
                }
                whole = ty + 8 <= height and tx + 8 <= width and len(own) == 1
                if whole and tile_totals_hold:
                    cell = own.pop()
                    sums[cell] = sums.get(cell, 0) + int(totals[ty // 8, tx // 8])
                    counts[cell] = counts.get(cell, 0) + 64
                    continue
                for y in range(ty, min(ty + 8, height)):
                    for x in range(tx, min(tx + 8, width)):
                        cell = ys[y][0], xs[x][0]
                        sums[cell] = sums.get(cell, 0) + int(samples[y, x])
                        counts[cell] = counts.get(cell, 0) + 1
        self.average = {c: min(high, max(low, (2 * s + counts[c]) // (2 * counts[c]))) for c, s in sums.items()}

    def near(self, row: int, column: int) -> int:
        """A cell's average; beyond the picture's edge, that of the cell at the edge."""
        row = min(max(row, self.ys[0][0]), self.ys[-1][0])
        column = min(max(column, self.xs[0][0]), self.xs[-1][0])
        return self.average[row, column]

    def at(self, y: int, x: int, look: str, middle: int) -> int:
        if look == "fill":
            return middle
        (row, v), (column, u) = self.ys[y], self.xs[x]
        if look == "mosaic":
            return self.average[row, column]
        total = 0
        for i, wy in zip((-1, 0, 1), spline(v), strict=True):
            for j, wx in zip((-1, 0, 1), spline(u), strict=True):
                total += wy * wx * self.near(row + i, column + j)
        return (total + (1 << 27)) >> 28


def spline(u: int) -> tuple[int, int, int]:
    """Weights of the cell before, the own and the one behind: a quadratic B-spline with its knots at the edges."""
    before, behind = (ONE - u) ** 2 // (2 * ONE), u * u // (2 * ONE)
    return before, ONE - before - behind, behind


def lay(mask: int, value: int, new_mask: int, new_value: int) -> tuple[int, int]:
    if new_mask == 0 or mask == ONE:
        return mask, value
    if mask == 0 or new_mask == ONE:
        return new_mask, new_value
    a, b = mask * (ONE - new_mask), new_mask * (ONE - mask)
    left = (ONE - mask) * (ONE - new_mask) // ONE
    return min(ONE - 1, ONE - left), (2 * (a * value + b * new_value) + a + b) // (2 * (a + b))


def replacement(where: Regions, look: str, samples, totals, px: Fraction, py: Fraction, *, low, high, middle):
    """Mask and value of every sample of a plane; both in 8 x 8 tiles, padded by repeating the last sample."""
    height, width = samples.shape
    mask, value = np.zeros((height, width), dtype=np.int64), np.zeros((height, width), dtype=np.int64)
    for group in where.groups:
        surface = Surface(
            samples,
            totals,
            totals is not None,
            places(width, px, group.origin[0], group.side, where.cells),
            places(height, py, group.origin[1], group.side, where.cells),
            low,
            high,
        )
        own = np.zeros((height, width), dtype=np.int64)
        for (x0, y0, x1, y1), feather in zip(group.cores, group.feathers, strict=True):
            across, down = ramp(width, px, x0, x1, feather), ramp(height, py, y0, y1, feather)
            own = np.maximum(own, down[:, None] * across[None, :] // ONE)
        for y, x in zip(*np.nonzero(own), strict=True):
            found = surface.at(y, x, look, middle)
            mask[y, x], value[y, x] = lay(int(mask[y, x]), int(value[y, x]), int(own[y, x]), found)
    pad = ((0, -height % 8), (0, -width % 8))
    return np.pad(mask, pad, mode="edge"), np.pad(value, pad, mode="edge")


def painted_component(blocks, quant, size, pixels, where: Regions, look: str) -> np.ndarray:
    """The blocks of a JPEG component after painting; size is (width, height) in samples, pixels per sample (x, y)."""
    width, height = size
    known = dequantised(blocks, quant)
    original = inverse_dct(known)
    mask, value = replacement(
        where,
        look,
        plane_of(original)[:height, :width],
        known[:, :, 0, 0] * 8 * FRACTION,
        pixels[0],
        pixels[1],
        low=-128 * FRACTION,
        high=127 * FRACTION,
        middle=0,
    )
    mask, value = tiles_of(mask), tiles_of(value)
    untouched = (mask == 0).all(axis=(2, 3), keepdims=True)
    full = (mask == ONE).all(axis=(2, 3), keepdims=True)
    difference = round_shift(mask * (value - original), 14)
    new = np.where(
        full,
        quantised(forward_dct(value), quant),
        quantised(known * FRACTION + forward_dct(difference), quant),
    )
    return np.where(untouched, blocks, new)


def painted_plane(samples: np.ndarray, depth: int, where: Regions, look: str) -> np.ndarray:
    """A plane of plain samples after painting."""
    one = Fraction(1)
    old = samples.astype(np.int64) * FRACTION
    mask, value = replacement(
        where,
        look,
        old,
        None,
        one,
        one,
        low=0,
        high=((1 << depth) - 1) * FRACTION,
        middle=(1 << (depth - 1)) * FRACTION,
    )
    mask, value = mask[: old.shape[0], : old.shape[1]], value[: old.shape[0], : old.shape[1]]
    new = np.clip((old + (mask * (value - old) >> 14) + 32) >> 6, 0, (1 << depth) - 1)
    return np.where(mask == 0, samples, new).astype(samples.dtype)
