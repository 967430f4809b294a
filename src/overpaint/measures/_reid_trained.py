"""The trained attacker: it has redacted and clear pictures of other people, and learns from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from overpaint.measures._embedders import Embedder
from overpaint.measures._reid_evidence import evidence
from overpaint.measures._reid_faces import Face, Image
from overpaint.measures._reid_folds import cross_fitted
from overpaint.measures._reid_heads import heads
from overpaint.measures._reid_scores import Scores

__all__ = ["attack_trained"]


def attack_trained(
    faces: Sequence[Face],
    redacted: Sequence[Image],
    *,
    embedder: Embedder,
    others: Sequence[Face] = (),
    others_redacted: Sequence[Image] = (),
    folds: int = 4,
    network: bool = True,
    seed: int = 0,
    threads: int = 1,
    beat: Callable[[int, int], None] | None = None,
) -> Scores:
    """Attack with what was learned on redacted faces of other people (McPherson, Shokri and Shmatikov 2016).

    The gallery is clear, so that whoever attacks may redact it in the same way too. Tried are linear heads on the
    embedder's rows and on small pictures of the face and its surroundings, and a small convolutional network; each
    model takes the one that does best on its own training people (`overpaint.measures._reid_folds`).

    Parameters
    ----------
    faces, redacted
        The evaluation set, and the same pictures redacted, in the same order and of the same sizes.
    others, others_redacted
        A second set of other people to learn from besides.
    folds
        Of people. Four: each model learns from half of the evaluation set's people and is asked about the others.
    network
        Whether the network is tried as well; it takes most of the time and needs torch.
    threads
        The network's. The figures may differ in the last digits with another number.
    beat
        Called with how many models are done, and of how many.

    Raises
    ------
    UsageError
        There are too few people to learn from, somebody is in both sets, or torch is missing.
    """
    given = evidence(faces, redacted, embedder=embedder, others=others, others_redacted=others_redacted)
    ways = heads(given)
    if network:
        from overpaint.measures._reid_network import network_way

        ways["network"] = network_way(given, seed=seed, threads=threads)
    return cross_fitted("trained", ways, given.people, attacked=given.attacked, folds=folds, seed=seed, beat=beat)
