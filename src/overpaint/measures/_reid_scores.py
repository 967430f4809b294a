"""How alike an attacker holds each redacted face to be to each face of the gallery; in memory only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError

__all__ = ["MOST_FACES", "Scores", "cosines", "numbered"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_FACES = 4096
"""Of one evaluation set: all pairs are compared, 16.8 million at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """All pairs of an evaluation set as one attacker sees them.

    Attributes
    ----------
    attacker
        ``naive``, ``parrot``, ``trained`` or ``restored``.
    similarity
        N x N: row i is face i redacted (the probe), column j is face j as the attacker has it (the gallery). Larger is
        more alike. The diagonal, a picture against itself, is never used.
    people
        N numbers from 0: who is whose. No names.
    symmetric
        Whether (i, j) and (j, i) are one comparison: the gallery is redacted as the probe is.
    chosen
        Which ways of attacking were tried and how often each was taken, for attackers that choose.
    """

    attacker: str
    similarity: Floats = field(repr=False)
    people: Ints = field(repr=False)
    symmetric: bool = False
    chosen: Mapping[str, int] = field(default_factory=dict)

    def pairs(self) -> tuple[Ints, Ints]:
        """Rows and columns of all comparisons: each pair once if symmetric, else both ways."""
        count = len(self.people)
        if self.symmetric:
            return np.triu_indices(count, 1)
        rows, columns = np.divmod(np.arange(count * count), count)
        off = rows != columns
        return rows[off], columns[off]

    @property
    def genuine(self) -> Floats:
        """Scores of pairs of one person."""
        rows, columns = self.pairs()
        return np.asarray(self.similarity[rows, columns][self.people[rows] == self.people[columns]])

    @property
    def impostor(self) -> Floats:
        """Scores of pairs of two people: all there are."""
        rows, columns = self.pairs()
        return np.asarray(self.similarity[rows, columns][self.people[rows] != self.people[columns]])


def numbered(people: Sequence[str]) -> Ints:
    """People as numbers from 0, in the order of their names.

    Raises
    ------
    UsageError
        There are too few people, no two pictures of one, or too many pictures.
    """
    if len(people) > MOST_FACES:
        raise UsageError(
            f"the evaluation set has {len(people):,} faces and all pairs are compared: give {MOST_FACES:,}"
        )
    names, numbers, counts = np.unique(np.asarray(people, dtype=np.str_), return_inverse=True, return_counts=True)
    if len(names) < 2 or counts.max() < 2:
        raise UsageError(
            f"the evaluation set has {len(names)} people and at most {counts.max() if len(counts) else 0} usable "
            f"faces of one; re-identification needs two people and two faces of one of them"
        )
    return np.asarray(numbers, np.int64)


def cosines(probes: npt.ArrayLike, gallery: npt.ArrayLike) -> Floats:
    """Cosine of the angle between each row of the first (N x D) and each of the second (M x D): N x M."""

    def unit(rows: npt.ArrayLike) -> npt.NDArray[np.float64]:
        given = np.asarray(rows, np.float64)
        return np.asarray(given / np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-12))

    return np.asarray(unit(probes) @ unit(gallery).T, np.float32)
