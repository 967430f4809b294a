"""The restoring attacker: it undoes what it can of the redaction, then compares with clear faces.

What it restores stays in memory and is given to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.measures._embedders import Embedder
from overpaint.measures._reid_deblur import richardson_lucy, smoothed, wiener
from overpaint.measures._reid_evidence import Evidence, evidence
from overpaint.measures._reid_faces import ALIGNED, Face, Image, aligned, aligned_all, similarity_to_template
from overpaint.measures._reid_folds import Way, cross_fitted
from overpaint.measures._reid_heads import compact, principal
from overpaint.measures._reid_scores import Scores, cosines

__all__ = ["Known", "attack_restored"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Restore = Callable[[Floats, "Known"], Floats]

_NOISES: Final = (1e-2, 1e-4)
_SIDE: Final = 28  # of what is learned to be restored
_DIRECTIONS: Final = 64
_RIDGE: Final = 3.0
_BORDER: Final = 28  # pixels
_LEAST_SIGMA: Final = 0.3  # pixels of the aligned face: less than that blurs nothing


@dataclass(frozen=True, slots=True)
class Known:
    """What the attacker knows of how one face was redacted.

    Attributes
    ----------
    sigma
        Standard deviation of a Gaussian blur, in pixels of the picture; None where it was none.
    cell
        Side of a mosaic's cell, in pixels of the picture; None where it was none.
    """

    sigma: float | None = None
    cell: float | None = None


def attack_restored(
    faces: Sequence[Face],
    redacted: Sequence[Image],
    *,
    embedder: Embedder,
    known: Sequence[Known] | None = None,
    others: Sequence[Face] = (),
    others_redacted: Sequence[Image] = (),
    folds: int = 4,
    seed: int = 0,
    beat: Callable[[int, int], None] | None = None,
) -> Scores:
    """Restore, then compare with clear faces.

    Where the blur is known, Wiener's and Richardson's and Lucy's deconvolution are tried; where a grid is known,
    smoothing between its cells; always what was learned on other people's faces: a linear map from redacted to clear
    pictures. Which is taken is decided as in `attack_trained`.

    Parameters
    ----------
    faces, redacted, others, others_redacted, folds, seed, beat
        As in `attack_trained`.
    known
        One for each face, then one for each of the others.

    Raises
    ------
    UsageError
        There are too few people to learn from, or somebody is in both sets.
    """
    everyone, shown = [*faces, *others], [*redacted, *others_redacted]
    if known is not None and len(known) != len(everyone):
        raise ValueError(f"{len(known)} known for {len(everyone)} faces")
    given = evidence(faces, redacted, embedder=embedder, others=others, others_redacted=others_redacted)
    ways: dict[str, Way] = {"learned": _learned(given, everyone, embedder)}
    for name, restore in _restorers(known or []).items():
        pictures = [
            _restored(restore, face, image, knowledge)
            for face, image, knowledge in zip(everyone, shown, known or [], strict=True)
        ]
        ways[name] = _fixed(embedder.embed(pictures), given.clear)
    return cross_fitted("restored", ways, given.people, attacked=given.attacked, folds=folds, seed=seed, beat=beat)


def _restorers(known: Sequence[Known]) -> dict[str, Restore]:
    """What can be tried with what is known, by name; numbers of pixels are those of the aligned face."""
    tried: dict[str, Restore] = {}
    if any(each.sigma for each in known):
        for noise in _NOISES:
            tried[f"wiener-{noise:g}"] = partial(_deconvolved, partial(wiener, noise=noise))
        tried["richardson-lucy"] = partial(_deconvolved, richardson_lucy)
    if any(each.cell for each in known):
        tried["smoothed"] = lambda picture, knows: smoothed(picture, knows.cell) if knows.cell else picture
    return tried


def _deconvolved(how: Callable[[Floats, float], Floats], picture: Floats, known: Known) -> Floats:
    return how(picture, known.sigma) if known.sigma else picture


def _restored(restore: Restore, face: Face, image: Image, known: Known) -> Image:
    """One aligned face, restored together with a part of what is around it, so that borders do less harm."""
    matrix = similarity_to_template(face.landmarks)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    sigma = known.sigma * scale if known.sigma and known.sigma * scale >= _LEAST_SIGMA else None
    here = Known(sigma, known.cell * scale if known.cell else None)
    side, around = ALIGNED + 2 * _BORDER, 1 + 2 * _BORDER / ALIGNED
    picture = aligned(image, face.landmarks, around=around, side=side).astype(np.float32)
    middle = slice(_BORDER, _BORDER + ALIGNED)
    return np.asarray(np.rint(restore(picture, here)[middle, middle]), np.uint8)


def _fixed(rows: Floats, clear: Floats) -> Way:
    """A way that learns nothing."""
    return lambda _, test: cosines(rows[test], clear[test])


def _learned(given: Evidence, faces: Sequence[Face], embedder: Embedder) -> Way:
    """Foretell the clear picture from the redacted one by ridge regression on its principal components.

    The linear part of what is known as face hallucination (Liu, Shum and Freeman, IJCV 75, 2007).
    """
    small = [cv2.resize(each, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for each in aligned_all(faces)]
    target = np.stack(small).reshape(len(faces), -1).astype(np.float64)
    table = np.concatenate([part[:, ::2, ::2].reshape(len(faces), -1) for part in (given.tight, given.wide)], axis=1)
    table = compact(table.astype(np.float64))

    def way(train: Ints, test: Ints) -> Floats:
        middle, turn = principal(table[train], _DIRECTIONS)
        taught, asked = (table[train] - middle) @ turn, (table[test] - middle) @ turn
        mean = target[train].mean(axis=0)
        ridge = _RIDGE * np.sqrt(len(train)) * np.eye(taught.shape[1])
        weights = np.linalg.solve(taught.T @ taught + ridge, taught.T @ (target[train] - mean))
        told = np.clip(np.rint(asked @ weights + mean), 0, 255).astype(np.uint8).reshape(-1, _SIDE, _SIDE, 3)
        large = [cv2.resize(each, (ALIGNED, ALIGNED), interpolation=cv2.INTER_CUBIC) for each in told]
        return cosines(embedder.embed([np.asarray(each, np.uint8) for each in large]), given.clear[test])

    return way
