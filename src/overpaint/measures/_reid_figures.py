"""From an attacker's scores to figures with intervals by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from overpaint.measures._reid_ranks import Ranks
from overpaint.measures._reid_scores import Scores
from overpaint.measures._result import Estimate

__all__ = ["ENOUGH_IMPOSTORS", "Figures", "excess", "figures_of"]

Doubles = npt.NDArray[np.float64]

ENOUGH_IMPOSTORS: Final = 3000
"""Pairs of pictures of two people from which on a false accept rate of one in a thousand is told."""

FIGURES: Final = ("auc", "rank1", "tar_at_far_1e2", "tar_at_far_1e3")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one attacker reaches on one evaluation set.

    Attributes
    ----------
    auc
        How often a pair of one person scores higher than a pair of two: .5 is guessing.
    rank1
        How often the right one of all people is named, one gallery picture a person, averaged over the choices of
        that picture; `chance` is what guessing reaches.
    tar_at_far_1e2, tar_at_far_1e3
        Share of pairs of one person accepted where at most 1 in 100 (1,000) pairs of two people is; the second
        without a value below 3,000 such pairs.
    people, faces, genuine, impostors
        How many there are; pairs are of pictures, each counted once.
    chosen
        Which ways of attacking the attacker took, and how often, where it chooses.
    """

    attacker: str
    auc: Estimate
    rank1: Estimate
    chance: float
    tar_at_far_1e2: Estimate
    tar_at_far_1e3: Estimate
    people: int
    faces: int
    genuine: int
    impostors: int
    chosen: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values: aggregates only."""
        told: dict[str, Any] = {name: getattr(self, name).to_dict() for name in FIGURES}
        plain = ("attacker", "chance", "people", "faces", "genuine", "impostors")
        return told | {name: getattr(self, name) for name in plain} | {"chosen": dict(self.chosen)}


def figures_of(scores: Scores, *, rounds: int = 1000, seed: int = 0, level: float = 0.95) -> Figures:
    """AUC, rank-1 and TAR with percentile intervals, people drawn with replacement.

    In a round in which person p was drawn m(p) times, a pair of two people p and q counts m(p) m(q) times and a pair
    of one person m(p) times: copies of one person are neither strangers nor new pairs.

    Parameters
    ----------
    rounds
        Of the bootstrap.
    level
        Of the intervals.
    """
    ranks = Ranks(scores, seed=seed)
    draws = _draws(ranks.people, rounds, seed)
    made: dict[str, Estimate] = {}
    for name in FIGURES:
        if name == "tar_at_far_1e3" and ranks.impostors < ENOUGH_IMPOSTORS:
            made[name] = Estimate(None, None, None, level, ranks.people, "people", "fewer than 3,000 impostor pairs")
        else:
            statistic = _statistic(ranks, name)
            made[name] = _estimate(statistic(ranks.everyone)[0], statistic(draws), ranks.people, level)
    return Figures(
        attacker=scores.attacker,
        **made,
        chance=ranks.chance,
        people=ranks.people,
        faces=len(scores.people),
        genuine=ranks.genuine,
        impostors=ranks.impostors,
        chosen=scores.chosen,
    )


def excess(
    scores: Scores,
    floor: Scores,
    *,
    figure: str = "auc",
    rounds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """How much more an attacker reaches than on the control arm: the same people drawn for both in each round.

    Raises
    ------
    ValueError
        The two are not of the same faces in the same order, or the figure is none.
    """
    if figure not in FIGURES:
        raise ValueError(f"figure is {figure!r}; it must be one of {', '.join(FIGURES)}")
    if not np.array_equal(scores.people, floor.people):
        raise ValueError("the control arm has other faces")
    mine, control = (_statistic(Ranks(each, seed=seed), figure) for each in (scores, floor))
    people = int(scores.people.max()) + 1
    everyone, draws = np.ones((1, people)), _draws(people, rounds, seed)
    return _estimate(float((mine(everyone) - control(everyone))[0]), mine(draws) - control(draws), people, level)


def _draws(people: int, rounds: int, seed: int) -> Doubles:
    draw = np.random.default_rng(seed)
    return draw.multinomial(people, np.full(people, 1 / people), size=rounds).astype(np.float64)


def _statistic(ranks: Ranks, figure: str) -> Callable[[Doubles], Doubles]:
    return {
        "auc": ranks.auc,
        "rank1": ranks.rank1,
        "tar_at_far_1e2": lambda times: ranks.tar(times, far=1e-2),
        "tar_at_far_1e3": lambda times: ranks.tar(times, far=1e-3),
    }[figure]


def _estimate(value: float, spread: Doubles, people: int, level: float) -> Estimate:
    method = f"bootstrap by person, {len(spread)} rounds"
    known = spread[np.isfinite(spread)]
    if not known.size or not np.isfinite(value):
        return Estimate(float(value) if np.isfinite(value) else None, None, None, level, people, "people", method)
    tail = 50 * (1 - level)
    low, high = np.percentile(known, [tail, 100 - tail])
    return Estimate(float(value), float(low), float(high), level, people, "people", method)
