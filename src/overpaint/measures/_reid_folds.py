"""Attackers that learn, each person attacked by one that never saw them, its way chosen without looking at them.

People are dealt into folds. For every two folds one model learns from the people of all others, and from a second set
where there is one; it scores the pairs between and within the two. So no score comes from a model that saw either of
the two people. Which way of attacking is taken is decided anew for each model, by the area under the curve on pairs of
its own training people, held out in halves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._reid_ranks import Ranks
from overpaint.measures._reid_scores import Scores

__all__ = ["LEAST_PEOPLE", "Way", "cross_fitted", "people_folds"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

Way = Callable[[Ints, Ints], Floats]
"""Learns from some faces (indices), gives T x T scores of others: rows redacted, columns as the attacker has them."""

LEAST_PEOPLE: Final = 4
"""With two pictures each, that an attacker has to learn from, in each model."""

_INNER: Final = 2


def people_folds(people: Ints, folds: int, *, seed: int) -> Ints:
    """A fold for each face: all of a person in one, people with many pictures spread evenly."""
    counts = np.bincount(people)
    draw = np.random.default_rng(seed)
    order = np.lexsort((draw.random(len(counts)), -counts))
    where = np.empty(len(counts), np.int64)
    where[order] = np.arange(len(counts)) % folds
    return np.asarray(where[people], np.int64)


def cross_fitted(
    attacker: str,
    ways: Mapping[str, Way],
    people: Ints,
    *,
    attacked: int,
    folds: int = 4,
    seed: int = 0,
    beat: Callable[[int, int], None] | None = None,
) -> Scores:
    """Scores of the first `attacked` faces; the faces after them belong to other people and are only learned from.

    Parameters
    ----------
    ways
        The ways of attacking, by name; the first wins where several do as well.
    people
        Who is whose, numbers from 0, the attacked ones first.
    folds
        At least 3. Four mean that each model learns from half of the people.
    beat
        Called with how many models are done, and of how many.

    Raises
    ------
    UsageError
        There are too few people to learn from.
    """
    if folds < 3:
        raise UsageError(f"folds is {folds}; it must be at least 3, since two are attacked while the others teach")
    mine = people[:attacked]
    where = people_folds(mine, folds, seed=seed)
    others = np.arange(attacked, len(people))
    similarity = np.zeros((attacked, attacked), np.float32)
    done = np.zeros((folds, folds), bool)
    chosen = dict.fromkeys(ways, 0)
    both = list(combinations(range(folds), 2))
    for number, (one, two) in enumerate(both):
        test = np.flatnonzero((where == one) | (where == two))
        train = np.concatenate([np.flatnonzero((where != one) & (where != two)), others])
        _enough(people[train])
        name = _best(ways, people, train, seed)
        chosen[name] += 1
        scores = _levelled(ways[name](train, test))
        for a, b in ((one, one), (one, two), (two, one), (two, two)):
            if not done[a, b]:
                done[a, b] = True
                rows, columns = where[test] == a, where[test] == b
                similarity[np.ix_(test[rows], test[columns])] = scores[np.ix_(rows, columns)]
        if beat:
            beat(number + 1, len(both))
    return Scores(attacker, similarity, mine, chosen=chosen)


def _best(ways: Mapping[str, Way], people: Ints, train: Ints, seed: int) -> str:
    """The way with the highest mean AUC on training people held out."""
    if len(ways) == 1:
        return next(iter(ways))
    _, mine = np.unique(people[train], return_inverse=True)
    halves = people_folds(np.asarray(mine, np.int64), _INNER, seed=seed + 1)
    reached = dict.fromkeys(ways, 0.0)
    for half in range(_INNER):
        taught, held = train[halves != half], train[halves == half]
        _, numbers = np.unique(people[held], return_inverse=True)
        for name, way in ways.items():
            ranks = Ranks(Scores(name, way(taught, held), np.asarray(numbers, np.int64)), choices=0)
            reached[name] += float(np.nan_to_num(ranks.auc(ranks.everyone)[0]))
    return max(reached, key=lambda name: reached[name])


def _enough(people: Ints) -> None:
    twice = int((np.bincount(people) > 1).sum())
    if twice < LEAST_PEOPLE:
        raise UsageError(
            f"an attacker would have {twice} people with two pictures to learn from; it needs {LEAST_PEOPLE}: give a "
            f"larger evaluation set, other people to learn from, or leave out the attackers that learn"
        )


def _levelled(scores: Floats) -> Floats:
    """Scores of one model on the scale of the others': by the middle and the spread of all, whoever they belong to."""
    told = scores[~np.eye(len(scores), dtype=bool)].astype(np.float64)
    low, middle, high = np.percentile(told, (25, 50, 75))
    return np.asarray((scores - middle) / max(high - low, 1e-9), np.float32)
