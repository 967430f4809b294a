"""Heads: linear models on fixed features, each a way of attacking that takes milliseconds to learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from overpaint.measures._reid_evidence import Evidence
from overpaint.measures._reid_folds import Way
from overpaint.measures._reid_scores import cosines

__all__ = ["compact", "heads", "likelihood_ratios", "principal"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DIMENSIONS: Final = (8, 20, 48)
_SURE: Final = 0.98  # of the variance in a direction at most so much is said to be the person: few people teach
_RIDGE: Final = 3.0
_MOST: Final = 256  # directions of all faces together that are kept at all


def heads(given: Evidence) -> dict[str, Way]:
    """The heads by name: what they look at and how many directions they keep; and `translated`.

    ``translated`` foretells the clear face's embedding from the redacted face, and compares that with clear ones. The
    others compare redacted with redacted; ``embedding`` and ``pixels`` do so without having learned, which is best
    where there are too few people to learn from.
    """
    tight, wide = (_flat(part[:, ::2, ::2] if part.ndim == 4 else part) for part in (given.tight, given.wide))
    looks = {
        "embedding": [given.redacted],
        "pixels": [tight],
        "pixels-around": [wide],
        "pixels-both": [tight, wide],
        "all": [given.redacted, tight, wide],
    }
    ways: dict[str, Way] = {
        "embedding": lambda _, test: cosines(given.redacted[test], given.redacted[test]),
        "pixels": lambda _, test: _nearness(tight[test]),
    }
    for name, blocks in looks.items():
        table = compact(_levelled(blocks))
        for dimensions in _DIMENSIONS:
            ways[f"{name}-{dimensions}"] = _gaussian(table, given.people, dimensions)
    ways["translated"] = _translated(compact(_levelled(looks["all"])), given.clear)
    return ways


def principal(taught: Doubles, dimensions: int) -> tuple[Doubles, Doubles]:
    """Mean, and the D x K matrix that brings rows to K uncorrelated numbers of variance 1 (principal components)."""
    middle = taught.mean(axis=0)
    apart = taught - middle
    values, vectors = np.linalg.eigh(apart.T @ apart / max(1, len(taught) - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = max(1, min(dimensions, int((values > 1e-9 * max(float(values[0]), 1e-12)).sum())))
    return middle, np.asarray(vectors[:, :kept] / np.sqrt(np.maximum(values[:kept], 1e-18)))


def likelihood_ratios(rows: Doubles, between: Doubles) -> Doubles:
    """How much likelier two rows are from one person than from two, as a logarithm, up to a constant: N x N.

    Each number of a row is a person's part of variance b plus a picture's part of variance 1 - b, both Gaussian and
    independent of the other numbers (the two-covariance model of probabilistic LDA: Prince and Elder, ICCV 2007;
    closed form as in Garcia-Romero and Espy-Wilson, Interspeech 2011): the sum of
    (2 b x y - b^2 (x^2 + y^2)) / (2 (1 - b^2)).
    """
    cross = (rows * (between / (1 - between**2))) @ rows.T
    alone = (rows**2) @ (between**2 / (2 * (1 - between**2)))
    return np.asarray(cross - alone[:, None] - alone[None, :])


def _nearness(rows: Floats) -> Floats:
    """Minus the squared distances of all rows."""
    power = (rows.astype(np.float64) ** 2).sum(axis=1)
    return np.asarray(2 * (rows.astype(np.float64) @ rows.T) - power[:, None] - power[None, :], np.float32)


def _gaussian(table: Doubles, people: Ints, dimensions: int) -> Way:
    def way(train: Ints, test: Ints) -> Floats:
        middle, turn = principal(table[train], dimensions)
        taught, asked = (table[train] - middle) @ turn, (table[test] - middle) @ turn
        values, vectors = np.linalg.eigh(_within(taught, people[train]))
        between = np.clip(1 - values, 0.0, _SURE)
        return np.asarray(likelihood_ratios(asked @ vectors, between), np.float32)

    return way


def _within(rows: Doubles, people: Ints) -> Doubles:
    """Covariance of the pictures of one person, drawn towards a multiple of 1 the more, the fewer taught it."""
    _, numbers, counts = np.unique(people, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, numbers, rows)
    apart = rows - (sums / counts[:, None])[numbers]
    free = int((counts - 1).sum())
    covariance = apart.T @ apart / max(1, free)
    size = rows.shape[1]
    drawn = size / (size + free)
    return np.asarray((1 - drawn) * covariance + drawn * np.trace(covariance) / size * np.eye(size))


def _translated(table: Doubles, clear: Floats) -> Way:
    def way(train: Ints, test: Ints) -> Floats:
        middle, turn = principal(table[train], max(_DIMENSIONS))
        taught, asked = (table[train] - middle) @ turn, (table[test] - middle) @ turn
        target = clear[train].astype(np.float64)
        mean = target.mean(axis=0)
        # ridge regression (Hoerl and Kennard 1970); the mean face is taken off, for it tells nobody apart
        ridge = _RIDGE * np.sqrt(len(train)) * np.eye(taught.shape[1])
        weights = np.linalg.solve(taught.T @ taught + ridge, taught.T @ (target - mean))
        return cosines(asked @ weights, clear[test] - mean)

    return way


def compact(table: Doubles) -> Doubles:
    """The same rows in 256 numbers at most, turned so that none of their differences is lost that exceeds the rest.

    With 256 faces or fewer all distances stay as they were. Labels are not looked at.
    """
    apart = table - table.mean(axis=0)
    values, vectors = np.linalg.eigh(apart @ apart.T)
    kept = slice(None, -min(_MOST, len(table)) - 1, -1)
    return np.asarray(vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0)))


def _flat(pictures: Floats) -> Floats:
    return pictures.reshape(len(pictures), -1)


def _levelled(blocks: Sequence[Floats]) -> Doubles:
    """Blocks of features side by side, each with a total variance of 1 over all faces (no labels are looked at)."""
    wide = [np.asarray(block, np.float64) for block in blocks]
    return np.concatenate([block / max(float(np.sqrt(block.var(axis=0).sum())), 1e-6) for block in wide], axis=1)
