"""What an attacker that learns has of each face: rows of numbers, in memory only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._embedders import Embedder
from overpaint.measures._reid_faces import Face, Image, aligned_all
from overpaint.measures._reid_scores import numbered

__all__ = ["Evidence", "evidence"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SIDE: Final = 32
"""Of the small pictures: more than any redaction worth the name leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The attacked faces first, then those of other people.

    Attributes
    ----------
    attacked
        How many are attacked.
    people
        Who is whose, from 0.
    tight, wide
        N x 32 x 32 x 3, 0 to 1: the redacted face, and the face with as much again around it (hair, clothes,
        background).
    redacted, clear
        N x D: the embedder's rows of the redacted and the clear face, of length 1.
    """

    attacked: int
    people: Ints
    tight: Floats
    wide: Floats
    redacted: Floats
    clear: Floats


def evidence(
    faces: Sequence[Face],
    redacted: Sequence[Image],
    *,
    embedder: Embedder,
    others: Sequence[Face] = (),
    others_redacted: Sequence[Image] = (),
) -> Evidence:
    """All that the attackers learn from.

    Raises
    ------
    UsageError
        Somebody of the evaluation set is among the others too.
    """
    shared = {face.person for face in faces} & {face.person for face in others}
    if shared:
        raise UsageError(f"{len(shared)} people are both attacked and learned from; the two sets must share nobody")
    mine = numbered([face.person for face in faces])
    people = np.concatenate([mine, numbered([f.person for f in others]) + mine.max() + 1]) if others else mine
    everyone, shown = [*faces, *others], [*redacted, *others_redacted]
    tight = aligned_all(everyone, shown)
    return Evidence(
        attacked=len(faces),
        people=np.asarray(people, np.int64),
        tight=_small(tight),
        wide=_small(aligned_all(everyone, shown, around=2.0)),
        redacted=_unit(embedder.embed(tight)),
        clear=_unit(embedder.embed(aligned_all(everyone))),
    )


def _small(pictures: Sequence[Image]) -> Floats:
    rows = [cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for each in pictures]
    return np.asarray(np.stack(rows), np.float32) / np.float32(255)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)
