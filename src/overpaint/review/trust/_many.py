"""Many questions asked of many workers at once: which answers are more than chance would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overpaint.review.trust._records import SuspicionKind

__all__ = ["Held", "discovered", "most_alike"]


@dataclass(frozen=True, slots=True)
class Held:
    """One question asked of one worker (or of two), and the answer held against chance.

    Attributes
    ----------
    p
        At most this is the probability of as much or more if there is nothing to it.
    matters
        It would matter if it were so: an effect may be certain and too small to care.
    """

    worker: str
    other: str | None
    kind: SuspicionKind
    p: float
    matters: bool
    evidence: dict[str, float]


def discovered(tests: Sequence[Held], *, share: float) -> list[Held]:
    """Those that matter and are discoveries: at most `share` of all discoveries are false, on average.

    The procedure of Benjamini & Hochberg (1995): the largest k with p(k) <= share * k / n. Every test counts in n,
    whether it matters or not, so leaving out small effects does not make the rest look better.
    """
    if not tests:
        return []
    p = np.array([one.p for one in tests])
    ranked = np.sort(p)
    under = np.flatnonzero(ranked <= share * np.arange(1, len(p) + 1) / len(p))
    if len(under) == 0:
        return []
    limit = ranked[under[-1]]
    return [one for one in tests if one.p <= limit and one.matters]


def most_alike(pairs: Sequence[Held]) -> list[Held]:
    """Of each worker's pairs the one with the lowest p, which must allow for the choice: one test a worker."""
    best: dict[str, Held] = {}
    for one in pairs:
        if one.worker not in best or one.p < best[one.worker].p:
            best[one.worker] = one
    return [best[worker] for worker in sorted(best)]
