"""Attackers without training: redacted against clear, and redacted against redacted."""

from __future__ import annotations

from collections.abc import Sequence

from overpaint.measures._embedders import Embedder
from overpaint.measures._reid_faces import Face, Image, aligned_all
from overpaint.measures._reid_scores import Scores, cosines, numbered

__all__ = ["attack_naive", "attack_parrot"]


def attack_naive(
    faces: Sequence[Face], redacted: Sequence[Image], *, embedder: Embedder, symmetric: bool = False
) -> Scores:
    """Compare redacted faces with clear ones, by the embedder as it is (Newton, Sweeney and Malin, IEEE TKDE 17, 2005).

    Parameters
    ----------
    faces
        The evaluation set.
    redacted
        The same pictures, redacted, in the same order and of the same sizes. The clear ones again give the figures
        without any redaction; pass `symmetric` then, since each pair stands there twice.
    """
    people = numbered([face.person for face in faces])
    probes = embedder.embed(aligned_all(faces, redacted))
    gallery = embedder.embed(aligned_all(faces))
    return Scores("naive", cosines(probes, gallery), people, symmetric)


def attack_parrot(faces: Sequence[Face], redacted: Sequence[Image], *, embedder: Embedder) -> Scores:
    """Redact the gallery in the same way and compare like with like (Newton, Sweeney and Malin 2005)."""
    people = numbered([face.person for face in faces])
    rows = embedder.embed(aligned_all(faces, redacted))
    return Scores("parrot", cosines(rows, rows), people, symmetric=True)
