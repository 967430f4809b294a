"""Who belongs to whom, one to one, at the highest sum: the assignment problem on small tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["assign", "overlaps"]

Floats = npt.NDArray[np.float64]


def overlaps(a: Floats, b: Floats) -> Floats:
    """Intersection over union of each of N boxes with each of M: ``(N, 4)`` and ``(M, 4)`` give ``(N, M)``."""
    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    size_a = np.maximum(a[:, 2] - a[:, 0], 0) * np.maximum(a[:, 3] - a[:, 1], 0)
    size_b = np.maximum(b[:, 2] - b[:, 0], 0) * np.maximum(b[:, 3] - b[:, 1], 0)
    union = size_a[:, None] + size_b[None, :] - shared
    found: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return found


def assign(worth: Floats) -> list[tuple[int, int]]:
    """Pairs (row, column) of the highest sum of `worth`, each row and column once at most, none that is worth 0.

    The Hungarian method by shortest augmenting paths with potentials (Kuhn 1955; Edmonds & Karp 1972): at most
    (the shorter side)² × (the longer side) steps, so it always ends.

    Parameters
    ----------
    worth
        ``(N, M)``, not negative; 0 is a pair that must not be.
    """
    allowed = worth > 0
    row, column = np.nonzero(allowed)
    if len(set(row.tolist())) == len(row) and len(set(column.tolist())) == len(column):
        return list(zip(row.tolist(), column.tolist(), strict=True))  # nothing to choose: most pictures
    pairs: list[tuple[int, int]] = []
    for rows, columns in _parts(allowed):
        part = worth[np.ix_(rows, columns)]
        wide = part if len(rows) <= len(columns) else part.T
        for i, j in _solved(wide):
            pairs.append((rows[i], columns[j]) if wide is part else (rows[j], columns[i]))
    return sorted(pairs)


def _parts(allowed: npt.NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Rows and columns that hang together; the others cannot be paired at all. Pictures fall into many small parts."""
    parts, left = [], set(np.flatnonzero(allowed.any(axis=1)).tolist())
    while left:
        rows, columns, fresh = set[int](), set[int](), {left.pop()}
        while fresh:
            rows |= fresh
            columns |= set(np.flatnonzero(allowed[sorted(fresh)].any(axis=0)).tolist())
            fresh = set(np.flatnonzero(allowed[:, sorted(columns)].any(axis=1)).tolist()) - rows
        left -= rows
        parts.append((sorted(rows), sorted(columns)))
    return parts


def _solved(worth: Floats) -> list[tuple[int, int]]:
    """One part with no more rows than columns."""
    rows, columns = worth.shape
    if rows == 1:
        return [(0, int(worth[0].argmax()))]
    cost = -worth
    # Column 0 is where a new row starts its path; owner[c] is the row that holds column c, both counted from 1.
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner, came = np.zeros(columns + 1, np.int64), np.zeros(columns + 1, np.int64)
    for row in range(1, rows + 1):
        _augment(cost, row, (row_price, column_price), (owner, came))
    pairs = ((int(owner[column]) - 1, column - 1) for column in range(1, columns + 1) if owner[column])
    return [(row, column) for row, column in pairs if worth[row, column] > 0]


def _augment(
    cost: Floats,
    row: int,
    prices: tuple[Floats, Floats],
    held: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> None:
    """Give one more row a column, along the cheapest path of columns that change hands."""
    (row_price, column_price), (owner, came) = prices, held
    owner[0], at = row, 0
    reach, done = np.full(len(owner), np.inf), np.zeros(len(owner), np.bool_)
    while True:
        done[at] = True
        here = int(owner[at])
        reduced = cost[here - 1] - row_price[here] - column_price[1:]
        better = ~done[1:] & (reduced < reach[1:])
        reach[1:][better], came[1:][better] = reduced[better], at
        following = int(np.argmin(np.where(done, np.inf, reach)))
        step = reach[following]
        row_price[owner[done]] += step
        column_price[done] -= step
        reach[~done] -= step
        at = following
        if owner[at] == 0:
            break
    while at:
        owner[at] = owner[came[at]]
        at = int(came[at])
